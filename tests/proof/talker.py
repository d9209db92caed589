"""One side of a long talk, in a process that can be killed at any moment and started again.

    talker.py VAULT PASSPHRASE-FILE LINE RELAY TOTAL HURRY

HURRY is a file that is made when the end may come. Says its share of messages, each numbered by the vault itself, and
exchanges until everything of both sides is confirmed. What it needs to know after a kill, the vault knows. Its clock
runs fast, so that pauses between repetitions are short.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.exchange import exchange
from backchannel.app.line import Line
from backchannel.app.ports import Transport
from backchannel.app.say import say
from backchannel.transport.address import relay_address
from backchannel.transport.relay import RelayTransport
from backchannel.vault.store import open_vault

SPEED: Final = 20
BATCH: Final = 5
HURRIED_BATCH: Final = 250
KEPT_BACK: Final = 250
"""Messages that are not said before HURRY is there: the talk must not end before the killing does."""


def clock() -> int:
    """Milliseconds, faster than real ones; the same in every process."""
    return int(time.time() * 1000) * SPEED


def words(name: str, number: int) -> str:
    """What is said under a number."""
    return f"{name} {number}: " + ("שלום ", "سلام ", "peace ")[number % 3] * (number % 7)


def line_of(desk: Desk, name: str) -> Line:
    with desk.look() as transaction:
        return transaction.line_named(name)


def talk(desk: Desk, name: str, transports: list[Transport], total: int, hurry: Path) -> None:
    """Say and exchange until all is said, heard and confirmed."""
    while True:
        line = line_of(desk, name)
        hurried = hurry.exists()
        last = min(line.own + HURRIED_BATCH, total) if hurried else min(line.own + BATCH, total - KEPT_BACK)
        if line.own < last:
            say(desk, name, [words(name, number) for number in range(line.own + 1, last + 1)])
        elif hurried and not line.unacknowledged and line.theirs.upto == total and not line.delivery.owes:
            return
        if exchange(desk, line, transports).problems:
            time.sleep(0.02)
        if not hurried:
            time.sleep(0.01)


def main() -> None:
    """Open the vault and talk."""
    folder, passphrase_file, name, url, total, hurry = sys.argv[1:]
    vault = open_vault(Path(folder), Path(passphrase_file).read_text("utf-8"))
    desk = Desk(vault, clock, os.urandom)
    print("ready", flush=True)  # noqa: T201
    talk(desk, name, [RelayTransport(relay_address(url))], int(total), Path(hurry))
    vault.close()


if __name__ == "__main__":
    main()

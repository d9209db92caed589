"""Kill -9 of both clients and the relay at random moments while 5,000 messages flow: nothing lost, nothing doubled.

`BACKCHANNEL_SEED` repeats a run as far as anything with three processes can be repeated.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from backchannel.app.desk import Desk
from backchannel.app.exchange import exchange
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.line import Line
from backchannel.log.kinds import Text, read_body
from backchannel.transport.address import relay_address
from backchannel.transport.relay import RelayTransport
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import create_vault
from tests.cli.people import fast_folder
from tests.proof.talker import clock, words
from tests.support.world import CHEAP, FastVault

EACH = 2500
KILLS = 10
PASSPHRASE = "correct horse"
PATIENCE = 60.0
TALKER = Path(__file__).with_name("talker.py")


class Mortal:
    """A process that is started again whenever it is killed."""

    def __init__(self, command: list[str]) -> None:
        self.command = command
        self.said = ""
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        self.process = subprocess.Popen(
            self.command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ready(self) -> str:
        """Wait until it has said its first line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        assert self.process.poll() is None, f"it ended by itself: {self.process.communicate()}"
        self.process.kill()
        self.process.communicate()

    def end(self) -> None:
        self.process.kill()
        self.process.communicate()


class Talk:
    """Ann and Bob, each with a vault, and what is known of them when nobody runs."""

    def __init__(self, home: Path, url: str) -> None:
        self.home = home
        self.url = url
        self.hurry = home / "hurry"
        (home / "passphrase").write_text(PASSPHRASE)
        for name in ("ann", "bob"):
            create_vault(home / name, PASSPHRASE, CHEAP).close()
        self.vaults = {name: FastVault(home / name, read_key(home / name, PASSPHRASE)) for name in ("ann", "bob")}
        self.peers = {"ann": "bob", "bob": "ann"}
        desks = {name: Desk(vault, clock, os.urandom) for name, vault in self.vaults.items()}
        join(desks["bob"], "ann", invite(desks["ann"], "bob", [url], 10**9).encode())
        transport = RelayTransport(relay_address(url))
        for name in ("bob", "ann", "bob"):
            exchange(desks[name], self.line(name), [transport])
        transport.close()

    def command(self, name: str) -> list[str]:
        place, passphrase = str(self.home / name), str(self.home / "passphrase")
        return [sys.executable, str(TALKER), place, passphrase, self.peers[name], self.url, str(EACH), str(self.hurry)]

    def line(self, name: str) -> Line:
        with self.vaults[name].read() as transaction:
            return transaction.line_named(self.peers[name])

    def log(self, name: str) -> list[tuple[int, int, bytes, str]]:
        found = []
        with self.vaults[name].read() as transaction:
            for stored in transaction.in_order(transaction.line_named(self.peers[name]).id):
                body = read_body(stored.event)
                assert isinstance(body, Text)
                found.append((stored.event.author, stored.event.number, stored.event.id, body.text))
        return found

    def said(self) -> int:
        return sum(self.line(name).own for name in self.vaults)

    def close(self) -> None:
        for vault in self.vaults.values():
            vault.close()


@pytest.fixture
def home() -> Iterator[Path]:
    folder = fast_folder()
    yield folder
    shutil.rmtree(folder)


def relay_command(home: Path, port: str) -> list[str]:
    return [
        sys.executable, "-m", "backchannel", "relay", "serve", "--port", port, "--data", str(home / "relay"),
        "--mailboxes-per-hour", "100000",
    ]  # fmt: skip


def test_nothing_is_lost_and_nothing_doubled_when_everybody_is_killed(home: Path) -> None:
    seed = int(os.environ.get("BACKCHANNEL_SEED") or time.time_ns() % 2**32)
    print(f"BACKCHANNEL_SEED={seed}")  # noqa: T201 - shown when the test fails
    random = Random(seed)
    mortals: dict[str, Mortal] = {"relay": Mortal(relay_command(home, "0"))}
    talk: Talk | None = None
    try:
        url = mortals["relay"].ready()
        mortals["relay"].command = relay_command(home, url.rpartition(":")[2])
        talk = Talk(home, url)
        mortals |= {name: Mortal(talk.command(name)) for name in ("ann", "bob")}
        kills, alive = killed(random, mortals, talk)
        assert all(count >= KILLS for count in kills.values())
        assert alive > 2 * KILLS, f"only {alive} kills fell between words; the others came before or after them"
        talk.hurry.touch()
        ends(mortals, talk)
        is_whole(talk)
    finally:
        for mortal in mortals.values():
            mortal.end()
        if talk is not None:
            talk.close()


def killed(random: Random, mortals: dict[str, Mortal], talk: Talk) -> tuple[Counter[str], int]:
    """Kill each often enough, in any order, at any moment; return how often, and how often while words were flowing."""
    kills: Counter[str] = Counter()
    flowing = 0
    before = talk.said()
    # On a slow machine many fall before anything was said: then more are needed, as long as there is something to say.
    while any(kills[name] < KILLS for name in mortals) or (flowing <= 2 * KILLS and before < 2 * EACH):
        time.sleep(random.uniform(0.05, 0.65))
        name = random.choice([name for name in mortals if kills[name] <= min(kills[name] for name in mortals) + 1])
        mortals[name].kill()
        now = talk.said()
        flowing += now > before
        before = now
        kills[name] += 1
        mortals[name].start()
    return kills, flowing


def ends(mortals: dict[str, Mortal], talk: Talk) -> None:
    until = time.monotonic() + PATIENCE
    for name in ("ann", "bob"):
        try:
            out, err = mortals[name].process.communicate(timeout=max(1.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            pytest.fail(f"{name} never came to an end: {talk.line('ann')} {talk.line('bob')}")
        assert mortals[name].process.returncode == 0, (out, err)
    assert mortals["relay"].process.poll() is None


def is_whole(talk: Talk) -> None:
    logs = [talk.log(name) for name in ("ann", "bob")]
    assert len(logs[0]) == 2 * EACH
    assert logs[0] == logs[1], "both logs, in the same order"
    assert len({event_id for _, _, event_id, _ in logs[0]}) == 2 * EACH
    for author, name in enumerate(("ann", "bob")):
        feed = [(number, text) for who, number, _, text in logs[0] if who == author]
        assert feed == [(number, words(talk.peers[name], number)) for number in range(1, EACH + 1)]
        line = talk.line(name)
        assert (line.own, line.theirs.upto, line.unacknowledged) == (EACH, EACH, 0)
        assert (line.missing, line.forks, line.notices) == ([], (), ())
        assert not talk.vaults[name].check()

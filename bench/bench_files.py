"""Files, measured: how fast one travels over a relay on the loopback, what it costs on the wire and in memory."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backchannel.app.attach import attach
from backchannel.app.attachment import State
from backchannel.app.desk import Desk
from backchannel.app.exchange import Exchanged, exchange
from backchannel.app.files import accept, content, files
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.ports import Transport
from backchannel.app.say import say
from backchannel.crypto.passphrase import Cost
from backchannel.line.mailbox import Mailbox
from backchannel.transport.address import relay_address
from backchannel.transport.relay import RelayTransport
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import SqliteVault, create_vault
from bench.rows import Row

NAME: Final = "files"
MIB: Final = 2**20
PASSPHRASE: Final = "for the bench only"
SLOWEST: Final = 5.0
"""MB/s that we promise over a relay on the same machine, everything durable: far above any line that it will see."""

LARGEST_ON_WIRE: Final = 1.02
LARGEST_MEMORY: Final = 64.0
"""MiB that the process may grow by, whatever the file's size."""


def rows(quick: bool) -> Iterator[Row]:
    """Yield one row for each thing measured.

    Args:
        quick: a file of 8 MiB, not of 64.
    """
    size = (8 if quick else 64) * MIB
    measured = _alone(size)
    what = f"a file of {size // MIB} MiB through a relay, attached to whole, both vaults durable"
    yield Row(NAME, what, measured["speed"], "MB/s", SLOWEST, measured["speed"] >= SLOWEST)
    on_wire = measured["on_wire"]
    yield Row(
        NAME, f"{what}: bytes on the wire", on_wire, "per byte of file", LARGEST_ON_WIRE, on_wire <= LARGEST_ON_WIRE
    )
    grown = measured["grown"]
    yield Row(NAME, f"{what}: memory that it takes at most", grown, "MiB", LARGEST_MEMORY, grown <= LARGEST_MEMORY)
    yield Row(NAME, f"{what}: the slowest word, where both take turns of 16 MiB", measured["word"], "ms")


def _alone(size: int) -> dict[str, float]:
    """Measure in a process of its own, whose peak of memory is this transfer's."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.bench_files", str(size)], check=True, capture_output=True, text=True,
        cwd=Path(__file__).resolve().parents[1],
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


class _Counting(RelayTransport):
    """Counts what goes out."""

    sent = 0

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        super().put(mailbox, envelopes)
        type(self).sent += sum(map(len, envelopes))


@contextmanager
def _relay(folder: Path) -> Iterator[str]:
    """A relay in a process of its own: its memory is not ours."""
    code = (
        "import sys, time; from pathlib import Path\n"
        "from backchannel.relay.config import RelayConfig; from backchannel.relay.limits import Limits\n"
        "from backchannel.relay.serve import running\n"
        "limits = Limits(requests_per_second=1e6, requests_burst=10**6, makes_per_hour=10**6)\n"
        "with running(RelayConfig(data=Path(sys.argv[1]), port=0, limits=limits)) as url:\n"
        "    print(url, flush=True); sys.stdin.read()\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().strip()
    finally:
        assert process.stdin is not None
        process.stdin.close()
        process.wait(30)


def _desk(folder: Path) -> Desk:
    create_vault(folder, PASSPHRASE, Cost(1, 64, 1)).close()
    vault = SqliteVault(folder, read_key(folder, PASSPHRASE))
    return Desk(vault, lambda: time.time_ns() // 1_000_000, os.urandom)


def _measure(size: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with _relay(folder / "relay") as url:
            ann, bob = _desk(folder / "ann"), _desk(folder / "bob")
            ways: list[Transport] = [_Counting(relay_address(url)), _Counting(relay_address(url))]
            join(bob, "ann", invite(ann, "bob", [url], 3600).encode())

            def step() -> Exchanged:
                for desk, peer, way in ((ann, "bob", ways[0]), (bob, "ann", ways[1])):
                    with desk.look() as transaction:
                        line = transaction.line_named(peer)
                    done = exchange(desk, line, [way])
                    assert not done.problems, done.problems
                return done

            for _ in range(3):
                step()
            source = folder / "file"
            with source.open("wb") as out:
                for _ in range(size // MIB):
                    out.write(os.urandom(MIB))
            before, peak = _Counting.sent, _peak()
            start = time.perf_counter()
            with source.open("rb") as given:
                attach(ann, "bob", name="file", media_type="application/octet-stream", source=given)
            slowest, said = 0.0, 0
            while True:
                began = time.perf_counter()
                say(ann, "bob", ["a word meanwhile"])
                said += 1
                step()
                slowest = max(slowest, time.perf_counter() - began)
                with bob.look() as transaction:
                    assert transaction.line_named("ann").theirs.upto == said + 1, "every word is there at once"
                (file,) = files(bob, "ann") or (None,)
                if file is not None and file.state is State.WAITING:
                    accept(bob, "ann", file.name.hex())
                if file is not None and file.state is State.WHOLE:
                    break
            took = time.perf_counter() - start
            grown = _peak() - peak
            _, parts = content(bob, "ann", file.name.hex())
            with source.open("rb") as given:
                assert all(part == given.read(len(part)) for part in parts)
            for way in ways:
                way.close()
            ann.vault.close()
            bob.vault.close()
    return {
        "speed": size / took / 1e6,
        "on_wire": (_Counting.sent - before) / size,
        "grown": grown / MIB,
        "word": slowest * 1000,
        "seconds": took,
    }


def _peak() -> int:
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))

"""A small world: two people with real vaults, one virtual clock, one wire between them that does as it is told."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from backchannel.app.desk import Desk
from backchannel.app.exchange import Exchanged, exchange
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.line import Line
from backchannel.app.ports import Stored, Transport
from backchannel.app.receive import Received, receive
from backchannel.app.say import say
from backchannel.line.channel import Channel
from backchannel.line.frame import Frame
from backchannel.transport.faulty import Faults, FaultyTransport
from backchannel.transport.memory import Boxes, MemoryTransport
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import create_vault
from world.crash import CrashingTransport, CrashingVault, Fuse
from world.fast_vault import CHEAP as CHEAP
from world.fast_vault import FastVault as FastVault
from world.fast_vault import fast_folder as fast_folder

PASSPHRASE = "correct horse"
SECOND, HOUR, DAY = 1000, 3_600_000, 86_400_000
YEAR = 365 * DAY
START = 1_700_000_000_000
AGES = 200 * 365 * 24 * 3600
"""Seconds: the lifetime of an invitation that no test outlives."""


class Side:
    """One person: a vault on disk, and a desk that can be thrown away and set up again."""

    def __init__(self, folder: Path, peer: str, clock: Callable[[], int]) -> None:
        self.folder = folder
        self.peer = peer
        self.offset = 0
        self.fuse = Fuse()
        self._clock = clock
        create_vault(folder, PASSPHRASE, CHEAP).close()
        self._key = read_key(folder, PASSPHRASE)
        self.open()

    def open(self) -> None:
        self.vault = FastVault(self.folder, self._key)
        self.desk = Desk(CrashingVault(self.vault, self.fuse), self.now, os.urandom)

    def now(self) -> int:
        return self._clock() + self.offset

    def restart(self) -> None:
        self.fuse.put_out()
        self.vault.close()
        self.open()

    @property
    def line(self) -> Line:
        with self.vault.read() as transaction:
            return transaction.line_named(self.peer)

    @property
    def channel(self) -> Channel:
        """The saved channel, as a copy that changes nothing."""
        with self.vault.read() as transaction:
            data = transaction.channel(transaction.line_named(self.peer).id)
        assert data is not None
        return Channel.from_bytes(data)

    def log(self) -> list[Stored]:
        with self.vault.read() as transaction:
            return list(transaction.in_order(transaction.line_named(self.peer).id))

    def raws(self) -> list[bytes]:
        return [stored.event.raw for stored in self.log()]

    def say(self, *texts: str) -> None:
        say(self.desk, self.peer, texts)

    def take(self, *envelopes: bytes) -> Received:
        return receive(self.desk, self.line.id, envelopes)

    @contextmanager
    def speaking(self) -> Iterator[Channel]:
        """The live channel, to say with it what the use cases would not; saved at the end."""
        with self.desk.work() as work:
            yield work.channel(work.transaction.line_named(self.peer))

    def sealed(self, frame: Frame) -> bytes:
        """An envelope with this frame, whether or not it is true."""
        with self.speaking() as channel:
            return channel.seal(frame, os.urandom)

    def copied(self, to: Path) -> Path:
        """Copy the vault's files as they lie when nobody uses them."""
        self.vault.close()
        shutil.copytree(self.folder, to)
        self.open()
        return to

    def key_of(self, vault: Path) -> None:
        """Have the key of another vault: the one that is put in this one's place next."""
        self._key = read_key(vault, PASSPHRASE)

    def put_back(self, old: Path) -> None:
        """Replace the vault's files by a copy."""
        self.vault.close()
        shutil.rmtree(self.folder)
        shutil.copytree(old, self.folder)
        self.open()


CALM = Faults()
DEAD = Faults(drop=1.0)


@dataclass
class Wire:
    """What one side sends and fetches by: memory below, then crashes, then faults."""

    faulty: FaultyTransport
    inner: Transport

    def release(self) -> None:
        """Let go of what is delayed."""
        held, self.faulty._held = self.faulty._held, []
        for mailbox, envelope in held:
            self.inner.put(mailbox, [envelope])


class World:
    """Ann, who invites, and Bob, who joins."""

    def __init__(
        self, witness: Callable[[bytes], None] | None = None, *, lifetime: int = AGES, root: Path | None = None
    ) -> None:
        self.now = START
        self.boxes: Boxes = {}
        self.root = root or fast_folder()
        self.ann = Side(self.root / "ann", "bob", lambda: self.now)
        self.bob = Side(self.root / "bob", "ann", lambda: self.now)
        self.sides = (self.ann, self.bob)
        self.wires = {id(side): self._wire(side, witness) for side in self.sides}
        self.invitation = invite(self.ann.desk, "bob", [], lifetime)
        join(self.bob.desk, "ann", self.invitation.encode())

    def _wire(self, side: Side, witness: Callable[[bytes], None] | None) -> Wire:
        memory = MemoryTransport(self.boxes)
        return Wire(FaultyTransport(CrashingTransport(memory, side.fuse), CALM, 0, witness), memory)

    def close(self) -> None:
        for side in self.sides:
            side.vault.close()

    def wire(self, side: Side) -> Wire:
        return self.wires[id(side)]

    def other(self, side: Side) -> Side:
        return self.bob if side is self.ann else self.ann

    def exchange(self, side: Side, faults: Faults = CALM) -> Exchanged:
        transport = self.wire(side).faulty
        transport.faults = faults
        try:
            return exchange(side.desk, side.line, [transport])
        finally:
            transport.faults = CALM

    def rounds(self, count: int, *, pause: int = 0) -> None:
        """Both exchange, in turn, with a pause before each round."""
        for _ in range(count):
            self.now += pause
            for side in (self.bob, self.ann):
                self.exchange(side)

    def opened(self) -> World:
        """Run the handshake, until both have heard each other."""
        self.rounds(3)
        return self

    def settle(self, most: int = 60) -> int:
        """Go on until both have everything; return the number of rounds that it took."""
        for side in self.sides:
            self.wire(side).release()
        for count in range(most):
            if self.settled():
                return count
            self.rounds(1, pause=8 * DAY)
        return most

    def settled(self) -> bool:
        lines = [side.line for side in self.sides]
        return all(
            line.phase == "open" and not line.unacknowledged and not line.missing and line.theirs.upto == other.own
            for line, other in zip(lines, reversed(lines), strict=True)
        )


def quiet(line: Line) -> Line:
    """A line but for whether it owes an answer."""
    return replace(line, delivery=replace(line.delivery, owes=False))

"""Two steady sides in virtual time, and a relay that writes down everything it sees."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from backchannel.app.exchange import Exchanged, fetch_all
from backchannel.app.ports import Found, Transport
from backchannel.app.slot import run_slot
from backchannel.app.steady import Pace, Steady, save_pace, set_rhythm, standing
from backchannel.line.mailbox import Mailbox
from backchannel.line.slots import MINUTE, Rhythm
from tests.support.world import Side, World

TEN_MINUTES = Rhythm(10 * MINUTE, 4096)

Seen = tuple[int, str, tuple[int, ...]]
"""When, what was asked of the relay, and sizes."""


@dataclass
class Recorder:
    """What a relay sees of one side."""

    inner: Transport
    now: Callable[[], int]
    seen: list[Seen] = field(default_factory=list)
    rotations: list[int] = field(default_factory=list)
    """At which of our envelopes the mailbox was another one than before."""

    name = "recorded"
    shared = False
    dead = False
    _boxes: list[bytes] = field(default_factory=list)

    @property
    def puts(self) -> list[Seen]:
        return [each for each in self.seen if each[1] == "put"]

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        if mailbox.put_id not in self._boxes:
            self._boxes.append(mailbox.put_id)
            self.rotations.append(len(self.puts))
        self.seen.append((self.now(), "put", tuple(map(len, envelopes))))
        self.inner.put(mailbox, envelopes)

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        found = self.inner.get(mailbox, wait=wait)
        self.seen.append((self.now(), "get", tuple(len(each.envelope) for each in found)))
        return found

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        self.seen.append((self.now(), "delete", (len(receipts),)))
        self.inner.delete(mailbox, receipts)

    def close(self) -> None:
        self.inner.close()


class SteadyWorld(World):
    """An open line whose sides are steady, or only the first of them."""

    def __init__(
        self, rhythm: Rhythm = TEN_MINUTES, *, both: bool = True, phases: Sequence[int] = (123_456, 345_678)
    ) -> None:
        super().__init__()
        self.opened()
        self.steady = self.sides if both else self.sides[:1]
        self.recorders = {id(side): Recorder(self.wire(side).faulty, lambda: self.now) for side in self.sides}
        self.away: set[int] = set()
        for side, phase in zip(self.steady, phases, strict=False):
            set_rhythm(side.desk, side.peer, rhythm)
            self.pace(side, phase)

    def pace(self, side: Side, phase: int) -> None:
        """Give a side the phase that a test wants."""
        with side.desk.work() as work:
            save_pace(work.transaction, work.transaction.line_named(side.peer).id, Pace(phase))

    def recorder(self, side: Side) -> Recorder:
        return self.recorders[id(side)]

    def standing_now(self, side: Side) -> Steady | None:
        line = side.line
        with side.vault.read() as transaction:
            return standing(transaction, line, side.now())

    def standing(self, side: Side) -> Steady:
        found = self.standing_now(side)
        assert found is not None
        return found

    def fetch(self, side: Side) -> None:
        fetch_all(side.desk, side.line, [self.recorder(side)], Exchanged())

    def slot(self) -> Side:
        """Go on to the next slot of anybody: its envelope goes out, and whoever is there fetches."""
        there = [(self.standing_now(side), side) for side in self.steady if id(side) not in self.away]
        at, side = min(((steady.next, side) for steady, side in there if steady is not None), key=lambda each: each[0])
        self.now = at
        run_slot(side.desk, side.line.id, [self.recorder(side)])
        for each in self.sides:
            if id(each) not in self.away:
                self.fetch(each)
                self.exchange(each)  # what is steady leaves that alone
        return side

    def slots(self, count: int) -> None:
        for _ in range(count):
            self.slot()

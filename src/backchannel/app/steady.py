"""Steady: whether a line goes in slots, how that is kept, and when what was said goes out (spec 18).

The rhythm is the owner's wish, and in a backup like any other. Where the line is in it (its phase, the last slot, the
pieces that wait) belongs to this vault's keys: a restored one draws a phase of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from backchannel.app.desk import Desk
from backchannel.app.file_parts import missing_parts
from backchannel.app.line import Line
from backchannel.app.ports import PASSING, Random, Transaction
from backchannel.app.recover import without
from backchannel.crypto.aead import TAG_SIZE
from backchannel.line.file_part import FilePart, content_of
from backchannel.line.file_word import NAME_SIZE
from backchannel.line.frame import EVENT_HEAD, HEAD_ROOM, OLM_ROOM
from backchannel.line.pieces import room
from backchannel.line.slots import Rhythm, last_used, next_used, slot_at, start_of
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import fields

RHYTHM: Final = "steady"
"""Of the private value that is the setting."""

PACE: Final = PASSING + "steady pace"

LEAD: Final = 5000
"""Milliseconds before its slot at which an envelope is made: whether it says something costs no time in the slot."""

PART_HEAD: Final = len(content_of(FilePart(bytes(NAME_SIZE), 1, bytes(TAG_SIZE))))
"""Bytes that stand before and behind a part of a file in an envelope."""

_BINDING: Final = 16


@dataclass(frozen=True, slots=True)
class Pace:
    """Where a line is in its rhythm.

    Attributes:
        phase: milliseconds, 0 to `every` - 1; drawn at random for this line.
        slot: the last one that was taken; None if none was.
        again: the first slot in which something may be repeated.
        outbox: names the mailbox that the waiting pieces were made for.
        waiting: the bodies of pieces that go out in the next slots.
        parts: the bodies of pieces of a part of a file, which go when nothing else does.
    """

    phase: int
    slot: int | None = None
    again: int = 0
    outbox: bytes = field(default=b"", repr=False)
    waiting: tuple[bytes, ...] = field(default=(), repr=False)
    parts: tuple[bytes, ...] = field(default=(), repr=False)

    def to_value(self) -> list[Any]:
        """Return it as secret values for the vault."""
        return [1, self.phase, self.slot, self.again, self.outbox, list(self.waiting), list(self.parts)]

    @classmethod
    def from_value(cls, value: Any) -> Pace:
        """Read what `to_value` wrote."""
        phase, slot, again, outbox, waiting, parts = fields(value, 1, 6, "pace")
        return cls(phase, slot, again, outbox, tuple(waiting), tuple(parts))


@dataclass(frozen=True, slots=True)
class Steady:
    """How a steady line stands.

    Attributes:
        rhythm: what its owner chose.
        next: when the next envelope goes out, milliseconds since 1970.
        out: when all that waits is out, if nothing comes between; None where nothing waits.
        waiting: how many envelopes that takes.
        files: how many envelopes the files that go out still take, in slots in which nothing is said.
        kept: whether the slot before was filled: some program keeps the line in its slots.
    """

    rhythm: Rhythm
    next: int
    out: int | None
    waiting: int
    files: int
    kept: bool


def rhythm_of(transaction: Transaction, line_id: bytes) -> Rhythm | None:
    """Return the rhythm of a line; None where it is not steady."""
    data = transaction.private(line_id, RHYTHM)
    return None if data is None else Rhythm(*fields(decode(data), 1, 2, "rhythm"))


def goes_steady(desk: Desk, line_id: bytes) -> bool:
    """Say whether a line goes in slots now: the handshake, and the search after a loss, do not wait for any."""
    with desk.look() as transaction:
        return transaction.line(line_id).phase.has_keys and rhythm_of(transaction, line_id) is not None


def pace_of(transaction: Transaction, line_id: bytes) -> Pace | None:
    """Return where a line is in its rhythm; None where that is not drawn yet."""
    data = transaction.private(line_id, PACE)
    return None if data is None else Pace.from_value(decode(data))


def save_pace(transaction: Transaction, line_id: bytes, pace: Pace) -> None:
    """Keep where a line is in its rhythm."""
    transaction.save_private(line_id, PACE, encode(pace.to_value()))


def drawn(rhythm: Rhythm, random: Random) -> Pace:
    """Return the pace of a line that begins: its phase is drawn."""
    return Pace(int.from_bytes(random(8), "big") % rhythm.every)


def set_rhythm(desk: Desk, name: str, rhythm: Rhythm | None) -> None:
    """Let a line go in slots, in other ones, or at once again; what was under way in pieces is said anew.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.work() as work:
        transaction = work.transaction
        line = transaction.line_named(name)
        if rhythm == rhythm_of(transaction, line.id):
            return
        pace = pace_of(transaction, line.id)
        if pace is not None and pace.waiting:
            transaction.save_line(said_anew(line, desk.clock()))
        if rhythm is None:
            transaction.save_private(line.id, RHYTHM, None)
            transaction.save_private(line.id, PACE, None)
            return
        transaction.save_private(line.id, RHYTHM, encode([1, rhythm.every, rhythm.size]))
        save_pace(transaction, line.id, drawn(rhythm, work.random))


def said_anew(line: Line, now: int) -> Line:
    """Return the line when what was framed last goes nowhere: it is due again at once (spec 3.4.3)."""
    return replace(line, delivery=replace(line.delivery, due=now, owes=True))


def heard_slot(rhythm: Rhythm, phase: int, line: Line) -> int:
    """Return the slot in which the other side was last heard, or the line made."""
    heard = line.delivery.last_heard
    return slot_at(rhythm, phase, line.created if heard is None else heard)


def event_room(rhythm: Rhythm) -> int:
    """Return how many bytes of events surely fit one envelope of the rhythm."""
    return room(rhythm.size) - OLM_ROOM - _BINDING - HEAD_ROOM


def steady_of(desk: Desk, name: str) -> Steady | None:
    """Return how a line stands in its slots; None where it is not steady, or not open.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        return standing(transaction, transaction.line_named(name), desk.clock())


def standing(transaction: Transaction, line: Line, now: int) -> Steady | None:
    """Return how a steady line stands; None where it is not steady, or not open."""
    rhythm = rhythm_of(transaction, line.id)
    pace = pace_of(transaction, line.id)
    if rhythm is None or pace is None or not line.phase.has_keys:
        return None
    heard = heard_slot(rhythm, pace.phase, line)
    waiting = len(pace.waiting) + _waiting(transaction, line, rhythm, now)
    slot = next_used(rhythm, slot_at(rhythm, pace.phase, now + LEAD) + 1, heard)
    last = slot
    for _ in range(waiting - 1):
        last = next_used(rhythm, last + 1, heard)
    return Steady(
        rhythm,
        next=start_of(rhythm, pace.phase, slot),
        out=start_of(rhythm, pace.phase, last) if waiting else None,
        waiting=waiting,
        files=sum(
            count * -(-(PART_HEAD + size) // room(rhythm.size)) for count, size in missing_parts(transaction, line)
        ),
        kept=pace.slot is not None and pace.slot >= last_used(rhythm, slot - 1, heard),
    )


def _waiting(transaction: Transaction, line: Line, rhythm: Rhythm, now: int) -> int:
    """Return how many envelopes what was never framed will take, at most."""
    most, envelopes, left = event_room(rhythm), 0, 0
    delivery = replace(line.delivery, due=None)
    for first, last in without(delivery.wanted(line.own, now), line.gone(int(line.role))):
        for raw in transaction.raw_events(line.id, int(line.role), first, last):
            size = len(raw) + EVENT_HEAD
            if size > left:
                alone = size + OLM_ROOM + _BINDING + HEAD_ROOM
                envelopes += 1 if size <= most else -(-alone // room(rhythm.size))
                left = most
            left = max(0, left - size)
    return envelopes

"""Tombstones: the mark that is left where the words of an event were removed (spec 16.4).

    tombstone = [2, author, number, seen, before, clock, kind, id, why, when]

It keeps the event's place, its id and its kind, so that the chain, acknowledgements, forks and the order hold as
before; what it said is gone. It stands wherever the event's own bytes could, also in a frame: to a peer that has lost
its log, a mark comes back and no words.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from backchannel.errors import Malformed, Oversize
from backchannel.log.event import BEFORE_SIZE, LARGEST_EVENT, LONGEST_KIND, Event, read_event
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import LARGEST_NUMBER
from backchannel.wire.shape import blob, fields, sized, text, whole

VERSION: Final = 2
_HEAD: Final = b"\x8a\x02"
"""How the bytes of a tombstone begin: a list of ten whose first is 2."""


class Why(IntEnum):
    """Why the words of an event were removed."""

    RETRACTED = 1
    RETENTION = 2


@dataclass(frozen=True, slots=True)
class Tombstone(Event):
    """An event whose words were removed; its body is empty, its id is that of the bytes that it had.

    Attributes:
        kept_id: 32 bytes: the event's id.
        why: what removed it.
        when: for a retraction the clock of the `retract` event, else this machine's; milliseconds since 1970.
    """

    kept_id: bytes = b""
    why: Why = Why.RETENTION
    when: int = 0

    @property
    def id(self) -> bytes:
        """Return the id that the event had."""
        return self.kept_id


def bury(event: Event, why: Why, when: int) -> Tombstone:
    """Return what is left of an event once its words are removed.

    Args:
        event: the event; a tombstone stays as it is.
        why: what removes it.
        when: milliseconds since 1970.
    """
    if isinstance(event, Tombstone):
        return event
    raw = encode(
        [
            VERSION, event.author, event.number, event.seen, event.before, event.clock, event.kind, event.id,
            int(why), when,
        ]
    )  # fmt: skip
    return _tombstone(raw)


def read_kept(raw: bytes) -> Event:
    """Return the event of these bytes, or the tombstone.

    Raises:
        Malformed: they are neither.
        Oversize: larger than an event can be.
    """
    return _tombstone(raw) if raw.startswith(_HEAD) else read_event(raw)


def _tombstone(raw: bytes) -> Tombstone:
    if len(raw) > LARGEST_EVENT:
        raise Oversize("tombstone")
    author, number, seen, before, clock, kind, event_id, why, when = fields(decode(raw), VERSION, 9, "tombstone")
    if blob(before, "before") and len(before) != BEFORE_SIZE:
        raise Malformed("before")
    if type(why) is not int or why not in set(Why):
        raise Malformed("why it was removed")
    return Tombstone(
        author=whole(author, "author", below=2),
        number=whole(number - 1 if type(number) is int else number, "number", below=LARGEST_NUMBER) + 1,
        seen=whole(seen, "seen", below=LARGEST_NUMBER),
        clock=whole(clock, "clock", below=2**53),
        kind=text(kind, "kind", longest=LONGEST_KIND),
        body=b"",
        raw=raw,
        before=before,
        kept_id=sized(event_id, 32, "id"),
        why=Why(why),
        when=whole(when, "when", below=2**53),
    )

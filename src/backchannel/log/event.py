"""Events: one immutable thing said or done on a line (spec 4.1).

    event = [1, author, number, seen, before, clock, kind, body]        id = SHA-256 of exactly these bytes

`before` is the beginning of the id of the author's event before it, so that whoever holds one event knows which ones
came before: two copies of a vault that go on apart are found out, however much either has said since. Nothing is
signed: either side could have written any of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from backchannel.errors import Malformed, Oversize
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import LARGEST_NUMBER
from backchannel.wire.shape import blob, fields, text, whole

VERSION: Final = 1
LONGEST_KIND: Final = 64
BEFORE_SIZE: Final = 8
LARGEST_EVENT: Final = 60 * 1024
"""Bytes of one encoded event at most, so that it fits one envelope beside everything else."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event, with the bytes that it was made as or came as.

    Attributes:
        author: 0 is the inviter, 1 the joiner.
        number: in the author's feed, from 1.
        seen: how many events of the other feed the author had, without a gap, when writing.
        before: the first 8 bytes of the id of the author's event before; empty in the first, or where it is not said.
        clock: the author's clock, milliseconds since 1970; only a claim.
        kind: what it is, such as `text`; a reader keeps and shows kinds that it does not know.
        body: bytes whose form the kind decides.
        raw: the exact encoding; never made again from the fields.
    """

    author: int
    number: int
    seen: int
    clock: int
    kind: str
    body: bytes = field(repr=False)
    raw: bytes = field(repr=False, compare=False)
    before: bytes = b""

    @property
    def id(self) -> bytes:
        """Return the 32 bytes that name exactly this event."""
        return sha256(self.raw).digest()

    def follows(self, ids: Iterable[bytes]) -> bool:
        """Say whether it was written after one of these events, as far as it says."""
        return not self.before or any(event_id.startswith(self.before) for event_id in ids)


def write_event(
    *, author: int, number: int, seen: int, clock: int, kind: str, body: bytes, before: bytes = b""
) -> Event:
    """Return a new event (spec 4.1).

    Raises:
        Oversize: it would not fit one envelope.
    """
    raw = encode([VERSION, author, number, seen, before, clock, kind, body])
    if len(raw) > LARGEST_EVENT:
        raise Oversize(f"{len(raw)} bytes; at most {LARGEST_EVENT}")
    return Event(author, number, seen, clock, kind, body, raw, before)


def read_event(raw: bytes) -> Event:
    """Return the event of these bytes.

    Raises:
        Malformed: they are not an event.
        Oversize: larger than an event can be.
    """
    if len(raw) > LARGEST_EVENT:
        raise Oversize("event")
    author, number, seen, before, clock, kind, body = fields(decode(raw), VERSION, 7, "event")
    if blob(before, "before") and len(before) != BEFORE_SIZE:
        raise Malformed("before")
    return Event(
        author=whole(author, "author", below=2),
        number=whole(number - 1 if type(number) is int else number, "number", below=LARGEST_NUMBER) + 1,
        seen=whole(seen, "seen", below=LARGEST_NUMBER),
        clock=whole(clock, "clock", below=2**53),
        kind=text(kind, "kind", longest=LONGEST_KIND),
        body=blob(body, "body"),
        raw=raw,
        before=before,
    )

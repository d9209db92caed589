"""Events, their order, and what they show (spec 4.1, 4.3, 4.4)."""

import hashlib
from dataclasses import dataclass
from typing import Any

from vectors.second import cbor
from vectors.second.refusal import Refused, malformed

LARGEST = 61_440


@dataclass(frozen=True)
class Event:
    """An event (spec 4.1)."""

    author: int
    number: int
    seen: int
    before: bytes
    clock: int
    kind: str
    body: bytes
    raw: bytes

    @property
    def id(self) -> bytes:
        """SHA-256 of the exact bytes (spec 4.1)."""
        return hashlib.sha256(self.raw).digest()

    @property
    def height(self) -> int:
        """`number + seen` (spec 4.3)."""
        return self.number + self.seen

    @property
    def place(self) -> tuple[int, int, int, bytes]:
        """What events of a line are sorted by (spec 4.3)."""
        return self.height, self.author, self.number, self.id


def beginning(value: Any) -> bytes:
    """The first 8 bytes of an id, or none (spec 3.4.1, 4.1).

    Args:
        value: what stands there.

    Returns:
        0 or 8 bytes.

    Raises:
        Refused: `malformed`.
    """
    return cbor.octets(value, 8 if value else None)


def read(raw: bytes) -> Event:
    """An event from its bytes (spec 4.1).

    Args:
        raw: the bytes.

    Returns:
        The event.

    Raises:
        Refused: `oversize` or `malformed`.
    """
    if len(raw) > LARGEST:
        raise Refused("oversize", "more than 61,440 bytes")
    author, number, seen, before, clock, kind, body = cbor.layout(raw, 8)
    if not isinstance(kind, str) or len(kind) > 64:
        raise malformed("no kind")
    return Event(
        author=cbor.natural(author, 2),
        number=cbor.natural(number, (1 << 48) + 1, 1),
        seen=cbor.natural(seen, 1 << 48),
        before=beginning(before),
        clock=cbor.natural(clock, 1 << 53),
        kind=kind,
        body=cbor.octets(body),
        raw=raw,
    )


def write(author: int, number: int, seen: int, before: bytes, clock: int, kind: str, body: bytes) -> bytes:
    """An event's bytes (spec 4.1).

    Args:
        author: the role of who wrote it.
        number: its place in the author's feed.
        seen: how many events of the other feed the author had.
        before: how the id of the event before it begins, or nothing.
        clock: milliseconds since 1970.
        kind: what it is.
        body: in the form that the kind decides.

    Returns:
        The bytes.
    """
    return cbor.encode([1, author, number, seen, before, clock, kind, body])


def text(kind: str, body: bytes) -> str | None:
    """What an event shows (spec 4.4).

    Args:
        kind: its kind.
        body: its body.

    Returns:
        The text, or None for an unknown kind and what is treated as one.
    """
    if kind != "text":
        return None
    try:
        said = cbor.decode(body)
    except Refused:
        return None
    found = said.get("text") if isinstance(said, dict) else None
    return found if isinstance(found, str) else None

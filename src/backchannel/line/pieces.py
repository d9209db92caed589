"""Pieces: what travels in envelopes of one fixed size, whatever is to be said (spec 18.2).

    body = count(1) || number(1) || message(8) || length(2) || chunk || zeros        fills the envelope
    body = zeros                                                                     says nothing

A message is the content of an ordinary envelope (3.2), cut where it must be.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.wire.envelope import BUCKETS, LARGEST_CONTENT, capacity
from backchannel.wire.shape import blob, fields, items, sized

MESSAGE_SIZE: Final = 8
_HEAD: Final = 2 + MESSAGE_SIZE + 2
_BODIES: Final = {capacity(bucket) - 1: bucket for bucket in BUCKETS}

MOST_PIECES: Final = 68
"""Pieces of the largest content in the smallest envelopes."""

MOST_BEGUN: Final = 8
"""Messages of which only some pieces are here; the one that was touched longest ago gives way."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece.

    Attributes:
        message: 8 random bytes, the same in all pieces of one message.
        number: from 1.
        count: how many there are.
        chunk: what it holds.
    """

    message: bytes
    number: int
    count: int
    chunk: bytes = field(repr=False)


def room(size: int) -> int:
    """Return how many bytes of a message an envelope of `size` bytes holds."""
    return capacity(size) - 1 - _HEAD


def nothing(size: int) -> bytes:
    """Return the body that says nothing in an envelope of `size` bytes."""
    return bytes(capacity(size) - 1)


def cut(content: bytes, size: int, message: bytes) -> list[bytes]:
    """Return the bodies of the pieces of one content, in order.

    Args:
        content: of an ordinary envelope: type and body.
        size: bytes of the envelopes.
        message: 8 fresh random bytes.
    """
    most = room(size)
    chunks = [content[at : at + most] for at in range(0, len(content), most)]
    return [
        (bytes((len(chunks), number)) + message + len(chunk).to_bytes(2, "big") + chunk).ljust(
            capacity(size) - 1, b"\0"
        )
        for number, chunk in enumerate(chunks, 1)
    ]


def piece_from_body(body: bytes) -> Piece | None:
    """Return the piece of a body; None where it says nothing.

    Raises:
        Malformed: it is neither, or could be written otherwise.
    """
    if len(body) not in _BODIES:
        raise Malformed("the length of a piece")
    if not any(body):
        return None
    most = len(body) - _HEAD
    count, number, message = body[0], body[1], body[2 : 2 + MESSAGE_SIZE]
    length = int.from_bytes(body[_HEAD - 2 : _HEAD], "big")
    last = number == count
    if not 1 <= number <= count or not 1 <= length <= most or (length < most and not last):
        raise Malformed("piece")
    if (count - 1) * most + (length if last else 1) > LARGEST_CONTENT or any(body[_HEAD + length :]):
        raise Malformed("piece")
    return Piece(message, number, count, body[_HEAD : _HEAD + length])


@dataclass(frozen=True, slots=True)
class _Begun:
    message: bytes
    chunks: tuple[bytes, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Waiting:
    """The pieces that wait for others of their message, the message that was touched last at the end."""

    _begun: tuple[_Begun, ...] = ()

    def __len__(self) -> int:
        """Return how many messages are begun."""
        return len(self._begun)

    def with_piece(self, piece: Piece) -> tuple[Waiting, bytes | None]:
        """Return what waits after a piece came, and the content of its message if that is whole now.

        Args:
            piece: in any order, and any number of times.

        Raises:
            Malformed: it contradicts another piece of the same message.
        """
        known = next((each for each in self._begun if each.message == piece.message), None)
        begun = known or _Begun(piece.message, (b"",) * piece.count)
        held = begun.chunks[piece.number - 1] if len(begun.chunks) == piece.count else None
        if held is None or (held and held != piece.chunk):
            raise Malformed("pieces that contradict each other")
        at = piece.number - 1
        begun = replace(begun, chunks=(*begun.chunks[:at], piece.chunk, *begun.chunks[at + 1 :]))
        others = tuple(each for each in self._begun if each is not known)
        if not all(begun.chunks):
            return Waiting((*others[-(MOST_BEGUN - 1) :], begun)), None
        content = b"".join(begun.chunks)
        if len(content) > LARGEST_CONTENT:
            raise Malformed("a message that fits no envelope")
        return Waiting(others), content

    def to_value(self) -> list[Any]:
        """Return it as secret values for the vault."""
        return [1, [[each.message, list(each.chunks)] for each in self._begun]]

    @classmethod
    def from_value(cls, value: Any) -> Waiting:
        """Read what `to_value` wrote."""
        (rows,) = fields(value, 1, 1, "waiting pieces")
        return cls(
            tuple(
                _Begun(
                    sized(message, MESSAGE_SIZE, "message"),
                    tuple(blob(chunk, "chunk") for chunk in items(chunks, "chunks", most=MOST_PIECES)),
                )
                for message, chunks in rows
            )
        )

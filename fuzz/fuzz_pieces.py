"""Pieces of a steady line: what stands behind the type of an envelope, and several of them put together."""

from __future__ import annotations

from backchannel.errors import Malformed
from backchannel.line.pieces import MESSAGE_SIZE, MOST_BEGUN, Waiting, cut, nothing, piece_from_body
from backchannel.wire.envelope import BUCKETS, LARGEST_CONTENT, capacity

BODY = capacity(BUCKETS[0]) - 1
NAMES = (b"message1", b"message2")


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    two, three = cut(b"\x05" + b"x" * 1200, BUCKETS[0], NAMES[0]), cut(b"\x0b" + b"y" * 2200, BUCKETS[0], NAMES[1])
    mixed = [three[2], two[0], three[0], nothing(BUCKETS[0]), two[0], two[1], three[1]]
    return [nothing(BUCKETS[0]), two[1], b"".join(two), b"".join(mixed), cut(b"\x05", BUCKETS[1], NAMES[0])[0]]


def one_input(data: bytes) -> None:
    """Read the whole as one body, and its slices of the smallest size as several."""
    waiting = Waiting()
    for body in [data, *(data[at : at + BODY] for at in range(0, len(data), BODY))]:
        try:
            piece = piece_from_body(body)
            if piece is None:
                assert not any(body)
                continue
            waiting, content = waiting.with_piece(piece)
        except Malformed:
            continue
        assert len(piece.message) == MESSAGE_SIZE
        assert body.startswith(bytes((piece.count, piece.number)) + piece.message)
        assert len(waiting) <= MOST_BEGUN
        assert content is None or len(content) <= LARGEST_CONTENT
    assert Waiting.from_value(waiting.to_value()) == waiting

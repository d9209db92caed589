"""Pieces: whatever is cut comes together again, in any order; whatever could be written otherwise is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.line.pieces import MOST_BEGUN, MOST_PIECES, Piece, Waiting, cut, nothing, piece_from_body, room
from backchannel.wire.envelope import BUCKETS, LARGEST_CONTENT, capacity

MESSAGE = b"12345678"

contents = st.one_of(
    st.binary(min_size=1, max_size=5000), st.integers(1, LARGEST_CONTENT).map(lambda size: b"x" * size)
)


def pieces(content: bytes, size: int, message: bytes = MESSAGE) -> list[Piece]:
    found = [piece_from_body(body) for body in cut(content, size, message)]
    assert None not in found
    return [piece for piece in found if piece is not None]


@given(contents, st.sampled_from(BUCKETS), st.randoms(use_true_random=False))
def test_what_is_cut_comes_together_in_any_order(content: bytes, size: int, order: object) -> None:
    bodies = cut(content, size, MESSAGE)
    assert {len(body) for body in bodies} == {capacity(size) - 1} == {len(nothing(size))}
    assert len(bodies) <= MOST_PIECES
    mixed = pieces(content, size)
    order.shuffle(mixed)  # type: ignore[attr-defined]
    waiting, whole = Waiting(), None
    for piece in mixed:
        assert whole is None
        doubled, _ = waiting.with_piece(piece)
        waiting, whole = waiting.with_piece(piece)
        if whole is None:
            assert waiting == doubled == doubled.with_piece(piece)[0] == Waiting.from_value(waiting.to_value())
    assert whole == content
    assert not waiting


@given(st.sampled_from(BUCKETS))
def test_nothing_is_nothing(size: int) -> None:
    assert piece_from_body(nothing(size)) is None


@given(st.binary(min_size=1, max_size=3 * room(1024)), st.data())
def test_a_body_has_one_form(content: bytes, data: st.DataObject) -> None:
    """Any single byte that is changed is another piece, or none."""
    bodies = cut(content, 1024, MESSAGE)
    body = data.draw(st.sampled_from(bodies))
    at = data.draw(st.integers(0, len(body) - 1))
    changed = body[:at] + bytes((body[at] ^ data.draw(st.integers(1, 255)),)) + body[at + 1 :]
    try:
        piece = piece_from_body(changed)
    except Malformed:
        return
    assert piece is not None
    assert piece != piece_from_body(body)
    assert changed[2:10] == piece.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        bytes(capacity(1024)),
        b"\x01\x00" + MESSAGE + b"\x00\x01x",
        b"\x01\x02" + MESSAGE + b"\x00\x01x",
        b"\x00\x00" + MESSAGE + b"\x00\x01x",
        b"\x01\x01" + MESSAGE + b"\x00\x00",
        b"\x01\x01" + MESSAGE + b"\xff\xff",
        b"\x02\x01" + MESSAGE + b"\x00\x01x",
        b"\x01\x01" + MESSAGE + b"\x00\x01xy",
        b"\x45\x01" + MESSAGE + room(1024).to_bytes(2, "big") + b"x" * room(1024),
    ],
)
def test_what_is_no_piece_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        piece_from_body(body if len(body) != 13 and len(body) != 14 else body.ljust(capacity(1024) - 1, b"\0"))


def test_pieces_that_contradict_each_other_are_refused() -> None:
    first = pieces(b"a" * 3000, 1024)
    waiting, _ = Waiting().with_piece(first[0])
    with pytest.raises(Malformed):
        waiting.with_piece(Piece(MESSAGE, 1, 4, b"b" * room(1024)))
    with pytest.raises(Malformed):
        waiting.with_piece(Piece(MESSAGE, 2, 3, first[1].chunk))


def test_what_is_never_whole_gives_way_to_what_is_touched() -> None:
    """A stray piece costs a place, and what is just being put together keeps its own."""
    goal = pieces(b"g" * 20_000, 1024, b"thatgoal")
    waiting, whole = Waiting(), None
    for at, piece in enumerate(goal):
        waiting, whole = waiting.with_piece(piece)
        for stray in range(MOST_BEGUN - 1):
            if whole is None:
                name = f"{at:04}{stray:04}".encode()
                waiting, _ = waiting.with_piece(pieces(b"s" * 2000, 1024, name)[0])
        assert len(waiting) <= MOST_BEGUN
    assert whole == b"g" * 20_000


def test_too_much_for_an_envelope_is_refused_at_the_end() -> None:
    """Chunks of several sizes of envelope might come to more than one holds."""
    waiting = Waiting()
    count = 68
    for number in range(1, count):
        waiting, _ = waiting.with_piece(Piece(MESSAGE, number, count, b"x" * room(1024)))
    with pytest.raises(Malformed):
        waiting.with_piece(Piece(MESSAGE, count, count, b"x" * room(4096)))

"""Tombstones stand where their events stood, in every respect but the words (spec 16.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed, Oversize
from backchannel.log.event import LARGEST_EVENT, write_event
from backchannel.log.kinds import text_body
from backchannel.log.order import order_key
from backchannel.log.placing import Duplicate, place
from backchannel.log.tombstone import Tombstone, Why, bury, read_kept
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import Coverage

EVENTS = st.builds(
    write_event,
    author=st.integers(0, 1),
    number=st.integers(1, 2**48),
    seen=st.integers(0, 2**48 - 1),
    clock=st.integers(0, 2**53 - 1),
    kind=st.text(max_size=64),
    body=st.binary(max_size=200),
    before=st.sampled_from([b"", b"8 bytes."]),
)


@given(EVENTS, st.sampled_from(list(Why)), st.integers(0, 2**53 - 1))
def test_it_reads_as_it_was_made_and_keeps_its_place(event, why, when) -> None:  # type: ignore[no-untyped-def]
    stone = bury(event, why, when)
    assert read_kept(stone.raw) == stone
    assert (stone.why, stone.when, stone.body) == (why, when, b"")
    assert stone.id == event.id
    assert order_key(stone) == order_key(event)
    assert (stone.kind, stone.before, stone.clock) == (event.kind, event.before, event.clock)
    assert event.body == b"" or len(event.body) < 8 or event.body not in stone.raw
    assert read_kept(event.raw) == event
    assert bury(stone, why, when + 1) is stone
    assert place(Coverage(event.number), stone, [event.id]) == Duplicate()


def value() -> list[object]:
    event = write_event(author=0, number=3, seen=2, clock=5, kind="text", body=text_body("x"), before=b"8 bytes.")
    found = decode(bury(event, Why.RETRACTED, 7).raw)
    assert isinstance(found, list)
    return found


@pytest.mark.parametrize(
    ("at", "wrong"),
    [
        (1, 2), (1, True), (2, 0), (2, 2**48 + 1), (2, "3"), (3, -1), (3, 2**48), (4, b"7 bytes"), (4, "8 bytes."),
        (5, 2**53), (6, b"text"), (6, "x" * 65), (7, b"x" * 31), (7, "x" * 32), (8, 0), (8, 3), (8, True), (9, -1),
        (9, 2**53), (9, None),
    ],
)  # fmt: skip
def test_each_field_is_checked(at: int, wrong: object) -> None:
    fields = value()
    fields[at] = wrong
    with pytest.raises(Malformed):
        read_kept(encode(fields))


def test_another_shape_is_refused() -> None:
    for wrong in (value()[:-1], [*value(), 1], [3, *value()[1:]]):
        with pytest.raises(Malformed):
            read_kept(encode(wrong))
    with pytest.raises(Malformed):
        read_kept(encode(value()) + b"\0")
    with pytest.raises(Oversize):
        read_kept(b"\x8a\x02" + bytes(LARGEST_EVENT))
    assert isinstance(read_kept(encode(value())), Tombstone)

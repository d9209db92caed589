"""Events: exact bytes, and an id that is theirs (spec 4.1)."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed, Oversize
from backchannel.log.event import LARGEST_EVENT, LONGEST_KIND, Event, read_event, write_event
from backchannel.wire.codec import encode
from backchannel.wire.coverage import LARGEST_NUMBER

EVENTS = st.builds(
    write_event,
    author=st.integers(0, 1),
    number=st.integers(1, LARGEST_NUMBER),
    seen=st.integers(0, LARGEST_NUMBER - 1),
    clock=st.integers(0, 2**53 - 1),
    kind=st.text(st.characters(exclude_categories=["Cs"]), max_size=LONGEST_KIND),
    body=st.binary(max_size=300),
    before=st.sampled_from([b"", b"8 octets"]),
)
GOOD: list[Any] = [1, 0, 1, 0, b"", 1_700_000_000_000, "text", b"body"]


@given(EVENTS)
def test_written_and_read(event: Event) -> None:
    again = read_event(event.raw)
    assert again == event
    assert again.raw == event.raw
    assert again.id == event.id == sha256(event.raw).digest()


@given(EVENTS, st.data())
def test_each_event_has_one_encoding(event: Event, data: st.DataObject) -> None:
    raw = bytearray(event.raw)
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at : at + data.draw(st.integers(0, 2))] = data.draw(st.binary(max_size=3))
    try:
        other = read_event(bytes(raw))
    except (Malformed, Oversize):
        return
    again = write_event(
        author=other.author,
        number=other.number,
        seen=other.seen,
        clock=other.clock,
        kind=other.kind,
        body=other.body,
        before=other.before,
    )
    assert again.raw == bytes(raw)
    assert (other.id == event.id) == (raw == event.raw)


def test_the_encoding_is_that_of_the_spec() -> None:
    event = write_event(author=1, number=2, seen=3, clock=4, kind="text", body=b"b")
    assert event.raw == encode([1, 1, 2, 3, b"", 4, "text", b"b"])
    assert event.raw.hex() == "8801010203400464746578744162"


def test_an_event_follows_the_one_that_it_names() -> None:
    first = write_event(author=1, number=1, seen=0, clock=4, kind="text", body=b"a")
    other = write_event(author=1, number=1, seen=0, clock=4, kind="text", body=b"b")
    second = write_event(author=1, number=2, seen=0, clock=4, kind="text", body=b"c", before=first.id[:8])
    assert second.follows([other.id, first.id])
    assert not second.follows([other.id])
    assert not second.follows([])
    assert first.follows([])


def test_the_body_is_not_shown_in_a_trace() -> None:
    assert "hidden" not in repr(write_event(author=0, number=1, seen=0, clock=0, kind="text", body=b"hidden"))


def test_the_id_is_of_the_bytes_and_not_of_the_fields() -> None:
    event = read_event(encode(GOOD))
    assert replace(event, raw=b"other") == event
    assert replace(event, raw=b"other").id != event.id


@pytest.mark.parametrize(
    ("place", "values"),
    [
        (0, [0, 2, True, "1", None]),
        (1, [-1, 2, True, False, None, b"\0", "0"]),
        (2, [0, -1, LARGEST_NUMBER + 1, True, None, "1"]),
        (3, [-1, LARGEST_NUMBER, False, None]),
        (4, [b"1234567", bytes(9), "12345678", None, 0]),
        (5, [-1, 2**53, None, False, "now"]),
        (6, [b"text", None, 1, "x" * (LONGEST_KIND + 1)]),
        (7, ["body", None, [], {}, 1]),
    ],
)
def test_a_field_that_does_not_fit_is_refused(place: int, values: list[Any]) -> None:
    for value in values:
        with pytest.raises(Malformed):
            read_event(encode([*GOOD[:place], value, *GOOD[place + 1 :]]))


@pytest.mark.parametrize(
    "raw",
    [b"", b"\x80", encode(GOOD[:-1]), encode([*GOOD, 0]), encode({0: 1}), encode(GOOD) + b"\0", encode(GOOD)[:-1]],
)
def test_what_is_no_event_is_refused(raw: bytes) -> None:
    with pytest.raises(Malformed):
        read_event(raw)


def test_an_event_fits_one_envelope() -> None:
    head = len(encode([*GOOD[:7], bytes(LARGEST_EVENT)])) - LARGEST_EVENT
    room = LARGEST_EVENT - head
    for size in (room, room + 2):
        assert len(encode([*GOOD[:7], bytes(size)])) == size + head

    def write(size: int) -> Event:
        return write_event(author=0, number=1, seen=0, clock=GOOD[5], kind="text", body=bytes(size))

    assert read_event(write(room).raw).body == bytes(room)
    with pytest.raises(Oversize):
        write(room + 1)
    with pytest.raises(Oversize):
        read_event(encode([*GOOD[:7], bytes(room + 1)]))

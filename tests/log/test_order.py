"""One order for both sides (spec 4.3)."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from backchannel.log.event import write_event
from backchannel.log.order import height, in_order, order_key
from tests.log.world import HISTORIES, History


@given(HISTORIES)
def test_what_was_seen_stands_before_what_was_said(history: History) -> None:
    """The order is a linear extension of causality."""
    place = {event.id: at for at, event in enumerate(in_order(history.events))}
    assert len(place) == len(history.events)
    for event in history.events:
        assert all(place[cause] < place[event.id] for cause in history.causes[event.id])


@given(HISTORIES)
def test_the_height_is_how_many_events_there_were(history: History) -> None:
    for event in history.events:
        assert height(event) == event.number + event.seen
        assert height(event) == len(history.causes[event.id]) + 1


@given(HISTORIES, st.randoms(use_true_random=False))
def test_the_order_does_not_depend_on_arrival(history: History, shuffle: random.Random) -> None:
    expected = in_order(history.events)
    arrived = list(history.events)
    shuffle.shuffle(arrived)
    assert in_order(arrived) == expected
    assert in_order(reversed(arrived)) == expected


@given(HISTORIES, st.data())
def test_what_comes_later_changes_no_order(history: History, data: st.DataObject) -> None:
    held = [event for event in history.events if data.draw(st.booleans())]
    ids = {event.id for event in held}
    assert in_order(held) == [event for event in in_order(history.events) if event.id in ids]


@given(HISTORIES)
def test_each_feed_stands_in_its_own_order(history: History) -> None:
    for author in (0, 1):
        numbers = [event.number for event in in_order(history.events) if event.author == author]
        assert numbers == list(range(1, len(numbers) + 1))


def test_acts_that_crossed_stand_side_by_side_the_inviter_first() -> None:
    one = write_event(author=1, number=1, seen=0, clock=1, kind="text", body=b"first by the clock")
    other = write_event(author=0, number=1, seen=0, clock=9, kind="text", body=b"")
    assert in_order([one, other]) == [other, one]


def test_the_branches_of_a_fork_stand_side_by_side() -> None:
    branches = [write_event(author=0, number=1, seen=0, clock=0, kind="text", body=bytes([n])) for n in range(5)]
    ordered = in_order(branches)
    assert [event.id for event in ordered] == sorted(event.id for event in branches)
    assert len({order_key(event)[:3] for event in ordered}) == 1

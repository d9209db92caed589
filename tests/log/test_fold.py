"""The generic fold."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backchannel.log.event import Event
from backchannel.log.fold import fold
from backchannel.log.order import in_order
from tests.log.world import HISTORIES, History

NOTHING: tuple[bytes, ...] = ()
START: tuple[bytes, ...] = (b"start",)


def listed(state: tuple[bytes, ...], event: Event) -> tuple[bytes, ...]:
    return (*state, event.id)


@given(HISTORIES)
def test_every_event_counts_once_and_in_order(history: History) -> None:
    events = in_order(history.events)
    assert fold(listed, events, NOTHING) == tuple(event.id for event in events)


@given(HISTORIES, st.data())
def test_a_fold_can_go_on_from_a_snapshot(history: History, data: st.DataObject) -> None:
    events = in_order(history.events)
    cut = data.draw(st.integers(0, len(events)))
    assert fold(listed, iter(events[cut:]), fold(listed, events[:cut], NOTHING)) == fold(listed, events, NOTHING)


def test_nothing_folds_to_the_start() -> None:
    assert fold(listed, [], START) == START

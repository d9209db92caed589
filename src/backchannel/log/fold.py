"""The generic fold: state is what the events made of nothing, and can always be made again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from backchannel.log.event import Event

State = TypeVar("State")


def fold(evolve: Callable[[State, Event], State], events: Iterable[Event], start: State) -> State:
    """Return the state after the events.

    Args:
        evolve: returns the next state; pure.
        events: in the one order of `order.in_order`.
        start: the state before the first.
    """
    state = start
    for event in events:
        state = evolve(state, event)
    return state

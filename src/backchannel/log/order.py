"""One order for both sides (spec 4.3).

    height(e) = number + seen        how many events there were, e included, when its author wrote it

If e was seen by the author of f, then height(e) < height(f). So sorting by (height, author, number, id) puts what was
seen before what was said. The order follows from each event's own bytes: it is the same on both sides, whatever
arrived first, and never changes. A fork's branches stand side by side, the lower id first.
"""

from __future__ import annotations

from collections.abc import Iterable

from backchannel.log.event import Event

OrderKey = tuple[int, int, int, bytes]


def height(event: Event) -> int:
    """Return how many events there were, this one included, when its author wrote it."""
    return event.number + event.seen


def order_key(event: Event) -> OrderKey:
    """Return what events are sorted by."""
    return height(event), event.author, event.number, event.id


def in_order(events: Iterable[Event]) -> list[Event]:
    """Return events of one line in the one order."""
    return sorted(events, key=order_key)

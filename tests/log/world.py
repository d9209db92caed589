"""Two honest people who write while what they wrote is under way: where the histories of the tests come from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from backchannel.log.event import Event, write_event

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass
class History:
    """All that was said, and for each event what its author had seen of the other side."""

    events: list[Event] = field(default_factory=list)
    causes: dict[bytes, set[bytes]] = field(default_factory=dict)


def history_of(steps: Iterable[tuple[int, str, int]]) -> History:
    """Play (who, what, how many): `say`, or `hear` that many more of the other's events, in their order."""
    history = History()
    feeds: tuple[list[Event], list[Event]] = ([], [])
    heard = [0, 0]
    for who, what, many in steps:
        own, other = feeds[who], feeds[1 - who]
        if what == "hear":
            heard[who] = min(len(other), heard[who] + many)
            continue
        event = write_event(
            author=who, number=len(own) + 1, seen=heard[who], clock=many, kind="text", body=f"{len(own)}".encode()
        )
        direct = [*own[-1:], *other[: heard[who]][-1:]]
        history.causes[event.id] = {one.id for one in direct}.union(*(history.causes[one.id] for one in direct))
        history.events.append(event)
        own.append(event)
    return history


HISTORIES = st.lists(
    st.tuples(st.integers(0, 1), st.sampled_from(["say", "say", "hear"]), st.integers(0, 4)), max_size=40
).map(history_of)

"""Where an event that came goes: appended, a duplicate, beyond a gap, or a fork (spec 4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backchannel.log.event import Event
from backchannel.wire.coverage import Coverage


@dataclass(frozen=True, slots=True)
class Appended:
    """It is next in its author's feed, or fills a gap."""

    coverage: Coverage


@dataclass(frozen=True, slots=True)
class Gap:
    """It is kept, but events before it are missing."""

    coverage: Coverage
    missing: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Exactly this event is held already."""


@dataclass(frozen=True, slots=True)
class Forked:
    """A different event of the same author and number is held: both are kept and shown, on both sides."""

    held: tuple[bytes, ...]


Placed = Appended | Gap | Duplicate | Forked


def place(coverage: Coverage, event: Event, held: Sequence[bytes]) -> Placed:
    """Say where an event goes.

    Args:
        coverage: what is held of its author's feed.
        event: what came.
        held: the ids of the events that are held under its author and number.
    """
    if event.id in held:
        return Duplicate()
    if held:
        return Forked(tuple(held))
    after = coverage.with_number(event.number)
    missing = tuple(after.missing(event.number))
    return Gap(after, missing) if missing else Appended(after)

"""What each side promised and did: the only trust there is, every figure with the events that it follows from.

The score of a deal is that of implementation monitoring: 0 nothing was done, 1 less than half, 2 half or more, 3 all.

Source: the Peace Accords Matrix of the Kroc Institute (scores from 0, no implementation, to 3, full implementation).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from backchannel.crypto.suite import Role
from backchannel.ledger.promise import Life, Promise, standing
from backchannel.ledger.state import Ledger


class Outcome(Enum):
    """What became of a promise by a time."""

    KEPT = "kept"
    LATE = "late"
    BROKEN = "broken"
    DISPUTED = "disputed"
    WAIVED = "waived"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that opens on what it was made of.

    Attributes:
        count: how many promises.
        size: what they count together.
        promises: deal and id of each.
        events: ids of all events that it follows from, each once.
    """

    count: int
    size: int
    promises: tuple[tuple[bytes, str], ...]
    events: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """One promise in the course of time.

    Attributes:
        clock: milliseconds since 1970: when it got where it is; for what is open, when it came into effect.
        deal: hash of the deal.
        promise: id of the obligation.
        outcome: what became of it.
        size: what it counts.
        events: ids of the events.
    """

    clock: int
    deal: bytes
    promise: str
    outcome: Outcome
    size: int
    events: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class TrustRecord:
    """One side's promises by a time.

    Attributes:
        promised: all that it promised in deals that came into force, but what was replaced.
        kept: confirmed, and done in time.
        late: confirmed but done late, or overdue now.
        broken: called violated, and not settled.
        disputed: claimed or called violated, and the other side says no.
        waived: let go by the other side.
        open: still to come, or claimed and not answered.
        course: each promise, in the order of time.
    """

    promised: Figure
    kept: Figure
    late: Figure
    broken: Figure
    disputed: Figure
    waived: Figure
    open: Figure
    course: tuple[Turn, ...]


def outcome(promise: Promise, now: int) -> Outcome:
    """Return what became of a promise by a time (milliseconds since 1970)."""
    seen = standing(promise, now)
    if promise.life is Life.CONFIRMED:
        return Outcome.LATE if seen.late else Outcome.KEPT
    if promise.life is Life.VIOLATED:
        return Outcome.BROKEN
    if promise.life is Life.DISPUTED:
        return Outcome.DISPUTED
    if promise.life is Life.WAIVED:
        return Outcome.WAIVED
    return Outcome.LATE if seen.overdue else Outcome.OPEN


def trust_record(ledger: Ledger, side: Role, now: int) -> TrustRecord:
    """Return what a side promised and did.

    Args:
        ledger: everything agreed on the line.
        side: whose promises.
        now: milliseconds since 1970.
    """
    own = [one for one in ledger.promises.values() if one.obligation.debtor is side and one.life is not Life.REPLACED]
    became = [(one, outcome(one, now)) for one in own]
    figures = {what: _figure(one for one, so in became if so is what) for what in Outcome}
    course = [
        Turn(
            one.history[-1].mark.clock if one.history else one.since or one.origin.clock,
            one.deal, one.obligation.id, so, one.obligation.size, one.events,
        )
        for one, so in became
    ]  # fmt: skip
    return TrustRecord(
        promised=_figure(own),
        kept=figures[Outcome.KEPT],
        late=figures[Outcome.LATE],
        broken=figures[Outcome.BROKEN],
        disputed=figures[Outcome.DISPUTED],
        waived=figures[Outcome.WAIVED],
        open=figures[Outcome.OPEN],
        course=tuple(sorted(course, key=lambda turn: (turn.clock, turn.deal, turn.promise))),
    )


def score(ledger: Ledger, deal_hash: bytes) -> int:
    """Return how far a deal was carried out, from 0 to 3; what was waived or replaced does not count."""
    counted = [one for one in ledger.of(deal_hash) if one.life not in (Life.WAIVED, Life.REPLACED)]
    whole = sum(one.obligation.size for one in counted)
    done = sum(one.obligation.size for one in counted if one.life is Life.CONFIRMED)
    if done == 0:
        return 0
    if done == whole and all(one.life is Life.CONFIRMED for one in counted):
        return 3
    return 2 if 2 * done >= whole else 1


def _figure(promises: Iterable[Promise]) -> Figure:
    found = list(promises)
    return Figure(
        count=len(found),
        size=sum(one.obligation.size for one in found),
        promises=tuple((one.deal, one.obligation.id) for one in found),
        events=tuple(dict.fromkeys(event for one in found for event in one.events)),
    )

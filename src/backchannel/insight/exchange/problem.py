"""What the planner is asked: two lists, what each row costs its giver and is worth to its receiver, and the rules.

Points are whole numbers that only the owner sees. *Giving* is the list that the owner's side hands over, *getting*
the one that it receives; either may be empty.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from backchannel.errors import PlanRefused

LARGEST_POINTS: Final = 2**31
MOST_CANDIDATES: Final = 200_000
MOST_PHASES: Final = 16
FULL_WORTH: Final = 1000


class Way(Enum):
    """Which of the two lists."""

    GIVING = "giving"
    GETTING = "getting"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A row that could be handed over.

    Attributes:
        key: names the row; nobody stands twice in a list.
        category: what quotas count.
        cost: points that it costs the giver.
        value: points that it is worth to the receiver.
    """

    key: str
    category: str
    cost: int
    value: int


@dataclass(frozen=True, slots=True)
class Quota:
    """How many of a category must and may go, in all or in one phase; `most` None is no limit."""

    category: str
    least: int = 0
    most: int | None = None
    phase: int | None = None


@dataclass(frozen=True, slots=True)
class Must:
    """A row that has to go, in a named phase or in any."""

    key: str
    phase: int | None = None


@dataclass(frozen=True, slots=True)
class Veto:
    """A row that may not go, and whose word that is."""

    key: str
    by: str


@dataclass(frozen=True, slots=True)
class PhaseLimit:
    """How many rows of a list must and can go in one phase; `most` None is no limit."""

    least: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class HandoverList:
    """One side's candidates and the rules for them.

    Attributes:
        candidates: everybody who could go.
        least: how many go at least.
        most: how many go at most; None is no limit.
        quotas: by category.
        musts: who has to go.
        vetoes: who may not.
        phases: a limit for each phase, in their order; empty is no limits.
    """

    candidates: tuple[Candidate, ...] = ()
    least: int = 0
    most: int | None = None
    quotas: tuple[Quota, ...] = ()
    musts: tuple[Must, ...] = ()
    vetoes: tuple[Veto, ...] = ()
    phases: tuple[PhaseLimit, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """Both lists, the phases, and the rules that bind the lists together.

    My gain is the value of what I get minus the cost of what I give; theirs is the value of what they get minus the
    cost of what they give. A value counts by the worth of the phase in which it comes.

    Attributes:
        giving: what my side hands over.
        getting: what it receives.
        phases: their names, in their order.
        worth: for each phase, thousandths that a value then counts; empty is 1000 for all.
        budget: the most that what I give may cost me; None is no limit.
        my_least: the least that my gain may be; None is no limit.
        their_least: the least that theirs may be; None is no limit.
    """

    giving: HandoverList
    getting: HandoverList = field(default_factory=HandoverList)
    phases: tuple[str, ...] = ("all",)
    worth: tuple[int, ...] = ()
    budget: int | None = None
    my_least: int | None = None
    their_least: int | None = None

    def of(self, way: Way) -> HandoverList:
        """Return one of the two lists."""
        return self.giving if way is Way.GIVING else self.getting

    @property
    def phase_worth(self) -> tuple[int, ...]:
        """Return the thousandths of every phase."""
        return self.worth or (FULL_WORTH,) * len(self.phases)


@dataclass(frozen=True, slots=True)
class Aim:
    """What to make large: `mine` times my gain plus `theirs` times theirs."""

    mine: int = 1
    theirs: int = 1


def check(exchange: Exchange) -> None:
    """Refuse a question that has no meaning.

    Raises:
        PlanRefused: somebody twice or unnamed, a rule for somebody or some phase that is not there, limits upside down.
    """
    if not 1 <= len(exchange.phases) <= MOST_PHASES or len(set(exchange.phases)) != len(exchange.phases):
        raise PlanRefused(f"1 to {MOST_PHASES} phases with different names")
    if len(exchange.phase_worth) != len(exchange.phases) or not all(0 <= w <= FULL_WORTH for w in exchange.phase_worth):
        raise PlanRefused("a worth from 0 to 1000 for each phase")
    for way in Way:
        _check_list(exchange.of(way), way.value, len(exchange.phases))


def _check_list(asked: HandoverList, name: str, phases: int) -> None:
    known = _check_rows(asked, name)
    named = [*(must.key for must in asked.musts), *(veto.key for veto in asked.vetoes)]
    for key in named:
        if key not in known:
            raise PlanRefused(f"{name}: {key} is not in the list")
    if len({must.key for must in asked.musts}) < len(asked.musts):
        raise PlanRefused(f"{name}: a row that must go is named twice")
    if len({(quota.category, quota.phase) for quota in asked.quotas}) < len(asked.quotas):
        raise PlanRefused(f"{name}: a category has two quotas for the same phases")
    if asked.phases and len(asked.phases) != phases:
        raise PlanRefused(f"{name}: limits for {len(asked.phases)} phases of {phases}")
    _check_limits(name, asked.least, asked.most)
    for quota in asked.quotas:
        _check_limits(f"{name}: {quota.category}", quota.least, quota.most)
    for limit in asked.phases:
        _check_limits(f"{name}: a phase", limit.least, limit.most)
    used = [*(quota.phase for quota in asked.quotas), *(must.phase for must in asked.musts)]
    if not all(phase is None or 0 <= phase < phases for phase in used):
        raise PlanRefused(f"{name}: there is no such phase")


def _check_rows(asked: HandoverList, name: str) -> set[str]:
    if len(asked.candidates) > MOST_CANDIDATES:
        raise PlanRefused(f"{name}: at most {MOST_CANDIDATES} rows")
    known: set[str] = set()
    for row in asked.candidates:
        if not row.key.strip():
            raise PlanRefused(f"{name}: a row without a name")
        if row.key in known:
            raise PlanRefused(f"{name}: {row.key} stands in it twice")
        if not (abs(row.cost) < LARGEST_POINTS and abs(row.value) < LARGEST_POINTS):
            raise PlanRefused(f"{name}: {row.key}: points below {LARGEST_POINTS}")
        known.add(row.key)
    return known


def _check_limits(what: str, least: int, most: int | None) -> None:
    if least < 0 or (most is not None and most < least):
        raise PlanRefused(f"{what}: at least {least} and at most {most}")

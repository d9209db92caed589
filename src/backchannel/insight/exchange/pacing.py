"""Phases without anything divisible between them: in how few, and with how little at stake on each side.

As in `trust`, but nothing is paid in between, so each side has to stay by itself: with i of my rows and j of theirs
still to come, I stay if  VB[j] - CA[i] >= -D  and they stay if  VA[i] - CB[j] >= -D.  CA and VA are the costs to me and
the values to them of my last i rows; CB and VB those of theirs. D is the stake of each side.

**Which rows stand last.** Each side's last rows are those with the most value for their cost. If rows could be
divided, any other order would leave, for the same cost still to come, less value still to come, and so be worse at
every moment. They cannot, and the question itself is hard (to order numbers so that no partial sum is large: as the
stock size problem, it is strongly NP-hard); so what is said here, with phases enough, can be above the least possible,
but by no more than the largest single cost. *Proof.* Let D* be the least for rows that can be divided; no real order
needs less. Say that with D = D* + the largest cost we are stuck at (i, j): CA[i+1] > VB[j] + D and CB[j+1] > VA[i] +
D. Then CA[i] > VB[j] + D* and CB[j] > VA[i] + D*. But the divided order comes by a moment when it has placed CA[i] of
my cost and at most j of their rows, or CB[j] of theirs and at most i of mine, and is safe there: a contradiction. If
one side has no row left, the same follows from the moment before anything is handed over.

**Phases.** In a phase one side hands over a batch, then the other. While a side hands over a batch its own reason to
stay only grows, and the other's only shrinks, so it is enough to look at the ends of batches. Built up from the end:
the more rows are already placed, the more can be placed next; so to take as many as D and the capacity allow, each
time, reaches as far as anything does, and the fewest phases for D, or the least D for so many phases (by halving),
follow from that. With D = 0 nothing can be placed: whoever is last could always walk away. One go needs as its stake
all that the side that goes second has to give; the second phase is what cuts that down.

Source: Sandholm and Lesser 1995 (safe exchange); Kellerer, Kotov, Rendl and Woeginger 1998 (the stock size problem).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backchannel.errors import PlanRefused
from backchannel.insight.exchange.problem import Way
from backchannel.insight.exchange.trust import LARGEST_SUM, Handovers, Ints

MOST_PHASES: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Batches:
    """One phase: my rows and theirs, in the order in which they are handed over."""

    giving: Ints
    getting: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Pacing:
    """An exchange in phases, and what each side needs.

    Attributes:
        first: who hands over first in each phase.
        phases: what goes in each.
        stake: what each side must have at stake for it to be safe.
        mine: (2 * phases + 1,): what I would gain by walking away before the first batch, between any two, after all.
        theirs: the same for them.
    """

    first: Way
    phases: tuple[Batches, ...]
    stake: int
    mine: Ints
    theirs: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Gesture:
    """What one or both sides would have to hand over first, on nothing but good will, for the rest to be safe.

    Attributes:
        giving: my rows.
        getting: theirs.
        cost_to_me: points.
        cost_to_them: points.
    """

    giving: Ints
    getting: Ints
    cost_to_me: int
    cost_to_them: int


@dataclass(frozen=True, slots=True)
class WhyNotAtOnce:
    """Why not in one go: the stake that one go needs, and that of so many phases.

    Attributes:
        tempted: whose stake it is in one go, in the better order: `giving` is my side.
        one_go: the stake of each side in one go.
        phases: how many phases are compared with it.
        paced: the stake that they need.
    """

    tempted: Way
    one_go: int
    phases: int
    paced: int

    def __str__(self) -> str:
        who = "our side" if self.tempted is Way.GIVING else "the other side"
        if self.paced >= self.one_go:
            return f"One go is as safe as more phases: nobody gains more than {self.one_go} by walking away."
        return (
            f"In one go, even in the better order, {who} would at some moment gain {self.one_go} by walking away; "
            f"in {self.phases} phases nobody ever gains more than {self.paced}."
        )


class _Curves:
    """The running sums of both sides, from the last row backwards, and the rows in that order."""

    __slots__ = ("rows", "cost", "value")

    def __init__(self, handovers: Handovers) -> None:
        self.rows: tuple[Ints, Ints] = (_last_first(handovers, Way.GIVING), _last_first(handovers, Way.GETTING))
        self.cost = tuple(_running(handovers.cost[rows]) for rows in self.rows)
        self.value = tuple(_running(handovers.value[rows]) for rows in self.rows)

    def most(self, side: int, other: int, stake: int) -> int:
        """Return how many of a side's rows can stand last where `other` of the other side's do."""
        return int(self.cost[side].searchsorted(self.value[1 - side][other] + stake, side="right")) - 1

    def corners(self, stake: int, last: int, capacity: tuple[int | None, int | None], phases: int) -> list[list[int]]:
        """Return (mine, theirs) still to come at the ends of batches, from the end backwards, as far as it goes.

        Args:
            stake: of each side.
            last: 0 if my batch is the last of each phase, 1 if theirs is.
            capacity: rows of mine and of theirs in a phase.
            phases: at most so many.
        """
        at = [0, 0]
        found = [list(at)]
        total = [len(rows) for rows in self.rows]
        for _ in range(phases):
            before = list(at)
            for side in (last, 1 - last):
                limit = capacity[side]
                reach = max(at[side], self.most(side, at[1 - side], stake))
                at[side] = reach if limit is None else min(reach, at[side] + limit)
                found.append(list(at))
            if at in (total, before):
                break
        return found


def pace(rows: Handovers, phases: int, capacity: tuple[int | None, int | None] = (None, None)) -> Pacing:
    """Return the exchange in at most so many phases that needs the smallest stake of each side.

    Args:
        rows: what is handed over.
        phases: from 1.
        capacity: how many rows of mine, and of theirs, can go in one phase; None is no limit.

    Raises:
        PlanRefused: they do not fit into so many phases.
    """
    curves = _Curves(rows)
    total = [len(side) for side in curves.rows]
    if not 1 <= phases <= MOST_PHASES:
        raise PlanRefused(f"1 to {MOST_PHASES} phases")
    if any(limit is not None and count > limit * phases for count, limit in zip(total, capacity, strict=True)):
        raise PlanRefused(f"{total[0]} and {total[1]} rows do not fit into {phases} phases")
    best = LARGEST_SUM, 1
    for last in (1, 0):
        low, high = 0, int(max(curves.cost[0][-1], curves.cost[1][-1]))
        while low < high:
            stake = (low + high) // 2
            if curves.corners(stake, last, capacity, phases)[-1] == total:
                high = stake
            else:
                low = stake + 1
        if low < best[0]:
            best = low, last
    return _pacing(curves, best[0], best[1], capacity, phases)


def gesture(rows: Handovers, stake: int) -> Gesture:
    """Return the smallest first gesture after which the rest is safe with this stake, in as many phases as it takes.

    Args:
        rows: what is handed over.
        stake: what each side has at stake already.
    """
    curves = _Curves(rows)
    mine, theirs = curves.corners(stake, 0, (None, None), len(rows.mine) + 1)[-1]
    return Gesture(
        giving=curves.rows[0][mine:][::-1],
        getting=curves.rows[1][theirs:][::-1],
        cost_to_me=int(curves.cost[0][-1] - curves.cost[0][mine]),
        cost_to_them=int(curves.cost[1][-1] - curves.cost[1][theirs]),
    )


def why_not_at_once(rows: Handovers, pacing: Pacing) -> WhyNotAtOnce:
    """Return the comparison of this pacing with one go."""
    one = pace(rows, 1)
    tempted = Way.GIVING if one.mine.max() >= one.theirs.max() else Way.GETTING
    return WhyNotAtOnce(tempted, one.stake, len(pacing.phases), pacing.stake)


def _pacing(curves: _Curves, stake: int, last: int, capacity: tuple[int | None, int | None], phases: int) -> Pacing:
    corners = curves.corners(stake, last, capacity, phases)[::-1]
    batches = []
    for number in range(0, len(corners) - 1, 2):
        start, end = corners[number], corners[number + 2]
        giving, getting = (rows[end[side] : start[side]][::-1] for side, rows in enumerate(curves.rows))
        batches.append(Batches(giving, getting))
    at = np.array(corners, dtype=np.int64)
    return Pacing(
        first=Way.GIVING if last == 1 else Way.GETTING,
        phases=tuple(batches),
        stake=stake,
        mine=np.maximum(0, curves.cost[0][at[:, 0]] - curves.value[1][at[:, 1]]),
        theirs=np.maximum(0, curves.cost[1][at[:, 1]] - curves.value[0][at[:, 0]]),
    )


def _last_first(rows: Handovers, way: Way) -> Ints:
    """Return one side's rows, the one with the most value for its cost first."""
    own = np.nonzero(rows.mine == (way is Way.GIVING))[0]
    cost, value = rows.cost[own].astype(np.float64), rows.value[own].astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(cost > 0, value / cost, np.inf)
    return own[np.lexsort((rows.cost[own], -ratio))]


def _running(points: Ints) -> Ints:
    return np.concatenate([np.zeros(1, dtype=np.int64), np.cumsum(points, dtype=np.int64)])

"""Who goes, and in which phase: near the best that is possible, and with a bound that proves how near.

1. The linear relaxation (somebody may go by half) gives a price for each rule.
2. From any prices follows a bound (Lagrange): no plan is worth more than what the rules' limits are worth at those
   prices, plus, for each row, its best choice after paying them. It is computed here, from the prices alone, so it
   holds whatever the solver's tolerances are.
3. A row whose best choice beats its second best by more than what is missing to the bound has that choice in every
   better plan (reduced-cost fixing). So the rows with the narrowest choices, the core, are decided by a small program
   in whole numbers, and the others keep their best. If the result is not near enough, the core grows; once it holds
   every row that could still change, the small program's own bound holds for the whole.

Source: Balas and Zemel 1980 (core problems); Dantzig and van Slyke 1967 (generalised upper bounds); solver: HiGHS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backchannel.errors import PlanUnsolved
from backchannel.insight.exchange.clash import Clash, find_clash
from backchannel.insight.exchange.problem import Aim, Exchange, check
from backchannel.insight.exchange.rules import MUST, VETOES, Line, Matrix, Rule, matrix_of
from backchannel.insight.exchange.solver import Floats, Ints, Program, Solved, solve

NEAR: Final = 0.001
_FIRST_CORE: Final = 250
_WIDER: Final = 4
_NONE: Final = -1


@dataclass(frozen=True, slots=True)
class Going:
    """Somebody who goes.

    Attributes:
        key: the row.
        phase: number of the phase, from 0.
    """

    key: str
    phase: int


@dataclass(frozen=True, slots=True)
class Plan:
    """A selection that keeps every rule.

    Attributes:
        giving: who goes from my side, in the list's order.
        getting: who comes.
        mine: my gain in points.
        theirs: their gain in points.
        cost: what it costs me to give.
        reached: the aim's value.
        bound: no plan that keeps the rules has a larger one.
        prices: what one more of a rule's limit would add to the bound, for rules where that is not zero.
    """

    giving: tuple[Going, ...]
    getting: tuple[Going, ...]
    mine: float
    theirs: float
    cost: float
    reached: float
    bound: float
    prices: tuple[tuple[Rule, float], ...]

    @property
    def gap(self) -> float:
        """Return how far the plan can be from the best at most, as a part of the bound."""
        return max(0.0, self.bound - self.reached) / max(1.0, abs(self.bound))


@dataclass(frozen=True, slots=True, eq=False)
class _Choices:
    """What each row may do, and the lines that bind rows together.

    Attributes:
        gain: (rows, phases).
        may: (rows, phases), whether the row may go in the phase.
        must: (rows,), whether it must go in one of them.
        lines: the rules that are neither musts nor vetoes.
    """

    gain: Floats
    may: NDArray[np.bool_]
    must: NDArray[np.bool_]
    lines: tuple[Line, ...]


def plan_exchange(exchange: Exchange, aim: Aim = Aim(), *, near: float = NEAR) -> Plan | Clash:  # noqa: B008 - frozen
    """Return a plan within `near` of the bound where one was found, the best that was found else, or what clashes.

    Args:
        exchange: lists and rules.
        aim: what to make large.
        near: the part of the bound that the plan may miss.

    Raises:
        PlanRefused: the question has no meaning.
        ExtraMissing: HiGHS is not installed.
        PlanUnsolved: neither a plan nor a clash was found with the work allowed.
    """
    check(exchange)
    matrix = matrix_of(exchange)
    choices = _choices(matrix, aim)
    relaxed = solve(_program(choices, np.arange(matrix.rows), _fixed_to_none(matrix)))
    if relaxed is None:
        return find_clash(matrix)
    prices = _signed(choices.lines, relaxed.prices[: len(choices.lines)])
    profit = _profit(choices, prices)
    bound = _bound(choices, prices, profit)
    found = _whole(choices, profit, relaxed.x.reshape(matrix.rows, matrix.phases), bound, near)
    if found is None:
        return find_clash(matrix, whole=True)
    chosen, bound = found
    return _plan(exchange, matrix, choices, chosen, min(bound, _bound(choices, prices, profit)), prices)


def _choices(matrix: Matrix, aim: Aim) -> _Choices:
    may = np.ones((matrix.rows, matrix.phases), dtype=np.bool_)
    must = np.zeros(matrix.rows, dtype=np.bool_)
    for line in matrix.lines:
        rows = np.unique(line.columns // matrix.phases)
        if line.rule.kind == VETOES:
            may[rows] = False
        elif line.rule.kind == MUST:
            only = np.zeros(matrix.phases, dtype=np.bool_)
            only[line.columns % matrix.phases] = True
            may[rows] &= only
            must[rows] = True
    lines = tuple(line for line in matrix.lines if line.rule.kind not in (VETOES, MUST))
    return _Choices(matrix.gain(aim), may, must, lines)


def _fixed_to_none(matrix: Matrix) -> Ints:
    return np.full(matrix.rows, _NONE, dtype=np.int64)


def _program(choices: _Choices, core: Ints, fixed: Ints) -> Program:
    """Return the program over the rows of the core, where every other row does what `fixed` says (-1: stays)."""
    phases = choices.gain.shape[1]
    place = np.full(choices.gain.size, -1, dtype=np.int64)
    inside = (core[:, None] * phases + np.arange(phases)[None, :]).ravel()
    place[inside] = np.arange(len(inside))
    others = np.nonzero(fixed != _NONE)[0]
    going = np.zeros(choices.gain.size)
    going[others * phases + fixed[others]] = 1.0
    going[inside] = 0.0
    starts, columns, factors, least, most = [0], [], [], [], []
    for line in choices.lines:
        kept = place[line.columns] >= 0
        columns.append(place[line.columns[kept]])
        factors.append(line.factors[kept])
        starts.append(starts[-1] + len(columns[-1]))
        already = float(line.factors @ going[line.columns])
        least.append(line.rule.limit - already if line.rule.least else -np.inf)
        most.append(np.inf if line.rule.least else line.rule.limit - already)
    once = starts[-1] + phases * np.arange(1, len(core) + 1)
    return Program(
        gain=choices.gain.ravel()[inside],
        lower=np.zeros(len(inside)),
        upper=choices.may.ravel()[inside].astype(np.float64),
        starts=np.concatenate([np.array(starts), once]),
        columns=np.concatenate([*columns, np.arange(len(inside))]),
        factors=np.concatenate([*factors, np.ones(len(inside))]),
        least=np.concatenate([np.array(least), choices.must[core].astype(np.float64)]),
        most=np.concatenate([np.array(most), np.ones(len(core))]),
    )


def _signed(lines: tuple[Line, ...], prices: Floats) -> Floats:
    """Return prices with the sign that a bound needs: what is wrong by a rounding error becomes 0."""
    least = np.array([line.rule.least for line in lines], dtype=np.bool_)
    return np.where(least, np.minimum(prices, 0.0), np.maximum(prices, 0.0))


def _profit(choices: _Choices, prices: Floats) -> Floats:
    """Return what each row's going in each phase is worth after paying the prices; minus infinity if it may not."""
    left = choices.gain.ravel().copy()
    for line, price in zip(choices.lines, prices, strict=True):
        if price:
            left[line.columns] -= price * line.factors
    return np.where(choices.may, left.reshape(choices.gain.shape), -np.inf)


def _options(choices: _Choices, profit: Floats) -> Floats:
    """Return (rows, 1 + phases): the worth of staying, then of going in each phase."""
    staying = np.where(choices.must, -np.inf, 0.0)
    return np.concatenate([staying[:, None], profit], axis=1)


def _bound(choices: _Choices, prices: Floats, profit: Floats) -> float:
    limits = np.array([line.rule.limit for line in choices.lines], dtype=np.float64)
    return float(prices @ limits + _options(choices, profit).max(axis=1).sum())


def _whole(choices: _Choices, profit: Floats, relaxed: Floats, bound: float, near: float) -> tuple[Ints, float] | None:
    """Return what each row does, and a bound: step 3 of the module's text."""
    options = _options(choices, profit)
    rows = len(options)
    best = options.argmax(axis=1) - 1
    ordered = np.sort(options, axis=1)
    lead = ordered[:, -1] - ordered[:, -2]
    undecided = ((relaxed > 1e-6) & (relaxed < 1 - 1e-6)).any(axis=1)
    order = np.argsort(np.where(undecided, -1.0, lead), kind="stable")
    enough = near * max(1.0, abs(bound))
    size = min(rows, max(_FIRST_CORE, 2 * int(undecided.sum())))
    while True:
        core = np.sort(order[:size])
        solved = _decided(_program(choices, core, best), gap=enough / 2, last=size == rows)
        if solved is not None:
            chosen = best.copy()
            going = solved.x.reshape(len(core), choices.gain.shape[1])
            chosen[core] = np.where(going.any(axis=1), going.argmax(axis=1), _NONE)
            reached = _worth(choices, chosen)
            outside = np.delete(np.arange(rows), core)
            if not len(outside) or lead[outside].min() > bound - reached:
                held = _worth(choices, np.where(np.isin(np.arange(rows), core), _NONE, best))
                bound = min(bound, max(reached, held + solved.bound))
            if bound - reached <= enough or size == rows:
                return chosen, bound
        elif size == rows:
            return None
        size = min(rows, size * _WIDER)


def _decided(program: Program, *, gap: float, last: bool) -> Solved | None:
    """Return the core's best; a core that cannot be decided is one that has to grow, unless there is nothing more."""
    try:
        return solve(program, whole=True, gap=gap)
    except PlanUnsolved:
        if last:
            raise
        return None


def _worth(choices: _Choices, chosen: Ints) -> float:
    going = np.nonzero(chosen != _NONE)[0]
    return float(choices.gain[going, chosen[going]].sum())


def _plan(exchange: Exchange, matrix: Matrix, choices: _Choices, chosen: Ints, bound: float, prices: Floats) -> Plan:
    going = np.nonzero(chosen != _NONE)[0]
    where = chosen[going]
    giving = len(exchange.giving.candidates)
    keys = [row.key for row in (*exchange.giving.candidates, *exchange.getting.candidates)]
    people = [(int(row), Going(keys[row], int(phase))) for row, phase in zip(going, where, strict=True)]
    return Plan(
        giving=tuple(one for row, one in people if row < giving),
        getting=tuple(one for row, one in people if row >= giving),
        mine=float(matrix.mine[going, where].sum()),
        theirs=float(matrix.theirs[going, where].sum()),
        cost=float(-matrix.mine[going, where][going < giving].sum()),
        reached=_worth(choices, chosen),
        bound=bound,
        prices=tuple(
            (line.rule, float(price)) for line, price in zip(choices.lines, prices, strict=True) if abs(price) > 1e-9
        ),
    )

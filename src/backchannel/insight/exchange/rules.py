"""The question as numbers: a column for each row and phase, and a named line of the matrix for each rule.

Every rule has one direction ("at least" or "at most") and a name, so that a clash can be told in words. That nobody
goes twice is no rule: it is what a column means.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backchannel.insight.exchange.problem import FULL_WORTH, Aim, Exchange, HandoverList, Way

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

COUNT: Final = "count"
QUOTA: Final = "quota"
MUST: Final = "must"
VETOES: Final = "vetoes"
PHASE: Final = "phase"
BUDGET: Final = "budget"
MY_GAIN: Final = "my gain"
THEIR_GAIN: Final = "their gain"


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, by name.

    Attributes:
        kind: one of the constants of this module.
        way: `giving` or `getting`; empty for what binds both.
        subject: the category, the row, who said it, or the phase.
        phase: the phase that it is about; empty for all.
        least: whether it says "at least"; else "at most".
        limit: the number in it.
    """

    kind: str
    way: str
    subject: str
    phase: str
    least: bool
    limit: int

    def __str__(self) -> str:
        where = f", phase {self.phase}" if self.phase else ""
        if self.kind == MUST:
            return f"{self.way}: {self.subject} must go{where}"
        if self.kind == VETOES:
            return f"{self.way}: what {self.subject} vetoed may not go"
        what = " ".join(part for part in (self.kind, self.subject) if part)
        side = f"{self.way}: " if self.way else ""
        return f"{side}{what}{where}: at {'least' if self.least else 'most'} {self.limit}"


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A rule as a line of the matrix: the sum of `factors` over `columns` against the rule's limit."""

    rule: Rule
    columns: Ints
    factors: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """The question as numbers.

    Attributes:
        rows: how many rows (people) there are in both lists.
        phases: how many phases.
        mine: (rows, phases): what each row then adds to my gain.
        theirs: the same for theirs.
        lines: every rule; a column is row * phases + phase.
    """

    rows: int
    phases: int
    mine: Floats
    theirs: Floats
    lines: tuple[Line, ...]

    def gain(self, aim: Aim) -> Floats:
        """Return what each row adds to the aim in each phase: (rows, phases)."""
        return aim.mine * self.mine + aim.theirs * self.theirs


def matrix_of(exchange: Exchange) -> Matrix:
    """Return the question as numbers; it was checked before."""
    phases = len(exchange.phases)
    giving, getting = exchange.giving.candidates, exchange.getting.candidates
    rows = len(giving) + len(getting)
    worth = np.array(exchange.phase_worth, dtype=np.float64) / FULL_WORTH
    cost = np.array([row.cost for row in (*giving, *getting)], dtype=np.float64)
    value = np.array([row.value for row in (*giving, *getting)], dtype=np.float64)
    paid = -np.repeat(cost, phases).reshape(rows, phases)
    come = value[:, None] * worth[None, :]
    given = np.arange(rows) < len(giving)
    mine, theirs = np.where(given[:, None], paid, come), np.where(given[:, None], come, paid)
    lines = [
        *_list_lines(exchange, Way.GIVING, 0),
        *_list_lines(exchange, Way.GETTING, len(giving)),
        *_gain_lines(exchange, mine, theirs, len(giving)),
    ]
    return Matrix(rows, phases, mine, theirs, tuple(lines))


def _limits(
    kind: str, way: Way, subject: str, phase: str, limits: tuple[int, int | None], columns: Ints
) -> Iterator[Line]:
    least, most = limits
    factors = np.ones(len(columns))
    if least > 0:
        yield Line(Rule(kind, way.value, subject, phase, least=True, limit=least), columns, factors)
    if most is not None:
        yield Line(Rule(kind, way.value, subject, phase, least=False, limit=most), columns, factors)


def _list_lines(exchange: Exchange, way: Way, start: int) -> Iterator[Line]:
    asked: HandoverList = exchange.of(way)
    names = exchange.phases
    count = len(names)
    at = np.arange(len(asked.candidates) * count, dtype=np.int64) + start * count
    grid = at.reshape(len(asked.candidates), count)
    yield from _limits(COUNT, way, "", "", (asked.least, asked.most), at)
    for number, limit in enumerate(asked.phases):
        yield from _limits(PHASE, way, "", names[number], (limit.least, limit.most), grid[:, number])
    kinds = np.array([row.category for row in asked.candidates], dtype=object)
    for quota in asked.quotas:
        inside = grid[kinds == quota.category] if len(kinds) else grid
        columns = inside.ravel() if quota.phase is None else inside[:, quota.phase]
        phase = "" if quota.phase is None else names[quota.phase]
        yield from _limits(QUOTA, way, quota.category, phase, (quota.least, quota.most), columns)
    number_of = {row.key: number for number, row in enumerate(asked.candidates)}
    for must in asked.musts:
        columns = grid[number_of[must.key]]
        columns = columns if must.phase is None else columns[must.phase : must.phase + 1]
        phase = "" if must.phase is None else names[must.phase]
        yield from _limits(MUST, way, must.key, phase, (1, None), columns)
    for by in dict.fromkeys(veto.by for veto in asked.vetoes):
        who = sorted({number_of[veto.key] for veto in asked.vetoes if veto.by == by})
        yield from _limits(VETOES, way, by, "", (0, 0), grid[who].ravel())


def _gain_lines(exchange: Exchange, mine: Floats, theirs: Floats, giving: int) -> Iterator[Line]:
    every = np.arange(mine.size, dtype=np.int64)
    if exchange.budget is not None:
        paid = every[: giving * mine.shape[1]]
        yield Line(Rule(BUDGET, "", "", "", least=False, limit=exchange.budget), paid, -mine.ravel()[: len(paid)])
    if exchange.my_least is not None:
        yield Line(Rule(MY_GAIN, "", "", "", least=True, limit=exchange.my_least), every, mine.ravel())
    if exchange.their_least is not None:
        yield Line(Rule(THEIR_GAIN, "", "", "", least=True, limit=exchange.their_least), every, theirs.ravel())

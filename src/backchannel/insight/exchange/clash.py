"""Which rules cannot all be kept: an irreducible set, in which each rule is needed for the clash.

1. The elastic program: every rule may be broken at a price, and as little as possible is. The prices of the optimum
   are a proof (Farkas): the rules with a price other than zero already clash among themselves.
2. The deletion filter over those few: leave one out; if the rest still clashes, it stays out.

Source: Chinneck and Dravnieks 1991 (deletion filter); Chinneck 2008, Feasibility and Infeasibility in Optimization.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backchannel.insight.exchange.rules import Line, Matrix, Rule
from backchannel.insight.exchange.solver import Program, solve


@dataclass(frozen=True, slots=True)
class Clash:
    """The rules that cannot all be kept.

    Attributes:
        rules: leave out any one of them and the others can be kept.
        whole: whether they clash only because nobody goes by half.
    """

    rules: tuple[Rule, ...]
    whole: bool = False

    def __str__(self) -> str:
        return "these cannot all be kept: " + "; ".join(str(rule) for rule in self.rules)


def find_clash(matrix: Matrix, *, whole: bool = False) -> Clash:
    """Return an irreducible set of rules that clash; there must be one.

    Args:
        matrix: the question.
        whole: whether the rules clash only in whole numbers.

    Raises:
        ExtraMissing: HiGHS is not installed.
    """
    lines = list(matrix.lines)
    if not whole:
        elastic = solve(_program(matrix, lines, elastic=True))
        if elastic is not None:
            priced = [line for line, price in zip(lines, elastic.prices, strict=False) if abs(price) > 1e-9]
            if _clashes(matrix, priced, whole=False):
                lines = priced
    for line in list(lines):
        without = [other for other in lines if other is not line]
        if _clashes(matrix, without, whole=whole):
            lines = without
    return Clash(tuple(line.rule for line in lines), whole)


def _clashes(matrix: Matrix, lines: list[Line], *, whole: bool) -> bool:
    return solve(_program(matrix, lines, elastic=False), whole=whole, gap=np.inf) is None


def _program(matrix: Matrix, lines: list[Line], *, elastic: bool) -> Program:
    """Return the program that asks whether the rules can be kept; elastic: a further column for each breaks it."""
    size = matrix.rows * matrix.phases
    extra = len(lines) if elastic else 0
    columns, factors = [], []
    for number, line in enumerate(lines):
        scale = max(1.0, float(np.abs(line.factors).max(initial=0.0)))
        broken = [size + number] if elastic else []
        columns.append(np.concatenate([line.columns, np.array(broken, dtype=np.int64)]))
        factors.append(np.concatenate([line.factors / scale, np.full(len(broken), 1.0 if line.rule.least else -1.0)]))
    limits = np.array(
        [line.rule.limit / max(1.0, float(np.abs(line.factors).max(initial=0.0))) for line in lines], dtype=np.float64
    )
    least = np.array([line.rule.least for line in lines], dtype=np.bool_)
    ends = np.cumsum([len(inside) for inside in columns], dtype=np.int64)
    taken = int(ends[-1]) if len(ends) else 0
    return Program(
        gain=np.concatenate([np.zeros(size), -np.ones(extra)]),
        lower=np.zeros(size + extra),
        upper=np.concatenate([np.ones(size), np.full(extra, np.inf)]),
        starts=np.concatenate([[0], ends, taken + matrix.phases * np.arange(1, matrix.rows + 1)]).astype(np.int64),
        columns=np.concatenate([*columns, np.arange(size)]),
        factors=np.concatenate([*factors, np.ones(size)]),
        least=np.concatenate([np.where(least, limits, -np.inf), np.full(matrix.rows, -np.inf)]),
        most=np.concatenate([np.where(least, np.inf, limits), np.ones(matrix.rows)]),
    )

"""The one door to HiGHS: a linear program, some columns whole numbers or none, solved the same way every time.

One thread, a fixed seed, no limit of time: what comes out follows from what goes in. Whether to stop early is said in
points (`gap`) and branches (`nodes`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from backchannel.errors import ExtraMissing, PlanUnsolved

if TYPE_CHECKING:
    import highspy

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

INSTALL: Final = "pip install 'backchannel[planner]'"
_LARGE: Final = 15_000
"""Columns from which the interior point method with crossover was faster than the simplex."""


@dataclass(frozen=True, slots=True, eq=False)
class Program:
    """Make `gain` times x large, where `lower <= x <= upper` and `least <= A x <= most`.

    Attributes:
        gain: (columns,).
        lower: (columns,).
        upper: (columns,).
        starts: (lines + 1,): where each line of A begins in `columns` and `factors`.
        columns: the columns of A's entries, line by line.
        factors: the entries.
        least: (lines,); minus infinity is no limit.
        most: (lines,); infinity is no limit.
    """

    gain: Floats
    lower: Floats
    upper: Floats
    starts: Ints
    columns: Ints
    factors: Floats
    least: Floats
    most: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Solved:
    """An optimum, or for whole numbers what is within the gap of it.

    Attributes:
        x: (columns,).
        prices: (lines,): what one more of a line's limit would gain; zeros for whole numbers.
        bound: nothing is larger, says the solver.
    """

    x: Floats
    prices: Floats
    bound: float


def solve(program: Program, *, whole: bool = False, gap: float = 0.0, nodes: int = 20_000) -> Solved | None:
    """Return an optimum, or None where nothing keeps the limits.

    Args:
        program: what to solve.
        whole: whether every x is a whole number.
        gap: points below the bound that are near enough; for whole numbers.
        nodes: branches at most; for whole numbers.

    Raises:
        ExtraMissing: HiGHS is not installed.
        PlanUnsolved: neither was found within `nodes` branches.
    """
    try:
        import highspy
    except ImportError as error:
        raise ExtraMissing("the exchange planner needs HiGHS", hint=INSTALL) from error
    if not len(program.gain):
        kept = bool(np.all(program.least <= 0) and np.all(program.most >= 0))
        return Solved(np.zeros(0), np.zeros(len(program.least)), 0.0) if kept else None
    # highspy.Highs itself prints a line on standard output before it can be told to be silent (HiGHS issue 1702).
    highs = highspy._core._Highs()
    method = "ipm" if not whole and len(program.gain) > _LARGE else "choose"
    options: dict[str, bool | float | str] = {"output_flag": False, "threads": 1, "random_seed": 1, "solver": method}
    options |= {"mip_rel_gap": 0.0, "mip_abs_gap": gap, "mip_max_nodes": nodes}
    for name, value in options.items():
        highs.setOptionValue(name, value)
    highs.passModel(_model(program, whole=whole))
    highs.run()
    status, solution = highs.getModelStatus(), highs.getSolution()
    if status in (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible):
        return None
    if status != highspy.HighsModelStatus.kOptimal and not (whole and solution.value_valid):
        raise PlanUnsolved(highs.modelStatusToString(status))
    x = np.array(solution.col_value)
    if whole:
        return Solved(np.rint(x), np.zeros(len(program.least)), -highs.getInfo().mip_dual_bound)
    return Solved(x, -np.array(solution.row_dual), -highs.getInfo().objective_function_value)


def _model(program: Program, *, whole: bool) -> highspy.HighsLp:
    import highspy

    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(program.gain), len(program.least)
    lp.col_cost_ = -program.gain
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = program.least, program.most
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = program.starts, program.columns
    lp.a_matrix_.value_ = program.factors
    if whole:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(program.gain)
    return lp

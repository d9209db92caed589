"""The exact frontier of points with links by CP-SAT, for links so many that merging would have to remember too much.

The epsilon-constraint method (Y. Y. Haimes, L. S. Lasdon, D. A. Wismer, 1971), stepping by one in whole points: find
the package that is best for me, and among those best for them; then ask for at least one point more for them; and so on
until nothing is left. Each answer is a point of the frontier and no point is missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import ArrayLike

from backchannel.errors import ExtraMissing, NoneAcceptable, PointsRefused
from backchannel.insight.frontier import Frontier, Package
from backchannel.insight.links import Excludes, Link, check_links
from backchannel.insight.merging import checked_points

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

EXTRA: Final = "pip install 'backchannel[planner]'"
_WORKERS: Final = 2
_LARGEST: Final = 1 << 60


def epsilon_frontier(mine: Sequence[ArrayLike], theirs: Sequence[ArrayLike], links: Sequence[Link]) -> Frontier:
    """Return the exact Pareto frontier of all packages that the links allow.

    Of several packages with the same two utilities one is kept, which one is not promised.

    Args:
        mine: my points, one 1-D array of whole numbers an issue, shape (options,).
        theirs: theirs; as many issues, and each as long as mine.
        links: exclusions and additions between options of two issues.

    Raises:
        ExtraMissing: OR-Tools is not installed.
        PointsRefused: not whole, too large for the solver, or a link to an option that does not exist.
        NoneAcceptable: the links rule out every package.
    """
    ours, others = checked_points(mine, theirs)
    check_links(links, [len(points) for points in ours])
    if any(points.dtype.kind != "i" for points in (*ours, *others)):
        raise PointsRefused("links need whole points")
    found = list(_answers([row.tolist() for row in ours], [row.tolist() for row in others], links))
    if not found:
        raise NoneAcceptable("the links rule out every package")
    packages = [package for _, _, package in found]
    return Frontier(
        np.array([a for a, _, _ in found], dtype=np.int64),
        np.array([b for _, b, _ in found], dtype=np.int64),
        packages.__getitem__,
    )


def _answers(
    mine: list[list[int]], theirs: list[list[int]], links: Sequence[Link]
) -> Iterator[tuple[int, int, Package]]:
    model_kind = _cp_model()
    model: cp_model.CpModel = model_kind.CpModel()
    options = [[model.new_bool_var("") for _ in row] for row in mine]
    for row in options:
        model.add_exactly_one(row)
    sum_mine: list[Any] = [
        points * var for row, names in zip(mine, options, strict=True) for points, var in zip(row, names, strict=True)
    ]
    sum_theirs: list[Any] = [
        points * var for row, names in zip(theirs, options, strict=True) for points, var in zip(row, names, strict=True)
    ]
    most_mine, most_theirs = (sum(max(map(abs, row)) for row in side) for side in (mine, theirs))
    for link in links:
        one, other = options[link.one.issue][link.one.option], options[link.other.issue][link.other.option]
        if isinstance(link, Excludes):
            model.add_bool_or([one.negated(), other.negated()])
            continue
        both = model.new_bool_var("")
        model.add_implication(both, one)
        model.add_implication(both, other)
        model.add_bool_or([both, one.negated(), other.negated()])
        sum_mine.append(link.mine * both)
        sum_theirs.append(link.theirs * both)
        most_mine, most_theirs = most_mine + abs(link.mine), most_theirs + abs(link.theirs)
    above = 2 * most_theirs + 1  # one point of mine counts more than all of theirs
    if above * (most_mine + 1) >= _LARGEST:
        raise PointsRefused("whole points too large for CP-SAT; use a coarser scale")
    total_mine = model.new_int_var(-most_mine, most_mine, "")
    total_theirs = model.new_int_var(-most_theirs, most_theirs, "")
    model.add(total_mine == sum(sum_mine))
    model.add(total_theirs == sum(sum_theirs))
    model.maximize(above * sum(sum_mine) + sum(sum_theirs))
    solver = model_kind.CpSolver()
    solver.parameters.num_workers = _WORKERS
    solver.parameters.random_seed = 0
    while solver.solve(model) == model_kind.OPTIMAL:
        a, b = solver.value(total_mine), solver.value(total_theirs)
        yield a, b, tuple(next(at for at, var in enumerate(row) if solver.boolean_value(var)) for row in options)
        if b == most_theirs or a == -most_mine:
            return
        model.proto.variables[total_theirs.index].domain[0] = b + 1
        model.proto.variables[total_mine.index].domain[1] = a - 1


def _cp_model() -> Any:
    try:
        from ortools.sat.python import cp_model
    except ImportError as error:
        raise ExtraMissing("OR-Tools", hint=EXTRA) from error
    return cp_model

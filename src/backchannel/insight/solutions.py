"""Points of a frontier that the theory of bargaining singles out; each is one scan.

All look only at the individually rational part: the points at which neither side gets less than its reservation value.
A gain is what a side gets above its reservation value. Whole points are compared exactly, without a division.
Ties go to the point whose poorer side gains more, then to the lower index: so a tie favours neither side.

Nash: J. F. Nash, "The Bargaining Problem", Econometrica 18 (1950). Kalai-Smorodinsky: E. Kalai and M. Smorodinsky,
"Other Solutions to Nash's Bargaining Problem", Econometrica 43 (1975). Max-min: E. Kalai, "Proportional Solutions to
Bargaining Situations", Econometrica 45 (1977), with unit weights, made whole by leximin for discrete sets.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from backchannel.errors import NoneAcceptable

Points: TypeAlias = NDArray[Any]
"""One number a point: int64, object holding Python ints that int64 could not hold, or float64."""

Reserve: TypeAlias = tuple[Any, Any]
"""Reservation values, mine and theirs, in the units of the points."""

_SAFE = 2**31


def nash(mine: Points, theirs: Points, reserve: Reserve) -> int:
    """Return the index with the largest product of both gains.

    Args:
        mine: my utility at each point, shape (points,).
        theirs: theirs, the same shape.
        reserve: reservation values, mine and theirs.

    Raises:
        NoneAcceptable: no point is individually rational.
    """
    at, ours, others = _gains(mine, theirs, reserve)
    return _first(at, ours * others, np.minimum(ours, others))


def kalai_smorodinsky(mine: Points, theirs: Points, reserve: Reserve) -> int:
    """Return the index that is best for whoever gets the smaller share of the most that they could hope for.

    The shares are gain / ideal gain, where the ideal is the side's best point of the individually rational part: the
    solution of 1975 with the reservation values as the disagreement point, not the variant with ideals from all points.
    A discrete set has rarely a point on the line of equal shares, so the smaller share is made as large as it can be,
    and among those the larger one.

    Args:
        mine: my utility at each point, shape (points,).
        theirs: theirs, the same shape.
        reserve: reservation values, mine and theirs.

    Raises:
        NoneAcceptable: no point is individually rational.
    """
    at, ours, others = _gains(mine, theirs, reserve)
    ideal_ours, ideal_others = ours.max(), others.max()
    share_ours = ours * (ideal_others if ideal_others else 1)  # both shares times both ideals: whole points stay whole
    share_others = others * (ideal_ours if ideal_ours else 1)
    return _first(at, np.minimum(share_ours, share_others), np.maximum(share_ours, share_others))


def max_min(mine: Points, theirs: Points, reserve: Reserve) -> int:
    """Return the index at which the smaller gain is largest, and among those the larger gain.

    Args:
        mine: my utility at each point, shape (points,).
        theirs: theirs, the same shape; the comparison means something only if both use one scale.
        reserve: reservation values, mine and theirs.

    Raises:
        NoneAcceptable: no point is individually rational.
    """
    at, ours, others = _gains(mine, theirs, reserve)
    return _first(at, np.minimum(ours, others), np.maximum(ours, others))


def equal_gain(mine: Points, theirs: Points, reserve: Reserve) -> int:
    """Return the index at which both gains differ least, and among those the one with the larger smaller gain.

    Args:
        mine: my utility at each point, shape (points,).
        theirs: theirs, the same shape; the comparison means something only if both use one scale.
        reserve: reservation values, mine and theirs.

    Raises:
        NoneAcceptable: no point is individually rational.
    """
    at, ours, others = _gains(mine, theirs, reserve)
    return _first(at, -abs(ours - others), np.minimum(ours, others))


def _gains(mine: Points, theirs: Points, reserve: Reserve) -> tuple[NDArray[np.intp], Points, Points]:
    """Return the indices of the individually rational points, and both gains there, wide enough to be multiplied."""
    at = np.flatnonzero((mine >= reserve[0]) & (theirs >= reserve[1]))
    if not len(at):
        raise NoneAcceptable
    ours, others = _wide(mine[at], reserve[0]), _wide(theirs[at], reserve[1])
    if "O" in {ours.dtype.kind, others.dtype.kind} and "f" not in {ours.dtype.kind, others.dtype.kind}:
        ours, others = ours.astype(object), others.astype(object)
    return at, ours, others


def _wide(points: Points, reserve: Any) -> Points:
    if points.dtype.kind == "f" or not isinstance(reserve, int | np.integer):
        return points.astype(np.float64) - float(reserve)
    exact = points.astype(object) - int(reserve)
    return exact.astype(np.int64) if max(exact) < _SAFE else exact


def _first(at: NDArray[np.intp], key: Points, then: Points) -> int:
    best = key == key.max()
    second = np.where(best, then, then.min() - 1)
    return int(at[int(np.argmax(second))])

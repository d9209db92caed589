"""The exact Pareto frontier of additive points at any size, by merging one issue after the other.

A package on the frontier of all issues is, on the first few of them, on the frontier of those: what is dominated there
can be replaced by what dominates it, and the rest stays as it is. So (G. L. Nemhauser and Z. Ullmann, "Discrete dynamic
programming and capital allocation", Management Science 15, 1969):

    front of no issue      = {(0, 0)}
    front of one more      = what is undominated among (front so far) + (undominated options of the issue)

and to find what is undominated is to sort by my utility and keep each point that beats the best of theirs so far.

Whole points are packed, both utilities in one integer, mine above theirs: a sum of packed numbers is the packed sum, a
sort of plain integers is all the sorting there is, and no back-pointer has to be kept, because a package is found again
from the sorted levels by search. Few candidates go through lists and many through numpy; numbers that 63 bits cannot
hold stay in lists, whose integers have no limit. Fractions go through two float arrays with back-pointers.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backchannel.errors import PointsRefused
from backchannel.insight.frontier import Frontier, Package
from backchannel.insight.solutions import Points

Keys: TypeAlias = "list[int] | NDArray[np.int64]"

_FEW: Final = 160
"""Candidates up to which Python's own sort beats the cost of calling numpy."""
_BLOCK: Final = 1 << 21
"""Candidates held at once: 16 MB."""
_MANY: Final = 1 << 18
"""Candidates from which a table may be faster than a sort ..."""
_DENSE: Final = 8
"""... if it has at most so many places a point."""
_HOLDS: Final = 62


def additive_frontier(mine: Sequence[ArrayLike], theirs: Sequence[ArrayLike]) -> Frontier:
    """Return the exact Pareto frontier of all packages, for utilities that are sums over issues.

    Args:
        mine: my points, one 1-D array an issue, shape (options,). Whole numbers stay exact at any size; fractions are
            float64, added from the first issue to the last.
        theirs: theirs; as many issues, and each as long as mine.

    Raises:
        PointsRefused: no issue, an issue without an option, lengths that differ, or what is not a finite number.
    """
    ours, others = checked_points(mine, theirs)
    if any(points.dtype.kind == "f" for points in (*ours, *others)):
        return _Fractions(ours, others).frontier()
    return _Whole([points.tolist() for points in ours], [points.tolist() for points in others]).frontier()


def checked_points(mine: Sequence[ArrayLike], theirs: Sequence[ArrayLike]) -> tuple[list[Points], list[Points]]:
    """Return both sides' points as arrays of int64, object (Python ints) or float64.

    Args:
        mine: one 1-D array an issue.
        theirs: as many, each as long as mine.

    Raises:
        PointsRefused: see `additive_frontier`.
    """
    if len(mine) != len(theirs) or not len(mine):
        raise PointsRefused(f"{len(mine)} issues on my side, {len(theirs)} on theirs")
    ours = [_checked(points, "my", number) for number, points in enumerate(mine)]
    others = [_checked(points, "their", number) for number, points in enumerate(theirs)]
    for number, (a, b) in enumerate(zip(ours, others, strict=True)):
        if len(a) != len(b):
            raise PointsRefused(f"issue {number}: {len(a)} options on my side, {len(b)} on theirs")
    return ours, others


def _checked(points: ArrayLike, whose: str, number: int) -> Points:
    try:
        array = _array(points)
    except (ValueError, OverflowError) as error:
        raise PointsRefused(f"{whose} points of issue {number}: not a row of numbers") from error
    if array.ndim != 1 or not array.size:
        raise PointsRefused(f"{whose} points of issue {number}: shape {array.shape}, not (options,)")
    kind = array.dtype.kind
    if kind == "i":
        return array
    if kind == "u":
        return _whole_array(array.tolist())
    if kind == "f" and bool(np.isfinite(array).all()):
        return array.astype(np.float64)
    if kind == "O" and all(type(each) is int for each in array):
        return array
    raise PointsRefused(f"{whose} points of issue {number}: not finite numbers")


def _array(points: ArrayLike) -> Points:
    """Return an array; whole numbers stay whole even where numpy alone would make fractions of large ones."""
    if isinstance(points, list | tuple) and all(type(each) is int for each in points):
        return _whole_array(list(points))
    return np.asarray(points)


# --- whole numbers --------------------------------------------------------------------------------------------------


class _Whole:
    """Both utilities in one integer: (mine - least mine) << bits | (theirs - least theirs)."""

    def __init__(self, mine: list[list[int]], theirs: list[list[int]]) -> None:
        least_mine, least_theirs = [min(row) for row in mine], [min(row) for row in theirs]
        self.base = sum(least_mine), sum(least_theirs)
        self.bits = (sum(map(max, theirs)) - self.base[1]).bit_length()
        self.mask = (1 << self.bits) - 1
        self.fits = (sum(map(max, mine)) - self.base[0]).bit_length() + self.bits <= _HOLDS
        self.issues: list[list[int]] = []
        self.options: list[dict[int, int]] = []
        bits = self.bits
        for row_mine, row_theirs, low_mine, low_theirs in zip(mine, theirs, least_mine, least_theirs, strict=True):
            packed = [((a - low_mine) << bits) + b - low_theirs for a, b in zip(row_mine, row_theirs, strict=True)]
            kept = self._undominated(sorted(packed))
            self.issues.append(kept)
            self.options.append({key: packed.index(key) for key in kept})
        self.levels: list[Keys] = [[0]]
        for issue in self.issues:
            self.levels.append(self._merged(self.levels[-1], issue))

    def _undominated(self, ascending: list[int]) -> list[int]:
        """Keep, from the best of mine down, what is better for them than all before; ascending in and out."""
        mask, best, kept = self.mask, -1, []
        for key in reversed(ascending):
            if key & mask > best:
                best = key & mask
                kept.append(key)
        kept.reverse()
        return kept

    def _undominated_array(self, ascending: NDArray[np.int64]) -> NDArray[np.int64]:
        theirs = ascending & self.mask
        best = np.maximum.accumulate(theirs[::-1])[::-1]
        keep = np.empty(len(ascending), dtype=bool)
        keep[-1] = True
        np.greater(theirs[:-1], best[1:], out=keep[:-1])
        return ascending[keep]

    def _merged(self, front: Keys, issue: list[int]) -> Keys:
        if len(issue) == 1:
            return [key + issue[0] for key in front] if isinstance(front, list) else front + issue[0]
        if not self.fits or len(front) * len(issue) <= _FEW:
            listed = front if isinstance(front, list) else front.tolist()
            return self._undominated(sorted([a + b for b in issue for a in listed]))
        left, right = np.asarray(front, dtype=np.int64), np.asarray(issue, dtype=np.int64)
        if len(left) * len(right) > _MANY and (int(left[-1]) >> self.bits) < _DENSE * len(left):
            return self._merged_dense(left, right)
        step = max(1, _BLOCK // len(left))
        found = np.empty(0, dtype=np.int64)
        for start in range(0, len(right), step):
            sums = np.add.outer(right[start : start + step], left).ravel()
            found = np.concatenate((found, sums)) if len(found) else sums
            found.sort(kind="stable")  # the rows are ascending already, and a merge sort sees that
            found = self._undominated_array(found)
        return found

    def _merged_dense(self, left: NDArray[np.int64], right: NDArray[np.int64]) -> NDArray[np.int64]:
        """Merge by a table of theirs at each utility of mine: no sort, for issues of many small steps, such as a price.

        The table holds the best of theirs for at least so much of mine; it has a step exactly at each point.
        """
        mine = left >> self.bits
        front = np.full(int(mine[-1]) + 1, -1, dtype=np.int64)
        front[mine] = left & self.mask
        front = np.maximum.accumulate(front[::-1])[::-1]
        table = np.full(len(front) + (int(right[-1]) >> self.bits) + 1, -1, dtype=np.int64)
        for key in right.tolist():
            part = table[key >> self.bits :][: len(front)]
            np.maximum(part, front + (key & self.mask), out=part)
        table = np.maximum.accumulate(table[::-1])[::-1]
        steps = np.flatnonzero(table[:-1] > table[1:])
        return np.asarray((steps << self.bits) + table[steps])

    def frontier(self) -> Frontier:
        last = self.levels[-1]
        if isinstance(last, list):
            mine = [(key >> self.bits) + self.base[0] for key in reversed(last)]
            theirs = [(key & self.mask) + self.base[1] for key in reversed(last)]
            return Frontier(_whole_array(mine), _whole_array(theirs), self.package)
        return Frontier(
            _shifted((last >> self.bits)[::-1], self.base[0]),
            _shifted((last & self.mask)[::-1], self.base[1]),
            self.package,
        )

    def package(self, index: int) -> Package:
        """Walk from the last issue to the first: which lowest option leads to a point of the level before?"""
        key = int(self.levels[-1][-1 - index])
        chosen: list[int] = []
        for level, options in zip(reversed(self.levels[:-1]), reversed(self.options), strict=True):
            option, key = min((option, key - part) for part, option in options.items() if _holds(level, key - part))
            chosen.append(option)
        return tuple(reversed(chosen))


def _holds(level: Keys, key: int) -> bool:
    if key < 0:
        return False
    at = bisect_left(level, key) if isinstance(level, list) else int(np.searchsorted(level, key))
    return at < len(level) and int(level[at]) == key


def _whole_array(numbers: list[int]) -> Points:
    try:
        return np.array(numbers, dtype=np.int64)
    except OverflowError:
        return np.array(numbers, dtype=object)


def _shifted(points: NDArray[np.int64], base: int) -> Points:
    if -(2**62) < base < 2**62:
        return points + base
    return points.astype(object) + base


# --- fractions ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Level:
    """Where each point of a level came from: the option chosen, and the index in the level before."""

    option: NDArray[np.uint32]
    before: NDArray[np.uint32]


@dataclass(slots=True)
class _Fractions:
    """Two arrays, of float64 or of int64 that cannot overflow, and back-pointers."""

    mine: list[Points]
    theirs: list[Points]
    levels: list[_Level] = field(default_factory=list)

    def frontier(self) -> Frontier:
        ours, others = _addable(self.mine, "my"), _addable(self.theirs, "their")
        front_mine, front_theirs = ours[0][:1] * 0, others[0][:1] * 0
        for issue_mine, issue_theirs in zip(ours, others, strict=True):
            options = _undominated_rows(issue_mine, issue_theirs)
            front_mine, front_theirs = self._merge(
                front_mine, front_theirs, issue_mine[options], issue_theirs[options], options
            )
        return Frontier(front_mine, front_theirs, self.package)

    def _merge(
        self, mine: Points, theirs: Points, issue_mine: Points, issue_theirs: Points, options: NDArray[np.intp]
    ) -> tuple[Points, Points]:
        step = max(1, _BLOCK // len(mine))
        found_mine, found_theirs = mine[:0], theirs[:0]
        option, before = np.empty(0, dtype=np.uint32), np.empty(0, dtype=np.uint32)
        behind = np.arange(len(mine), dtype=np.uint32)
        for start in range(0, len(options), step):
            part = options[start : start + step].astype(np.uint32)
            found_mine = np.concatenate((found_mine, np.add.outer(issue_mine[start : start + step], mine).ravel()))
            found_theirs = np.concatenate(
                (found_theirs, np.add.outer(issue_theirs[start : start + step], theirs).ravel())
            )
            option = np.concatenate((option, np.repeat(part, len(mine))))
            before = np.concatenate((before, np.tile(behind, len(part))))
            keep = _undominated_rows(found_mine, found_theirs)
            found_mine, found_theirs, option, before = (
                found_mine[keep], found_theirs[keep], option[keep], before[keep],
            )  # fmt: skip
        self.levels.append(_Level(option, before))
        return found_mine, found_theirs

    def package(self, index: int) -> Package:
        chosen: list[int] = []
        for level in reversed(self.levels):
            chosen.append(int(level.option[index]))
            index = int(level.before[index])
        return tuple(reversed(chosen))


def _undominated_rows(mine: Points, theirs: Points) -> NDArray[np.intp]:
    """Return the indices of what is undominated, mine descending; of equals the first, as the sort is stable."""
    order = np.lexsort((-theirs, -mine))
    sorted_theirs = theirs[order]
    keep = np.empty(len(order), dtype=bool)
    keep[0] = True
    np.greater(sorted_theirs[1:], np.maximum.accumulate(sorted_theirs)[:-1], out=keep[1:])
    return order[keep]


def _addable(rows: list[Points], whose: str) -> list[Points]:
    """Return the rows in one type whose sums are safe: float64 if any is, else int64."""
    if any(row.dtype.kind == "f" for row in rows):
        return [row.astype(np.float64) for row in rows]
    most = sum(max(abs(int(each)) for each in (row.min(), row.max())) for row in rows)
    if most >= 1 << _HOLDS:
        raise PointsRefused(f"{whose} whole points are too large to stand beside the other side's fractions")
    return [row.astype(np.int64) for row in rows]

"""A Pareto frontier: what no package beats for one side without costing the other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from backchannel.insight import solutions
from backchannel.insight.solutions import Points, Reserve

Package: TypeAlias = tuple[int, ...]
"""The index of the chosen option, one an issue."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Frontier:
    """The frontier's points, and a package for each.

    Attributes:
        mine: my utility at each point, shape (points,), strictly descending. int64 where the points were whole; object
            (Python ints) where int64 could not hold them; else float64.
        theirs: theirs, the same shape, strictly ascending.
        find: makes the package of the point with an index; use `package`.
    """

    mine: Points
    theirs: Points
    find: Callable[[int], Package]

    def __len__(self) -> int:
        return len(self.mine)

    def __repr__(self) -> str:
        return f"<Frontier of {len(self)} points>"  # the figures are private

    def package(self, index: int) -> Package:
        """Return a package with the utilities of a point.

        Where several packages have them, it is the one with the lowest option index at the last issue, among those at
        the issue before it, and so on.

        Args:
            index: of the point; from the end when negative, as in a list.

        Raises:
            IndexError: there is no such point.
        """
        if not -len(self) <= index < len(self):
            raise IndexError(f"the frontier has {len(self)} points")
        return self.find(index % len(self))

    def nash(self, reserve: Reserve = (0, 0)) -> int:
        """Return the index with the largest product of both gains; see `solutions.nash`."""
        return solutions.nash(self.mine, self.theirs, reserve)

    def kalai_smorodinsky(self, reserve: Reserve = (0, 0)) -> int:
        """Return the index with the fairest shares of what each could hope for; see `solutions.kalai_smorodinsky`."""
        return solutions.kalai_smorodinsky(self.mine, self.theirs, reserve)

    def max_min(self, reserve: Reserve = (0, 0)) -> int:
        """Return the index at which the smaller gain is largest; see `solutions.max_min`."""
        return solutions.max_min(self.mine, self.theirs, reserve)

    def equal_gain(self, reserve: Reserve = (0, 0)) -> int:
        """Return the index at which both gains differ least; see `solutions.equal_gain`."""
        return solutions.equal_gain(self.mine, self.theirs, reserve)

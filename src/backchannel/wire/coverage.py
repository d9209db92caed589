"""Which numbers of a feed somebody holds: everything up to a point, and islands beyond it (spec 3.4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from backchannel.errors import Malformed

MAX_ISLANDS_ON_WIRE: Final = 128
LARGEST_NUMBER: Final = 2**48


@dataclass(frozen=True, slots=True)
class Coverage:
    """A set of event numbers, from 1.

    Attributes:
        upto: every number from 1 to this one is held; 0 is none.
        islands: held runs beyond a gap, as (first, last), ascending, apart from `upto` and from each other.
    """

    upto: int = 0
    islands: tuple[tuple[int, int], ...] = ()

    @property
    def highest(self) -> int:
        """Return the highest number held; 0 is none."""
        return self.islands[-1][1] if self.islands else self.upto

    @property
    def count(self) -> int:
        """Return how many numbers are held."""
        return self.upto + sum(last - first + 1 for first, last in self.islands)

    def __contains__(self, number: int) -> bool:
        return 0 < number <= self.upto or any(first <= number <= last for first, last in self.islands)

    def with_number(self, number: int) -> Coverage:
        """Return the coverage that also holds `number`."""
        if number in self:
            return self
        if number == self.upto + 1 and not self.islands:
            return Coverage(number)
        return self._merged([*self.islands, (number, number)])

    def union(self, other: Coverage) -> Coverage:
        """Return what is held by either."""
        if not other.islands and other.upto <= self.upto:
            return self
        low = max(self.upto, other.upto)
        return Coverage(low)._merged([*self.islands, *other.islands])

    def _merged(self, runs: list[tuple[int, int]]) -> Coverage:
        upto = self.upto
        islands: list[tuple[int, int]] = []
        for first, last in sorted(runs):
            if first <= upto + 1:
                upto = max(upto, last)
            elif islands and first <= islands[-1][1] + 1:
                islands[-1] = (islands[-1][0], max(islands[-1][1], last))
            else:
                islands.append((first, last))
        while islands and islands[0][0] <= upto + 1:
            upto = max(upto, islands.pop(0)[1])
        return Coverage(upto, tuple(islands))

    def missing(self, upto: int) -> Iterator[tuple[int, int]]:
        """Yield the runs (first, last) from 1 to `upto` that are not held."""
        at = self.upto + 1
        for first, last in self.islands:
            if at > upto:
                return
            if first > at:
                yield at, min(first - 1, upto)
            at = last + 1
        if at <= upto:
            yield at, upto

    def to_value(self, limit: int | None = None) -> list[Any]:
        """Return `[upto, first, last, ...]` for the codec; with `limit`, at most that many islands, lowest first."""
        if not self.islands:
            return [self.upto]
        return [self.upto, *(edge for island in self.islands[:limit] for edge in island)]

    @classmethod
    def from_value(cls, value: Any) -> Coverage:
        """Read what `to_value` wrote.

        Raises:
            Malformed: not ascending, or not apart.
        """
        if type(value) is not list or len(value) % 2 != 1 or type(value[0]) is not int:
            raise Malformed("coverage")
        at = value[0]
        if not 0 <= at <= LARGEST_NUMBER:
            raise Malformed("coverage")
        if len(value) == 1:
            return cls(at)
        if any(type(edge) is not int for edge in value):
            raise Malformed("coverage")
        for first, last in zip(value[1::2], value[2::2], strict=True):
            if not at + 1 < first <= last <= LARGEST_NUMBER:
                raise Malformed("coverage")
            at = last
        return cls(value[0], tuple(zip(value[1::2], value[2::2], strict=True)))


NOTHING: Final = Coverage()
"""No number at all."""

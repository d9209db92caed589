"""What the fast ways are compared with: every package, one after the other."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from backchannel.insight.links import Link
from backchannel.insight.links import linked_points as linked_points


def every_package(sizes: Sequence[int]) -> itertools.product[tuple[int, ...]]:
    return itertools.product(*map(range, sizes))


def worth(points: Sequence[Sequence[Any]], package: Sequence[int]) -> Any:
    total: Any = 0
    for row, option in zip(points, package, strict=True):
        total = total + row[option]
    return total


def frontier(
    mine: Sequence[Sequence[Any]], theirs: Sequence[Sequence[Any]], links: Sequence[Link] = ()
) -> list[tuple[Any, Any]]:
    """The undominated pairs of utilities, mine descending."""
    reached: dict[Any, Any] = {}
    for package in every_package([len(row) for row in mine]):
        extra = linked_points(package, links)
        if extra is None:
            continue
        a, b = worth(mine, package) + extra[0], worth(theirs, package) + extra[1]
        reached[a] = max(reached.get(a, b), b)
    found: list[tuple[Any, Any]] = []
    for a in sorted(reached, reverse=True):
        if not found or reached[a] > found[-1][1]:
            found.append((a, reached[a]))
    return found

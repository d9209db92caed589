"""Simulated counterparts: random domains, and someone who concedes over time on them. Pure of a seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

POOL = 20_000
WITHIN = 0.03


@dataclass(frozen=True, slots=True)
class Counterpart:
    """Someone with points, and what they offered.

    Attributes:
        sizes: options an issue: 3 to 8 issues of 3 to 8 options.
        points: their true points: the worst option of an issue 0, the best package 100.
        offers: option indices, shape (offers, issues), in order of time.
        times: when, from 0 to 1.
    """

    sizes: list[int]
    points: list[NDArray[np.float64]]
    offers: NDArray[np.int64]
    times: NDArray[np.float64]


def counterpart(seed: int, count: int, *, stray: float = 0.0) -> Counterpart:
    """Return a time-based conceder (P. Faratin, C. Sierra, N. R. Jennings, 1998) after so many offers.

    Weights are Dirichlet, option values uniform. The utility aimed at falls from 1 to a reservation value as
    1 - (1 - r) t^(1/e), with e from 0.3 (hard for long) to 3 (soft at once) and r from 0.2 to 0.6; the offer is any
    package at most 0.03 above it.

    Args:
        seed: makes the domain, the points and the temper.
        count: how many offers.
        stray: the share of offers that are drawn blindly instead.
    """
    stream = np.random.default_rng(seed)
    issues = int(stream.integers(3, 9))
    sizes = [int(stream.integers(3, 9)) for _ in range(issues)]
    weights = stream.dirichlet(np.ones(issues) * stream.choice([1.0, 2.0, 5.0]))
    points = []
    for weight, size in zip(weights, sizes, strict=True):
        values = stream.random(size)
        points.append(100 * weight * (values - values.min()) / (values.max() - values.min()))
    temper = float(np.exp(stream.uniform(np.log(0.3), np.log(3))))
    reserve = stream.uniform(0.2, 0.6)
    packages = some_packages(stream, sizes, POOL)
    packages = np.vstack((packages, [[int(row.argmax()) for row in points]]))
    worth = worths(points, packages) / 100
    order = np.argsort(worth, kind="stable")
    packages, worth = packages[order], worth[order]
    times = np.linspace(0.0, 1.0, count)
    offers = []
    for time in times:
        aim = 1 - (1 - reserve) * time ** (1 / temper)
        low = min(int(np.searchsorted(worth, aim - 1e-9)), len(worth) - 1)
        high = max(int(np.searchsorted(worth, aim + WITHIN + 1e-9)), low + 1)
        if stray and stream.random() < stray:
            low, high = 0, len(packages)
        offers.append(packages[int(stream.integers(low, high))])
    return Counterpart(sizes, points, np.array(offers), times)


def some_packages(stream: np.random.Generator, sizes: list[int], most: int) -> NDArray[np.int64]:
    """Return every package, or so many at random where there are more; shape (packages, issues)."""
    total = int(np.prod(sizes))
    if total <= most:
        return np.stack(np.unravel_index(np.arange(total), sizes), axis=1)
    return np.stack([stream.integers(0, size, most) for size in sizes], axis=1)


def worths(points: list[Any], packages: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sum of points of each package."""
    return np.asarray(sum(row[packages[:, issue]] for issue, row in enumerate(points)))


def kendall_tau(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return Kendall's tau-b of two rankings: 1 for the same order, -1 for the opposite."""
    upper = np.triu_indices(len(one), 1)
    a = np.sign(one[:, None] - one[None, :])[upper]
    b = np.sign(other[:, None] - other[None, :])[upper]
    ties = np.sqrt(np.count_nonzero(a) * float(np.count_nonzero(b)))
    return float((a * b).sum() / ties) if ties else 0.0

"""What matters to the other side, option by option, as far as their offers show it.

Points are on a scale of 100: their worst package has 0 and their best has 100; within an issue the worst option has 0.
Only what they offered goes in, and only what it carries comes out: with fewer than `ENOUGH` offers nothing is known.

The intervals were calibrated on simulated counterparts who concede over time on random domains, and checked on others
(docs/insight.md, bench/bench_table.py). Who does not concede, or wants to mislead, can make them hold less often.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeAlias

import numpy as np

from backchannel.errors import PointsRefused
from backchannel.insight.frontier import Package
from backchannel.insight.ranker import OPEN, Floats, Ranking, indicators, normal_draws, rank

Time: TypeAlias = float | date
"""A share of the negotiation from 0 to 1, or a date, or a datetime with or without a zone; one kind in one model."""

ENOUGH: Final = 12
"""Offers below which nothing is known."""
DIFFERENT: Final = 3
"""Different packages below which nothing is known: who only repeats one shows one."""
FULL: Final = 100.0

_DRAWS: Final = 400
_WIDER: Final = 1.05
"""By what the spread is widened for who keeps to an order ..."""
_STEADY: Final = 0.25
"""... up to this misfit, and in proportion to it beyond: fitted on simulated counterparts with seeds below 3,000."""


@dataclass(frozen=True, slots=True)
class Change:
    """An option that became more or less worth to them.

    Attributes:
        issue: its index.
        option: its index in the issue.
        before: points that the offers of the earlier time show, 0 to 100.
        after: points that the offers of the later time show.
        low: the lower end of the interval of the difference.
        high: the upper end.
    """

    issue: int
    option: int
    before: float
    after: float
    low: float
    high: float

    @property
    def sure(self) -> bool:
        """Whether the interval of the difference leaves out zero."""
        return self.low > 0 or self.high < 0


class CounterpartModel:
    """Their points, estimated from their offers.

    Cheap to observe; the estimate is made when it is asked for and kept until the next offer.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        """Know nothing yet.

        Args:
            sizes: options an issue, each at least 1.

        Raises:
            PointsRefused: no issue, or an issue without an option.
        """
        if not len(sizes) or min(sizes) < 1:
            raise PointsRefused(f"sizes {list(sizes)}")
        self.sizes = tuple(int(size) for size in sizes)
        self._offers: list[tuple[Package, Time]] = []
        self._estimate: _Estimate | None = None

    def observe(self, package: Sequence[int | None], time: Time) -> None:
        """Take in an offer of theirs.

        Args:
            package: the index of the option, one an issue; None where the offer leaves the issue open.
            time: when they made it.

        Raises:
            PointsRefused: not a package of these issues, a time outside 0 to 1, or another kind of time than before.
        """
        checked = self._package([OPEN if option is None else option for option in package], least=OPEN)
        if not isinstance(time, date) and not 0 <= time <= 1:
            raise PointsRefused(f"time {time} is not within 0 to 1")
        if self._offers and _kind(time) != _kind(self._offers[0][1]):
            raise PointsRefused("times of two kinds in one model")
        self._offers.append((checked, time))
        self._estimate = None

    @property
    def count(self) -> int:
        """How many offers were observed."""
        return len(self._offers)

    @property
    def known(self) -> bool:
        """Whether there were enough offers to say anything."""
        return _enough([package for package, _ in self._offers])

    def points(self) -> list[Floats]:
        """Return the best guess at their points: one array an issue, shape (options,), 0 to 100 over all issues.

        Before `known` it is a guess and no more.
        """
        return self._split(self._now().points)

    def interval(self, level: float = 0.9) -> list[Floats]:
        """Return where their points lie: one array an issue, shape (options, 2), the lower and the upper end.

        Args:
            level: how often such an interval holds the true points, above 0 and below 1.

        Raises:
            PointsRefused: another level.
        """
        now = self._now()
        if not 0 < level < 1:
            raise PointsRefused(f"level {level} is not between 0 and 1")
        if not self.known:
            return [np.tile([0.0, FULL if size > 1 else 0.0], (size, 1)) for size in self.sizes]
        ends = np.quantile(now.draws, [(1 - level) / 2, (1 + level) / 2], axis=0).T
        ends[:, 0], ends[:, 1] = np.minimum(ends[:, 0], now.points), np.maximum(ends[:, 1], now.points)
        return self._split(ends)

    def score(self, package: Sequence[int]) -> float:
        """Return the best guess at what a package is worth to them, 0 to 100.

        Args:
            package: the index of the option, one an issue.

        Raises:
            PointsRefused: not a package of these issues.
        """
        return float(self._row(package) @ self._now().points)

    def score_interval(self, package: Sequence[int], level: float = 0.9) -> tuple[float, float]:
        """Return where the worth of a package to them lies.

        Args:
            package: the index of the option, one an issue.
            level: how often such an interval holds the true worth.

        Raises:
            PointsRefused: not a package of these issues, or a level that is not between 0 and 1.
        """
        row = self._row(package)
        if not 0 < level < 1:
            raise PointsRefused(f"level {level} is not between 0 and 1")
        if not self.known:
            return 0.0, FULL
        now = self._now()
        guess = float(row @ now.points)
        low, high = np.quantile(now.draws @ row, [(1 - level) / 2, (1 + level) / 2])
        return min(float(low), guess), max(float(high), guess)

    def scores(self) -> Floats:
        """Return the best guess at what each offer of theirs was worth to them, in order of time, shape (offers,).

        An issue that an offer leaves open counts as its worst option.
        """
        offers = [package for package, _ in self._in_order()]
        rows = indicators(self.sizes, np.array(offers, dtype=np.int64).reshape(len(offers), len(self.sizes)))
        return np.asarray(rows @ self._now().points)

    def drawn(self, chosen: Floats) -> Floats:
        """Return what packages may be worth to them, one column a draw of the posterior, shape (packages, draws).

        Args:
            chosen: packages as `ranker.indicators` writes them, shape (packages, options of all issues).
        """
        return np.asarray(chosen @ self._now().draws.T)

    def last(self) -> Package | None:
        """Return their last offer that left no issue open; None before the first."""
        return next(iter(self._whole()[-1:]), None)

    def _whole(self) -> list[Package]:
        return [package for package, _ in self._in_order() if OPEN not in package]

    def recent_floor(self, count: int) -> Floats | None:
        """Return the least that their last whole offers may be worth to them, one number a draw, shape (draws,).

        Args:
            count: how many of the last offers, at least 1.

        Returns:
            None when too little is known, or when every offer left an issue open.
        """
        last = self._whole()[-max(count, 1) :]
        if not self.known or not last:
            return None
        return np.asarray(self.drawn(indicators(self.sizes, np.array(last, dtype=np.int64))).min(axis=0))

    def what_changed(self, between: tuple[Time, Time], level: float = 0.9) -> list[Change] | None:
        """Compare what the offers before a time show with what those after it show.

        Args:
            between: the time that parts both, and the last time to look at.
            level: how often the interval of a difference holds the true one.

        Returns:
            A row for each option, the largest change first; None if either part has too few offers to know anything.

        Raises:
            PointsRefused: times of another kind than the offers', or in the wrong order.
        """
        parting, last = between
        if self._offers and {_kind(parting), _kind(last)} != {_kind(self._offers[0][1])}:
            raise PointsRefused("times of two kinds")
        if not _number(parting) <= _number(last):
            raise PointsRefused("the second time is before the first")
        ordered = self._in_order()
        earlier = [offer for offer in ordered if _number(offer[1]) <= _number(parting)]
        later = [offer for offer in ordered if _number(parting) < _number(offer[1]) <= _number(last)]
        if not all(_enough([package for package, _ in part]) for part in (earlier, later)):
            return None
        before, after = _estimate(self.sizes, earlier), _estimate(self.sizes, later)
        tail = (1 - level) / 2
        low, high = np.quantile(after.draws - before.draws[::-1], [tail, 1 - tail], axis=0)  # reversed: independent
        places = [(issue, option) for issue, size in enumerate(self.sizes) for option in range(size)]
        changes = [
            Change(*place, *(float(part[at]) for part in (before.points, after.points, low, high)))
            for at, place in enumerate(places)
        ]
        return sorted(changes, key=lambda change: (-abs(change.after - change.before), change.issue, change.option))

    def _now(self) -> _Estimate:
        if self._estimate is None:
            self._estimate = _estimate(self.sizes, self._in_order())
        return self._estimate

    def _in_order(self) -> list[tuple[Package, Time]]:
        return sorted(self._offers, key=lambda offer: _number(offer[1]))

    def _package(self, package: Sequence[int], least: int = 0) -> Package:
        checked = tuple(int(option) for option in package)
        if len(checked) != len(self.sizes) or not all(
            least <= option < size for option, size in zip(checked, self.sizes, strict=True)
        ):
            raise PointsRefused(f"{list(package)} is no package of issues with {list(self.sizes)} options")
        return checked

    def _row(self, package: Sequence[int]) -> Floats:
        row: Floats = indicators(self.sizes, np.array([self._package(package)], dtype=np.int64))[0]
        return row

    def _split(self, options: Floats) -> list[Floats]:
        return np.split(options, np.cumsum(self.sizes)[:-1])


@dataclass(frozen=True, slots=True, eq=False)
class _Estimate:
    points: Floats
    draws: Floats


def _estimate(sizes: Sequence[int], offers: Sequence[tuple[Package, Time]]) -> _Estimate:
    times = np.array([_number(time) for _, time in offers])
    if offers and isinstance(offers[0][1], date):
        times = (times - times[0]) / max(times[-1] - times[0], 1.0)
    ranking = rank(sizes, [package for package, _ in offers], times)
    return _Estimate(scaled(sizes, ranking.weights), scaled(sizes, _drawn(ranking)))


def _drawn(ranking: Ranking) -> Floats:
    wider = _WIDER * max(1.0, ranking.misfit / _STEADY)
    return np.asarray(ranking.weights + wider * normal_draws(_DRAWS, len(ranking.weights)) @ ranking.spread.T)


def scaled(sizes: Sequence[int], weights: Floats) -> Floats:
    """Return weights on the scale of points: the worst option of an issue 0, the best package 100.

    Args:
        sizes: options an issue.
        weights: shape (options of all issues,) or (rows, options of all issues).
    """
    starts = np.cumsum([0, *sizes[:-1]])
    lifted = weights - np.repeat(np.minimum.reduceat(weights, starts, axis=-1), sizes, axis=-1)
    whole = np.maximum.reduceat(lifted, starts, axis=-1).sum(axis=-1, keepdims=True)
    return np.asarray(FULL * lifted / np.where(whole > 0, whole, 1.0))


def _enough(packages: Sequence[Package]) -> bool:
    return len(packages) >= ENOUGH and len(set(packages)) >= DIFFERENT


def _kind(time: Time) -> str:
    if isinstance(time, datetime):
        return "moment" if time.tzinfo else "moment without a zone"
    return "day" if isinstance(time, date) else "share"


def _number(time: Time) -> float:
    """Return a time as a number: a share as it is, a date in days."""
    if isinstance(time, datetime):
        return (time - datetime(1970, 1, 1, tzinfo=UTC if time.tzinfo else None)) / timedelta(days=1)
    return float(time.toordinal()) if isinstance(time, date) else float(time)

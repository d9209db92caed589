"""The exact frontier of points with links, by merging with memory.

Merging one issue after the other stays right with links if a partial package remembers which of its options still have
a link to an issue that comes later: only partial packages with the same memory can replace each other (nonserial
dynamic programming: U. Bertele and F. Brioschi, 1972). What they remember is little where links are few.

Besides, a partial package is dropped when not even the best that can still come, with every good link and no bad one,
would reach beyond a package known already (bound sets: M. Ehrgott and X. Gandibleux, 2007). Those are found first by
the same walk with few partial packages kept at each step. When too many would have to be kept, CP-SAT takes over
(`epsilon`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from backchannel.errors import NoneAcceptable, PointsRefused
from backchannel.insight.frontier import Frontier, Package
from backchannel.insight.links import Excludes, Link, Together, check_links
from backchannel.insight.merging import additive_frontier, checked_points

Whole = NDArray[np.int64]

MOST_LABELS: Final = 2_000_000
"""Partial packages at one step above which CP-SAT is the better way."""
_DIRECTIONS: Final = 48
_KEPT_EACH: Final = 48
_BUCKETS: Final = 1 << 15
_LARGEST: Final = 1 << 40
_MOST_OPTIONS: Final = (1 << 15) - 1
_NEVER: Final = -(1 << 60)
_HOLDS: Final = 1 << 62


def linked_frontier(
    mine: Sequence[ArrayLike], theirs: Sequence[ArrayLike], links: Sequence[Link], most: int = MOST_LABELS
) -> Frontier:
    """Return the exact Pareto frontier of all packages that the links allow, for whole points with links.

    Of several packages with the same two utilities one is kept, which one is not promised.

    Args:
        mine: my points, one 1-D array of whole numbers an issue, shape (options,).
        theirs: theirs; as many issues, and each as long as mine.
        links: exclusions and additions between options of two issues.
        most: partial packages at one step above which CP-SAT takes over.

    Raises:
        PointsRefused: not whole, too large, of different lengths, or a link to an option that does not exist.
        NoneAcceptable: the links rule out every package.
        ExtraMissing: CP-SAT has to take over and is not installed.
    """
    ours, others = checked_points(mine, theirs)
    sizes = [len(points) for points in ours]
    check_links(links, sizes)
    if not links:
        return additive_frontier(mine, theirs)
    if max(sizes) > _MOST_OPTIONS:
        raise PointsRefused(f"links need issues of at most {_MOST_OPTIONS} options")
    if any(points.dtype.kind != "i" or abs(points).max() > _LARGEST for points in (*ours, *others)):
        raise PointsRefused("links need whole points of at most 2^40")
    walk = _Walk([points.astype(np.int64) for points in ours], [points.astype(np.int64) for points in others], links)
    known = walk.run(_Known(walk, None), beam=True, most=most)
    found = walk.run(_Known(walk, known), beam=False, most=most)
    if found is None:
        from backchannel.insight.epsilon import epsilon_frontier

        return epsilon_frontier(mine, theirs, links)
    labels = found if known is None else found.beside(known)
    if not len(labels.mine):
        raise NoneAcceptable("the links rule out every package")
    labels = labels.pick(_undominated(labels.mine, labels.theirs, np.zeros(len(labels.mine), dtype=np.int64)))
    packages = labels.chosen

    def package(index: int) -> Package:
        return tuple(int(option) for option in packages[index])

    return Frontier(labels.mine, labels.theirs, package)


@dataclass(frozen=True, slots=True, eq=False)
class _Labels:
    """Partial packages: utilities so far, shape (labels,), and options chosen, shape (labels, issues)."""

    mine: Whole
    theirs: Whole
    chosen: NDArray[np.int16]

    def beside(self, others: _Labels) -> _Labels:
        return _Labels(
            np.concatenate((self.mine, others.mine)),
            np.concatenate((self.theirs, others.theirs)),
            np.concatenate((self.chosen, others.chosen)),
        )

    def pick(self, at: NDArray[np.intp]) -> _Labels:
        return _Labels(self.mine[at], self.theirs[at], self.chosen[at])


class _Walk:
    """Issues one after the other, in an order that keeps the memory small."""

    def __init__(self, mine: list[Whole], theirs: list[Whole], links: Sequence[Link]) -> None:
        self.mine, self.theirs, self.links = mine, theirs, links
        self.order = _order(len(mine), links)
        self.step_of = {issue: step for step, issue in enumerate(self.order)}

    def run(self, known: _Known, *, beam: bool, most: int) -> _Labels | None:
        """Return the undominated whole packages; None when there were more than `most` partial ones at a step."""
        start = np.zeros(1, dtype=np.int64)
        labels = _Labels(start, start, np.zeros((1, len(self.mine)), dtype=np.int16))
        for step, issue in enumerate(self.order):
            if len(labels.mine) * len(self.mine[issue]) > most:
                return None
            labels = self._grown(labels, step, issue)
            hope_mine, hope_theirs = self._hopes(labels, step)
            labels = labels.pick(known.useful(step, labels.mine + hope_mine, labels.theirs + hope_theirs))
            labels = labels.pick(_undominated(labels.mine, labels.theirs, self._memory(labels, step)))
            if beam:
                labels = labels.pick(_spread(labels.mine, labels.theirs))
        return labels

    def _grown(self, labels: _Labels, step: int, issue: int) -> _Labels:
        """Give each partial package each option of the next issue, with the links to what it has."""
        mine = np.add.outer(labels.mine, self.mine[issue])
        theirs = np.add.outer(labels.theirs, self.theirs[issue])
        allowed = np.ones(mine.shape, dtype=bool)
        for link in self.links:
            here, there = (link.one, link.other) if link.one.issue == issue else (link.other, link.one)
            if here.issue != issue or self.step_of[there.issue] > step:
                continue
            has = labels.chosen[:, there.issue] == there.option
            if isinstance(link, Excludes):
                allowed[has, here.option] = False
            else:
                mine[has, here.option] += link.mine
                theirs[has, here.option] += link.theirs
        which, option = np.nonzero(allowed)
        chosen = labels.chosen[which]
        chosen[:, issue] = option
        return _Labels(mine[which, option], theirs[which, option], chosen)

    def _pending(self, step: int) -> list[tuple[Link, int, int]]:
        """Return the links from an issue behind us to one ahead, with the issue and the option behind us."""
        found = []
        for link in self.links:
            for here, there in ((link.one, link.other), (link.other, link.one)):
                if self.step_of[here.issue] <= step < self.step_of[there.issue]:
                    found.append((link, here.issue, here.option))
        return found

    def _hopes(self, labels: _Labels, step: int) -> tuple[Whole, Whole]:
        """Return the most that links from what is chosen to what is ahead can still add."""
        tables: dict[int, tuple[Whole, Whole]] = {}
        for link, issue, option in self._pending(step):
            if isinstance(link, Together):
                empty = np.zeros((2, len(self.mine[issue])), dtype=np.int64)
                mine, theirs = tables.setdefault(issue, (empty[0], empty[1]))
                mine[option] += max(link.mine, 0)
                theirs[option] += max(link.theirs, 0)
        hope_mine, hope_theirs = np.zeros_like(labels.mine), np.zeros_like(labels.mine)
        for issue, (mine, theirs) in tables.items():
            hope_mine += mine[labels.chosen[:, issue]]
            hope_theirs += theirs[labels.chosen[:, issue]]
        return hope_mine, hope_theirs

    def _memory(self, labels: _Labels, step: int) -> Whole:
        """Return a number a label: equal where the same links are pending."""
        pending: dict[int, set[int]] = {}
        for _, issue, option in self._pending(step):
            pending.setdefault(issue, set()).add(option)
        memory = np.zeros(len(labels.mine), dtype=np.int64)
        different = 1
        for issue, options in pending.items():
            table = np.zeros(len(self.mine[issue]), dtype=np.int64)
            table[sorted(options)] = np.arange(1, len(options) + 1)
            if different * (len(options) + 1) > _HOLDS:
                memory = np.unique(memory, return_inverse=True)[1].astype(np.int64)
                different = len(memory)
            memory = memory * (len(options) + 1) + table[labels.chosen[:, issue]]
            different *= len(options) + 1
        return memory

    def ahead(self, step: int) -> Frontier | None:
        """Return a frontier that nothing after the step can exceed: every good link among what is ahead, no bad one."""
        issues = self.order[step + 1 :]
        if not issues:
            return None
        mine = {issue: self.mine[issue].copy() for issue in issues}
        theirs = {issue: self.theirs[issue].copy() for issue in issues}
        for link in self.links:
            if isinstance(link, Together) and step < min(self.step_of[link.one.issue], self.step_of[link.other.issue]):
                good_mine, good_theirs = max(link.mine, 0), max(link.theirs, 0)
                mine[link.one.issue][link.one.option] += good_mine // 2
                theirs[link.one.issue][link.one.option] += good_theirs // 2
                mine[link.other.issue][link.other.option] += good_mine - good_mine // 2
                theirs[link.other.issue][link.other.option] += good_theirs - good_theirs // 2
        return additive_frontier(list(mine.values()), list(theirs.values()))


class _Known:
    """What is reached already, and so what a partial package must be able to reach."""

    def __init__(self, walk: _Walk, known: _Labels | None) -> None:
        self.walk, self.known = walk, known

    def useful(self, step: int, mine: Whole, theirs: Whole) -> NDArray[np.intp]:
        """Return the indices of what could still reach beyond what is known.

        What is ahead adds one of the points of a frontier, and the sum is beyond if theirs is above the best known with
        at least as much for me. The least that theirs must be above falls as mine grows, so it is a table by mine.
        """
        if self.known is None or not len(self.known.mine) or not len(mine):
            return np.arange(len(mine))
        ahead = self.walk.ahead(step)
        ahead_mine = np.zeros(1, dtype=np.int64) if ahead is None else ahead.mine
        ahead_theirs = np.zeros(1, dtype=np.int64) if ahead is None else ahead.theirs
        low, high = int(mine.min()), int(mine.max())
        width = max(1, -(-(high - low + 1) // _BUCKETS))
        ends = low + width * np.arange(1, (high - low) // width + 2) - 1  # the upper end of a bucket asks for the least
        ascending_mine, descending_theirs = self.known.mine[::-1], self.known.theirs[::-1]
        best = np.append(descending_theirs, _NEVER)
        least = np.full(len(ends), np.iinfo(np.int64).max)
        for more_mine, more_theirs in zip(ahead_mine, ahead_theirs, strict=True):
            np.minimum(least, best[np.searchsorted(ascending_mine, ends + more_mine)] - more_theirs, out=least)
        return np.flatnonzero(theirs > least[(mine - low) // width])


def _order(count: int, links: Sequence[Link]) -> list[int]:
    """Return the issues so that few are remembered at a time: next comes what leaves the fewest with links ahead."""
    beside: dict[int, set[int]] = {issue: set() for issue in range(count)}
    for link in links:
        beside[link.one.issue].add(link.other.issue)
        beside[link.other.issue].add(link.one.issue)
    order: list[int] = []
    done: set[int] = set()
    while len(order) < count:

        def remembered(issue: int) -> tuple[int, int, int]:
            behind = done | {issue}
            return sum(1 for each in behind if beside[each] - behind), -len(beside[issue] & done), issue

        order.append(min((issue for issue in range(count) if issue not in done), key=remembered))
        done.add(order[-1])
    return order


def _undominated(mine: Whole, theirs: Whole, memory: Whole) -> NDArray[np.intp]:
    """Return the indices of what nothing with the same memory dominates, of equals the first; mine descending."""
    if not len(mine):
        return np.empty(0, dtype=np.intp)
    order = np.lexsort((-theirs, -mine, memory))
    sorted_memory = memory[order]
    keep = np.empty(len(order), dtype=bool)
    keep[0] = True
    keep[1:] = sorted_memory[1:] != sorted_memory[:-1]
    group, height = np.cumsum(keep), theirs[order] - theirs.min()
    if len(order) * (int(height.max()) + 1) > _HOLDS:
        height = np.unique(height, return_inverse=True)[1].astype(np.int64)
    climbing = group * (int(height.max()) + 1) + height  # each group starts above all before it
    keep[1:] |= climbing[1:] > np.maximum.accumulate(climbing)[:-1]
    return order[keep]


def _spread(mine: Whole, theirs: Whole) -> NDArray[np.intp]:
    """Return the indices of the best few in each of many directions between mine and theirs."""
    if len(mine) <= _DIRECTIONS * _KEPT_EACH:
        return np.arange(len(mine))
    kept = []
    for share in np.linspace(0.0, 1.0, _DIRECTIONS):
        value = share * mine + (1 - share) * theirs
        kept.append(np.argpartition(value, len(value) - _KEPT_EACH)[-_KEPT_EACH:])
    return np.unique(np.concatenate(kept))

"""What I want: points, weights, a reservation value, red lines, a mandate, links. It never leaves the machine.

The utility of a package is a whole number: the sum over issues of weight times points of the chosen option, plus what
links add. Terms as in negotiation analysis (H. Raiffa, "The Art and Science of Negotiation", 1982) and in the manual on
frontline humanitarian negotiation (CCHN, 2019): below the reservation value no agreement is better; a red line
is never crossed; the mandate is what I may agree to without asking.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from backchannel.errors import NoneAcceptable, PreferencesContradict, PreferencesRefused
from backchannel.insight.domain import Domain
from backchannel.insight.frontier import Frontier, Package
from backchannel.insight.linking import linked_frontier
from backchannel.insight.links import Choice, Excludes, Link, Together, check_links
from backchannel.insight.solutions import Points


@dataclass(frozen=True, slots=True)
class Mandate:
    """What I may agree to without asking.

    Attributes:
        outside: options that I may not agree to by myself; red lines need not be among them.
        at_least: the utility below which I have to ask; None where only the options count.
    """

    outside: frozenset[Choice] = frozenset()
    at_least: int | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Preferences:
    """My side of the table.

    Attributes:
        domain: what is negotiated.
        points: whole points, one tuple an issue, one number an option.
        weights: what a point counts, one whole number of at least 0 an issue.
        reservation: the least utility that is better than no agreement.
        red_lines: options that no agreement of mine has.
        mandate: what I may agree to without asking.
        links: between options of two issues; what `Together` adds for them is 0, unless I know it.
    """

    domain: Domain
    points: tuple[tuple[int, ...], ...]
    weights: tuple[int, ...]
    reservation: int
    red_lines: frozenset[Choice] = frozenset()
    mandate: Mandate = field(default_factory=Mandate)
    links: tuple[Link, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what does not fit the domain, and what contradicts itself."""
        _check_shape(self)
        _check_sense(self)

    def __repr__(self) -> str:
        return f"<Preferences over {len(self.points)} issues>"  # the figures are private

    def weighted(self) -> list[Points]:
        """Return weight times points, one array an issue, shape (options,): what `additive_frontier` takes."""
        return [
            np.array([weight * each for each in row], dtype=np.int64)
            for weight, row in zip(self.weights, self.points, strict=True)
        ]

    def allowed(self, issue: int) -> list[int]:
        """Return the options of an issue that are no red line."""
        return [option for option in range(len(self.points[issue])) if Choice(issue, option) not in self.red_lines]


def frontier_within(preferences: Preferences, theirs: Sequence[Points]) -> Frontier:
    """Return the exact frontier of the packages that cross no red line of mine and break no link.

    Args:
        preferences: mine.
        theirs: their points, one array an issue, shape (options,); whole where I have links.

    Raises:
        NoneAcceptable: red lines and links leave no package.
        PointsRefused: their points do not fit.
    """
    options = [preferences.allowed(issue) for issue in range(len(preferences.points))]
    return _restricted(preferences, options, theirs, preferences.links)


def joint_frontier(mine: Preferences, theirs: Preferences) -> Frontier:
    """Return the exact frontier for a mediator who holds the preferences of both, within all red lines and links.

    Args:
        mine: of the one side.
        theirs: of the other, over the same domain.

    Raises:
        NoneAcceptable: the red lines and links of both leave no package.
        PreferencesRefused: over another domain.
    """
    if mine.domain != theirs.domain:
        raise PreferencesRefused("the two sides' preferences are over different issues")
    options = [sorted({*mine.allowed(issue)} & {*theirs.allowed(issue)}) for issue in range(len(mine.points))]
    links = [
        Together(each.one, each.other, each.mine, 0) if isinstance(each, Together) else each for each in mine.links
    ]
    links += [
        Together(each.one, each.other, 0, each.mine) if isinstance(each, Together) else each for each in theirs.links
    ]
    return _restricted(mine, options, theirs.weighted(), links)


def reach(
    preferences: Preferences, chosen: tuple[int | None, ...], links: Sequence[Link] | None = None
) -> tuple[int, int] | None:
    """Return the least and the most utility of the packages with these options that cross no further red line.

    Args:
        preferences: mine.
        chosen: option indices, None where an issue is open.
        links: which links count; all of mine when None.

    Returns:
        Both utilities; None when a link rules every such package out.
    """
    links = preferences.links if links is None else links
    options = [preferences.allowed(issue) if option is None else [option] for issue, option in enumerate(chosen)]
    flat: list[Points] = [np.zeros(len(row), dtype=np.int64) for row in preferences.points]
    try:
        most = int(_restricted(preferences, options, flat, links).mine[0])
        return -int(_restricted(preferences, options, flat, links, sign=-1).mine[0]), most
    except NoneAcceptable:
        return None


def _restricted(
    preferences: Preferences,
    options: list[list[int]],
    theirs: Sequence[Points],
    links: Sequence[Link],
    sign: int = 1,
) -> Frontier:
    """Return the frontier over some options of each issue, its packages with the indices of all."""
    if not all(options):
        raise NoneAcceptable("an issue has no option left")
    mine = [sign * row[kept] for row, kept in zip(preferences.weighted(), options, strict=True)]
    others = [np.asarray(row)[kept] for row, kept in zip(theirs, options, strict=True)]
    moved: list[Link] = []
    for link in links:
        ends = (link.one, link.other)
        if all(end.option in options[end.issue] for end in ends):
            one, other = (Choice(end.issue, options[end.issue].index(end.option)) for end in ends)
            moved.append(
                Excludes(one, other)
                if isinstance(link, Excludes)
                else Together(one, other, sign * link.mine, link.theirs)
            )
    front = linked_frontier(mine, others, moved)

    def package(index: int) -> Package:
        return tuple(kept[option] for kept, option in zip(options, front.find(index), strict=True))

    return Frontier(front.mine, front.theirs, package)


def _check_shape(preferences: Preferences) -> None:
    sizes = preferences.domain.sizes
    if tuple(map(len, preferences.points)) != sizes or len(preferences.weights) != len(sizes):
        raise PreferencesRefused("points or weights do not fit the issues")
    for issue, weight in zip(preferences.domain.issues, preferences.weights, strict=True):
        if weight < 0:
            raise PreferencesRefused(f"issue {issue.name!r}: a weight below zero; turn the points round instead")
    for choice in preferences.red_lines | preferences.mandate.outside:
        if not (0 <= choice.issue < len(sizes) and 0 <= choice.option < sizes[choice.issue]):
            raise PreferencesRefused(f"{choice} does not exist")
    check_links(preferences.links, sizes)
    rows = zip(preferences.weights, preferences.points, strict=True)
    largest = max(weight * max(map(abs, row)) for weight, row in rows)
    added = [abs(link.mine) for link in preferences.links if isinstance(link, Together)]
    if max(largest, *added, 0) > 2**40:
        raise PreferencesRefused("weight times points is above 2^40")


def _check_sense(preferences: Preferences) -> None:
    for index, issue in enumerate(preferences.domain.issues):
        if not preferences.allowed(index):
            raise PreferencesContradict(f"every option of issue {issue.name!r} is a red line")
    reached = reach(preferences, (None,) * len(preferences.points))
    if reached is None:
        raise PreferencesContradict("red lines and exclusions leave no package at all")
    most = reached[1]
    if preferences.reservation > most:
        raise PreferencesContradict(f"reservation {preferences.reservation}, but the best package has {most}")
    at_least = preferences.mandate.at_least
    if at_least is not None and at_least < preferences.reservation:
        raise PreferencesContradict(f"mandate from {at_least}, but reservation {preferences.reservation}")
    if at_least is not None and at_least > most:
        raise PreferencesContradict(f"mandate from {at_least}, but the best package has {most}")

"""Links between two issues: what an option is worth, or if it is possible, can depend on another issue's option."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backchannel.errors import PointsRefused
from backchannel.insight.frontier import Package


@dataclass(frozen=True, slots=True, order=True)
class Choice:
    """An option of an issue.

    Attributes:
        issue: its index.
        option: its index in the issue.
    """

    issue: int
    option: int


@dataclass(frozen=True, slots=True)
class Excludes:
    """If one then not the other: no package has both.

    Attributes:
        one: an option.
        other: an option of another issue.
    """

    one: Choice
    other: Choice


@dataclass(frozen=True, slots=True)
class Together:
    """Both in one package are worth something besides their own points.

    Attributes:
        one: an option.
        other: an option of another issue.
        mine: whole points for me, below zero where they harm each other.
        theirs: the same for them.
    """

    one: Choice
    other: Choice
    mine: int
    theirs: int


Link: TypeAlias = Excludes | Together


def check_links(links: Sequence[Link], sizes: Sequence[int]) -> None:
    """See that every link is between options that exist.

    Args:
        links: what to check.
        sizes: options an issue.

    Raises:
        PointsRefused: one is not, or is between two options of one issue.
    """
    for link in links:
        for choice in (link.one, link.other):
            if not (0 <= choice.issue < len(sizes) and 0 <= choice.option < sizes[choice.issue]):
                raise PointsRefused(f"{choice} does not exist")
        if link.one.issue == link.other.issue:
            raise PointsRefused(f"{link} is within one issue, of which a package has one option anyway")


def linked_points(package: Package, links: Sequence[Link]) -> tuple[int, int] | None:
    """Return what the links add to a package, for me and for them; None where a link rules it out.

    Args:
        package: option indices, one an issue.
        links: checked.
    """
    mine = theirs = 0
    for link in links:
        if package[link.one.issue] == link.one.option and package[link.other.issue] == link.other.option:
            if isinstance(link, Excludes):
                return None
            mine, theirs = mine + link.mine, theirs + link.theirs
    return mine, theirs

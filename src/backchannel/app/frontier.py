"""The frontier of a line: with what their offers say of them, or the true one where both sides gave their numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from backchannel.app.agenda_domain import narrowed
from backchannel.app.counterpart import modelled
from backchannel.app.preferences import looked, own_preferences
from backchannel.app.table import Tables
from backchannel.errors import InputRefused, NoneAcceptable, PreferencesRefused
from backchannel.insight import solutions
from backchannel.insight.estimated import estimated_frontier
from backchannel.insight.preferences import Preferences, joint_frontier
from backchannel.insight.preferences_file import read_preferences
from backchannel.insight.solutions import Points


@dataclass(frozen=True, slots=True)
class Point:
    """One point of the frontier.

    Attributes:
        package: option names by the key of the issue.
        mine: its utility for me.
        theirs: its utility for them: true, or of 0 to 100 as their offers say.
        low: the lower end of where theirs lies; the same as theirs where it is true.
        high: the upper end.
        marks: which solutions it is, by name.
    """

    package: dict[str, str]
    mine: int
    theirs: float
    low: float
    high: float
    marks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class View:
    """A frontier as its owner sees it.

    Attributes:
        points: mine descending.
        true: whether both sides' own preferences made it.
        known: whether their offers say anything; True where it is the true one.
        reservation: mine.
        theirs_reservation: theirs, None where it is not known and 0 was taken.
        offers: how many of their offers it is from.
    """

    points: tuple[Point, ...]
    true: bool
    known: bool
    reservation: int
    theirs_reservation: int | None
    offers: int


def frontier(tables: Tables, name: str, other: str | None = None, keep: int | None = None) -> View:
    """Return the frontier of a line.

    Args:
        tables: of the vault.
        name: the line whose preferences are mine.
        other: the line whose preferences are the other side's, where the owner is between both.
        keep: the least utility that a point may have for me; all when None.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: preferences are missing.
        PreferencesRefused: they do not fit the agenda.
        NoneAcceptable: nothing is left.
    """
    line, table, mine = own_preferences(tables, name)
    if other is not None:
        return _true(mine, _other(tables, mine, other), keep)
    kept, model = modelled(line, table, mine.domain, mine)
    small = narrowed(mine, kept)
    front = estimated_frontier(small, model)
    marks = _marks(front.mine, np.round(front.theirs * 1000).astype(np.int64), small.reservation, 0)
    ends = [(float(front.theirs[at]), float(front.low[at]), float(front.high[at])) for at in range(len(front))]
    points = _points(small, front.mine, front.package, ends, marks, keep)
    return View(points, true=False, known=front.known, reservation=small.reservation, theirs_reservation=None,
                offers=model.count)  # fmt: skip


def _other(tables: Tables, mine: Preferences, other: str) -> Preferences:
    _, _, document = looked(tables, other)
    if document is None:
        raise InputRefused(f"there are no preferences for {other}", hint=f"backchannel prefs ask {other}")
    try:
        return read_preferences(document, mine.domain)
    except PreferencesRefused as error:
        raise PreferencesRefused(f"{other}: {error.detail}", hint="both lines need the same agenda") from error


def _true(mine: Preferences, theirs: Preferences, keep: int | None) -> View:
    front = joint_frontier(mine, theirs)
    marks = _marks(front.mine, front.theirs, mine.reservation, theirs.reservation)
    ends = [(float(each), float(each), float(each)) for each in front.theirs]
    points = _points(mine, front.mine, front.package, ends, marks, keep)
    return View(points, true=True, known=True, reservation=mine.reservation, theirs_reservation=theirs.reservation,
                offers=0)  # fmt: skip


def _marks(mine: Points, theirs: Points, own: int, others: int) -> dict[int, list[str]]:
    """Return which points are solutions.

    Max-min and equal gain compare the sides, so they look at shares of what each could gain above its reservation value
    on this frontier; as whole numbers over one denominator, so that nothing is rounded.
    """
    rational = [at for at in range(len(mine)) if mine[at] >= own and theirs[at] >= others]
    found: dict[int, list[str]] = {}
    if not rational:
        return found
    ours = np.array([int(each) - own for each in mine], dtype=object)
    rest = np.array([int(each) - others for each in theirs], dtype=object)
    most, most_rest = max(ours[rational]) or 1, max(rest[rational]) or 1
    shares = ours * most_rest, rest * most
    for name, index in (
        ("Nash", solutions.nash(ours, rest, (0, 0))),
        ("Kalai-Smorodinsky", solutions.kalai_smorodinsky(ours, rest, (0, 0))),
        ("max-min", solutions.max_min(*shares, (0, 0))),
        ("equal gain", solutions.equal_gain(*shares, (0, 0))),
    ):
        found.setdefault(index, []).append(name)
    return found


def _points(
    preferences: Preferences,
    mine: Points,
    package: Callable[[int], tuple[int, ...]],
    ends: list[tuple[float, float, float]],
    marks: dict[int, list[str]],
    keep: int | None,
) -> tuple[Point, ...]:
    points = tuple(
        Point(preferences.domain.named(package(at)), int(mine[at]), *ends[at], marks=tuple(marks.get(at, ())))
        for at in range(len(mine))
        if keep is None or mine[at] >= keep
    )
    if not points:
        raise NoneAcceptable(f"no package has {keep} for you")
    return points

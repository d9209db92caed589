from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backchannel.errors import NoneAcceptable, PointsRefused, PreferencesContradict, PreferencesRefused
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.links import Choice, Excludes, Together
from backchannel.insight.preferences import Mandate, Preferences, frontier_within, joint_frontier, reach
from backchannel.insight.scoring import CrossesRedLine, RuledOut, score
from tests.insight import brute
from tests.insight.prefs import DOMAIN, preferences

POINTS = ((0, 5), (0, 7))
SMALL = Domain((Issue("one", ("no", "yes")), Issue("two", ("no", "yes"))))


def small(**changes: Any) -> Any:
    return Preferences(**{"domain": SMALL, "points": POINTS, "weights": (1, 2), "reservation": 3, **changes})


def test_weighted_points() -> None:
    assert [row.tolist() for row in preferences().weighted()] == [[0, 6, 16], [9, 5, 0], [0, 12, 30]]


def test_the_figures_are_not_in_the_repr() -> None:
    assert repr(preferences()) == "<Preferences over 3 issues>"


def test_reach_is_what_every_package_says() -> None:
    mine = preferences()
    for partial in [(None, None, None), (2, None, None), (None, 0, None), (1, None, 2), (2, 1, 2), (2, 2, 0)]:
        values = []
        for package in brute.every_package(DOMAIN.sizes):
            if any(wanted is not None and wanted != option for wanted, option in zip(partial, package, strict=True)):
                continue
            crossed = [at for at, option in enumerate(package) if Choice(at, option) in mine.red_lines]
            extra = brute.linked_points(package, mine.links)
            if extra is not None and all(partial[at] is not None for at in crossed):
                values.append(brute.worth(mine.weighted(), package) + extra[0])
        assert reach(mine, partial) == (min(values), max(values))
    assert reach(mine, (2, 0, None)) is None


def test_the_frontier_keeps_within_red_lines_and_links() -> None:
    mine = preferences()
    theirs = [np.array(row) for row in ([5, 3, 0], [0, 4, 9], [9, 5, 0])]
    front = frontier_within(mine, theirs)
    reached: dict[int, Any] = {}
    for package in brute.every_package(DOMAIN.sizes):
        extra = brute.linked_points(package, mine.links)
        if extra is None or any(Choice(at, option) in mine.red_lines for at, option in enumerate(package)):
            continue
        utility = int(brute.worth([row.tolist() for row in mine.weighted()], package) + extra[0])
        reached[utility] = max(reached.get(utility, -1), brute.worth([row.tolist() for row in theirs], package))
    expected: list[Any] = []
    for utility in sorted(reached, reverse=True):
        if not expected or reached[utility] > expected[-1][1]:
            expected.append((utility, reached[utility]))
    assert list(zip(front.mine.tolist(), front.theirs.tolist(), strict=True)) == expected
    for index, (utility, _) in enumerate(expected):
        package = front.package(index)
        extra = brute.linked_points(package, mine.links)
        assert extra is not None
        assert brute.worth(mine.weighted(), package) + extra[0] == utility


@pytest.mark.parametrize(
    ("changes", "names"),
    [
        ({"red_lines": frozenset({Choice(0, 0), Choice(0, 1)})}, ["'one'", "red line"]),
        ({"reservation": 20}, ["20", "19"]),
        ({"reservation": 6, "red_lines": frozenset({Choice(1, 1)})}, ["6", "5"]),
        ({"reservation": 16, "links": (Excludes(Choice(0, 1), Choice(1, 1)),)}, ["16", "14"]),
        ({"mandate": Mandate(at_least=2)}, ["2", "3"]),
        ({"mandate": Mandate(at_least=20)}, ["20", "19"]),
        (
            {
                "red_lines": frozenset({Choice(0, 0), Choice(1, 0)}),
                "links": (Excludes(Choice(0, 1), Choice(1, 1)),),
            },
            ["no package"],
        ),
    ],
)
def test_contradictions_are_named(changes: Any, names: Any) -> None:
    with pytest.raises(PreferencesContradict) as caught:
        small(**changes)
    assert all(name in caught.value.detail for name in names)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"points": ((0,), (0, 7))}, PreferencesRefused),
        ({"weights": (1,)}, PreferencesRefused),
        ({"weights": (1, -1)}, PreferencesRefused),
        ({"points": ((0, 2**41), (0, 7))}, PreferencesRefused),
        ({"red_lines": frozenset({Choice(2, 0)})}, PreferencesRefused),
        ({"mandate": Mandate(frozenset({Choice(0, 2)}))}, PreferencesRefused),
        ({"links": (Together(Choice(0, 0), Choice(0, 1), 1, 0),)}, PointsRefused),
    ],
)
def test_what_does_not_fit_is_refused(changes: Any, error: Any) -> None:
    with pytest.raises(error):
        small(**changes)


@pytest.mark.parametrize(
    "issues",
    [(), (Issue("a", ("x",)), Issue("a", ("y",))), (Issue("a", ()),), (Issue("a", ("x", "x")),)],
)
def test_a_domain_that_cannot_be_told_apart_is_refused(issues: Any) -> None:
    with pytest.raises(PreferencesRefused):
        Domain(issues)


def test_names_and_packages() -> None:
    assert DOMAIN.partial({"days": "7"}) == (None, None, 2)
    assert DOMAIN.named((2, 1, 0)) == {"crossing": "both", "inspection": "joint", "days": "1"}
    for wrong in ({"days": "8"}, {"hours": "1"}):
        with pytest.raises(PreferencesRefused) as caught:
            DOMAIN.partial(wrong)
        assert next(iter(wrong.items()))[0] in caught.value.detail


def test_nothing_left_to_agree_on() -> None:
    with pytest.raises(NoneAcceptable):
        frontier_within(small(reservation=0), [np.array([1, 2]), np.array([3, 4])]).nash(reserve=(100, 0))


def test_a_mediator_sees_what_both_can_agree_to() -> None:
    north = preferences()
    south = preferences(
        reservation=0,
        mandate={},
        issues={
            "crossing": {"points": {"bridge": 9, "ferry": 4, "both": 1}, "red_lines": ["ferry"]},
            "inspection": {"weight": 2, "points": {"north": 0, "joint": 3, "south": 8}},
            "days": {"points": {"1": 6, "3": 5, "7": 0}},
        },
        links=[
            {"both": {"crossing": "both", "days": "7"}, "points": 7},
            {"not_both": {"crossing": "bridge", "days": "7"}},
        ],
    )
    front = joint_frontier(north, south)
    reached: dict[int, int] = {}
    for package in brute.every_package(DOMAIN.sizes):
        mine, theirs = (score(side, package) for side in (north, south))
        if any(isinstance(each, CrossesRedLine | RuledOut) for each in (*mine.crossings, *theirs.crossings)):
            continue
        reached[mine.low] = max(reached.get(mine.low, -(10**6)), theirs.low)
    expected: list[Any] = []
    for utility in sorted(reached, reverse=True):
        if not expected or reached[utility] > expected[-1][1]:
            expected.append((utility, reached[utility]))
    assert list(zip(front.mine.tolist(), front.theirs.tolist(), strict=True)) == expected
    for index, (a, b) in enumerate(expected):
        package = front.package(index)
        assert (score(north, package).low, score(south, package).low) == (a, b)


def test_a_mediator_needs_both_over_the_same_issues() -> None:
    with pytest.raises(PreferencesRefused):
        joint_frontier(preferences(), small())


def test_nothing_that_both_can_agree_to() -> None:
    one = small(reservation=0, red_lines=frozenset({Choice(0, 0)}))
    other = small(reservation=0, red_lines=frozenset({Choice(0, 1)}))
    with pytest.raises(NoneAcceptable):
        joint_frontier(one, other)

"""The agenda as insight counts it: which issues have options, how ranges are written short, how few values are kept."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.agenda_domain import (
    GRID,
    MOST_VALUES,
    chosen_of,
    domain_of,
    kept_values,
    narrowed,
    narrowed_package,
    written_range,
)
from backchannel.errors import InputRefused, PreferencesRefused
from backchannel.insight.domain import Domain
from backchannel.insight.domain import Issue as Counted
from backchannel.insight.links import Choice, Excludes, Together
from backchannel.insight.preferences import Mandate, Preferences
from backchannel.insight.scoring import score
from backchannel.table.issue import Issue, IssueType, Value
from backchannel.table.model import Table, Trace, Version

TITLE = {"en": "it"}
ORDER = Issue("order", TITLE, IssueType.CHOICE, options=("all at once", "in phases"))
DAYS = Issue("days", TITLE, IssueType.RANGE, least=0, most=10, step=5, unit="days")
WIDE = Issue("price", TITLE, IssueType.RANGE, least=0, most=MOST_VALUES, unit="")
NAMED = Issue("named", TITLE, IssueType.NAMES, most=3)
CLAUSE = Issue("words", TITLE, IssueType.CLAUSE)


def table_of(*issues: Issue) -> Table:
    trace = Trace(bytes(32), 0, 1, 0, 0)
    versions = {
        bytes([at]): Version(bytes([at]), bytes([at]), issue, b"", trace) for at, issue in enumerate(issues)
    }  # fmt: skip
    return Table(versions=versions, agenda={identity: identity for identity in versions})


def test_choices_and_ranges_have_options_and_the_rest_only_what_preferences_name() -> None:
    table = table_of(NAMED, ORDER, DAYS, WIDE, CLAUSE)
    assert domain_of(table) == Domain((Counted("order", ORDER.options), Counted("days", ("0", "5", "10"))))
    document = {"issues": {"named": {"points": {"A, B": 1, "A": 0}}, "price": {"points": {"0": 0, "99": 1}}}}
    assert [(issue.name, issue.options) for issue in domain_of(table, document).issues] == [
        ("named", ("A, B", "A")), ("order", ORDER.options), ("days", ("0", "5", "10")), ("price", ("0", "99")),
    ]  # fmt: skip
    with pytest.raises(InputRefused):
        domain_of(table_of(NAMED, CLAUSE))
    with pytest.raises(InputRefused):
        domain_of(Table())


def test_a_package_is_option_indices_and_open_where_a_value_has_none() -> None:
    table = table_of(NAMED, ORDER, DAYS)
    domain = domain_of(table, {"issues": {"named": {"points": {"A, B": 1}}}})
    package: dict[bytes, Value] = {bytes([0]): ("A", "B"), bytes([1]): "in phases", bytes([2]): 10}
    assert chosen_of(domain, table, package) == (0, 1, 2)
    assert chosen_of(domain, table, {**package, bytes([0]): ("B", "A")}) == (None, 1, 2)
    assert chosen_of(domain, table, {}) == (None, None, None)


@given(
    st.integers(-50, 50),
    st.integers(1, 60),
    st.integers(1, 7),
    st.lists(st.integers(-1000, 1000), min_size=2, max_size=4),
)
def test_points_between_lie_on_straight_lines(least: int, steps: int, step: int, given_points: list[int]) -> None:
    issue = Issue("days", TITLE, IssueType.RANGE, least=least, most=least + steps * step, step=step)
    places = sorted({round(at * steps / (len(given_points) - 1)) for at in range(len(given_points))})
    points = {str(least + place * step): value for place, value in zip(places, given_points, strict=False)}
    document = {"issues": {"days": {"points": points, "red_lines": [f"..{least}", f"{least + steps * step}.."]}}}
    found = written_range(table_of(issue), document)["issues"]["days"]
    assert list(found["points"]) == [str(value) for value in range(least, issue.most + 1, step)]
    assert points.items() <= found["points"].items()
    for low, high in itertools.pairwise(places):
        a, b = (points[str(least + place * step)] for place in (low, high))
        for place in range(low, high):
            exact = a + (b - a) * (place - low) / (high - low)
            assert abs(found["points"][str(least + place * step)] - exact) <= 0.5 + 1e-9
    assert found["red_lines"] == [str(least), str(issue.most)]
    assert document["issues"]["days"]["points"] is points, "what was given stays as it was"


def test_what_is_no_short_form_is_left_for_the_reader_to_refuse() -> None:
    table = table_of(DAYS)
    for points in ({"0": 1, "7": 2, "10": 3}, {"0": 1, "5": 2}, {"0": 1, "ten": 2}, {"0": "x", "10": 3}, [1]):
        document = {"issues": {"days": {"points": points}}}
        assert written_range(table, document) == document
    with pytest.raises(PreferencesRefused, match="days, red_lines"):
        written_range(table, {"issues": {"days": {"points": {}, "red_lines": ["few..many"]}}})


@settings(max_examples=25)
@given(st.data())
def test_what_is_kept_of_a_long_range_scores_as_before(data: st.DataObject) -> None:
    size = data.draw(st.integers(5 * GRID + 1, 400))
    domain = Domain((Counted("days", tuple(map(str, range(size)))), Counted("order", ORDER.options)))
    values = st.integers(-100, 100)
    days = tuple(data.draw(st.lists(values, min_size=size, max_size=size)))
    ends = (Choice(0, data.draw(st.integers(0, size - 1))), Choice(1, data.draw(st.integers(0, 1))))
    links = (Together(*ends, data.draw(values), 0), Excludes(Choice(0, (ends[0].option + 1) % size), Choice(1, 0)))
    red = frozenset(Choice(0, at) for at in data.draw(st.sets(st.integers(0, size - 1), max_size=size // 2)))
    outside = frozenset(Choice(0, at) for at in data.draw(st.sets(st.integers(0, size - 1), max_size=5)))
    preferences = Preferences(domain, (days, (3, 4)), (2, 1), -10_000, red, Mandate(outside), links)
    offered: tuple[int | None, ...] = (data.draw(st.integers(0, size - 1)), data.draw(st.sampled_from([0, 1, None])))
    kept = kept_values(domain, [offered], preferences)
    assert len(kept[0]) <= GRID + 1 + 3 + 2
    small = narrowed(preferences, kept)
    before, after = score(preferences, offered), score(small, narrowed_package(offered, kept))
    if None not in offered:
        assert (before.low, before.high) == (after.low, after.high)
    assert before.never == after.never
    assert len(before.crossings) == len(after.crossings)

"""Names that people type: read kindly, as long as only one thing can be meant."""

from __future__ import annotations

import pytest

from backchannel.errors import InputRefused, IssueUnknown, IssueValueRefused, TableUnknown
from backchannel.table.issue import Issue, IssueType
from backchannel.table.naming import find_issue, find_offer, value_of, version_named
from tests.table.world import NAMES, ORDER, PEOPLE, PLACE_ISSUE, at_table

PHASES = Issue("phases", {"en": "Phases"}, IssueType.CHOICE, options=("one", "two", "One for one", "3", "שלוש"))


@pytest.mark.parametrize(
    ("issue", "typed", "value"),
    [
        (PEOPLE, "7", 7),
        (PEOPLE, "٢٠", 20),
        (PEOPLE, " 0 ", 0),
        (ORDER, "in phases", "in phases"),
        (ORDER, "IN", "in phases"),
        (ORDER, "1", "all at once"),
        (PHASES, "3", "3"),
        (PHASES, "one", "one"),
        (PHASES, "one f", "One for one"),
        (PHASES, "5", "שלוש"),
        (PHASES, "של", "שלוש"),
        (NAMES, "A, B ,ג", ("A", "B", "ג")),
        (NAMES, ["A, B"], ("A, B",)),
        (PLACE_ISSUE, " at the bridge\n", " at the bridge\n"),
    ],
)
def test_values(issue: Issue, typed: str | list[str], value: object) -> None:
    assert value_of(issue, typed) == value


@pytest.mark.parametrize(
    ("issue", "typed"),
    [
        (PEOPLE, "101"), (PEOPLE, "-1"), (PEOPLE, "1.5"), (PEOPLE, ""), (PEOPLE, ["1"]), (ORDER, "3"), (ORDER, "0"),
        (ORDER, ""), (PHASES, "o"), (NAMES, "A,,B"), (NAMES, "A,A"), (NAMES, "A,B,C,D,E,F"), (NAMES, []),
        (PLACE_ISSUE, ""),
    ],
)  # fmt: skip
def test_values_that_are_refused(issue: Issue, typed: str | list[str]) -> None:
    with pytest.raises(IssueValueRefused):
        value_of(issue, typed)


def test_things_are_found_by_the_beginning_of_their_ids() -> None:
    world, (people, order) = at_table()
    offers = [world.offer(0, {people: at}) for at in range(17)]
    table = world.table
    assert find_issue(table, "PEOPLE").id == find_issue(table, people.hex()[:10]).id == people
    assert version_named(table, ["order", "people"]) == (order, people)
    assert find_offer(table, offers[3].hex()).trace.id == offers[3]
    assert find_offer(table, offers[3].hex()[:20].upper()).trace.id == offers[3]
    with pytest.raises(TableUnknown):
        find_offer(table, "")
    with pytest.raises(IssueUnknown):
        find_issue(table, "zz")
    start = next(one for one in "0123456789abcdef" if sum(offer.hex()[0] == one for offer in offers) > 1)
    with pytest.raises(InputRefused):
        find_offer(table, start)

"""Lists of names: reading cells, the life of rows, limits, freezing, differences."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from backchannel.errors import BackchannelError, LimitBroken, ListFrozen, ListRefused, MoveRefused
from backchannel.ledger.list_difference import difference
from backchannel.ledger.name_list import (
    LONGEST_CELL,
    MOST_ROWS,
    Limit,
    NameList,
    Row,
    freeze,
    made_key,
    move,
    propose,
    rows_from_cells,
    substitute,
)  # fmt: skip
from backchannel.ledger.row_life import FREEZING, GOING, NEXT, Stage

HEADED = [["Nr list of the north"], [], ["No", "Full name", "Category", "Born", "Notes", "else"]]


def test_a_table_with_a_heading_somewhere_at_its_top() -> None:
    rows = rows_from_cells([*HEADED, ["7", " Salim Karmi ", "wounded", "1970", "x", "y"], [], ["8", "سليم", "", ""]])
    assert rows == (Row("7", "Salim Karmi", "wounded", "1970", "x"), Row("8", "سليم"))


@pytest.mark.parametrize("heading", [["שם", "קטגוריה"], ["الاسم", "الفئة"], ["NAME", "Group"]])
def test_headings_in_three_languages(heading: list[str]) -> None:
    (row,) = rows_from_cells([heading, ["سليم كرمي", "a"]])
    assert (row.name, row.category, row.key) == ("سليم كرمي", "a", made_key("سليم كرمي", ""))


def test_a_made_key_does_not_depend_on_how_it_is_written() -> None:
    assert made_key("أحمد", "١٩٧٠") == made_key("احمد", "1970") != made_key("احمد", "1971")


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([["nobody"], ["here"]], "no column is headed"),
        ([["name"]], "no rows"),
        ([["name", "id"], ["  ", "1"], ["Salim", "2"]], "row 2 has no name"),
        ([["name", "id"], ["ـ", "1"]], "row 2 has no name"),
        ([["name"], ["Salim"], ["Nadir"], ["SALIM "]], "rows 2 and 4"),
        ([["name", "id"], ["Salim", "1"], ["Nadir", "1"]], "rows 2 and 3"),
        ([["name", "id"], ["أحمد", "1"], ["احمد", "2"]], "rows 2 and 3 are the same person"),
        ([["name"], ["x" * (LONGEST_CELL + 1)]], "row 2 has a cell"),
        ([["name"], *[[" ", "1"]] * 12], "and 2 more"),
        ([["name"]] * (MOST_ROWS + 1), "at most"),
    ],
)
def test_nobody_twice_and_nobody_unnamed(cells: list[list[str]], said: str) -> None:
    with pytest.raises(ListRefused, match=said):
        rows_from_cells(cells)


A, B, C = Row("a", "Salim", "wounded"), Row("b", "Nadir", "wounded"), Row("c", "Talal", "elderly")
LIMITS = (Limit("wounded", 1, 1), Limit("", 2, 2))


def agreed() -> NameList:
    names = propose(NameList(limits=LIMITS), (A, B, C))
    names = move(move(names, ["a"], Stage.AGREED), ["c"], Stage.AGREED)
    return move(names, ["b"], Stage.VETOED)


def test_from_proposed_to_confirmed() -> None:
    names = freeze(agreed())
    steps = [
        Stage.IDENTITY_CHECKED, Stage.PROOF_OF_LIFE, Stage.MEDICAL_CHECK, Stage.IN_CUSTODY, Stage.MEDICAL_CHECK,
        Stage.IN_CUSTODY, Stage.HANDED_OVER, Stage.CONFIRMED, Stage.FAMILY_TOLD,
    ]  # fmt: skip
    for stage in steps:
        names = move(names, ["a"], stage)
    assert names.rows["a"].stage is Stage.FAMILY_TOLD
    assert [row.key for row in names.going] == ["a", "c"]


def test_the_hash_is_of_who_goes_and_not_of_how_far_they_are() -> None:
    names = freeze(agreed())
    assert move(names, ["a"], Stage.IDENTITY_CHECKED).hash == names.hash
    other = substitute(agreed(), "a", Row("d", "Samir", "wounded"))
    assert move(other, ["d"], Stage.AGREED).hash != names.hash


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda names: move(names, ["b"], Stage.PROPOSED), ListFrozen),
        (lambda names: propose(names, (Row("d", "Samir"),)), ListFrozen),
        (lambda names: substitute(names, "a", Row("d", "Samir")), ListFrozen),
        (freeze, ListFrozen),
        (lambda names: move(names, ["a"], Stage.IN_CUSTODY), MoveRefused),
        (lambda names: move(names, ["b"], Stage.IDENTITY_CHECKED), MoveRefused),
        (lambda names: move(names, ["nobody"], Stage.CONFIRMED), ListRefused),
    ],
)
def test_a_frozen_list_stays_as_it_is(change: Callable[[NameList], NameList], error: type[BackchannelError]) -> None:
    with pytest.raises(error):
        change(freeze(agreed()))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda names: move(move(names, ["b"], Stage.PROPOSED), ["b"], Stage.AGREED), LimitBroken),
        (lambda names: move(names, ["a"], Stage.IDENTITY_CHECKED), MoveRefused),
        (lambda names: move(names, ["a"], Stage.SUBSTITUTED), MoveRefused),
        (lambda names: propose(names, (Row("a", "Somebody"),)), ListRefused),
        (lambda names: propose(names, (Row("d", "SALIM"),)), ListRefused),
        (lambda names: propose(names, (Row("d", " "),)), ListRefused),
        (lambda names: substitute(names, "a", Row("c", "Somebody")), ListRefused),
        (lambda names: substitute(substitute(names, "a", Row("d", "S")), "a", Row("e", "T")), MoveRefused),
        (lambda names: propose(substitute(names, "a", Row("d", "S")), (Row("a", "T"),)), ListRefused),
        (lambda names: freeze(move(names, ["c"], Stage.PROPOSED)), MoveRefused),
        (lambda names: freeze(move(move(names, ["c"], Stage.PROPOSED), ["c"], Stage.VETOED)), LimitBroken),
    ],
)
def test_what_is_refused_while_it_is_open(
    change: Callable[[NameList], NameList], error: type[BackchannelError]
) -> None:
    with pytest.raises(error):
        change(agreed())


def test_a_broken_limit_is_named() -> None:
    with pytest.raises(LimitBroken, match="wounded: at least 1, at most 1; there would be 2"):
        move(move(agreed(), ["b"], Stage.PROPOSED), ["b"], Stage.AGREED)


class Life(RuleBasedStateMachine):
    """Any sequence of moves: the table is the law, limits hold at every step, what is refused changes nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.names = propose(NameList(limits=(Limit("wounded", 0, 1),)), (A, B, C))
        self.at_freezing = b""

    @rule(key=st.sampled_from("abc"), stage=st.sampled_from(list(Stage)))
    def moved(self, key: str, stage: Stage) -> None:
        before = self.names
        try:
            self.names = move(before, [key], stage)
        except BackchannelError:
            assert self.names is before
            return
        assert stage in NEXT[before.rows[key].stage]
        assert (stage in FREEZING) != before.frozen

    @precondition(lambda self: not self.names.frozen)
    @rule()
    def frozen(self) -> None:
        try:
            self.names = freeze(self.names)
        except BackchannelError:
            return
        self.at_freezing = self.names.hash

    @invariant()
    def limits_hold(self) -> None:
        assert sum(row.category == "wounded" for row in self.names.going) <= 1
        assert not self.names.frozen or self.names.hash == self.at_freezing


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=20)
TestLife = Life.TestCase


def test_every_stage_can_be_reached_and_none_is_left_out() -> None:
    assert set(NEXT) == set(Stage)
    reached = {Stage.PROPOSED}
    while more := {after for stage in reached for after in NEXT[stage]} - reached:
        reached |= more
    assert reached == set(Stage)
    assert Stage.AGREED in GOING & FREEZING


def test_the_difference_of_two_versions() -> None:
    before = (A, B, C)
    after = (A, Row("b", "Nadir", "elderly"), Row("d", "طلال"))
    found = difference(before, after)
    assert (found.new, found.gone, found.same) == ((after[2],), (C,), 1)
    assert [(one.before, one.after) for one in found.changed] == [(B, after[1])]
    assert [(one.gone.key, one.new.key) for one in found.renamed] == [("c", "d")]


def test_nothing_changed() -> None:
    found = difference((A, B), (A, B))
    assert (found.new, found.gone, found.changed, found.same, found.renamed) == ((), (), (), 2, ())

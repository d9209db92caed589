"""Terms files begun from an agreed package: every template, every option, and what is refused until it is finished."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.app.deal_outline import (
    COUNTED,
    Agreed,
    draft_terms,
    left_to_say,
    outline_of,
    part_of,
    read_outline,
)
from backchannel.app.package_file import read_map
from backchannel.app.templates import read_template, template_names, template_source
from backchannel.app.terms_file import MARK, read_terms_file
from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, TermsRefused
from backchannel.ledger.deal import draft
from backchannel.ledger.listing import Listing, Listings
from backchannel.ledger.name_list import NameList, Row
from backchannel.ledger.row_life import Stage
from backchannel.ledger.terms import Clause, Terms, check_dates
from backchannel.table.issue import Issue, IssueType, Value

NOW = 1_900_000_000_000
SAID = {"due": "9d", "from": "1d", "to": "9d", "within": "24h", "size": "7", "by": "inviter"}
EMPTY = Listings()


def value_of(issue: Issue) -> st.SearchStrategy[Value]:
    match issue.type:
        case IssueType.CHOICE:
            return st.sampled_from(issue.options)
        case IssueType.RANGE:
            return st.integers(0, (issue.most - issue.least) // issue.step).map(
                lambda one: issue.least + one * issue.step
            )
        case IssueType.NAMES:
            return st.lists(st.sampled_from(["سليم", "נדיר", "Talal: the first", "#4"]), unique=True).map(tuple)
        case IssueType.CLAUSE:
            return st.sampled_from(
                ["all of it", "\x7f \ufeff\u200e\U000e0001", 'the "strip" \\ and\nthe road: {days}', "הכול"]
            )


@st.composite
def agreed_packages(draw: st.DrawFn) -> tuple[str, Agreed]:
    name = draw(st.sampled_from(template_names()))
    issues = read_template(name, template_source(name)).issues
    values = {issue.key: draw(value_of(issue)) for issue in issues}
    return name, Agreed(values, {issue.key: issue.unit for issue in issues if issue.unit})


def finished(text: str) -> str:
    """The draft with something said in the place of each mark."""
    return re.sub(
        rf'^(\s*(?:- )?(\w+): )"([^"]*){re.escape(MARK)}.*"$',
        lambda found: f'{found[1]}"{SAID.get(found[2], "something")}"',
        text,
        flags=re.MULTILINE,
    )


@given(agreed_packages(), st.booleans(), st.sampled_from(Role))
def test_a_finished_draft_of_every_template_makes_terms(
    package: tuple[str, Agreed], with_part: bool, role: Role
) -> None:
    name, agreed = package
    outline = outline_of(agreed)
    assert outline == read_outline(name)
    parts = part_of(outline, outline.roles[0], role) if with_part else {}
    text = draft_terms(agreed, outline, parts, EMPTY, ["en", "he"])
    if left_to_say(text):
        with pytest.raises(TermsRefused, match="still to be said"):
            read_terms_file(text.encode(), NOW)
    found = read_terms_file(finished(text).encode(), NOW)
    terms = Terms(found.title, bytes(32), found.sides, (Clause("a", "b"),), found.obligations)
    check_dates(terms, NOW // 1000)
    assert len(draft(terms, found.languages).texts) == 2
    if with_part:
        assert 'by: "???' not in text
        whose = {one.id: one.debtor for one in found.obligations}
        for one in outline.obligations:
            if one["by"] == outline.roles[0] and one["id"] in whose:
                assert whose[one["id"]] is role


def test_every_outline_speaks_of_its_template_alone() -> None:
    there = {path.name.removesuffix(".yaml") for path in files("backchannel.app").joinpath("outlines").iterdir()}
    assert there == set(template_names())
    for name in template_names():
        issues = {issue.key: issue for issue in read_template(name, template_source(name)).issues}
        outline = read_outline(name)
        assert {*outline.lists} <= set(issues)
        source = files("backchannel.app").joinpath("outlines", f"{name}.yaml").read_text("utf-8")
        assert set(re.findall(r"\{([a-z-]+)\}", source)) <= set(issues)
        assert {one["by"] for one in outline.obligations} <= {*outline.roles, "each"}
        for one in outline.obligations:
            for key, wanted in one.get("when", {}).items():
                assert (isinstance(wanted, str) and wanted in COUNTED) or set(wanted) <= set(issues[key].options), (
                    name,
                    one["id"],
                )
            ids = {each["id"] for each in outline.obligations}
            assert ids.issuperset(one["after"] if isinstance(one.get("after"), list) else {one.get("after", one["id"])})


EXCHANGE: Mapping[str, Value] = {
    "north-releases": 1000, "south-releases": 1, "first": "wounded and sick", "order": "in two phases", "days": 30,
    "signs-of-life": "none", "carrier": "a third state", "remains": "not part of this",
}  # fmt: skip


def drafted(**changes: Value) -> list[dict[str, object]]:
    agreed = Agreed({**EXCHANGE, **changes}, {})
    outline = outline_of(agreed)
    text = draft_terms(agreed, outline, part_of(outline, "south", Role.JOINER), EMPTY, ["en"])
    found = read_map(text.encode())["obligations"]
    assert isinstance(found, list)
    return found


def test_an_exchange_in_two_phases_has_four_steps_each_after_the_other() -> None:
    steps = {one["id"]: one for one in drafted(**{"south-releases": 2}) if "size" in one}
    assert list(steps) == ["north-1", "south-1", "north-2", "south-2"]
    assert [steps[name].get("after") for name in steps] == [None, "north-1", "south-1", "north-2"]
    assert [steps[name]["by"] for name in steps] == ["inviter", "joiner"] * 2
    assert "1000" in str(steps["north-1"]["what"])
    assert "a third state" in str(steps["north-1"]["what"])


def test_one_for_a_thousand_hands_over_the_one_between_the_phases() -> None:
    steps = {one["id"]: one.get("after") for one in drafted() if "size" in one}
    assert steps == {"north-1": None, "south-the-one": "north-1", "north-2": "south-the-one"}
    steps = {one["id"]: one.get("after") for one in drafted(order="in three phases") if "size" in one}
    assert steps == {"north-1": None, "south-the-one": "north-1", "north-2": "south-the-one", "north-3": "north-2"}


def test_what_was_not_agreed_makes_no_promise() -> None:
    names = {str(one["id"]) for one in drafted()}
    assert not any(name.startswith(("sign-of-life", "remains")) for name in names)
    assert {"sign-of-life-inviter", "remains-joiner"} <= {
        str(one["id"]) for one in drafted(**{"signs-of-life": "a letter", "remains": "after the living"})
    }
    steps = [one for one in drafted(**{"north-releases": 0, "south-releases": 9}) if "size" in one]
    assert [(one["id"], one.get("after")) for one in steps] == [("south-1", None), ("south-2", "south-1")]


def test_a_frozen_list_of_that_many_is_named() -> None:
    rows = {key: Row(key, key, stage=Stage.AGREED) for key in "ab"}
    two = Listing(NameList(MappingProxyType(rows), frozen=True), Role.INVITER)
    agreed = Agreed({**EXCHANGE, "north-releases": 2}, {})

    def lists(**found: Listing) -> object:
        text = draft_terms(agreed, outline_of(agreed), {}, Listings(MappingProxyType(found)), ["en"])
        return read_map(text.encode()).get("lists")

    assert lists(out=two) == {"north-releases": "out"}
    assert lists(out=two, more=two) == {"north-releases": "??? one of out, more"}
    assert lists(out=replace(two, names=replace(two.names, frozen=False))) is None


def test_where_no_template_fits_one_promise_is_to_be_said() -> None:
    agreed = Agreed({"price": 3, "colour": "blue"}, {"price": "cents"})
    assert outline_of(agreed) is None
    text = draft_terms(agreed, None, {}, EMPTY, ["en"])
    assert "#   price: 3 cents" in text
    assert left_to_say(text) == 3
    with pytest.raises(InputRefused):
        part_of(None, "north", Role.INVITER)
    with pytest.raises(InputRefused, match="captive-exchange"):
        read_outline("nothing")


def test_everything_that_is_left_is_named_at_once(tmp_path: Path) -> None:
    content = b"""
title: A
obligations:
- {id: first, by: Side A, what: "hands over ??? people", due: "???"}
- {by: Side B, what: waits, ceasefire: {from: 1d, to: "??? when", where: a, breach: b}}
"""
    with pytest.raises(TermsRefused, match="first: what; first: due; 2: ceasefire to"):
        read_terms_file(content, NOW)
    with pytest.raises(TermsRefused, match="and 8 more"):
        read_terms_file(("obligations: [" + ", ".join(['{what: "???"}'] * 20) + "]").encode(), NOW)

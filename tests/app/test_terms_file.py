"""Terms as people write them: every field, every template, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from backchannel.app.terms_file import WrittenTerms, read_terms_file
from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, TermsRefused
from backchannel.ledger.deal import draft
from backchannel.ledger.terms import Ceasefire, Clause, Moment, Obligation, Terms, check_dates

NOW = 1_900_000_000_000
HOUR = 3600
DEALS = Path(__file__).resolve().parents[2] / "examples" / "deals"
TRUCE = "{from: 1h, to: 2h, where: a, breach: b, report: c, attribution: d, answer: e}"


def test_every_field_is_taken() -> None:
    content = f"""
title: A title
languages: [he, ar]
sides: {{inviter: North, joiner: South}}
zone: Somewhere/North
lists: {{people: released}}
obligations:
- {{id: one, by: South, what: comes, due: "2030-03-17T20:46:40+03:00", within: 2d, evidence: a list, size: 3}}
- {{by: inviter, what: waits, after: one, ceasefire: {TRUCE}}}
"""
    truce = Ceasefire(
        Moment(NOW // 1000 + HOUR, 0, "Somewhere/North"), Moment(NOW // 1000 + 2 * HOUR, 0, "Somewhere/North"),
        "a", "b", "c", "d", "e",
    )  # fmt: skip
    due = Moment(NOW // 1000, 180, "Somewhere/North")
    assert read_terms_file(content.encode(), NOW) == WrittenTerms(
        "A title", ("he", "ar"), ("North", "South"), {"people": "released"},
        (
            Obligation("one", Role.JOINER, Role.INVITER, "comes", due, 172_800, "", "a list", 3),
            Obligation("2", Role.INVITER, Role.JOINER, "waits", after="one", ceasefire=truce),
        ),
    )  # fmt: skip


def test_a_time_without_a_name_of_its_zone_is_named_by_its_offset() -> None:
    content = b'obligations: [{by: Side A, what: x, due: "2030-01-01T00:00-03:30"}]'
    (one,) = read_terms_file(content, NOW).obligations
    assert one.due is not None
    assert (one.due.zone, one.due.offset) == ("UTC-03:30", -210)


@pytest.mark.parametrize("name", ["two-phase-exchange", "humanitarian-pause", "ceasefire"])
def test_a_template_makes_terms_in_every_language(name: str) -> None:
    found = read_terms_file((DEALS / f"{name}.yaml").read_bytes(), NOW)
    terms = Terms(found.title, bytes(32), found.sides, (Clause("a", "b"),), found.obligations)
    check_dates(terms, NOW // 1000)
    assert len(draft(terms, found.languages).texts) == 3
    assert {one.debtor for one in found.obligations} == set(Role)


@pytest.mark.parametrize(
    "content",
    [
        "who: x", "sides: x", "sides: {north: x}", "sides: {inviter: [x]}",
        "obligations: [{by: Side A, what: x, size: 99999999999}]", "obligations: x",
        "languages: en", "obligations: [x]",
        "obligations: [{by: Side C, what: x}]", "obligations: [{by: Side A}]",
        "obligations: [{by: Side A, what: x, size: -1}]", "obligations: [{by: Side A, what: x, size: a}]",
        "obligations: [{by: Side A, what: x, within: soon}]", "obligations: [{by: Side A, what: [x]}]",
        "obligations: [{by: Side A, what: x, ceasefire: {from: 1h}}]", "obligations: [{by: Side A, what: x, who: y}]",
    ],
)  # fmt: skip
def test_what_is_no_terms_is_refused(content: str) -> None:
    with pytest.raises(TermsRefused):
        read_terms_file(content.encode(), NOW)


@pytest.mark.parametrize("due", ["tomorrow", "2030-01-01T00:00"])
def test_a_time_without_a_zone_is_not_guessed_at(due: str) -> None:
    with pytest.raises(InputRefused):
        read_terms_file(f'obligations: [{{by: Side A, what: x, due: "{due}"}}]'.encode(), NOW)

"""Deals and promises by commands alone: two vaults from an agreed package to a signed, carried out and checked deal."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.trust_needed import PRIVATE
from backchannel.errors import (
    DealRefused,
    DealVoid,
    InputRefused,
    Malformed,
    MoveRefused,
    NotVerified,
    NotYoursToSay,
    TermsRefused,
)
from backchannel.vault.keyfile import read_key
from tests.cli.people import Done, Person
from tests.cli.terminal import Terminal
from tests.cli.test_backup import meet as meet_over_days
from tests.cli.test_table import agree_agenda, make, meet, verify
from tests.support.world import FastVault

TERMS = """
title: One for a thousand
languages: [en, he, ar]
sides: {inviter: Side A, joiner: צד ב}
zone: Somewhere/North
obligations:
- {id: first, by: Side A, what: hands over 550, due: 2d, evidence: the carrier's list, size: 550}
- {id: one, by: joiner, what: hands over one, within: 24h, after: first}
- id: quiet
  by: Side A
  what: holds its fire
  ceasefire: {from: 1h, to: 4d, where: the strip, breach: a shot, report: by phone, attribution: both, answer: none}
"""


@pytest.fixture
def agreed(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    ann, bob = pair
    verify(ann, bob)
    agree_agenda(ann, bob)
    offer = make(ann, "bob", "people=20", "order=in phases", "--condition", "الطريق مفتوح")
    bob.runs("sync")
    bob.runs("offer", "accept", "ann", offer)
    meet(ann, bob)
    return ann, bob


def written(person: Person, text: str = TERMS) -> str:
    file = person.home / "terms.yaml"
    file.write_text(text, "utf-8")
    return str(file)


def proposed(ann: Person, bob: Person, text: str = TERMS) -> str:
    found = ann.runs("deal", "propose", "bob", "--file", written(ann, text), "--json").value["deal"]
    bob.runs("sync")
    return str(found)


def signs(person: Person, line: str, deal: str) -> Done:
    digits = person.runs("deal", "show", line, deal, "--json").value["digits"]
    return person.runs("deal", "sign", line, deal[:8], "--hash", digits)


def signed(ann: Person, bob: Person, text: str = TERMS) -> str:
    deal = proposed(ann, bob, text)
    signs(ann, "bob", deal)
    bob.runs("sync")
    signs(bob, "ann", deal)
    meet(ann, bob)
    return deal


def deals(person: Person, line: str) -> dict[str, dict[str, Any]]:
    return {one["deal"]: one for one in person.runs("deal", "show", line, "--json").values}


def test_from_the_agreed_package_to_a_file_that_needs_no_vault(agreed: tuple[Person, Person], tmp_path: Path) -> None:
    ann, bob = agreed
    deal = proposed(ann, bob)
    shown = bob.runs("deal", "show", "ann", deal[:6])
    for part in (
        "20",
        "people",
        "in phases",
        "الطريق مفتوح",
        "hands over 550",
        "Somewhere/North",
        deal,
        "הסכם",
        "اتفاق",
    ):
        assert part in shown.out
    assert "void" in signs(ann, "bob", deal).err
    assert ann.tries("deal", "export", "bob", deal, "--to", str(tmp_path / "half")).code == DealVoid.exit_code
    bob.runs("sync")
    assert "in force" in signs(bob, "ann", deal).err
    meet(ann, bob)
    assert deals(ann, "bob")[deal]["text"] == deals(bob, "ann")[deal]["text"]
    file, paper = tmp_path / "deal.json", tmp_path / "deal.pdf"
    ann.runs("deal", "export", "bob", deal, "--to", str(file), "--pdf", str(paper))
    stranger = Person(tmp_path, "stranger")
    for each in (file, paper):
        found = stranger.runs("deal", "verify", str(each), "--json").value
        assert found["deal"] == deal
        assert [one["side"] for one in found["signed"]] == ["Side A", "צד ב"]
        assert "signed by both" in stranger.runs("deal", "verify", str(each), "--text").out
    assert not stranger.vault.exists()


def test_a_file_fails_on_any_changed_byte(agreed: tuple[Person, Person], tmp_path: Path) -> None:
    ann, bob = agreed
    deal = signed(ann, bob)
    file, paper = tmp_path / "deal.json", tmp_path / "deal.pdf"
    bob.runs("deal", "export", "ann", deal, "--to", str(file), "--pdf", str(paper))
    for each in (file, paper):
        whole = each.read_bytes()
        for at in [*range(0, len(whole), len(whole) // 40), len(whole) - 1]:
            changed = bytearray(whole)
            changed[at] ^= 1
            each.write_bytes(changed)
            assert bob.tries("deal", "verify", str(each)).code == Malformed.exit_code, at
        each.write_bytes(whole[:-1])
        assert bob.tries("deal", "verify", str(each)).code == Malformed.exit_code
        each.write_bytes(whole)
        bob.runs("deal", "verify", str(each))
    assert bob.tries("deal", "export", "ann", deal, "--to", str(file)).code != 0, "nothing is overwritten"


def test_promises_live_on_both_sides_and_the_trust_opens_on_its_events(agreed: tuple[Person, Person]) -> None:
    ann, bob = agreed
    signed(ann, bob)
    proof = ann.home / "list.csv"
    proof.write_text("550 names", "utf-8")
    before = ann.rows()
    assert ann.tries("promise", "confirm", "bob", "first", "--json").error["error"] == NotYoursToSay.code
    assert ann.tries("promise", "claim", "bob", "nothing", "--json").error["error"] == DealRefused.code
    assert bob.tries("promise", "claim", "ann", "one", "--json").error["error"] == MoveRefused.code
    assert ann.rows() == before
    ann.runs("promise", "claim", "bob", "first", "--evidence", str(proof), "--statement", "كلهم عبروا")
    bob.runs("sync")
    bob.runs("promise", "dispute", "ann", "first", "--statement", "two are missing")
    ann.runs("sync")
    said = ann.runs("promise", "list", "bob")
    assert "The two sides differ on first" in said.err
    assert "two are missing" in said.err
    first = next(one for one in ann.runs("promise", "list", "bob", "--json").values if one["promise"] == "first")
    assert first["differ"] is True
    assert first["views"]["creditor"]["statement"] == "two are missing"
    ann.runs("promise", "claim", "bob", "first", "--statement", "here they are")
    bob.runs("sync")
    bob.runs("promise", "confirm", "ann", "first")
    bob.runs("promise", "claim", "ann", "one")
    meet(ann, bob)
    assert ann.runs("promise", "confirm", "bob", "one", "--json").value["stands"] == "confirmed"
    record = ann.runs("trust", "bob", "--json").value
    assert (record["me"]["promised"]["count"], record["me"]["kept"]["size"]) == (2, 550)
    assert (record["them"]["kept"]["count"], record["them"]["kept"]["promises"][0]["promise"]) == (1, "one")
    ids = {event["id"] for event in ann.log("bob")}
    for whose in ("me", "them"):
        assert ids.issuperset(event for figure in ("promised", "kept") for event in record[whose][figure]["events"])
    opened = ann.runs("trust", "bob", "--open", "kept").out
    assert "two are missing" in opened
    assert "here they are" in opened
    assert "kept" in ann.runs("trust", "bob").out
    acts = [event["act"] for event in ann.runs("read", "bob", "--json", "--offline").values if event["act"]]
    assert any("proposed deal" in act and "3 promises" in act for act in acts)
    assert any("1 file as evidence" in act for act in acts)


def test_reminders_a_late_promise_and_a_calendar(agreed: tuple[Person, Person], tmp_path: Path) -> None:
    from icalendar import Calendar

    ann, bob = agreed
    signed(ann, bob)
    due = [one["promise"] for one in bob.runs("promise", "list", "ann", "--due", "3d", "--json").values]
    assert due == ["first"]
    file = tmp_path / "promises.ics"
    bob.runs("promise", "calendar", "ann", "--to", str(file))
    found = Calendar.from_ical(file.read_bytes())
    assert sorted(str(one["summary"]) for one in found.walk("VEVENT")) == [
        "[first] Side A: hands over 550", "[quiet] Side A: holds its fire",
    ]  # fmt: skip
    bob.years = 3 / 365
    (first,) = bob.runs("promise", "list", "ann", "--due", "0d", "--json").values
    assert (first["promise"], first["overdue"]) == ("first", True)
    assert bob.runs("trust", "ann", "--json").value["them"]["late"]["count"] == 1
    assert bob.runs("promise", "violated", "ann", "first", "--json").value["stands"] == "violated"
    assert bob.tries("promise", "list", "ann", "--due", "soon", "--json").error["error"] == InputRefused.code


def test_what_may_not_be_signed_is_refused_and_changes_nothing(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    assert ann.tries("deal", "propose", "bob", "--json").error["error"] == TermsRefused.code
    agree_agenda(ann, bob)
    offer = make(ann, "bob", "people=20", "order=in phases")
    bob.runs("sync")
    bob.runs("offer", "accept", "ann", offer)
    meet(ann, bob)
    early = TERMS.replace("due: 2d", "due: 2020-01-01T00:00+00:00")
    before = ann.rows()
    refused = ann.tries("deal", "propose", "bob", "--file", written(ann, early), "--json")
    assert refused.error["error"] == TermsRefused.code
    assert "before the deal" in refused.error["message"]
    for wrong in ("by: nobody", "by: joiner, who: x"):
        text = TERMS.replace("by: joiner", wrong)
        assert ann.tries("deal", "propose", "bob", "--file", written(ann, text), "--json").error["error"] == (
            TermsRefused.code
        )
    assert ann.rows() == before
    deal = proposed(ann, bob)
    digits = ann.runs("deal", "show", "bob", deal, "--json").value["digits"]
    before = ann.rows()
    sign = ("deal", "sign", "bob", deal)
    assert ann.tries(*sign, "--hash", digits, "--json").error["error"] == NotVerified.code
    assert ann.rows() == before
    verify(ann, bob)
    before = ann.rows()
    assert ann.tries(*sign, "--json").error["error"] == InputRefused.code
    other = digits[:-1] + str((int(digits[-1]) + 1) % 10)
    assert ann.tries(*sign, "--hash", other, "--json").error["error"] == DealRefused.code
    assert ann.tries("deal", "sign", "bob", "abcdef012", "--json").error["error"] == DealRefused.code
    assert ann.rows() == before
    ann.runs(*sign, "--hash", digits)
    before = ann.rows()
    assert ann.tries(*sign, "--hash", digits, "--json").error["error"] == DealRefused.code
    assert ann.rows() == before
    bob.runs("sync")
    bob.runs("deal", "withdraw", "ann", deal)
    meet(ann, bob)
    assert deals(ann, "bob")[deal]["status"] == "withdrawn"


def test_at_a_terminal_the_text_is_shown_and_the_first_digits_asked_for(agreed: tuple[Person, Person]) -> None:
    ann, bob = agreed
    deal = proposed(ann, bob, TERMS.replace("hands over 550", r'"hands \e[2J over"'))
    digits = bob.runs("deal", "show", "ann", deal, "--json").value["digits"]
    for typed in ("1" + digits[1:5] if digits[0] != "1" else "2" + digits[1:5], digits[:5]):
        terminal = Terminal(bob, "deal", "sign", "ann", deal[:8], "--offline")
        terminal.answers("first five digits", typed)
        code, shown = terminal.ends()
        assert code == (0 if typed == digits[:5] else InputRefused.exit_code)
        assert "الطريق مفتوح" in shown
        assert "‹U+001B›" in shown, "nothing that they wrote moves the cursor"
    meet(ann, bob)
    assert [one["by"] for one in deals(ann, "bob")[deal]["signed"]] == ["them"]


def test_a_guarantor_countersigns_and_a_later_deal_replaces(agreed: tuple[Person, Person], tmp_path: Path) -> None:
    ann, bob = agreed
    deal = signed(ann, bob)
    file, back, again = tmp_path / "deal.json", tmp_path / "back.json", tmp_path / "again.json"
    ann.runs("deal", "export", "bob", deal, "--to", str(file))
    third = Person(tmp_path, "third")
    found = third.runs("deal", "verify", str(file), "--json").value
    witness = ("deal", "witness", str(file), "--as", "guarantor", "--name", "A third state", "--to", str(back))
    assert third.tries(*witness, "--hash", "1" * 60, "--json").code != 0
    assert not back.exists()
    key = third.runs(*witness, "--hash", found["digits"]).out.strip()
    ann.runs("deal", "witnessed", "bob", str(back))
    bob.runs("sync")
    assert deals(bob, "ann")[deal]["witnesses"] == [{"name": "A third state", "capacity": "guarantor", "key": key}]
    assert ann.tries("deal", "witnessed", "bob", str(back)).code == DealRefused.exit_code
    bob.runs("deal", "export", "ann", deal, "--to", str(again))
    assert again.read_bytes() == back.read_bytes()
    later = TERMS.replace("title: One", "title: Later, one")
    after = bob.runs("deal", "amend", "ann", deal[:8], "--file", written(bob, later), "--json").value["deal"]
    ann.runs("sync")
    signs(ann, "bob", after)
    bob.runs("sync")
    signs(bob, "ann", after)
    meet(ann, bob)
    assert deals(ann, "bob")[deal]["amended_by"] == after
    assert deals(ann, "bob")[after]["amends"] == deal
    ann.runs("promise", "claim", "bob", "first")


def test_a_withdrawal_that_crosses_a_signature_waits_for_whoever_withdrew(agreed: tuple[Person, Person]) -> None:
    ann, bob = agreed
    deal = proposed(ann, bob)
    signs(ann, "bob", deal)
    bob.runs("sync")
    digits = bob.runs("deal", "show", "ann", deal, "--json").value["digits"]
    bob.runs("deal", "sign", "ann", deal, "--hash", digits, "--offline")
    ann.runs("deal", "withdraw", "bob", deal, "--offline")
    meet(ann, bob)
    assert deals(ann, "bob")[deal]["status"] == deals(bob, "ann")[deal]["status"] == "contested"
    assert bob.tries("deal", "uphold", "ann", deal).code == DealRefused.exit_code
    assert bob.tries("deal", "export", "ann", deal, "--to", str(bob.home / "f")).code == DealRefused.exit_code
    assert ann.runs("deal", "uphold", "bob", deal, "--json").value["status"] == "in force"
    bob.runs("sync")
    assert deals(bob, "ann")[deal]["in_force"] is True


def test_a_deal_survives_a_restore(agreed: tuple[Person, Person], tmp_path: Path) -> None:
    ann, bob = agreed
    deal = signed(ann, bob)
    before = ann.runs("deal", "show", "bob", "--json").values
    file = tmp_path / "backup"
    ann.runs("backup", str(file))
    shutil.rmtree(ann.vault)
    ann.runs("restore", str(file))
    meet_over_days(ann, bob)
    assert ann.runs("deal", "show", "bob", "--json").values == before
    ann.runs("deal", "export", "bob", deal, "--to", str(tmp_path / "after"))
    assert bob.runs("deal", "verify", str(tmp_path / "after"), "--json").value["deal"] == deal
    meet_over_days(ann, bob)
    ann.runs("promise", "claim", "bob", "first")
    bob.runs("sync")
    assert bob.runs("promise", "confirm", "ann", "first", "--json").value["stands"] == "confirmed"
    after = ann.runs("deal", "amend", "bob", deal, "--file", written(ann), "--json").value["deal"]
    unverified = ann.tries("deal", "sign", "bob", after, "--hash", after, "--json")
    assert unverified.error["error"] == NotVerified.code, "the keys are others now"


def test_the_trust_that_a_plan_needs_stands_beside_what_was_earned(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    vault = FastVault(ann.vault, read_key(ann.vault, ann.passphrase_file.read_text("utf-8").rstrip("\n")))
    moments = [{"when": "before all", "me": 0, "them": 0}, {"when": "I have given", "me": 0, "them": 70_000}]
    with vault.write() as transaction:
        kept = json.dumps({"trust": {"moments": moments}}).encode()
        transaction.save_private(transaction.line_named("bob").id, f"{PRIVATE}first", kept)
    vault.close()
    assert ann.runs("trust", "bob", "--plan", "first", "--json").value["needed"] == moments
    assert "70,000" in ann.runs("trust", "bob", "--plan", "first").out
    assert ann.tries("trust", "bob", "--plan", "second", "--json").error["error"] == InputRefused.code


def test_from_a_drafted_file_to_a_deal(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    verify(ann, bob)
    assert ann.tries("deal", "draft", "bob").code == TermsRefused.exit_code, "nothing is agreed"
    ann.runs("issue", "add", "bob", "--template", "pause-and-ceasefire")
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    meet(ann, bob)
    package = {
        "days": "4", "hours-notice": "12", "renewal": "it ends by itself", "area": "the strip", "stops": "all fire",
        "trucks": "100", "fuel": "0", "watching": "a third state", "breach": "it ends",
    }  # fmt: skip
    offer = make(ann, "bob", *(f"{key}={value}" for key, value in package.items()))
    bob.runs("sync")
    bob.runs("offer", "accept", "ann", offer)
    meet(ann, bob)
    file = ann.home / "draft.yaml"
    done = ann.runs("deal", "draft", "bob", "--as", "holder", "--to", str(file))
    assert "pause-and-ceasefire" in done.err
    text = file.read_text("utf-8")
    assert ann.runs("deal", "draft", "bob", "--as", "holder").out == text
    shown = ann.runs("deal", "draft", "bob", "--json").value
    assert (shown["template"], shown["parts"]) == ("pause-and-ceasefire", ["holder", "other"])
    assert ann.tries("deal", "draft", "bob", "--to", str(file)).code != 0, "nothing is overwritten"
    assert ann.tries("deal", "draft", "bob", "--as", "seller").code == InputRefused.exit_code
    before = ann.rows()
    refused = ann.tries("deal", "propose", "bob", "--file", str(file), "--json").error
    assert refused["error"] == TermsRefused.code
    assert "trucks: due" in str(refused)
    assert ann.rows() == before
    for key, said in {"from": "1d", "to": "5d", "due": "4d"}.items():
        text = re.sub(rf'( {key}: )"\?\?\?.*"', rf'\1"{said}"', text)
    file.write_text(text.replace("???", "as was said:"), "utf-8")
    deal = ann.runs("deal", "propose", "bob", "--file", str(file), "--json").value["deal"]
    said = re.sub("[\u2068\u2069]", "", ann.runs("deal", "show", "bob", deal, "--language", "en").out)
    assert "Side A owes Side B: lets 100 trucks with relief in each day" in said
    assert "the strip" in said
    assert "fuel: 0 litres" in said

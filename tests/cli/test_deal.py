"""Deals and promises by commands alone: two vaults from an agreed package to a signed, carried out and checked deal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

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
from tests.cli.people import Done, Person
from tests.cli.test_table import agree_agenda, make, meet, verify

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
  ceasefire: {from: 1h, to: 4d, where: the strip, breach: any shot, report: by telephone, attribution: both, answer: none}
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

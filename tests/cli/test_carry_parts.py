"""`carry` in parts: codes and pasted pieces in any order, over several runs, with how far it has come."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from backchannel.errors import ArmorDamaged, Malformed, Oversize, PartsMissing
from backchannel.wire.armor import _block, armor, dearmor
from backchannel.wire.parts import Kind, split
from tests.cli.people import Person

WORDS = "שלום. مساء الخير. " * 90


@pytest.fixture
def sheet(pair: tuple[Person, Person], home: Path) -> list[Path]:
    """The codes of one envelope of four parts, which ann has said and bob waits for."""
    ann, _ = pair
    folder = home / "sheet"
    folder.mkdir()
    ann.runs("say", "bob", WORDS, "--offline")
    ann.runs("carry", "out", "bob", str(folder), "--qr")
    pages = sorted(folder.iterdir())
    assert len(pages) == 4
    return pages


def test_codes_come_in_any_order_and_in_any_number_of_runs(pair: tuple[Person, Person], sheet: list[Path]) -> None:
    ann, bob = pair
    order = [*sheet, sheet[0]]
    random.Random(1).shuffle(order)
    came: set[Path] = set()
    for page in order:
        came.add(page)
        done = bob.tries("carry", "in", str(page), "--qr")
        if len(came) < len(sheet):
            assert done.code == PartsMissing.exit_code
            assert "have" in done.err
            assert "missing" in done.err
        else:
            break
    assert done.code == 0
    assert bob.texts("ann") == ann.texts("bob") == [WORDS]


def test_how_far_it_has_come_is_told(pair: tuple[Person, Person], sheet: list[Path]) -> None:
    _, bob = pair
    for at in (2, 0):
        done = bob.tries("carry", "in", str(sheet[at]), "--qr", "--json")
    assert done.value["waiting"] == [{"have": 2, "of": 4, "missing": [2, 4]}]
    assert done.value["events"] == 0
    assert done.error["error"] == PartsMissing.code
    assert "have 1, 3 of 4; missing 2, 4" in done.error["message"]
    assert "kept" in done.error["hint"]
    assert bob.log("ann") == []


def test_what_is_whole_is_taken_though_another_set_is_not(
    pair: tuple[Person, Person], sheet: list[Path], home: Path
) -> None:
    ann, bob = pair
    other = home / "other"
    other.mkdir()
    small = ann.runs("carry", "out", "bob", str(other), "--qr")
    assert "4 QR codes" in small.err
    for page in [*sheet[1:], sheet[0]]:
        page.rename(other / page.name)
    (other / sheet[2].name).unlink()
    done = bob.tries("carry", "in", str(other), "--qr", "--json")
    assert done.code == PartsMissing.exit_code
    assert (done.value["events"], done.value["opened"]) == (1, 1)
    assert bob.texts("ann") == [WORDS]
    assert len(done.value["waiting"]) == 1


def test_parts_can_be_let_go_of(pair: tuple[Person, Person], sheet: list[Path]) -> None:
    _, bob = pair
    bob.tries("carry", "in", str(sheet[0]), "--qr")
    assert "1 part let go of" in bob.runs("carry", "in", "--forget-parts").err
    assert "0 parts let go of" in bob.runs("carry", "in", "--forget-parts").err
    done = bob.tries("carry", "in", str(sheet[1]), "--qr", "--json")
    assert done.value["waiting"] == [{"have": 1, "of": 4, "missing": [1, 3, 4]}]


def test_pasted_pieces_come_one_by_one(pair: tuple[Person, Person]) -> None:
    """Through a chat that takes short messages only; a code of the same set fits in between."""
    ann, bob = pair
    ann.runs("say", "bob", WORDS, "--offline")
    (block,) = dearmor(ann.runs("carry", "out", "bob", "--text").out)
    pieces = armor(Kind.ENVELOPE, block.data, 900).split("\n\n-----BEGIN")
    pieces = [pieces[0], *("-----BEGIN" + piece for piece in pieces[1:])]
    for piece in pieces[:0:-1]:
        assert bob.tries("carry", "in", "--text", stdin=f"[12/03/2031, 10:15] Dana:\n{piece}").code == 9
    assert bob.runs("carry", "in", "--text", "--json", stdin=pieces[0]).value["waiting"] == []
    assert bob.texts("ann") == [WORDS]


def test_two_parts_that_contradict_change_nothing(pair: tuple[Person, Person]) -> None:
    _, bob = pair
    part, other = (split(Kind.ENVELOPE, bytes([fill]) * 1024, 512)[0] for fill in (1, 2))
    lying = replace(part, content=other.content)
    assert bob.tries("carry", "in", "--text", stdin=_block(part)).code == PartsMissing.exit_code
    before = bob.rows()
    done = bob.tries("carry", "in", "--text", "--json", stdin=_block(lying))
    assert done.error["error"] == ArmorDamaged.code
    assert bob.rows() == before


def test_half_an_invitation_is_not_kept(ann: Person, bob: Person) -> None:
    (block,) = dearmor(ann.runs("invite", "bob").out)
    half = armor(Kind.INVITATION, block.data, 800).split("\n\n-----BEGIN")[0]
    done = bob.tries("carry", "in", "--text", "--json", stdin=half)
    assert done.error["error"] == Malformed.code
    assert "0 parts" in bob.runs("carry", "in", "--forget-parts").err


def test_parts_without_end_are_not_kept(bob: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.app.parts.MOST_KEPT", 3)
    texts = [armor(Kind.ENVELOPE, bytes([at]) * 1024, 512).split("\n\n-----BEGIN")[0] for at in range(4)]
    for text in texts[:3]:
        assert bob.tries("carry", "in", "--text", stdin=text).code == PartsMissing.exit_code
    done = bob.tries("carry", "in", "--text", "--json", stdin=texts[3])
    assert done.error["error"] == Oversize.code
    assert "3 parts" in bob.runs("carry", "in", "--forget-parts").err


def test_carrying_out_says_how_much_is_left_and_how_long_it_takes(
    pair: tuple[Person, Person], home: Path, sheet: list[Path]
) -> None:
    ann, _ = pair
    ann.runs("say", "bob", "more", "--offline")
    done = ann.runs("carry", "out", "bob", str(home), "--qr", "--json")
    assert done.value == {"schema": 1, "line": "bob", "envelopes": 1, "unacknowledged": 2}
    assert "1 envelope in 4 QR codes: about 16 seconds, at 4 seconds a code" in done.err
    shown = ann.runs("carry", "out", "bob", "--qr")
    lefts = re.findall(r"QR code (\d) of 4(?:; left: about (\d+) seconds)?", shown.err)
    assert lefts == [("1", "12"), ("2", "8"), ("3", "4"), ("4", "")]
    assert "with 2 messages that they have not confirmed" in shown.err

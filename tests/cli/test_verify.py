"""`verify`: sixty digits, by voice."""

from __future__ import annotations

import re

import pytest

from backchannel.errors import DigitsDiffer, LineNotOpen, LineUnknown
from tests.cli.people import Person

INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
PERSIAN = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")


def digits_of(person: Person, line: str) -> str:
    return str(person.runs("verify", line, "--json").value["digits"])


def test_both_sides_are_shown_the_same_sixty_digits(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    one, other = ann.runs("verify", "bob"), bob.runs("verify", "ann")
    assert one.out == other.out
    rows = one.out.splitlines()
    assert [len(row.split()) for row in rows] == [4, 4, 4]
    assert all(re.fullmatch(r"(\d{5}  ){3}\d{5}", row) for row in rows)
    assert "".join(one.out.split()) == digits_of(ann, "bob")
    assert "Not verified yet." in one.err


def test_json_has_the_digits_and_the_day(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    value = ann.runs("verify", "bob", "--json").value
    assert set(value) == {"schema", "line", "digits", "verified"}
    assert re.fullmatch(r"\d{60}", value["digits"])
    assert value["verified"] is None
    value = ann.runs("verify", "bob", "--digits", value["digits"], "--json").value
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", value["verified"])


@pytest.mark.parametrize(
    "form",
    [
        "{}",
        " {} ",
        "grouped",
        "dashes",
        "indic",
        "persian",
        "marks",
        "wide",
    ],
)
def test_the_right_digits_as_people_type_them(pair: tuple[Person, Person], form: str) -> None:
    ann, bob = pair
    digits = digits_of(bob, "ann")
    groups = [digits[at : at + 5] for at in range(0, 60, 5)]
    typed = {
        "grouped": " ".join(groups),
        "dashes": "-".join(groups),
        "indic": " ".join(groups).translate(INDIC),
        "persian": digits.translate(PERSIAN),
        "marks": "\u2066" + "\u200f ".join(groups) + "\u2069\n",
        "wide": "".join(chr(0xFF10 + int(digit)) for digit in digits),
    }.get(form, form.format(digits))
    done = ann.runs("verify", "bob", "--digits", typed)
    assert not done.out
    assert "verified" in done.err
    assert ann.status("bob")["verified"] is not None
    assert bob.status("ann")["verified"] is None, "each side records what it has heard itself"
    assert "verified on 20" in ann.runs("lines").out
    assert "Verified on 20" in ann.runs("verify", "bob").err


@pytest.mark.parametrize("harm", ["last", "first", "swapped", "short", "long", "empty", "words"])
def test_wrong_or_incomplete_digits_record_nothing(pair: tuple[Person, Person], harm: str) -> None:
    ann, _ = pair
    digits = digits_of(ann, "bob")
    typed = {
        "last": digits[:-1] + str((int(digits[-1]) + 1) % 10),
        "first": str((int(digits[0]) + 1) % 10) + digits[1:],
        "swapped": digits[30:] + digits[:30],
        "short": digits[:-5],
        "long": digits + "0",
        "empty": "",
        "words": "yes they are the same",
    }[harm]
    done = ann.tries("verify", "bob", "--digits", typed, "--json")
    assert done.code == DigitsDiffer.exit_code == 8
    assert done.error["error"] == "digits-differ"
    assert not done.out
    if harm in ("short", "long", "empty", "words"):
        assert "of 60 digits" in done.error["message"]
    assert digits[:20] not in done.err
    assert typed[:20] not in done.err or not typed
    assert ann.status("bob")["verified"] is None


def test_wrong_digits_do_not_undo_a_verification(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    ann.runs("verify", "bob", "--digits", digits_of(ann, "bob"))
    assert ann.tries("verify", "bob", "--digits", "1" * 60).code == 8
    assert ann.status("bob")["verified"] is not None


def test_two_lines_have_two_numbers(ann: Person, bob: Person, relay: str) -> None:
    from tests.cli.people import open_line

    open_line(ann, bob, relay)
    text = ann.runs("invite", "bob again", "--relay", relay).out
    bob.runs("join", "ann again", "--text", "-", "--wait", "0", stdin=text)
    ann.runs("sync")
    bob.runs("sync")
    assert digits_of(ann, "bob") != digits_of(ann, "bob again")
    assert digits_of(ann, "bob again") == digits_of(bob, "ann again")


@pytest.mark.parametrize(("script", "word"), [("en", "groups"), ("he", "קבוצות"), ("ar", "مجموعة")])
def test_what_to_say_on_the_phone(pair: tuple[Person, Person], script: str, word: str) -> None:
    ann, _ = pair
    done = ann.runs("verify", "bob", "--script", script)
    assert word in done.err
    assert "verify bob" in done.err
    assert word not in done.out


def test_arabic_indic_digits_stand_one_group_under_the_other(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    rows = ann.runs("verify", "bob", "--arabic-indic").out.splitlines()
    assert [row.split()[0] for row in rows] == [f"{place}." for place in range(1, 13)]
    groups = [row.split()[1] for row in rows]
    assert all(group.startswith("\u2066") and group.endswith("\u2069") for group in groups)
    western = "".join(groups).translate({ord(indic): str(value) for value, indic in enumerate("٠١٢٣٤٥٦٧٨٩")})
    assert "".join(re.findall(r"\d", western)) == digits_of(ann, "bob")


def test_a_line_that_is_not_open_has_no_number(ann: Person, relay: str) -> None:
    ann.runs("invite", "bob", "--relay", relay)
    done = ann.tries("verify", "bob", "--json")
    assert done.code == LineNotOpen.exit_code == 5
    assert done.error["error"] == "line-not-open"
    assert ann.tries("verify", "nobody", "--json").error["error"] == LineUnknown.code


def test_verify_opens_the_line_if_the_other_side_is_there(ann: Person, bob: Person, relay: str) -> None:
    text = ann.runs("invite", "bob", "--relay", relay).out
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    digits = digits_of(ann, "bob")
    assert digits == digits_of(bob, "ann")

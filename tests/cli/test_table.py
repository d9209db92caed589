"""The table, by commands alone: two vaults from an empty agenda to an agreed package, and every way to be refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import (
    Contested,
    InputRefused,
    IssueUnknown,
    IssueValueRefused,
    NotVerified,
    OfferClosed,
    OfferExpired,
    Oversize,
    TableRefused,
    TableUnknown,
    WrongSide,
)
from tests.cli.people import Person

PACKAGE = (
    "north-releases=20", "south-releases=300", "named=A. North,ب. الجنوب", "first=wounded", "order=2", "days=٣٠",
    "signs-of-life=a letter", "carrier=a third", "remains=after",
)  # fmt: skip
BEFORE_1970 = "1969-12-31T00:00+00:00"


def verify(ann: Person, bob: Person) -> None:
    digits = ann.runs("verify", "bob", "--json").value["digits"]
    ann.runs("verify", "bob", "--digits", digits)
    bob.runs("verify", "ann", "--digits", digits)


def meet(ann: Person, bob: Person) -> None:
    for person in (ann, bob, ann):
        person.runs("sync")


def agree_agenda(ann: Person, bob: Person) -> None:
    """People and order are on the agenda, and both know it."""
    file = ann.home / "agenda.yaml"
    file.write_text(
        "issues:\n- {key: people, title: {en: People, ar: أشخاص}, type: range, least: 0, most: 100, unit: people}\n"
        "- {key: order, title: סדר, type: choice, options: [all at once, in phases]}\n",
        "utf-8",
    )
    ann.runs("issue", "add", "bob", "--file", str(file))
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    meet(ann, bob)


def show(person: Person, line: str, *options: str) -> dict[str, Any]:
    return person.runs("table", "show", line, "--json", *options).value


def make(person: Person, line: str, *arguments: str) -> str:
    return str(person.runs("offer", "make", line, *arguments, "--json").value["id"])


def statuses(person: Person, line: str) -> dict[str, str]:
    return {one["id"]: one["status"] for one in show(person, line)["offers"]}


@pytest.fixture
def table(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    agree_agenda(*pair)
    return pair


def test_from_a_template_to_an_agreed_package(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    verify(ann, bob)
    ann.runs("issue", "add", "bob", "--template", "captive-exchange")
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")
    first = make(ann, "bob", *PACKAGE, "--kind", "binding", "--until", "3d", "--condition", "הדרך פתוחה")
    bob.runs("sync")
    counter = bob.runs("offer", "counter", "ann", first[:6], "north-releases=25", "--kind", "binding").out.strip()
    ann.runs("sync")
    assert "whole package is agreed" in ann.runs("offer", "accept", "bob", counter).err
    bob.runs("sync")
    mine, theirs = show(ann, "bob"), show(bob, "ann")
    assert mine["agreed"]["package"] == theirs["agreed"]["package"]
    assert mine["agreed"]["offer"] == theirs["agreed"]["offer"]
    assert mine["agreed"]["offer"].startswith(counter)
    assert mine["agreed"]["binding"] is True
    assert mine["agreed"]["package"] == {
        "north-releases": 25, "south-releases": 300, "named": ["A. North", "ب. الجنوب"], "first": "wounded and sick",
        "order": "in two phases", "days": 30, "signs-of-life": "a letter", "carrier": "a third state",
        "remains": "after the living",
    }  # fmt: skip
    assert statuses(ann, "bob")[first] == "lapsed"
    assert mine["waiting"] == {
        "me": {"proposals": [], "offers": [], "settle": False, "text": []},
        "them": {"proposals": [], "offers": [], "settle": False, "text": []},
    }


def test_the_agenda_is_proposed_agreed_changed_and_closed(table: tuple[Person, Person]) -> None:
    ann, bob = table
    assert [one["key"] for one in show(ann, "bob")["agenda"]] == ["people", "order"]
    changed = bob.runs("issue", "change", "ann", "people", "--range", "0..50", "--title", "he=אנשים").out.strip()
    bob.runs("issue", "add", "ann", "place", "--clause", "--title", "Place", "--title", "ar=مكان")
    third = bob.runs("issue", "add", "ann", "who", "--names", "3").out.strip()
    ann.runs("sync")
    assert len(show(ann, "bob")["waiting"]["me"]["proposals"]) == 3
    assert ann.tries("issue", "agree", "bob", "--json").error["error"] == InputRefused.code
    ann.runs("issue", "agree", "bob", changed)
    ann.runs("issue", "decline", "bob", third)
    ann.runs("issue", "agree", "bob")
    bob.runs("sync")
    agenda = show(bob, "ann")["agenda"]
    assert [one["key"] for one in agenda] == ["people", "order", "place"]
    assert (agenda[0]["most"], agenda[0]["unit"], agenda[0]["title"]) == (50, "people", {"he": "אנשים"})
    assert {one["state"] for one in show(bob, "ann")["proposals"]} == {"agreed", "declined"}
    closing = bob.runs("issue", "close", "ann", "PLACE", "order").out.strip()
    ann.runs("sync")
    ann.runs("issue", "agree", "bob", closing)
    assert [one["key"] for one in show(ann, "bob")["agenda"]] == ["people"]


def test_a_feeler_is_accepted_provisionally_and_never_agreed(table: tuple[Person, Person]) -> None:
    ann, bob = table
    feeler = make(ann, "bob", "people=5", "order=all", "--kind", "feeler")
    bob.runs("sync")
    assert show(bob, "ann")["offers"][0]["handling"] == "for-you-alone"
    assert "not to be carried" in bob.runs("table", "show", "ann").out
    assert "Nothing" in bob.runs("offer", "accept", "ann", feeler).err.replace("nothing", "Nothing")
    ann.runs("sync")
    (offer,) = show(ann, "bob")["offers"]
    assert (offer["status"], set(offer["accepted_issues"])) == ("provisional", {"people", "order"})
    assert show(ann, "bob")["agreed"] is None


def test_an_offer_from_a_file_of_yaml_or_json(table: tuple[Person, Person]) -> None:
    ann, bob = table
    file = ann.home / "offer.yaml"
    file.write_text(
        "kind: proposal\nuntil: 2999-01-31T18:00+02:00\nconditions: [the road is open, الطريق مفتوح]\n"
        "handling: may-be-quoted\npackage:\n  people: 7\n  order: in phases\n",
        "utf-8",
    )
    first = make(ann, "bob", "--file", str(file))
    other = ann.home / "offer.json"
    other.write_text(json.dumps({"people": 9, "order": "all at once"}), "utf-8")
    second = make(ann, "bob", "--file", str(other), "people=10")
    bob.runs("sync")
    offers = {one["id"]: one for one in show(bob, "ann")["offers"]}
    assert offers[first]["package"] == {"people": 7, "order": "in phases"}
    assert offers[first]["conditions"] == ["the road is open", "الطريق مفتوح"]
    assert offers[first]["until"] == {"moment": "2999-01-31T16:00:00.000+00:00", "zone": 120}
    assert offers[first]["handling"] == "may-be-quoted"
    assert offers[second]["package"] == {"people": 10, "order": "all at once"}
    assert "2999-01-31 18:00 +0200" in bob.runs("table", "show", "ann").out


def test_crossed_acts_are_contested_on_both_sides_until_both_settle(table: tuple[Person, Person]) -> None:
    ann, bob = table
    offer = make(ann, "bob", "people=5", "order=all")
    bob.runs("sync")
    ann.runs("offer", "withdraw", "bob", offer, "--offline")
    bob.runs("offer", "accept", "ann", offer, "--offline")
    assert show(ann, "bob", "--offline")["offers"][0]["status"] == "withdrawn"
    assert show(bob, "ann", "--offline")["agreed"] is not None
    meet(ann, bob)
    mine, theirs = show(ann, "bob"), show(bob, "ann")
    assert mine["agreed"] is theirs["agreed"] is None
    assert mine["contested"]["offers"] == theirs["contested"]["offers"] == [offer]
    assert mine["waiting"]["me"]["settle"] is mine["waiting"]["them"]["settle"] is True
    out = ann.runs("table", "show", "bob").out
    assert "CONTESTED" in out
    assert f"you withdrew {offer[:8]}" in out
    assert f"they accepted {offer[:8]}" in out
    assert f"backchannel offer settle bob {offer[:8]} | none" in out
    other = make(ann, "bob", "people=6", "order=all")
    bob.runs("sync")
    assert bob.tries("offer", "accept", "ann", other, "--json").error["error"] == Contested.code
    assert "Said" in ann.runs("offer", "settle", "bob", offer).err
    bob.runs("sync")
    assert show(bob, "ann")["contested"]["words"] == {"them": offer}
    bob.runs("offer", "settle", "ann", "none")
    meet(ann, bob)
    assert "Settled" in bob.runs("offer", "settle", "ann", offer[:7]).err
    ann.runs("sync")
    for person, line in ((ann, "bob"), (bob, "ann")):
        state = show(person, line)
        assert state["contested"] is None
        assert state["agreed"]["offer"] == offer
        assert len(state["agreed"]["by"]) == 2


def test_the_one_text_from_brackets_to_two_times_yes(table: tuple[Person, Person]) -> None:
    ann, bob = table
    verify(ann, bob)
    file = ann.home / "text.txt"
    file.write_text("1. הצדדים נפגשים [mine: מחר] [theirs: غدا].\n\n2. Both sides stop.\n", "utf-8")
    ann.runs("text", "propose", "bob", "--file", str(file))
    bob.runs("sync")
    assert "[theirs: מחר] [mine: غدا]" in bob.runs("text", "show", "ann", "--json").value["text"]
    assert bob.tries("text", "decide", "ann", "yes", "--json").error["error"] == TableRefused.code
    bob.runs("text", "comment", "ann", "2", "متى؟")
    assert bob.tries("text", "comment", "ann", "3", "?", "--json").error["error"] == TableUnknown.code
    written = bob.runs("text", "show", "ann").out
    assert "Both sides stop." in written
    bob.runs("text", "propose", "ann", "--file", "-", stdin="הצדדים נפגשים בגשר.\n\nBoth sides stop at noon.\n")
    ann.runs("sync")
    difference = ann.runs("text", "diff", "bob", "--json").value["clauses"]
    assert [(one["older"], one["newer"]) for one in difference] == [(1, 1), (2, 2)]
    assert [piece for piece in difference[1]["pieces"] if piece["change"] != "kept"] == [
        {"change": "added", "text": " at noon"}
    ]
    assert "{+ at noon+}" in ann.runs("text", "diff", "bob", "1", "2").out
    assert "متى؟" in ann.runs("text", "show", "bob", "1").err
    assert ann.runs("text", "decide", "bob", "yes").err.startswith("Said")
    bob.runs("sync")
    assert "agreed" in bob.runs("text", "decide", "ann", "yes").err
    ann.runs("sync")
    for person, line in ((ann, "bob"), (bob, "ann")):
        text = show(person, line)["text"]
        assert [one["agreed"] for one in text["versions"]] == [False, True]
        assert text["agreed"] == text["newest"]
        assert "agreed: version 2" in person.runs("table", "show", line).out


def test_texts_that_were_written_side_by_side_are_both_there(table: tuple[Person, Person]) -> None:
    ann, bob = table
    ann.runs("text", "propose", "bob", "--file", "-", "--offline", stdin="They meet.")
    bob.runs("text", "propose", "ann", "--file", "-", "--offline", stdin="They talk.")
    meet(ann, bob)
    assert len(show(ann, "bob")["text"]["newest"]) == 2
    assert "side by side" in ann.runs("table", "show", "bob").out
    assert ann.tries("text", "show", "bob", "--json").error["error"] == TableUnknown.code
    assert ann.runs("text", "show", "bob", "2").out
    ann.runs("text", "propose", "bob", "--file", "-", stdin="They meet and talk.")
    bob.runs("sync")
    assert len(show(bob, "ann")["text"]["newest"]) == 1


def test_reading_says_each_act_in_one_sentence(table: tuple[Person, Person]) -> None:
    ann, bob = table
    offer = make(ann, "bob", "people=5", "order=in", "--condition", "rain")
    bob.runs("sync")
    bob.runs("offer", "reject", "ann", offer, "--reason", "לא\u202eעכשיו")
    other = make(bob, "ann", "people=6")
    ann.runs("sync")
    ann.runs("offer", "accept", "bob", other)
    bob.runs("sync")
    bob.runs("offer", "withdraw", "ann", other)
    out = ann.runs("read", "bob").out
    for sentence in (
        "for the agenda: add ⁨people⁩, add ⁨order⁩",
        "agreed to proposal",
        f"offered {offer[:8]}, a proposal: ",
        "only if ⁨rain⁩",
        f"rejected offer {offer[:8]}: ⁨לא",
        f"accepted, provisionally, ⁨people⁩ of offer {other[:8]}",
        f"withdrew offer {other[:8]}",
    ):
        assert sentence in out
    assert "cannot show" not in out
    assert "\u202e" not in out
    acts = [value["act"] for value in ann.runs("read", "bob", "--json").values]
    assert len(acts) == 7
    assert all(isinstance(act, str) for act in acts)


def test_what_they_wrote_keeps_its_own_direction(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    bob.runs("issue", "add", "ann", "מקום", "--clause", "--title", "\u202eevil\x1b[31m", "--title", "ar=مكان")
    ann.runs("sync")
    ann.runs("issue", "agree", "bob")
    out = ann.runs("table", "show", "bob", "--language", "ar").out
    assert "⁨מקום⁩" in out
    assert "⁨مكان⁩" in out
    english = ann.runs("table", "show", "bob").out
    assert "\u202e" not in english
    assert "\x1b" not in english
    ann.runs("offer", "make", "bob", "מקום=על הגשר\nבצהריים")
    assert "⁨על הגשר ⏎ בצהריים⁩" in ann.runs("table", "show", "bob").out


def test_the_templates_are_listed_and_can_be_copied(ann: Person) -> None:
    values = ann.runs("issue", "templates", "--json").values
    assert {value["template"] for value in values} == {
        "access", "captive-exchange", "commercial", "labour", "pause-and-ceasefire", "prisoner-visit",
    }  # fmt: skip
    for value in values:
        assert set(value["title"]) == {"en", "he", "ar"}
        assert all(set(one["title"]) == {"en", "he", "ar"} for one in value["issues"])
        assert value["template"] in ann.runs("issue", "templates").out
        assert "issues:" in ann.runs("issue", "templates", value["template"]).out
    assert ann.tries("issue", "templates", "peace").code == InputRefused.exit_code


def test_every_template_can_be_proposed(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    for value in ann.runs("issue", "templates", "--json").values:
        ann.runs("issue", "add", "bob", "--template", value["template"], "--offline")
    assert len(show(ann, "bob", "--offline")["proposals"]) == 6


# --- what is refused, and changes nothing -----------------------------------------------------------------------------


def refused(person: Person, code: str, *arguments: str, stdin: str = "") -> None:
    """It ends in one clear error, and there is no event more."""
    before = len(person.log("bob" if person.name == "ann" else "ann"))
    done = person.tries(*arguments, "--json", stdin=stdin)
    assert done.error["error"] == code, (arguments, done.err)
    assert done.code != 0
    assert done.out == ""
    assert len(person.log("bob" if person.name == "ann" else "ann")) == before


def test_bad_offers(table: tuple[Person, Person]) -> None:
    ann, bob = table
    for code, words in (
        (IssueUnknown.code, ["place=here"]),
        (IssueValueRefused.code, ["order=soon"]),
        (IssueValueRefused.code, ["order=3"]),
        (IssueValueRefused.code, ["people=101"]),
        (IssueValueRefused.code, ["people=many"]),
        (IssueValueRefused.code, ["people="]),
        (InputRefused.code, ["people"]),
        (InputRefused.code, ["people=1", "people=2"]),
        (InputRefused.code, ["people=1", "PEOPLE=2"]),
        (InputRefused.code, []),
        (InputRefused.code, ["people=1", "--until", "2999-01-01T00:00"]),
        (InputRefused.code, ["people=1", "--until", "soon"]),
        (InputRefused.code, ["people=1", "--kind", "feeler", "--handling", "official"]),
        (OfferExpired.code, ["people=1", "--until", "1999-01-01T00:00+02:00"]),
        (InputRefused.code, ["people=1", "--until", BEFORE_1970]),
        (NotVerified.code, ["people=1", "--kind", "binding"]),
        (Oversize.code, ["people=1", *[part for at in range(31) for part in ("--condition", f"{at}" + "ש" * 1998)]]),
    ):
        refused(ann, code, "offer", "make", "bob", *words)
    offer = make(ann, "bob", "people=5", "order=all", "--until", "1h")
    part = make(ann, "bob", "people=5")
    bob.runs("sync")
    for code, words in (
        (WrongSide.code, ["accept", "bob", offer]),
        (WrongSide.code, ["reject", "bob", offer]),
        (TableUnknown.code, ["accept", "bob", "ffffffff"]),
        (TableUnknown.code, ["counter", "bob", "not hex", "people=1"]),
        (TableRefused.code, ["settle", "bob", "none"]),
        (TableRefused.code, ["settle", "bob", offer]),
    ):
        refused(ann, code, "offer", *words)
    refused(bob, WrongSide.code, "offer", "withdraw", "ann", offer)
    refused(bob, TableUnknown.code, "offer", "accept", "ann", "")
    refused(bob, IssueUnknown.code, "offer", "accept", "ann", part, "--issue", "order")
    bob.years = 1
    refused(bob, OfferExpired.code, "offer", "accept", "ann", offer)
    bob.years = 0
    bob.runs("offer", "reject", "ann", offer)
    refused(bob, OfferClosed.code, "offer", "accept", "ann", offer)


def test_an_offer_on_an_issue_that_was_closed(table: tuple[Person, Person]) -> None:
    ann, bob = table
    offer = make(ann, "bob", "people=5", "order=all")
    bob.runs("sync")
    closing = bob.runs("issue", "close", "ann", "order").out.strip()
    refused(bob, WrongSide.code, "issue", "agree", "ann", closing)
    meet(ann, bob)
    ann.runs("issue", "agree", "bob", closing)
    bob.runs("sync")
    assert statuses(bob, "ann")[offer] == "overtaken"
    refused(ann, IssueUnknown.code, "offer", "make", "bob", "order=all")
    refused(bob, TableRefused.code, "issue", "decline", "ann", closing)
    refused(bob, TableUnknown.code, "issue", "agree", "ann", "ffff")


def test_an_offer_that_leaves_issues_open_is_only_provisional(table: tuple[Person, Person]) -> None:
    ann, bob = table
    part = make(ann, "bob", "people=5")
    bob.runs("sync")
    assert "provisionally" in bob.runs("offer", "accept", "ann", part).err
    ann.runs("sync")
    assert show(ann, "bob")["agreed"] is None
    assert TableRefused.exit_code == 9


MALFORMED = (
    (b"package: [people: 1", InputRefused.code),
    (b"\xff\xfe", InputRefused.code),
    (b"just words", InputRefused.code),
    (b"- a\n- b\n", InputRefused.code),
    (b"people: 1\npeople: 2\n", InputRefused.code),
    (b"people: &a [b]\norder: *a\n", InputRefused.code),
    (b"people: {a: b}\n", InputRefused.code),
    (b"package: {people: 1}\nprice: 2\n", InputRefused.code),
    (b"package: {people: 1}\nkind: kind\n", InputRefused.code),
    (b"package: {people: 1}\nconditions: rain\n", InputRefused.code),
    (b"package: {people: !!python/object:os.system x}\n", IssueValueRefused.code),
    (b"? [a]\n: b\n", InputRefused.code),
    (b"[" * 5000, InputRefused.code),
    (b"people: no\n", IssueValueRefused.code),
    (b"people: [1, 2]\n", IssueValueRefused.code),
    (b"place: here\n", IssueUnknown.code),
    (b"", InputRefused.code),
    (b"people: " + b"1" * 300_000, InputRefused.code),
)


def test_malformed_files(table: tuple[Person, Person]) -> None:
    ann, _ = table
    file = ann.home / "offer.yaml"
    for content, code in MALFORMED:
        file.write_bytes(content)
        refused(ann, code, "offer", "make", "bob", "--file", str(file))


def test_bad_issues(table: tuple[Person, Person], tmp_path: Path) -> None:
    ann, _ = table
    for words in (
        ["two words", "--clause"],
        ["range", "--range", "9..1"],
        ["range", "--range", "many"],
        ["range", "--range", f"0..{2**53}"],
        ["choice", "--choice", "only"],
        ["choice", "--choice", "a", "--choice", "a"],
        ["k" * 41, "--clause"],
        ["names", "--names", "5000"],
        ["title", "--clause", "--title", "he=א", "--title", "he=ב"],
        ["--template", "peace"],
    ):
        refused(ann, InputRefused.code, "issue", "add", "bob", *words)
    refused(ann, TableRefused.code, "issue", "add", "bob", "People", "--clause")
    refused(ann, IssueUnknown.code, "issue", "change", "bob", "place", "--clause")
    refused(ann, InputRefused.code, "issue", "change", "bob", "people", "--unit", "people")
    refused(ann, IssueUnknown.code, "issue", "close", "bob", "place")
    for words in (
        ["x"],
        ["x", "--clause", "--names", "3"],
        ["x", "--clause", "--unit", "days"],
        [],
        ["x", "--template", "access"],
    ):
        assert ann.tries("issue", "add", "bob", *words).code == 2
    file = tmp_path / "agenda.yaml"
    for content in ("issues: []", "issues: [x]", "issues:\n- {key: a, type: range, least: x, title: A}", "key: x"):
        file.write_text(content, "utf-8")
        refused(ann, InputRefused.code, "issue", "add", "bob", "--file", str(file))


def test_bad_texts(table: tuple[Person, Person]) -> None:
    ann, bob = table
    refused(ann, TableUnknown.code, "text", "decide", "bob", "no")
    refused(ann, TableUnknown.code, "text", "diff", "bob")
    for content in ("", "one [two", "one ]two", "a [[b]]", "a [ ]", "x" * 8001):
        refused(ann, InputRefused.code, "text", "propose", "bob", "--file", "-", stdin=content)
    ann.runs("text", "propose", "bob", "--file", "-", stdin="They meet.")
    refused(ann, NotVerified.code, "text", "decide", "bob", "yes")
    refused(ann, TableUnknown.code, "text", "comment", "bob", "2", "why?")
    refused(ann, TableUnknown.code, "text", "decide", "bob", "no", "--version", "9")
    bob.runs("sync")
    ann.runs("text", "decide", "bob", "no")
    refused(ann, TableRefused.code, "text", "decide", "bob", "no")


def test_the_beginning_of_an_id_must_be_of_one_thing(table: tuple[Person, Person]) -> None:
    ann, _ = table
    ids = [make(ann, "bob", f"people={at}", "--offline") for at in range(17)]
    first = next(start for start in "0123456789abcdef" if sum(one.startswith(start) for one in ids) > 1)
    refused(ann, InputRefused.code, "offer", "withdraw", "bob", first)
    ann.runs("offer", "withdraw", "bob", ids[0])
    assert statuses(ann, "bob")[ids[0]] == "withdrawn"


def test_a_table_on_a_line_that_is_not_there(ann: Person) -> None:
    for words in (["table", "show"], ["offer", "make"], ["issue", "agree"], ["text", "show"], ["text", "diff"]):
        assert ann.tries(*words, "bob", *(["a=1"] if words[0] == "offer" else [])).code == 5

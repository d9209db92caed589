"""Carrying, questions and mandates by commands alone: a go-between with a line to each side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import BeyondMandate, CarryRefused, EventUnknown, InputRefused, LineUnknown, MandateUnknown
from tests.cli.people import Done, Person

Three = tuple[Person, Person, Person]
MANDATE = "limits: {people: {least: 5, most: 20}, order: {options: [in phases]}}\nuntil: 3d\nbinding: yes\n"


@pytest.fixture
def three(home: Path, ann: Person, bob: Person, relay: str) -> Three:
    """Ann, the mediator Mia, and Bob: Mia calls her lines `ann` and `bob`; each side calls its line `mia`."""
    mia = Person(home, "mia")
    mia.runs("init")
    for side in (ann, bob):
        invitation = home / "invitation.txt"
        mia.runs("invite", side.name, "--relay", relay, "--file", str(invitation))
        side.runs("join", "mia", "--file", str(invitation), "--wait", "0")
        invitation.unlink()
        meet_mia(mia, side)
    return ann, mia, bob


def meet_mia(mia: Person, *sides: Person) -> None:
    for person in (mia, *sides, mia):
        person.runs("sync")


def last(person: Person, line: str) -> dict[str, Any]:
    return person.runs("read", line, "--json").values[-1]


def refused(done: Done, error: type[Exception]) -> None:
    assert done.code != 0
    assert done.error["error"] == getattr(error, "code")  # noqa: B009  (each of ours has one)


def test_read_shows_the_mark(three: Three) -> None:
    ann, mia, _ = three
    for mark in ("for-you-alone", "may-be-conveyed", "may-be-quoted", "official"):
        ann.runs("say", "mia", "some words", "--handling", mark)
        assert last(mia, "ann")["handling"] == mark
    assert "(official)" in mia.runs("read", "ann", "--offline").out


@pytest.mark.parametrize(
    ("mark", "allowed"),
    [
        ("for-you-alone", {"own"}),
        ("may-be-conveyed", {"own", "paraphrase"}),
        ("may-be-quoted", {"own", "paraphrase", "verbatim"}),
        ("official", {"own", "paraphrase", "verbatim", "named"}),
    ],
)
def test_no_more_is_carried_than_the_mark_allows(three: Three, mark: str, allowed: set[str]) -> None:
    ann, mia, bob = three
    ann.runs("say", "mia", "the words themselves", "--handling", mark)
    event = last(mia, "ann")["id"]
    ways = {
        "own": ("mine", "--as", "own"),
        "paraphrase": ("like it", "--as", "paraphrase"),
        "verbatim": ("--as", "verbatim"),
        "named": ("--as", "verbatim", "--from", "Office of the north"),
    }
    for way, options in ways.items():
        before = len(mia.log("bob"))
        done = mia.tries("carry", event[:12], *options, "--to", "bob", "--json")
        if way not in allowed:
            refused(done, CarryRefused)
            assert len(mia.log("bob")) == before
            continue
        assert done.value["origin"] == {"line": "ann", "id": event, "number": 1}
        got = last(bob, "mia")
        assert got["id"] == done.value["id"]
        assert got["text"] == {"own": "mine", "paraphrase": "like it"}.get(way, "the words themselves")
        named = "Office of the north" if way == "named" else None
        manner = "verbatim" if way == "named" else way
        assert got["carried"] == (None if way == "own" else {"as": manner, "from": named})
    assert event not in str(bob.rows()), "where it came from never leaves the go-between's vault"
    assert bytes.fromhex(event) not in b"".join(
        value for row in bob.rows() for value in row if isinstance(value, bytes)
    )


def test_what_cannot_be_carried_changes_nothing(three: Three) -> None:
    ann, mia, bob = three
    ann.runs("say", "mia", "official words", "--handling", "may-be-quoted")
    bob.runs("sync")
    mia.runs("sync")
    mia.runs("say", "ann", "mine")
    before = mia.log("ann"), mia.log("bob")
    quote = ("--as", "verbatim", "--json")
    refused(mia.tries("carry", "ann:1", "--to", "ann", *quote), CarryRefused)
    refused(mia.tries("carry", "ann:99", "--to", "bob", *quote), EventUnknown)
    refused(mia.tries("carry", "ann:x", "--to", "bob", *quote), EventUnknown)
    refused(mia.tries("carry", "abc", "--to", "bob", *quote), EventUnknown)
    refused(mia.tries("carry", "f" * 64, "--to", "bob", *quote), EventUnknown)
    refused(mia.tries("carry", "ann:1", "--to", "nobody", *quote), LineUnknown)
    refused(mia.tries("carry", "nobody:1", "--to", "bob", *quote), LineUnknown)
    refused(mia.tries("carry", "ann:1", "words", "--to", "bob", *quote), InputRefused)
    refused(mia.tries("carry", "ann:1", "--to", "bob", "--as", "paraphrase", "--json"), InputRefused)
    refused(mia.tries("carry", "ann:1", " ", "--to", "bob", "--as", "own", "--json"), InputRefused)
    refused(mia.tries("carry", "ann:1", "--to", "bob", *quote, "--handling", "official"), CarryRefused)
    own = mia.log("ann")[-1]["id"]
    refused(mia.tries("carry", own, "--to", "bob", *quote), CarryRefused)
    assert (mia.log("ann"), mia.log("bob")) == before


def test_a_paraphrase_never_becomes_verbatim(three: Three) -> None:
    ann, mia, bob = three
    ann.runs("say", "mia", "words", "--handling", "may-be-quoted")
    mia.runs("sync")
    mia.runs("carry", "ann:1", "about this", "--to", "bob", "--as", "paraphrase", "--handling", "may-be-quoted")
    bob.runs("sync")
    carol = Person(ann.home, "carol")
    carol.runs("init")
    file = ann.home / "carol.txt"
    bob.runs("invite", "carol", "--file", str(file))
    refused(bob.tries("carry", "mia:1", "--to", "carol", "--as", "verbatim", "--offline", "--json"), CarryRefused)
    bob.runs("carry", "mia:1", "they say so", "--to", "carol", "--as", "paraphrase", "--offline")


def test_envelopes_are_still_carried_by_hand(three: Three, tmp_path: Path) -> None:
    ann, _, _ = three
    ann.runs("say", "mia", "by hand", "--offline")
    assert ann.runs("carry", "out", "mia", str(tmp_path), "--json").value["envelopes"] == 1


def test_a_question_goes_over_and_its_answer_comes_back(three: Three) -> None:
    ann, mia, bob = three

    def standing(*name: str) -> list[str]:
        return [one["standing"] for one in mia.runs("questions", *name, "--json").values]

    ann.runs("say", "mia", "How many?", "--question", "--handling", "may-be-quoted")
    mia.runs("sync")
    assert standing() == ["still open"]
    mia.runs("carry", "ann:1", "--to", "bob", "--as", "verbatim")
    assert standing() == standing("bob") == ["carried, still open"]
    asked = last(bob, "mia")
    assert asked["question"] is True
    bob.runs("say", "mia", "Twelve.", "--answers", asked["id"][:10], "--handling", "may-be-conveyed")
    mia.runs("sync")
    assert standing() == ["answered there, not brought back"]
    mia.runs("carry", "bob:1", "They say twelve.", "--to", "ann", "--as", "paraphrase")
    assert standing("ann") == ["answered"]
    answer = last(ann, "mia")
    assert answer["answers"] == ann.log("mia")[0]["id"]
    assert [one["standing"] for one in ann.runs("questions", "--json").values] == ["answered"]
    assert "answered on bob" in mia.runs("questions").out
    refused(ann.tries("say", "mia", "x", "--answers", "ffffffff", "--json"), EventUnknown)


def test_an_offer_is_carried_under_its_mark(three: Three) -> None:
    ann, mia, bob = three
    agree_with_mia(mia, ann)
    ann.runs("offer", "make", "mia", "people=12", "order=2", "--handling", "may-be-quoted")
    offer = last(mia, "ann")["id"]
    mia.runs("carry", offer, "--to", "bob", "--as", "verbatim")
    assert last(bob, "mia")["text"] == "people: 12 people; order: in phases (proposal)"
    ann.runs("offer", "make", "mia", "people=13", "--kind", "feeler")
    feeler = last(mia, "ann")["id"]
    refused(mia.tries("carry", feeler, "x", "--to", "bob", "--as", "paraphrase", "--json"), CarryRefused)


def agree_with_mia(mia: Person, side: Person) -> None:
    file = mia.home / "agenda.yaml"
    file.write_text(
        "issues:\n- {key: people, title: People, type: range, least: 0, most: 100, unit: people}\n"
        "- {key: order, title: Order, type: choice, options: [all at once, in phases]}\n",
        "utf-8",
    )
    mia.runs("issue", "add", side.name, "--file", str(file))
    side.runs("sync")
    side.runs("issue", "agree", "mia")
    meet_mia(mia, side)
    digits = mia.runs("verify", side.name, "--json").value["digits"]
    mia.runs("verify", side.name, "--digits", digits)
    side.runs("verify", "mia", "--digits", digits)


def give(side: Person, mia: Person, text: str) -> None:
    file = side.home / "mandate.yaml"
    file.write_text(text, "utf-8")
    side.runs("mandate", "set", "mia", "--file", str(file))
    mia.runs("sync")


def test_nothing_binds_beyond_the_mandate(three: Three) -> None:
    ann, mia, bob = three
    agree_with_mia(mia, bob)
    refused(mia.tries("mandate", "use", "ann", "--for", "bob", "--json"), MandateUnknown)
    give(ann, mia, MANDATE)
    mia.runs("mandate", "use", "ann", "--for", "bob")
    assert mia.runs("mandate", "show", "ann", "--json").value["used_for"] == ["bob"]
    before = mia.log("bob")
    done = mia.tries("offer", "make", "bob", "people=21", "order=2", "--kind", "binding", "--json")
    refused(done, BeyondMandate)
    assert "people: at least 5, at most 20" in done.error["message"]
    refused(mia.tries("offer", "make", "bob", "people=9", "order=1", "--kind", "binding", "--json"), BeyondMandate)
    assert mia.log("bob") == before
    mia.runs("offer", "make", "bob", "people=21", "order=2")
    mia.runs("offer", "make", "bob", "people=20", "order=2", "--kind", "binding")
    bob.runs("sync")
    bob.runs("offer", "make", "mia", "people=30", "order=2", "--kind", "binding")
    theirs = last(mia, "bob")["id"]
    done = mia.tries("offer", "accept", "bob", theirs, "--json")
    refused(done, BeyondMandate)
    counter = ("offer", "counter", "bob", theirs, "people=29", "--kind", "binding", "--json")
    refused(mia.tries(*counter), BeyondMandate)
    checked = mia.runs("mandate", "check", "bob", theirs[:8], "--json").value
    package = checked["package"]
    assert package in done.error["message"]
    assert package == bob.runs("mandate", "check", "mia", theirs[:8]).out.strip(), "it is the same for everybody"
    assert checked["beyond"] == {"ann": ["people: at least 5, at most 20"]}
    ann.runs("mandate", "signoff", "mia", package, "--words", "yes to this one")
    mia.runs("sync")
    assert mia.runs("mandate", "show", "ann", "--json").value["signoffs"][0]["of"] == package
    assert mia.runs("mandate", "check", "bob", theirs[:8], "--json").value["beyond"] == {"ann": []}
    mia.runs("offer", "accept", "bob", theirs)


def test_a_mandate_that_is_over_or_withdrawn_allows_nothing(three: Three) -> None:
    ann, mia, bob = three
    agree_with_mia(mia, bob)
    give(ann, mia, MANDATE)
    mia.runs("mandate", "use", "ann", "--for", "bob")
    binding = ("offer", "make", "bob", "people=20", "order=2", "--kind", "binding", "--offline")
    mia.years = 5 / 365
    refused(mia.tries(*binding, "--json"), BeyondMandate)
    assert mia.runs("mandate", "show", "ann", "--json").value["theirs"][0]["standing"] == "expired"
    mia.years = 0
    ann.runs("mandate", "withdraw", "mia")
    refused(ann.tries("mandate", "withdraw", "mia", "--json"), MandateUnknown)
    mia.runs("sync")
    refused(mia.tries(*binding, "--json"), BeyondMandate)
    assert "withdrew the mandate" in mia.runs("read", "ann", "--offline").out
    mia.runs("mandate", "use", "ann", "--for", "bob", "--stop")
    mia.runs(*binding)


@pytest.mark.parametrize(
    "text",
    [
        "limits: {}\n", "limits: {people: {least: x}}\n", "limits: {people: {first: 1}}\n", "other: 1\n",
        "limits: {people: any}\nbinding: maybe\n", "limits: {people: any}\nuntil: 1969-12-31T00:00+00:00\n",
        "limits: {people: {least: 3, most: 2}}\n", "limits: {people: {options: []}}\n", "- a\n",
    ],
)  # fmt: skip
def test_a_file_that_is_no_mandate_is_refused(ann: Person, text: str) -> None:
    file = ann.home / "mandate.yaml"
    file.write_text(text, "utf-8")
    ann.runs("invite", "mia", "--file", str(ann.home / "x.txt"))
    refused(ann.tries("mandate", "set", "mia", "--file", str(file), "--offline", "--json"), InputRefused)
    assert ann.log("mia") == []
    refused(ann.tries("mandate", "signoff", "mia", "abcd", "--json"), InputRefused)

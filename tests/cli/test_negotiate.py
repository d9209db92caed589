"""Whole negotiations by commands alone: a public domain and a template, with preferences that stay at home."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import (
    BeyondOwnMandate,
    InputRefused,
    Malformed,
    NoneAcceptable,
    PreferencesContradict,
    PreferencesRefused,
    RedLineCrossed,
)
from backchannel.vault.keyfile import read_key
from tests.cli.people import Person
from tests.support.world import FastVault

DOMAINS = Path(__file__).parents[2] / "examples" / "domains"
CAPTIVES = """\
preferences: 1
reservation: 100
issues:
  north-releases: {weight: 2, points: {0: 0, 2000: 100}, red_lines: ["1500..", "..4"]}
  south-releases: {points: {0: 100, 2000: 0}}
  named: {points: {"A. North, B. South": 40, A. North: 10}}
  first: {points: {women and children: 30, wounded and sick: 20, older than 60: 10, by time held: 0}}
  order: {points: {all at once: 50, in two phases: 20, in three phases: 10, one for one: 0}, may_agree: [all at once]}
  days: {points: {1: 60, 30: 20, 90: 0}}
  signs-of-life: {points: {none: 0, a letter: 5, a recording: 15, a visit by a neutral doctor: 20}}
  carrier: {points: {a neutral humanitarian body: 10, a third state: 5, both sides together: 0}}
  remains: {points: {not part of this: 0, after the living: 5, together with the living: 9}}
"""


def verify(ann: Person, bob: Person) -> None:
    digits = ann.runs("verify", "bob", "--json").value["digits"]
    ann.runs("verify", "bob", "--digits", digits)
    bob.runs("verify", "ann", "--digits", digits)


def import_domain(ann: Person, bob: Person) -> None:
    ann.runs("issue", "add", "bob", "--xml", str(DOMAINS / "crossing.xml"))
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")


def show(person: Person, line: str) -> dict[str, Any]:
    return person.runs("table", "show", line, "--json").value


def words(package: dict[str, str]) -> list[str]:
    return [f"{key}={option}" for key, option in package.items()]


def written(person: Person, content: str) -> str:
    path = person.home / "prefs.yaml"
    path.write_text(content, "utf-8")
    return str(path)


@pytest.fixture
def domain(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    import_domain(*pair)
    return pair


@pytest.fixture
def profiles(domain: tuple[Person, Person]) -> tuple[Person, Person]:
    ann, bob = domain
    ann.runs("prefs", "set", "bob", "--xml", str(DOMAINS / "crossing-north.xml"))
    bob.runs("prefs", "set", "ann", "--xml", str(DOMAINS / "crossing-south.xml"))
    return ann, bob


def concede(ann: Person, bob: Person, count: int) -> None:
    """Bob makes whole offers, his best first, along what is best for him and each time less so."""
    points = bob.runs("frontier", "ann", "--offline", "--json").value["points"]
    best = max(points, key=lambda point: point["mine"])["package"]
    for at in range(count):
        step = {**best, "days-a-week": str(1 + at // 3)}
        if at >= count // 2:
            step["crossing"] = "ferry"
        bob.runs("offer", "make", "ann", *words(step), "--kind", "feeler")
    ann.runs("sync")


def test_a_public_domain_from_agenda_to_acceptance(profiles: tuple[Person, Person]) -> None:
    ann, bob = profiles
    verify(ann, bob)
    agenda = {one["key"]: one for one in show(bob, "ann")["agenda"]}
    assert list(agenda) == ["crossing", "inspection", "days-a-week", "begins"]
    assert (agenda["days-a-week"]["type"], agenda["days-a-week"]["most"]) == ("range", 7)
    assert agenda["days-a-week"]["title"] == {"en": "days a week"}
    assert "unknown" in ann.runs("counterpart", "bob").out
    assert ann.runs("counterpart", "bob", "--json").value["known"] is False
    concede(ann, bob, 14)
    value = ann.runs("counterpart", "bob", "--json").value
    assert (value["known"], value["offers"]) == (True, 14)
    assert all(one["low"] <= one["points"] <= one["high"] for one in value["options"])
    first, *rest = ann.runs("suggest", "bob", "--json").values
    assert first["known"] is True
    assert len(rest) <= 2
    assert first["reason"].endswith(".")
    assert first["mine"] >= 450_000
    before = len(ann.log("bob"))
    assert "Nothing was sent" in ann.runs("suggest", "bob").err
    assert len(ann.log("bob")) == before
    done = ann.runs("offer", "make", "bob", *words(first["package"]), "--kind", "binding")
    assert f"For you: {first['mine']:,}" in done.err
    bob.runs("sync")
    weighed = bob.runs("offer", "accept", "ann", done.out.strip(), "--anyway")
    assert "whole package is agreed" in weighed.err
    ann.runs("sync")
    mine, theirs = show(ann, "bob"), show(bob, "ann")
    assert mine["agreed"]["package"] == theirs["agreed"]["package"]
    assert {key: str(value) for key, value in mine["agreed"]["package"].items()} == first["package"]


def test_the_captive_exchange_from_template_to_acceptance(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    verify(ann, bob)
    ann.runs("issue", "add", "bob", "--template", "captive-exchange")
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")
    ann.runs("prefs", "set", "bob", "--file", "-", stdin=CAPTIVES)
    kept = ann.runs("prefs", "show", "bob", "--json").value["issues"]
    assert kept["days"]["points"]["15"] == 41  # 60 at 1, 20 at 30: 40.7 on the line between
    assert kept["north-releases"]["red_lines"][4:6] == ["4", "1500"]
    package = [
        "north-releases=300", "south-releases=20", "named=A. North,B. South", "first=wounded", "order=all", "days=20",
        "signs-of-life=a letter", "carrier=a third", "remains=after",
    ]  # fmt: skip
    red = ["north-releases=1700", *package[1:]]
    before = len(ann.log("bob"))
    done = ann.tries("offer", "make", "bob", *red, "--json")
    assert (done.code, done.error["error"]) == (RedLineCrossed.exit_code, "red-line-crossed")
    assert "north-releases: 1700" in done.error["message"]
    phased = [word.replace("order=all", "order=in two") for word in package]
    done = ann.tries("offer", "make", "bob", *phased, "--kind", "binding", "--json")
    assert done.error["error"] == BeyondOwnMandate.code
    assert len(ann.log("bob")) == before, "nothing was written, let alone sent"
    said = ann.runs("offer", "make", "bob", *phased)
    assert "You may not agree to order: in two phases without asking" in said.err
    offer = ann.runs("offer", "make", "bob", *package, "--kind", "binding")
    assert "warning" not in offer.err
    bob.runs("sync")
    counter = bob.runs("offer", "counter", "ann", offer.out.strip(), "days=30", "--kind", "binding").out.strip()
    ann.runs("sync")
    assert ann.runs("suggest", "bob", "--json").values[0]["known"] is False
    assert "whole package is agreed" in ann.runs("offer", "accept", "bob", counter).err
    bob.runs("sync")
    assert show(ann, "bob")["agreed"]["package"] == show(bob, "ann")["agreed"]["package"]
    assert show(bob, "ann")["agreed"]["package"]["days"] == 30


def test_a_mediator_sees_the_true_frontier(domain: tuple[Person, Person]) -> None:
    ann, _ = domain
    other = Person(ann.home, "cem")
    other.runs("init")
    invitation = ann.home / "second.txt"
    ann.runs("invite", "south", "--relay", ann.status("bob")["relays"][0], "--file", str(invitation))
    other.runs("join", "ann", "--file", str(invitation), "--wait", "0")
    ann.runs("sync", "south")
    other.runs("sync")
    ann.runs("issue", "add", "south", "--xml", str(DOMAINS / "crossing.xml"))
    other.runs("sync")
    other.runs("issue", "agree", "ann")
    ann.runs("sync")
    assert ann.tries("frontier", "bob", "--with", "south", "--json").error["error"] == InputRefused.code
    ann.runs("prefs", "set", "bob", "--xml", str(DOMAINS / "crossing-north.xml"))
    ann.runs("prefs", "set", "south", "--xml", str(DOMAINS / "crossing-south.xml"))
    value = ann.runs("frontier", "bob", "--with", "south", "--json").value
    assert (value["true"], value["known"]) == (True, True)
    assert value["reservation"] == {"mine": 450_000, "theirs": 400_000}
    mine = [point["mine"] for point in value["points"]]
    theirs = [point["theirs"] for point in value["points"]]
    assert mine == sorted(mine, reverse=True)
    assert theirs == sorted(theirs)
    assert all(point["low"] == point["theirs"] == point["high"] for point in value["points"])
    (nash,) = (point for point in value["points"] if "Nash" in point["marks"])
    gains = [(one["mine"] - 450_000) * (one["theirs"] - 400_000) for one in value["points"]
             if one["mine"] >= 450_000 and one["theirs"] >= 400_000]  # fmt: skip
    assert (nash["mine"] - 450_000) * (nash["theirs"] - 400_000) == max(gains)
    assert nash["package"] == {
        "crossing": "both", "inspection": "by south", "days-a-week": "7", "begins": "in a week"
    }  # fmt: skip
    assert sorted(mark for point in value["points"] for mark in point["marks"]) == [
        "Kalai-Smorodinsky", "Nash", "equal gain", "max-min"
    ]  # fmt: skip
    shown = ann.runs("frontier", "bob", "--with", "south")
    assert "Nash" in shown.out
    assert "for south" in shown.out
    kept = ann.runs("frontier", "bob", "--with", "south", "--keep", str(nash["mine"]), "--json").value["points"]
    assert min(point["mine"] for point in kept) == nash["mine"]
    done = ann.tries("frontier", "bob", "--with", "south", "--keep", "2000000", "--json")
    assert done.error["error"] == NoneAcceptable.code


def test_one_side_sees_unknown_until_there_are_offers(profiles: tuple[Person, Person]) -> None:
    ann, bob = profiles
    value = ann.runs("frontier", "bob", "--json").value
    assert (value["true"], value["known"]) == (False, False)
    assert all(point["theirs"] is None and (point["low"], point["high"]) == (0, 100) for point in value["points"])
    assert "unknown" in ann.runs("frontier", "bob").out
    concede(ann, bob, 12)
    value = ann.runs("frontier", "bob", "--json").value
    assert value["known"] is True
    assert all(point["low"] <= point["theirs"] <= point["high"] for point in value["points"])
    assert "Nash" in ann.runs("frontier", "bob").out
    changed = ann.runs("counterpart", "bob", "--between", "2020-01-01", "2999-01-01T00:00+02:00", "--json").value
    assert changed["changed"] is None
    assert ann.tries("counterpart", "bob", "--between", "soon", "later").code == InputRefused.exit_code
    assert ann.tries("counterpart", "bob", "--level", "1").code != 0


def test_asked_in_a_few_questions_and_stopped_at_any_time(domain: tuple[Person, Person]) -> None:
    ann, _ = domain
    assert "nothing was stored" in ann.runs("prefs", "ask", "bob", stdin="stop\n").err
    assert ann.runs("prefs", "show", "bob", "--json").value["preferences"] is None
    ranks = "3 2 1\n1 2 4 !3\nwhat?\n5 4 3 2 1\n1 2 3\n3 1 2 4\n"
    done = ann.runs("prefs", "ask", "bob", stdin=ranks)
    assert "That is no answer here" in done.err
    assert "Kept after 5 answers" in done.err
    value = ann.runs("prefs", "show", "bob", "--json").value
    assert value["issues"]["days-a-week"]["weight"] == 100
    days = value["issues"]["days-a-week"]["points"]
    assert (days["1"], days["7"]) == (0, 100)
    assert list(days.values()) == sorted(days.values())
    assert value["issues"]["inspection"]["red_lines"] == ["by south"]
    assert "red line" in ann.runs("prefs", "show", "bob").out
    answers = ranks.replace("what?\n", "") + "about\n" * 60 + "yes\n" * 20
    done = ann.runs("prefs", "ask", "bob", "--precision", "40", stdin=answers)
    assert ann.runs("prefs", "show", "bob", "--json").value["reservation"] >= 0
    offer = ("offer", "make", "bob", "inspection=by south")
    assert ann.tries(*offer, "--json").error["error"] == RedLineCrossed.code
    assert "red line" in ann.runs(*offer, "--anyway").err
    ann.runs("prefs", "forget", "bob")
    assert "For you" not in ann.runs(*offer).err


def test_preferences_are_in_no_event_and_no_other_vault(profiles: tuple[Person, Person]) -> None:
    ann, bob = profiles
    ann.runs("prefs", "set", "bob", "--file", written(ann, json.dumps(MARKED)))
    concede(ann, bob, 1)
    ann.runs("suggest", "bob")
    ann.runs("frontier", "bob")
    ann.runs("offer", "make", "bob", "crossing=both", "days-a-week=7")
    bob.runs("sync")
    events, privates = everything(ann)
    assert any(b"7654321" in value for value in privates)
    assert len(events) == 4
    assert not any(b"7654321" in raw for raw in events)
    events, privates = everything(bob)
    assert len(events) == 4
    assert not any(b"7654321" in raw for raw in (*events, *privates))


def everything(person: Person) -> tuple[list[bytes], list[bytes]]:
    """Every event of a vault, and everything that its owner keeps beside the lines."""
    vault = FastVault(person.vault, read_key(person.vault, person.passphrase_file.read_text("utf-8").rstrip("\n")))
    try:
        with vault.read() as transaction:
            lines = transaction.lines()
            events = [stored.event.raw for line in lines for stored in transaction.in_order(line.id)]
            return events, [value for line in lines for _, value in transaction.privates(line.id)]
    finally:
        vault.close()


MARKED = {
    "preferences": 1, "reservation": 7654321,
    "issues": {
        "crossing": {"points": {"bridge": 0, "ferry": 1, "both": 8000000}},
        "inspection": {"points": {"by north": 3, "joint": 2, "by south": 1, "by a third party": 0}},
        "days-a-week": {"points": {"1": 0, "7": 12}},
        "begins": {"points": {"at once": 3, "in a week": 2, "in a month": 1}},
    },
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"reservation": 9_000_000}, PreferencesContradict),
        ({"reservation": "much"}, PreferencesRefused),
        ({"issues": {}}, PreferencesRefused),
        ({"weights": {}}, PreferencesRefused),
        ({"issues": {**MARKED["issues"], "days-a-week": {"points": {"1": 0, "9": 3}}}}, PreferencesRefused),  # type: ignore[dict-item]
        ({"issues": {**MARKED["issues"], "crossing": {"points": {"bridge": 1, "tunnel": 2}}}}, PreferencesRefused),  # type: ignore[dict-item]
    ],
)  # fmt: skip
def test_preferences_that_are_none_change_nothing(
    profiles: tuple[Person, Person], change: dict[str, Any], error: type[InputRefused]
) -> None:
    ann, _ = profiles
    before = ann.runs("prefs", "show", "bob", "--json").value
    done = ann.tries("prefs", "set", "bob", "--file", written(ann, json.dumps({**MARKED, **change})))
    assert done.code == error.exit_code
    assert error.sentence() in done.err
    assert ann.runs("prefs", "show", "bob", "--json").value == before


def test_a_domain_that_is_none_changes_nothing(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    path = ann.home / "domain.xml"
    for content in ("<a", "<a/>", '<a><issue name="x"><item value="y"/></issue></a>', "<!DOCTYPE a><a/>"):
        path.write_text(content)
        done = ann.tries("issue", "add", "bob", "--xml", str(path))
        assert done.code in (Malformed.exit_code, InputRefused.exit_code), content
    assert ann.tries("issue", "add", "bob", "key", "--xml", str(path)).code == 2
    assert ann.log("bob") == []
    for command in (("prefs", "ask"), ("suggest",), ("frontier",), ("counterpart",)):
        assert ann.tries(*command, "bob").code == InputRefused.exit_code, command


def test_an_agenda_that_changed_is_noticed(profiles: tuple[Person, Person]) -> None:
    ann, bob = profiles
    ann.runs("issue", "add", "bob", "toll", "--choice", "none", "--choice", "one coin")
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")
    done = ann.tries("offer", "make", "bob", "toll=none", "--json")
    assert done.error["error"] == PreferencesRefused.code
    assert "prefs ask" in done.error["hint"]
    assert "not weighed" in ann.runs("offer", "make", "bob", "toll=none", "--anyway").err

"""The table, by commands alone: two vaults from an empty agenda to an agreed package, and every way to be refused."""

from __future__ import annotations

from typing import Any

from tests.cli.people import Person


def verified(ann: Person, bob: Person) -> None:
    digits = ann.runs("verify", "bob", "--json").value["digits"]
    ann.runs("verify", "bob", "--digits", digits)
    bob.runs("verify", "ann", "--digits", digits)


def agreed_agenda(ann: Person, bob: Person, *options: str) -> None:
    ann.runs("issue", "add", "bob", *options)
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")


def shown(person: Person, line: str) -> dict[str, Any]:
    return person.runs("table", "show", line, "--json").value


PACKAGE = (
    "north-releases=20", "south-releases=300", "named=A. North,B. South", "first=wounded", "order=2", "days=٣٠",
    "signs-of-life=a letter", "carrier=a third", "remains=after",
)  # fmt: skip


def test_from_a_template_to_an_agreed_package(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    verified(ann, bob)
    agreed_agenda(ann, bob, "--template", "captive-exchange")
    first = ann.runs("offer", "make", "bob", *PACKAGE, "--kind", "binding", "--until", "3d", "--json").value["id"]
    bob.runs("sync")
    counter = bob.runs("offer", "counter", "ann", first[:6], "north-releases=25", "--kind", "binding").out.strip()
    ann.runs("sync")
    done = ann.runs("offer", "accept", "bob", counter)
    assert "whole package is agreed" in done.err
    bob.runs("sync")
    mine, theirs = shown(ann, "bob"), shown(bob, "ann")
    assert mine["agreed"]["package"] == theirs["agreed"]["package"]
    assert mine["agreed"]["offer"].startswith(counter)
    assert mine["agreed"]["binding"] is True
    assert mine["agreed"]["package"]["north-releases"] == 25
    assert mine["agreed"]["package"]["order"] == "in two phases"

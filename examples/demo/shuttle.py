"""A negotiation by shuttle: two sides, a go-between with a line to each, and a guarantor who holds what they sign."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

from signing import Signing

AGENDA: Final = """issues:
- {key: people, title: People, type: range, least: 0, most: 2000, unit: people}
- {key: order, title: Order, type: choice, options: [all at once, in phases]}
"""
NORTH_ALLOWS: Final = "limits: {people: {most: 1000}, order: {options: [in phases]}}\nuntil: 2w\nbinding: yes\n"
SOUTH_ALLOWS: Final = "limits: {people: {least: 900}, order: any}\nuntil: 2w\nbinding: yes\n"
PACKAGE: Final = ("people=1000", "order=2")
BETWEEN: Final = "between"

Tell = Callable[[str], None]


class Party(Protocol):
    """Somebody with a vault and the command line."""

    name: str

    def run(self, *arguments: str) -> str:
        """Run a command that works, and return what it printed."""
        ...

    def fails(self, *arguments: str) -> str:
        """Run a command that is refused, and return the code of the error."""
        ...


class Shuttle:
    """The whole of it, step by step; each is one or more commands that a person would type."""

    def __init__(self, between: Party, sides: tuple[Party, Party, Party], relay: str, home: Path, tell: Tell) -> None:
        """Take the go-between, then north, south and the guarantor."""
        self.between, self.sides = between, sides
        self.north, self.south, self.guarantor = sides
        self.relay, self.home, self.tell = relay, home, tell
        self.refused: list[str] = []

    def run(self) -> dict[str, Any]:
        """Run it; return what came of it."""
        self._open_lines()
        self._give_mandates()
        self._ask_across()
        self._bargain()
        package = self._agree()
        summary = self._sign_off(package)
        return {**summary, "deal": self._sign_and_keep(package)}

    def _open_lines(self) -> None:
        self.tell("three lines, and nobody else is on any of them")
        for party in (self.between, *self.sides):
            party.run("init")
        agenda = self._file("agenda.yaml", AGENDA)
        for side in self.sides:
            invitation = self.home / "invitation.txt"
            self.between.run("invite", side.name, "--relay", self.relay, "--file", str(invitation))
            side.run("join", BETWEEN, "--file", str(invitation), "--wait", "0")
            invitation.unlink()
            self._meet(side)
            digits = json.loads(self.between.run("verify", side.name, "--json"))["digits"]
            self.between.run("verify", side.name, "--digits", digits)
            side.run("verify", BETWEEN, "--digits", digits)
            self.between.run("issue", "add", side.name, "--file", agenda)
            side.run("sync")
            side.run("issue", "agree", BETWEEN)
            self._meet(side)

    def _give_mandates(self) -> None:
        self.tell("each side says what may be agreed for it; the other never sees it")
        for side, other, text in ((self.north, self.south, NORTH_ALLOWS), (self.south, self.north, SOUTH_ALLOWS)):
            side.run("mandate", "set", BETWEEN, "--file", self._file("mandate.yaml", text))
            self._meet(side)
            self.between.run("mandate", "use", side.name, "--for", other.name)

    def _ask_across(self) -> None:
        self.tell("north asks, south answers; the words go as far as their marks")
        question = "How many of those you hold are wounded?"
        self.north.run("say", BETWEEN, question, "--question", "--handling", "may-be-quoted")
        asked = self._carry(self.north, self.south, "--as", "verbatim")
        self.south.run("say", BETWEEN, "Seven.", "--answers", asked[:16], "--handling", "may-be-conveyed")
        self._refuse("carry", self._last(self.between, self.south.name), "--to", self.north.name, "--as", "verbatim")
        self._carry(self.south, self.north, "They speak of seven.", "--as", "paraphrase")

    def _bargain(self) -> None:
        self.tell("offers go over under their marks; what is for the go-between alone stays")
        self.north.run("offer", "make", BETWEEN, "people=800", "order=2", "--handling", "may-be-quoted")
        self._carry(self.north, self.south, "--as", "verbatim")
        self.south.run("offer", "make", BETWEEN, "people=1000", "--kind", "feeler")
        self._meet(self.south)
        feeler = self._last(self.between, self.south.name)
        self._refuse("carry", feeler, "It is 1,000.", "--to", self.north.name, "--as", "paraphrase")
        self._carry(self.south, self.north, "I think 800 will not be enough.", "--as", "own")
        words = "Nobody is moved at night."
        self.north.run("say", BETWEEN, words, "--handling", "official")
        self._carry(self.north, self.south, "--as", "verbatim", "--from", "the office of the north")

    def _agree(self) -> str:
        self.tell("the go-between binds each side within its mandate, and no further")
        beyond = ("offer", "make", self.south.name, "people=1200", "order=2", "--kind", "binding")
        self._refuse(*beyond)
        hashes = set()
        for side in (self.south, self.north):
            self.between.run("offer", "make", side.name, *PACKAGE, "--kind", "binding")
            side.run("sync")
            offer = self._last(side, BETWEEN)
            hashes.add(json.loads(side.run("mandate", "check", BETWEEN, offer, "--json"))["package"])
            side.run("offer", "accept", BETWEEN, offer)
            self._meet(side)
        (package,) = hashes
        return str(package)

    def _sign_off(self, package: str) -> dict[str, Any]:
        self.tell("both principals and the guarantor sign the package off, each on a line of their own")
        self.between.run("offer", "make", self.guarantor.name, *PACKAGE)
        self.guarantor.run("sync")
        seen = json.loads(
            self.guarantor.run("mandate", "check", BETWEEN, self._last(self.guarantor, BETWEEN), "--json")
        )
        signed = 0
        for side in self.sides:
            side.run("mandate", "signoff", BETWEEN, package)
            self._meet(side)
            shown = json.loads(self.between.run("mandate", "show", side.name, "--json"))["signoffs"]
            signed += sum(one["of"] == package and one["by"] == "them" for one in shown)
        self.guarantor.run("say", BETWEEN, "I stand by it.", "--handling", "official")
        for side in (self.north, self.south):
            self._carry(self.guarantor, side, "--as", "verbatim", "--from", "the guarantor")
        questions = [json.loads(row) for row in self.between.run("questions", "--json").splitlines()]
        tables = [
            json.loads(self.between.run("table", "show", side.name, "--json"))["agreed"]
            for side in (self.north, self.south)
        ]
        return {
            "schema": 1,
            "agreed": all(one is not None and one["binding"] for one in tables),
            "package": package,
            "guarantor_saw_the_same": seen["package"] == package,
            "signed_off": signed,
            "questions": [one["standing"] for one in questions],
            "refused": self.refused,
        }

    def _sign_and_keep(self, package: str) -> dict[str, Any]:
        signing = Signing((self.north, self.south), self.guarantor, self.relay, self.home)
        self.tell("a line between the sides, to sign on, and the guarantor's line to each")
        signing.open_lines()
        same = signing.put_on_the_table(self._file("agenda.yaml", AGENDA), PACKAGE, package)
        self.tell("both signatures go to the guarantor; one alone is void; both come back in one step")
        signed = signing.sign()
        deal = signed.pop("deal")
        self.tell("the go-between reads what came of it, and stands by it as a witness")
        stand_by = signing.witness(self.between, deal)
        self.tell("promise by promise; one is disputed, and settled")
        kept = signing.two.carry_out()
        kept.pop("steps")
        checked = signing.check_file(deal, self.between)
        return {"package_signed_off": same, **signed, "stand_by_it": stand_by, **kept, **checked}

    # --- what the steps are made of -----------------------------------------------------------------------------------

    def _meet(self, side: Party) -> None:
        for party in (self.between, side, self.between):
            party.run("sync")

    def _last(self, party: Party, line: str) -> str:
        return str(json.loads(party.run("read", line, "--json").splitlines()[-1])["id"])

    def _carry(self, source: Party, target: Party, *options: str) -> str:
        self._meet(source)
        event = self._last(self.between, source.name)
        carried = json.loads(self.between.run("carry", event, *options, "--to", target.name, "--json"))
        target.run("sync")
        return str(carried["id"])

    def _refuse(self, *command: str) -> None:
        self.between.run("sync")
        self.refused.append(self.between.fails(*command, "--json"))

    def _file(self, name: str, text: str) -> str:
        path = self.home / name
        path.write_text(text, "utf-8")
        return str(path)

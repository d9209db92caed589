"""After the shuttle: the two sides sign through a guarantor who holds both signatures, and carry it out.

The talk went by the go-between. The sides have one line between them, for the list of names, the deal and its promises;
the guarantor has a line to each. Nobody signs first: both signatures leave the guarantor's vault in one step.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any, Final, Protocol

NAMES: Final = Path(__file__).parents[1] / "exchange" / "names.csv"
"""A thousand invented names in three scripts."""
LIST: Final = "released"
GUARANTOR: Final = "The third state"
TERMS: Final = f"""
title: One for a thousand
languages: [en, he, ar]
sides: {{inviter: Side A, joiner: Side B}}
zone: Somewhere/North
lists: {{people: {LIST}}}
obligations:
- {{id: sign-of-life, by: Side B, what: gives a sign of life of the one, due: 2d, evidence: a letter, size: 1}}
- {{id: first-phase, by: Side A, what: hands over the first 550, within: 48h, after: sign-of-life, size: 550}}
- {{id: the-one, by: Side B, what: hands over the one, within: 24h, after: first-phase, size: 1}}
- {{id: second-phase, by: Side A, what: hands over the other 450, within: 48h, after: the-one, size: 450}}
"""
PROMISES: Final = (
    ("south", "claim", "sign-of-life", "a letter with the answer"),
    ("north", "confirm", "sign-of-life", ""),
    ("north", "claim", "first-phase", ""),
    ("south", "confirm", "first-phase", "550 counted"),
    ("south", "claim", "the-one", ""),
    ("north", "confirm", "the-one", "identity and health checked"),
    ("north", "claim", "second-phase", "450 crossed"),
    ("south", "dispute", "second-phase", "we counted 449"),
    ("north", "claim", "second-phase", "the one who was ill came today"),
    ("south", "confirm", "second-phase", "450 counted"),
)
"""Who says what of which promise, in turn; one is disputed, and settled."""


class Signer(Protocol):
    """Somebody with a vault and the command line."""

    name: str

    def run(self, *arguments: str) -> str:
        """Run a command that works, and return what it printed."""
        ...

    def fails(self, *arguments: str) -> str:
        """Run a command that is refused, and return the code of the error."""
        ...


class Signing:
    """The whole of it, step by step; each is one or more commands that a person would type."""

    def __init__(self, sides: tuple[Signer, Signer], guarantor: Signer, relay: str, home: Path) -> None:
        """Take north, who hands over the thousand, south, who hands over the one, and the guarantor."""
        self.north, self.south = sides
        self.guarantor, self.relay, self.home = guarantor, relay, home

    def open_lines(self) -> None:
        """Open the line between the sides, and the guarantor's line to each; everybody compares the digits."""
        for inviter, joiner in ((self.north, self.south), (self.guarantor, self.north), (self.guarantor, self.south)):
            invitation = self.home / "invitation.txt"
            inviter.run("invite", joiner.name, "--relay", self.relay, "--file", str(invitation))
            joiner.run("join", inviter.name, "--file", str(invitation), "--wait", "0")
            invitation.unlink()
            self._meet(inviter, joiner)
            digits = json.loads(inviter.run("verify", joiner.name, "--json"))["digits"]
            inviter.run("verify", joiner.name, "--digits", digits)
            joiner.run("verify", inviter.name, "--digits", digits)

    def put_on_the_table(self, agenda: str, package: tuple[str, ...], signed_off: str) -> bool:
        """Put the package on the sides' own table, with the list of names; say whether it is what was signed off.

        Args:
            agenda: the file that both already know.
            package: as it is typed.
            signed_off: its hash, which is the same on every line.
        """
        north, south = self.north, self.south
        north.run("issue", "add", south.name, "--file", agenda)
        south.run("sync")
        south.run("issue", "agree", north.name)
        self._meet(south, north)
        offer = json.loads(north.run("offer", "make", south.name, *package, "--kind", "binding", "--json"))["id"]
        south.run("sync")
        seen = json.loads(south.run("mandate", "check", north.name, offer, "--json"))["package"]
        south.run("offer", "accept", north.name, offer)
        north.run("list", "import", south.name, LIST, "--file", str(NAMES), "--count", "1000..1000")
        south.run("sync")
        south.run("list", "agree", north.name, LIST, "--all")
        for one, other in ((north, south), (south, north)):
            one.run("sync")
            one.run("list", "freeze", other.name, LIST)
        north.run("sync")
        return bool(seen == signed_off)

    def sign(self) -> dict[str, Any]:
        """Propose the deal, deposit both signatures, have them released, and bring them to the line of the deal."""
        north, south, holder = self.north, self.south, self.guarantor
        terms = self.home / "terms.yaml"
        terms.write_text(TERMS, "utf-8")
        deal = json.loads(north.run("deal", "propose", south.name, "--file", str(terms), "--json"))["deal"]
        south.run("sync")
        release = ("deal", "release", north.name, south.name, deal, "--name", GUARANTOR)
        self._deposit(north, south, deal)
        alone = holder.fails(*release, "--hash", self._digits(holder, north, deal), "--json")
        self._deposit(south, north, deal)
        ready = json.loads(holder.run("deal", "held", "--json"))["ready"]
        before = self._deal(north, south, deal)["status"]
        holder.run(*release, "--hash", self._digits(holder, south, deal))
        north.run("sync")
        south.run("sync")
        north.run("deal", "released", south.name, deal, "--from", holder.name)
        south.run("sync")
        shown = [self._deal(side, other, deal) for side, other in ((north, south), (south, north))]
        return {
            "deal": deal,
            "one_signature_alone": alone,
            "both_held": ready,
            "before_release": before,
            "in_force": [one["in_force"] for one in shown],
            "guarantor": [who["name"] for who in shown[1]["witnesses"]],
        }

    def witness(self, witness: Signer, deal: str) -> list[str]:
        """Have somebody else on a line of south's read the deal in force, and countersign it there."""
        south = self.south
        south.run("deal", "show", self.north.name, deal, "--to", witness.name)
        witness.run("sync")
        digits = self._digits(witness, south, deal)
        witness.run("deal", "witness", south.name, deal, "--name", "The go-between", "--hash", digits)
        south.run("sync")
        south.run("deal", "witnessed", self.north.name, deal, "--from", witness.name)
        self.north.run("sync")
        return sorted(who["capacity"] for who in self._deal(self.north, south, deal)["witnesses"])

    def carry_out(self) -> dict[str, Any]:
        """Keep every promise in its turn; return where each stands in the end, for both sides alike."""
        sides = {side.name: side for side in (self.north, self.south)}
        disputed = []
        for name, act, promise, statement in PROMISES:
            side, other = sides[name], self.south if name == self.north.name else self.north
            said = ("--statement", statement) if statement else ()
            side.run("sync")
            stands = json.loads(side.run("promise", act, other.name, promise, *said, "--json"))["stands"]
            disputed += [promise] if stands == "disputed" else []
        self.north.run("sync")
        found = [
            [json.loads(row) for row in side.run("promise", "list", other.name, "--json").splitlines()]
            for side, other in ((self.north, self.south), (self.south, self.north))
        ]
        lives = [[(one["promise"], one["stands"]) for one in view] for view in found]
        return {
            "promises": dict(Counter(one["stands"] for one in found[0])),
            "disputed_and_settled": disputed,
            "score": found[0][0]["score_of_deal"],
            "same": lives[0] == lives[1],
        }

    def export(self, deal: str, reader: Signer) -> dict[str, Any]:
        """Write the deal file, and have somebody check it, and check it again with one word changed."""
        file, changed = self.home / "deal.json", self.home / "changed.json"
        self.south.run("deal", "export", self.north.name, deal, "--to", str(file))
        changed.write_bytes(file.read_bytes().replace(b"One for a", b"Two for a", 1))
        return {
            "verified": json.loads(reader.run("deal", "verify", str(file), "--json"))["deal"] == deal,
            "changed": reader.fails("deal", "verify", str(changed), "--json"),
        }

    # --- what the steps are made of -----------------------------------------------------------------------------------

    def _meet(self, one: Signer, other: Signer) -> None:
        for party in (one, other, one):
            party.run("sync")

    def _deposit(self, side: Signer, other: Signer, deal: str) -> None:
        holder = self.guarantor
        read = self._digits(side, other, deal)
        side.run("deal", "deposit", other.name, deal, "--with", holder.name, "--hash", read)
        holder.run("sync")

    def _deal(self, reader: Signer, other: Signer, deal: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(reader.run("deal", "show", other.name, deal, "--json"))
        return found

    def _digits(self, reader: Signer, other: Signer, deal: str) -> str:
        return str(self._deal(reader, other, deal)["digits"])

"""After the shuttle: the two sides sign through a guarantor who holds both signatures, and carry it out.

The talk went by the go-between. The sides have one line between them, for the list of names, the deal and its promises;
the guarantor has a line to each. Nobody signs first: both signatures leave the guarantor's vault in one step.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final, Protocol

from two_sides import Signer, TwoSides

GUARANTOR: Final = "The third state"


class Checker(Signer, Protocol):
    """Somebody who also tries what must be refused."""

    def fails(self, *arguments: str) -> str:
        """Run a command that is refused, and return the code of the error."""
        ...


class Signing:
    """The whole of it, step by step; each is one or more commands that a person would type."""

    def __init__(self, sides: tuple[Signer, Signer], guarantor: Checker, relay: str, home: Path) -> None:
        """Take north, who hands over the thousand, south, who hands over the one, and the guarantor."""
        self.north, self.south = sides
        self.two = TwoSides(*sides, home, lambda listener, _: listener.run("sync"))
        self.guarantor, self.relay, self.home = guarantor, relay, home

    def open_lines(self) -> None:
        """Open the line between the sides, and the guarantor's line to each; everybody compares the digits."""
        for inviter, joiner in ((self.north, self.south), (self.guarantor, self.north), (self.guarantor, self.south)):
            invitation = self.home / "invitation.txt"
            inviter.run("invite", joiner.name, "--relay", self.relay, "--file", str(invitation))
            joiner.run("join", inviter.name, "--file", str(invitation), "--wait", "0")
            invitation.unlink()
            for party in (inviter, joiner, inviter):
                party.run("sync")
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
        north, south, two = self.north, self.south, self.two
        two.say(north, "issue", "add", south.name, "--file", agenda)
        two.say(south, "issue", "agree", north.name)
        offer = two.say(north, "offer", "make", south.name, *package, "--kind", "binding")["id"]
        seen = json.loads(south.run("mandate", "check", north.name, offer, "--json"))["package"]
        two.say(south, "offer", "accept", north.name, offer)
        two.agree_on_names()
        return bool(seen == signed_off)

    def sign(self) -> dict[str, Any]:
        """Propose the deal, deposit both signatures, have them released, and bring them to the line of the deal."""
        north, south, holder, two = self.north, self.south, self.guarantor, self.two
        deal = two.propose()
        release = ("deal", "release", north.name, south.name, deal, "--name", GUARANTOR)
        self._deposit(north, deal)
        alone = holder.fails(*release, "--hash", two.digits(holder, north, deal), "--json")
        self._deposit(south, deal)
        ready = json.loads(holder.run("deal", "held", "--json"))["ready"]
        before = two.shown(north, south, deal)["status"]
        holder.run(*release, "--hash", two.digits(holder, south, deal))
        for side in (north, south):
            side.run("sync")
        two.say(north, "deal", "released", south.name, deal, "--from", holder.name)
        shown = [two.shown(side, two.other(side), deal) for side in (north, south)]
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
        north, south, two = self.north, self.south, self.two
        south.run("deal", "show", north.name, deal, "--to", witness.name)
        witness.run("sync")
        digits = two.digits(witness, south, deal)
        witness.run("deal", "witness", south.name, deal, "--name", "The go-between", "--hash", digits)
        south.run("sync")
        south.run("deal", "witnessed", north.name, deal, "--from", witness.name)
        north.run("sync")
        return sorted(who["capacity"] for who in two.shown(north, south, deal)["witnesses"])

    def check_file(self, deal: str, reader: Checker) -> dict[str, Any]:
        """Write the deal file, and have somebody check it, and check it again with one word changed."""
        file, changed = self.two.export(deal), self.home / "changed.json"
        changed.write_bytes(file.read_bytes().replace(b"One for a", b"Two for a", 1))
        return {
            "verified": json.loads(reader.run("deal", "verify", str(file), "--json"))["deal"] == deal,
            "changed": reader.fails("deal", "verify", str(changed), "--json"),
        }

    def _deposit(self, side: Signer, deal: str) -> None:
        other, holder = self.two.other(side), self.guarantor
        read = self.two.digits(side, other, deal)
        side.run("deal", "deposit", other.name, deal, "--with", holder.name, "--hash", read)
        holder.run("sync")

"""Two sides who have agreed on a package: the list of a thousand names, the deal, its promises, by commands alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, Protocol

NAMES: Final = Path(__file__).parents[1] / "exchange" / "names.csv"
"""A thousand invented names in three scripts."""
LIST: Final = "released"
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


Hear = Callable[[Signer, str], object]
"""Waits until somebody has an event of the other side's, by its id."""


class TwoSides:
    """North, who invited and hands over the thousand, and south, who hands over the one; each calls its line so."""

    def __init__(self, north: Signer, south: Signer, home: Path, hear: Hear) -> None:
        """Take both, a folder for files, and how one hears what the other has said."""
        self.north, self.south, self.home, self.hear = north, south, home, hear

    def say(self, side: Signer, *command: str) -> dict[str, Any]:
        """Run a command that says something on the line, until the other side has it; return its JSON."""
        found: dict[str, Any] = json.loads(side.run(*command, "--json"))
        self.hear(self.other(side), found["ids"][-1] if "ids" in found else found["id"])
        return found

    def other(self, side: Signer) -> Signer:
        """Return the other side."""
        return self.south if side is self.north else self.north

    def agree_on_names(self) -> None:
        """North proposes the thousand, south agrees, and both close the list as they see it."""
        north, south = self.north, self.south
        self.say(north, "list", "import", south.name, LIST, "--file", str(NAMES), "--count", "1000..1000")
        self.say(south, "list", "agree", north.name, LIST, "--all")
        for side in (north, south):
            self.say(side, "list", "freeze", self.other(side).name, LIST)

    def propose(self) -> str:
        """Propose the deal; return its hash."""
        terms = self.home / "terms.yaml"
        terms.write_text(TERMS, "utf-8")
        return str(self.say(self.north, "deal", "propose", self.south.name, "--file", str(terms))["deal"])

    def sign(self, deal: str) -> str:
        """Have both read the whole text and sign it; return the digits that both have read."""
        for side in (self.north, self.south):
            digits = self.digits(side, self.other(side), deal)
            self.say(side, "deal", "sign", self.other(side).name, deal, "--hash", digits)
        return digits

    def carry_out(self) -> dict[str, Any]:
        """Keep every promise in its turn; return the steps, and where each stands in the end, for both sides alike."""
        sides = {side.name: side for side in (self.north, self.south)}
        steps = []
        for name, act, promise, statement in PROMISES:
            side = sides[name]
            said = ("--statement", statement) if statement else ()
            stands = self.say(side, "promise", act, self.other(side).name, promise, *said)["stands"]
            steps.append((promise, act, stands))
        views = [
            [json.loads(row) for row in side.run("promise", "list", self.other(side).name, "--json").splitlines()]
            for side in (self.north, self.south)
        ]
        lives = [[(one["promise"], one["stands"]) for one in view] for view in views]
        return {
            "steps": steps,
            "promises": dict(Counter(one["stands"] for one in views[0])),
            "disputed_and_settled": sorted({promise for promise, _, stands in steps if stands == "disputed"}),
            "score": views[0][0]["score_of_deal"],
            "same": lives[0] == lives[1],
        }

    def export(self, deal: str) -> Path:
        """Write the deal file, as south has it."""
        file = self.home / "deal.json"
        self.south.run("deal", "export", self.north.name, deal, "--to", str(file))
        return file

    def shown(self, reader: Signer, line: Signer, deal: str) -> dict[str, Any]:
        """Return what somebody is shown of a deal on the line to somebody else."""
        found: dict[str, Any] = json.loads(reader.run("deal", "show", line.name, deal, "--json"))
        return found

    def digits(self, reader: Signer, line: Signer, deal: str) -> str:
        """Return the digits of the whole text, as somebody reads it."""
        return str(self.shown(reader, line, deal)["digits"])

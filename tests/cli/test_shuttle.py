"""The mediator's demo, by the same commands, in this process: four vaults, a relay, and no word too many."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from tests.cli.people import Person

DEMO = Path(__file__).resolve().parents[2] / "examples" / "demo"


class Partaker(Person):
    def run(self, *arguments: str) -> str:
        return self.runs(*arguments).out

    def fails(self, *arguments: str) -> str:
        done = self.tries(*arguments)
        assert done.code != 0
        return str(done.error["error"])


def test_a_whole_negotiation_by_shuttle(home: Path, relay: str) -> None:
    sys.path.insert(0, str(DEMO))
    try:
        import shuttle
    finally:
        sys.path.remove(str(DEMO))
    between, north, south, guarantor = (Partaker(home, name) for name in ("between", "north", "south", "guarantor"))
    told: list[str] = []
    summary: dict[str, Any] = shuttle.Shuttle(between, (north, south, guarantor), relay, home, told.append).run()
    package = summary.pop("package")
    assert len(bytes.fromhex(package)) == 32
    assert summary == {
        "schema": 1,
        "agreed": True,
        "guarantor_saw_the_same": True,
        "signed_off": 3,
        "questions": ["answered"],
        "refused": ["carry-refused", "carry-refused", "beyond-mandate"],
        "deal": {
            "package_signed_off": True,
            "one_signature_alone": "deal-refused",
            "both_held": True,
            "before_release": "proposed",
            "in_force": [True, True],
            "guarantor": ["The third state"],
            "stand_by_it": ["guarantor", "witness"],
            "promises": {"confirmed": 4},
            "disputed_and_settled": ["second-phase"],
            "score": 3,
            "same": True,
            "verified": True,
            "changed": "malformed",
        },
    }
    assert len(told) == 10
    heard = north.texts("between")
    assert "They speak of seven." in heard
    assert "Seven." not in heard, "what may be conveyed is not quoted"
    official = [event["carried"] for event in south.log("between") if event.get("carried")]
    assert {"as": "verbatim", "from": "the office of the north"} in official
    assert not any("1,000" in (text or "") for text in heard), "the feeler stayed where it was"

"""Our code against vectors/line/overlap.json, from the inputs of each round."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from backchannel.crypto.oprf import hash_to_group, hash_to_scalar
from backchannel.crypto.suite import Role
from backchannel.log.event import write_event
from backchannel.table.overlap import KIND_OF, Answer, BottomLine, Commit, Points
from backchannel.table.overlap_fold import Rounds, evolve
from backchannel.table.overlap_round import Broken, Completed, Round, Side
from backchannel.table.overlap_secret import begin, next_said, overlap

FILE = Path(__file__).parents[2] / "vectors" / "line" / "overlap.json"
Case = dict[str, Any]
VECTORS: Case = json.loads(FILE.read_text())["vectors"]


def raw(shown: Any) -> bytes:
    if isinstance(shown, str):
        return bytes.fromhex(shown)
    return b"".join(bytes.fromhex(data) * count for data, count in shown)


def overlap_round(case: Case, instead: Case) -> Round:
    """The round of a case, where one side says other things at its turns."""
    rounds = Rounds(raw(case["line"]))

    def said(role: int, kind: str, body: bytes) -> None:
        nonlocal rounds
        rounds = evolve(rounds, write_event(author=int(role), number=1, seen=0, clock=0, kind=kind, body=body))

    said(case["opener"], "overlap.open", raw(case["open"]))
    first = rounds.rounds[0].first
    turns = [(kind, name, role) for kind, name in ((Commit, "commits"), (Points, "points")) for role in (0, 1)]
    for kind, name, role in (*turns, (Answer, "answers", first), (Answer, "answers", 1 - first)):
        other = [raw(body) for what, body in instead.get("said", []) if what == KIND_OF[kind]]
        for body in other if other and role == instead["author"] else [raw(case[name][role])]:
            said(role, KIND_OF[kind], body)
    return rounds.rounds[0]


def test_overlap() -> None:
    for case in VECTORS["elements"]:
        message, context = raw(case["message"]), raw(case["context"])
        assert hash_to_group(message, context) == raw(case["element"])
        assert hash_to_scalar(message, context) == raw(case["scalar"])
    for case in VECTORS["rounds"]:
        made = overlap_round(case, {})
        assert made.session == raw(case["session"])
        assert isinstance(made.standing, Completed)
        opened = replace(made, sides=(Side(), Side()))
        for role in Role:
            secret = begin(opened, role, tuple(case["choices"][role]), raw(case["seeds"][role]))
            said = next_said(opened, role, secret)
            assert said is not None
            assert said[0].body() == raw(case["commits"][role])
            result = overlap(made, role, secret)
            assert result is not None
            line = isinstance(made.terms.subject, BottomLine)
            assert (bool(result) if line else list(result)) == case["results"][role]
    for case in VECTORS["faults"]:
        standing = overlap_round(VECTORS["rounds"][case["round"]], case).standing
        assert isinstance(standing, Broken)
        assert (standing.by, standing.step, str(standing.fault)) == (case["by"], case["step"], case["fault"]), case

"""Our code against vectors/line/carrying.json, from its inputs."""

import json
from pathlib import Path
from typing import Any

from backchannel.crypto.suite import Role
from backchannel.ledger.mandate import package_hash
from backchannel.log.event import read_event
from vectors.first.carrying import allowed, as_value, carried_shown, mandates_shown, questions_shown, said_shown

FOUND: Any = json.loads((Path(__file__).parents[2] / "vectors" / "line" / "carrying.json").read_text())["vectors"]


def test_what_talk_says_and_what_may_be_carried() -> None:
    for case in FOUND["talk"]:
        assert said_shown(case["kind"], bytes.fromhex(case["body"])) == case["says"], case["what"]
    for case in FOUND["carried"]:
        made = carried_shown(case["kind"], bytes.fromhex(case["body"]), case["wish"])
        assert made == {key: case[key] for key in case if key in ("makes", "error")}
    assert {case.get("error") for case in FOUND["carried"]} == {None, "carry-refused", "input-refused"}


def test_questions_across_lines() -> None:
    for case in FOUND["questions"]:
        lines = {
            one["line"]: (Role(one["role"]), [read_event(bytes.fromhex(raw)) for raw in one["events"]][::-1])
            for one in case["lines"]
        }
        assert questions_shown(lines, case["origins"]) == case["found"]
        assert len({one["standing"] for one in case["found"]}) == 4


def test_mandates() -> None:
    for case in FOUND["limits"]:
        assert allowed(case["limit"], case["value"]) is case["allows"]
    for case in FOUND["packages"]:
        assert package_hash({key: as_value(value) for key, value in case["package"]}).hex() == case["hash"]
    for case in FOUND["mandates"]:
        events = [read_event(bytes.fromhex(raw)) for raw in case["events"]][::-1]
        made = mandates_shown(events, case["now"])
        assert made == {key: case[key] for key in made}, case["what"]

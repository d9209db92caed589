"""`plan exchange`: the whole answer, what it refuses, and that nothing of it travels."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml

from backchannel.errors import ConfigRefused, ExtraMissing, InputRefused, ListRefused, PlanClash, PlanRefused
from tests.cli.people import Person
from tests.cli.test_lists import imported, written

EXAMPLE = Path(__file__).parents[2] / "examples" / "exchange"
SMALL: dict[str, Any] = {
    "phases": [{"name": "first"}, {"name": "second"}],
    "giving": {
        "least": 2,
        "each": {"wounded": {"cost": 4, "value": 9}, "elderly": {"cost": 2, "value": 5}},
        "rows": [
            {"key": "1", "category": "wounded"},
            {"key": "2", "category": "wounded"},
            {"key": 3, "cost": 1, "value": 1},
        ],
    },
    "getting": {"rows": [{"key": "one", "cost": 10, "value": 30}], "musts": ["one"]},
}


def asked(home: Path, question: Any = None, name: str = "plan.yaml") -> str:
    return written(home, yaml.safe_dump(SMALL if question is None else question, allow_unicode=True), name)


def plan(person: Person, *options: str) -> dict[str, Any]:
    return person.runs("plan", "exchange", "bob", *options, "--json").value


@pytest.fixture
def alone(ann: Person) -> Person:
    """Ann, whose line to Bob nobody has joined yet: planning needs nobody else."""
    ann.runs("invite", "bob", "--text")
    return ann


def test_one_for_a_thousand_in_two_phases(alone: Person) -> None:
    svg = alone.home / "trust.svg"
    done = plan(alone, "--file", str(EXAMPLE / "plan.yaml"), "--svg", str(svg), "--keep", "ours", "--stake", "9000")
    going = done["giving"]
    assert len({one["key"] for one in going}) == 1000
    first = [one for one in going if one["phase"] == "first"]
    assert 400 <= len(first) <= 500
    assert sum(one["category"] == "wounded" for one in first) == 150
    assert sum(one["category"] == "long term" for one in first) <= 50
    assert done["getting"] == [
        {"key": "the one", "category": "captive", "phase": "second", "cost": 50000, "value": 90000}
    ]
    assert done["cost"] == sum(one["cost"] for one in going) <= 60000
    assert done["mine"] == 0.9 * 90000 - done["cost"]
    assert 0 <= done["gap"] <= 0.001
    assert done["reached"] <= done["bound"] + 1e-6
    trust, least = done["trust"], done["least"]
    assert trust["stake"] == max(max(one["me"], one["them"]) for one in trust["moments"])
    assert least["stake"] < trust["stake"] <= done["one_go"]
    assert least["stake"] < 9000 or done["gesture"]["giving"]
    assert sorted(one["key"] for one in done["order"]) == sorted([*(one["key"] for one in going), "the one"])
    assert done["guarantor"]["holds"] == max(one["needed"] for one in done["order"])
    assert "In one go" in done["why_not_in_one_go"]
    drawn = ET.parse(svg).getroot()
    bars = [one for one in drawn.iter("{http://www.w3.org/2000/svg}rect") if one.get("fill") != "white"]
    assert len(bars) == 2 * len(trust["moments"])
    assert max(float(one.get("width", "0")) for one in bars) == 420
    assert plan(alone, "--kept", "ours") == done
    alone.runs("invite", "carl", "--text")
    assert alone.tries("plan", "exchange", "carl", "--kept", "ours").code == InputRefused.exit_code


def test_on_a_terminal(alone: Person) -> None:
    done = alone.runs("plan", "exchange", "bob", "--file", asked(alone.home), "--frontier", "--stake", "3")
    for said in ("(proven)", "Trust needed", "█", "Why not in one go?", "deposit:", "guarantor:", "first gesture",
                 "none is better for both", "nothing of this has travelled"):  # fmt: skip
        assert said in done.out
    rows = plan(alone, "--file", asked(alone.home), "--frontier")["frontier"]
    assert len(rows) > 1
    assert [one["mine"] for one in rows] == sorted((one["mine"] for one in rows), reverse=True)
    assert [one["theirs"] for one in rows] == sorted(one["theirs"] for one in rows)


def test_rows_and_vetoes_come_from_the_line_and_nothing_travels(pair: tuple[Person, Person]) -> None:
    ann, bob = imported(pair)
    bob.runs("list", "veto", "ann", "people", "1")
    ann.runs("sync")
    points = "id,name,cost,value\n1,a,1,99\n2,b,2,98\n3,c,3,97\n"
    written(ann.home, points, "points.csv")
    question = {"giving": {"list": "people", "points": "points.csv", "least": 2}}
    before = ann.log("bob"), bob.rows()
    done = plan(ann, "--file", asked(ann.home, question))
    assert [(one["key"], one["category"], one["cost"]) for one in done["giving"]] == [
        ("2", "wounded", 2),
        ("3", "elderly", 3),
    ]
    question["giving"]["least"] = 3
    clash = ann.tries("plan", "exchange", "bob", "--file", asked(ann.home, question), "--json")
    assert (clash.code, clash.error["error"]) == (PlanClash.exit_code, PlanClash.code)
    assert "what they vetoed may not go" in clash.error["message"]
    assert "count: at least 3" in clash.error["message"]
    assert before == (ann.log("bob"), bob.rows())
    question = {"getting": {"list": "people", "points": "points.csv"}}
    refused(ann, PlanRefused, "handed over by the other side", asked(ann.home, question))


def refused(person: Person, error: type[InputRefused], said: str, file: str) -> None:
    done = person.tries("plan", "exchange", "bob", "--file", file, "--json")
    assert (done.code, done.error["error"]) == (error.exit_code, error.code)
    assert said in done.error["message"]


def changed(way: str = "giving", **fields: Any) -> dict[str, Any]:
    return {**SMALL, way: {**SMALL[way], **fields}}


@pytest.mark.parametrize(
    ("question", "error", "said"),
    [
        (changed(quotas=[{"category": "wounded", "least": 3}]), PlanClash, "giving: quota wounded: at least 3"),
        (changed(least=4), PlanClash, "giving: count: at least 4"),
        (changed(least="some"), PlanRefused, "least is a whole number"),
        (changed(each={}), PlanRefused, "needs a cost and a value"),
        (changed(each=[1]), PlanRefused, "each"),
        (changed(rows=[1]), PlanRefused, "a list of maps"),
        (changed(list="nobody"), ListRefused, "there is no list nobody"),
        (changed(list=["a"]), PlanRefused, "list is a text"),
        (changed(points="nowhere.csv"), ConfigRefused, "cannot be read"),
        (changed(points="words.csv"), PlanRefused, "no column headed `cost`"),
        (changed(points="half.csv"), PlanRefused, "cost is a whole number, not '1.5'"),
        (changed(points="empty.csv"), PlanRefused, "has no cost or no value"),
        (changed(points="plan.yaml"), ListRefused, "no column is headed"),
        (changed(rows=[{"key": "a", "cost": cost, "value": 2} for cost in (1, 2)]), PlanRefused, "stands in it twice"),
        ({"bugdet": "1"}, PlanRefused, "bugdet is not known"),
        ({"giving": {}}, PlanRefused, "nobody goes"),
    ],
)
def test_what_is_refused_names_its_place(alone: Person, question: Any, error: type[InputRefused], said: str) -> None:
    written(alone.home, "name\nx\n", "words.csv")
    written(alone.home, "name,cost\nx,1.5\n", "half.csv")
    written(alone.home, "name,cost,value\nx,,2\n", "empty.csv")
    refused(alone, error, said, asked(alone.home, question))


def test_a_wrong_file_and_a_missing_extra(alone: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    refused(alone, InputRefused, "neither YAML nor JSON", written(alone.home, "{{{"))
    monkeypatch.setitem(sys.modules, "highspy", None)
    refused(alone, ExtraMissing, "", asked(alone.home))
    assert (
        "backchannel[planner]"
        in alone.tries("plan", "exchange", "bob", "--file", asked(alone.home), "--json").error["hint"]
    )


@pytest.mark.parametrize("options", [(), ("--file", "a", "--kept", "b"), ("--kept", "b", "--frontier")])
def test_what_does_not_go_together(alone: Person, options: tuple[str, ...]) -> None:
    assert alone.tries("plan", "exchange", "bob", *options).code == 2

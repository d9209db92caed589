"""Questions as plain values: what stands in the module's own example, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from backchannel.errors import PlanRefused
from backchannel.insight.exchange import question
from backchannel.insight.exchange.plan import Plan, plan_exchange
from backchannel.insight.exchange.problem import Aim, Candidate, Exchange, HandoverList, Must, PhaseLimit, Quota, Veto
from backchannel.insight.exchange.question import read_question

ROWS = [{"key": key, "category": "wounded", "cost": 40, "value": 90} for key in ("17", "18", "19")]


def whole() -> dict[str, Any]:
    return {
        "phases": [{"name": "first"}, {"name": "second", "worth": 900}],
        "budget": 400, "my least": -90, "their least": 0,
        "giving": {
            "least": 1, "most": 2, "rows": ROWS,
            "quotas": [{"category": "wounded", "least": 1, "most": 2, "phase": "second"}, {"category": "wounded"}],
            "musts": ["17", {"key": "18", "phase": "first"}], "vetoes": [{"key": "19", "by": "north"}],
            "phases": {"first": {"most": 2}},
        },
        "getting": {"rows": [{"key": "one", "cost": 900, "value": 1500}]},
    }  # fmt: skip


def test_a_whole_question() -> None:
    found = read_question(whole())
    rows = tuple(Candidate(key, "wounded", 40, 90) for key in ("17", "18", "19"))
    assert found == Exchange(
        HandoverList(
            rows, 1, 2, (Quota("wounded", 1, 2, 1), Quota("wounded")), (Must("17"), Must("18", 0)),
            (Veto("19", "north"),), (PhaseLimit(0, 2), PhaseLimit()),
        ),
        HandoverList((Candidate("one", "", 900, 1500),)), ("first", "second"), (1000, 900), 400, -90, 0,
    )  # fmt: skip
    plan = plan_exchange(found, Aim(0, 1))
    assert isinstance(plan, Plan)
    assert [going.key for going in plan.giving] == ["17", "18"]


def test_the_example_of_the_module_is_one() -> None:
    text = (question.__doc__ or "").split("\n\n")[1]
    value = yaml.safe_load(text)
    value["giving"]["rows"] += [{"key": key, "category": "x", "cost": 1, "value": 1} for key in ("18", "19")]
    assert read_question(value).giving.vetoes == (Veto("19", "north"),)


def test_nothing_asked_is_one_phase_and_no_rows() -> None:
    assert read_question({}) == Exchange(HandoverList())


def changed(*path: Any, to: Any) -> dict[str, Any]:
    value = whole()
    place: Any = value
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return value


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([], "a map is wanted"),
        (changed("bugdet", to=1), "bugdet is not known here"),
        (changed("budget", to="400"), "budget is a whole number"),
        (changed("budget", to=True), "budget is a whole number"),
        (changed("phases", to={}), "a list is wanted"),
        (changed("phases", 0, "name", to=1), "name is a text"),
        (changed("phases", to=[{"name": name} for name in ("first", "second", "first")]), "different names"),
        (changed("giving", "rows", to=[{"key": "1", "cost": 1}]), "needs a cost and a value"),
        (changed("giving", "rows", to=[*ROWS, ROWS[0]]), "17 stands in it twice"),
        (changed("giving", "musts", 0, to="nobody"), "nobody is not in the list"),
        (changed("giving", "musts", 1, "phase", to="third"), "there is no phase third"),
        (changed("giving", "vetoes", 0, to="19"), "a map is wanted"),
        (changed("giving", "phases", "third", to={}), "third is not known here"),
        (changed("giving", "most", to=0), "at least 1 and at most 0"),
    ],
)
def test_what_is_refused_names_its_place(bad: Any, said: str) -> None:
    with pytest.raises(PlanRefused, match=said):
        read_question(bad)

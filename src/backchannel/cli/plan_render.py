"""A planned exchange as JSON, and on a terminal from the same JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import click

from backchannel.app.exchange_plan import Planned
from backchannel.cli.plan_picture import bars
from backchannel.cli.render import isolated, plural, safe, table
from backchannel.insight.exchange.pacing import Pacing
from backchannel.insight.exchange.plan import Going, Plan
from backchannel.insight.exchange.problem import HandoverList, Way

_NAMED: Final = 12


def plan_value(done: Planned, frontier: Sequence[Plan]) -> dict[str, Any]:
    """Return everything about a plan, as JSON; points are whole where they are counted in points."""
    plan, phases = done.plan, done.exchange.phases
    keys = done.carried.keys
    found = {
        "phases": list(phases),
        "giving": _people(done.exchange.giving, plan.giving, phases),
        "getting": _people(done.exchange.getting, plan.getting, phases),
        "mine": plan.mine,
        "theirs": plan.theirs,
        "cost": plan.cost,
        "reached": plan.reached,
        "bound": plan.bound,
        "gap": plan.gap,
        "prices": [{"rule": str(rule), "price": round(price, 6)} for rule, price in plan.prices],
        "trust": _trust(done, done.trust),
        "least": _trust(done, done.paced),
        "why_not_in_one_go": str(done.why),
        "one_go": done.why.one_go,
        "order": [
            {"key": keys[row], "needed": need, "me": mine, "them": theirs}
            for row, need, mine, theirs in zip(
                done.order.order.tolist(),
                done.order.needed.tolist(),
                done.order.mine.tolist(),
                done.order.theirs.tolist(),
                strict=True,
            )
        ],
        "deposit": {"each": done.trust.stake, "each_with_other_phases": done.paced.stake},
        "guarantor": {"holds": done.order.stake},
        "gesture": None,
        "frontier": [{"mine": one.mine, "theirs": one.theirs, "cost": one.cost, "gap": one.gap} for one in frontier],
    }
    if done.gesture is not None:
        found["gesture"] = {
            "giving": [keys[row] for row in done.gesture.giving.tolist()],
            "getting": [keys[row] for row in done.gesture.getting.tolist()],
            "cost_to_me": done.gesture.cost_to_me,
            "cost_to_them": done.gesture.cost_to_them,
        }
    return found


def show_plan(value: dict[str, Any]) -> None:
    """Print a plan for its owner."""
    for way, words in (("giving", "I hand over"), ("getting", "they hand over")):
        _show_people(value[way], value["phases"], words)
    click.echo(
        f"\nmy gain {value['mine']:,.0f}, theirs {value['theirs']:,.0f}; what I give costs me {value['cost']:,.0f}"
    )
    click.echo(
        f"reached {value['reached']:,.0f}; nothing that keeps the rules is above {value['bound']:,.0f} (proven): "
        f"a gap of {100 * value['gap']:.3f} % at most"
    )
    for one in value["prices"][:5]:
        click.echo(f"  one more of this limit would add {one['price']:,.2f}: {_shown(one['rule'])}")
    _show_trust(value)
    if value["frontier"]:
        click.echo("\nOther plans; none is better for both:")
        rows = [[f"{one['mine']:,.0f}", f"{one['theirs']:,.0f}", f"{one['cost']:,.0f}"] for one in value["frontier"]]
        table(rows, ["my gain", "their gain", "costs me"])
    click.echo("\nFor you alone: nothing of this has travelled.")


def _show_people(people: list[dict[str, Any]], phases: list[str], words: str) -> None:
    for phase in phases:
        there = [one for one in people if one["phase"] == phase]
        if not there:
            continue
        groups = Counter(one["category"] for one in there)
        shown = ", ".join(f"{count:,} {_shown(category) or 'others'}" for category, count in groups.items())
        click.echo(f"{_shown(phase)}: {words} {plural(len(there), 'row')} ({shown})")
        keys = ", ".join(_shown(one["key"]) for one in there[:_NAMED])
        click.echo(
            f"  {keys}" + (f" and {len(there) - _NAMED:,} more (--json names all)" if len(there) > _NAMED else "")
        )


def _show_trust(value: dict[str, Any]) -> None:
    trust, least = value["trust"], value["least"]
    first = {"me": "I hand", "them": "they hand"}
    click.echo(f"\nTrust needed, as planned ({first[trust['first']]} over first in each phase): what each side would")
    click.echo("gain by walking away at that moment, in points")
    for line in bars(trust):
        click.echo(f"  {line}")
    click.echo(f"\nWhy not in one go? {value['why_not_in_one_go']}")
    click.echo("\nWhat makes it safe:")
    click.echo(f"  deposit: {trust['stake']:,} points of each side, with these phases")
    if least["stake"] < trust["stake"]:
        counts = ", then ".join(
            f"{one['giving']:,} of mine for {one['getting']:,} of theirs" for one in least["phases"]
        )
        click.echo(
            f"  deposit: {least['stake']:,} of each, if {first[least['first']]} over first and phases are {counts}"
        )
    click.echo(
        f"  guarantor: holds {value['guarantor']['holds']:,} in all and pays it out bit by bit, in the order of --json"
    )
    if value["gesture"] is not None:
        _show_gesture(value["gesture"])


def _show_gesture(gesture: dict[str, Any]) -> None:
    parts = [
        f"{whose} {plural(len(gesture[way]), 'row')} first, at a cost of {gesture[cost]:,}"
        for whose, way, cost in (("I hand over", "giving", "cost_to_me"), ("they", "getting", "cost_to_them"))
        if gesture[way]
    ]
    click.echo(f"  first gesture, with the stake there is and phases enough: {'; '.join(parts) or 'none is needed'}")


def _trust(done: Planned, pacing: Pacing) -> dict[str, Any]:
    """Return the moments of a pacing: before all, and after each batch."""
    cut = pacing is not done.trust
    order = ("me", "them") if pacing.first is Way.GIVING else ("them", "me")
    whens = ["before all"]
    for number in range(len(pacing.phases)):
        name = f"phase {number + 1}" if cut else done.exchange.phases[_phase(done, number)]
        whens += [f"{name}: {'I have' if side == 'me' else 'they have'} given" for side in order]
    mine, theirs = pacing.mine.tolist(), pacing.theirs.tolist()
    return {
        "first": order[0],
        "stake": pacing.stake,
        "phases": [{"giving": len(one.giving), "getting": len(one.getting)} for one in pacing.phases],
        "moments": [{"when": when, "me": me, "them": them} for when, me, them in zip(whens, mine, theirs, strict=True)],
    }


def _phase(done: Planned, number: int) -> int:
    """Return which phase of the question a phase is in which somebody goes."""
    return sorted({one.phase for one in (*done.plan.giving, *done.plan.getting)})[number]


def _people(asked: HandoverList, going: tuple[Going, ...], phases: tuple[str, ...]) -> list[dict[str, Any]]:
    rows = {row.key: row for row in asked.candidates}
    return [
        {
            "key": one.key,
            "category": rows[one.key].category,
            "phase": phases[one.phase],
            "cost": rows[one.key].cost,
            "value": rows[one.key].value,
        }
        for one in going
    ]


def _shown(text: str) -> str:
    return isolated(safe(text).replace("\n", " ")) if text else ""

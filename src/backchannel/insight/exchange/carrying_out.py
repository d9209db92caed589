"""From a plan to its trust: what is handed over, the phases that the plan itself has, and what they need.

A plan says who goes in which phase, by quotas and buses. `trust_of_plan` says what each side would then gain by walking
away, phase by phase; `pace` of the same rows says what other phases would need.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from backchannel.insight.exchange.pacing import Batches, Pacing
from backchannel.insight.exchange.plan import Plan
from backchannel.insight.exchange.problem import Exchange, Way
from backchannel.insight.exchange.trust import Handovers


@dataclass(frozen=True, slots=True, eq=False)
class CarriedOut:
    """What a plan hands over.

    Attributes:
        keys: (n,): the rows, mine first, each side's in the order of its list.
        rows: costs and values, by the same index.
        phases: what goes in each phase of the plan; none is empty on both sides.
    """

    keys: tuple[str, ...]
    rows: Handovers
    phases: tuple[Batches, ...]


def carried_out(exchange: Exchange, plan: Plan) -> CarriedOut:
    """Return what a plan of this exchange hands over.

    Raises:
        PlanRefused: a cost or a value is below 0; trust is about what is given up.
    """
    giving = {row.key: row for row in exchange.giving.candidates}
    getting = {row.key: row for row in exchange.getting.candidates}
    going = [*((giving[one.key], one) for one in plan.giving), *((getting[one.key], one) for one in plan.getting)]
    mine = np.arange(len(going)) < len(plan.giving)
    phase = np.array([one.phase for _, one in going], dtype=np.int64)
    rows = Handovers(
        mine,
        np.array([row.cost for row, _ in going], dtype=np.int64),
        np.array([row.value for row, _ in going], dtype=np.int64),
    )
    batches = [
        Batches(np.nonzero(mine & (phase == number))[0], np.nonzero(~mine & (phase == number))[0])
        for number in range(len(exchange.phases))
    ]
    return CarriedOut(
        tuple(row.key for row, _ in going), rows, tuple(one for one in batches if len(one.giving) or len(one.getting))
    )


def trust_of_plan(carried: CarriedOut) -> Pacing:
    """Return what the plan's own phases need, with the side first in each phase for which that is less."""
    return min((_needed(carried, first) for first in (Way.GIVING, Way.GETTING)), key=lambda pacing: pacing.stake)


def _needed(carried: CarriedOut, first: Way) -> Pacing:
    rows = carried.rows
    to_me = [-int(rows.cost[rows.mine].sum()) + int(rows.value[~rows.mine].sum())]
    to_them = [int(rows.value[rows.mine].sum()) - int(rows.cost[~rows.mine].sum())]
    for phase in carried.phases:
        batches = [(phase.giving, True), (phase.getting, False)]
        for batch, own in batches if first is Way.GIVING else batches[::-1]:
            cost, value = int(rows.cost[batch].sum()), int(rows.value[batch].sum())
            to_me.append(to_me[-1] + (cost if own else -value))
            to_them.append(to_them[-1] + (-value if own else cost))
    mine, theirs = np.maximum(0, -np.array(to_me)), np.maximum(0, -np.array(to_them))
    return Pacing(first, carried.phases, int(max(mine.max(), theirs.max())), mine, theirs)

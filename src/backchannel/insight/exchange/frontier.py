"""The frontier between what an exchange costs me and what it gives them: the best plans at so many levels.

The ends are the plans that are best for me alone and best for them alone; between them, for evenly spaced levels of my
gain, the plan that gives them the most (epsilon-constraint, which also finds what no weights would).

Source: Haimes, Lasdon and Wismer 1971.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil

from backchannel.errors import PlanRefused
from backchannel.insight.exchange.clash import Clash
from backchannel.insight.exchange.plan import NEAR, Plan, plan_exchange
from backchannel.insight.exchange.problem import Aim, Exchange


def sweep(exchange: Exchange, levels: int, *, near: float = NEAR) -> tuple[Plan, ...] | Clash:
    """Return plans of which none is better for both sides than another, the best for me first.

    Args:
        exchange: lists and rules.
        levels: how many levels of my gain to ask, from 2.
        near: as in `plan_exchange`.

    Raises:
        PlanRefused: the question has no meaning.
        ExtraMissing: HiGHS is not installed.
        PlanUnsolved: a level could not be decided with the work allowed.
    """
    if levels < 2:
        raise PlanRefused("at least 2 levels")
    low = plan_exchange(exchange, Aim(mine=0, theirs=1), near=near)
    high = plan_exchange(exchange, Aim(mine=1, theirs=0), near=near)
    if isinstance(low, Clash) or isinstance(high, Clash):
        return low if isinstance(low, Clash) else high  # type: ignore[return-value]
    found = [low, high]
    step = (high.mine - low.mine) / (levels - 1)
    for number in range(1, levels):
        level = replace(exchange, my_least=ceil(low.mine + step * number))
        plan = plan_exchange(level, Aim(mine=0, theirs=1), near=near)
        if isinstance(plan, Plan):
            found.append(plan)
    return undominated(found)


def undominated(plans: list[Plan]) -> tuple[Plan, ...]:
    """Return the plans than which none is at least as good for both sides and better for one; best for me first."""
    kept: list[Plan] = []
    for plan in sorted(plans, key=lambda plan: (-plan.mine, -plan.theirs)):
        if not kept or plan.theirs > kept[-1].theirs:
            kept.append(plan)
    return tuple(kept)

"""An exchange planned: who goes when, what each side then needs in trust, and what would give it."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.app.desk import Desk
from backchannel.app.trust_needed import PRIVATE
from backchannel.errors import InputRefused, PlanClash, PlanRefused
from backchannel.insight.exchange.carrying_out import CarriedOut, carried_out, trust_of_plan
from backchannel.insight.exchange.clash import Clash
from backchannel.insight.exchange.frontier import sweep
from backchannel.insight.exchange.pacing import Gesture, Pacing, WhyNotAtOnce, gesture, pace, why_not_at_once
from backchannel.insight.exchange.plan import Plan, plan_exchange
from backchannel.insight.exchange.problem import Aim, Exchange
from backchannel.insight.exchange.trust import TrustOrder, least_trust_order

LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True, eq=False)
class Planned:
    """A plan and its trust.

    Attributes:
        exchange: what was asked.
        plan: who goes, in which phase.
        carried: what that hands over.
        trust: what the plan's own phases need.
        paced: as many phases of the same rows, cut so that they need the least.
        why: why not in one go.
        order: the order of least trust where something divisible can be paid in between.
        gesture: what to hand over first, for the rest to be safe with the stake that there is; None without a stake.
    """

    exchange: Exchange
    plan: Plan
    carried: CarriedOut
    trust: Pacing
    paced: Pacing
    why: WhyNotAtOnce
    order: TrustOrder
    gesture: Gesture | None


def planned(exchange: Exchange, aim: Aim, stake: int) -> Planned:
    """Return the plan and what it needs.

    Args:
        exchange: lists and rules.
        aim: what to make large.
        stake: what each side has at stake already, in points; 0 is nothing.

    Raises:
        PlanRefused: the question has no meaning.
        PlanClash: its rules cannot all be kept; which ones, is said.
        PlanUnsolved: neither a plan nor a clash was found.
        ExtraMissing: HiGHS is not installed.
    """
    plan = plan_exchange(exchange, aim)
    if isinstance(plan, Clash):
        raise clashing(plan)
    carried = carried_out(exchange, plan)
    if not carried.phases:
        raise PlanRefused("nobody goes: no rule asks for it, and nothing would be gained")
    paced = pace(carried.rows, len(carried.phases))
    return Planned(
        exchange=exchange,
        plan=plan,
        carried=carried,
        trust=trust_of_plan(carried),
        paced=paced,
        why=why_not_at_once(carried.rows, paced),
        order=least_trust_order(carried.rows),
        gesture=gesture(carried.rows, stake) if stake else None,
    )


def frontier(exchange: Exchange, levels: int) -> tuple[Plan, ...]:
    """Return plans between what is best for me and what is best for them.

    Raises:
        PlanClash: the rules cannot all be kept.
        BackchannelError: as `planned` raises.
    """
    found = sweep(exchange, levels)
    if isinstance(found, Clash):
        raise clashing(found)
    return found


def clashing(clash: Clash) -> PlanClash:
    """Return the error that names the rules."""
    half = " (they could be, if somebody could go by half)" if clash.whole else ""
    return PlanClash("; ".join(str(rule) for rule in clash.rules) + half)


def keep_plan(desk: Desk, name: str, label: str, value: bytes) -> None:
    """Keep a plan beside a line, for its owner alone.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: it has no label.
    """
    if not label.strip() or len(label) > LONGEST_LABEL:
        raise InputRefused(f"a label has 1 to {LONGEST_LABEL} characters")
    with desk.work() as work:
        work.transaction.save_private(work.transaction.line_named(name).id, PRIVATE + label, value)


def kept_plan(desk: Desk, name: str, label: str) -> bytes:
    """Return a plan that was kept.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: there is none of that label.
    """
    with desk.look() as transaction:
        found = transaction.private(transaction.line_named(name).id, PRIVATE + label)
    if found is None:
        raise InputRefused(f"no plan was kept as {label!r}")
    return found

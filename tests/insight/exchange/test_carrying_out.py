"""A plan's own phases and the trust that they need, beside what pacing the same rows would need."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from backchannel.errors import PlanRefused
from backchannel.insight.exchange.carrying_out import carried_out, trust_of_plan
from backchannel.insight.exchange.pacing import pace
from backchannel.insight.exchange.plan import Plan, plan_exchange
from backchannel.insight.exchange.problem import Aim, Candidate, Exchange, HandoverList, Must, PhaseLimit, Way
from tests.insight.exchange.test_pacing import flat, stake_of
from tests.insight.exchange.test_plan import exchanges


def one_for_a_thousand(*phases: PhaseLimit) -> tuple[Exchange, Plan]:
    theirs = HandoverList((Candidate("one", "", 900, 1_500),), 1, 1, musts=(Must("one", 0),))
    mine = HandoverList(tuple(Candidate(f"r{n}", "", 1, 1) for n in range(1_000)), 1_000, 1_000, phases=phases)
    asked = Exchange(mine, theirs, ("first", "second"))
    plan = plan_exchange(asked, Aim(1, 1))
    assert isinstance(plan, Plan)
    return asked, plan


def test_the_phases_of_a_plan_need_what_they_need() -> None:
    """550 before him and 450 after is the best there is; 900 and 100 leaves him paid for before he comes."""
    for first, stake in ((550, 450), (900, 800), (100, 900)):
        asked, plan = one_for_a_thousand(PhaseLimit(first, first), PhaseLimit())
        carried = carried_out(asked, plan)
        found = trust_of_plan(carried)
        assert [len(phase.giving) for phase in found.phases] == [first, 1_000 - first]
        assert found.stake == stake
    assert pace(carried.rows, 2).stake == 450


@settings(max_examples=60)
@given(exchanges())
def test_any_plan_is_as_safe_as_it_says(asked: Exchange) -> None:
    plan = plan_exchange(asked)
    if not isinstance(plan, Plan):
        return
    carried = carried_out(asked, plan)
    found = trust_of_plan(carried)
    assert sorted(flat(found)) == list(range(len(carried.keys)))
    assert stake_of(carried.rows, flat(found)) == found.stake == max([*found.mine, *found.theirs])
    sides = [[carried.keys[row] for row in flat(found) if carried.rows.mine[row] == own] for own in (True, False)]
    for way, keys in zip(Way, sides, strict=True):
        phase_of = {going.key: going.phase for going in getattr(plan, way.value)}
        assert [phase_of[key] for key in keys] == sorted(phase_of.values())


def test_a_cost_below_nothing_has_no_trust() -> None:
    asked = Exchange(HandoverList((Candidate("r", "", -1, 1),), 1))
    plan = plan_exchange(asked)
    assert isinstance(plan, Plan)
    with pytest.raises(PlanRefused):
        carried_out(asked, plan)

"""Phases without payments, against every order, every cut into phases, and the real shape: one for a thousand."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import PlanRefused
from backchannel.insight.exchange.pacing import Pacing, gesture, pace, why_not_at_once
from backchannel.insight.exchange.problem import Way
from backchannel.insight.exchange.trust import Handovers, least_trust_order
from tests.insight.exchange.test_trust import ROWS, rows_of, worth

Rows = list[tuple[bool, int, int]]


def stake_of(rows: Handovers, order: list[int]) -> int:
    """What each side needs at stake if the rows are handed over in this order and nothing is paid."""
    return max(max(0, -gain) for step in range(len(order) + 1) for gain in worth(rows, order[step:]))


def flat(pacing: Pacing) -> list[int]:
    order: list[int] = []
    for phase in pacing.phases:
        sides = [phase.giving.tolist(), phase.getting.tolist()]
        for side in sides if pacing.first is Way.GIVING else sides[::-1]:
            order += side
    return order


@given(ROWS, st.integers(1, 5))
def test_it_is_as_safe_as_it_says(some: Rows, phases: int) -> None:
    rows = rows_of(some)
    pacing = pace(rows, phases)
    order = flat(pacing)
    assert sorted(order) == list(range(len(some)))
    assert len(pacing.phases) <= phases
    assert stake_of(rows, order) == pacing.stake == max(pacing.mine.max(), pacing.theirs.max())
    assert len(pacing.mine) == len(pacing.theirs) == 2 * len(pacing.phases) + 1


def test_it_is_near_the_best_of_all_orders() -> None:
    """Never below it, never more than the largest cost above it, and the order with payments is below both."""
    drawn = np.random.default_rng(11)
    exact = 0
    for _ in range(200):
        count = int(drawn.integers(1, 6))
        rows = Handovers(drawn.random(count) < 0.5, drawn.integers(0, 12, count), drawn.integers(0, 12, count))
        best = min(stake_of(rows, list(order)) for order in permutations(range(count)))
        found = pace(rows, count).stake
        assert best <= found <= best + rows.cost.max()
        assert least_trust_order(rows).stake <= 2 * best
        exact += found == best
    assert exact > 100


def best_cut(rows: Handovers, phases: int, capacity: tuple[int | None, int | None]) -> int | None:
    """The least stake over every way to cut the two sides' orders into phases, each order as `pace` has it."""
    whole = flat(pace(rows, max(1, len(rows.mine))))
    sides = [[k for k in whole if rows.mine[k] == own] for own in (True, False)]
    room = [len(side) if limit is None else limit for side, limit in zip(sides, capacity, strict=True)]

    def cuts(count: int, parts: int, most: int) -> list[list[int]]:
        if parts == 1:
            return [[count]] if count <= most else []
        return [[n, *rest] for n in range(min(count, most) + 1) for rest in cuts(count - n, parts - 1, most)]

    found = []
    for mine in cuts(len(sides[0]), phases, room[0]):
        for theirs in cuts(len(sides[1]), phases, room[1]):
            for first in (0, 1):
                left = [list(sides[0]), list(sides[1])]
                order: list[int] = []
                for sizes in zip(mine, theirs, strict=True):
                    for side in (first, 1 - first):
                        order += left[side][: sizes[side]]
                        left[side] = left[side][sizes[side] :]
                found.append(stake_of(rows, order))
    return min(found, default=None)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=6),
    st.integers(1, 3),
    st.tuples(st.none() | st.integers(1, 4), st.none() | st.integers(1, 4)),
)
def test_no_other_cut_into_phases_needs_less(some: Rows, phases: int, capacity: tuple[int | None, int | None]) -> None:
    rows = rows_of(some)
    best = best_cut(rows, phases, capacity)
    if best is None:
        with pytest.raises(PlanRefused):
            pace(rows, phases, capacity)
        return
    found = pace(rows, phases, capacity)
    assert found.stake == best
    for limit, sizes in zip(
        capacity,
        ([len(p.giving) for p in found.phases], [len(p.getting) for p in found.phases]),
        strict=True,
    ):
        assert limit is None or max(sizes) <= limit


@given(ROWS, st.integers(0, 40))
def test_after_the_gesture_the_rest_is_safe(some: Rows, stake: int) -> None:
    rows = rows_of(some)
    first = gesture(rows, stake)
    gone = {*first.giving.tolist(), *first.getting.tolist()}
    rest = rows_of([row for number, row in enumerate(some) if number not in gone])
    assert pace(rest, max(1, len(rest.mine))).stake <= stake
    assert first.cost_to_me == sum(some[k][1] for k in first.giving)
    assert first.cost_to_them == sum(some[k][1] for k in first.getting)
    assert bool(gone) == (pace(rows, max(1, len(some))).stake > stake)


def one_for_a_thousand() -> Handovers:
    """One of theirs, whom it costs them 900 to give and who is worth 1,500 to me, for a thousand of mine."""
    return rows_of([(False, 900, 1_500)] + [(True, 1, 1)] * 1_000)


def test_one_for_a_thousand_comes_in_two_phases() -> None:
    """In one go the second side would owe 900 or more; two phases halve that, a third adds nothing."""
    rows = one_for_a_thousand()
    one, two, three = (pace(rows, count) for count in (1, 2, 3))
    assert (one.stake, two.stake, three.stake) == (900, 450, 450)
    before, after = two.phases
    assert [len(before.giving), len(before.getting), len(after.giving), len(after.getting)] == [550, 1, 450, 0]
    why = why_not_at_once(rows, two)
    assert (why.one_go, why.phases, why.paced) == (900, 2, 450)
    assert why.tempted is Way.GETTING
    assert str(why) == (
        "In one go, even in the better order, the other side would at some moment gain 900 by walking away; "
        "in 2 phases nobody ever gains more than 450."
    )
    assert str(why_not_at_once(rows, one)) == (
        "One go is as safe as more phases: nobody gains more than 900 by walking away."
    )


def test_buses_for_two_hundred_make_it_five_phases() -> None:
    rows = one_for_a_thousand()
    with pytest.raises(PlanRefused):
        pace(rows, 4, (200, None))
    assert max(len(phase.giving) for phase in pace(rows, 5, (200, None)).phases) == 200


def test_a_first_gesture_where_reputation_is_small() -> None:
    """With 300 at stake on each side, 300 of mine can stand behind their one, and 600 are in his way."""
    first = gesture(one_for_a_thousand(), 300)
    assert (len(first.giving), len(first.getting)) == (700, 1)


@pytest.mark.parametrize("phases", [0, 1_001])
def test_a_number_of_phases_that_makes_no_sense_is_refused(phases: int) -> None:
    with pytest.raises(PlanRefused):
        pace(one_for_a_thousand(), phases)

"""The least-trust order against every order there is, and against the game played move by move."""

from __future__ import annotations

from itertools import permutations
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import PlanRefused
from backchannel.insight.exchange.trust import Handovers, balancing, least_trust_order, trust_of


def rows_of(rows: list[tuple[bool, int, int]]) -> Handovers:
    mine, cost, value = zip(*rows, strict=True) if rows else ((), (), ())
    return Handovers(np.array(mine, bool), np.array(cost, np.int64), np.array(value, np.int64))


def worth(rows: Handovers, left: list[int]) -> tuple[int, int]:
    """What I and they would still gain from the rows that are left."""
    me = sum(int(-rows.cost[k] if rows.mine[k] else rows.value[k]) for k in left)
    them = sum(int(rows.value[k] if rows.mine[k] else -rows.cost[k]) for k in left)
    return me, them


def stake_by_definition(rows: Handovers, order: list[int]) -> int:
    """The smallest joint stake of an order, from the intervals in which the payments still to come have to lie."""
    stake = 0
    for step in range(len(order)):
        before, after = worth(rows, order[step:]), worth(rows, order[step + 1 :])
        lowest, highest = max(-before[0], -after[0]), min(before[1], after[1])
        stake = max(stake, lowest - highest)
    return stake


def test_it_needs_no_more_than_any_other_order_in_a_thousand_random_cases() -> None:
    drawn = np.random.default_rng(5)
    for _ in range(1_000):
        count = int(drawn.integers(1, 6))
        largest = int(drawn.choice([3, 20]))
        rows = Handovers(
            drawn.random(count) < 0.5, drawn.integers(0, largest, count), drawn.integers(0, largest, count)
        )
        found = least_trust_order(rows)
        assert sorted(found.order.tolist()) == list(range(count))
        every = [stake_by_definition(rows, list(order)) for order in permutations(range(count))]
        assert found.stake == min(every)
        assert found.stake == stake_by_definition(rows, found.order.tolist())


ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 30), st.integers(0, 30)), max_size=12)


@given(ROWS, st.integers(0, 100))
def test_with_the_payments_nobody_ever_gains_by_walking_away(some: list[tuple[bool, int, int]], part: int) -> None:
    rows = rows_of(some)
    found = least_trust_order(rows)
    my_stake = found.stake * part // 100
    paid = balancing(rows, found.order, my_stake, found.stake - my_stake)
    order, still = found.order.tolist(), int(paid.sum())
    for step in range(len(order)):
        for left in (order[step:], order[step + 1 :]):
            me, them = worth(rows, left)
            assert me + still >= -my_stake
            assert them - still >= -(found.stake - my_stake)
        still -= int(paid[step])
    assert still == 0


@given(ROWS, st.randoms(use_true_random=False))
def test_each_step_says_what_walking_away_would_gain(some: list[tuple[bool, int, int]], shuffled: Random) -> None:
    rows = rows_of(some)
    order = list(range(len(some)))
    shuffled.shuffle(order)
    found = trust_of(rows, np.array(order, np.int64))
    assert found.stake == stake_by_definition(rows, order)
    for step in range(len(order)):
        me, them = worth(rows, order[step:])
        assert (found.mine[step], found.theirs[step]) == (max(0, -me), max(0, -them))


def test_nothing_to_hand_over_needs_no_trust() -> None:
    assert least_trust_order(rows_of([])).stake == 0
    assert balancing(rows_of([]), np.zeros(0, np.int64), 0, 0).tolist() == []


@pytest.mark.parametrize("bad", [(True, -1, 1), (True, 1, -1), (True, 2**60, 1)])
def test_points_that_make_no_sense_are_refused(bad: tuple[bool, int, int]) -> None:
    with pytest.raises(PlanRefused):
        rows_of([bad])


def test_lists_of_other_lengths_are_refused() -> None:
    with pytest.raises(PlanRefused):
        Handovers(np.zeros(1, bool), np.zeros(2, np.int64), np.zeros(1, np.int64))

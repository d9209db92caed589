from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import NoneAcceptable
from backchannel.insight import additive_frontier
from backchannel.insight.frontier import Frontier

POINTS = st.integers(0, 60)


@st.composite
def fronts(draw: Any, numbers: Any = POINTS, most: Any = 12) -> Any:
    pairs = draw(st.lists(st.tuples(numbers, numbers), min_size=1, max_size=most))
    return additive_frontier([[a for a, _ in pairs]], [[b for _, b in pairs]])


def rational(front: Any, reserve: Any) -> Any:
    """Index and gains of each individually rational point."""
    pairs = zip(front.mine.tolist(), front.theirs.tolist(), strict=True)
    gains = [(at, a - reserve[0], b - reserve[1]) for at, (a, b) in enumerate(pairs)]
    return [each for each in gains if each[1] >= 0 and each[2] >= 0]


RESERVES = st.tuples(st.integers(0, 40), st.integers(0, 40))


def expected(front: Any, reserve: Any, key: Any) -> Any:
    inside = rational(front, reserve)
    ideal = max(a for _, a, _ in inside) or 1, max(b for _, _, b in inside) or 1
    return max(inside, key=lambda each: (*key(each[1], each[2], *ideal), -each[0]))[0]


KEYS = {
    "nash": lambda a, b, ideal_a, ideal_b: (a * b, min(a, b)),
    "kalai_smorodinsky": lambda a, b, ideal_a, ideal_b: (
        min(Fraction(a, ideal_a), Fraction(b, ideal_b)),
        max(Fraction(a, ideal_a), Fraction(b, ideal_b)),
    ),
    "max_min": lambda a, b, ideal_a, ideal_b: (min(a, b), max(a, b)),
    "equal_gain": lambda a, b, ideal_a, ideal_b: (-abs(a - b), min(a, b)),
}


@pytest.mark.parametrize("name", KEYS)
@given(front=fronts(), reserve=RESERVES)
def test_a_scan_with_fractions_agrees(name: Any, front: Any, reserve: Any) -> None:
    if not rational(front, reserve):
        with pytest.raises(NoneAcceptable):
            getattr(front, name)(reserve=reserve)
        return
    index = getattr(front, name)(reserve=reserve)
    assert type(index) is int
    assert index == expected(front, reserve, KEYS[name])


@pytest.mark.parametrize("name", KEYS)
@given(front=fronts(), shift=st.integers(-(10**30), 10**30))
def test_a_shift_of_points_and_reserve_changes_nothing_at_any_size(name: Any, front: Any, shift: Any) -> None:
    moved = Frontier(
        np.array([a + shift for a in front.mine.tolist()], dtype=object),
        np.array([b + shift for b in front.theirs.tolist()], dtype=object),
        front.find,
    )
    assert getattr(moved, name)(reserve=(shift, shift)) == getattr(front, name)()


@given(fronts(), st.integers(1, 10**12), st.integers(1, 10**12))
def test_nash_and_kalai_smorodinsky_do_not_depend_on_the_scales(front: Any, up: Any, down: Any) -> None:
    scaled = Frontier(front.mine * up, front.theirs * down, front.find)
    product = (front.mine * front.theirs).tolist()
    if product.count(max(product)) == 1:  # a tie is settled by gains, which have a scale
        assert scaled.nash() == front.nash()
    assert scaled.kalai_smorodinsky() == front.kalai_smorodinsky()


def test_by_hand() -> None:
    front = additive_frontier([[0, 4, 7, 9, 10]], [[20, 18, 12, 4, 0]])
    assert front.mine.tolist() == [10, 9, 7, 4, 0]
    assert front.nash() == 2  # 7 * 12
    assert front.kalai_smorodinsky() == 2  # shares 0.7 and 0.6
    assert front.max_min() == 2
    assert front.equal_gain() == 2  # 9 and 4, as 7 and 12, are 5 apart; at 7 the poorer side gains more
    assert front.nash(reserve=(8, 0)) == 1
    with pytest.raises(NoneAcceptable):
        front.nash(reserve=(8, 5))


def test_fractions_and_reserves_that_are_fractions() -> None:
    front = additive_frontier([[0.5, 1.5, 2.0]], [[3.0, 2.5, 0.25]])
    assert front.nash() == 1
    assert front.nash(reserve=(1.75, 0.25)) == 0
    assert additive_frontier([[1, 5]], [[5, 1]]).nash(reserve=(0.5, 1.5)) == 1

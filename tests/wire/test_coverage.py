"""Coverage against what it stands for: a set of numbers (spec 3.4)."""

from __future__ import annotations

from functools import reduce
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import LARGEST_NUMBER, NOTHING, Coverage

TOP = 40
SETS = st.frozensets(st.integers(1, TOP))


def of(numbers: frozenset[int] | list[int]) -> Coverage:
    return reduce(Coverage.with_number, numbers, NOTHING)


def model(coverage: Coverage) -> set[int]:
    return {number for number in range(-2, TOP + 3) if number in coverage}


def is_normal(coverage: Coverage) -> bool:
    """Exactly one form for each set."""
    at = coverage.upto
    for first, last in coverage.islands:
        if not at + 1 < first <= last:
            return False
        at = last
    return at >= 0


@given(st.lists(st.integers(1, TOP)))
def test_it_holds_what_was_put_in_whatever_the_order(numbers: list[int]) -> None:
    coverage = of(numbers)
    assert model(coverage) == set(numbers)
    assert is_normal(coverage)
    assert coverage == of(sorted(set(numbers)))


@given(SETS)
def test_highest_and_count(numbers: frozenset[int]) -> None:
    coverage = of(numbers)
    assert coverage.highest == max(numbers, default=0)
    assert coverage.count == len(numbers)


@given(SETS, st.integers(-1, TOP + 2))
def test_missing_names_every_number_that_is_not_held(numbers: frozenset[int], upto: int) -> None:
    runs = list(of(numbers).missing(upto))
    assert [n for first, last in runs for n in range(first, last + 1)] == sorted(set(range(1, upto + 1)) - numbers)
    assert all(after[0] > before[1] + 1 for before, after in pairwise(runs))  # no run is cut in two


@given(SETS, SETS, SETS)
def test_union_is_the_union_of_sets(left: frozenset[int], right: frozenset[int], third: frozenset[int]) -> None:
    a, b, c = of(left), of(right), of(third)
    assert model(a.union(b)) == left | right
    assert is_normal(a.union(b))
    assert a.union(b) == b.union(a)
    assert a.union(b).union(c) == a.union(b.union(c))
    assert a.union(a) == a == a.union(NOTHING) == NOTHING.union(a)


@given(SETS)
def test_on_the_wire_and_back(numbers: frozenset[int]) -> None:
    coverage = of(numbers)
    assert Coverage.from_value(decode(encode(coverage.to_value()))) == coverage


@given(SETS, st.integers(0, 5))
def test_cut_short_it_claims_less_and_never_more(numbers: frozenset[int], limit: int) -> None:
    coverage = of(numbers)
    short = Coverage.from_value(coverage.to_value(limit))
    assert len(short.islands) <= limit
    assert model(short) <= model(coverage)
    assert short.upto == coverage.upto


@given(st.lists(st.integers(-1, 8), max_size=7))
def test_one_set_has_one_form_on_the_wire(value: list[int]) -> None:
    try:
        coverage = Coverage.from_value(value)
    except Malformed:
        return
    assert is_normal(coverage)
    assert coverage.to_value() == value


@pytest.mark.parametrize(
    "value",
    [
        None,
        0,
        b"",
        {},
        (0,),
        [],
        [0, 2],
        [-1],
        [True],
        [0.0],
        ["0"],
        [None],
        [0, 2, None],
        [0, True, 3],
        [LARGEST_NUMBER + 1],
        [0, 2, LARGEST_NUMBER + 1],
        [0, 1, 1],
        [3, 3, 5],
        [3, 4, 5],
        [0, 5, 4],
        [0, 2, 3, 4, 5],
        [0, 2, 5, 4, 8],
        [0, 7, 8, 2, 3],
    ],
    ids=repr,
)
def test_what_is_not_a_coverage_is_refused(value: Any) -> None:
    with pytest.raises(Malformed):
        Coverage.from_value(value)


def test_the_largest_number_is_taken() -> None:
    assert Coverage.from_value([LARGEST_NUMBER]).upto == LARGEST_NUMBER
    assert LARGEST_NUMBER in Coverage.from_value([0, 2, LARGEST_NUMBER])
    assert list(NOTHING.missing(LARGEST_NUMBER)) == [(1, LARGEST_NUMBER)]

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import backchannel.insight
from backchannel.errors import PointsRefused
from backchannel.insight import additive_frontier, merging
from tests.insight import brute

WHOLE = st.integers(-12, 12)
LARGE = st.integers(-(2**80), 2**80)
NUMBERS = st.sampled_from([k / 8 for k in range(-24, 25)])  # sums of eighths are exact
DECIMAL = st.floats(-100, 100).map(lambda x: round(x, 2))


def domains(numbers: Any, most_issues: Any = 4, most_options: Any = 5) -> Any:
    def rows(sizes: Any) -> Any:
        return st.tuples(*(st.lists(numbers, min_size=size, max_size=size) for size in sizes))

    sizes = st.lists(st.integers(1, most_options), min_size=1, max_size=most_issues)
    return sizes.flatmap(lambda s: st.tuples(rows(s), rows(s)))


def check(mine: Any, theirs: Any) -> Any:
    front = additive_frontier(mine, theirs)
    expected = brute.frontier(mine, theirs)
    assert list(zip(front.mine.tolist(), front.theirs.tolist(), strict=True)) == expected
    for index, (a, b) in enumerate(expected):
        package = front.package(index)
        assert (brute.worth(mine, package), brute.worth(theirs, package)) == (a, b)
    return front


@given(domains(WHOLE))
def test_whole_points_as_brute_force_finds_them(domain: Any) -> None:
    assert check(*domain).mine.dtype == np.int64


@given(domains(WHOLE))
@settings(max_examples=60)
def test_the_same_through_numpy_alone_in_small_blocks(domain: Any) -> None:
    few, block = merging._FEW, merging._BLOCK
    try:
        merging._FEW, merging._BLOCK = 0, 7  # type: ignore[misc]
        check(*domain)
    finally:
        merging._FEW, merging._BLOCK = few, block  # type: ignore[misc]


@given(domains(WHOLE))
@settings(max_examples=60)
def test_the_same_through_a_table(domain: Any) -> None:
    few, many, dense = merging._FEW, merging._MANY, merging._DENSE
    try:
        merging._FEW, merging._MANY, merging._DENSE = 0, 0, 10**9  # type: ignore[misc]
        check(*domain)
    finally:
        merging._FEW, merging._MANY, merging._DENSE = few, many, dense  # type: ignore[misc]


@given(domains(LARGE, 3, 4))
@settings(max_examples=40)
def test_points_beyond_int64_stay_exact(domain: Any) -> None:
    check(*domain)


@given(domains(NUMBERS))
@settings(max_examples=60)
def test_fractions_as_brute_force_finds_them(domain: Any) -> None:
    check(*domain)


@given(domains(DECIMAL))
@settings(max_examples=60)
def test_decimals_round_as_adding_from_the_first_issue_rounds(domain: Any) -> None:
    check(*domain)


@given(domains(st.integers(-50, 50)), st.data())
@settings(max_examples=40)
def test_whole_points_beside_fractions(domain: Any, data: Any) -> None:
    mine, theirs = domain
    check(mine, [[each / 4 for each in row] for row in theirs])


@given(domains(st.integers(0, 2), 4, 4))
def test_of_tied_packages_the_lowest_options_from_the_last_issue_on(domain: Any) -> None:
    mine, theirs = domain
    front = additive_frontier(mine, theirs)
    for index in range(len(front)):
        a, b = front.mine[index], front.theirs[index]
        tied = [
            package
            for package in brute.every_package([len(row) for row in mine])
            if (brute.worth(mine, package), brute.worth(theirs, package)) == (a, b)
        ]
        assert front.package(index) == min(tied, key=lambda package: package[::-1])


def test_a_million_packages_are_identical_to_brute_force() -> None:
    stream = np.random.default_rng(4)
    for top in (10, 100, 10_000):
        mine, theirs = stream.integers(0, top + 1, (2, 6, 10))
        ours, others = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        for a, b in zip(mine, theirs, strict=True):
            ours, others = np.add.outer(ours, a).ravel(), np.add.outer(others, b).ravel()
        order = np.lexsort((-others, -ours))
        ours, others = ours[order], others[order]
        keep = np.append(True, others[1:] > np.maximum.accumulate(others)[:-1])
        front = additive_frontier(list(mine), list(theirs))
        assert np.array_equal(front.mine, ours[keep])
        assert np.array_equal(front.theirs, others[keep])


@pytest.mark.parametrize("scale", [1, 0.5])
def test_ten_to_the_hundred_packages_are_on_a_frontier_of_their_own_points(scale: Any) -> None:
    stream = np.random.default_rng(5)
    mine, theirs = stream.integers(0, 101, (2, 100, 10)) * scale
    front = additive_frontier(list(mine), list(theirs))
    assert len(front) > 1000
    assert (np.diff(front.mine) < 0).all()
    assert (np.diff(front.theirs) > 0).all()
    assert front.mine[0] == sum(row.max() for row in mine)
    assert front.theirs[-1] == sum(row.max() for row in theirs)
    for index in range(0, len(front), 97):
        package = front.package(index)
        assert brute.worth(mine, package) == front.mine[index]
        assert brute.worth(theirs, package) == front.theirs[index]
    # no point lies below a package that is best for some weighing of both sides
    for weight in (Fraction(1, 5), Fraction(1, 2), Fraction(4, 5)):
        a, b = weight.numerator, weight.denominator - weight.numerator
        best = sum((a * x + b * y).max() for x, y in zip(mine, theirs, strict=True))
        assert (a * front.mine + b * front.theirs).max() == best


def test_small_types_of_numpy_do_not_overflow() -> None:
    mine = [np.array([100, 120], dtype=np.int8)] * 3
    theirs = [np.array([250, 3], dtype=np.uint8)] * 3
    check([row.tolist() for row in mine], [row.tolist() for row in theirs])
    assert additive_frontier(mine, theirs).mine.tolist() == [360, 340, 320, 300]


def test_two_price_issues_of_many_steps() -> None:
    price = np.arange(3000)
    front = additive_frontier([price, price], [-price, -2 * price])
    assert len(front) == 5999
    assert front.package(0) == (2999, 2999)
    assert front.package(2999) == (2999, 0)


def test_index_from_the_end_and_out_of_range() -> None:
    front = additive_frontier([[0, 3], [0, 5]], [[4, 0], [1, 0]])
    assert front.package(-1) == front.package(len(front) - 1) == (0, 0)
    for index in (len(front), -len(front) - 1):
        with pytest.raises(IndexError):
            front.package(index)


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        ([], []),
        ([[1]], [[1], [2]]),
        ([[1, 2]], [[1]]),
        ([[]], [[]]),
        ([[[1, 2]]], [[[1, 2]]]),
        ([[1.0, float("nan")]], [[1, 2]]),
        ([[1.0, 2]], [[float("inf"), 2]]),
        ([["a", "b"]], [[1, 2]]),
        ([[True, False]], [[1, 2]]),
        ([[1 + 2j, 0]], [[1, 2]]),
        ([[[1], [2, 3]]], [[1, 2]]),
        ([[None, 1]], [[1, 2]]),
        ([[2**62, 0]], [[0.5, 1]]),
    ],
)
def test_what_are_no_points_is_refused(mine: Any, theirs: Any) -> None:
    with pytest.raises(PointsRefused) as caught:
        additive_frontier(mine, theirs)
    assert caught.value.detail


def test_the_figures_are_not_in_the_repr() -> None:
    assert "777" not in repr(additive_frontier([[777, 0]], [[0, 777]]))


def test_importing_the_room_does_not_import_numpy() -> None:
    program = "import sys, backchannel.insight; raise SystemExit('numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


def test_the_library_is_what_the_room_says() -> None:
    assert dir(backchannel.insight) == ["CounterpartModel", "additive_frontier"]
    with pytest.raises(AttributeError):
        _ = backchannel.insight.missing

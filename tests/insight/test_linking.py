from __future__ import annotations

import builtins
import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import ExtraMissing, NoneAcceptable, PointsRefused
from backchannel.insight import linking
from backchannel.insight.epsilon import EXTRA, epsilon_frontier
from backchannel.insight.linking import linked_frontier
from backchannel.insight.links import Choice, Excludes, Together
from tests.insight import brute


@st.composite
def linked(draw: Any, most_links: Any = 10) -> Any:
    sizes = draw(st.lists(st.integers(1, 4), min_size=2, max_size=5))
    points = st.integers(-9, 9)
    mine, theirs = ([[draw(points) for _ in range(size)] for size in sizes] for _ in range(2))
    links = []
    for _ in range(draw(st.integers(0, most_links))):
        one, other = draw(st.permutations(range(len(sizes))))[:2]
        ends = (
            Choice(one, draw(st.integers(0, sizes[one] - 1))),
            Choice(other, draw(st.integers(0, sizes[other] - 1))),
        )
        links.append(Excludes(*ends) if draw(st.booleans()) else Together(*ends, draw(points), draw(points)))
    return mine, theirs, links


def check(front: Any, mine: Any, theirs: Any, links: Any) -> None:
    expected = brute.frontier(mine, theirs, links)
    assert list(zip(front.mine.tolist(), front.theirs.tolist(), strict=True)) == expected
    for index, (a, b) in enumerate(expected):
        package = front.package(index)
        extra = brute.linked_points(package, links)
        assert extra is not None
        assert brute.worth(mine, package) + extra[0] == a
        assert brute.worth(theirs, package) + extra[1] == b


def compare(way: Any, domain: Any, **more: Any) -> None:
    mine, theirs, links = domain
    if not brute.frontier(mine, theirs, links):
        with pytest.raises(NoneAcceptable):
            way(mine, theirs, links, **more)
        return
    check(way(mine, theirs, links, **more), mine, theirs, links)


@given(linked())
@settings(max_examples=150)
def test_merging_with_memory_finds_what_brute_force_finds(domain: Any) -> None:
    compare(linked_frontier, domain)


def test_the_same_with_numbers_that_hardly_fit_and_a_narrow_first_walk(monkeypatch: Any) -> None:
    for name, value in (("_HOLDS", 1), ("_DIRECTIONS", 2), ("_KEPT_EACH", 2), ("_BUCKETS", 3)):
        monkeypatch.setattr(linking, name, value)

    @given(linked())
    @settings(max_examples=80, deadline=None, database=None)
    def run(domain: Any) -> None:
        compare(linked_frontier, domain)

    run()


def test_cp_sat_finds_what_brute_force_finds() -> None:
    pytest.importorskip("ortools", reason="OR-Tools is not installed")

    @given(linked())
    @settings(max_examples=12, deadline=None, database=None)
    def run(domain: Any) -> None:
        compare(epsilon_frontier, domain)
        compare(linked_frontier, domain, most=1)  # too little room at once: CP-SAT takes over

    run()


def test_both_exact_ways_agree_on_ten_to_the_seven_packages() -> None:
    pytest.importorskip("ortools", reason="OR-Tools is not installed")
    stream = np.random.default_rng(8)
    mine, theirs = (list(stream.integers(0, 31, (7, 10))) for _ in range(2))
    links = []
    for number in range(12):
        one, other = sorted(int(each) for each in stream.choice(7, 2, replace=False))
        ends = Choice(one, int(stream.integers(10))), Choice(other, int(stream.integers(10)))
        links.append(Excludes(*ends) if number % 3 == 0 else Together(*ends, *map(int, stream.integers(-15, 16, 2))))
    merged, solved = linked_frontier(mine, theirs, links), epsilon_frontier(mine, theirs, links)
    assert merged.mine.tolist() == solved.mine.tolist()
    assert merged.theirs.tolist() == solved.theirs.tolist()


def test_a_link_that_makes_a_bad_pair_good() -> None:
    mine, theirs = [[0, 5], [0, 5]], [[0, 0], [0, 0]]
    front = linked_frontier(mine, theirs, [Together(Choice(0, 0), Choice(1, 0), 20, 1)])
    assert front.mine.tolist() == [20]
    assert front.package(0) == (0, 0)


def test_without_ortools_the_error_says_what_to_install(monkeypatch: Any) -> None:
    real = builtins.__import__

    def missing(name: Any, *rest: Any) -> Any:
        if name.startswith("ortools"):
            raise ImportError(name)
        return real(name, *rest)

    for name in [each for each in sys.modules if each.startswith("ortools")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", missing)
    links = [Excludes(Choice(0, 0), Choice(1, 0))]
    with pytest.raises(ExtraMissing) as caught:
        epsilon_frontier([[1, 2], [3, 4]], [[2, 1], [4, 3]], links)
    assert caught.value.hint == EXTRA
    assert caught.value.code == "extra-missing"
    assert len(linked_frontier([[1, 2], [3, 4]], [[2, 1], [4, 3]], links)) == 2  # merging needs nothing


@pytest.mark.parametrize(
    "link",
    [
        Excludes(Choice(0, 0), Choice(0, 1)),
        Excludes(Choice(0, 2), Choice(1, 0)),
        Excludes(Choice(0, 0), Choice(2, 0)),
        Excludes(Choice(-1, 0), Choice(1, 0)),
        Together(Choice(0, 0), Choice(1, -1), 1, 1),
    ],
)
def test_a_link_to_nowhere_is_refused(link: Any) -> None:
    for way in (linked_frontier, epsilon_frontier):
        with pytest.raises(PointsRefused):
            way([[1, 2], [3, 4]], [[1, 2], [3, 4]], [link])


def test_links_need_whole_points() -> None:
    links = [Excludes(Choice(0, 0), Choice(1, 0))]
    for way in (linked_frontier, epsilon_frontier):
        with pytest.raises(PointsRefused):
            way([[0.5, 2], [3, 4]], [[1, 2], [3, 4]], links)
    with pytest.raises(PointsRefused):
        linked_frontier([[2**41, 2], [3, 4]], [[1, 2], [3, 4]], links)

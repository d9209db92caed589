from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backchannel.errors import NoneAcceptable, PreferencesRefused
from backchannel.insight import CounterpartModel
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.links import Choice, Excludes
from backchannel.insight.preferences import Preferences
from backchannel.insight.suggestion import Reason, suggest
from backchannel.insight.wording import because
from bench.conceder import counterpart
from tests.insight import brute


def table(seed: Any, count: Any = 30, **changes: Any) -> Any:
    """Someone who conceded over time, and random preferences of mine over the same issues."""
    person = counterpart(seed, count)
    stream = np.random.default_rng(seed)
    domain = Domain(
        tuple(
            Issue(f"issue {at}", tuple(f"option {option}" for option in range(size)))
            for at, size in enumerate(person.sizes)
        )
    )
    points = tuple(tuple(int(each) for each in stream.integers(0, 101, size)) for size in person.sizes)
    best = sum(map(max, points))
    mine = Preferences(
        **{"domain": domain, "points": points, "weights": (1,) * len(points), "reservation": best * 6 // 10, **changes}
    )
    model = CounterpartModel(person.sizes)
    for package, time in zip(person.offers, person.times, strict=True):
        model.observe(package, float(time))
    return person, mine, model


@pytest.mark.parametrize("seed", range(20, 30))
def test_each_keeps_my_value_and_lies_near_the_frontier(seed: Any) -> None:
    _, mine, model = table(seed)
    found = suggest(mine, model, most=5)
    assert 1 <= len(found) <= 5
    estimate = [row.tolist() for row in model.points()]
    for each in found:
        assert each.mine.low == each.mine.high == brute.worth(mine.points, each.package)
        assert each.mine.low >= mine.reservation
        assert each.theirs == pytest.approx(brute.worth(estimate, each.package))
        assert each.interval[0] <= each.theirs + 1e-9
        assert each.theirs <= each.interval[1] + 1e-9
        assert 0 <= each.below_frontier <= 5
        assert each.likely is not None
        assert 0 <= each.likely <= 1
        assert because(mine.domain, each).endswith(".")
    likely = [each.likely or 0.0 for each in found]
    assert likely == sorted(likely, reverse=True)
    assert len({each.package for each in found}) == len(found)


def test_they_are_better_for_the_other_side_than_what_an_equally_good_blind_package_gives() -> None:
    better = 0
    for seed in range(40, 50):
        person, mine, model = table(seed)
        found = suggest(mine, model)[0]
        stream = np.random.default_rng(seed)
        same: list[float] = []
        while len(same) < 50:
            package = tuple(int(stream.integers(size)) for size in person.sizes)
            if brute.worth(mine.points, package) >= mine.reservation:
                same.append(brute.worth(person.points, package))
        better += brute.worth(person.points, found.package) > np.mean(same)
    assert better >= 9


def test_what_i_want_to_keep_is_kept() -> None:
    _, mine, model = table(31)
    keep = sum(map(max, mine.points)) * 8 // 10
    assert all(each.mine.low >= keep for each in suggest(mine, model, keep=keep))
    assert all(each.mine.low >= mine.reservation for each in suggest(mine, model, keep=-1))
    with pytest.raises(NoneAcceptable):
        suggest(mine, model, keep=sum(map(max, mine.points)) + 1)


def test_red_lines_and_links_are_kept() -> None:
    _, mine, model = table(32, reservation=0)
    free = suggest(mine, model)[0].package
    links = (Excludes(Choice(1, free[1]), Choice(2, free[2])),)
    crossed = Preferences(mine.domain, mine.points, mine.weights, 0, frozenset({Choice(0, free[0])}), links=links)
    for each in suggest(crossed, model, most=50):
        assert each.package[0] != free[0]
        assert (each.package[1], each.package[2]) != (free[1], free[2])
        assert not each.mine.never


def test_their_own_last_offer_is_suggested_when_it_is_good_enough() -> None:
    person, mine, model = table(33, reservation=0)
    last = model.last()
    assert last is not None
    flat = Preferences(mine.domain, tuple((0,) * size for size in person.sizes), mine.weights, 0)
    found = suggest(flat, model, most=10**6, near=100.0)
    (own,) = [each for each in found if each.package == last]
    assert own.reason.changes == 0
    assert own.reason.keeps is None
    assert own.likely is not None
    assert own.likely > 0
    assert "their own last offer" in because(mine.domain, own)


def test_with_too_little_known_it_says_so() -> None:
    person, mine, model = table(34, count=3)
    for each in suggest(mine, model):
        assert each.likely is None
        assert each.interval == (0.0, 100.0)
        assert each.reason.gives is None
        assert "too little is known" in because(mine.domain, each)
    empty = CounterpartModel(person.sizes)
    found = suggest(mine, empty)
    assert found[0].reason == Reason(None, None, None)
    assert found[0].package == tuple(row.index(max(row)) for row in mine.points)


def test_the_reason_names_what_changes_for_both() -> None:
    domain = Domain((Issue("north's issue", ("a", "b")), Issue("south's issue", ("c", "d"))))
    mine = Preferences(domain, ((0, 10), (1, 0)), (1, 1), 10)
    model = CounterpartModel((2, 2))
    for number in range(20):  # c matters to them, of a and b they gave up b at the end
        model.observe((0, 1) if number < 8 else (1, 1) if number < 16 else (0, 0), number / 20)
    (first, *_) = suggest(mine, model)
    assert first.package == (1, 1)
    assert first.reason.keeps == Choice(0, 1)
    sentence = because(domain, first)
    assert "north's issue: b" in sentence
    assert "south's issue: d" in sentence


def test_another_table_is_refused() -> None:
    _, mine, _ = table(35)
    with pytest.raises(PreferencesRefused):
        suggest(mine, CounterpartModel([2]))

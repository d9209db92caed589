from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backchannel.errors import PreferencesRefused
from backchannel.insight import CounterpartModel
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.estimated import estimated_frontier
from backchannel.insight.links import Choice
from backchannel.insight.preferences import Preferences
from bench.conceder import counterpart
from tests.insight import brute


def sides(seed: Any, count: Any = 40) -> Any:
    person = counterpart(seed, count)
    stream = np.random.default_rng(seed)
    domain = Domain(tuple(Issue(str(at), tuple(map(str, range(size)))) for at, size in enumerate(person.sizes)))
    points = tuple(tuple(map(int, stream.integers(0, 101, size))) for size in person.sizes)
    mine = Preferences(domain, points, (1,) * len(points), 0, frozenset({Choice(0, 1)}))
    model = CounterpartModel(person.sizes)
    for package, time in zip(person.offers, person.times, strict=True):
        model.observe(package, float(time))
    return person, mine, model


def test_it_is_the_frontier_of_the_best_guess_with_an_interval_at_each_point() -> None:
    held = []
    for seed in range(7000, 7012):
        person, mine, model = sides(seed)
        front = estimated_frontier(mine, model)
        assert front.known
        assert (np.diff(front.mine) < 0).all()
        assert (np.diff(front.theirs) > -0.02).all()  # theirs is whole only to a thousandth
        assert (front.low <= front.theirs + 1e-9).all()
        assert (front.theirs <= front.high + 1e-9).all()
        for index in range(len(front)):
            package = front.package(index)
            assert package[0] != 1
            assert brute.worth(mine.points, package) == front.mine[index]
            assert front.theirs[index] == pytest.approx(model.score(package))
            held.append(front.low[index] <= brute.worth(person.points, package) <= front.high[index])
    assert np.mean(held) > 0.7


def test_what_is_left_for_them() -> None:
    _, mine, model = sides(7001)
    front = estimated_frontier(mine, model)
    assert front.best_for_them(int(front.mine[0])) == front.theirs[0]
    assert front.best_for_them(int(front.mine[-1])) == front.theirs[-1]
    assert front.best_for_them(int(front.mine[1]) + 1) == front.theirs[0]
    assert "points>" in repr(front)


def test_with_too_little_known_every_interval_is_the_whole_scale() -> None:
    _, mine, model = sides(7002, 4)
    front = estimated_frontier(mine, model)
    assert not front.known
    assert set(front.low) == {0.0}
    assert set(front.high) == {100.0}


def test_another_table_is_refused() -> None:
    _, mine, _ = sides(7003)
    with pytest.raises(PreferencesRefused):
        estimated_frontier(mine, CounterpartModel([2, 2]))

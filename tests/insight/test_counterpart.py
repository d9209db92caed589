from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import PointsRefused
from backchannel.insight import CounterpartModel
from backchannel.insight.counterpart import ENOUGH
from bench.conceder import counterpart, kendall_tau, some_packages, worths


def model_of(person: Any, count: Any = None) -> Any:
    model = CounterpartModel(person.sizes)
    for package, time in list(zip(person.offers, person.times, strict=True))[:count]:
        model.observe(package, float(time))
    return model


def test_it_finds_what_matters_to_who_concedes_over_time() -> None:
    taus, held = [], []
    for seed in range(5000, 5015):
        person = counterpart(seed, 30)
        model = model_of(person)
        packages = some_packages(np.random.default_rng(seed), person.sizes, 200)
        taus.append(kendall_tau(worths(model.points(), packages), worths(person.points, packages)))
        for true, interval in zip(person.points, model.interval(0.9), strict=True):
            held += [low - 1e-9 <= each <= high + 1e-9 for each, (low, high) in zip(true, interval, strict=True)]
    assert np.mean(taus) > 0.55
    assert 0.8 < np.mean(held) < 0.97


def test_more_offers_say_more() -> None:
    few: list[float] = []
    many: list[float] = []
    for seed in range(6000, 6008):
        person = counterpart(seed, 120)
        packages = some_packages(np.random.default_rng(seed), person.sizes, 200)
        true = worths(person.points, packages)
        for count, found in ((15, few), (120, many)):
            some = counterpart(seed, count)
            found.append(kendall_tau(worths(model_of(some).points(), packages), true))
    assert np.mean(many) > np.mean(few)


def test_too_little_is_unknown_and_says_so_in_the_intervals() -> None:
    person = counterpart(1, 30)
    model = CounterpartModel(person.sizes)
    assert not model.known
    assert model.last() is None
    assert model.recent_floor(3) is None
    for number, (package, time) in enumerate(zip(person.offers, person.times, strict=True), start=1):
        model.observe(package, float(time))
        assert model.known == (number >= ENOUGH)
        if not model.known:
            assert all((each == [0.0, 100.0]).all() for each in model.interval())
            assert model.score_interval(package) == (0.0, 100.0)
    assert model.score_interval(person.offers[0]) != (0.0, 100.0)
    assert model.count == 30


def test_who_repeats_one_package_stays_unknown() -> None:
    model = CounterpartModel([3, 3])
    for number in range(50):
        model.observe((1, 1), number / 50)
    assert not model.known
    assert model.score((1, 1)) == 100  # the best guess all the same


def test_points_are_on_a_scale_of_a_hundred() -> None:
    person = counterpart(3, 40)
    model = model_of(person)
    points = model.points()
    assert [len(row) for row in points] == person.sizes
    assert [row.min() for row in points] == [0] * len(points)
    assert sum(row.max() for row in points) == pytest.approx(100)
    best = [int(row.argmax()) for row in points]
    assert model.score(best) == pytest.approx(100)
    for level in (0.5, 0.9):
        for row, interval in zip(points, model.interval(level), strict=True):
            assert interval.shape == (len(row), 2)
            assert (interval[:, 0] <= row).all()
            assert (row <= interval[:, 1]).all()
    wide, narrow = model.interval(0.95), model.interval(0.5)
    assert all((a[:, 1] - a[:, 0] >= b[:, 1] - b[:, 0] - 1e-9).all() for a, b in zip(wide, narrow, strict=True))
    low, high = model.score_interval(best)
    assert low <= 100 <= high + 1e-9


def test_the_same_offers_always_give_the_same_answer_in_any_order_of_telling() -> None:
    person = counterpart(4, 25)
    pairs = [(tuple(map(int, package)), float(time)) for package, time in zip(person.offers, person.times, strict=True)]
    one, other = CounterpartModel(person.sizes), CounterpartModel(person.sizes)
    for package, time in pairs:
        one.observe(package, time)
    for package, time in reversed(pairs):
        other.observe(package, time)
        other.points()  # asking in between changes nothing
    assert all(np.array_equal(a, b) for a, b in zip(one.interval(), other.interval(), strict=True))
    assert one.last() == other.last() == pairs[-1][0]
    assert one.scores() == pytest.approx([one.score(package) for package, _ in pairs])


def test_dates_count_as_shares_of_the_time_between_the_first_and_the_last() -> None:
    person = counterpart(7, 20)
    start = datetime(2001, 2, 3, 4, tzinfo=UTC)
    by_share, by_date = CounterpartModel(person.sizes), CounterpartModel(person.sizes)
    for package, time in zip(person.offers, person.times, strict=True):
        by_share.observe(package, float(time))
        by_date.observe(package, start + timedelta(days=400 * float(time)))
    for a, b in zip(by_share.points(), by_date.points(), strict=True):
        assert a == pytest.approx(b, abs=1e-6)


def test_what_an_offer_leaves_open_says_nothing() -> None:
    """With half of each offer taken away the rest still orders the issues; where nothing is left there is no order."""
    taus = []
    for seed in range(5100, 5108):
        person = counterpart(seed, 60)
        model, silent = CounterpartModel(person.sizes), CounterpartModel([*person.sizes, 3])
        for number, (package, time) in enumerate(zip(person.offers, person.times, strict=True)):
            model.observe([None if (at + number) % 2 else option for at, option in enumerate(package)], float(time))
            silent.observe([*package, None], float(time))
        assert model.last() is None
        assert model.recent_floor(3) is None
        assert model.known
        packages = some_packages(np.random.default_rng(seed), person.sizes, 200)
        taus.append(kendall_tau(worths(model.points(), packages), worths(person.points, packages)))
        assert silent.points()[-1].tolist() == [0, 0, 0]
        whole = model_of(person)
        for a, b in zip(silent.points(), whole.points(), strict=False):
            assert np.abs(a - b).max() < 25  # other blind packages, the same order
    assert np.mean(taus) > 0.4


def test_a_moment_is_the_same_in_every_zone() -> None:
    person = counterpart(8, 20)
    start = datetime(2001, 2, 3, 4, tzinfo=UTC)
    one, other, naive = (CounterpartModel(person.sizes) for _ in range(3))
    for number, (package, time) in enumerate(zip(person.offers, person.times, strict=True)):
        moment = start + timedelta(days=3 * float(time))
        one.observe(package, moment)
        other.observe(package, moment.astimezone(timezone(timedelta(hours=number % 12))))
        naive.observe(package, moment.replace(tzinfo=None))
    for a, b, c in zip(one.points(), other.points(), naive.points(), strict=True):
        assert a == pytest.approx(b, abs=1e-6)
        assert a == pytest.approx(c, abs=1e-6)
    with pytest.raises(PointsRefused):
        one.observe(person.offers[0], start.replace(tzinfo=None))


def test_whole_days_will_do() -> None:
    model = CounterpartModel([2, 2])
    for day in range(1, 15):
        model.observe((0, 0) if day < 8 else (0, 1) if day < 12 else (1, 1), date(2001, 2, day))
    assert model.known
    points = model.points()
    assert points[0][0] > points[0][1]
    assert points[1][0] > points[1][1]


def test_all_on_one_day_says_nothing_about_the_order() -> None:
    model = CounterpartModel([2, 2])
    for number in range(20):
        model.observe((number % 2, number // 2 % 2), date(2001, 2, 3))
    assert np.isfinite(model.points()).all()


def test_what_changed_shows_the_issue_on_which_they_turned_round() -> None:
    model = CounterpartModel([4, 4])
    first = [
        (0, 0),
        (0, 0),
        (0, 1),
        (0, 1),
        (0, 2),
        (0, 2),
        (0, 3),
        (0, 3),
        (1, 0),
        (1, 1),
        (1, 2),
        (1, 3),
        (2, 0),
        (2, 2),
    ]
    for day, package in enumerate(first):
        model.observe(package, date(2001, 1, 1) + timedelta(days=day))
    for day, (a, b) in enumerate(first):  # from now on it is the other issue that they hold on to
        model.observe((b, a), date(2001, 6, 1) + timedelta(days=day))
    changes = model.what_changed((date(2001, 3, 1), date(2001, 12, 31)))
    assert changes is not None
    assert len(changes) == 8
    assert {(change.issue, change.option) for change in changes[:2]} == {(0, 0), (1, 0)}
    top = {(change.issue, change.option): change for change in changes[:2]}
    assert top[0, 0].after < top[0, 0].before
    assert top[1, 0].after > top[1, 0].before
    assert all(change.low <= change.high for change in changes)
    assert not any(change.sure for change in changes if change.before == change.after)


def test_what_changed_is_unknown_when_one_part_is_too_small() -> None:
    person = counterpart(9, 20)
    assert model_of(person).what_changed((0.5, 1.0)) is None
    assert model_of(counterpart(9, 30)).what_changed((0.5, 1.0)) is not None


@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), st.data())
@settings(max_examples=40, deadline=None)
def test_any_offers_give_finite_points(sizes: Any, data: Any) -> None:
    model = CounterpartModel(sizes)
    for _ in range(data.draw(st.integers(0, 20))):
        package = tuple(data.draw(st.integers(0, size - 1)) for size in sizes)
        model.observe(package, data.draw(st.floats(0, 1)))
    for row, interval in zip(model.points(), model.interval(), strict=True):
        assert np.isfinite(row).all()
        assert (interval[:, 0] <= row + 1e-9).all()
        assert (row <= interval[:, 1] + 1e-9).all()
        assert row.min() >= 0
        assert row.max() <= 100 + 1e-9


@pytest.mark.parametrize("sizes", [[], [0], [3, -1]])
def test_issues_without_options_are_refused(sizes: Any) -> None:
    with pytest.raises(PointsRefused):
        CounterpartModel(sizes)


@pytest.mark.parametrize(
    ("package", "time"),
    [((0,), 0.5), ((0, 3), 0.5), ((0, -2), 0.5), ((0, 0), 1.5), ((0, 0), -0.1), ((0, 0), float("nan"))],
)
def test_what_is_no_offer_is_refused_and_changes_nothing(package: Any, time: Any) -> None:
    model = CounterpartModel([2, 3])
    model.observe((1, 2), 0.1)
    with pytest.raises(PointsRefused):
        model.observe(package, time)
    assert model.count == 1


def test_times_of_two_kinds_and_wrong_levels_are_refused() -> None:
    model = CounterpartModel([2, 3])
    model.observe((1, 2), 0.1)
    with pytest.raises(PointsRefused):
        model.observe((1, 2), date(2001, 2, 3))
    with pytest.raises(PointsRefused):
        model.what_changed((date(2001, 2, 3), date(2001, 2, 4)))
    with pytest.raises(PointsRefused):
        model.what_changed((0.5, 0.4))
    for level in (0, 1, 1.5):
        with pytest.raises(PointsRefused):
            model.interval(level)
        with pytest.raises(PointsRefused):
            model.score_interval((0, 0), level)
    with pytest.raises(PointsRefused):
        model.score((0, 9))

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backchannel.insight.ranker import blind_packages, indicators, normal_draws, rank


def test_indicators() -> None:
    rows = indicators([2, 3], np.array([[1, 0], [0, 2]]))
    assert rows.tolist() == [[0, 1, 1, 0, 0], [1, 0, 0, 0, 1]]


def test_the_fixed_streams_look_random_and_never_change() -> None:
    blind = blind_packages([3, 5], 20_000)
    assert blind.min(axis=0).tolist() == [0, 0]
    assert blind.max(axis=0).tolist() == [2, 4]
    assert np.bincount(blind[:, 1]) == pytest.approx(np.full(5, 4000), rel=0.05)
    draws = normal_draws(400, 50)
    assert draws.mean() == pytest.approx(0, abs=0.03)
    assert draws.std() == pytest.approx(1, abs=0.03)
    assert np.abs(np.corrcoef(draws.T) - np.eye(50)).max() < 0.3
    assert np.array_equal(draws, normal_draws(400, 50))


def test_the_mode_is_where_the_slope_is_zero() -> None:
    """An independent gradient of the penalised likelihood, by differences, at the weights that came out."""
    sizes, offers = [2, 2], [(0, 0), (0, 1), (1, 1)]
    times = np.array([0.0, 0.5, 1.0])
    from backchannel.insight import ranker

    rows = indicators(sizes, np.array(offers))
    blind = indicators(sizes, blind_packages(sizes, 60))

    def likelihood(weights: Any) -> Any:
        total = -ranker.RIDGE / 2 * float(weights @ weights)
        for early, late in ((0, 1), (0, 2), (1, 2)):
            gap = times[late] - times[early]
            total -= ranker.IN_TIME / 3 * gap * np.log1p(np.exp(-(rows[early] - rows[late]) @ weights))
        for number, other in enumerate(blind):
            total -= ranker.AGAINST_BLIND / 20 * np.log1p(np.exp(-(rows[number // 20] - other) @ weights))
        return total

    found = rank(sizes, offers, times).weights
    for at in range(4):
        step = np.eye(4)[at] * 1e-5
        assert (likelihood(found + step) - likelihood(found - step)) / 2e-5 == pytest.approx(0, abs=1e-6)


def test_the_spread_is_the_inverse_curvature() -> None:
    ranking = rank([2, 3], [(0, 0), (1, 2), (0, 1)], np.array([0.0, 0.4, 1.0]))
    covariance = ranking.spread @ ranking.spread.T
    assert np.allclose(covariance, covariance.T)
    assert (np.linalg.eigvalsh(covariance) > 0).all()


def test_many_offers_use_lags_spread_evenly_and_agree_with_what_few_say() -> None:
    offers = [(0, number % 3) for number in range(100)] + [(1, number % 3) for number in range(100)]
    weights = rank([2, 3], offers, np.linspace(0, 1, 200)).weights
    assert weights[0] - weights[1] > 5 * np.ptp(weights[2:])

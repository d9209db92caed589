"""An additive logistic ranker on pairs of packages: what matters to someone, read from the order of what they offered.

Two kinds of pairs say something. Who concedes over time offers, on the whole, what is worth more to them first: an
earlier offer beats a later one, and the more surely the more time lies between them. And whatever they offer beats, on
the whole, a package drawn blindly. Each pair is a Bradley-Terry comparison (R. A. Bradley and M. E. Terry, "Rank
Analysis of Incomplete Block Designs", Biometrika 39, 1952) of sums of option weights; a ridge keeps what nobody ever
spoke of near zero; Newton's method finds the mode, and its curvature there says how sure the weights are (Laplace).

The pairs are not independent, so the curvature alone is too sure of itself, the more so the worse the offers fit any
order; `counterpart` widens it by a factor that was measured. Blind packages and draws come from a fixed stream: the
same offers always give the same answer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backchannel.insight.frontier import Package

IN_TIME: Final = 10.0
"""What all the pairs of one offer with its earlier and later ones weigh together, a unit of time apart."""
AGAINST_BLIND: Final = 1.0
"""What all the pairs of one offer with blind packages weigh together."""
RIDGE: Final = 1.0

OPEN: Final = -1
"""Stands for an issue that an offer leaves open."""

_LAGS: Final = 32
_BLIND_PAIRS: Final = 20
_STEPS: Final = 40
_LARGEST_ODDS: Final = 7.0
_CLOSE: Final = 1e-8

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """Weights of the options, issue after issue, and how unsure they are.

    Attributes:
        weights: the mode, shape (options of all issues,); only differences within an issue mean something.
        spread: a factor of the covariance, shape (options, options): spread @ spread.T is the inverse curvature.
        misfit: how badly offers keep to an order at all: the odds against each pair in time, by the weights found, on
            weighted average (Pearson's statistic); about 0.2 for who concedes steadily, more for who does not.
    """

    weights: Floats
    spread: Floats
    misfit: float


def rank(sizes: Sequence[int], offers: Sequence[Package], times: Floats) -> Ranking:
    """Return the weights that make the order of the offers likeliest.

    Args:
        sizes: options an issue.
        offers: what was offered, one option index an issue, `OPEN` where it was left open, in order of time.
        times: when, shape (offers,), ascending; a unit is the whole negotiation.
    """
    chosen = indicators(sizes, np.array(offers, dtype=np.int64).reshape(len(offers), len(sizes)))
    starts = np.cumsum([0, *sizes[:-1]])
    named = np.repeat(np.add.reduceat(chosen, starts, axis=1), sizes, axis=1)
    in_time, in_time_weights = _in_time(chosen, named, times)
    blind = blind_packages(sizes, len(offers) * _BLIND_PAIRS)
    against = (np.repeat(chosen, _BLIND_PAIRS, axis=0) - indicators(sizes, blind)) * np.repeat(
        named, _BLIND_PAIRS, axis=0
    )
    differences = np.vstack((in_time, against))
    weights = np.concatenate((in_time_weights, np.full(len(blind), AGAINST_BLIND / _BLIND_PAIRS)))
    found, spread = _mode(differences, weights)
    whole = in_time_weights.sum()
    odds_against = np.exp(-np.clip(in_time @ found, -_LARGEST_ODDS, _LARGEST_ODDS))
    return Ranking(found, spread, float((in_time_weights * odds_against).sum() / whole) if whole else 0.0)


def indicators(sizes: Sequence[int], packages: NDArray[np.int64]) -> Floats:
    """Return packages as rows of ones and zeros, one column an option.

    Args:
        sizes: options an issue.
        packages: option indices, shape (packages, issues); an `OPEN` issue is all zeros.

    Returns:
        Shape (packages, options of all issues).
    """
    starts = np.cumsum([0, *sizes[:-1]])
    rows = np.zeros((len(packages), sum(sizes)))
    which, issue = np.nonzero(packages != OPEN)
    rows[which, starts[issue] + packages[which, issue]] = 1.0
    return rows


def blind_packages(sizes: Sequence[int], count: int) -> NDArray[np.int64]:
    """Return packages of a fixed stream, every option of an issue as likely as another, shape (count, issues)."""
    uniform = _stream(count * len(sizes)).reshape(count, len(sizes))
    return np.asarray(np.floor(uniform * np.array(sizes)).astype(np.int64))


def normal_draws(rows: int, columns: int) -> Floats:
    """Return standard normal numbers of a fixed stream (G. E. P. Box and M. E. Muller, 1958), shape (rows, columns)."""
    count = rows * columns
    uniform = _stream(2 * count)
    radius = np.sqrt(-2.0 * np.log(uniform[:count]))
    return np.asarray(radius * np.cos(2.0 * np.pi * uniform[count:])).reshape(rows, columns)


def _stream(count: int) -> Floats:
    """Return numbers above 0 and below 1: splitmix64 over a counter (G. L. Steele and others, OOPSLA 2014)."""
    mixed = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed ^= mixed >> np.uint64(31)
    return ((mixed >> np.uint64(12)).astype(np.float64) + 0.5) / 2.0**52


def _in_time(chosen: Floats, named: Floats, times: Floats) -> tuple[Floats, Floats]:
    """Return each earlier offer minus each later one, and the pair's weight; of many offers, at lags spread evenly.

    An issue that either leaves open says nothing: its columns are zero.
    """
    count = len(chosen)
    if count < 2:
        return np.empty((0, chosen.shape[1])), np.empty(0)
    lags = np.unique(np.linspace(1, count - 1, min(_LAGS, count - 1)).round().astype(np.int64))
    earlier = np.concatenate([np.arange(count - lag) for lag in lags])
    later = earlier + np.repeat(lags, count - lags)
    weights = IN_TIME * (times[later] - times[earlier]) / count * ((count - 1) / len(lags))
    return (chosen[earlier] - chosen[later]) * named[earlier] * named[later], weights


def _mode(differences: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Maximise the penalised log likelihood, which is concave, by Newton's method."""
    columns = differences.shape[1]
    found = np.zeros(columns)
    ridge = RIDGE * np.eye(columns)
    for _ in range(_STEPS):
        wins = 1.0 / (1.0 + np.exp(-np.clip(differences @ found, -40.0, 40.0)))
        slope = differences.T @ (weights * (1.0 - wins)) - RIDGE * found
        curvature = (differences * (weights * wins * (1.0 - wins))[:, None]).T @ differences + ridge
        step = np.linalg.solve(curvature, slope)
        found = found + step
        if np.abs(step).max() < _CLOSE:
            break
    lower = np.linalg.cholesky(curvature)
    return found, np.linalg.solve(lower, np.eye(columns)).T

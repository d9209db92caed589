"""Counter-offers worth a look: near the frontier, good enough for me, likeliest to be accepted. Nothing is ever sent.

Candidates are the points of the frontier between my points and what the counterpart model takes theirs to be, and their
last offer with one or two issues changed: small steps are easier to say yes to. A candidate stays if it crosses no red
line, gives me what I want to keep, and lies near the frontier. It is likely to be accepted as far as it gives them what
they have shown to be content with: the share of the model's draws in which it is worth at least as much to them as the
least of their last offers. That is a ranking; it has not been calibrated as a probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backchannel.errors import NoneAcceptable
from backchannel.insight.counterpart import CounterpartModel
from backchannel.insight.estimated import estimated_frontier
from backchannel.insight.frontier import Package
from backchannel.insight.links import Choice, Excludes
from backchannel.insight.preferences import Preferences
from backchannel.insight.ranker import indicators
from backchannel.insight.scoring import Score, score

_MOST_STEPS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Reason:
    """Why it is suggested, compared with their last offer: `wording.because` makes a sentence of it.

    Attributes:
        gives: the option of the package that is worth most to them; None when too little is known of them.
        keeps: the option that brings me most beside what they offered; None when none does, or they offered nothing.
        changes: how many issues differ from their last offer; None when they offered nothing yet.
    """

    gives: Choice | None
    keeps: Choice | None
    changes: int | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A package to think about.

    Attributes:
        package: option indices, one an issue.
        mine: what it is worth to me, and what of my mandate it crosses.
        theirs: the best guess at what it is worth to them, 0 to 100.
        interval: where that lies, at 90 %.
        likely: how likely they accept it, 0 to 1, to rank by; None when too little is known of them.
        below_frontier: how many of their points, by the best guess, a package no worse for me could add.
        reason: why.
    """

    package: Package
    mine: Score
    theirs: float
    interval: tuple[float, float]
    likely: float | None
    below_frontier: float
    reason: Reason


def suggest(
    preferences: Preferences,
    model: CounterpartModel,
    *,
    keep: int | None = None,
    most: int = 3,
    near: float = 5.0,
    recent: int = 3,
) -> list[Suggestion]:
    """Return counter-offers, the likeliest first; of equally likely ones, the better for me first.

    Args:
        preferences: mine.
        model: what their offers say, over the same issues.
        keep: the least utility that a suggestion may have for me; the reservation value when None or when lower.
        most: how many to return.
        near: how far from the estimated frontier a suggestion may lie, in their points of 0 to 100.
        recent: how many of their last offers show what they are content with.

    Raises:
        NoneAcceptable: no package gives me that much.
        PreferencesRefused: the model is over other issues.
    """
    front = estimated_frontier(preferences, model)
    floor = max(preferences.reservation, preferences.reservation if keep is None else keep)
    good = [index for index in range(len(front)) if front.mine[index] >= floor]
    if not good:
        raise NoneAcceptable(f"no package has {floor} for me")
    packages = {front.package(index): None for index in good}
    last = model.last()
    if last is not None:
        packages.update(dict.fromkeys(_steps(preferences, last)))
    candidates = np.array(list(packages), dtype=np.int64)
    chosen = indicators(model.sizes, candidates)
    mine = _worths(preferences, candidates)
    theirs = chosen @ np.concatenate(model.points())
    enough = np.flatnonzero(mine >= floor)
    candidates, chosen, mine, theirs = candidates[enough], chosen[enough], mine[enough], theirs[enough]
    left = np.array([front.best_for_them(int(each)) for each in mine])
    asked = model.recent_floor(recent)
    likely = np.zeros(len(mine)) if asked is None else (model.drawn(chosen) >= asked).mean(axis=1)
    order = np.lexsort((*candidates.T[::-1], -mine, -likely))
    found: list[Suggestion] = []
    for at in order[left[order] - theirs[order] <= near]:
        package = tuple(int(option) for option in candidates[at])
        own = score(preferences, package)
        if own.never:
            continue
        found.append(
            Suggestion(
                package,
                own,
                float(theirs[at]),
                model.score_interval(package),
                None if asked is None else float(likely[at]),
                max(0.0, float(left[at] - theirs[at])),
                _reason(preferences, model, package, last),
            )
        )
        if len(found) == most:
            break
    return found


def _worths(preferences: Preferences, candidates: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the utility of each package for me; of one that a link rules out, less than any."""
    worths, ruled_out = np.zeros(len(candidates), dtype=np.int64), np.zeros(len(candidates), dtype=bool)
    for issue, row in enumerate(preferences.weighted()):
        worths += row[candidates[:, issue]]
    for link in preferences.links:
        both = candidates[:, link.one.issue] == link.one.option
        both &= candidates[:, link.other.issue] == link.other.option
        if isinstance(link, Excludes):
            ruled_out |= both
        else:
            worths[both] += link.mine
    return np.where(ruled_out, np.iinfo(np.int64).min, worths)


def _steps(preferences: Preferences, last: Package) -> list[Package]:
    """Return their last offer with one or two issues at other options of mine, the fewest changes first."""
    allowed = [[option for option in preferences.allowed(issue) if option != last[issue]] for issue in range(len(last))]
    steps: list[Package] = [last]
    for count in (1, 2):
        for issues in combinations(range(len(last)), count):
            partial = [last]
            for issue in issues:
                partial = [(*each[:issue], option, *each[issue + 1 :]) for each in partial for option in allowed[issue]]
            steps += partial
            if len(steps) > _MOST_STEPS:
                return steps[:_MOST_STEPS]
    return steps


def _reason(preferences: Preferences, model: CounterpartModel, package: Package, last: Package | None) -> Reason:
    mine = preferences.weighted()
    gives: Choice | None = None
    if model.known:
        gives = _largest([row[option] for row, option in zip(model.points(), package, strict=True)], package)
    if last is None:
        return Reason(gives, None, None)
    gains = [int(row[option] - row[before]) for row, option, before in zip(mine, package, last, strict=True)]
    keeps = _largest(gains, package) if max(gains) > 0 else None
    return Reason(gives, keeps, sum(a != b for a, b in zip(package, last, strict=True)))


def _largest(values: Sequence[float], package: Package) -> Choice:
    issue = int(np.argmax(np.asarray(values)))
    return Choice(issue, package[issue])

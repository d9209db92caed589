"""The frontier as one side alone can see it: my points are known, theirs are the counterpart model's guess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from backchannel.errors import PreferencesRefused
from backchannel.insight.counterpart import CounterpartModel
from backchannel.insight.frontier import Frontier, Package
from backchannel.insight.preferences import Preferences, frontier_within
from backchannel.insight.ranker import Floats
from backchannel.insight.solutions import Points

FINE: Final = 1000
"""Their guessed points, 0 to 100, are made whole at so many steps a point, so that links and red lines stay exact."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class EstimatedFrontier:
    """A frontier whose one axis is a guess.

    Attributes:
        front: my utility, and the best guess at theirs in thousandths of a point of 0 to 100.
        theirs: the best guess at theirs, 0 to 100, shape (points,).
        low: the lower end of where theirs lies, shape (points,).
        high: the upper end.
        known: whether there were enough offers to say anything; else low is 0 and high is 100.
    """

    front: Frontier
    theirs: Floats
    low: Floats
    high: Floats
    known: bool

    @property
    def mine(self) -> Points:
        """Return my utility at each point, descending."""
        return self.front.mine

    def __len__(self) -> int:
        return len(self.front)

    def __repr__(self) -> str:
        return f"<EstimatedFrontier of {len(self)} points>"  # the figures are private

    def package(self, index: int) -> Package:
        """Return the package of a point."""
        return self.front.package(index)

    def best_for_them(self, mine: int) -> float:
        """Return the most that, by the best guess, is left for them when I get at least so much.

        Args:
            mine: my utility, at most the first of `mine`.
        """
        return float(self.theirs[int(np.flatnonzero(self.front.mine >= mine)[-1])])


def estimated_frontier(preferences: Preferences, model: CounterpartModel, level: float = 0.9) -> EstimatedFrontier:
    """Return the frontier between my points and what theirs seem to be, within my red lines and links.

    Args:
        preferences: mine.
        model: what their offers say, over the same issues.
        level: how often an interval holds the true worth of its package to them.

    Raises:
        PreferencesRefused: the model is over other issues.
        NoneAcceptable: red lines and links leave no package.
    """
    if model.sizes != preferences.domain.sizes:
        raise PreferencesRefused("the counterpart model is over other issues")
    front = frontier_within(preferences, [np.round(row * FINE).astype(np.int64) for row in model.points()])
    packages = [front.package(index) for index in range(len(front))]
    ends = np.array([model.score_interval(package, level) for package in packages])
    theirs = np.array([model.score(package) for package in packages])
    return EstimatedFrontier(front, theirs, ends[:, 0], ends[:, 1], model.known)

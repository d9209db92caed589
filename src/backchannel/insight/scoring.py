"""What an offer is worth to me, and what it crosses: said before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from backchannel.errors import PreferencesRefused
from backchannel.insight.links import Choice, Excludes, Link, Together
from backchannel.insight.preferences import Preferences, reach


@dataclass(frozen=True, slots=True)
class CrossesRedLine:
    """The offer has an option that no agreement of mine may have.

    Attributes:
        choice: the option.
    """

    choice: Choice


@dataclass(frozen=True, slots=True)
class RuledOut:
    """The offer has two options of which I said: not both.

    Attributes:
        link: what I said; None where only what the offer leaves open cannot be filled without breaking some link.
    """

    link: Link | None


@dataclass(frozen=True, slots=True)
class BelowReservation:
    """However the open issues end, no agreement is better than this.

    Attributes:
        short: points that are missing at least.
    """

    short: int


@dataclass(frozen=True, slots=True)
class OutsideMandate:
    """The offer has an option that I may not agree to without asking.

    Attributes:
        choice: the option.
    """

    choice: Choice


@dataclass(frozen=True, slots=True)
class BelowMandate:
    """However the open issues end, I would have to ask, because it is worth too little.

    Attributes:
        short: points that are missing at least.
    """

    short: int


Crossing: TypeAlias = CrossesRedLine | RuledOut | BelowReservation | OutsideMandate | BelowMandate


@dataclass(frozen=True, slots=True)
class Score:
    """What an offer is worth to me.

    Attributes:
        low: the least utility that can still come of it, over what it leaves open.
        high: the most; equal to low for a whole package.
        crossings: what it crosses, the gravest first; empty when I may agree to it by myself.
    """

    low: int
    high: int
    crossings: tuple[Crossing, ...]

    @property
    def never(self) -> bool:
        """Whether I cannot agree to it at all."""
        return any(isinstance(each, CrossesRedLine | RuledOut | BelowReservation) for each in self.crossings)

    @property
    def ask(self) -> bool:
        """Whether I would have to ask before I agree."""
        return not self.never and bool(self.crossings)


def score(preferences: Preferences, chosen: tuple[int | None, ...]) -> Score:
    """Return what a package, or a part of one, is worth to me.

    Open issues are taken at any option that is no red line.

    Args:
        preferences: mine.
        chosen: option indices, None where the offer leaves an issue open.

    Raises:
        PreferencesRefused: it does not fit the issues.
    """
    sizes = preferences.domain.sizes
    if len(chosen) != len(sizes) or any(
        option is not None and not 0 <= option < size for option, size in zip(chosen, sizes, strict=True)
    ):
        raise PreferencesRefused("offer: it does not fit the issues")
    choices = [Choice(issue, option) for issue, option in enumerate(chosen) if option is not None]
    crossings: list[Crossing] = [CrossesRedLine(choice) for choice in choices if choice in preferences.red_lines]
    ruled_out = [
        link
        for link in preferences.links
        if isinstance(link, Excludes) and link.one in choices and link.other in choices
    ]
    crossings += map(RuledOut, ruled_out)
    reached = reach(preferences, chosen, [link for link in preferences.links if link not in ruled_out])
    if reached is None:
        crossings.append(RuledOut(None))
        additions = [link for link in preferences.links if isinstance(link, Together)]
        reached = reach(preferences, chosen, additions)
    low, high = reached or (0, 0)
    if high < preferences.reservation:
        crossings.append(BelowReservation(preferences.reservation - high))
    crossings += [
        OutsideMandate(choice)
        for choice in choices
        if choice in preferences.mandate.outside and choice not in preferences.red_lines
    ]
    at_least = preferences.mandate.at_least
    if at_least is not None and high < at_least:
        crossings.append(BelowMandate(at_least - high))
    return Score(low, high, tuple(crossings))

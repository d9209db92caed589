"""The questions by which preferences are found out, and the answers to them, as data: the words are the screen's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from backchannel.insight.frontier import Package
from backchannel.insight.links import Choice


@dataclass(frozen=True, slots=True)
class RankOptions:
    """Put the options of an issue in order, the best first; which of them are red lines?

    Attributes:
        issue: its index.
    """

    issue: int


@dataclass(frozen=True, slots=True)
class RankSwings:
    """All issues stand at their worst option: which would you move to its best first, which next?"""


@dataclass(frozen=True, slots=True)
class PlaceOption:
    """From the worst to the best option of the issue is 100: is this option above or below the share?

    Attributes:
        choice: the option.
        share: in hundredths of the issue's swing.
    """

    choice: Choice
    share: int


@dataclass(frozen=True, slots=True)
class WeighSwing:
    """From worst to best in the first issue is 100: is from worst to best in this one more or less than the share?

    Attributes:
        issue: the index of this issue.
        against: the index of the most important issue.
        share: in hundredths of its swing.
        like: an option of `against` that is about the share above its worst, so that two real moves can be compared;
            None when none is known well enough.
    """

    issue: int
    against: int
    share: int
    like: Choice | None


@dataclass(frozen=True, slots=True)
class SignOrNot:
    """Would you sign this, or rather have no agreement?

    Attributes:
        package: option indices, one an issue.
    """

    package: Package


Question: TypeAlias = RankOptions | RankSwings | PlaceOption | WeighSwing | SignOrNot


@dataclass(frozen=True, slots=True)
class Ranked:
    """The answer to a rank.

    Attributes:
        order: every index once, the best or most important first.
        red_lines: options that are red lines; only for `RankOptions`.
    """

    order: tuple[int, ...]
    red_lines: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Yes:
    """More, or: I would sign."""


@dataclass(frozen=True, slots=True)
class No:
    """Less, or: rather no agreement."""


@dataclass(frozen=True, slots=True)
class About:
    """About the same."""


@dataclass(frozen=True, slots=True)
class Between:
    """A number instead, with how sure it is.

    Attributes:
        low: the least it can be, in the question's hundredths.
        high: the most.
    """

    low: int
    high: int


Answer: TypeAlias = Ranked | Yes | No | About | Between

"""Someone who has true numbers in mind and answers questions by them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backchannel.insight.domain import Domain
from backchannel.insight.elicitation import WHOLE, Elicitation, answered, begin, points, question, weights
from backchannel.insight.questions import (
    No,
    PlaceOption,
    Question,
    Ranked,
    RankOptions,
    RankSwings,
    SignOrNot,
    WeighSwing,
    Yes,
)


@dataclass(frozen=True, slots=True)
class Respondent:
    """True points of options and of swings, 0 to 100, and the share of the best package that they would sign."""

    values: list[list[int]]
    swings: list[int]
    signs: float

    def answer(self, state: Elicitation, asked: Question) -> Any:
        match asked:
            case RankOptions(issue):
                row = self.values[issue]
                return Ranked(tuple(sorted(range(len(row)), key=lambda option: -row[option])))
            case RankSwings():
                return Ranked(tuple(sorted(range(len(self.swings)), key=lambda issue: -self.swings[issue])))
            case PlaceOption(choice, share):
                return Yes() if self.values[choice.issue][choice.option] >= share else No()
            case WeighSwing(issue, _, share, _):
                return Yes() if self.swings[issue] >= share else No()
            case SignOrNot(package):
                found, counts = points(state), weights(state)
                worth = sum(w * row[option] for w, row, option in zip(counts, found, package, strict=True))
                return Yes() if worth >= self.signs * WHOLE * sum(counts) else No()


def interview(domain: Domain, person: Respondent, precision: int) -> tuple[Elicitation, list[tuple[Question, Any]]]:
    state = begin(domain, precision)
    told: list[tuple[Question, Any]] = []
    while (asked := question(state)) is not None:
        said = person.answer(state, asked)
        told.append((asked, said))
        state = answered(state, said)
    return state, told

"""Questions across lines: asked on, carried to, answered on, or still open (spec 15.4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from backchannel.log.carried import Carried
from backchannel.log.event import Event
from backchannel.log.kinds import Text, read_body


@dataclass(frozen=True, slots=True)
class Place:
    """An event on one of the owner's lines."""

    line: bytes
    event: bytes


@dataclass(frozen=True, slots=True)
class Told:
    """An event of a line, and whether the owner said it."""

    line: bytes
    event: Event
    mine: bool

    @property
    def place(self) -> Place:
        """Return where it stands."""
        return Place(self.line, self.event.id)


class Standing(Enum):
    """How far a question is; the value is what people read."""

    OPEN = "still open"
    CARRIED = "carried, still open"
    ANSWERED_THERE = "answered there, not brought back"
    ANSWERED = "answered"


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and what became of it.

    Attributes:
        asked: where.
        text: the words.
        mine: whether the owner asked it.
        carried: where it was carried to, by the owner.
        answered_there: the answers to what was carried.
        answers: the answers on the line on which it was asked.
    """

    asked: Place
    text: str
    mine: bool
    carried: tuple[Place, ...] = ()
    answered_there: tuple[Place, ...] = ()
    answers: tuple[Place, ...] = ()

    @property
    def standing(self) -> Standing:
        """Return how far it is."""
        if self.answers:
            return Standing.ANSWERED
        if self.answered_there:
            return Standing.ANSWERED_THERE
        return Standing.CARRIED if self.carried else Standing.OPEN


def questions(told: Iterable[Told], origins: Mapping[Place, Place]) -> tuple[Question, ...]:
    """Return every question that was asked; one that was carried on is told with what it came from.

    Args:
        told: the talk of the owner's lines, each line in its order.
        origins: carried event -> what it was carried from; known to the owner alone.
    """
    asked: dict[Place, tuple[str, bool]] = {}
    answered: dict[Place, list[tuple[Place, bool]]] = {}
    for one in told:
        said = read_body(one.event)
        if not isinstance(said, Text | Carried):
            continue
        if said.question:
            asked[one.place] = said.text, one.mine
        if said.answers is not None:
            answered.setdefault(Place(one.line, said.answers), []).append((one.place, one.mine))
    onward: dict[Place, list[Place]] = {}
    for place, origin in origins.items():
        if place in asked:
            onward.setdefault(origin, []).append(place)

    def answers(place: Place) -> tuple[Place, ...]:
        # nobody answers himself
        return tuple(answer for answer, mine in answered.get(place, ()) if mine != asked[place][1])

    found = []
    for place, (words, mine) in asked.items():
        if place in origins and origins[place] in asked:
            continue
        carried = tuple(onward.get(place, ()))
        there = tuple(answer for copy in carried for answer in answers(copy))
        found.append(Question(place, words, mine, carried, there, answers(place)))
    return tuple(found)

"""Carry what was said on one line to another, under its author's mark; the owner alone knows from where (spec 15.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.find import find_event
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Transaction
from backchannel.app.say import append_own
from backchannel.app.table import Tables
from backchannel.errors import CarryRefused, LineNotOpen
from backchannel.ledger.carrying import carry, source
from backchannel.ledger.questions import Place, Question, Told, questions
from backchannel.log.carried import CARRIED, Carried, Manner, carried_body
from backchannel.log.event import Event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, read_body, text_body
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import fields, sized

_VERSION: Final = 1
_ORIGIN: Final = "carried "
_LINE_ID: Final = 16
_EVENT_ID: Final = 32


@dataclass(frozen=True, slots=True)
class Wish:
    """How something is to be carried.

    Attributes:
        manner: verbatim or as a paraphrase; None is in one's own words.
        words: what is said, unless it is verbatim.
        named: the side or office whose official word it is.
        handling: what those who hear it may do with it.
    """

    manner: Manner | None
    words: str | None = None
    named: str | None = None
    handling: Handling = Handling.FOR_YOU_ALONE


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of it: the new event, and for the owner what it came from."""

    event: Event
    origin: Line
    of: Event


def carry_event(desk: Desk, word: str, to: str, wish: Wish) -> Brought:
    """Say on another line what one event says, and never more than its mark allows.

    Args:
        desk: where.
        word: the beginning of the event's id, or `LINE:NUMBER` of the other side's feed.
        to: the line that it is carried to.
        wish: how.

    Raises:
        LineUnknown: there is no such line.
        EventUnknown: there is no such event.
        CarryRefused: it is more than the mark allows, the owner's own, or from the same line.
        InputRefused: words are missing, or more than one event is meant.
        Oversize: it is too large for one event.
    """
    now = desk.clock()
    tables = Tables(desk)
    with desk.work() as work:
        line = work.transaction.line_named(to)
        origin, event = find_event(work.transaction, word)
        if origin.id == line.id:
            raise CarryRefused("it was said on that very line")
        if event.author == int(origin.role):
            raise CarryRefused("it is your own; say it there")
        if line.phase is Phase.REFUSED:
            raise LineNotOpen(to, hint="the invitation was refused; ask for a new one")
        found = source(event, tables.of(work.transaction, origin).versions)
        answers = _answered(work.transaction, origin, event, line)
        made = carry(found, wish.manner, words=wish.words, named=wish.named, handling=wish.handling, answers=answers)
        if isinstance(made, Carried):
            kind, body = CARRIED, carried_body(made)
        else:
            kind = TEXT
            body = text_body(made.text, made.handling, question=made.question, answers=made.answers)
        line, new = append_own(work, line, kind, body, now)
        work.transaction.save_line(line)
        work.transaction.save_private(line.id, _ORIGIN + new.id.hex(), encode([_VERSION, origin.id, event.id]))
    return Brought(new, origin, event)


def origins(transaction: Transaction, line: Line) -> dict[Place, Place]:
    """Return carried event -> what it was carried from, for one line; known to the owner alone."""
    found = {}
    for name, value in transaction.privates(line.id):
        if name.startswith(_ORIGIN):
            from_line, event = fields(decode(value), _VERSION, 2, "origin")
            place = Place(line.id, bytes.fromhex(name.removeprefix(_ORIGIN)))
            found[place] = Place(sized(from_line, _LINE_ID, "line"), sized(event, _EVENT_ID, "event"))
    return found


def forget_origin(transaction: Transaction, line_id: bytes, event_id: bytes) -> None:
    """Forget what an event was carried from, where it was carried at all."""
    transaction.save_private(line_id, _ORIGIN + event_id.hex(), None)


def all_questions(desk: Desk, name: str | None = None) -> tuple[dict[bytes, str], tuple[Question, ...]]:
    """Return the names of the lines, and every question; with a name, only those of that line.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        lines = transaction.lines()
        wanted = None if name is None else transaction.line_named(name).id
        links = {place: origin for line in lines for place, origin in origins(transaction, line).items()}
        found = questions(_told(transaction, lines), links)
    names = {line.id: line.name for line in lines}
    if wanted is None:
        return names, found
    return names, tuple(one for one in found if wanted in {one.asked.line, *(copy.line for copy in one.carried)})


def _told(transaction: Transaction, lines: list[Line]) -> Iterator[Told]:
    for line in lines:
        for stored in transaction.in_order(line.id):
            if stored.event.kind in (TEXT, CARRIED):
                yield Told(line.id, stored.event, stored.event.author == int(line.role))


def _answered(transaction: Transaction, origin: Line, event: Event, line: Line) -> bytes | None:
    """Return the question on `line` that an event answers, where it was carried from there."""
    answers = getattr(read_body(event), "answers", None)
    if answers is None:
        return None
    asked = origins(transaction, origin).get(Place(origin.id, answers))
    return asked.event if asked is not None and asked.line == line.id else None

"""Read: what was said, by whom, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backchannel.app.attachment import Attachment, name_of
from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.ports import Stored, Transaction
from backchannel.log.carried import Carried
from backchannel.log.file import File
from backchannel.log.kinds import Text, Unknown, read_body

PAGE = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One event, as its owner reads it.

    Attributes:
        stored: the event and when it came.
        mine: whether the owner wrote it.
        said: what it says.
        forked: whether another event bears the same author and number.
        delivered: of the owner's own: whether the peer has confirmed it.
        attachment: of a file: how it stands; None if this vault knows only that it was announced.
    """

    stored: Stored
    mine: bool
    said: Text | Carried | File | Unknown
    forked: bool
    delivered: bool
    attachment: Attachment | None = None


def entry_of(transaction: Transaction, line: Line, stored: Stored) -> Entry:
    """Return an event as the owner of `line` reads it."""
    event = stored.event
    mine = event.author == int(line.role)
    said = read_body(event)
    return Entry(
        stored=stored,
        mine=mine,
        said=said,
        attachment=transaction.file(line.id, name_of(event.id)) if isinstance(said, File) else None,
        forked=any((fork.author, fork.number) == (event.author, event.number) for fork in line.forks),
        delivered=not mine or event.number in line.delivery.theirs,
    )


def conversation(desk: Desk, name: str, *, last: int | None = None) -> tuple[Line, list[Entry]]:
    """Return a line and its events, in the one order of both sides; with `last`, only that many from the end.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        return line, [entry_of(transaction, line, stored) for stored in transaction.in_order(line.id, last=last)]


def news(desk: Desk, name: str, after: int) -> Iterator[Entry]:
    """Yield events in the order in which they came, behind a position.

    Raises:
        LineUnknown: there is no such line.
    """
    while True:
        with desk.look() as transaction:
            line = transaction.line_named(name)
            page = [entry_of(transaction, line, each) for each in transaction.by_position(line.id, after, PAGE)]
        for entry in page:
            after = entry.stored.position
            yield entry
        if len(page) < PAGE:
            return

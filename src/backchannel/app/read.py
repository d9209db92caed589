"""Read: what was said, by whom, and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from backchannel.app.attachment import Attachment, name_of
from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.ports import Stored, Transaction
from backchannel.log.carried import Carried
from backchannel.log.closing import CLOSE, Closed, read_close
from backchannel.log.event import Event
from backchannel.log.file import File
from backchannel.log.kinds import Text, Unknown, read_body
from backchannel.log.retention import RETENTION, Rule, read_retention
from backchannel.log.retraction import RETRACT, Retracted, read_retract
from backchannel.log.tombstone import Tombstone

PAGE = 1000

Said = Text | Carried | File | Closed | Retracted | Rule | Tombstone | Unknown
"""What an event says, or the mark that is left where its words were removed."""

_READERS: Final[dict[str, Callable[[Event], Said]]] = {
    CLOSE: read_close, RETENTION: read_retention, RETRACT: read_retract,
}  # fmt: skip


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
    said: Said
    forked: bool
    delivered: bool
    attachment: Attachment | None = None


def entry_of(transaction: Transaction, line: Line, stored: Stored) -> Entry:
    """Return an event as the owner of `line` reads it."""
    event = stored.event
    mine = event.author == int(line.role)
    said = said_by(event)
    return Entry(
        stored=stored,
        mine=mine,
        said=said,
        attachment=transaction.file(line.id, name_of(event.id)) if isinstance(said, File) else None,
        forked=any((fork.author, fork.number) == (event.author, event.number) for fork in line.forks),
        delivered=not mine or event.number in line.delivery.theirs,
    )


def said_by(event: Event) -> Said:
    """Return what an event says."""
    if isinstance(event, Tombstone):
        return event
    return _READERS.get(event.kind, read_body)(event)


def conversation(desk: Desk, name: str, *, last: int | None = None) -> tuple[Line, list[Entry]]:
    """Return a line and its events, in the one order of both sides; with `last`, only that many from the end.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        return line, [entry_of(transaction, line, stored) for stored in transaction.in_order(line.id, last=last)]


def walk(desk: Desk, name: str) -> Iterator[Entry]:
    """Yield a line's events in the one order, at one moment of the vault, without holding more than one.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        for stored in transaction.in_order(line.id):
            yield entry_of(transaction, line, stored)


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

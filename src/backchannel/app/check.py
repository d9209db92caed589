"""Check: whether the vault holds what it says that it holds; every id is computed again (spec 17.5)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from backchannel.app.desk import Desk, load_channel
from backchannel.app.line import Line
from backchannel.app.ports import Row, Transaction
from backchannel.errors import BackchannelError, LocalMisuse, Malformed, Oversize, VaultDamaged
from backchannel.log.event import Event
from backchannel.log.order import height
from backchannel.log.tombstone import read_kept
from backchannel.wire.coverage import NOTHING, Coverage


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be.

    Attributes:
        line: the line's name; None where it is about the whole store.
        what: in one clause.
    """

    line: str | None
    what: str


def check(desk: Desk) -> Iterator[Finding]:
    """Yield what is wrong with the vault; nothing where all is well."""
    for what in desk.vault.check(whole=True):
        yield Finding(None, f"SQLite: {what}")
    with desk.look() as transaction:
        try:
            lines = transaction.lines()
        except VaultDamaged as error:
            yield Finding(None, error.detail or str(error))
            return
        for line in lines:
            for what in _check_line(transaction, line):
                yield Finding(line.name, what)


def _check_line(transaction: Transaction, line: Line) -> Iterator[str]:
    yield from _check_channel(transaction, line)
    covered = [NOTHING, NOTHING]
    forked = {(fork.author, fork.number) for fork in line.forks}
    before: list[Event] = []  # what is held under the number before
    here: list[Event] = []
    count, last = 0, b""
    try:
        for row in transaction.rows(line.id):
            count += 1
            event, wrong = _read(row)
            if wrong or event is None:
                yield f"event {row.position}: {wrong}"
                continue
            if here and (here[0].author, here[0].number) != (event.author, event.number):
                before, here = here, []
            if not _follows(event, before) and (event.author, event.number - 1) not in forked:
                yield f"event {row.position}: it does not follow the one before it, and no fork is known there"
            here.append(event)
            covered[event.author] = covered[event.author].with_number(event.number)
            if (event.author, event.number) == (int(line.role), line.own) and last != line.last:
                last = event.id  # of a fork's branches, the owner's own is among them
    except VaultDamaged as error:
        yield error.detail or str(error)
        return
    yield from _check_counts(line, covered, count, last)


def _read(row: Row) -> tuple[Event | None, str]:
    """Return the event of a row, and what is wrong with the row."""
    try:
        event = read_kept(row.raw)
    except (Malformed, Oversize):
        return None, "its bytes are no event"
    if event.id != row.id:
        return None, "its bytes are not those of its id"
    if (event.author, event.number, height(event)) != (row.author, row.number, row.height):
        return None, "it stands under another number than it says"
    return event, ""


def _follows(event: Event, before: list[Event]) -> bool:
    """Say whether an event follows what is held under the number before it, if anything is."""
    if not before or (before[0].author, before[0].number + 1) != (event.author, event.number):
        return True
    return event.follows(each.id for each in before)


def _check_counts(line: Line, covered: list[Coverage], count: int, last: bytes) -> Iterator[str]:
    own, theirs = (
        covered[int(role)].union(Coverage(0, tuple(line.gone(int(role))))) for role in (line.role, line.role.other)
    )
    comes_back = line.recovery.returned
    if own != (comes_back or Coverage(line.own)):
        yield f"the owner's feed should have {line.own} events without a gap, and has {own.count}, up to {own.upto}"
    if theirs != line.theirs:
        yield f"the peer's feed should have {line.theirs.count} events, and has {theirs.count}, or others"
    if count != line.positions:
        yield f"there should be {line.positions} events, and there are {count}"
    if comes_back is not None:
        return  # what the peer says of the feed until it is whole again proves nothing
    if line.own and last != line.last:
        yield "the owner's last event is not the one that the next would follow"
    if line.delivery.theirs.highest > line.own:
        yield "the peer has confirmed more than the owner has said"


def _check_channel(transaction: Transaction, line: Line) -> Iterator[str]:
    if not line.phase.has_keys:
        if transaction.channel(line.id) is not None:
            yield f"there are keys, and the line is {line.phase}"
        return
    try:
        load_channel(transaction, line)
    except LocalMisuse:
        raise
    except (BackchannelError, ValueError, TypeError) as error:
        yield f"its keys cannot be read ({error})"

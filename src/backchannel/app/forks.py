"""Forks: numbers of a feed that hold more than one event, found, told and settled (spec 4.2).

A fork is shown on both sides and never merged silently. It is found where a second event comes under a number, or where
an event says that it follows another one than the one that is held; then the other side is asked for what it holds.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backchannel.app.line import Fork, Line
from backchannel.app.ports import Transaction
from backchannel.line.frame import ForkNotice
from backchannel.log.event import Event
from backchannel.log.tombstone import read_kept

MOST_FORKS: Final = 1024
"""Forks of one line that are told; a peer that invents more is not worth more room."""


class Forks:
    """The forks of one line during one transaction."""

    __slots__ = ("_forks", "_last", "_line", "_transaction", "new")

    def __init__(self, transaction: Transaction, line: Line) -> None:
        self._transaction = transaction
        self._line = line
        self._forks = {(fork.author, fork.number): fork for fork in line.forks}
        self._last: Event | None = None
        self.new = False

    @property
    def found(self) -> tuple[Fork, ...]:
        """Return all forks, by author and number."""
        return tuple(fork for _, fork in sorted(self._forks.items()))

    def add(self, author: int, number: int) -> None:
        """Note that there is, or must be, more than one event under a number; the other side is to be told."""
        known = self._forks.get((author, number))
        if known is None and len(self._forks) >= MOST_FORKS:
            return
        if known is None or known.settled:
            self._forks[author, number] = Fork(author, number, asked=known is not None and known.asked)
            self.new = True

    def check_chain(self, event: Event, *, last: bool) -> None:
        """Note a fork where an event that was just stored and its neighbours do not follow each other.

        Args:
            event: what was stored.
            last: whether nothing behind it is held.
        """
        before, self._last = self._last, event
        if event.number > 1 and not (before is not None and _is_next(before, event) and event.follows([before.id])):
            held = self._transaction.ids_at(self._line.id, event.author, event.number - 1)
            if held and not event.follows(held):
                self.add(event.author, event.number - 1)
        if last:
            return
        held = self._transaction.ids_at(self._line.id, event.author, event.number)
        behind = self._transaction.raw_events(self._line.id, event.author, event.number + 1, event.number + 1)
        if not all(read_kept(raw).follows(held) for raw in behind):
            self.add(event.author, event.number)

    def unsuspected(self, author: int, upto: int) -> Forks:
        """Let go of forks of which nothing was ever seen: an acknowledgement says that the peer holds what we hold.

        Args:
            author: whose feed.
            upto: the number that was acknowledged, by the id of its event.
        """
        for (whose, number), fork in list(self._forks.items()):
            if whose != author or number > upto or fork.settled:
                continue
            held = self._transaction.ids_at(self._line.id, author, number)
            behind = self._transaction.raw_events(self._line.id, author, number + 1, number + 1)
            if len(held) == 1 and all(read_kept(raw).follows(held) for raw in behind):
                del self._forks[whose, number]
        return self

    def match(self, notice: ForkNotice) -> None:
        """Compare what the other side holds under a number with what we hold."""
        slot = notice.author, notice.number
        held = self._transaction.ids_at(self._line.id, *slot)
        if not held:
            return
        same = held == sorted(notice.ids)
        if not same:
            self.add(*slot)
        fork = self._forks.get(slot)
        if fork is not None:
            self._forks[slot] = replace(fork, settled=same, asked=fork.asked or not notice.answer)


def _is_next(before: Event, event: Event) -> bool:
    return before.author == event.author and before.number + 1 == event.number

"""The lists of names of a line: folded from its events, said more of, and as they were before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from backchannel.app.desk import Desk
from backchannel.app.folded import Folded
from backchannel.app.ledger import LISTS
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Transaction
from backchannel.app.say import append_own
from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, LineNotOpen, ListRefused
from backchannel.ledger.list_kinds import MOST_IN_ONE, ListBody, RowsMoved, RowsProposed
from backchannel.ledger.listing import Listing, Listings, decide_list, evolve_lists, fold_lists
from backchannel.ledger.name_folding import fold
from backchannel.ledger.name_list import Limit, NameList, Row
from backchannel.ledger.name_matching import Alike, Named, near_duplicates
from backchannel.ledger.row_life import Stage
from backchannel.log.event import LARGEST_EVENT, Event

Part = TypeVar("Part")

_ROOM: Final = LARGEST_EVENT - 4096
"""Bytes of rows that one event takes: its head and the list's name need less than the rest."""
_CELL: Final = 5
"""Bytes that a text needs beside its own, at most."""


@dataclass(frozen=True, slots=True)
class Count:
    """A limit, and how many rows it counts now.

    Attributes:
        limit: the rule.
        going: rows that are agreed, or further.
        waiting: rows that are only proposed, and could still come to count.
    """

    limit: Limit
    going: int
    waiting: int

    @property
    def kept(self) -> bool:
        """Say whether it holds now."""
        return self.limit.least <= self.going and (self.limit.most is None or self.going <= self.limit.most)

    @property
    def possible(self) -> bool:
        """Say whether it can still hold without another row: too few are left for it otherwise."""
        return self.limit.least <= self.going + self.waiting


class Lists:
    """The lists of a vault's lines; what was folded is kept, and only what has come since is folded in."""

    __slots__ = ("_folded", "desk")

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._folded = Folded((LISTS,), fold_lists)

    def line(self, name: str) -> Line:
        """Return a line.

        Raises:
            LineUnknown: there is no such line.
        """
        with self.desk.look() as transaction:
            return transaction.line_named(name)

    def look(self, name: str) -> tuple[Line, Listings]:
        """Return a line and its lists.

        Raises:
            LineUnknown: there is no such line.
        """
        with self.desk.look() as transaction:
            line = transaction.line_named(name)
            return line, self.of(transaction, line)

    def of(self, transaction: Transaction, line: Line) -> Listings:
        """Return the lists of a line as a transaction sees them."""
        return self._folded.of(transaction, line, Listings())

    def versions(self, name: str, wanted: str) -> list[Listing]:
        """Return a list as it was after each event that counts, the first when it was opened.

        Raises:
            LineUnknown: there is no such line.
            ListRefused: there is no such list.
        """
        found: list[Listing] = []
        listings = Listings()
        with self.desk.look() as transaction:
            for event in transaction.of_kinds(transaction.line_named(name).id, LISTS):
                before, listings = listings.lists.get(wanted), evolve_lists(listings, event)
                after = listings.lists.get(wanted)
                if after is not None and after is not before:
                    found.append(after)
        listings.of(wanted)
        return found

    def act(
        self, name: str, choose: Callable[[Line, Listings], Sequence[ListBody]]
    ) -> tuple[Line, list[Event], Listings]:
        """Say something of a list, all of it or nothing.

        Args:
            name: the line.
            choose: makes what is said of the line and its lists; may raise what a person should read.

        Returns:
            The line, the events, and the lists with them.

        Raises:
            LineUnknown: there is no such line.
            LineNotOpen: its invitation was refused; it will never open.
            BackchannelError: it does not follow; each case has its own class.
        """
        now = self.desk.clock()
        events = []
        with self.desk.work() as work:
            line = work.transaction.line_named(name)
            if line.phase is Phase.REFUSED:
                raise LineNotOpen(name, hint="the invitation was refused; ask for a new one")
            listings = self.of(work.transaction, line)
            for body in choose(line, listings):
                kind, written = decide_list(listings, Role(int(line.role)), now, body)
                line, event = append_own(work, line, kind, written, now)
                listings = evolve_lists(listings, event)
                events.append(event)
            work.transaction.save_line(line)
        return line, events, listings


def proposals(name: str, rows: Sequence[Row]) -> Iterator[RowsProposed]:
    """Yield what proposes rows, in as few events as take them."""
    for part in _parts(rows, lambda row: (row.key, row.name, row.category, row.born, row.note)):
        yield RowsProposed(name, tuple(part))


def moves(name: str, keys: Sequence[str], stage: Stage) -> Iterator[RowsMoved]:
    """Yield what moves rows, in as few events as take them."""
    for part in _parts(keys, lambda key: (key,)):
        yield RowsMoved(name, tuple(part), stage)


def counts(names: NameList) -> list[Count]:
    """Return how a list stands to each of its limits."""
    going = Counter(row.category for row in names.going)
    waiting = Counter(row.category for row in names.rows.values() if row.stage is Stage.PROPOSED)
    return [
        Count(
            limit,
            going[limit.category] if limit.category else going.total(),
            waiting[limit.category] if limit.category else waiting.total(),
        )
        for limit in names.limits
    ]


def standing(names: NameList) -> list[Row]:
    """Return the rows that nobody replaced."""
    return [row for row in names.rows.values() if row.stage is not Stage.SUBSTITUTED]


def find_row(names: NameList, word: str) -> Row:
    """Return the row that a person means: by its key, the beginning of it, or its name in any spelling of the letters.

    Raises:
        ListRefused: there is none.
        InputRefused: there is more than one.
    """
    if word in names.rows:
        return names.rows[word]
    rows = standing(names)
    folded = fold(word)
    found = [row for row in rows if fold(row.name) == folded] if folded else []
    found = found or [row for row in rows if len(word) >= 4 and row.key.startswith(word)]
    if not found:
        raise ListRefused(f"there is no row {word}")
    if len(found) > 1:
        raise InputRefused(f"{word} can mean {', '.join(row.key for row in found[:5])}; give the whole key")
    return found[0]


def alike(before: Iterable[Row], new: Iterable[Row] = ()) -> list[tuple[Row, Row, Alike]]:
    """Return pairs of rows that may be one person, the most alike first; with `new`, those with a new row in them."""
    old, more = list(before), list(new)
    rows = [*old, *more]
    found = near_duplicates([Named(row.name, row.born) for row in rows])
    kept = (pair for pair in found if not more or pair.second >= len(old))
    return [(rows[pair.first], rows[pair.second], pair) for pair in kept]


def _parts(items: Sequence[Part], texts: Callable[[Part], tuple[str, ...]]) -> Iterator[list[Part]]:
    part: list[Part] = []
    size = 0
    for item in items:
        more = sum(len(text.encode()) + _CELL for text in texts(item)) + _CELL
        if part and (size + more > _ROOM or len(part) == MOST_IN_ONE):
            yield part
            part, size = [], 0
        part.append(item)
        size += more
    if part:
        yield part

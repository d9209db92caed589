"""What a backup holds, and how a vault is made from it again (spec 13.2).

A backup is a run of messages:

    [0, mark]                                           whose vault it is of: the same at every run
    [1, line, [[position, received, raw], ...]]         events, in the order in which the vault came to hold them
    [2, line, name, record]                             a line, without any key
    [3, name, value]                                    a setting
    [5, line, name, value]                              what the owner keeps for himself beside a line
    [6, line, name, position, whole, record]            a file, and whether its content follows
    [7, line, name, number, sealed]                     parts of that content, from this number on
    [4, lines, events]                                  the end: how many there were

Events come first, so that a run that was cut off can be gone on with: what has come to the vault since stands behind
them. No ratchet, epoch, one-time or mailbox secret is in it: going on with those would use keys twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Final

from backchannel.app.backup_files import FilesReader, file_messages, not_a_record
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.ports import PASSING, Random, Stored, Transaction
from backchannel.app.recover import restored
from backchannel.errors import Malformed, Oversize
from backchannel.line.delivery import Delivery
from backchannel.log.tombstone import read_kept
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, fields, items, sized, text, whole

LARGEST_MESSAGE: Final = 512 * 1024
_PAGE: Final = 4096
_PIECE: Final = 256 * 1024
MARK: Final = "backup-mark"
"""The setting that tells the backups of one vault from those of another."""

_ORDER: Final = {0: 0, 1: 1, 2: 2, 5: 3, 6: 4, 7: 4, 3: 5, 4: 6}
"""Where each kind of message stands among the others."""

_KEPT_BACK: Final = frozenset({MARK, "resting", "parts"})


@dataclass(slots=True)
class Progress:
    """How far a run is, so that a later one can go on.

    Attributes:
        mark: whose vault.
        positions: by line, the last event's.
        lines: how many lines are in it.
        events: how many events.
        ended: whether nothing is missing.
    """

    mark: bytes = b""
    positions: dict[bytes, int] = field(default_factory=dict)
    lines: int = 0
    events: int = 0
    ended: bool = False


def messages(transaction: Transaction, mark: bytes, done: Progress) -> Iterator[bytes]:
    """Yield what is to be written behind what is `done`; `done` is brought up to date as it goes.

    Args:
        transaction: one moment of the vault.
        mark: of the vault, 16 bytes.
        done: what the file holds already.
    """
    if not done.mark:
        done.mark = mark
        yield encode([0, mark])
    lines = transaction.lines()
    for line in lines:
        for page in _pages(transaction, line, done):
            done.positions[line.id] = page[-1][0]
            done.events += len(page)
            yield encode([1, line.id, page])
    for line in lines:
        done.lines += 1
        yield encode([2, line.id, line.name, encode(without_keys(line).to_value())])
    for line in lines:
        for name, secret in transaction.privates(line.id):
            if not name.startswith(PASSING):
                yield encode([5, line.id, name, secret])
    for line in lines:
        for file in transaction.files(line.id):
            yield from file_messages(transaction, file)
    for name, value in transaction.settings():
        if name not in _KEPT_BACK:
            yield encode([3, name, value])
    done.ended = True
    yield encode([4, done.lines, done.events])


def without_keys(line: Line) -> Line:
    """Return what a backup may know of a line: neither an invitation's keys nor a request's."""
    waiting = line.phase in (Phase.INVITING, Phase.JOINING)
    return replace(
        line,
        phase=Phase.REFUSED if waiting else line.phase,
        inviting=None,
        joining=None,
        recovery=replace(line.recovery, joining=None, post=Delivery(), former_until=None, warn=None),
    )


def _pages(transaction: Transaction, line: Line, done: Progress) -> Iterator[list[tuple[int, int, bytes]]]:
    while found := transaction.raw_by_position(line.id, done.positions.get(line.id, 0), _PAGE):
        size = 0
        page: list[tuple[int, int, bytes]] = []
        for row in found:
            if page and size + len(row[2]) > _PIECE:
                yield page
                size, page = 0, []
            page.append(row)
            size += len(row[2])
        yield page


class Reader:
    """Reads the messages of a backup in order; with a transaction, makes a vault of them."""

    def __init__(self, now: int = 0, random: Random | None = None) -> None:
        """Begin.

        Args:
            now: milliseconds since 1970; when the vault is restored.
            random: for the keys of the invitations by which restored lines look for their other ends.
        """
        self.progress = Progress()
        self._now = now
        self._random = random
        self._files = FilesReader(random)
        self._lines: list[list[bytes]] = []
        self._names: set[str] = set()
        self._rank = -1

    def take(self, message: bytes, transaction: Transaction | None = None) -> None:
        """Take the next message.

        Raises:
            Malformed: not a message that a backup can have here.
        """
        if self.progress.ended:
            raise Malformed("something behind the end")
        value = decode(message)
        if type(value) is not list or not value or type(value[0]) is not int:
            raise Malformed("backup message")
        self._place(value)
        if self._files.take(value, transaction):
            return
        match value[0]:
            case 0:
                (mark,) = fields(value, 0, 1, "mark")
                self.progress.mark = sized(mark, 16, "mark")
            case 1:
                self._events(value, transaction)
            case 2:
                self._line(value, transaction)
            case 3:
                _setting(value, transaction)
            case 5:
                _private(value, transaction)
            case 4:
                if [whole(count, "count") for count in fields(value, 4, 2, "end")] != [
                    self.progress.lines,
                    self.progress.events,
                ]:
                    raise Malformed("the end counts otherwise")
                if any([line] not in self._lines for line in self.progress.positions):
                    raise Malformed("a line is missing")
                self.progress.ended = True
            case _:
                raise Malformed("a backup of a newer version")

    def _place(self, value: list[Any]) -> None:
        """Refuse a message that cannot come here.

        Raises:
            Malformed: it is out of place.
        """
        rank = _ORDER.get(value[0], self._rank)
        if rank < self._rank or (rank == 0) is not (self._rank < 0):
            raise Malformed("a message out of place")
        self._rank = rank
        if value[0] in (5, 6) and value[1:2] not in self._lines:
            raise Malformed("of a line that did not come")

    def _events(self, value: list[Any], transaction: Transaction | None) -> None:
        line_id, rows = fields(value, 1, 2, "events")
        sized(line_id, 16, "line")
        for row in items(rows, "events", most=_PAGE):
            position, received, raw = fields([1, *row] if type(row) is list else row, 1, 3, "event")
            if whole(position, "position") != self.progress.positions.get(line_id, 0) + 1:
                raise Malformed("an event is missing")
            try:
                event = read_kept(blob(raw, "event"))
            except Oversize as error:
                raise Malformed("event") from error
            self.progress.positions[line_id] = position
            self.progress.events += 1
            if transaction is not None:
                transaction.append(line_id, Stored(position, whole(received, "received"), event))

    def _line(self, value: list[Any], transaction: Transaction | None) -> None:
        line_id, name, record = fields(value, 2, 3, "line")
        named = sized(line_id, 16, "line"), text(name, "name")
        with not_a_record():
            line = Line.from_value(*named, decode(blob(record, "record")))
        if line.inviting or line.joining or line.recovery.joining or line.phase in (Phase.INVITING, Phase.JOINING):
            raise Malformed("a line with the keys of a handshake")
        if [line_id] in self._lines or name in self._names:
            raise Malformed("a line that came before")
        self._names.add(name)
        if line.positions != self.progress.positions.get(line_id, 0):
            raise Malformed("events of a line are missing")
        self.progress.lines += 1
        self._lines.append([line_id])
        if transaction is not None and self._random is not None:
            transaction.add_line(restored(line, self._now, self._random).noted(self._now, Notice.RESTORED))


def _setting(value: list[Any], transaction: Transaction | None) -> None:
    name, setting = fields(value, 3, 2, "setting")
    named = text(name, "name"), text(setting, "setting", longest=65536)
    if transaction is not None:
        transaction.save_setting(*named)


def _private(value: list[Any], transaction: Transaction | None) -> None:
    line_id, name, secret = fields(value, 5, 3, "private value")
    named = sized(line_id, 16, "line"), text(name, "name"), blob(secret, "value")
    if transaction is not None:
        transaction.save_private(*named)

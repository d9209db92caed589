"""What a transaction can do: each method one or two statements (spec 7.2)."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any, TypeAlias

import apsw

from backchannel.app.attachment import Attachment
from backchannel.app.line import Line
from backchannel.app.ports import Row, Stored
from backchannel.errors import LineExists, LineUnknown, Malformed, VaultDamaged
from backchannel.log.event import Event
from backchannel.log.order import height
from backchannel.log.tombstone import read_kept
from backchannel.vault.contents import Contents
from backchannel.wire.codec import decode, encode

_COLUMNS = "position, received, raw"

Known: TypeAlias = dict[bytes, tuple[str, bytes, Line]]
"""By its id, a line's name and record as they were last seen, and what they say: the same need not be read again."""


class SqliteTransaction:
    """A transaction on the connection; its vault begins and ends it."""

    __slots__ = ("_connection", "_contents", "_known")

    def __init__(self, connection: apsw.Connection, contents: Contents, known: Known) -> None:
        """Begin.

        Args:
            connection: in a transaction of its own.
            contents: of files.
            known: lines that were read or written before, of the same vault.
        """
        self._connection = connection
        self._contents = contents
        self._known = known

    def _rows(self, sql: str, *values: Any) -> Iterator[tuple[Any, ...]]:
        return iter(self._connection.execute(sql, values))

    def defer_references(self) -> None:
        """Let rows refer to what is still to come; at the end of the transaction all must be there."""
        self._connection.pragma("defer_foreign_keys", 1)

    def lines(self) -> list[Line]:
        """Return every line, by name."""
        return [self._line(row) for row in self._rows("SELECT id, name, record FROM line ORDER BY name")]

    def line(self, line_id: bytes) -> Line:
        """Return one line.

        Raises:
            LineUnknown: there is none.
        """
        for row in self._rows("SELECT id, name, record FROM line WHERE id = ?", line_id):
            return self._line(row)
        raise LineUnknown

    def line_named(self, name: str) -> Line:
        """Return the line that the owner calls `name`.

        Raises:
            LineUnknown: there is none.
        """
        for row in self._rows("SELECT id, name, record FROM line WHERE name = ?", name):
            return self._line(row)
        raise LineUnknown(name)

    def _line(self, row: tuple[Any, ...]) -> Line:
        line_id, name, record = row
        known = self._known.get(line_id)
        if known is not None and known[:2] == (name, record):
            return known[2]
        try:
            line = Line.from_value(line_id, name, decode(record))
        except Malformed as error:
            raise VaultDamaged(f"the record of line {name}") from error
        self._known[line_id] = name, record, line
        return line

    def add_line(self, line: Line) -> None:
        """Add a line.

        Raises:
            LineExists: there is one of that name.
        """
        try:
            self._connection.execute(
                "INSERT INTO line (id, name, record) VALUES (?, ?, ?)", (line.id, line.name, encode(line.to_value()))
            )
        except apsw.ConstraintError as error:
            raise LineExists(line.name) from error

    def save_line(self, line: Line) -> None:
        """Replace what is known of a line."""
        record = encode(line.to_value())
        self._connection.execute("UPDATE line SET name = ?, record = ? WHERE id = ?", (line.name, record, line.id))
        self._known[line.id] = line.name, record, line

    def delete_line(self, line_id: bytes) -> None:
        """Delete a line with everything that belongs to it: the rows of every table that refer to it."""
        tables = [str(name) for (name,) in self._rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        for table in tables:
            for column in self._references_to_line(table):
                self._connection.execute(f'DELETE FROM "{table}" WHERE "{column}" = ?', (line_id,))  # noqa: S608
        self._connection.execute("DELETE FROM line WHERE id = ?", (line_id,))
        self._known.pop(line_id, None)

    def _references_to_line(self, table: str) -> list[str]:
        sql = """SELECT "from" FROM pragma_foreign_key_list(?) WHERE "table" = 'line'"""
        return [str(column) for (column,) in self._rows(sql, table)]

    def channel(self, line_id: bytes) -> bytes | None:
        """Return the secret bytes of a line's channel, if it has one."""
        for (state,) in self._rows("SELECT state FROM channel WHERE line = ?", line_id):
            return bytes(state) or None
        return None

    def channel_revision(self, line_id: bytes) -> int:
        """Return how often a line's channel was saved; 0 is never."""
        for (revision,) in self._rows("SELECT revision FROM channel WHERE line = ?", line_id):
            return int(revision)
        return 0

    def save_channel(self, line_id: bytes, data: bytes) -> int:
        """Replace a line's channel; return the new revision."""
        self._connection.execute("UPDATE turn SET number = number + 1")
        rows = self._rows(
            "INSERT INTO channel (line, revision, state) VALUES (?, 1, ?)"
            " ON CONFLICT (line) DO UPDATE SET revision = revision + 1, state = excluded.state RETURNING revision",
            line_id,
            data,
        )
        return int(next(rows)[0])

    def drop_channel(self, line_id: bytes) -> None:
        """Forget a line's channel, and those of its former incarnations."""
        # The row stays: a revision that began again could be taken for that of the channel which another process keeps.
        self._connection.execute("UPDATE channel SET revision = revision + 1, state = x'' WHERE line = ?", (line_id,))
        self._connection.execute("DELETE FROM former WHERE line = ?", (line_id,))

    def formers(self, line_id: bytes) -> list[tuple[int, bytes]]:
        """Return when the former incarnations of a line ended, and the secret bytes of their channels, latest first."""
        sql = "SELECT ended, state FROM former WHERE line = ? ORDER BY ended DESC"
        return [(int(ended), bytes(state)) for ended, state in self._rows(sql, line_id)]

    def save_former(self, line_id: bytes, ended: int, data: bytes) -> None:
        """Keep the channel of an incarnation that is over."""
        self._connection.execute(
            "INSERT OR REPLACE INTO former (line, ended, state) VALUES (?, ?, ?)", (line_id, ended, data)
        )

    def drop_former(self, line_id: bytes, ended: int) -> None:
        """Forget the channel of an incarnation that is over."""
        self._connection.execute("DELETE FROM former WHERE line = ? AND ended = ?", (line_id, ended))

    def setting(self, name: str) -> str | None:
        """Return one of the owner's settings."""
        for (value,) in self._rows("SELECT value FROM setting WHERE name = ?", name):
            return str(value)
        return None

    def settings(self) -> list[tuple[str, str]]:
        """Return all of the owner's settings, by name."""
        return [(str(name), str(value)) for name, value in self._rows("SELECT name, value FROM setting ORDER BY name")]

    def save_setting(self, name: str, value: str | None) -> None:
        """Keep one of the owner's settings; None forgets it."""
        if value is None:
            self._connection.execute("DELETE FROM setting WHERE name = ?", (name,))
        else:
            self._connection.execute("INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)", (name, value))

    def private(self, line_id: bytes, name: str) -> bytes | None:
        """Return what the owner keeps for himself beside a line, under a name."""
        for (value,) in self._rows("SELECT value FROM private WHERE line = ? AND name = ?", line_id, name):
            return bytes(value)
        return None

    def privates(self, line_id: bytes) -> list[tuple[str, bytes]]:
        """Return everything that the owner keeps for himself beside a line, by name."""
        sql = "SELECT name, value FROM private WHERE line = ? ORDER BY name"
        return [(str(name), bytes(value)) for name, value in self._rows(sql, line_id)]

    def save_private(self, line_id: bytes, name: str, value: bytes | None) -> None:
        """Keep something beside a line that never leaves the vault; None forgets it."""
        if value is None:
            self._connection.execute("DELETE FROM private WHERE line = ? AND name = ?", (line_id, name))
            return
        self._connection.execute(
            "INSERT INTO private (line, name, value) VALUES (?, ?, ?)"
            " ON CONFLICT (line, name) DO UPDATE SET value = excluded.value",
            (line_id, name, value),
        )

    def append(self, line_id: bytes, stored: Stored) -> None:
        """Add an event."""
        event = stored.event
        self._connection.execute(
            "INSERT INTO event (line, position, author, number, height, id, received, raw)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (
                line_id, stored.position, event.author, event.number, height(event), event.id, stored.received,
                event.raw,
            ),
        )  # fmt: skip

    def ids_at(self, line_id: bytes, author: int, number: int) -> list[bytes]:
        """Return the ids of the events under an author and number: none, one, or the branches of a fork."""
        sql = "SELECT id FROM event WHERE line = ? AND author = ? AND number = ? ORDER BY id"
        return [row[0] for row in self._rows(sql, line_id, author, number)]

    def replace_raw(self, line_id: bytes, event: Event) -> None:
        """Put an event's tombstone where the event was: under the same author, number and id."""
        self._connection.execute(
            "UPDATE event SET raw = ? WHERE line = ? AND author = ? AND number = ? AND id = ?",
            (event.raw, line_id, event.author, event.number, event.id),
        )

    def raw_events(self, line_id: bytes, author: int, first: int, last: int) -> Iterator[bytes]:
        """Yield the exact bytes of an author's events, by number."""
        sql = "SELECT raw FROM event WHERE line = ? AND author = ? AND number BETWEEN ? AND ? ORDER BY number, id"
        for row in self._rows(sql, line_id, author, first, last):
            yield row[0]

    def rows(self, line_id: bytes) -> Iterator[Row]:
        """Yield every event of a line as it lies in the store, by author, number and id."""
        sql = "SELECT position, author, number, height, id, raw FROM event WHERE line = ? ORDER BY author, number, id"
        for row in self._rows(sql, line_id):
            yield Row(*row)

    def by_position(self, line_id: bytes, after: int, most: int) -> list[Stored]:
        """Return events in the order in which they came, behind a position."""
        sql = f"SELECT {_COLUMNS} FROM event WHERE line = ? AND position > ? ORDER BY position LIMIT ?"  # noqa: S608
        return [_stored(row) for row in self._rows(sql, line_id, after, most)]

    def older(self, line_id: bytes, after: int, received: int, most: int) -> list[Stored]:
        """Return events behind a position that came at a time or before it, in the order in which they came."""
        sql = (
            f"SELECT {_COLUMNS} FROM event WHERE line = ? AND position > ? AND received <= ?"  # noqa: S608
            " ORDER BY position LIMIT ?"
        )
        return [_stored(row) for row in self._rows(sql, line_id, after, received, most)]

    def raw_by_position(self, line_id: bytes, after: int, most: int) -> list[tuple[int, int, bytes]]:
        """Return events in the order in which they came, behind a position: each one's position, time and exact bytes.

        Raises:
            VaultDamaged: the bytes of one are not those of its id.
        """
        sql = f"SELECT {_COLUMNS}, id FROM event WHERE line = ? AND position > ? ORDER BY position LIMIT ?"  # noqa: S608
        rows = list(self._rows(sql, line_id, after, most))
        # What has the id that it was stored under was a whole event then: it need not be decoded to know that.
        if any(sha256(row[2]).digest() != row[3] and _event(row[2]).id != row[3] for row in rows):
            raise VaultDamaged("an event")
        return [row[:3] for row in rows]

    def of_kinds(self, line_id: bytes, beginning: str, *, after: int = 0) -> list[Event]:
        """Return the events whose kind begins so, in the one order of both sides; with `after`, behind a position."""
        # The kind stands somewhere in the event as it is: what does not hold it need not be decoded.
        sql = (
            "SELECT raw FROM event WHERE line = ? AND position > ? AND instr(raw, ?) > 0"
            " ORDER BY height, author, number, id"
        )
        found = [_event(raw) for (raw,) in self._rows(sql, line_id, after, beginning.encode())]
        return [event for event in found if event.kind.startswith(beginning)]

    def in_order(self, line_id: bytes, *, last: int | None = None) -> Iterator[Stored]:
        """Yield events in the one order of both sides; with `last`, only that many from the end."""
        if last is None:
            sql = f"SELECT {_COLUMNS} FROM event WHERE line = ? ORDER BY height, author, number, id"  # noqa: S608
            for row in self._rows(sql, line_id):
                yield _stored(row)
            return
        sql = (
            f"SELECT {_COLUMNS} FROM event WHERE line = ?"  # noqa: S608  (a constant)
            " ORDER BY height DESC, author DESC, number DESC, id DESC LIMIT ?"
        )
        yield from [_stored(row) for row in self._rows(sql, line_id, last)][::-1]

    def files(self, line_id: bytes, *, moving: bool = False) -> list[Attachment]:
        """Return a line's files, in the order in which they were announced here; or those that move alone."""
        sql = "SELECT line, name, position, content, record FROM file WHERE line = ?"
        found = self._rows(f"{sql} AND moving = 1" if moving else sql, line_id)
        return sorted((_attachment(row) for row in found), key=lambda each: each.position)

    def file(self, line_id: bytes, name: bytes) -> Attachment | None:
        """Return one file of a line, by the name that parts call it by."""
        sql = "SELECT line, name, position, content, record FROM file WHERE line = ? AND name = ?"
        for row in self._rows(sql, line_id, name):
            return _attachment(row)
        return None

    def save_file(self, file: Attachment) -> None:
        """Add a file, or replace what is known of it."""
        self._connection.execute(
            "INSERT INTO file (line, name, position, moving, content, record) VALUES (?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (line, name) DO UPDATE SET"
            " moving = excluded.moving, content = excluded.content, record = excluded.record",
            (file.line, file.name, file.position, int(file.moving), file.content, encode(file.to_value())),
        )

    def write_part(self, content: str, number: int, sealed: bytes) -> None:
        """Keep one part of a content."""
        self._contents.write(content, number, sealed)

    def read_part(self, content: str, number: int, size: int) -> bytes:
        """Return one part of a content, of `size` bytes.

        Raises:
            VaultDamaged: it is not there.
        """
        return self._contents.read(content, number, size)

    def drop_file(self, line_id: bytes, name: bytes) -> None:
        """Forget a file and its content, as if it had never been announced."""
        found = self.file(line_id, name)
        if found is None:
            return
        self._connection.execute("DELETE FROM file WHERE line = ? AND name = ?", (line_id, name))
        if found.content:
            self.drop_content(found.content)

    def drop_content(self, content: str) -> None:
        """Delete a content."""
        self._contents.drop(content)

    def names_content(self, content: str) -> bool:
        """Say whether a file of the vault has this content."""
        return any(True for _ in self._rows("SELECT 1 FROM file WHERE content = ?", content))


def _attachment(row: tuple[Any, ...]) -> Attachment:
    line_id, name, position, content, record = row
    try:
        return Attachment.from_value(line_id, name, position, content, decode(record))
    except Malformed as error:
        raise VaultDamaged("the record of a file") from error


def _stored(row: tuple[Any, ...]) -> Stored:
    position, received, raw = row
    return Stored(position, received, _event(raw))


def _event(raw: bytes) -> Event:
    try:
        return read_kept(raw)
    except Malformed as error:
        raise VaultDamaged("an event") from error

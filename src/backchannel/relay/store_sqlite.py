"""The store in one SQLite file (spec 6.12): one writer thread, a few readers that it never blocks."""

from __future__ import annotations

import asyncio
import functools
import hashlib
import hmac
import queue
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from backchannel.relay import schema
from backchannel.relay.group_commit import GroupCommit
from backchannel.relay.store import (
    AlreadyThere,
    Direction,
    Door,
    Expired,
    Gone,
    Held,
    Made,
    MailboxFull,
    Making,
    NewMailbox,
    Putting,
    Stored,
    StoreFull,
    Taken,
    Totals,
)

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from backchannel.relay.limits import Limits

T = TypeVar("T")

_READERS: Final = 2
_SLICE: Final = 256  # how many envelopes one job deletes: nobody's put waits for a long deletion
_HOUR: Final = 3600
_DAY: Final = 86_400
_CURSORS_PER_SECOND: Final = 20  # as a power of two


class SqliteStore:
    """The adapter of `Store` that comes with the relay."""

    def __init__(self, path: Path, limits: Limits, clock: Callable[[], float]) -> None:
        """Open the file at `path`; blocks, so use `open`."""
        self._limits = limits
        self._clock = clock
        # No cursor is given twice even if the file is lost or put back from a copy: each start leaps ahead of every
        # cursor that an earlier one can have given (spec 6.11).
        self._floor = int(clock()) << _CURSORS_PER_SECOND
        writer = schema.connect_writer(path, limits.file_bytes)
        self._readers: queue.SimpleQueue[sqlite3.Connection] = queue.SimpleQueue()
        for _ in range(_READERS):
            self._readers.put(schema.connect_reader(path))
        self._threads = ThreadPoolExecutor(_READERS, thread_name_prefix="relay-reader")
        self._writer = GroupCommit(writer)

    @classmethod
    async def open(cls, directory: Path, limits: Limits, clock: Callable[[], float]) -> SqliteStore:
        """Open the store in `directory`, or make one.

        Args:
            directory: where the file is.
            limits: quotas and times to live.
            clock: seconds since 1970.

        Raises:
            ConfigRefused: the directory cannot be used, or holds something else.
        """
        return await asyncio.to_thread(lambda: cls(schema.create_file(directory), limits, clock))

    async def make(self, mailbox: NewMailbox) -> Making:
        """See `Store.make`."""
        return await self._write(functools.partial(_make, mailbox, self._limits, self._day()))

    async def find(self, id_hash: bytes) -> Door | None:
        """See `Store.find`."""
        return await self._read(functools.partial(_find, id_hash))

    async def put(self, box: int, envelopes: Sequence[bytes]) -> Putting:
        """See `Store.put`."""
        return await self._write(lambda db: self._put(db, box, envelopes))

    async def read(self, box: int, after: int, limit: int, size: int) -> tuple[Held, ...]:
        """See `Store.read`."""
        used_day, held = await self._read(functools.partial(_held, box, after, limit, size))
        today = self._day()
        if used_day is not None and used_day < today:
            await self._write(functools.partial(_touch, box, today))
        return held

    async def delete(self, box: int, upto: int) -> int:
        """See `Store.delete`."""
        deleted = 0
        while True:
            count = await self._write(functools.partial(_delete_slice, box, upto, self._day()))
            deleted += count
            if count < _SLICE:
                return deleted

    async def expire(self) -> Expired:
        """See `Store.expire`.

        Times are stored rounded down, so one unit is added: nothing goes early.
        """
        last_hour = (int(self._clock()) - self._limits.envelope_seconds) // _HOUR - 1
        last_day = (int(self._clock()) - self._limits.mailbox_idle_seconds) // _DAY - 1
        envelopes = mailboxes = 0
        while count := await self._write(functools.partial(_expire_envelopes, last_hour)):
            envelopes += count
        while count := await self._write(functools.partial(_expire_mailboxes, last_day)):
            mailboxes += count
        return Expired(envelopes, mailboxes)

    async def totals(self) -> Totals:
        """See `Store.totals`."""
        return await self._read(_totals)

    async def close(self) -> None:
        """See `Store.close`."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._threads.shutdown()
        for _ in range(_READERS):
            self._readers.get().close()
        self._writer.close()

    def _day(self) -> int:
        return int(self._clock()) // _DAY

    async def _write(self, job: Callable[[sqlite3.Connection], T]) -> T:
        return await asyncio.wrap_future(self._writer.submit(job))

    async def _read(self, job: Callable[[sqlite3.Connection], T]) -> T:
        def borrow() -> T:
            db = self._readers.get()
            try:
                return job(db)
            finally:
                self._readers.put(db)

        return await asyncio.get_running_loop().run_in_executor(self._threads, borrow)

    def _put(self, db: sqlite3.Connection, box: int, envelopes: Sequence[bytes]) -> Putting:
        row = db.execute("SELECT last_cursor, envelopes, bytes FROM mailbox WHERE box = ?", (box,)).fetchone()
        if row is None:
            return Gone()
        last, count, size = row
        last = max(last, self._floor)
        hour = int(self._clock()) // _HOUR
        cursors: list[int] = []
        new: dict[bytes, tuple[int, int, int, int, bytes, bytes]] = {}
        for envelope in envelopes:
            digest = hashlib.sha256(envelope).digest()
            known = db.execute(
                "SELECT cursor FROM envelope WHERE box = ? AND digest = ?", (box, digest)
            ).fetchone()  # fmt: skip
            if known is not None:
                cursors.append(known[0])
            elif digest in new:
                cursors.append(new[digest][1])
            else:
                last += 1
                cursors.append(last)
                new[digest] = (box, last, len(envelope), hour, digest, envelope)
        more = sum(row[2] for row in new.values())
        if count + len(new) > self._limits.mailbox_envelopes or size + more > self._limits.mailbox_bytes:
            return MailboxFull()
        (total,) = db.execute("SELECT bytes FROM total").fetchone()
        if total + more > self._limits.total_bytes:
            return StoreFull()
        db.executemany(
            "INSERT INTO envelope (box, cursor, size, hour, digest, body) VALUES (?, ?, ?, ?, ?, ?)", new.values()
        )
        db.execute(
            "UPDATE mailbox SET last_cursor = ?, envelopes = envelopes + ?, bytes = bytes + ?, used_day = ?"
            " WHERE box = ?",
            (last if new else row[0], len(new), more, self._day(), box),
        )
        db.execute("UPDATE total SET envelopes = envelopes + ?, bytes = bytes + ?", (len(new), more))
        fresh_cursors = {row[1] for row in new.values()}
        return Stored(tuple(cursors), _first_uses(cursors, fresh_cursors))


def _first_uses(cursors: Sequence[int], fresh: set[int]) -> tuple[bool, ...]:
    left = set(fresh)
    uses: list[bool] = []
    for cursor in cursors:
        uses.append(cursor in left)
        left.discard(cursor)
    return tuple(uses)


def _make(mailbox: NewMailbox, limits: Limits, today: int, db: sqlite3.Connection) -> Making:
    wanted = {
        mailbox.put_id: (mailbox.put_capability, Direction.PUT),
        mailbox.get_id: (mailbox.get_capability, Direction.GET),
    }
    doors = {id_hash: door for id_hash in wanted if (door := _find(id_hash, db)) is not None}
    if doors:
        same = len(doors) == len(wanted) and len({door.box for door in doors.values()}) == 1
        for id_hash, door in doors.items():
            capability, direction = wanted[id_hash]
            same &= hmac.compare_digest(door.capability, capability) and door.direction is direction
        if not same:
            return Taken()
        _touch(next(iter(doors.values())).box, today, db)
        return AlreadyThere()
    mailboxes, forgotten = db.execute("SELECT mailboxes, forgotten_cursor FROM total").fetchone()
    if mailboxes >= limits.total_mailboxes:
        return StoreFull()
    box = db.execute(
        "INSERT INTO mailbox (last_cursor, envelopes, bytes, used_day) VALUES (?, 0, 0, ?)", (forgotten, today)
    ).lastrowid
    db.executemany(
        "INSERT INTO credential (id_hash, capability_hash, box, direction) VALUES (?, ?, ?, ?)",
        [(id_hash, capability, box, int(direction)) for id_hash, (capability, direction) in wanted.items()],
    )
    db.execute("UPDATE total SET mailboxes = mailboxes + 1")
    return Made()


def _find(id_hash: bytes, db: sqlite3.Connection) -> Door | None:
    row = db.execute(
        "SELECT box, direction, capability_hash FROM credential WHERE id_hash = ?", (id_hash,)
    ).fetchone()  # fmt: skip
    return None if row is None else Door(row[0], Direction(row[1]), row[2])


def _touch(box: int, today: int, db: sqlite3.Connection) -> None:
    db.execute("UPDATE mailbox SET used_day = ? WHERE box = ? AND used_day < ?", (today, box, today))


def _held(
    box: int, after: int, limit: int, size: int, db: sqlite3.Connection
) -> tuple[int | None, tuple[Held, ...]]:  # fmt: skip
    used = db.execute("SELECT used_day FROM mailbox WHERE box = ?", (box,)).fetchone()
    # Sizes first: a body that does not fit the answer is not read from the disk at all.
    last, room = after, size
    rows = db.execute(
        "SELECT cursor, size FROM envelope WHERE box = ? AND cursor > ? ORDER BY cursor LIMIT ?", (box, after, limit)
    ).fetchall()
    for index, (cursor, more) in enumerate(rows):
        room -= more if index else 0
        if room < 0:
            break
        last = cursor
    bodies = db.execute(
        "SELECT cursor, body FROM envelope WHERE box = ? AND cursor > ? AND cursor <= ? ORDER BY cursor",
        (box, after, last),
    )
    return (None if used is None else used[0]), tuple(Held(cursor, body) for cursor, body in bodies)


def _delete_slice(box: int, upto: int, today: int, db: sqlite3.Connection) -> int:
    sizes = db.execute(
        "DELETE FROM envelope WHERE seq IN"
        " (SELECT seq FROM envelope WHERE box = ? AND cursor <= ? ORDER BY cursor LIMIT ?) RETURNING size",
        (box, upto, _SLICE),
    ).fetchall()
    _subtract(box, len(sizes), sum(size for (size,) in sizes), db)
    _touch(box, today, db)
    return len(sizes)


def _subtract(box: int, count: int, size: int, db: sqlite3.Connection) -> None:
    if count:
        db.execute("UPDATE mailbox SET envelopes = envelopes - ?, bytes = bytes - ? WHERE box = ?", (count, size, box))
        db.execute("UPDATE total SET envelopes = envelopes - ?, bytes = bytes - ?", (count, size))


def _expire_envelopes(last_hour: int, db: sqlite3.Connection) -> int:
    rows = db.execute(
        "DELETE FROM envelope WHERE seq IN (SELECT seq FROM envelope WHERE hour <= ? ORDER BY hour LIMIT ?)"
        " RETURNING box, size",
        (last_hour, _SLICE),
    ).fetchall()
    sizes: Counter[int] = Counter()
    for box, size in rows:
        sizes[box] += size
    for box, count in Counter(box for box, _ in rows).items():
        _subtract(box, count, sizes[box], db)
    return len(rows)


def _expire_mailboxes(last_day: int, db: sqlite3.Connection) -> int:
    # Only empty ones: what somebody still waits for keeps its mailbox until its own time is over.
    rows = db.execute(
        "DELETE FROM mailbox WHERE box IN"
        " (SELECT box FROM mailbox WHERE envelopes = 0 AND used_day <= ? LIMIT ?) RETURNING box, last_cursor",
        (last_day, _SLICE),
    ).fetchall()
    db.executemany("DELETE FROM credential WHERE box = ?", [(box,) for box, _ in rows])
    # The same ids may be made again, by a client that remembers how far it had read.
    highest = max((cursor for _, cursor in rows), default=0)
    db.execute(
        "UPDATE total SET mailboxes = mailboxes - ?, forgotten_cursor = max(forgotten_cursor, ?)", (len(rows), highest)
    )
    return len(rows)


def _totals(db: sqlite3.Connection) -> Totals:
    return Totals(*db.execute("SELECT mailboxes, envelopes, bytes FROM total").fetchone())

"""The relay's own store, in this process and by the world's clock: times to live, quotas, wipes and new addresses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Coroutine, Sequence
from hashlib import sha256
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final, TypeVar

from backchannel.app.ports import Found
from backchannel.errors import Forbidden, MailboxConflict, MailboxUnknown, RelayUnreachable, SizeRefused, SlowDown
from backchannel.line.mailbox import Mailbox
from backchannel.relay import schema
from backchannel.relay.limits import Limits
from backchannel.relay.store import AlreadyThere, Direction, Gone, Made, MailboxFull, NewMailbox, Stored
from backchannel.relay.store_sqlite import SqliteStore
from backchannel.wire.envelope import is_envelope_size

T = TypeVar("T")

LIMITS: Final = Limits(mailbox_envelopes=2048, mailbox_bytes=16 * 2**20)
"""Small enough for a long silence to fill a mailbox."""

_READ_AT_ONCE: Final = 256
_READ_BYTES: Final = 4 * 2**20


class SameThreadStore(SqliteStore):
    """The store that comes with the relay, with its jobs done at once by whoever asks."""

    def __init__(self, directory: Path, clock: Callable[[], float]) -> None:
        self._limits = LIMITS
        self._clock = clock
        self._floor = int(clock()) << 20  # as the store does it: each start leaps ahead of all earlier cursors
        self._db = schema.connect_writer(schema.create_file(directory), None)
        self._db.execute("PRAGMA synchronous = OFF")

    async def _write(self, job: Callable[[Connection], T]) -> T:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            result = job(self._db)
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")
        return result

    async def _read(self, job: Callable[[Connection], T]) -> T:
        return job(self._db)

    async def close(self) -> None:
        """Let go of the file."""
        self._db.close()


def done(coroutine: Coroutine[Any, Any, T]) -> T:
    """Return what a coroutine that never waits returns."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    raise RuntimeError("it waits for something")


class Relay:
    """One relay of the world, at one address after the other."""

    def __init__(self, folder: Path, number: int, clock: Callable[[], float]) -> None:
        """Start it.

        Args:
            folder: where it may keep what it holds.
            number: which of the world's relays.
            clock: seconds since 1970.
        """
        self.down = False
        self.most_held = 0
        self._folder = folder
        self._number = number
        self._clock = clock
        self._moves = 0
        self._starts = 0
        self._start()

    @property
    def address(self) -> str:
        """Return where it is now."""
        return f"relay-{self._number}.{self._moves}"

    def _start(self) -> None:
        self._starts += 1
        self._home = self._folder / f"relay-{self._number}-{self._starts}"
        self._home.mkdir(parents=True)
        self.store = SameThreadStore(self._home, self._clock)

    def wipe(self) -> None:
        """Lose everything."""
        self.close()
        shutil.rmtree(self._home)
        self._start()

    def move(self) -> None:
        """Lose everything, and the address too."""
        self.wipe()
        self._moves += 1

    def expire(self) -> None:
        """Throw away what is past its time."""
        self.most_held = max(self.most_held, done(self.store.totals()).envelopes)
        done(self.store.expire())

    def close(self) -> None:
        """Let go of the files."""
        done(self.store.close())


class StoreTransport:
    """A relay as one side reaches it: what the client and the routes do between them, without HTTP (spec 6)."""

    shared = False

    def __init__(self, relay: Relay, address: str, reachable: Callable[[], bool]) -> None:
        self.name = f"relay {address}"
        self._relay = relay
        self._address = address
        self._reachable = reachable

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Hand over envelopes."""
        if not all(is_envelope_size(len(envelope)) for envelope in envelopes):
            raise SizeRefused(self.name)
        match done(self._store().put(self._door(mailbox, Direction.PUT), envelopes)):
            case Stored():
                return
            case Gone():
                raise MailboxUnknown(self.name)
            case _:
                raise SlowDown(self.name)

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:  # noqa: ARG002  (time does not pass here)
        """Return envelopes of a mailbox, the oldest first."""
        box = self._door(mailbox, Direction.GET)
        held = done(self._store().read(box, 0, _READ_AT_ONCE, _READ_BYTES))
        return [Found(each.envelope, str(each.cursor)) for each in held]

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Let go of envelopes, and of all before them."""
        if receipts:
            done(self._store().delete(self._door(mailbox, Direction.GET), max(map(int, receipts))))

    def close(self) -> None:
        """Nothing to release."""

    def _store(self) -> SameThreadStore:
        if self._relay.down or self._address != self._relay.address or not self._reachable():
            raise RelayUnreachable(self.name)
        return self._relay.store

    def _door(self, mailbox: Mailbox, direction: Direction) -> int:
        name, capability = (
            (mailbox.put_id, mailbox.put_capability)
            if direction is Direction.PUT
            else (mailbox.get_id, mailbox.get_capability)
        )
        store, key = self._store(), sha256(name).digest()
        door = done(store.find(key))
        if door is None:
            self._make(store, mailbox)
            door = done(store.find(key))
        if door is None or door.direction is not direction or door.capability != sha256(capability).digest():
            raise Forbidden(self.name)
        return door.box

    def _make(self, store: SameThreadStore, mailbox: Mailbox) -> None:
        hashes = [
            sha256(part).digest()
            for part in (mailbox.put_id, mailbox.put_capability, mailbox.get_id, mailbox.get_capability)
        ]
        match done(store.make(NewMailbox(*hashes))):
            case Made() | AlreadyThere():
                return
            case MailboxFull():
                raise SlowDown(self.name)
            case _:
                raise MailboxConflict(self.name)

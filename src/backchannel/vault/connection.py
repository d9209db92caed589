"""A connection to the vault's database, and every failure of SQLite's in our words (spec 7.2, 7.3)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from backchannel.errors import BackchannelError, StorageFull, VaultBusy, VaultDamaged, VaultError
from backchannel.vault.files import NO_ROOM

DATABASE: Final = "vault.db"


def connect(path: Path, key: bytes, patience: float, *, journal: str = "wal") -> apsw.Connection:
    """Open a database under its key.

    Args:
        path: of a file that is there.
        key: 32 bytes.
        patience: seconds to wait for another process to finish writing.
        journal: SQLite's word for how changes are made whole.
    """
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(int(patience * 1000))
        connection.pragma("cipher", "chacha20")
        connection.execute(f"PRAGMA key = 'raw:{key.hex()}'")
        connection.pragma("temp_store", 2)  # no temporary file could ever hold plaintext
        connection.pragma("journal_mode", journal)
        connection.pragma("synchronous", 2)
        connection.pragma("foreign_keys", 1)
        connection.pragma("secure_delete", 1)
        connection.pragma("cache_size", -16384)
    except BaseException:
        connection.close()
        raise
    return connection


def version_of(connection: apsw.Connection) -> int:
    """Return how many steps of the schema a database has."""
    value = connection.pragma("user_version")
    assert isinstance(value, int)  # noqa: S101  (SQLite's own type)
    return value


@contextmanager
def immediate(connection: apsw.Connection) -> Iterator[None]:
    """Begin a transaction that writes; it commits at the end of the block, or leaves no trace."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException as error:
        # SQLite knows one way to have no room; the system knows others, such as a quota.
        no_room = isinstance(error, apsw.IOError) and connection.system_errno in NO_ROOM
        # A full disk makes SQLite roll back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        if no_room:
            raise StorageFull from error
        raise


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say what SQLite refuses in the words of our errors."""
    try:
        yield
    except BackchannelError:
        raise
    except apsw.Error as error:
        raise _ours(error) from error


def _ours(error: apsw.Error) -> BackchannelError:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            return VaultBusy()
        case apsw.FullError():
            return StorageFull()
        case apsw.NotADBError() | apsw.CorruptError():
            return VaultDamaged(DATABASE)
        case apsw.IOError() | apsw.CantOpenError() | apsw.ReadOnlyError() | apsw.PermissionsError():
            return VaultError(str(error))
        case _:
            return VaultError(f"SQLite: {error}")

"""The vault on disk: opened, locked, migrated; every failure of SQLite's in our words (spec 7.2, 7.3)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import apsw

from backchannel.crypto.passphrase import RECOMMENDED, Cost
from backchannel.errors import (
    BackchannelError,
    StorageFull,
    VaultBusy,
    VaultDamaged,
    VaultError,
    VaultExists,
    VaultNewer,
    VaultRolledBack,
)
from backchannel.vault.contents import Contents, Gathering, gathering, sweep
from backchannel.vault.files import NO_ROOM, alone_in, from_os
from backchannel.vault.keyfile import KEY_SIZE, NAME, read_key, write_key
from backchannel.vault.marker import Marker, marks_folder
from backchannel.vault.schema import MIGRATIONS, VERSION
from backchannel.vault.transaction import Known, SqliteTransaction

DATABASE: Final = "vault.db"
SMALLEST: Final = 512
"""Bytes of the smallest page of SQLite's: a database that has less was cut off."""

PATIENCE: Final = 10.0
"""Seconds to wait for another process to finish writing."""


class SqliteVault:
    """An encrypted SQLite database in a folder; the only adapter of the Vault port."""

    __slots__ = ("_connection", "_known", "_marker", "folder")

    def __init__(
        self,
        folder: Path,
        key: bytes,
        *,
        patience: float = PATIENCE,
        new: bool = False,
        marker: Marker | None = None,
        old: bool = False,
    ) -> None:
        """Open the database of a vault.

        Args:
            folder: the vault's.
            key: 32 bytes.
            patience: seconds to wait for another process to finish writing.
            new: whether the database is an empty file, to be filled; otherwise an empty one is a damaged one.
            marker: notices a vault that was put back to an older state; None does without.
            old: whether such a vault is to be opened all the same, and be the one that counts from now on.

        Raises:
            VaultRolledBack: it is an older state of this vault.
            VaultDamaged: the database is not there, or is not one under this key.
            VaultNewer: a later version wrote it.
        """
        self.folder: Final = folder
        self._marker = marker
        self._known: Known = {}
        path = folder / DATABASE
        if not path.is_file():
            raise VaultDamaged(f"{DATABASE} is missing")
        if not new and path.stat().st_size < SMALLEST:
            raise VaultDamaged(f"{DATABASE} has lost its content")
        with _in_our_words():
            self._connection = _connect(path, key, patience)
        try:
            self._migrate(new=new)
            if marker is not None and not old and self._turn() < marker.read():
                raise VaultRolledBack(
                    str(folder),
                    hint="if you put back an old copy: backchannel reset --all; else look for the newer one",
                )
        except BaseException:
            self._connection.close()
            raise

    def _migrate(self, *, new: bool) -> None:
        with _in_our_words():
            version = _version(self._connection)
        if version > VERSION:
            raise VaultNewer(f"version {version}, this program knows {VERSION}")
        if version == VERSION:
            return
        if version == 0 and not new:
            raise VaultDamaged(f"{DATABASE} has lost its content")
        with _in_our_words(), _immediate(self._connection):
            for step in range(_version(self._connection), VERSION):
                self._connection.execute(MIGRATIONS[step])
                self._connection.pragma("user_version", step + 1)

    @contextmanager
    def write(self) -> Iterator[SqliteTransaction]:
        """Begin a transaction that commits at the end of the block, or leaves no trace.

        Raises:
            VaultBusy: another process is writing.
            StorageFull: there is no room.
            VaultDamaged: the database is not as it was written.
        """
        contents = Contents(self.folder)
        try:
            with _in_our_words(), _immediate(self._connection):
                yield SqliteTransaction(self._connection, contents, self._known)
                contents.make_durable()
            contents.committed()
        finally:
            contents.close()

    @contextmanager
    def read(self) -> Iterator[SqliteTransaction]:
        """Begin a transaction that only looks, at one moment of the vault."""
        contents = Contents(self.folder)
        with _in_our_words():
            self._connection.execute("BEGIN")
            try:
                yield SqliteTransaction(self._connection, contents, self._known)
            finally:
                contents.close()
                self._connection.execute("COMMIT")

    @contextmanager
    def gather(self) -> Iterator[Gathering]:
        """Begin the content of a new file; what no transaction comes to name is deleted at the end of the block.

        What others left so when they crashed is deleted first.

        Raises:
            StorageFull: there is no room.
        """
        with self.write() as transaction:
            sweep(self.folder, transaction.names_content)
        with gathering(self.folder, self._names_content) as content:
            yield content

    def _names_content(self, content: str) -> bool:
        with self.read() as transaction:
            return transaction.names_content(content)

    def check(self) -> list[str]:
        """Return what SQLite finds wrong with the database; nothing where all is well."""
        with _in_our_words():
            found = [str(row[0]) for row in self._connection.execute("PRAGMA quick_check")]
        return [] if found == ["ok"] else found

    def _turn(self) -> int:
        with _in_our_words():
            return int(next(iter(self._connection.execute("SELECT number FROM turn")))[0])

    def close(self) -> None:
        """Release the files, and leave the mark by which an older state of them is noticed."""
        try:
            if self._marker is not None:
                with suppress(VaultError, StorageFull, OSError):  # a mark that lags behind only notices less
                    self._marker.write(self._turn())
        finally:
            with _in_our_words():
                self._connection.close()


def create_vault(folder: Path, passphrase: str, cost: Cost = RECOMMENDED) -> SqliteVault:
    """Make a vault in a folder that has none.

    The database is made first and the key file last, so that a vault either opens or is not there.

    Raises:
        VaultExists: there is one.
        VaultBusy: another process is making one.
        StorageFull: there is no room; nothing is left behind.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with alone_in(folder):
            return _create(folder, passphrase, cost)
    except OSError as error:
        raise from_os(error) from error


def _create(folder: Path, passphrase: str, cost: Cost) -> SqliteVault:
    key = os.urandom(KEY_SIZE)
    path = folder / DATABASE
    try:
        if (folder / NAME).exists():
            raise VaultExists(str(folder))
        remove_database(folder)  # what an interrupted init left; without a key file nobody can read it
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except OSError as error:
        raise from_os(error) from error
    vault: SqliteVault | None = None
    try:
        vault = SqliteVault(folder, key, new=True)
        write_key(folder, key, passphrase, cost)
    except BaseException:
        (folder / NAME).unlink(missing_ok=True)  # first, so that there is never a key without a database
        if vault is not None:
            vault.close()
        remove_database(folder)
        raise
    return vault


def open_vault(folder: Path, passphrase: str, *, patience: float = PATIENCE, old: bool = False) -> SqliteVault:
    """Open the vault in a folder.

    Args:
        folder: the vault's.
        passphrase: as typed.
        patience: seconds to wait for another process to finish writing.
        old: whether an older state of the vault is to be opened all the same.

    Raises:
        VaultRolledBack: it is an older state of this vault.
        VaultMissing: there is none.
        PassphraseWrong: the passphrase does not open it.
        VaultDamaged: its files are not as they were written.
        VaultNewer: a later version wrote it.
    """
    key = read_key(folder, passphrase)
    return SqliteVault(folder, key, patience=patience, marker=Marker(key, marks_folder()), old=old)


def change_passphrase(folder: Path, old: str, new: str, cost: Cost = RECOMMENDED) -> None:
    """Wrap the key under another passphrase; the store is not rewritten.

    Raises:
        VaultMissing, PassphraseWrong, VaultDamaged, VaultNewer, StorageFull: as they say; the old one still opens.
    """
    write_key(folder, read_key(folder, old), new, cost)


def remove_database(folder: Path) -> None:
    """Delete the database files of a folder."""
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal"):
        (folder / name).unlink(missing_ok=True)


def _connect(path: Path, key: bytes, patience: float) -> apsw.Connection:
    connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.set_busy_timeout(int(patience * 1000))
        connection.pragma("cipher", "chacha20")
        connection.execute(f"PRAGMA key = 'raw:{key.hex()}'")
        connection.pragma("temp_store", 2)  # no temporary file could ever hold plaintext
        connection.pragma("journal_mode", "wal")
        connection.pragma("synchronous", 2)
        connection.pragma("foreign_keys", 1)
        connection.pragma("secure_delete", 1)
        connection.pragma("cache_size", -16384)
    except BaseException:
        connection.close()
        raise
    return connection


def _version(connection: apsw.Connection) -> int:
    value = connection.pragma("user_version")
    assert isinstance(value, int)  # noqa: S101  (SQLite's own type)
    return value


@contextmanager
def _immediate(connection: apsw.Connection) -> Iterator[None]:
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
def _in_our_words() -> Iterator[None]:
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

"""The vault on disk: opened, locked, migrated; every failure of SQLite's in our words (spec 7.2, 7.3)."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import apsw

from backchannel.crypto.passphrase import RECOMMENDED, Cost
from backchannel.errors import (
    StorageFull,
    VaultBusy,
    VaultDamaged,
    VaultError,
    VaultExists,
    VaultMoved,
    VaultNewer,
    VaultRolledBack,
)
from backchannel.vault.connection import DATABASE, connect, immediate, in_our_words, version_of
from backchannel.vault.contents import Contents, Gathering, gathering, sweep
from backchannel.vault.files import alone_in, from_os
from backchannel.vault.keyfile import KEY_SIZE, MOVED, NAME, NEXT, read_keys, write_key
from backchannel.vault.marker import Marker, marks_folder
from backchannel.vault.migrate import COPY, bring_up, copies, keep_copy
from backchannel.vault.schema import MIGRATIONS, VERSION
from backchannel.vault.transaction import Known, SqliteTransaction

SMALLEST: Final = 512
"""Bytes of the smallest page of SQLite's: a database that has less was cut off."""

PATIENCE: Final = 10.0
"""Seconds to wait for another process to finish writing."""


class SqliteVault:
    """An encrypted SQLite database in a folder; the only adapter of the Vault port."""

    __slots__ = ("_connection", "_known", "_looking", "_marker", "folder")

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
        self._looking = False
        self._known: Known = {}
        path = folder / DATABASE
        if not path.is_file():
            raise VaultDamaged(f"{DATABASE} is missing")
        if not new and path.stat().st_size < SMALLEST:
            raise VaultDamaged(f"{DATABASE} has lost its content")
        with in_our_words():
            self._connection = connect(path, key, patience)
        try:
            self._migrate(key, new=new)
            if marker is not None and not old and self._turn() < marker.read():
                raise VaultRolledBack(
                    str(folder),
                    hint="if you put back an old copy: backchannel reset --all; else look for the newer one",
                )
        except BaseException:
            self._connection.close()
            raise

    def _migrate(self, key: bytes, *, new: bool) -> None:
        with in_our_words():
            version = version_of(self._connection)
        if version > VERSION:
            raise VaultNewer(f"version {version}, this program knows {VERSION}")
        if version == VERSION:
            self._let_go_of_copies()
            return
        if version == 0 and not new:
            raise VaultDamaged(f"{DATABASE} has lost its content")
        with in_our_words():
            if version:
                self._keep_copy(key, version)
            with immediate(self._connection):
                bring_up(self._connection, version_of(self._connection), MIGRATIONS)

    def _keep_copy(self, key: bytes, version: int) -> None:
        path = self.folder / f"{COPY}{version}"
        draft = path.with_name(f".{path.name}.{os.getpid()}.part")
        try:
            os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            keep_copy(self._connection, connect(draft, key, PATIENCE, journal="delete"), draft)
            draft.replace(path)
        except OSError as error:
            raise from_os(error) from error
        finally:
            draft.unlink(missing_ok=True)

    def _let_go_of_copies(self) -> None:
        """Delete what was kept before this database was brought up, once it has been read whole."""
        try:
            kept = copies(self.folder)
            if kept and not self.check():
                with self.read() as transaction:
                    transaction.lines()
                for path in kept:
                    path.unlink(missing_ok=True)
        except OSError as error:
            raise from_os(error) from error

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
            with in_our_words(), immediate(self._connection):
                yield SqliteTransaction(self._connection, contents, self._known)
                contents.make_durable()
            contents.committed()
        finally:
            contents.close()

    @contextmanager
    def read(self) -> Iterator[SqliteTransaction]:
        """Begin a transaction that only looks, at one moment of the vault: within another, at that one's."""
        contents = Contents(self.folder)
        within, self._looking = self._looking, True
        with in_our_words():
            if not within:
                self._connection.execute("BEGIN")
            try:
                yield SqliteTransaction(self._connection, contents, self._known)
            finally:
                contents.close()
                if not within:
                    self._looking = False
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

    def check(self, *, whole: bool = False) -> list[str]:
        """Return what SQLite finds wrong with the database; nothing where all is well.

        Args:
            whole: also compare every index with its table.
        """
        with in_our_words():
            found = [
                str(row[0]) for row in self._connection.execute(f"PRAGMA {'integrity' if whole else 'quick'}_check")
            ]
        return [] if found == ["ok"] else found

    def scrub(self, *, shrink: bool = False) -> None:
        """Empty the write-ahead log, which still holds pages as they were before rows were deleted or replaced.

        In the database itself such rows were overwritten where they lay (`secure_delete`). While another process
        reads, the log of changes is left for the next time.

        Args:
            shrink: also write the database anew without the room that it took.

        Raises:
            StorageFull: there is no room.
        """
        with in_our_words():
            try:
                if shrink:
                    self._connection.execute("VACUUM")
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except (apsw.BusyError, apsw.LockedError):
                return

    def seize(self) -> None:
        """Keep every other process out until this vault is closed; its write-ahead log is emptied and removed.

        Raises:
            VaultBusy: another process has the vault open.
        """
        with in_our_words():
            if self._connection.pragma("journal_mode", "delete") != "delete":
                raise VaultBusy
            self._connection.execute("BEGIN EXCLUSIVE")

    def _turn(self) -> int:
        with in_our_words():
            return int(next(iter(self._connection.execute("SELECT number FROM turn")))[0])

    def close(self) -> None:
        """Release the files, and leave the mark by which an older state of them is noticed."""
        try:
            if self._marker is not None:
                with suppress(VaultError, StorageFull, OSError):  # a mark that lags behind only notices less
                    self._marker.write(self._turn())
        finally:
            with in_our_words():
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
        if (folder / MOVED).exists():
            raise VaultMoved(str(folder), hint=f"to make another vault here, delete {MOVED}")
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
    return open_with(folder, read_keys(folder, passphrase), patience=patience, old=old)[0]


def open_with(
    folder: Path, keys: Sequence[bytes], *, patience: float = PATIENCE, old: bool = False
) -> tuple[SqliteVault, bytes]:
    """Open a vault with the first of these keys that opens it; return that as well.

    There are two after a change of the key that was interrupted; which of them it is shows in trying.

    Raises:
        VaultDamaged, VaultNewer, VaultRolledBack: as `SqliteVault` says.
    """
    *others, last = keys
    for key in others:
        with suppress(VaultDamaged):
            return _with_mark(folder, key, patience, old=old), key
    return _with_mark(folder, last, patience, old=old), last


def _with_mark(folder: Path, key: bytes, patience: float, *, old: bool) -> SqliteVault:
    return SqliteVault(folder, key, patience=patience, marker=Marker(key, marks_folder()), old=old)


def change_passphrase(folder: Path, old: str, new: str, cost: Cost = RECOMMENDED) -> None:
    """Wrap the key under another passphrase; the store is not rewritten.

    Raises:
        VaultMissing, PassphraseWrong, VaultDamaged, VaultNewer, StorageFull: as they say; the old one still opens.
    """
    keys = read_keys(folder, old)
    key = keys[0]
    if len(keys) > 1:  # a change of the key was interrupted: only one of the two is worth keeping
        vault, key = open_with(folder, keys)
        vault.close()
    write_key(folder, key, new, cost)
    (folder / NEXT).unlink(missing_ok=True)


def change_key(path: Path, old: bytes, new: bytes) -> None:
    """Encrypt a database anew, one that nobody else uses and of which there is another copy; and read it whole.

    Raises:
        VaultDamaged: it is not whole under the new key.
        StorageFull: there is no room.
    """
    with in_our_words():
        connection = connect(path, old, PATIENCE, journal="delete")
        try:
            connection.execute(f"PRAGMA rekey = 'raw:{new.hex()}'")
        finally:
            connection.close()
        connection = connect(path, new, PATIENCE, journal="delete")
        try:
            if connection.pragma("quick_check") != "ok":
                raise VaultDamaged(path.name)
        finally:
            connection.close()


def remove_database(folder: Path) -> None:
    """Delete the database files of a folder."""
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", f"{DATABASE}-journal"):
        (folder / name).unlink(missing_ok=True)

"""To have a vault to oneself, for what changes its files as a whole (spec 17)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backchannel.vault.connection import DATABASE
from backchannel.vault.files import alone_in, from_os
from backchannel.vault.keyfile import read_keys
from backchannel.vault.store import PATIENCE, open_with


@dataclass(frozen=True, slots=True)
class Sole:
    """A vault that nobody else has open.

    Attributes:
        key: the database's.
        handle: of the database's file, which is whole: there is no write-ahead log.
    """

    key: bytes = field(repr=False)
    handle: int

    def spoil(self) -> None:
        """Make the database's old file unreadable, so that whoever waited for it does not write into what is gone."""
        os.pwrite(self.handle, os.urandom(4096), 0)
        os.fsync(self.handle)


@contextmanager
def sole_use(folder: Path, passphrase: str, *, patience: float = PATIENCE) -> Iterator[Sole]:
    """Keep every other process out of a vault until the block ends.

    Raises:
        VaultMissing, VaultMoved, PassphraseWrong, VaultDamaged, VaultNewer: as `read_keys` and `SqliteVault` say.
        VaultBusy: another process has it open.
        StorageFull, VaultError: a file could not be written.
    """
    keys = read_keys(folder, passphrase)
    try:
        with alone_in(folder):
            vault, key = open_with(folder, keys, patience=patience)
            try:
                vault.seize()
                # Kept open to the end: closing any handle of the file would drop the locks.
                handle = os.open(folder / DATABASE, os.O_RDWR | getattr(os, "O_BINARY", 0))
            except BaseException:
                vault.close()
                raise
            try:
                yield Sole(key, handle)
            finally:
                vault.close()
                os.close(handle)
    except OSError as error:
        raise from_os(error) from error

"""Old vaults become new ones; a copy of the old one is kept until the new one has been read (spec 17.6)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import apsw

from backchannel.vault.files import sync_folder

COPY: Final = "vault.db.before"
"""The name, with the version behind it, of the database as it was before it was brought up."""


def keep_copy(connection: apsw.Connection, copy: apsw.Connection, path: Path) -> None:
    """Copy a database before it is changed, durably.

    SQLite copies it page by page, as of one moment and under the copy's own key. A file copied beside SQLite would lose
    this process its locks.

    Args:
        connection: of the database; no transaction.
        copy: of an empty database.
        path: the copy's.
    """
    with copy.backup("main", connection, "main") as backup:
        while not backup.done:
            backup.step(1000)
    copy.close()
    with path.open("rb") as file:
        os.fsync(file.fileno())
    sync_folder(path.parent)


def bring_up(connection: apsw.Connection, version: int, steps: Sequence[str]) -> None:
    """Make the steps from a version on; in a transaction, all or none."""
    for step in range(version, len(steps)):
        connection.execute(steps[step])
        connection.pragma("user_version", step + 1)


def copies(folder: Path) -> list[Path]:
    """Return the copies that were kept in a folder, with what an interrupted one left."""
    return sorted(path for path in folder.iterdir() if path.name.startswith(COPY))

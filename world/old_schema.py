"""A vault as an older version left it: with the tables of the first steps alone (spec 7.2).

Later versions have only added tables. So what a vault would be, had the older version been used until now, is what is
left of it without them; the tables that stay are compared with those that the first steps make.
"""

from __future__ import annotations

from pathlib import Path

import apsw

from backchannel.vault.connection import DATABASE
from backchannel.vault.schema import MIGRATIONS


def make_old(folder: Path, key: bytes, steps: int) -> None:
    """Turn a closed vault into one that the first `steps` steps have made.

    Args:
        folder: the vault's.
        key: 32 bytes.
        steps: at least 1.

    Raises:
        AssertionError: a step that came later has changed what was there before; then this is not how to go back.
    """
    connection = apsw.Connection(str(folder / DATABASE), flags=apsw.SQLITE_OPEN_READWRITE)
    try:
        connection.pragma("cipher", "chacha20")
        connection.execute(f"PRAGMA key = 'raw:{key.hex()}'")
        wanted = tables(steps)
        with connection:
            for name, sql in tables_of(connection).items():
                if name not in wanted and sql.startswith("CREATE TABLE"):  # its indexes go with it
                    connection.execute(f'DROP TABLE "{name}"')
            connection.pragma("user_version", steps)
        assert tables_of(connection) == wanted, "the older tables are not what is left"
    finally:
        connection.close()


def tables(steps: int) -> dict[str, str]:
    """Return what the first steps make, by name."""
    empty = apsw.Connection(":memory:")
    for step in MIGRATIONS[:steps]:
        empty.execute(step)
    return tables_of(empty)


def tables_of(connection: apsw.Connection) -> dict[str, str]:
    """Return the tables and indexes of a database, by name."""
    return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))

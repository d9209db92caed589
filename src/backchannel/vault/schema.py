"""The tables, and the numbered steps that made them (spec 7.2).

A step is never changed once released, a column's meaning never changes, and every step has a golden vault in the tests.
"""

from __future__ import annotations

from typing import Final

MIGRATIONS: Final = (
    """
    CREATE TABLE line (
        id       BLOB NOT NULL PRIMARY KEY,
        name     TEXT NOT NULL UNIQUE,
        record   BLOB NOT NULL
    ) STRICT;

    CREATE TABLE channel (
        line     BLOB NOT NULL PRIMARY KEY REFERENCES line (id),
        revision INTEGER NOT NULL,
        state    BLOB NOT NULL
    ) STRICT;

    CREATE TABLE event (
        line     BLOB NOT NULL REFERENCES line (id),
        position INTEGER NOT NULL,
        author   INTEGER NOT NULL,
        number   INTEGER NOT NULL,
        height   INTEGER NOT NULL,
        id       BLOB NOT NULL,
        received INTEGER NOT NULL,
        raw      BLOB NOT NULL,
        PRIMARY KEY (line, position)
    ) STRICT, WITHOUT ROWID;

    CREATE TABLE setting (
        name     TEXT NOT NULL PRIMARY KEY,
        value    TEXT NOT NULL
    ) STRICT;

    CREATE UNIQUE INDEX event_by_number ON event (line, author, number, id);
    CREATE INDEX event_in_order ON event (line, height, author, number, id);
    """,
    """
    CREATE TABLE former (
        line     BLOB NOT NULL REFERENCES line (id),
        ended    INTEGER NOT NULL,
        state    BLOB NOT NULL,
        PRIMARY KEY (line, ended)
    ) STRICT;

    CREATE TABLE turn (
        number   INTEGER NOT NULL
    ) STRICT;

    INSERT INTO turn (number) VALUES (0);
    """,
    """
    CREATE TABLE private (
        line     BLOB NOT NULL REFERENCES line (id),
        name     TEXT NOT NULL,
        value    BLOB NOT NULL,
        PRIMARY KEY (line, name)
    ) STRICT;
    """,
)
"""Step i leads from version i to version i + 1."""

VERSION: Final = len(MIGRATIONS)

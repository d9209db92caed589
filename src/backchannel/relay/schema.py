"""The relay's SQLite file: its tables, its version, and how a connection is set up (spec 6.12).

A column's meaning never changes; a new meaning is a new column and a new version.
"""

from __future__ import annotations

import os
import sqlite3
from typing import TYPE_CHECKING, Final

from backchannel.errors import ConfigRefused

if TYPE_CHECKING:
    from pathlib import Path

VERSION: Final = 1
FILE_NAME: Final = "relay.sqlite3"

_APPLICATION_ID: Final = 0x42435231  # "BCR1": tells `file` and us that it is ours
_PAGE_SIZE: Final = 8192
_CHECKPOINT_PAGES: Final = 16 * 2**20 // _PAGE_SIZE  # one put-many does not pay for a checkpoint each time

_TABLES: Final = """
CREATE TABLE mailbox (
    box INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used again, so that nobody is woken for a stranger's mail
    last_cursor INTEGER NOT NULL,
    envelopes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    used_day INTEGER NOT NULL               -- days since 1970; finer would tell more than expiry needs
) STRICT;
CREATE INDEX mailbox_used ON mailbox (used_day) WHERE envelopes = 0;

CREATE TABLE credential (
    id_hash BLOB PRIMARY KEY,
    capability_hash BLOB NOT NULL,
    box INTEGER NOT NULL,
    direction INTEGER NOT NULL              -- 1 put, 2 get
) STRICT, WITHOUT ROWID;
CREATE INDEX credential_box ON credential (box);

CREATE TABLE envelope (
    seq INTEGER PRIMARY KEY,
    box INTEGER NOT NULL,
    cursor INTEGER NOT NULL,
    size INTEGER NOT NULL,
    hour INTEGER NOT NULL,                  -- hours since 1970, when it came
    digest BLOB NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX envelope_cursor ON envelope (box, cursor);
CREATE UNIQUE INDEX envelope_digest ON envelope (box, digest);
CREATE INDEX envelope_hour ON envelope (hour);

CREATE TABLE total (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    mailboxes INTEGER NOT NULL,
    envelopes INTEGER NOT NULL,
    bytes INTEGER NOT NULL,
    forgotten_cursor INTEGER NOT NULL       -- the highest cursor of any mailbox that was removed
) STRICT;
INSERT INTO total (one, mailboxes, envelopes, bytes, forgotten_cursor) VALUES (1, 0, 0, 0, 0);
"""


def create_file(directory: Path) -> Path:
    """Make the data directory and an empty file in it, both for this user alone; return the file.

    Raises:
        ConfigRefused: the directory cannot be used.
    """
    path = directory / FILE_NAME
    try:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        # SQLite gives its WAL the permissions of the file, so that these hold for all of them.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise ConfigRefused(f"the data directory cannot be used: {error.strerror}") from error
    return path


def connect_writer(path: Path, file_bytes: int | None) -> sqlite3.Connection:
    """Open the one connection that writes; make or check the tables.

    Raises:
        ConfigRefused: the file is not a relay's, or is a newer one's.
    """
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    try:
        db.execute(f"PRAGMA page_size = {_PAGE_SIZE}")
        db.execute("PRAGMA journal_mode = WAL")
        # FULL: a commit that was acknowledged is on the platter, not in a cache (spec 6.4).
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA fullfsync = ON")
        # What was fetched and deleted is overwritten: a relay that is seized holds what was not fetched yet.
        db.execute("PRAGMA secure_delete = ON")
        db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        db.execute(f"PRAGMA journal_size_limit = {2 * _CHECKPOINT_PAGES * _PAGE_SIZE}")
        db.execute("PRAGMA busy_timeout = 5000")
        if file_bytes is not None:
            db.execute(f"PRAGMA max_page_count = {max(1, file_bytes // _PAGE_SIZE)}")
        _make_or_check(db)
    except sqlite3.DatabaseError as error:
        db.close()
        raise ConfigRefused("the data directory holds a file that is not a relay's, or is damaged") from error
    except ConfigRefused:
        db.close()
        raise
    return db


def connect_reader(path: Path) -> sqlite3.Connection:
    """Open a connection that only reads."""
    db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA query_only = ON")
    db.execute("PRAGMA busy_timeout = 5000")
    return db


def _make_or_check(db: sqlite3.Connection) -> None:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    (application,) = db.execute("PRAGMA application_id").fetchone()
    (tables,) = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables == 0:
        db.executescript(
            f"BEGIN IMMEDIATE; {_TABLES} PRAGMA application_id = {_APPLICATION_ID};"
            f" PRAGMA user_version = {VERSION}; COMMIT;"
        )
        return
    if application != _APPLICATION_ID:
        raise ConfigRefused("the data directory holds another program's file")
    if version > VERSION:
        raise ConfigRefused("the data directory was written by a newer Backchannel")

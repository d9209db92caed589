"""A folder that a person or another program carries: a stick, a synced folder (spec 5.4).

Each envelope is a file of its own. Its name is when it was written, for the order (a stick knows time by two seconds,
and a synced folder forgets it), and noise; names say nothing about lines. We make a file appear whole or not at all. A
program that syncs does not: so what is not the size of an envelope, has a passing name or cannot be read is left alone.
It may still be on its way, or be somebody else's. A copy under another name is read like the first; a half that happens
to have the size of an envelope opens for nobody, and is looked at again.
"""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from backchannel.app.ports import Found
from backchannel.errors import FolderFull, TransportError
from backchannel.line.mailbox import Mailbox
from backchannel.wire.envelope import BUCKETS, is_envelope_size

SUFFIX: Final = ".bcenv"

_PASSING: Final = re.compile(r"^[.~]|\.(part|partial|filepart|crdownload|tmp|temp|swp|!sync|lock)$|~$", re.IGNORECASE)
"""Names that programs give to files which they are still writing."""


class FolderTransport:
    """Envelopes as files of one folder."""

    shared = True

    def __init__(self, folder: Path) -> None:
        self.name = f"folder {folder}"
        self._folder = folder
        self._latest = 0

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:  # noqa: ARG002  (names must say nothing)
        """Write one file for each envelope.

        Raises:
            FolderFull: there is no room; files already written are whole and stay.
            TransportError: the folder cannot be written.
        """
        try:
            for envelope in envelopes:
                self._write(envelope)
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise FolderFull(self.name) from error
            raise TransportError(f"{self.name}: {error.strerror}") from error

    def _write(self, envelope: bytes) -> None:
        self._latest = max(time.time_ns(), self._latest + 1)
        path = self._folder / f"{self._latest:016x}{os.urandom(8).hex()}{SUFFIX}"
        draft = path.with_suffix(".part")
        try:
            with draft.open("xb") as file:
                file.write(envelope)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:  # noqa: ARG002  (a folder cannot wait)
        """Return every envelope in the folder, the oldest first: whose they are shows when they are opened."""
        try:
            entries = [entry for entry in os.scandir(self._folder) if _may_hold_one(entry.name) and entry.is_file()]
            entries.sort(key=lambda entry: entry.name)
            return _read_all(entries)
        except OSError as error:
            raise TransportError(f"{self.name}: {error.strerror}") from error

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:  # noqa: ARG002  (the name is enough)
        """Delete files whose envelopes are safe in the vault."""
        try:
            for receipt in receipts:
                if Path(receipt).name == receipt and _may_hold_one(receipt):
                    (self._folder / receipt).unlink(missing_ok=True)
        except OSError as error:
            raise TransportError(f"{self.name}: {error.strerror}") from error

    def close(self) -> None:
        """Nothing to release."""


def _may_hold_one(name: str) -> bool:
    """Say whether a file of this name may be an envelope: `x.bcenv`, `x (1).bcenv`, `x.bcenv.sync-conflict-2` ..."""
    return SUFFIX in name.lower() and not _PASSING.search(name)


def _read_all(entries: Sequence[os.DirEntry[str]]) -> list[Found]:
    """Read what can be read; one broken file hides no other, and is told of when there is no other.

    Raises:
        OSError: nothing was found, and of one file that is not known.
    """
    found: list[Found] = []
    broken: OSError | None = None
    for entry in entries:
        try:
            one = _read(entry)
        except OSError as error:
            broken = error
            continue
        found.extend([one] if one is not None else [])
    if broken is not None and not found:
        raise broken
    return found


def _read(entry: os.DirEntry[str]) -> Found | None:
    try:
        if entry.stat().st_size not in BUCKETS:
            return None
        data = Path(entry.path).read_bytes()
    except (FileNotFoundError, PermissionError):  # it is gone, or the program that syncs holds it: the next look tells
        return None
    return Found(data, entry.name) if is_envelope_size(len(data)) else None

"""A folder that a person or another program carries: a stick, a synced folder (spec 5.4).

Each envelope is a file of its own. Its name is when it was written, for the order (a stick knows time by two seconds,
and a synced folder forgets it), and noise; names say nothing about lines. A file appears whole or not at all, and what
is not the size of an envelope is left alone: it may still be on its way, or be somebody else's.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from backchannel.app.ports import Found
from backchannel.errors import FolderFull, TransportError
from backchannel.line.mailbox import Mailbox
from backchannel.wire.envelope import BUCKETS, is_envelope_size

SUFFIX: Final = ".bcenv"
PAGE: Final = 1024


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
        return [found for page in self.pages(PAGE) for found in page]

    def pages(self, most: int) -> Iterator[list[Found]]:
        """Yield every envelope in the folder, the oldest first, at most `most` at a time."""
        try:
            entries = [entry for entry in os.scandir(self._folder) if entry.name.endswith(SUFFIX) and entry.is_file()]
            entries.sort(key=lambda entry: entry.name)
            for at in range(0, len(entries), most):
                yield [found for entry in entries[at : at + most] if (found := _read(entry)) is not None]
        except OSError as error:
            raise TransportError(f"{self.name}: {error.strerror}") from error

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:  # noqa: ARG002  (the name is enough)
        """Delete files whose envelopes are safe in the vault."""
        try:
            for receipt in receipts:
                if Path(receipt).name == receipt and receipt.endswith(SUFFIX):
                    (self._folder / receipt).unlink(missing_ok=True)
        except OSError as error:
            raise TransportError(f"{self.name}: {error.strerror}") from error

    def close(self) -> None:
        """Nothing to release."""


def _read(entry: os.DirEntry[str]) -> Found | None:
    try:
        if entry.stat().st_size not in BUCKETS:
            return None
        data = Path(entry.path).read_bytes()
    except FileNotFoundError:  # the other side, or the program that syncs, was faster
        return None
    return Found(data, entry.name) if is_envelope_size(len(data)) else None

"""Contents of files, beside the database: one file each, of encrypted parts, under a random name (spec 8.5).

They are not in the database because a gigabyte would be written three times there and never given back to the disk.
Only the database says which parts of a content count, and only it has the key: a part that was written before a crash
and not committed is noise that is written over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from backchannel.errors import VaultDamaged
from backchannel.line.file_part import SEALED_SIZE
from backchannel.vault.files import from_os, sync_folder

FOLDER: Final = "files"
NAME_SIZE: Final = 16

MOST_OPEN: Final = 64
"""Files that one transaction has open at once to write, and to read."""


class Contents:
    """The contents of a vault, during one transaction."""

    __slots__ = ("_dropped", "_folder", "_new", "_reading", "_writing")

    def __init__(self, vault: Path) -> None:
        self._folder: Final = vault / FOLDER
        self._writing: dict[str, BinaryIO] = {}
        self._reading: dict[str, BinaryIO] = {}
        self._dropped: list[str] = []
        self._new = False

    def write(self, name: str, number: int, sealed: bytes) -> None:
        """Write one part; it counts once the transaction is committed.

        Raises:
            StorageFull: there is no room.
        """
        try:
            file = self._writing.get(name)
            if file is None:
                self._let_go(self._writing, flush=True)
                file = self._writing[name] = self._open_to_write(name)
            file.seek((number - 1) * SEALED_SIZE)
            file.write(sealed)
        except OSError as error:
            raise from_os(error) from error

    def read(self, name: str, number: int, size: int) -> bytes:
        """Return the `size` bytes of a part.

        Raises:
            VaultDamaged: they are not there.
        """
        try:
            file = self._reading.get(name)
            if file is None:
                self._let_go(self._reading)
                file = self._reading[name] = (self._folder / name).open("rb")
            file.seek((number - 1) * SEALED_SIZE)
            data = file.read(size)
        except FileNotFoundError as error:
            raise VaultDamaged("the content of a file is missing") from error
        except OSError as error:
            raise from_os(error) from error
        if len(data) != size:
            raise VaultDamaged("the content of a file is cut off")
        return data

    def drop(self, name: str) -> None:
        """Delete a content once the transaction is committed."""
        self._dropped.append(name)

    def make_durable(self) -> None:
        """Have everything that was written on the disk: before the commit that makes it count.

        Raises:
            StorageFull: there is no room.
        """
        try:
            for file in self._writing.values():
                file.flush()
                os.fsync(file.fileno())
            if self._new:
                sync_folder(self._folder)
        except OSError as error:
            raise from_os(error) from error

    def committed(self) -> None:
        """Delete what the transaction dropped; what cannot be deleted is swept up later."""
        self.close()
        for name in self._dropped:
            try:
                (self._folder / name).unlink(missing_ok=True)
            except OSError:
                continue

    def close(self) -> None:
        """Let go of the files; what was not flushed had no room, and has been told."""
        for file in (*self._writing.values(), *self._reading.values()):
            try:
                file.close()
            except OSError:
                continue
        self._writing, self._reading = {}, {}

    @staticmethod
    def _let_go(files: dict[str, BinaryIO], *, flush: bool = False) -> None:
        """Close the one that was opened first, where another would be too many."""
        if len(files) < MOST_OPEN:
            return
        file = files.pop(next(iter(files)))
        if flush:
            file.flush()
            os.fsync(file.fileno())
        file.close()

    def _open_to_write(self, name: str) -> BinaryIO:
        self._folder.mkdir(mode=0o700, exist_ok=True)
        path = self._folder / name
        self._new = self._new or not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        return os.fdopen(handle, "r+b")


class Gathering:
    """A new content, written from its beginning to its end before anything names it."""

    __slots__ = ("_file", "_path", "name")

    def __init__(self, folder: Path) -> None:
        self.name, self._file = _create(folder)
        self._path: Final = folder / self.name

    def append(self, sealed: bytes) -> None:
        """Write the next part.

        Raises:
            StorageFull: there is no room.
        """
        try:
            self._file.write(sealed)
        except OSError as error:
            raise from_os(error) from error

    def finish(self) -> None:
        """Have it on the disk, before the transaction that names it.

        Raises:
            StorageFull: there is no room.
        """
        try:
            self._file.flush()
            os.fsync(self._file.fileno())
            sync_folder(self._path.parent)
        except OSError as error:
            raise from_os(error) from error

    def close(self, *, delete: bool) -> None:
        """Let go of it."""
        if delete:
            self._path.unlink(missing_ok=True)
        with suppress(OSError):  # what was in memory had no room either, and that was told
            self._file.close()


@contextmanager
def gathering(vault: Path, is_named: Callable[[str], bool]) -> Iterator[Gathering]:
    """Begin a new content of a vault.

    Args:
        vault: the vault's folder.
        is_named: whether the database names a content; asked at the end, because only it knows what was committed.

    Raises:
        StorageFull: there is no room; nothing is left behind.
    """
    try:
        (vault / FOLDER).mkdir(mode=0o700, exist_ok=True)
        content = Gathering(vault / FOLDER)
    except OSError as error:
        raise from_os(error) from error
    try:
        yield content
    finally:
        content.close(delete=not is_named(content.name))


def sweep(vault: Path, is_named: Callable[[str], bool]) -> int:
    """Delete contents that no file of the vault names: what a crash left. Only inside a transaction that writes.

    Args:
        vault: the vault's folder.
        is_named: whether the database names a content.

    Returns:
        How many were deleted.
    """
    folder = vault / FOLDER
    if os.name != "posix" or not folder.is_dir():
        return 0
    swept = 0
    for entry in list(os.scandir(folder)):
        if is_named(entry.name):
            continue
        with open(entry.path, "rb") as file:  # noqa: PTH123  (the entry has its path as text)
            if _taken(file):  # else somebody is gathering it
                Path(entry.path).unlink(missing_ok=True)
                swept += 1
    return swept


def _create(folder: Path) -> tuple[str, BinaryIO]:
    """Make a new file that no sweep takes away: a sweep that came between making and taking it left no name to it."""
    while True:
        name = os.urandom(NAME_SIZE).hex()
        handle = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        file = os.fdopen(handle, "wb")
        if _taken(file) and (os.name != "posix" or os.fstat(file.fileno()).st_nlink):
            return name, file
        file.close()


def _taken(file: BinaryIO) -> bool:
    if os.name != "posix":
        return True
    import fcntl  # only POSIX has it

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True

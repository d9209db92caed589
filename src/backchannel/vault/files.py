"""Files written whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from backchannel.errors import BackchannelError, ConfigRefused, FileExists, StorageFull, VaultBusy, VaultError

NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


PIECE: Final = 1024 * 1024


def write_whole(path: Path, data: bytes) -> None:
    """Replace a file's content, durably; readable by its owner alone.

    Raises:
        StorageFull: there is no room; the old file stands.
        VaultError: it could not be written for another reason; the old file stands.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise from_os(error) from error


@contextmanager
def writing_whole(path: Path) -> Iterator[Callable[[bytes], object]]:
    """Write a new file piece by piece, durably; readable by its owner alone, and there only if all of it was written.

    Args:
        path: of a file that is not there yet.

    Yields:
        What is given the pieces, in order.

    Raises:
        FileExists: there is one already.
        StorageFull: there is no room; nothing is left behind.
        ConfigRefused: it could not be written for another reason; nothing is left behind.
    """
    if path.exists():
        raise FileExists(str(path))
    draft = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            raise FileExists(str(path))
        draft.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        if error.errno not in (errno.ENOENT, errno.ENOTDIR):  # then there is no folder it could lie in
            draft.unlink(missing_ok=True)
        if error.errno in NO_ROOM:
            raise StorageFull from error
        raise ConfigRefused(f"{path} cannot be written: {error.strerror}") from error
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make new and renamed entries of a folder durable, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keep every other process out of a folder that does the same; released however this one ends.

    Raises:
        VaultBusy: another process is in it.
    """
    if os.name != "posix":
        yield
        return
    import fcntl  # only POSIX has it

    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise VaultBusy from error
        yield
    finally:
        os.close(handle)


def from_os(error: OSError) -> BackchannelError:
    """Return our error for the system's."""
    if error.errno in NO_ROOM:
        return StorageFull()
    return VaultError(error.strerror or type(error).__name__)


def copy_from(handle: int, path: Path) -> None:
    """Copy what an open file holds to a new one, durably; readable by its owner alone.

    The file is read by its handle: to open it by name and close it again would drop the locks that this process has
    on it (POSIX).

    Raises:
        OSError: it could not be done; a part of it may be there.
    """
    target = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    with os.fdopen(target, "wb") as file:
        at = 0
        while piece := os.pread(handle, PIECE, at):
            file.write(piece)
            at += len(piece)
        file.flush()
        os.fsync(file.fileno())

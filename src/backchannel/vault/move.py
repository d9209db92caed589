"""A vault that moves house (spec 17): never in two places that both speak, and never in none.

1. copy all files to the new place, the key file under another name      the old place opens
2. open the copy, and read it whole                                       the old place opens
3. leave a mark in the old place, which then refuses                      neither opens; `vault move` again goes on
4. give the key file its name in the new place                            the new place opens
5. destroy the key in the old place, then the other files                 the new place opens
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from backchannel.errors import ConfigRefused, VaultDamaged, VaultExists, VaultMoved
from backchannel.vault.connection import DATABASE
from backchannel.vault.destroy import destroy_file
from backchannel.vault.files import copy_from, from_os, sync_folder, write_whole
from backchannel.vault.keyfile import MOVED, NAME, NEXT, read_key_file
from backchannel.vault.sole import Sole, sole_use
from backchannel.vault.store import PATIENCE, open_with

ARRIVING: Final = "vault.key.arriving"
"""The key file's name in the new place until the old place refuses."""

MARK: Final = b"This vault was moved to another place by `backchannel vault move`. It is not used here any more.\n"


def move(folder: Path, to: Path, passphrase: str, *, patience: float = PATIENCE) -> None:
    """Move a vault to another folder; done again after an interruption, it goes on where it stopped.

    Args:
        folder: where it is.
        to: where it shall be: a folder that is empty or not there.
        passphrase: as typed.
        patience: seconds to wait for other processes.

    Raises:
        ConfigRefused: the new place is inside the old one, or the other way round.
        VaultExists: the new place is not empty.
        VaultMoved: it was moved already, to some other place.
        VaultMissing, PassphraseWrong, VaultDamaged, VaultNewer, VaultBusy, StorageFull: the vault is where it was.
    """
    here, there = folder.resolve(), to.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise ConfigRefused("the new place and the old one must not be within each other")
    try:
        if (folder / MOVED).exists():
            _go_on(folder, to, passphrase)
        else:
            with sole_use(folder, passphrase, patience=patience) as sole:
                _copy(folder, to, sole)
                _read(to, passphrase)
                write_whole(folder / MOVED, MARK)
                _arrive(to)
                _leave(folder)
                sole.spoil()
    except OSError as error:
        raise from_os(error) from error


def _go_on(folder: Path, to: Path, passphrase: str) -> None:
    if (to / ARRIVING).exists():
        _read(to, passphrase)
        _arrive(to)
    elif not (to / NAME).exists() or not _is_same(folder, to, passphrase):
        raise VaultMoved(str(folder))
    _leave(folder)


def _is_same(folder: Path, to: Path, passphrase: str) -> bool:
    """Say whether the vault in the new place is the one that was here, as far as that can still be known."""
    moved = read_key_file(to / NAME, passphrase)
    try:
        return not (folder / NAME).exists() or read_key_file(folder / NAME, passphrase) == moved
    except VaultDamaged:
        return True  # it was overwritten before it could be deleted


def _copy(folder: Path, to: Path, sole: Sole) -> None:
    if to.exists():
        left = {path.name for path in to.iterdir()}
        if left and ARRIVING not in left and not left <= {DATABASE}:
            raise VaultExists(str(to))
        for path in to.iterdir():  # what an interrupted move left there; the old place still has all of it
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        (to / ARRIVING).write_bytes(b"")  # says what the files are, if this is interrupted
        copy_from(sole.handle, to / DATABASE)
        for path in sorted(folder.rglob("*")):
            target = to / path.relative_to(folder)
            if path.is_dir():
                target.mkdir(mode=0o700, exist_ok=True)
            elif path.name not in (NAME, DATABASE) and not path.name.startswith(f"{DATABASE}-"):
                _copy_file(path, target)
        _copy_file(folder / NAME, to / ARRIVING)
        for place in [*(path for path in to.rglob("*") if path.is_dir()), to, to.parent]:
            sync_folder(place)
    except OSError:
        shutil.rmtree(to, ignore_errors=True)
        raise


def _copy_file(path: Path, target: Path) -> None:
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        copy_from(handle, target)
    finally:
        os.close(handle)


def _read(to: Path, passphrase: str) -> None:
    """Open what was copied, and read it whole.

    Raises:
        VaultDamaged: it is not what it should be; the old place still is.
    """
    vault, _ = open_with(to, _keys(to, passphrase))
    try:
        found = vault.check()
        with vault.read() as transaction:
            transaction.lines()
    finally:
        vault.close()
    if found:
        raise VaultDamaged(f"the copy: {found[0]}")


def _keys(to: Path, passphrase: str) -> list[bytes]:
    key = read_key_file(to / ARRIVING, passphrase)
    # After a change of the key that was interrupted there are two, and both came along.
    return [key, read_key_file(to / NEXT, passphrase)] if (to / NEXT).exists() else [key]


def _arrive(to: Path) -> None:
    (to / ARRIVING).replace(to / NAME)
    sync_folder(to)


def _leave(folder: Path) -> None:
    """Destroy what is in the old place, but for the mark."""
    if (folder / NAME).exists():
        destroy_file(folder / NAME)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            path.rmdir()
        elif path != folder / MOVED:
            path.unlink(missing_ok=True)
    sync_folder(folder)

"""Destroy a vault: the wrapped key first, because without it nothing else can be read (spec 17).

A crash at any point leaves either a vault that opens, or one that nobody can open any more.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Final

from backchannel.errors import VaultMissing
from backchannel.vault.contents import FOLDER
from backchannel.vault.files import alone_in, from_os, sync_folder
from backchannel.vault.keyfile import NAME

_OURS: Final = ("vault.", ".vault.")
"""How the names of a vault's files begin."""


def destroy_vault(folder: Path) -> list[str]:
    """Overwrite and delete the key file, then delete the other files; return the names of what is left.

    Raises:
        VaultMissing: there is no vault.
        VaultBusy: another process makes, moves or rekeys it.
        VaultError: a file could not be deleted; the key is gone if `vault.key` is.
    """
    if not (folder / NAME).exists():
        raise VaultMissing(str(folder))
    try:
        with alone_in(folder):
            ours = [path for path in sorted(folder.iterdir()) if path.name.startswith(_OURS) and path.is_file()]
            keys = [path for path in ours if path.name.startswith((NAME, f".{NAME}"))]
            # Drafts and leftovers of the key file first: the vault opens until its own is gone.
            for path in sorted(keys, key=lambda path: path.name == NAME):
                destroy_file(path)
            for path in ours:
                path.unlink(missing_ok=True)
            if (folder / FOLDER).is_dir():
                shutil.rmtree(folder / FOLDER)
            sync_folder(folder)
            left = sorted(path.name for path in folder.iterdir())
        if not left:
            folder.rmdir()
    except OSError as error:
        raise from_os(error) from error
    return left


def destroy_file(path: Path) -> None:
    """Overwrite a small file where it lies, durably, then delete it, durably.

    On flash, and on systems that copy on write, the old bytes may stay elsewhere; nothing that a program does helps.

    Raises:
        OSError: it could not be done.
    """
    size = path.stat().st_size
    with path.open("r+b", buffering=0) as file:
        file.write(os.urandom(size))
        os.fsync(file.fileno())
    path.unlink()
    sync_folder(path.parent)

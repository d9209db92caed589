"""A fresh key for the database (spec 17): at every moment the passphrase opens the old one or the new one.

1. copy the database beside itself, and encrypt the copy under the new key     the old key file opens the old one
2. write a key file that holds both keys                                        it opens the old one
3. rename the copy to its place                                                 it opens the new one
4. write a key file that holds the new key alone                                it opens the new one
5. set the mark (7.5) under the new key, and that of the old key so high that no copy under it is taken for the vault
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from backchannel.crypto.passphrase import RECOMMENDED, Cost
from backchannel.errors import StorageFull, VaultError
from backchannel.vault.connection import DATABASE
from backchannel.vault.files import copy_from, sync_folder
from backchannel.vault.keyfile import KEY_SIZE, NAME, NEXT, read_key_file, write_key
from backchannel.vault.marker import NEVER, Marker, marks_folder
from backchannel.vault.sole import sole_use
from backchannel.vault.store import PATIENCE, change_key, open_with

DRAFT: Final = ".vault.db.next"


def rekey(folder: Path, passphrase: str, cost: Cost = RECOMMENDED, *, patience: float = PATIENCE) -> None:
    """Encrypt the database anew under a fresh key; the passphrase stays.

    Args:
        folder: the vault's.
        passphrase: as typed.
        cost: of one guess.
        patience: seconds to wait for other processes.

    Raises:
        VaultMissing, VaultMoved, PassphraseWrong, VaultDamaged, VaultNewer, VaultBusy: nothing was changed.
        StorageFull: there is no room for the database twice; the passphrase still opens it.
    """
    key = os.urandom(KEY_SIZE)
    draft = folder / DRAFT
    with sole_use(folder, passphrase, patience=patience) as sole:
        try:
            copy_from(sole.handle, draft)
            change_key(draft, sole.key, key)
            with draft.open("rb") as file:
                os.fsync(file.fileno())
            if sole.key != read_key_file(folder / NAME, passphrase):
                write_key(folder, sole.key, passphrase, cost)  # what an interrupted change left unfinished
            write_key(folder, key, passphrase, cost, name=NEXT)
        except (Exception, KeyboardInterrupt):
            draft.unlink(missing_ok=True)
            raise
        draft.replace(folder / DATABASE)
        sync_folder(folder)
        (folder / NEXT).replace(folder / NAME)
        sync_folder(folder)
        sole.spoil()
        before = sole.key
    open_with(folder, [key], patience=patience)[0].close()  # leaves the mark under the new key
    with suppress(VaultError, StorageFull, OSError):  # without it, a copy of now is taken for the vault
        Marker(before, marks_folder()).write(NEVER)

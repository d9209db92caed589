"""A mark outside the vault that notices when its files were put back to an older state (spec 7.5).

Going on with old keys would use them twice: the peer would drop what is said, and whoever listens could undo the seal.
The mark holds how often the vault has saved keys, under a key of the vault's own. It may lag behind after a crash, and
is never ahead: a vault that has saved less than the mark says is an old copy.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from backchannel.crypto import aead
from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import info
from backchannel.vault.files import write_whole

_SIZE: Final = 8

NEVER: Final = 2**63 - 1
"""A mark that no vault reaches: what was under this key is not used any more."""


def marks_folder() -> Path:
    """Return where the marks of this person's vaults lie on this machine."""
    named = os.environ.get("BACKCHANNEL_STATE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "backchannel"


class Marker:
    """The mark of one vault on this machine."""

    def __init__(self, key: bytes, folder: Path) -> None:
        """Name the mark of a vault.

        Args:
            key: the vault's, 32 bytes.
            folder: where marks lie.
        """
        self._path = folder / derive(key, info("mark name"), size=16).hex()
        self._key = derive(key, info("mark"))

    def read(self) -> int:
        """Return how often the vault had saved keys; 0 where there is no mark, or none that can be read."""
        try:
            number = aead.open_sealed(self._key, self._path.read_bytes(), b"")
        except (OSError, aead.NotAuthentic):
            return 0
        return int.from_bytes(number, "big")

    def write(self, number: int) -> None:
        """Set the mark.

        Raises:
            StorageFull, VaultError: it could not be written.
        """
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        nonce = os.urandom(aead.NONCE_SIZE)
        write_whole(self._path, aead.seal(self._key, nonce, number.to_bytes(_SIZE, "big"), b""))

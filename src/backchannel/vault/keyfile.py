"""The key file: the vault's random key, wrapped under the passphrase (spec 7.1).

    file    = [1, time, memory, lanes, salt(16), nonce || XChaCha20-Poly1305(KEK, key(32))] || SHA-256 of what precedes
    KEK     = Argon2id(passphrase, salt, time, memory, lanes)

The sum at the end tells a damaged file from a wrong passphrase. A new passphrase rewrites this file only. While the
database gets another key, a second file of the same form holds the new one; either may then be the right one.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from backchannel.crypto import aead
from backchannel.crypto.passphrase import RECOMMENDED, SALT_SIZE, Cost, stretch
from backchannel.crypto.suite import info
from backchannel.errors import Malformed, PassphraseWrong, VaultDamaged, VaultMissing, VaultMoved, VaultNewer
from backchannel.vault.files import from_os, write_whole
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, sized, whole

VERSION: Final = 1
NAME: Final = "vault.key"
NEXT: Final = "vault.key.next"
"""The second key file, while the database gets another key."""

MOVED: Final = "vault.moved"
"""The mark that is left where a vault was before it was moved."""

KEY_SIZE: Final = 32
_SUM_SIZE: Final = 32


def write_key(folder: Path, key: bytes, passphrase: str, cost: Cost = RECOMMENDED, *, name: str = NAME) -> None:
    """Wrap the vault's key under a passphrase; replaces the key file whole.

    Args:
        folder: the vault's.
        key: 32 bytes.
        passphrase: as typed.
        cost: of one guess.
        name: the file's.

    Raises:
        StorageFull: there is no room; the old key file stands.
    """
    salt, nonce = os.urandom(SALT_SIZE), os.urandom(aead.NONCE_SIZE)
    head: list[Any] = [VERSION, cost.time, cost.memory, cost.lanes, salt]
    wrapped = aead.seal(stretch(passphrase, salt, cost), nonce, key, info("vault key", *head))
    body = encode([*head, wrapped])
    write_whole(folder / name, body + sha256(body).digest())


def read_key(folder: Path, passphrase: str) -> bytes:
    """Return the vault's key; while it is being changed, the old one.

    Raises:
        VaultMissing, VaultMoved, VaultDamaged, VaultNewer, PassphraseWrong: as `read_keys` says.
    """
    return read_keys(folder, passphrase)[0]


def read_keys(folder: Path, passphrase: str) -> list[bytes]:
    """Return the keys of which one is the database's: one, or two while it is being changed.

    Raises:
        VaultMoved: the vault is elsewhere now.
        VaultMissing, VaultDamaged, VaultNewer, PassphraseWrong: as `read_key_file` says.
    """
    if (folder / MOVED).exists():
        raise VaultMoved(str(folder))
    keys = [read_key_file(folder / NAME, passphrase)]
    with suppress(VaultMissing, VaultDamaged, PassphraseWrong):  # there is none, or one that never became the key
        keys.append(read_key_file(folder / NEXT, passphrase))
    return keys


def read_key_file(path: Path, passphrase: str) -> bytes:
    """Return the key in a key file, whatever its name.

    Raises:
        VaultMissing: there is no such file.
        VaultDamaged: it is not as it was written.
        VaultNewer: a later version wrote it.
        PassphraseWrong: the passphrase does not open it.
    """
    try:
        data = path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VaultMissing(str(path.parent)) from error
    except OSError as error:
        raise from_os(error) from error
    body, total = data[:-_SUM_SIZE], data[-_SUM_SIZE:]
    if sha256(body).digest() != total:
        raise VaultDamaged("the key file")
    try:
        value = decode(body)
        if type(value) is not list or not value or type(value[0]) is not int or value[0] < 1:
            raise Malformed("key file")
        if value[0] > VERSION:
            raise VaultNewer
        if len(value) != 6:
            raise Malformed("key file")
        head, wrapped = value[:5], blob(value[5], "wrapped key")
        cost = Cost(whole(head[1], "time"), whole(head[2], "memory"), whole(head[3], "lanes"))
        salt = sized(head[4], SALT_SIZE, "salt")
    except Malformed as error:
        raise VaultDamaged("the key file") from error
    try:
        key = aead.open_sealed(stretch(passphrase, salt, cost), wrapped, info("vault key", *head))
    except aead.NotAuthentic as error:
        raise PassphraseWrong from error
    if len(key) != KEY_SIZE:
        raise VaultDamaged("the key file")
    return key

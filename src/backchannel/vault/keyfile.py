"""The key file: the vault's random key, wrapped under the passphrase (spec 7.1).

    file    = [1, time, memory, lanes, salt(16), nonce || XChaCha20-Poly1305(KEK, key(32))] || SHA-256 of what precedes
    KEK     = Argon2id(passphrase, salt, time, memory, lanes)

The sum at the end tells a damaged file from a wrong passphrase. A new passphrase rewrites this file only.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from backchannel.crypto import aead
from backchannel.crypto.passphrase import RECOMMENDED, SALT_SIZE, Cost, stretch
from backchannel.crypto.suite import info
from backchannel.errors import Malformed, PassphraseWrong, VaultDamaged, VaultMissing, VaultNewer
from backchannel.vault.files import from_os, write_whole
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, sized, whole

VERSION: Final = 1
NAME: Final = "vault.key"
KEY_SIZE: Final = 32
_SUM_SIZE: Final = 32


def write_key(folder: Path, key: bytes, passphrase: str, cost: Cost = RECOMMENDED) -> None:
    """Wrap the vault's key under a passphrase; replaces the key file whole.

    Args:
        folder: the vault's.
        key: 32 bytes.
        passphrase: as typed.
        cost: of one guess.

    Raises:
        StorageFull: there is no room; the old key file stands.
    """
    salt, nonce = os.urandom(SALT_SIZE), os.urandom(aead.NONCE_SIZE)
    head: list[Any] = [VERSION, cost.time, cost.memory, cost.lanes, salt]
    wrapped = aead.seal(stretch(passphrase, salt, cost), nonce, key, info("vault key", *head))
    body = encode([*head, wrapped])
    write_whole(folder / NAME, body + sha256(body).digest())


def read_key(folder: Path, passphrase: str) -> bytes:
    """Return the vault's key.

    Raises:
        VaultMissing: there is no key file.
        VaultDamaged: it is not as it was written.
        VaultNewer: a later version wrote it.
        PassphraseWrong: the passphrase does not open it.
    """
    try:
        data = (folder / NAME).read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        raise VaultMissing(str(folder)) from error
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

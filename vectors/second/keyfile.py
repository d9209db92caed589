"""The key file of a vault (spec 7.1, 2.5)."""

import hashlib
import unicodedata

import argon2.low_level

from vectors.second import cbor
from vectors.second.refusal import Refused
from vectors.second.sealing import aead_open, info


def kek(passphrase: str, salt: bytes, time: int, memory: int, lanes: int) -> bytes:
    """The key under which the vault key is wrapped (spec 2.5).

    Args:
        passphrase: what the owner typed.
        salt: 16 bytes.
        time: passes.
        memory: KiB.
        lanes: lanes.

    Returns:
        32 bytes.
    """
    return argon2.low_level.hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode(),
        salt,
        time_cost=time,
        memory_cost=memory,
        parallelism=lanes,
        hash_len=32,
        type=argon2.low_level.Type.ID,
        version=0x13,
    )


def read(raw: bytes, passphrase: str) -> tuple[bytes, bytes]:
    """Opens a key file; the refusals are in the order of spec 7.1.

    Args:
        raw: the file.
        passphrase: what the owner typed.

    Returns:
        KEK and vault key.

    Raises:
        Refused: `vault-damaged`, `vault-newer` or `passphrase-wrong`.
    """
    body, total = raw[:-32], raw[-32:]
    if hashlib.sha256(body).digest() != total:
        raise Refused("vault-damaged", "the sum differs")
    try:
        fields = cbor.decode(body)
    except Refused:
        raise Refused("vault-damaged", "no CBOR") from None
    if not isinstance(fields, list) or not fields or not cbor.is_integer(fields[0]):
        raise Refused("vault-damaged", "no list, or not begun by an integer")
    if fields[0] > 1:
        raise Refused("vault-newer", "a version above 1")
    try:
        time, memory, lanes, salt, wrapped = cbor.layout(body, 6)
        cbor.natural(time, 65, 1)
        cbor.natural(lanes, 65, 1)
        cbor.natural(memory, 4_194_305, 8 * lanes)
        cbor.octets(salt, 16)
        cbor.octets(wrapped, 72)
    except Refused as error:
        raise Refused("vault-damaged", error.why) from None
    under = kek(passphrase, salt, time, memory, lanes)
    key = aead_open(under, wrapped, info("vault key", 1, time, memory, lanes, salt))
    if key is None:
        raise Refused("passphrase-wrong", "the key does not open")
    return under, key

"""Deterministic authenticated encryption: AES-256-SIV (RFC 5297), for short values that must look random."""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from backchannel.crypto.aead import NotAuthentic

KEY_SIZE: Final = 64
TAG_SIZE: Final = 16


def seal(key: bytes, value: bytes) -> bytes:
    """Return `tag || ciphertext`: the same for the same value, and random to whoever has no key.

    Args:
        key: 64 bytes.
        value: at least one byte; one that never comes twice hides that nothing comes twice.
    """
    return AESSIV(key).encrypt(value, None)


def open_sealed(key: bytes, sealed: bytes) -> bytes:
    """Return the value of `seal`.

    Raises:
        NotAuthentic: the key does not fit, or the bytes were changed.
    """
    try:
        return AESSIV(key).decrypt(sealed, None)
    except (InvalidTag, ValueError) as error:
        raise NotAuthentic from error

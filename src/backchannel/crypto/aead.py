"""Authenticated encryption: XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha-03, from libsodium)."""

from __future__ import annotations

from typing import Final

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt as _decrypt,
)
from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_encrypt as _encrypt,
)
from nacl.exceptions import CryptoError

KEY_SIZE: Final = 32
NONCE_SIZE: Final = 24
TAG_SIZE: Final = 16


class NotAuthentic(Exception):
    """The key does not fit, or the bytes were changed."""


def seal(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """Return `nonce || ciphertext || tag`.

    Args:
        key: 32 bytes.
        nonce: 24 fresh random bytes; never twice with one key.
        plaintext: what to hide.
        associated: what to authenticate beside it.
    """
    return nonce + _encrypt(plaintext, associated, nonce, key)


def open_sealed(key: bytes, sealed: bytes, associated: bytes) -> bytes:
    """Return the plaintext of `seal`.

    Raises:
        NotAuthentic: the key does not fit, or the bytes were changed.
    """
    try:
        return _decrypt(sealed[NONCE_SIZE:], associated, sealed[:NONCE_SIZE], key)
    except (CryptoError, ValueError, TypeError) as error:
        raise NotAuthentic from error

"""Encryption to a public key that also holds against a quantum computer: HPKE with X-Wing (RFC 9180; X-Wing draft).

KEM MLKEM768_X25519, KDF HKDF-SHA256, AEAD ChaCha20-Poly1305, base mode, single shot.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from backchannel.crypto.aead import NotAuthentic
from backchannel.errors import Malformed

_MLKEM_PUBLIC: Final = 1184
_MLKEM_SEED: Final = 64
_X25519: Final = 32
PUBLIC_SIZE: Final = _MLKEM_PUBLIC + _X25519
PRIVATE_SIZE: Final = _MLKEM_SEED + _X25519
OVERHEAD: Final = 1088 + 32 + 16
"""Bytes that `encrypt` adds: ML-KEM ciphertext, X25519 key, tag."""

_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


class HybridKey:
    """A private X-Wing key."""

    __slots__ = ("_mlkem", "_x25519")

    def __init__(self, mlkem: MLKEM768PrivateKey, x25519: X25519PrivateKey) -> None:
        self._mlkem = mlkem
        self._x25519 = x25519

    @classmethod
    def generate(cls) -> HybridKey:
        """Make a new key from the operating system's randomness."""
        return cls(MLKEM768PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, data: bytes) -> HybridKey:
        """Read what `to_bytes` wrote: ML-KEM seed (64) || X25519 private key (32)."""
        if len(data) != PRIVATE_SIZE:
            raise Malformed("private key size")
        return cls(
            MLKEM768PrivateKey.from_seed_bytes(data[:_MLKEM_SEED]),
            X25519PrivateKey.from_private_bytes(data[_MLKEM_SEED:]),
        )

    def to_bytes(self) -> bytes:
        """Return the 96 secret bytes; they belong in the vault only."""
        return self._mlkem.private_bytes_raw() + self._x25519.private_bytes_raw()

    def public(self) -> bytes:
        """Return the public key: ML-KEM encapsulation key (1184) || X25519 public key (32)."""
        return self._mlkem.public_key().public_bytes_raw() + self._x25519.public_key().public_bytes_raw()

    def decrypt(self, sealed: bytes, info: bytes) -> bytes:
        """Return the plaintext of `encrypt`.

        Raises:
            NotAuthentic: not made for this key and this info, or changed.
        """
        try:
            return _SUITE.decrypt(sealed, MLKEM768X25519PrivateKey(self._mlkem, self._x25519), info)
        except (InvalidTag, ValueError) as error:
            raise NotAuthentic from error


def encrypt(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Return `enc || ciphertext` for the holder of the private key (RFC 9180, section 6.1).

    Args:
        public: 1,216 bytes.
        plaintext: what to hide.
        info: what the message is for; the reader must name the same.

    Raises:
        Malformed: `public` is not a key.
    """
    if len(public) != PUBLIC_SIZE:
        raise Malformed("public key size")
    try:
        key = MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
            X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
        )
        return _SUITE.encrypt(plaintext, key, info)
    except ValueError as error:
        raise Malformed("public key") from error

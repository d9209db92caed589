"""Signatures under a deal: Ed25519 and ML-DSA-65 together (spec 12.3; RFC 8032; FIPS 204).

A key is made for one deal and used for nothing else. Both signatures are over the same message, which begins with the
label of what it is for (spec 2.1); ML-DSA takes the label as its context too. Whoever breaks one of the two algorithms
has broken nothing: verification needs both.
"""

from __future__ import annotations

from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey

from backchannel.crypto.suite import info
from backchannel.errors import Malformed, SignatureRefused

_ED25519: Final = 32
_ED25519_SIGNATURE: Final = 64
_MLDSA_SEED: Final = 32
_MLDSA_PUBLIC: Final = 1952
_MLDSA_SIGNATURE: Final = 3309
PRIVATE_SIZE: Final = _ED25519 + _MLDSA_SEED
PUBLIC_SIZE: Final = _ED25519 + _MLDSA_PUBLIC
SIGNATURE_SIZE: Final = _ED25519_SIGNATURE + _MLDSA_SIGNATURE


class SigningKey:
    """A private key for one deal."""

    __slots__ = ("_ed25519", "_mldsa")

    def __init__(self, ed25519: Ed25519PrivateKey, mldsa: MLDSA65PrivateKey) -> None:
        self._ed25519 = ed25519
        self._mldsa = mldsa

    @classmethod
    def generate(cls) -> SigningKey:
        """Make a new key from the operating system's randomness."""
        return cls(Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate())

    @classmethod
    def from_bytes(cls, data: bytes) -> SigningKey:
        """Read what `to_bytes` wrote: Ed25519 private key (32) || ML-DSA-65 seed (32).

        Raises:
            Malformed: another size.
        """
        if len(data) != PRIVATE_SIZE:
            raise Malformed("signing key size")
        return cls(
            Ed25519PrivateKey.from_private_bytes(data[:_ED25519]), MLDSA65PrivateKey.from_seed_bytes(data[_ED25519:])
        )

    def to_bytes(self) -> bytes:
        """Return the 64 secret bytes; they belong in the vault only."""
        return self._ed25519.private_bytes_raw() + self._mldsa.private_bytes_raw()

    def public(self) -> bytes:
        """Return the public key: Ed25519 (32) || ML-DSA-65 (1952)."""
        return self._ed25519.public_key().public_bytes_raw() + self._mldsa.public_key().public_bytes_raw()

    def sign(self, label: str, message: bytes) -> bytes:
        """Return both signatures: Ed25519 (64) || ML-DSA-65 (3309).

        Args:
            label: what the signature is for; unique in docs/spec.
            message: what is signed.
        """
        said = info(label, message)
        return self._ed25519.sign(said) + self._mldsa.sign(said, info(label))


def verify(public: bytes, signature: bytes, label: str, message: bytes) -> None:
    """Return if both signatures hold.

    Args:
        public: 1,984 bytes.
        signature: 3,373 bytes.
        label: what the signature is for.
        message: what is signed.

    Raises:
        SignatureRefused: one of them does not hold, or is no signature, or the key is no key.
    """
    if len(public) != PUBLIC_SIZE or len(signature) != SIGNATURE_SIZE:
        raise SignatureRefused("size")
    said = info(label, message)
    try:
        first = Ed25519PublicKey.from_public_bytes(public[:_ED25519])
        second = MLDSA65PublicKey.from_public_bytes(public[_ED25519:])
        first.verify(signature[:_ED25519_SIGNATURE], said)
        second.verify(signature[_ED25519_SIGNATURE:], said, info(label))
    except (InvalidSignature, ValueError) as error:
        raise SignatureRefused from error

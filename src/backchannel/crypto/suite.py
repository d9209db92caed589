"""The one suite of algorithms, and the info strings that keep its keys apart (spec 2.1)."""

from __future__ import annotations

from enum import IntEnum
from hashlib import sha256
from typing import Final

from backchannel.wire.codec import Value, encode

SUITE: Final = 1
"""Olm 3DH and double ratchet; HPKE with X-Wing, HKDF-SHA256, ChaCha20-Poly1305; XChaCha20-Poly1305; HKDF-SHA256."""


class Role(IntEnum):
    """Who a person is on a line: the one who invited, or the one who joined."""

    INVITER = 0
    JOINER = 1

    @property
    def other(self) -> Role:
        """Return the other side's role."""
        return Role.JOINER if self is Role.INVITER else Role.INVITER


def info(label: str, *parts: Value) -> bytes:
    """Return the info string of one use of a key (spec 2.1).

    Args:
        label: what the key is for; unique in docs/spec.
        parts: what else the key is bound to.

    Returns:
        Deterministic CBOR of `["backchannel", suite, label, *parts]`.
    """
    return encode(["backchannel", SUITE, label, *parts])


def digest(label: str, *parts: Value) -> bytes:
    """Return SHA-256 of the info string: 32 bytes that stand for `parts` (spec 2.1)."""
    return sha256(info(label, *parts)).digest()

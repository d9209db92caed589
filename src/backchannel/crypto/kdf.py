"""Keys from keys: HKDF-SHA256 (RFC 5869)."""

from __future__ import annotations

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret: bytes, info: bytes, *, salt: bytes | None = None, size: int = 32) -> bytes:
    """Return `size` bytes of key.

    Args:
        secret: input keying material.
        info: what the key is for (`suite.info`).
        salt: 32 bytes or nothing, as RFC 5869 has it.
        size: bytes wanted, at most 8160.
    """
    return HKDF(algorithm=SHA256(), length=size, salt=salt, info=info).derive(secret)

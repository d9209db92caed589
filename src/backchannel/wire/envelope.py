"""The sizes that travel, and the padding that fills them (spec 1.2).

envelope = nonce (24) || sealed (n + 16)        one of BUCKETS bytes in all, and looks random
padded   = length (4, big-endian) || content || zeros
"""

from __future__ import annotations

from typing import Final

from backchannel.errors import Malformed, Oversize

BUCKETS: Final = (1024, 4096, 16384, 65536)
"""Every envelope is exactly one of these, in bytes."""

NONCE_SIZE: Final = 24
TAG_SIZE: Final = 16
LENGTH_SIZE: Final = 4
OVERHEAD: Final = NONCE_SIZE + TAG_SIZE + LENGTH_SIZE

LARGEST_CONTENT: Final = BUCKETS[-1] - OVERHEAD


def is_envelope_size(size: int) -> bool:
    """Say whether `size` bytes could be an envelope."""
    return size in BUCKETS


def capacity(bucket: int) -> int:
    """Return how many bytes of content an envelope of `bucket` bytes holds."""
    return bucket - OVERHEAD


def bucket_for(size: int) -> int:
    """Return the smallest bucket that holds `size` bytes of content.

    Raises:
        Oversize: not even the largest does.
    """
    for bucket in BUCKETS:
        if size <= bucket - OVERHEAD:
            return bucket
    raise Oversize(f"{size} bytes; at most {LARGEST_CONTENT} fit one envelope")


def pad(content: bytes) -> bytes:
    """Return `content` padded to fill the smallest bucket once sealed.

    Raises:
        Oversize: it fits none.
    """
    room = bucket_for(len(content)) - NONCE_SIZE - TAG_SIZE
    return (len(content).to_bytes(LENGTH_SIZE, "big") + content).ljust(room, b"\0")


def unpad(padded: bytes) -> bytes:
    """Return the content of `padded`.

    Raises:
        Malformed: the length does not fit, or the padding is not all zeros.
    """
    end = LENGTH_SIZE + int.from_bytes(padded[:LENGTH_SIZE], "big")
    if len(padded) < LENGTH_SIZE or end > len(padded) or padded.count(0, end) != len(padded) - end:
        raise Malformed("padding")
    return padded[LENGTH_SIZE:end]

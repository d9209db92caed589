"""The outer seal: what travels, and the kinds of content inside it (spec 3.2).

envelope = nonce (24) || XChaCha20-Poly1305(key, pad(content))
content  = type (1) || body
"""

from __future__ import annotations

from enum import IntEnum, unique
from typing import Final

from backchannel.crypto import aead
from backchannel.errors import Malformed, NotForUs
from backchannel.wire.envelope import OVERHEAD, is_envelope_size, pad, unpad

ASSOCIATED: Final = b"backchannel/1/envelope"


@unique
class ContentType(IntEnum):
    """The first byte of an opened envelope."""

    REQUEST = 1
    REPLY = 2
    REFUSAL = 3
    PRE_KEY_FRAME = 4
    FRAME = 5
    PRE_KEY_FRAME_AGAIN = 6
    FRAME_AGAIN = 7
    CODE_OFFER = 8
    CODE_ANSWER = 9
    CODE_INVITATION = 10
    FILE_PART = 11
    RECOVERY_INVITATION = 12
    STEADY = 13


_TYPES: Final = {int(content_type): content_type for content_type in ContentType}


def seal(key: bytes, nonce: bytes, content: bytes) -> bytes:
    """Return an envelope of one of the fixed sizes.

    Args:
        key: 32 bytes.
        nonce: 24 fresh random bytes.
        content: type and body.

    Raises:
        Oversize: it fits no bucket.
    """
    return aead.seal(key, nonce, pad(content), ASSOCIATED)


def unseal(key: bytes, envelope: bytes) -> tuple[ContentType, bytes]:
    """Return type and body.

    Raises:
        NotForUs: another key's, or changed.
        Malformed: sealed under the key, but nothing that this version knows.
    """
    if not is_envelope_size(len(envelope)):
        raise NotForUs("not the size of an envelope")
    try:
        padded = aead.open_sealed(key, envelope, ASSOCIATED)
    except aead.NotAuthentic as error:
        raise NotForUs from error
    content = unpad(padded)
    if not content or not is_smallest(len(envelope), len(content)):
        raise Malformed("padding")
    content_type = _TYPES.get(content[0])
    if content_type is None:
        raise Malformed("content type")
    return content_type, content[1:]


def is_smallest(envelope_size: int, content_size: int) -> bool:
    """Say whether no smaller bucket would have held the content: one content has one size."""
    return envelope_size == 1024 or content_size + OVERHEAD > envelope_size // 4

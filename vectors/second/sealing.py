"""Envelopes, info strings, HKDF, the outer seal, mailboxes (spec 1.2, 2, 3.2, 3.5)."""

import hashlib
import hmac
from typing import Any

import nacl.bindings
import nacl.exceptions

from vectors.second import cbor
from vectors.second.refusal import Refused, malformed

BUCKETS = (1024, 4096, 16384, 65536)
NONCE, TAG, LENGTH = 24, 16, 4
ENVELOPE = b"backchannel/1/envelope"
TYPES = range(0x01, 0x0E)


def info(label: str, *parts: Any) -> bytes:
    """An info string (spec 2.1).

    Args:
        label: one of the labels of 2.1.
        parts: what the label takes.

    Returns:
        CBOR of `["backchannel", 1, label, ...]`.
    """
    return cbor.encode(["backchannel", 1, label, *parts])


def digest(label: str, *parts: Any) -> bytes:
    """SHA-256 of an info string (spec 2.1).

    Args:
        label: one of the labels of 2.1.
        parts: what the label takes.

    Returns:
        32 bytes.
    """
    return hashlib.sha256(info(label, *parts)).digest()


def hkdf(salt: bytes, ikm: bytes, where: bytes, size: int) -> bytes:
    """HKDF-SHA-256, extract and expand (spec 2.2).

    Args:
        salt: the salt; empty is *salt none*.
        ikm: the secret.
        where: the info string.
        size: how many bytes.

    Returns:
        `size` bytes.
    """
    return expand(extract(salt, ikm), where, size)


def extract(salt: bytes, ikm: bytes) -> bytes:
    """HKDF's extract (spec 2.2; RFC 5869, 2.2).

    Args:
        salt: the salt; empty is *salt none*, 32 zero bytes.
        ikm: the secret.

    Returns:
        32 bytes.
    """
    return hmac.digest(salt or bytes(32), ikm, "sha256")


def expand(key: bytes, where: bytes, size: int) -> bytes:
    """HKDF's expand (spec 2.2; RFC 5869, 2.3).

    Args:
        key: the pseudorandom key.
        where: the info string.
        size: how many bytes.

    Returns:
        `size` bytes.
    """
    out = block = b""
    for count in range(1, -(-size // 32) + 1):
        block = hmac.digest(key, block + where + bytes([count]), "sha256")
        out += block
    return out[:size]


def bucket(size: int) -> int:
    """The smallest envelope that holds this much content (spec 1.2, rule 1).

    Args:
        size: bytes of content.

    Returns:
        The size of the envelope.

    Raises:
        Refused: `oversize`.
    """
    for one in BUCKETS:
        if size <= one - NONCE - TAG - LENGTH:
            return one
    raise Refused("oversize", "more than 65,492 bytes")


def pad(content: bytes) -> bytes:
    """Content with its length in front and zeros behind (spec 1.2).

    Args:
        content: the content.

    Returns:
        As many bytes as the ciphertext has.

    Raises:
        Refused: `oversize`.
    """
    whole = len(content).to_bytes(LENGTH, "big") + content
    return whole.ljust(bucket(len(content)) - NONCE - TAG, b"\0")


def unpad(padded: bytes) -> bytes:
    """The content of what a seal held (spec 1.2, rule 2).

    Args:
        padded: the opened ciphertext.

    Returns:
        The content.

    Raises:
        Refused: `malformed`.
    """
    size = int.from_bytes(padded[:LENGTH], "big")
    content = padded[LENGTH : LENGTH + size]
    if size > len(padded) - LENGTH or size == 0 or pad(content) != padded:
        raise malformed("padding")
    return content


def aead_open(key: bytes, sealed: bytes, associated: bytes) -> bytes | None:
    """Opens `nonce || ciphertext || tag` (spec 2.4).

    Args:
        key: 32 bytes.
        sealed: the sealed bytes.
        associated: the associated data.

    Returns:
        The plaintext, or None if the key does not open it.
    """
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed[NONCE:], associated, sealed[:NONCE], key)
    except nacl.exceptions.CryptoError:
        return None


def aead_seal(key: bytes, nonce: bytes, plain: bytes, associated: bytes) -> bytes:
    """Makes `nonce || ciphertext || tag` (spec 2.4).

    Args:
        key: 32 bytes.
        nonce: 24 bytes.
        plain: the plaintext.
        associated: the associated data.

    Returns:
        The sealed bytes.
    """
    return nonce + nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, associated, nonce, key)


def seal(key: bytes, nonce: bytes, content: bytes) -> bytes:
    """An envelope (spec 3.2).

    Args:
        key: the key of the epoch or the handshake.
        nonce: 24 bytes.
        content: type and body.

    Returns:
        The envelope.
    """
    return aead_seal(key, nonce, pad(content), ENVELOPE)


def unseal(key: bytes, envelope: bytes) -> tuple[int, bytes]:
    """Opens an envelope; the refusals are in the order of spec 3.2.

    Args:
        key: the key of the epoch or the handshake.
        envelope: the envelope.

    Returns:
        Type and body.

    Raises:
        Refused: `not-for-us` or `malformed`.
    """
    if len(envelope) not in BUCKETS:
        raise Refused("not-for-us", "no bucket")
    padded = aead_open(key, envelope, ENVELOPE)
    if padded is None:
        raise Refused("not-for-us", "another key")
    content = unpad(padded)
    if content[0] not in TYPES:
        raise malformed("an unknown type")
    return content[0], content[1:]


def mailbox(secret: bytes, writer: int, context: bytes) -> dict[str, bytes]:
    """One direction of a line, for one epoch or handshake (spec 3.5).

    Args:
        secret: what ids and capabilities follow from.
        writer: the role that puts.
        context: what the mailbox is for.

    Returns:
        Both ids and both capabilities, by name.
    """
    raw = hkdf(b"", secret, info("mailbox", writer, context), 96)
    return {
        "put_id": raw[0:16],
        "put_capability": raw[16:48],
        "get_id": raw[48:64],
        "get_capability": raw[64:96],
    }

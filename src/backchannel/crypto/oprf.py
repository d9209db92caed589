"""Oblivious pseudorandom functions over ristretto255 with SHA-512 (RFC 9497: modes OPRF and VOPRF).

The function's names are the RFC's. Nothing here draws randomness: blinds, and the nonce of a proof, are given in.
`dleq` has the proofs of the verifiable mode. What is bound to a context of ours instead of the RFC's uses the same
functions with another context string.
"""

from __future__ import annotations

from enum import IntEnum
from hashlib import sha512
from typing import Final

from backchannel.crypto import ristretto
from backchannel.crypto.ristretto import Element, Scalar
from backchannel.errors import Malformed

IDENTIFIER: Final = b"ristretto255-SHA512"
_BLOCK: Final = 128
_HASH: Final = 64
_LONGEST_DST: Final = 255
_ZERO: Final = bytes(ristretto.SIZE)


class Mode(IntEnum):
    """The modes of RFC 9497, section 3.1, that are used."""

    OPRF = 0
    VOPRF = 1


def context_string(mode: Mode) -> bytes:
    """Return what the RFC's hashes are bound to (RFC 9497, section 3.1)."""
    return b"OPRFV1-" + bytes([mode]) + b"-" + IDENTIFIER


def prefixed(data: bytes) -> bytes:
    """Return two bytes of length, then the bytes: `I2OSP(len(data), 2) || data`.

    Raises:
        Malformed: longer than two bytes can say.
    """
    if len(data) >= 1 << 16:
        raise Malformed("an input of the OPRF")
    return len(data).to_bytes(2) + data


def expand_message_xmd(message: bytes, dst: bytes, size: int) -> bytes:
    """Return `size` uniform bytes of a message under a domain separation tag (RFC 9380, section 5.3.1, SHA-512).

    Raises:
        ValueError: more bytes than 255 blocks of the hash.
    """
    if len(dst) > _LONGEST_DST:
        dst = sha512(b"H2C-OVERSIZE-DST-" + dst).digest()
    count = -(-size // _HASH)
    if count > 255 or size >= 1 << 16:
        raise ValueError("too many bytes asked of expand_message_xmd")
    tag = dst + bytes([len(dst)])
    first = sha512(bytes(_BLOCK) + message + size.to_bytes(2) + b"\x00" + tag).digest()
    block = sha512(first + b"\x01" + tag).digest()
    out = block
    for number in range(2, count + 1):
        mixed = int.from_bytes(first) ^ int.from_bytes(block)
        block = sha512(mixed.to_bytes(_HASH) + bytes([number]) + tag).digest()
        out += block
    return out[:size]


def hash_to_group(message: bytes, context: bytes) -> Element:
    """Return the element that a message is hashed to (RFC 9497, section 4.1; RFC 9380, appendix B).

    Raises:
        Malformed: it is hashed to the identity, which no message is known to be.
    """
    found = ristretto.element_from(expand_message_xmd(message, b"HashToGroup-" + context, ristretto.WIDE))
    if found == _ZERO:
        raise Malformed("an input of the OPRF")
    return found


def hash_to_scalar(message: bytes, context: bytes, prefix: bytes = b"HashToScalar-") -> Scalar:
    """Return the scalar that a message is hashed to (RFC 9497, section 4.1)."""
    return ristretto.scalar_from(expand_message_xmd(message, prefix + context, ristretto.WIDE))


def derive_key_pair(seed: bytes, info: bytes, context: bytes) -> tuple[Scalar, Element]:
    """Return the private and public key of a seed (RFC 9497, section 3.2.1).

    Args:
        seed: 32 secret random bytes.
        info: what the key is for.
        context: the context string.

    Raises:
        Malformed: another size, or `info` is too long.
    """
    if len(seed) != ristretto.SIZE:
        raise Malformed("the seed of a key")
    given = seed + prefixed(info)
    for counter in range(256):
        key = hash_to_scalar(given + bytes([counter]), context, b"DeriveKeyPair")
        if key != _ZERO:
            return key, ristretto.times_generator(key)
    raise Malformed("the seed of a key")  # pragma: no cover  (256 times one in 2^252)


def blind(message: bytes, factor: Scalar, context: bytes) -> Element:
    """Return a message's element multiplied by a blind: it says nothing of the message (RFC 9497, section 3.3.1)."""
    return ristretto.times(factor, hash_to_group(message, context))


def blind_evaluate(key: Scalar, blinded: Element) -> Element:
    """Return a blinded element multiplied by the key (RFC 9497, section 3.3.1)."""
    return ristretto.times(key, blinded)


def finalize(message: bytes, factor: Scalar, evaluated: Element) -> bytes:
    """Return the function's value, 64 bytes, of a message and its evaluated element (RFC 9497, section 3.3.1).

    In the verifiable mode `dleq.verify` comes first.
    """
    return _value(message, ristretto.times(ristretto.inverse(factor), evaluated))


def evaluate(key: Scalar, message: bytes, context: bytes) -> bytes:
    """Return the function's value to who has both the key and the message (RFC 9497, section 3.3.1)."""
    return _value(message, ristretto.times(key, hash_to_group(message, context)))


def _value(message: bytes, unblinded: Element) -> bytes:
    return sha512(prefixed(message) + prefixed(unblinded) + b"Finalize").digest()

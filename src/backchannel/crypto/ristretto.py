"""The group ristretto255 (RFC 9496), from libsodium: checked elements and scalars, and their arithmetic.

`Element` and `Scalar` are made by the functions here alone: what has the type has been checked. libsodium works on
secret scalars in constant time; only what is public is ever compared to the order of the group.
"""

from __future__ import annotations

from functools import cache
from typing import Any, Final, NewType

from backchannel.errors import Malformed

Element = NewType("Element", bytes)
"""The 32 bytes of an element other than the identity, in its one encoding."""

Scalar = NewType("Scalar", bytes)
"""The 32 bytes, little-endian, of a number from 0 to the order of the group - 1."""

SIZE: Final = 32
WIDE: Final = 64
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_IDENTITY: Final = bytes(SIZE)

GENERATOR: Final = Element(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76"))
"""The group's generator (RFC 9496, section 4)."""


@cache
def _sodium() -> Any:
    import rbcl  # starts libsodium, which few commands need

    return rbcl


def element(data: bytes) -> Element:
    """Return the element of these bytes.

    Raises:
        Malformed: another size, not the one encoding of an element, or the identity.
    """
    if len(data) != SIZE or data == _IDENTITY or not _sodium().crypto_core_ristretto255_is_valid_point(data):
        raise Malformed("a group element")
    return Element(data)


def scalar(data: bytes) -> Scalar:
    """Return the scalar of these public bytes.

    Raises:
        Malformed: another size, or not below the order of the group.
    """
    if len(data) != SIZE or int.from_bytes(data, "little") >= ORDER:
        raise Malformed("a scalar")
    return Scalar(data)


def element_from(uniform: bytes) -> Element:
    """Return the element that 64 uniform bytes name (RFC 9496, section 4.3.4); nobody knows its logarithm."""
    return Element(_sodium().crypto_core_ristretto255_from_hash(uniform))


def scalar_from(uniform: bytes) -> Scalar:
    """Return 64 uniform bytes, little-endian, modulo the order of the group."""
    return Scalar(_sodium().crypto_core_ristretto255_scalar_reduce(uniform))


def times(factor: Scalar, base: Element) -> Element:
    """Return the element multiplied by a secret scalar that is not zero."""
    return Element(_sodium().crypto_scalarmult_ristretto255(factor, base))


def times_generator(factor: Scalar) -> Element:
    """Return the generator multiplied by a secret scalar that is not zero."""
    return Element(_sodium().crypto_scalarmult_ristretto255_base(factor))


def combined(pairs: list[tuple[Scalar, Element]]) -> bytes:
    """Return the sum of elements, each multiplied by its scalar: 32 bytes, which may be the identity.

    The scalars may be zero.
    """
    total = _IDENTITY
    sodium = _sodium()
    for factor, base in pairs:
        total = sodium.crypto_core_ristretto255_add(
            total, sodium.crypto_scalarmult_ristretto255_allow_scalar_zero(factor, base)
        )
    return total


def plus(left: Scalar, right: Scalar) -> Scalar:
    """Return the sum of two scalars."""
    return Scalar(_sodium().crypto_core_ristretto255_scalar_add(left, right))


def minus(left: Scalar, right: Scalar) -> Scalar:
    """Return the difference of two scalars."""
    return Scalar(_sodium().crypto_core_ristretto255_scalar_sub(left, right))


def product(left: Scalar, right: Scalar) -> Scalar:
    """Return the product of two scalars."""
    return Scalar(_sodium().crypto_core_ristretto255_scalar_mul(left, right))


def inverse(value: Scalar) -> Scalar:
    """Return one over a scalar that is not zero."""
    return Scalar(_sodium().crypto_core_ristretto255_scalar_invert(value))

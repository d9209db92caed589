"""X25519, in the library that the hybrid stands on."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from tests.crypto.vectors import raw, vectors

VECTORS = vectors("x25519")


def x25519(scalar: bytes, u: bytes) -> bytes:
    return X25519PrivateKey.from_private_bytes(scalar).exchange(X25519PublicKey.from_public_bytes(u))


@pytest.mark.parametrize("vector", VECTORS["scalar_multiplication"])
def test_scalar_multiplication(vector: dict[str, str]) -> None:
    scalar, u, result = raw(vector, "scalar", "u", "result")
    assert x25519(scalar, u) == result


def test_iterated() -> None:
    results = {vector["times"]: vector["result"] for vector in VECTORS["iterated"]}
    k = u = (9).to_bytes(32, "little")
    for times in range(1, 1001):
        k, u = x25519(k, u), k
        assert k.hex() == results.get(times, k.hex())


def test_diffie_hellman() -> None:
    names = ("alice_private", "alice_public", "bob_private", "bob_public", "shared")
    alice, alice_public, bob, bob_public, shared = raw(VECTORS["diffie_hellman"], *names)
    assert X25519PrivateKey.from_private_bytes(alice).public_key().public_bytes_raw() == alice_public
    assert X25519PrivateKey.from_private_bytes(bob).public_key().public_bytes_raw() == bob_public
    assert x25519(alice, bob_public) == x25519(bob, alice_public) == shared

"""XChaCha20-Poly1305."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.crypto.aead import KEY_SIZE, NONCE_SIZE, TAG_SIZE, NotAuthentic, open_sealed, seal
from tests.crypto.vectors import raw, vectors

KEYS = st.binary(min_size=KEY_SIZE, max_size=KEY_SIZE)
NONCES = st.binary(min_size=NONCE_SIZE, max_size=NONCE_SIZE)


@pytest.mark.parametrize("vector", vectors("xchacha20_poly1305"))
def test_the_vector_of_the_draft(vector: dict[str, str]) -> None:
    key, nonce, aad, plaintext, ciphertext, tag = raw(vector, "key", "nonce", "aad", "plaintext", "ciphertext", "tag")
    assert seal(key, nonce, plaintext, aad) == nonce + ciphertext + tag
    assert open_sealed(key, nonce + ciphertext + tag, aad) == plaintext


@given(KEYS, NONCES, st.binary(max_size=200), st.binary(max_size=40))
def test_sealed_and_opened(key: bytes, nonce: bytes, plaintext: bytes, associated: bytes) -> None:
    sealed = seal(key, nonce, plaintext, associated)
    assert len(sealed) == NONCE_SIZE + len(plaintext) + TAG_SIZE
    assert open_sealed(key, sealed, associated) == plaintext


@given(st.binary(max_size=60), st.data())
def test_any_changed_bit_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    key, associated = bytes(range(32)), b"associated"
    sealed = bytearray(seal(key, bytes(24), plaintext, associated))
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotAuthentic):
        open_sealed(key, bytes(sealed), associated)


def test_the_key_and_what_is_associated_must_be_the_same() -> None:
    sealed = seal(bytes(32), bytes(24), b"said", b"here")
    for key, associated in (
        (b"\1" + bytes(31), b"here"),
        (bytes(32), b"there"),
        (bytes(32), b""),
        (bytes(31), b"here"),
    ):
        with pytest.raises(NotAuthentic):
            open_sealed(key, sealed, associated)


@pytest.mark.parametrize("size", [0, 1, NONCE_SIZE - 1, NONCE_SIZE, NONCE_SIZE + TAG_SIZE - 1, NONCE_SIZE + TAG_SIZE])
def test_what_is_too_short_is_not_authentic(size: int) -> None:
    with pytest.raises(NotAuthentic):
        open_sealed(bytes(32), bytes(size), b"")

"""HKDF-SHA256."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.crypto.kdf import derive
from tests.crypto.vectors import raw, vectors


@pytest.mark.parametrize("vector", vectors("hkdf_sha256"), ids=["A.1", "A.2", "A.3"])
def test_the_vectors_of_rfc_5869(vector: dict[str, Any]) -> None:
    ikm, salt, info, okm = raw(vector, "ikm", "salt", "info", "okm")
    assert derive(ikm, info, salt=salt or None, size=vector["size"]) == okm
    assert derive(ikm, info, salt=salt, size=vector["size"]) == okm  # RFC 5869, 2.2: no salt is a salt of zeros


@given(st.binary(max_size=64), st.binary(max_size=64), st.binary(max_size=32), st.integers(1, 200))
def test_a_shorter_key_is_the_start_of_a_longer_one(secret: bytes, info: bytes, salt: bytes, size: int) -> None:
    assert derive(secret, info, salt=salt, size=size) == derive(secret, info, salt=salt, size=200)[:size]


def test_every_input_counts() -> None:
    keys = [
        derive(b"secret", b"info"),
        derive(b"secreT", b"info"),
        derive(b"secret", b"infO"),
        derive(b"secret", b"info", salt=b"salt"),
        derive(b"secretinfo", b""),
    ]
    assert len(set(keys)) == len(keys)
    assert all(len(key) == 32 for key in keys)


def test_there_is_a_longest_key() -> None:
    assert len(derive(b"", b"", size=8160)) == 8160
    with pytest.raises(ValueError, match="larger"):
        derive(b"", b"", size=8161)

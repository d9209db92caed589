"""AES-SIV: the same for the same, random to others, and nothing that was changed (RFC 5297)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.crypto import siv
from backchannel.crypto.aead import NotAuthentic

KEYS = st.binary(min_size=siv.KEY_SIZE, max_size=siv.KEY_SIZE)
VALUES = st.binary(min_size=1, max_size=40)


@given(KEYS, VALUES)
def test_there_and_back(key: bytes, value: bytes) -> None:
    sealed = siv.seal(key, value)
    assert len(sealed) == siv.TAG_SIZE + len(value)
    assert sealed == siv.seal(key, value)
    assert siv.open_sealed(key, sealed) == value


@given(KEYS, VALUES, st.data())
def test_any_change_is_seen(key: bytes, value: bytes, data: st.DataObject) -> None:
    sealed = bytearray(siv.seal(key, value))
    at = data.draw(st.integers(0, len(sealed) - 1))
    sealed[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(NotAuthentic):
        siv.open_sealed(key, bytes(sealed))


@given(KEYS, KEYS, VALUES)
def test_another_key_opens_nothing(key: bytes, other: bytes, value: bytes) -> None:
    if key != other:
        with pytest.raises(NotAuthentic):
            siv.open_sealed(other, siv.seal(key, value))


@pytest.mark.parametrize("size", range(siv.TAG_SIZE + 1))
def test_what_is_too_short_is_not_authentic(size: int) -> None:
    with pytest.raises(NotAuthentic):
        siv.open_sealed(bytes(siv.KEY_SIZE), bytes(size))

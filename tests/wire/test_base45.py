"""Base45: the vectors of its RFC, one text for each byte string, and nothing else (spec 5.2.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import ArmorDamaged
from backchannel.wire.base45 import base45_decode, base45_encode

ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


@pytest.mark.parametrize(
    ("plain", "encoded"),
    [(b"AB", "BB8"), (b"Hello!!", "%69 VD92EX0"), (b"base-45", "UJCLQE7W581"), (b"ietf!", "QED8WEX0"), (b"", "")],
)
def test_the_vectors_of_rfc_9285(plain: bytes, encoded: str) -> None:
    assert base45_encode(plain) == encoded
    assert base45_decode(encoded) == plain


@pytest.mark.parametrize("bad", ["GGW", ":::", "A", "BB8A", "V5", "::", "bb8", "BB\u00e9", "B_8"])
def test_what_base45_does_not_have_is_refused(bad: str) -> None:
    with pytest.raises(ArmorDamaged):
        base45_decode(bad)


@given(st.binary(max_size=200))
def test_base45_there_and_back(data: bytes) -> None:
    text = base45_encode(data)
    assert base45_decode(text) == data
    assert set(text) <= ALPHANUMERIC
    assert not text.endswith(" ")  # so that a scanner which trims does no harm


@given(st.text("".join(sorted(ALPHANUMERIC)), max_size=40))
def test_each_byte_string_has_one_base45(text: str) -> None:
    try:
        data = base45_decode(text)
    except ArmorDamaged:
        return
    assert base45_encode(data) == text

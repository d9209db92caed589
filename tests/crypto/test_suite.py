"""Info strings: every key is bound to what it is for (spec 2.1)."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from backchannel.crypto.suite import SUITE, Role, digest, info
from backchannel.wire.codec import decode

PARTS = st.lists(st.binary(max_size=8) | st.text(st.characters(codec="ascii"), max_size=8) | st.integers(0, 2**64 - 1))


def test_an_info_string_is_what_the_spec_says() -> None:
    assert (
        info("label", 7, b"x") == bytes.fromhex("85") + b"\x6bbackchannel" + b"\x01" + b"\x65label" + b"\x07" + b"\x41x"
    )
    assert digest("label", 7, b"x") == sha256(info("label", 7, b"x")).digest()


@given(st.text(st.characters(codec="ascii"), max_size=8), PARTS)
def test_an_info_string_can_be_read_back(label: str, parts: list[Any]) -> None:
    assert decode(info(label, *parts)) == ["backchannel", SUITE, label, *parts]


@given(PARTS, PARTS)
def test_different_parts_make_different_strings(one: list[Any], other: list[Any]) -> None:
    assert (info("a", *one) == info("a", *other)) == (one == other)
    assert info("a", *one) != info("b", *other)


def test_the_cuts_between_parts_count() -> None:
    assert digest("x", b"ab", b"c") != digest("x", b"a", b"bc")
    assert digest("x", b"ab") != digest("x", "ab")


def test_roles() -> None:
    assert Role.INVITER.other is Role.JOINER
    assert Role.JOINER.other is Role.INVITER
    assert (int(Role.INVITER), int(Role.JOINER)) == (0, 1)

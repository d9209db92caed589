"""Argon2id."""

from __future__ import annotations

from typing import Any

import pytest
from argon2.low_level import Type, core, error_to_str, ffi
from argon2.low_level import lib as _lib  # type: ignore[attr-defined]
from hypothesis import given
from hypothesis import strategies as st

from backchannel.crypto.passphrase import KEY_SIZE, RECOMMENDED, SALT_SIZE, Cost, stretch
from backchannel.errors import InputRefused, Malformed
from tests.crypto.vectors import raw, vectors

VECTORS = vectors("argon2id")
TINY = Cost(time=1, memory=8, lanes=1)
SALT = bytes(range(SALT_SIZE))


@pytest.mark.parametrize("vector", VECTORS[:1])
def test_the_vector_of_rfc_9106_with_secret_and_associated_data(vector: dict[str, Any]) -> None:
    """The library's own core, because its usual way in takes neither a secret nor associated data."""
    password, salt, secret, ad, tag = raw(vector, "password", "salt", "secret", "ad", "tag")
    out, *inputs = (ffi.new("uint8_t[]", data) for data in (bytes(len(tag)), password, salt, secret, ad))
    context = ffi.new("argon2_context *")
    context.out, context.outlen = out, len(tag)
    context.pwd, context.salt, context.secret, context.ad = inputs
    context.pwdlen, context.saltlen, context.secretlen, context.adlen = map(len, (password, salt, secret, ad))
    context.t_cost, context.m_cost = vector["time"], vector["memory"]
    context.lanes = context.threads = vector["lanes"]
    context.version = 0x13
    context.allocate_cbk = context.free_cbk = ffi.NULL
    context.flags = _lib.ARGON2_DEFAULT_FLAGS
    code = core(context, Type.ID.value)
    assert code == 0, error_to_str(code)
    assert bytes(ffi.buffer(out, len(tag))) == tag


@pytest.mark.parametrize("vector", VECTORS[1:], ids=lambda v: f"t{v['time']}-m{v['memory']}-p{v['lanes']}")
def test_the_vectors_of_the_reference_implementation(vector: dict[str, Any]) -> None:
    password, salt, tag = raw(vector, "password", "salt", "tag")
    cost = Cost(time=vector["time"], memory=vector["memory"], lanes=vector["lanes"])
    assert stretch(password.decode(), salt, cost) == tag


def test_the_recommended_cost_is_the_second_option_of_rfc_9106() -> None:
    assert Cost(time=3, memory=2**16, lanes=4) == RECOMMENDED


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_one_passphrase_has_one_key(passphrase: str) -> None:
    key = stretch(passphrase, SALT, TINY)
    assert len(key) == KEY_SIZE
    assert key == stretch(passphrase, SALT, TINY)
    assert key != stretch(passphrase + "x", SALT, TINY)
    assert key != stretch(passphrase, SALT[::-1], TINY)


@pytest.mark.parametrize(
    ("one", "other"),
    [("caf\u00e9", "cafe\u0301"), ("\u05e9\u05c1\u05b8", "\u05e9\u05b8\u05c1"), ("\u0622", "\u0627\u0653")],
)
def test_two_keyboards_that_compose_differently_agree(one: str, other: str) -> None:
    assert one != other
    assert stretch(one, SALT, TINY) == stretch(other, SALT, TINY)


def test_likeness_is_not_enough() -> None:
    assert stretch("\ufb01", SALT, TINY) != stretch("fi", SALT, TINY)  # NFC, not NFKC
    assert stretch("A", SALT, TINY) != stretch("a", SALT, TINY)


def test_bytes_that_are_not_text_are_refused() -> None:
    with pytest.raises(InputRefused, match="not Unicode"):
        stretch("caf\udce9", SALT, TINY)


@pytest.mark.parametrize(
    ("time", "memory", "lanes"),
    [
        (0, 8, 1),
        (-1, 8, 1),
        (65, 8, 1),
        (1, 7, 1),
        (1, 8, 0),
        (1, 8, -1),
        (1, 15, 2),
        (1, 1024, 65),
        (1, 4 * 1024**2 + 1, 1),
        (2**31, 2**31, 2**31),
    ],
)
def test_what_would_hang_the_machine_is_refused(time: int, memory: int, lanes: int) -> None:
    with pytest.raises(Malformed):
        Cost(time=time, memory=memory, lanes=lanes)


@pytest.mark.parametrize(("time", "memory", "lanes"), [(1, 8, 1), (64, 4 * 1024**2, 64), (1, 16, 2)])
def test_what_is_just_within_the_limits_is_taken(time: int, memory: int, lanes: int) -> None:
    assert Cost(time=time, memory=memory, lanes=lanes).lanes == lanes

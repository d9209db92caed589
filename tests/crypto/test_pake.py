"""SPAKE2: a key from a spoken code."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.pake import MESSAGE_SIZE, CodeExchange
from backchannel.errors import Malformed

P = 2**255 - 19


def exchange(left: bytes, right: bytes) -> tuple[bytes, bytes]:
    inviter, joiner = CodeExchange(left, inviter=True), CodeExchange(right, inviter=False)
    return inviter.finish(joiner.message), joiner.finish(inviter.message)


@given(st.binary(max_size=40))
@settings(deadline=None, max_examples=10)
def test_both_sides_agree(password: bytes) -> None:
    ours, theirs = exchange(password, password)
    assert ours == theirs
    assert len(ours) == 32


@given(st.binary(max_size=20), st.binary(max_size=20))
@settings(deadline=None, max_examples=10)
def test_another_password_gives_another_key(one: bytes, other: bytes) -> None:
    ours, theirs = exchange(one, other)
    assert (ours == theirs) == (one == other)


def test_no_exchange_is_like_another() -> None:
    first, second = exchange(b"code", b"code"), exchange(b"code", b"code")
    assert first[0] != second[0]
    messages = {CodeExchange(b"code", inviter=True).message for _ in range(3)}
    assert len(messages) == 3
    assert {len(message) for message in messages} == {MESSAGE_SIZE}


def test_a_message_from_a_third_gives_different_keys() -> None:
    inviter, joiner = CodeExchange(b"code", inviter=True), CodeExchange(b"code", inviter=False)
    third = CodeExchange(b"code", inviter=False)
    assert inviter.finish(third.message) != joiner.finish(inviter.message)


def encoded(number: int) -> bytes:
    return number.to_bytes(32, "little")


LOW_ORDER = {
    "the neutral point": encoded(1),
    "the neutral point, with a sign": encoded(1 | 1 << 255),
    "order 2": encoded(P - 1),
    "order 4": encoded(0),
    "order 4, with a sign": encoded(1 << 255),
    "order 8": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
    "order 8, another": bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
    "order 8, with a sign": bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85"),
    "the neutral point, not reduced": encoded(P + 1),
    "order 4, not reduced": encoded(P),
    "not on the curve": encoded(2),
    "all ones": b"\xff" * 32,
}


@pytest.mark.parametrize("point", LOW_ORDER.values(), ids=LOW_ORDER.keys())
@pytest.mark.parametrize("inviter", [True, False])
def test_bad_points_are_refused(point: bytes, *, inviter: bool) -> None:
    with pytest.raises(Malformed):
        CodeExchange(b"code", inviter=inviter).finish((b"B" if inviter else b"A") + point)


@pytest.mark.parametrize(
    "message", [b"", b"B", b"A" + bytes(32), b"S" + bytes(32), b"C" + bytes(32), b"B" + bytes(31), b"B" + bytes(33)]
)
def test_what_is_not_a_message_is_refused(message: bytes) -> None:
    with pytest.raises(Malformed):
        CodeExchange(b"code", inviter=True).finish(message)


def test_a_reflected_message_is_refused() -> None:
    for side in (b"", b"B"):
        mine = CodeExchange(b"code", inviter=True)
        with pytest.raises(Malformed):
            mine.finish(side + mine.message[len(side) :])


def test_an_exchange_is_used_once() -> None:
    mine, theirs = CodeExchange(b"code", inviter=True), CodeExchange(b"code", inviter=False)
    mine.finish(theirs.message)
    with pytest.raises(Malformed):
        mine.finish(theirs.message)

"""Olm, as far as our wrapper promises something: refusals by our names, state as it was, pickles, tags."""

from __future__ import annotations

import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.olm import (
    KEY_SIZE,
    NORMAL,
    PRE_KEY,
    TAG_SIZE,
    Account,
    OlmRefused,
    Session,
    pre_key_tag,
    session_tag,
)
from backchannel.errors import Malformed


def pair() -> tuple[Session, Session, Account]:
    """Two ends that have both spoken, and the account of the second."""
    ours, theirs = Account(), Account()
    (one_time,) = theirs.new_one_time_keys(1)
    left = ours.start(theirs.identity, one_time)
    kind, raw = left.encrypt(b"hello")
    assert kind == PRE_KEY
    right, plaintext = theirs.answer(ours.identity, raw)
    assert plaintext == b"hello"
    assert left.decrypt(*right.encrypt(b"and hello")) == b"and hello"
    return left, right, theirs


@given(st.lists(st.tuples(st.booleans(), st.binary(max_size=60)), max_size=12))
@settings(deadline=None, max_examples=25)
def test_what_is_said_is_heard(said: list[tuple[bool, bytes]]) -> None:
    left, right, _ = pair()
    for from_left, plaintext in said:
        sender, reader = (left, right) if from_left else (right, left)
        kind, raw = sender.encrypt(plaintext)
        assert kind == NORMAL
        assert reader.decrypt(kind, raw) == plaintext


@given(st.permutations(range(8)))
@settings(deadline=None, max_examples=10)
def test_order_does_not_matter_within_a_chain(order: list[int]) -> None:
    left, right, _ = pair()
    messages = [left.encrypt(bytes([number])) for number in range(8)]
    for number in order:
        assert right.decrypt(*messages[number]) == bytes([number])
    for message in messages:
        with pytest.raises(OlmRefused):
            right.decrypt(*message)


@given(st.data())
@settings(deadline=None, max_examples=40)
def test_a_changed_message_is_refused_and_changes_nothing(data: st.DataObject) -> None:
    """Olm's MAC is over what was understood: a changed protobuf tag may pass, and then the message is the same.

    That is one reason for the outer seal, under which no byte can be changed.
    """
    left, right, _ = pair()
    kind, raw = left.encrypt(b"said")
    changed = bytearray(raw)
    bit = data.draw(st.integers(0, 8 * len(raw) - 1))
    changed[bit // 8] ^= 1 << bit % 8
    try:
        assert right.decrypt(kind, bytes(changed)) == b"said"
    except OlmRefused:
        assert right.decrypt(kind, raw) == b"said"
    else:
        with pytest.raises(OlmRefused):
            right.decrypt(kind, raw)


@pytest.mark.parametrize("raw", [b"", b"\3", b"\4abc", bytes(40), b"\xff" * 200])
@pytest.mark.parametrize("kind", [PRE_KEY, NORMAL, 2, 255])
def test_what_is_no_message_is_refused(kind: int, raw: bytes) -> None:
    left, _, account = pair()
    with pytest.raises(OlmRefused):
        left.decrypt(kind, raw)
    if kind == PRE_KEY:
        with pytest.raises(OlmRefused):
            account.answer(bytes(31) + b"\1", raw)
        with pytest.raises(OlmRefused):
            pre_key_tag(raw)


def test_a_one_time_key_is_used_once() -> None:
    ours, theirs = Account(), Account()
    (one_time,) = theirs.new_one_time_keys(1)
    first = ours.start(theirs.identity, one_time).encrypt(b"one")[1]
    second = ours.start(theirs.identity, one_time).encrypt(b"two")[1]
    theirs.answer(ours.identity, first)
    for raw in (first, second):
        with pytest.raises(OlmRefused):
            theirs.answer(ours.identity, raw)


def test_a_refused_request_leaves_the_one_time_key() -> None:
    ours, theirs = Account(), Account()
    (one_time,) = theirs.new_one_time_keys(1)
    raw = ours.start(theirs.identity, one_time).encrypt(b"one")[1]
    with pytest.raises(OlmRefused):
        theirs.answer(Account().identity, raw)  # it claims to come from someone else
    with pytest.raises(OlmRefused):
        theirs.answer(ours.identity, raw[:-1] + bytes([raw[-1] ^ 1]))
    assert theirs.answer(ours.identity, raw)[1] == b"one"


@pytest.mark.parametrize("key", [b"", bytes(31), bytes(33), bytes(32), b"\1" + bytes(31)])
def test_what_is_no_key_is_refused(key: bytes) -> None:
    good = Account().identity
    with pytest.raises(Malformed):
        Account().start(key, good)
    with pytest.raises(Malformed):
        Account().start(good, key)


def test_an_identity_that_is_no_key_is_refused() -> None:
    ours, theirs = Account(), Account()
    (one_time,) = theirs.new_one_time_keys(1)
    raw = ours.start(theirs.identity, one_time).encrypt(b"one")[1]
    with pytest.raises(Malformed):
        theirs.answer(b"short", raw)


def test_new_one_time_keys_are_only_the_new_ones() -> None:
    account = Account()
    first, second = account.new_one_time_keys(3), account.new_one_time_keys(2)
    assert (len(first), len(second)) == (3, 2)
    assert len({*first, *second}) == 5
    assert {len(key) for key in first} == {KEY_SIZE}
    assert len(account.identity) == KEY_SIZE


def test_both_sides_name_a_session_alike() -> None:
    ours, theirs = Account(), Account()
    (one_time,) = theirs.new_one_time_keys(1)
    left = ours.start(theirs.identity, one_time)
    raw = left.encrypt(b"hello")[1]
    assert pre_key_tag(raw) == left.tag
    right, _ = theirs.answer(ours.identity, raw)
    assert left.tag == right.tag
    assert len(left.tag) == TAG_SIZE
    assert session_tag("a") != session_tag("b")
    assert pair()[0].tag != left.tag


def test_pickles() -> None:
    left, right, account = pair()
    again = Session.from_pickle(left.pickle(os.urandom))
    assert again.tag == left.tag
    assert right.decrypt(*again.encrypt(b"still here")) == b"still here"
    assert Account.from_pickle(account.pickle(os.urandom)).identity == account.identity


def test_no_two_pickles_share_a_key() -> None:
    left, _, account = pair()
    assert len({left.pickle(os.urandom)[:32] for _ in range(5)}) == 5
    assert len({account.pickle(os.urandom)[:32] for _ in range(5)}) == 5


@pytest.mark.parametrize(
    "data", [b"", bytes(31), bytes(32), bytes(32) + b"AAAA", bytes(32) + b"\xff\xfe", bytes(32) + b"!", bytes(400)]
)
def test_what_is_no_pickle_is_refused(data: bytes) -> None:
    with pytest.raises(Malformed):
        Session.from_pickle(data)
    with pytest.raises(Malformed):
        Account.from_pickle(data)


def test_a_damaged_pickle_is_refused() -> None:
    left, _, account = pair()
    for pickle, read in (
        (left.pickle(os.urandom), Session.from_pickle),
        (account.pickle(os.urandom), Account.from_pickle),
    ):
        for at in (0, 31, 40, len(pickle) // 2):
            changed = bytearray(pickle)
            changed[at] ^= 1
            with pytest.raises(Malformed):
                read(bytes(changed))

"""From an invitation to an open line (spec 3.1)."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from backchannel.crypto import hybrid
from backchannel.crypto.suite import Role, info
from backchannel.errors import (
    AlreadyOpened,
    InvitationExpired,
    InvitationUsed,
    Malformed,
    NotForUs,
    PeerMisbehaved,
)
from backchannel.line.handshake import Inviting, Joining, Opened, Refused, Repeated, invite, join
from backchannel.line.invitation import Invitation, decode_invitation
from backchannel.line.safety_number import safety_number
from backchannel.line.seal import ContentType, seal, unseal
from backchannel.wire.codec import decode, encode
from tests.support.pair import LATER, NOW, Handshake, Pair, answered, reply_of, said


def ask(inviting: Inviting, envelope: bytes, now: int = NOW) -> Opened | Repeated | Refused:
    return inviting.receive(envelope, now=now, randomness=os.urandom)


def flipped(envelope: bytes, at: int) -> bytes:
    return envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :]


def test_both_sides_end_with_the_same_line() -> None:
    pair = Pair.make()
    assert pair.ann.context == pair.bob.context
    assert pair.ann.epochs.roots == pair.bob.epochs.roots
    assert (pair.ann.role, pair.bob.role) == (Role.INVITER, Role.JOINER)
    assert safety_number(pair.ann.context) == safety_number(pair.bob.context)
    assert pair.send(pair.bob, b"hello").events == (b"hello",)
    assert pair.send(pair.ann, b"hello yourself").events == (b"hello yourself",)


def test_the_inviter_may_speak_first() -> None:
    pair = Pair.make()
    assert pair.send(pair.ann, b"first").events == (b"first",)


def test_no_two_lines_share_a_secret() -> None:
    one, two = Pair.make(), Pair.make()
    assert one.ann.epochs.root(0) != two.ann.epochs.root(0)
    assert one.ann.outbox != one.bob.outbox
    assert safety_number(one.ann.context) != safety_number(two.ann.context)


def test_states_survive_the_vault() -> None:
    handshake = Handshake()
    inviting = Inviting.from_bytes(handshake.inviting.to_bytes())
    joining = Joining.from_bytes(handshake.joining().to_bytes())
    opened = answered(inviting, joining)
    state = Inviting.from_bytes(opened.state.to_bytes())
    assert state == opened.state
    assert not state.account, "an answered invitation keeps no private key"
    assert not state.hybrid_key
    reply = state.reply(os.urandom)
    assert reply is not None
    assert joining.receive(reply, now=NOW).epochs.roots == opened.channel.epochs.roots


def test_each_try_of_the_request_looks_different() -> None:
    joining = Handshake().joining()
    one, two = joining.envelope(os.urandom), joining.envelope(os.urandom)
    assert one != two
    assert len(one) == len(two) == 4096


@pytest.mark.parametrize("at", [0, 23, 24, 1000, 4000, -1])
def test_a_damaged_request_is_nobodys_and_changes_nothing(at: int) -> None:
    handshake = Handshake()
    joining = handshake.joining()
    with pytest.raises(NotForUs):
        ask(handshake.inviting, flipped(joining.envelope(os.urandom), at % 4096))
    assert isinstance(ask(handshake.inviting, joining.envelope(os.urandom)), Opened)


@pytest.mark.parametrize("at", [0, 24, 500, -1])
def test_a_damaged_reply_is_nobodys_and_changes_nothing(at: int) -> None:
    handshake = Handshake()
    joining = handshake.joining()
    reply = reply_of(answered(handshake.inviting, joining))
    with pytest.raises(NotForUs):
        joining.receive(flipped(reply, at % len(reply)), now=NOW)
    joining.receive(reply, now=NOW)


def test_the_requests_of_other_lines_are_nobodys() -> None:
    with pytest.raises(NotForUs):
        ask(Handshake().inviting, Handshake().joining().envelope(os.urandom))
    joining = Handshake().joining()
    with pytest.raises(NotForUs):
        joining.receive(reply_of(answered((other := Handshake()).inviting, other.joining())), now=NOW)


def test_the_same_request_again_is_answered_with_the_same_reply() -> None:
    handshake = Handshake()
    joining = handshake.joining()
    opened = answered(handshake.inviting, joining)
    assert isinstance(ask(opened.state, joining.envelope(os.urandom)), Repeated)
    roots = {joining.receive(reply_of(opened), now=NOW).epochs.roots for _ in range(3)}
    assert roots == {opened.channel.epochs.roots}


def test_a_second_joiner_is_refused_and_told() -> None:
    handshake = Handshake()
    first, second = handshake.joining(), handshake.joining()
    opened = answered(handshake.inviting, first)
    outcome = ask(opened.state, second.envelope(os.urandom))
    assert isinstance(outcome, Refused)
    state, refusals = Inviting.from_bytes(outcome.state.to_bytes()).refuse(os.urandom)
    assert len(refusals) == 1
    with pytest.raises(InvitationUsed):
        second.receive(refusals[0], now=NOW)
    with pytest.raises(AlreadyOpened):
        first.receive(refusals[0], now=NOW)
    assert state.refusals == ()
    assert first.receive(reply_of(opened), now=NOW)


def test_the_second_joiner_cannot_use_the_first_ones_reply() -> None:
    handshake = Handshake()
    first, second = handshake.joining(), handshake.joining()
    with pytest.raises(AlreadyOpened):
        second.receive(reply_of(answered(handshake.inviting, first)), now=NOW)


def test_no_end_of_joiners_fills_the_vault() -> None:
    handshake = Handshake()
    state = answered(handshake.inviting, handshake.joining()).state
    for _ in range(20):
        outcome = ask(state, handshake.joining().envelope(os.urandom))
        assert isinstance(outcome, Refused)
        state = outcome.state
    assert len(state.refusals) == 8


def test_an_expired_invitation_is_refused_on_both_sides() -> None:
    handshake = Handshake()
    envelope = handshake.joining().envelope(os.urandom)
    with pytest.raises(InvitationExpired):
        join(handshake.inviting.invitation, LATER, os.urandom)
    late = ask(handshake.inviting, envelope, now=LATER)
    assert isinstance(late, Refused), "and told so"
    assert isinstance(ask(handshake.inviting, envelope, now=LATER - 1), Opened), "a refusal changes nothing"
    joining = handshake.joining()
    refused = ask(handshake.inviting, joining.envelope(os.urandom), now=LATER)
    assert isinstance(refused, Refused)
    (told,) = refused.state.refuse(os.urandom)[1]
    with pytest.raises(InvitationExpired):
        joining.receive(told, now=LATER)
    with pytest.raises(InvitationUsed):
        joining.receive(told, now=LATER - 1)


def test_a_request_that_was_answered_in_time_may_come_again_later() -> None:
    handshake = Handshake()
    joining = handshake.joining()
    opened = answered(handshake.inviting, joining)
    assert isinstance(ask(opened.state, joining.envelope(os.urandom), now=LATER + 10**6), Repeated)


@pytest.mark.parametrize("years", [-10, 10])
def test_ten_years_off_the_inviters_clock_still_opens_the_line(years: int) -> None:
    """The expiry is the inviter's own time: a joiner whose clock is behind joins, one whose is ahead is told why."""
    shift = years * 365 * 86400
    inviting = invite((), NOW + shift + 3600, os.urandom)
    if years < 0:
        with pytest.raises(InvitationExpired):
            join(inviting.invitation, NOW, os.urandom)
        return
    joining = join(inviting.invitation, NOW, os.urandom)
    outcome = inviting.receive(joining.envelope(os.urandom), now=NOW + shift, randomness=os.urandom)
    assert isinstance(outcome, Opened)
    assert joining.receive(reply_of(outcome), now=NOW).context == outcome.channel.context


def request(invitation: Invitation, value: object) -> bytes:
    """A request that says what we like, by someone who has the invitation."""
    sealed = hybrid.encrypt(invitation.hybrid, encode(value), info("request", invitation.hash))  # type: ignore[arg-type]
    return seal(invitation.seal_key(Role.JOINER), os.urandom(24), bytes([ContentType.REQUEST]) + sealed)


def test_a_request_that_does_not_hold_together_changes_nothing() -> None:
    handshake = Handshake()
    inviting, invitation = handshake.inviting, handshake.inviting.invitation
    for value in (None, [1], [2, b"", b"", b"", b""], [1, bytes(32), bytes(1216), bytes(32), b"no Olm message"]):
        with pytest.raises((Malformed, PeerMisbehaved)):
            ask(inviting, request(invitation, value))
    good = handshake.joining()
    key = hybrid.HybridKey.from_bytes(inviting.hybrid_key)
    plain = decode(key.decrypt(good.request, info("request", invitation.hash)))
    for at, other in ((1, bytes(32)), (1, os.urandom(32)), (2, hybrid.HybridKey.generate().public()), (3, bytes(32))):
        changed = [*plain[:at], other, *plain[at + 1 :]]
        with pytest.raises((Malformed, PeerMisbehaved)):
            ask(inviting, request(invitation, changed))
    assert isinstance(ask(inviting, good.envelope(os.urandom)), Opened)


@pytest.mark.parametrize("content", [ContentType.REPLY, ContentType.FRAME, ContentType.REFUSAL])
def test_only_a_request_is_a_request(content: ContentType) -> None:
    inviting = Handshake().inviting
    key = inviting.invitation.seal_key(Role.JOINER)
    with pytest.raises(Malformed):
        ask(inviting, seal(key, os.urandom(24), bytes([content]) + b"something"))


def test_only_a_reply_is_a_reply() -> None:
    joining = Handshake().joining()
    key = joining.invitation.seal_key(Role.INVITER)
    for content in (ContentType.REQUEST, ContentType.FRAME, ContentType.PRE_KEY_FRAME):
        with pytest.raises(Malformed):
            joining.receive(seal(key, os.urandom(24), bytes([content]) + b"something"), now=NOW)
    with pytest.raises(AlreadyOpened):
        joining.receive(seal(key, os.urandom(24), bytes([ContentType.REPLY]) + b"something"), now=NOW)


def test_a_request_sent_back_to_its_author_is_nobodys() -> None:
    joining = Handshake().joining()
    with pytest.raises(NotForUs):
        joining.receive(joining.envelope(os.urandom), now=NOW)


def test_a_content_type_that_nobody_knows_is_malformed_and_not_a_crash() -> None:
    inviting = Handshake().inviting
    with pytest.raises(Malformed):
        unseal(key := inviting.invitation.seal_key(Role.JOINER), seal(key, os.urandom(24), b"\xfe" + b"x"))


def test_an_invitation_reads_back_and_refuses_what_is_none() -> None:
    invitation = invite(("https://relay.example",), LATER, os.urandom).invitation
    again = decode_invitation(invitation.encode())
    assert again == invitation
    assert again.hash == invitation.hash
    assert len(invitation.encode()) < 1450
    assert replace(invitation, expires=LATER + 1).hash != invitation.hash
    value = decode(invitation.encode())
    for at, bad in ((0, 2), (1, 2), (2, b""), (4, bytes(3)), (6, "x"), (6, ["x"] * 9), (7, -1), (7, 2**40)):
        with pytest.raises(Malformed):
            decode_invitation(encode([*value[:at], bad, *value[at + 1 :]]))


def test_a_channel_does_not_open_its_own_words() -> None:
    pair = Pair.make()
    with pytest.raises(NotForUs):
        pair.open(pair.ann, pair.ann.seal(said(b"mine"), os.urandom))

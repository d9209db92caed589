"""Stepping from one root key to the next, together (spec 3.2)."""

from __future__ import annotations

import os

import pytest

from backchannel.crypto import aead
from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.suite import Role
from backchannel.errors import AlreadyOpened, LocalMisuse, Malformed, NotForUs, PeerMisbehaved
from backchannel.line import channel as channel_module
from backchannel.line.epochs import Answered, Epochs, Proposal
from backchannel.line.frame import Answer, Control, Frame, Propose
from backchannel.line.seal import unseal
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import NOTHING
from tests.support.pair import Pair, copy, said, state


def roots(pair: Pair) -> list[list[int]]:
    return [[epoch for epoch, _ in side.epochs.roots] for side in (pair.ann, pair.bob)]


@pytest.mark.parametrize("proposer", ["ann", "bob"])
def test_a_step_goes_up_by_one_on_both_sides(proposer: str) -> None:
    pair = Pair.make()
    old = pair.ann.epochs.root(0)
    pair.step(getattr(pair, proposer))
    assert pair.ann.epochs.writing == pair.bob.epochs.writing == 1
    assert pair.ann.epochs.root(1) == pair.bob.epochs.root(1) != old
    assert pair.ann.epochs.settled
    assert pair.bob.epochs.settled


def test_who_writes_what_at_each_moment() -> None:
    """The proposer writes the new epoch on the answer; the other on hearing it there (3.2.3 to 3.2.5)."""
    pair = Pair.make()
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    assert (pair.ann.epochs.writing, pair.bob.epochs.writing) == (0, 0)
    assert roots(pair) == [[0], [0, 1]]
    pair.send_controls(pair.bob)
    assert (pair.ann.epochs.writing, pair.bob.epochs.writing) == (1, 0)
    assert not pair.ann.epochs.settled
    pair.send(pair.ann)
    assert (pair.ann.epochs.writing, pair.bob.epochs.writing) == (1, 1)
    assert pair.bob.epochs.step is None
    pair.send(pair.bob)
    assert pair.ann.epochs.settled


def test_everything_turns_with_the_epoch() -> None:
    pair = Pair.make()
    before = (pair.ann.outbox, pair.bob.outbox, pair.ann.keys(0, Role.INVITER).seal)
    pair.step(pair.ann)
    assert pair.ann.outbox not in before
    assert pair.bob.outbox not in before
    assert pair.ann.keys(1, Role.INVITER).seal != before[2]
    assert pair.ann.outbox == pair.bob.inboxes[0]


def test_crossed_proposals_end_in_the_inviters() -> None:
    pair = Pair.make()
    pair.ann.propose_step()
    pair.bob.propose_step()
    from_ann, from_bob = pair.sealed_controls(pair.ann), pair.sealed_controls(pair.bob)
    pair.open(pair.bob, from_ann)
    pair.open(pair.ann, from_bob)
    assert isinstance(pair.ann.epochs.step, Proposal), "hers stands"
    assert isinstance(pair.bob.epochs.step, Answered), "his is given up"
    pair.send_controls(pair.bob)
    pair.send(pair.ann)
    pair.send(pair.bob)
    assert pair.ann.epochs.roots[-1] == pair.bob.epochs.roots[-1]
    assert pair.ann.epochs.writing == pair.bob.epochs.writing == 1


def test_a_given_up_proposal_that_comes_late_changes_nothing() -> None:
    pair = Pair.make()
    pair.bob.propose_step()
    late = pair.sealed_controls(pair.bob)
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    pair.send_controls(pair.bob)
    pair.send(pair.ann)
    before = pair.ann.epochs
    pair.open(pair.ann, late)
    assert pair.ann.epochs == before


def test_a_lost_proposal_is_said_again_under_the_same_key() -> None:
    pair = Pair.make()
    pair.bob.propose_step()
    pair.sealed_controls(pair.bob)
    pair.bob = copy(pair.bob)
    for _ in range(3):
        pair.send_controls(pair.bob)
    pair.send_controls(pair.ann)
    pair.send(pair.bob)
    assert pair.ann.epochs.writing == pair.bob.epochs.writing == 1


def test_a_lost_answer_is_said_again_and_is_the_same() -> None:
    pair = Pair.make()
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    lost = pair.bob.controls()
    pair.bob = copy(pair.bob)
    again = pair.bob.controls()
    assert isinstance(lost[0], Answer)
    assert isinstance(again[0], Answer)
    assert lost[0].sealed == again[0].sealed
    pair.send_controls(pair.bob)
    pair.send_controls(pair.bob)
    pair.send(pair.ann)
    assert pair.ann.epochs.roots[-1] == pair.bob.epochs.roots[-1]


def test_a_lost_confirmation_is_no_matter() -> None:
    pair = Pair.make()
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    pair.send_controls(pair.bob)
    pair.ann.seal(said(b"lost"), os.urandom)
    assert isinstance(pair.bob.epochs.step, Answered)
    pair.send_controls(pair.bob)
    pair.send(pair.ann, b"heard")
    assert pair.bob.epochs.writing == 1


def test_what_was_sealed_before_the_step_still_opens_until_retired() -> None:
    pair = Pair.make()
    old = [pair.bob.seal(said(b"%d" % at), os.urandom) for at in range(3)]
    pair.step(pair.ann)
    assert pair.open(pair.ann, old[0]).events == (b"0",)
    pair.step(pair.bob)
    assert pair.open(pair.ann, old[1]).events == (b"1",)
    pair.ann.forget_epochs()
    with pytest.raises(NotForUs):
        pair.open(pair.ann, old[2])
    pair.send(pair.bob, b"goes on")


def test_never_more_than_three_roots_and_two_behind_is_over() -> None:
    pair = Pair.make()
    first = pair.bob.seal(said(b"first"), os.urandom)
    for at in range(5):
        pair.step(pair.ann if at % 2 else pair.bob)
        assert all(len(side) <= 3 for side in roots(pair))
    assert roots(pair) == [[3, 4, 5], [3, 4, 5]]
    with pytest.raises(NotForUs):
        pair.open(pair.ann, first)


def test_forgetting_keeps_what_the_peer_still_writes() -> None:
    pair = Pair.make()
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    pair.send_controls(pair.bob)
    pair.ann.forget_epochs()
    assert roots(pair)[0] == [0, 1], "the peer has not been heard under 1"
    pair.send(pair.ann)
    pair.send(pair.bob)
    pair.ann.forget_epochs()
    pair.bob.forget_epochs()
    assert roots(pair) == [[1], [1]]


def test_one_step_at_a_time() -> None:
    pair = Pair.make()
    pair.ann.propose_step()
    with pytest.raises(LocalMisuse):
        pair.ann.propose_step()
    assert not pair.ann.wants_step(pair.now + 10**12)


def test_a_step_is_wanted_after_frames_or_days_whatever_the_clock_does() -> None:
    pair = Pair.make()
    assert not pair.ann.wants_step(pair.now)
    assert pair.ann.wants_step(pair.now + channel_module.STEP_AFTER_MS)
    assert pair.ann.wants_step(pair.now - channel_module.STEP_AFTER_MS), "a clock that was set back"
    for _ in range(channel_module.STEP_AFTER_FRAMES):
        pair.send(pair.ann)
    assert pair.ann.wants_step(pair.now)
    pair.step(pair.ann)
    assert not pair.ann.wants_step(pair.now)


def test_the_old_root_and_the_answer_alone_do_not_give_the_new_root() -> None:
    """A step needs the private key that was proposed: who copied the vault before it is shut out after it."""
    pair = Pair.make()
    thief = copy(pair.ann)
    pair.step(pair.ann)
    envelope = pair.bob.seal(said(b"not for thieves"), os.urandom)
    with pytest.raises(NotForUs):
        pair.open(thief, envelope)


def with_controls(*controls: Control) -> Frame:
    return Frame(own=0, held=NOTHING, controls=controls)


def misbehaves(pair: Pair, *controls: Control) -> None:
    """Bob says this; Ann refuses it, and as she was saved she is as she was."""
    saved = pair.ann.to_bytes(os.urandom)
    envelope = pair.bob.seal(with_controls(*controls), os.urandom)
    with pytest.raises(PeerMisbehaved):
        pair.open(pair.ann, envelope)
    with pytest.raises(LocalMisuse):
        pair.ann.seal(said(), os.urandom)
    with pytest.raises(LocalMisuse):
        pair.open(pair.ann, envelope)
    pair.ann = type(pair.ann).from_bytes(saved)
    assert pair.send(pair.bob, b"and now properly").events == (b"and now properly",)


def test_a_peer_that_breaks_the_rules_of_stepping_is_refused() -> None:
    key = HybridKey.generate().public()
    misbehaves(Pair.make(), Propose(2, key, ()))
    misbehaves(Pair.make(), Propose(1, b"no key", ()))
    misbehaves(Pair.make(), Propose(1, key, ()), Propose(1, HybridKey.generate().public(), ()))
    pair = Pair.make()
    pair.ann.propose_step()
    misbehaves(pair, Answer(1, b"no secret", ()))
    pair = Pair.make()
    pair.ann.propose_step()
    misbehaves(pair, Answer(2, b"no secret", ()))


def test_controls_about_the_past_are_passed_over() -> None:
    pair = Pair.make()
    pair.step(pair.ann)
    before = pair.ann.epochs
    pair.open(
        pair.ann, pair.bob.seal(with_controls(Propose(1, b"", ()), Answer(1, b"", ()), Answer(7, b"", ())), os.urandom)
    )
    assert pair.ann.epochs == before


def test_a_frame_is_bound_to_its_epoch_and_direction() -> None:
    """The inner plaintext names epoch and writer: an Olm message does not move to another envelope."""
    pair = Pair.make()
    envelope = pair.bob.seal(said(b"under 0"), os.urandom)
    pair.step(pair.ann)
    keys = pair.ann.keys(0, Role.JOINER), pair.ann.keys(1, Role.JOINER)
    content_type, body = unseal(keys[0].seal, envelope)
    moved = aead.seal(keys[1].seal, os.urandom(24), _padded(bytes([content_type]) + body), b"backchannel/1/envelope")
    saved = copy(pair.ann)
    with pytest.raises(PeerMisbehaved):
        pair.open(pair.ann, moved)
    assert pair.open(saved, envelope).events == (b"under 0",)


def _padded(content: bytes) -> bytes:
    return (len(content).to_bytes(4, "big") + content).ljust(1024 - 40, b"\0")


def test_epochs_survive_the_vault_and_refuse_nonsense() -> None:
    pair = Pair.make()
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    for side in (pair.ann, pair.bob):
        assert Epochs.from_value(decode(encode(side.epochs.to_value()))) == side.epochs
    value = pair.ann.epochs.to_value()
    with pytest.raises(Malformed):
        Epochs.from_value([*value[:-1], [3, b""]])


def test_rejected_input_leaves_every_byte_of_the_state() -> None:
    pair = Pair.make()
    pair.send(pair.ann, b"one")
    opened = pair.bob.seal(said(b"two"), os.urandom)
    pair.open(pair.ann, opened)
    pair.ann.propose_step()
    pair.ann = copy(pair.ann)
    before = state(pair.ann)
    noise = [os.urandom(1024), os.urandom(5), b"", bytes(65536), opened, opened[:-1], opened + b"\0"]
    noise += [opened[:at] + bytes([opened[at] ^ 128]) + opened[at + 1 :] for at in range(0, 1024, 31)]
    for envelope in noise:
        with pytest.raises((NotForUs, AlreadyOpened)):
            pair.open(pair.ann, envelope)
        assert state(pair.ann) == before

"""The steady seal: all envelopes alike from outside, ordinary ones inside, and nothing of Olm moves for nothing."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import AlreadyOpened, NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.pieces import MESSAGE_SIZE, Waiting, cut, nothing
from backchannel.line.seal import ContentType, seal
from backchannel.line.steady import SteadySeal, steady_key_of
from backchannel.wire.envelope import BUCKETS
from tests.support.pair import Pair, said, state


def steadily(pair: Pair, sender: Channel, size: int, *events: bytes) -> list[bytes]:
    """One frame as steady envelopes."""
    steady = SteadySeal(sender)
    content = steady.content_of(sender.seal(said(*events), os.urandom))
    return [steady.seal(body, os.urandom) for body in cut(content, size, os.urandom(MESSAGE_SIZE))]


def joined(receiver: Channel, envelopes: list[bytes]) -> bytes:
    """The ordinary envelope that steady ones stand for."""
    steady, waiting = SteadySeal(receiver), Waiting()
    for envelope in envelopes:
        epoch, piece = steady.open(envelope)
        assert piece is not None
        waiting, content = waiting.with_piece(piece)
    assert content is not None
    return steady.whole(epoch, content, os.urandom)


@given(st.binary(min_size=1, max_size=9000), st.sampled_from(BUCKETS))
def test_a_frame_comes_through_envelopes_of_one_size(event: bytes, size: int) -> None:
    pair = Pair.make()
    envelopes = steadily(pair, pair.ann, size, event)
    assert {len(envelope) for envelope in envelopes} == {size}
    assert pair.open(pair.bob, joined(pair.bob, envelopes)).events == (event,)


@pytest.mark.parametrize("size", BUCKETS)
def test_nothing_looks_like_something_and_moves_nothing(size: int) -> None:
    pair = Pair.make()
    pair.send(pair.bob)
    before = state(pair.ann), state(pair.bob)
    envelope = SteadySeal(pair.ann).seal(nothing(size), os.urandom)
    assert len(envelope) == size
    assert SteadySeal(pair.bob).open(envelope) == (0, None)
    assert (state(pair.ann), state(pair.bob)) == before


def test_a_whole_message_that_comes_twice_opens_once() -> None:
    pair = Pair.make()
    envelopes = steadily(pair, pair.ann, 1024, b"once")
    pair.open(pair.bob, joined(pair.bob, envelopes))
    with pytest.raises(AlreadyOpened):
        pair.open(pair.bob, joined(pair.bob, envelopes))


def test_nobody_else_opens_it_and_nobody_takes_it_for_a_frame() -> None:
    pair, stranger = Pair.make(), Pair.make()
    (envelope,) = steadily(pair, pair.ann, 1024, b"ours")
    for other in (stranger.bob, stranger.ann, pair.ann):
        with pytest.raises(NotForUs):
            SteadySeal(other).open(envelope)
    with pytest.raises(NotForUs):
        pair.open(pair.bob, envelope)
    with pytest.raises(NotForUs):
        SteadySeal(pair.bob).open(pair.ann.seal(said(b"plain"), os.urandom))


def test_it_is_opened_across_a_step_of_the_keys() -> None:
    pair = Pair.make()
    before = SteadySeal(pair.ann).seal(nothing(1024), os.urandom)
    pair.step(pair.ann)
    assert SteadySeal(pair.bob).open(before) == (0, None)
    assert SteadySeal(pair.bob).open(SteadySeal(pair.ann).seal(nothing(1024), os.urandom)) == (1, None)
    pair.step(pair.bob)
    pair.bob.forget_epochs()
    with pytest.raises(NotForUs):
        SteadySeal(pair.bob).open(before)


def test_a_peer_that_seals_what_is_no_piece_misbehaves() -> None:
    pair = Pair.make()
    key = steady_key_of(pair.ann.context, pair.ann.epochs.root(0), 0, pair.ann.role)
    steady = SteadySeal(pair.bob)
    for content in (
        b"",
        bytes((ContentType.FRAME,)) + nothing(1024),
        bytes((ContentType.STEADY,)),
        bytes((ContentType.STEADY,)) + b"\x02" + nothing(1024)[1:],
        b"\x63" + nothing(1024),
    ):
        with pytest.raises(PeerMisbehaved):
            steady.open(seal(key, os.urandom(24), content))
    with pytest.raises(PeerMisbehaved):
        steady.whole(0, bytes((ContentType.STEADY,)) + b"pieces of pieces", os.urandom)
    with pytest.raises(PeerMisbehaved):
        steady.whole(0, bytes((ContentType.REQUEST,)) + b"no frame", os.urandom)

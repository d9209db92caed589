"""Olm sessions: renewed before Olm's gap limit, resolved when both renew, silent when nothing is left (spec 3.3)."""

from __future__ import annotations

import os

import pytest

from backchannel.errors import AlreadyOpened, LocalMisuse, NotForUs
from backchannel.line.reserve import SIZE as RESERVE
from backchannel.line.reserve import Reserve
from backchannel.line.seal import ContentType, unseal
from backchannel.line.sessions import KEPT, RENEW_AFTER, SILENCE_LIMIT
from tests.support.pair import Pair, copy, said, state
from tests.support.witness import ratchet_place


def into_the_void(pair: Pair, count: int, *, who: str = "ann") -> list[bytes]:
    side = getattr(pair, who)
    return [side.seal(said(b"%d" % at), os.urandom) for at in range(count)]


def tops(pair: Pair) -> list[tuple[int, bytes]]:
    return [(held.generation, held.tag) for side in (pair.ann, pair.bob) for held in side._sessions._held[:1]]


def test_the_session_is_renewed_after_so_many_unheard_frames() -> None:
    pair = Pair.make()
    pair.send(pair.bob)
    lost = into_the_void(pair, RENEW_AFTER)
    assert pair.ann._sessions.generation == 0
    (first,) = into_the_void(pair, 1)
    assert pair.ann._sessions.generation == 1
    assert unseal(pair.ann.keys(0, pair.ann.role).seal, first)[0] is ContentType.PRE_KEY_FRAME
    assert pair.open(pair.bob, first).generation == 1
    assert tops(pair)[0] == tops(pair)[1]
    assert pair.open(pair.bob, lost[-1]).events, "the session before is still read"
    assert pair.send(pair.bob, b"back").generation == 1


def test_hearing_of_progress_starts_the_count_anew() -> None:
    pair = Pair.make()
    for _ in range(3):
        lost = into_the_void(pair, RENEW_AFTER - 1)
        pair.open(pair.bob, lost[-1])
        pair.send(pair.bob)
    assert pair.ann._sessions.generation == 0


def test_both_renew_at_once_and_end_on_one_session() -> None:
    for _ in range(4):
        pair = Pair.make()
        pair.send(pair.bob)
        pair.send(pair.ann)
        into_the_void(pair, RENEW_AFTER)
        into_the_void(pair, RENEW_AFTER, who="bob")
        from_ann, from_bob = into_the_void(pair, 1), into_the_void(pair, 1, who="bob")
        assert tops(pair)[0][0] == tops(pair)[1][0] == 1
        assert tops(pair)[0][1] != tops(pair)[1][1]
        assert pair.open(pair.bob, from_ann[0]).events
        assert pair.open(pair.ann, from_bob[0]).events
        assert tops(pair)[0] == tops(pair)[1]
        for _ in range(3):
            assert pair.send(pair.bob, b"one").generation == 1
            assert pair.send(pair.ann, b"line").generation == 1


def test_crossed_renewals_of_unequal_depth_end_on_one_session() -> None:
    pair = Pair.make()
    into_the_void(pair, 2 * RENEW_AFTER + 1)
    into_the_void(pair, RENEW_AFTER + 1, who="bob")
    assert [generation for generation, _ in tops(pair)] == [2, 1]
    pair.send(pair.bob, b"on 1")
    pair.send(pair.ann, b"on 2")
    assert tops(pair)[0] == tops(pair)[1]
    assert pair.send(pair.bob, b"on 2").generation == 2


def test_more_than_forty_skipped_costs_the_early_ones_and_nothing_else() -> None:
    pair = Pair.make()
    pair.send(pair.bob)
    sealed = into_the_void(pair, 100)
    assert pair.open(pair.bob, sealed[99]).events == (b"99",)
    opened, stale = [], []
    for at in range(99):
        try:
            opened.append(pair.open(pair.bob, sealed[at]).events[0])
        except AlreadyOpened:
            stale.append(at)
    assert opened == [b"%d" % at for at in range(59, 99)]
    assert stale == list(range(59))
    assert pair.send(pair.ann, b"goes on").events == (b"goes on",)


@pytest.mark.parametrize("frames", [2001, 3500])
def test_a_long_silence_is_survived(frames: int) -> None:
    pair = Pair.make()
    pair.send(pair.bob)
    lost = into_the_void(pair, frames)
    assert pair.ann._sessions.generation == (frames - 1) // RENEW_AFTER
    assert not pair.ann.silenced
    assert pair.open(copy(pair.bob), lost[-1]).events
    assert pair.send(pair.ann, b"heard").events == (b"heard",)
    assert pair.send(pair.bob, b"hearing").events == (b"hearing",)
    assert tops(pair)[0] == tops(pair)[1]


def test_five_thousand_lost_frames_end_in_silence_and_then_in_talk() -> None:
    pair = Pair.make()
    pair.send(pair.bob)
    most = RESERVE * RENEW_AFTER + SILENCE_LIMIT
    sealed = [envelope for _ in range(most // 700) for envelope in into_the_void(pair, 700)]
    pair.ann = copy(pair.ann)
    sealed += into_the_void(pair, most - len(sealed))
    assert pair.ann.silenced
    before = state(copy(pair.ann))
    with pytest.raises(LocalMisuse):
        into_the_void(pair, 1)
    assert state(copy(pair.ann)) == before
    pair.ann = copy(pair.ann)
    again = [pair.ann.repeat(os.urandom) for _ in range(100)]
    assert len({envelope[:24] for envelope in again}) == 100
    frame = pair.open(pair.bob, again[99])
    assert frame.events == (b"%d" % ((most - 1) % 700),)
    assert frame.wants_answer
    assert frame.again
    with pytest.raises(AlreadyOpened):
        pair.open(pair.bob, again[0])
    pair.send(pair.bob)
    assert not pair.ann.silenced
    with pytest.raises(LocalMisuse):
        pair.ann.repeat(os.urandom)
    assert pair.send(pair.ann, b"talk").events == (b"talk",)
    assert pair.send(pair.bob, b"talk").events == (b"talk",)


def silenced(pair: Pair) -> None:
    pair.send(pair.bob)
    pair.ann._reserve = Reserve((), ())
    into_the_void(pair, SILENCE_LIMIT)
    assert pair.ann.silenced


def test_the_last_words_ask_for_an_answer_however_often_they_come() -> None:
    """An answer that is lost must not silence a line for ever: the same words again ask again (3.3.5)."""
    pair = Pair.make()
    silenced(pair)
    first, again = pair.ann.repeat(os.urandom), pair.ann.repeat(os.urandom)
    assert pair.open(pair.bob, first).wants_answer
    before = state(pair.bob)
    with pytest.raises(AlreadyOpened):
        pair.open(pair.bob, again)
    assert state(pair.bob) == before
    assert pair.bob.asks_again(again)
    assert not pair.bob.asks_again(os.urandom(1024))
    assert not pair.bob.asks_again(pair.bob.seal(said(), os.urandom))


def test_nobody_is_silenced_by_the_words_of_an_epoch_that_is_over() -> None:
    """The last words are bound to their epoch: once the epoch moves, one more frame is said instead."""
    pair = Pair.make()
    pair.send(pair.bob)
    pair.ann.propose_step()
    pair.send_controls(pair.ann)
    early, answer = pair.bob.seal(said(), os.urandom), pair.sealed_controls(pair.bob)
    pair.open(pair.ann, early)
    pair.ann._reserve = Reserve((), ())
    into_the_void(pair, SILENCE_LIMIT)
    assert pair.ann.silenced
    pair.open(pair.ann, answer)
    assert pair.ann.epochs.writing == 1
    pair.ann._reserve = Reserve((), ())
    assert pair.send(pair.ann, b"under 1").events == (b"under 1",)


def test_a_new_reserve_ends_the_silence() -> None:
    pair = Pair.make()
    silenced(pair)
    pair.bob.propose_step()
    pair.send_controls(pair.bob)
    assert not pair.ann.silenced
    frame = pair.send(pair.ann, b"on a new session")
    assert frame.generation == 1


def test_no_message_key_serves_twice_through_renewals_and_silence() -> None:
    pair = Pair.make()
    key = pair.ann.keys(0, pair.ann.role).seal
    places = set()
    for envelope in into_the_void(pair, 2500):
        content_type, body = unseal(key, envelope)
        places.add(ratchet_place(bytes([content_type]) + body))
    assert len(places) == 2500


def test_only_so_many_sessions_are_kept() -> None:
    pair = Pair.make()
    for _ in range(3):
        for who in ("ann", "bob"):
            lost = into_the_void(pair, RENEW_AFTER + 1, who=who)
            pair.open(pair.bob if who == "ann" else pair.ann, lost[-1])
        pair.step(pair.ann)
    for side in (pair.ann, pair.bob):
        assert len(side._sessions._held) <= KEPT
    assert tops(pair)[0] == tops(pair)[1]


def test_a_session_that_is_gone_and_a_used_one_time_key_are_stale_not_fatal() -> None:
    pair = Pair.make()
    first = pair.bob.seal(said(b"generation 0"), os.urandom)
    again = copy(pair.bob)
    pair.open(pair.ann, first)
    for _ in range(KEPT + 1):
        pair.ann._sessions.renew(pair.ann.account, pair.bob.context.joiner.curve, _one_time(pair), pair.ann.sequence)
        pair.send(pair.ann)
    with pytest.raises(AlreadyOpened):
        pair.open(pair.ann, again.seal(said(b"of generation 0"), os.urandom))
    assert pair.send(pair.bob, b"on the new one").events


def _one_time(pair: Pair) -> bytes:
    (key,) = pair.bob.account.new_one_time_keys(1)
    pair.bob._account_bytes = b""
    return key


def test_a_renewal_survives_the_vault_of_both() -> None:
    pair = Pair.make()
    into_the_void(pair, RENEW_AFTER + 1)
    pair.ann, pair.bob = copy(pair.ann), copy(pair.bob)
    pair.send(pair.ann, b"one")
    pair.ann, pair.bob = copy(pair.ann), copy(pair.bob)
    assert pair.send(pair.bob, b"two").events == (b"two",)
    assert pair.send(pair.ann, b"three").generation == 1


def test_an_eavesdropper_with_another_line_opens_nothing() -> None:
    pair, other = Pair.make(), Pair.make()
    with pytest.raises(NotForUs):
        other.open(other.bob, pair.ann.seal(said(b"x"), os.urandom))

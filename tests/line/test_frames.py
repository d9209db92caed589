"""Frames: strict about what they know, patient with what a newer peer adds (spec 3.4)."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import LocalMisuse, Malformed, NotForUs, Oversize, PeerMisbehaved
from backchannel.line import frame as frame_module
from backchannel.line.frame import (
    EVENT_ROOM,
    LARGEST_FRAME,
    Answer,
    Control,
    ForkNotice,
    Frame,
    Propose,
    decode_frame,
)
from backchannel.line.seal import ContentType, seal, unseal
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import NOTHING, Coverage
from backchannel.wire.envelope import BUCKETS
from tests.support.pair import Pair, said

IDS = st.lists(st.binary(min_size=32, max_size=32), max_size=16).map(tuple)
KEYS = st.lists(st.binary(min_size=32, max_size=32), max_size=3).map(tuple)
NUMBERS = st.integers(0, 2**40)
CONTROLS: st.SearchStrategy[Control] = st.one_of(
    st.builds(Propose, NUMBERS, st.binary(max_size=50), KEYS),
    st.builds(Answer, NUMBERS, st.binary(max_size=50), KEYS),
    st.builds(ForkNotice, st.integers(0, 1), NUMBERS, IDS, st.booleans()),
)
FRAMES = st.builds(
    Frame,
    own=NUMBERS,
    held=st.lists(st.integers(1, 300), max_size=12).map(lambda numbers: _coverage(numbers)),
    controls=st.lists(CONTROLS, max_size=4).map(tuple),
    events=st.lists(st.binary(max_size=30), max_size=5).map(tuple),
    generation=st.integers(0, 2**32 - 1),
    sequence=NUMBERS,
    heard=NUMBERS,
    head=st.sampled_from([b"", b"8 octets"]),
)
KNOWN = [1, 0, 1, 0, 0, [0], b"", [], []]


def _coverage(numbers: list[int]) -> Coverage:
    held = NOTHING
    for number in numbers:
        held = held.with_number(number)
    return held


def like(**fields: Any) -> bytes:
    names = ["version", "generation", "sequence", "heard", "own", "held", "head", "controls", "events"]
    return encode([fields.get(name, value) for name, value in zip(names, KNOWN, strict=True)])


@given(FRAMES)
def test_a_frame_reads_back(frame: Frame) -> None:
    assert decode_frame(frame.encode()) == frame


@given(FRAMES, st.lists(st.one_of(st.integers(0, 99), st.text(max_size=5), st.binary(max_size=9)), max_size=4))
def test_trailing_fields_of_a_newer_peer_are_passed_over(frame: Frame, trailing: list[Any]) -> None:
    assert decode_frame(encode([*decode(frame.encode()), *trailing])) == frame


def test_controls_of_an_unknown_kind_are_passed_over() -> None:
    known = [3, 0, 1, [bytes(32)]]
    frame = decode_frame(like(controls=[[99, "new", {"x": 1}], known, [55], [2**40, None]]))
    assert frame.controls == (ForkNotice(0, 1, (bytes(32),)),)


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 2}, {"generation": -1}, {"generation": 2**32}, {"sequence": -1}, {"heard": "x"}, {"own": 2**48},
        {"held": []}, {"held": [0, 1, 2]}, {"held": [3, 5]}, {"held": [-1]}, {"held": [5, 7, 6]}, {"controls": 0},
        {"controls": [0]}, {"controls": [[]]}, {"controls": [["x"]]}, {"controls": [[1, 0, b""]]},
        {"controls": [[1, 0, b"", [b"short"]]]}, {"controls": [[1, 0, b"", [bytes(32)] * 17]]},
        {"controls": [[2, 0, "x", []]]}, {"controls": [[3, 2, 0, []]]}, {"controls": [[3, 0, 2**48, []]]},
        {"controls": [[3, 0, 0, [bytes(31)]]]}, {"controls": [[4, 0, 0, [bytes(32)] * 17]]},
        {"head": b"short"}, {"head": ""}, {"controls": [[99]] * 33}, {"events": [1]}, {"events": {}},
    ],
)  # fmt: skip
def test_what_is_no_frame_is_refused(fields: dict[str, Any]) -> None:
    decode_frame(like())
    with pytest.raises(Malformed):
        decode_frame(like(**fields))


def test_bytes_that_are_no_frame_are_refused() -> None:
    for data in (b"", b"\x80", encode(None), encode(KNOWN[:8]), like() + b"\0", like()[:-1]):
        with pytest.raises(Malformed):
            decode_frame(data)


def test_too_many_events_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_module, "MAX_EVENTS", 3)
    decode_frame(like(events=[b""] * 3))
    with pytest.raises(Malformed):
        decode_frame(like(events=[b""] * 4))


def test_only_what_waits_for_an_answer_wants_one() -> None:
    def frame(*controls: Control, **more: Any) -> Frame:
        return Frame(own=0, held=NOTHING, controls=controls, **more)

    assert not frame().wants_answer
    assert frame(events=(b"x",)).wants_answer
    assert frame(again=True).wants_answer
    assert frame(Propose(1, b"", ())).wants_answer
    assert frame(ForkNotice(0, 1, ())).wants_answer
    assert not frame(ForkNotice(0, 1, (), answer=True)).wants_answer, "or the answers would never end"


# --- in envelopes ----------------------------------------------------------------------------------------------------


def test_a_short_message_is_one_envelope_of_the_smallest_size() -> None:
    pair = Pair.make()
    hebrew = "ש" * 100
    assert len(pair.ann.seal(said(hebrew.encode()), os.urandom)) == 1024


def test_every_bucket_is_used_and_opens() -> None:
    pair = Pair.make()
    for size, bucket in zip((100, 2000, 10_000, 50_000), BUCKETS, strict=True):
        envelope = pair.ann.seal(said(os.urandom(size)), os.urandom)
        assert len(envelope) == bucket
        assert len(pair.open(pair.bob, envelope).events[0]) == size


def test_the_fullest_frame_fits_the_largest_envelope_and_one_more_byte_does_not() -> None:
    pair = Pair.make()
    room = LARGEST_FRAME - len(said(bytes(60_000)).encode()) + 60_000 - 8
    assert room > EVENT_ROOM
    envelope = pair.ann.seal(said(os.urandom(room)), os.urandom)
    assert len(envelope) == BUCKETS[-1]
    pair.open(pair.bob, envelope)
    before = pair.ann.sequence
    with pytest.raises(Oversize):
        pair.ann.seal(said(os.urandom(room + 20)), os.urandom)
    assert pair.ann.sequence == before
    pair.send(pair.ann, b"as if nothing had been")


def from_peer(pair: Pair, plaintext: bytes) -> bytes:
    """An envelope in which Bob says exactly these bytes to Ann."""
    keys = pair.bob.keys(pair.bob.epochs.writing, pair.bob.role)
    kind, tag, raw = pair.bob._sessions.encrypt(plaintext)
    content_type = ContentType.FRAME if kind else ContentType.PRE_KEY_FRAME
    return seal(keys.seal, os.urandom(24), bytes([content_type]) + tag + raw)


def test_a_newer_peers_frame_is_taken_from_its_envelope() -> None:
    pair = Pair.make()
    binding = pair.bob.keys(0, pair.bob.role).binding
    data = encode([1, 0, 9, 0, 1, [0], b"", [[77, "new"]], [b"hello"], {"new": True}, 5])
    assert pair.open(pair.ann, from_peer(pair, binding + data)).events == (b"hello",)


@pytest.mark.parametrize("plaintext", [b"", b"short", bytes(16), bytes(16) + like()])
def test_a_peer_that_breaks_the_protocol_spends_the_channel(plaintext: bytes) -> None:
    pair = Pair.make()
    saved = pair.ann.to_bytes(os.urandom)
    good, bad = pair.bob.seal(said(b"good"), os.urandom), from_peer(pair, plaintext)
    with pytest.raises(PeerMisbehaved):
        pair.open(pair.ann, bad)
    with pytest.raises(LocalMisuse):
        pair.open(pair.ann, good)
    with pytest.raises(LocalMisuse):
        pair.ann.seal(said(), os.urandom)
    pair.ann = type(pair.ann).from_bytes(saved)
    assert pair.open(pair.ann, good).events == (b"good",)


def test_who_heard_what_was_not_said_is_refused() -> None:
    pair = Pair.make()
    binding = pair.bob.keys(0, pair.bob.role).binding
    pair.send(pair.ann)
    with pytest.raises(PeerMisbehaved, match="heard"):
        pair.open(pair.ann, from_peer(pair, binding + like(heard=2)))


@pytest.mark.parametrize("content", [b"\x04", b"\x05short", b"\x05" + bytes(8), b"\x01" + bytes(99)])
def test_content_that_is_no_frame_is_left_alone(content: bytes) -> None:
    pair = Pair.make()
    before = pair.ann.to_bytes(bytes)
    with pytest.raises(NotForUs):
        pair.open(pair.ann, seal(pair.bob.keys(0, pair.bob.role).seal, os.urandom(24), content))
    assert pair.ann.to_bytes(bytes) == before


def test_a_content_type_from_the_future_is_refused_and_changes_nothing() -> None:
    pair = Pair.make()
    before = pair.ann.to_bytes(bytes)
    with pytest.raises(PeerMisbehaved):
        pair.open(pair.ann, seal(pair.bob.keys(0, pair.bob.role).seal, os.urandom(24), b"\x40" + bytes(99)))
    assert pair.ann.to_bytes(bytes) == before
    pair.send(pair.bob, b"goes on")


def test_one_content_has_one_size() -> None:
    """A larger bucket than needed is refused: sizes carry no hidden meaning."""
    pair = Pair.make()
    key = pair.bob.keys(0, pair.bob.role).seal
    padded = ((100).to_bytes(4, "big") + bytes([ContentType.FRAME]) + bytes(99)).ljust(4096 - 40, b"\0")
    from backchannel.crypto import aead

    envelope = aead.seal(key, os.urandom(24), padded, b"backchannel/1/envelope")
    with pytest.raises(Malformed):
        unseal(key, envelope)

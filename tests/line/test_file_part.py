"""Parts of files: sealed twice, for one line, one direction and one file (spec 8.2, 8.3)."""

from __future__ import annotations

import os

import pytest

from backchannel.crypto.aead import NotAuthentic
from backchannel.errors import NotForUs, PeerMisbehaved
from backchannel.line.file_part import (
    PART_SIZE,
    FilePart,
    FileSeal,
    part_count,
    part_from_body,
    part_length,
    protect,
    reveal,
)
from backchannel.line.seal import seal
from backchannel.wire.envelope import BUCKETS
from tests.support.pair import Pair, state

KEY = bytes(range(32))
NAME = b"0123456789abcdef"


@pytest.fixture
def pair() -> Pair:
    return Pair.make()


def part(size: int = 1000, number: int = 7) -> FilePart:
    return FilePart(NAME, number, protect(KEY, number, bytes(size)))


@pytest.mark.parametrize(("size", "parts"), [(0, 1), (1, 1), (PART_SIZE, 1), (PART_SIZE + 1, 2), (2**30, 16417)])
def test_how_many_parts_and_how_long(size: int, parts: int) -> None:
    assert part_count(size) == parts
    assert sum(part_length(size, number) for number in range(1, parts + 1)) == size
    assert all(part_length(size, number) == PART_SIZE for number in range(1, min(parts, 50)))


@pytest.mark.parametrize(("size", "bucket"), [(0, 1024), (900, 1024), (4000, 4096), (PART_SIZE, 65536)])
def test_a_part_fits_one_envelope_of_the_fixed_sizes(pair: Pair, size: int, bucket: int) -> None:
    envelope = FileSeal(pair.ann).seal(part(size), os.urandom)
    assert len(envelope) == bucket
    opened = FileSeal(pair.bob).open(envelope)
    assert opened == part(size)
    assert reveal(KEY, 7, opened.sealed) == bytes(size)
    assert bucket in BUCKETS


def test_nothing_of_the_channel_moves(pair: Pair) -> None:
    before = state(pair.ann), state(pair.bob)
    envelope = FileSeal(pair.ann).seal(part(), os.urandom)
    for _ in range(3):
        assert FileSeal(pair.bob).open(envelope) == part()
    assert (state(pair.ann), state(pair.bob)) == before


def test_a_part_is_no_frame_and_a_frame_is_no_part(pair: Pair) -> None:
    with pytest.raises(NotForUs):
        pair.open(pair.bob, FileSeal(pair.ann).seal(part(), os.urandom))
    with pytest.raises(NotForUs):
        FileSeal(pair.bob).open(pair.sealed_controls(pair.ann))


def test_not_for_its_writer_not_for_another_line_and_not_when_changed(pair: Pair) -> None:
    envelope = FileSeal(pair.ann).seal(part(), os.urandom)
    others = FileSeal(pair.ann), FileSeal(Pair.make().bob)
    for other in others:
        with pytest.raises(NotForUs):
            other.open(envelope)
    for at in (0, 30, 1023):
        changed = envelope[:at] + bytes([envelope[at] ^ 1]) + envelope[at + 1 :]
        with pytest.raises(NotForUs):
            FileSeal(pair.bob).open(changed)


def test_mailboxes_are_those_of_the_other_side_and_of_no_frame(pair: Pair) -> None:
    assert FileSeal(pair.ann).outbox == FileSeal(pair.bob).inboxes[0]
    assert FileSeal(pair.ann).outbox not in (pair.ann.outbox, FileSeal(pair.bob).outbox)


def test_parts_of_the_epoch_before_are_still_opened(pair: Pair) -> None:
    early = FileSeal(pair.ann).seal(part(), os.urandom)
    pair.step(pair.ann)
    assert len(FileSeal(pair.bob).inboxes) == 2
    assert FileSeal(pair.bob).open(early) == part()
    assert FileSeal(pair.bob).open(FileSeal(pair.ann).seal(part(), os.urandom)) == part()
    assert FileSeal(pair.ann).outbox == FileSeal(pair.bob).inboxes[0]


def test_a_part_is_of_its_number_and_its_key_alone() -> None:
    sealed = protect(KEY, 7, b"content")
    assert reveal(KEY, 7, sealed) == b"content"
    for key, number, changed in ((KEY, 8, sealed), (bytes(32), 7, sealed), (KEY, 7, sealed[:-1]), (KEY, 7, b"")):
        with pytest.raises(NotAuthentic):
            reveal(key, number, changed)


@pytest.mark.parametrize(
    "body",
    [
        b"", NAME, NAME + bytes(3), NAME + bytes(4), NAME + bytes(4) + bytes(16), NAME + b"\0\0\0\1" + bytes(15),
        NAME + b"\0\0\0\1" + bytes(PART_SIZE + 17),
    ],
    ids=["nothing", "a name", "cut", "no content", "number 0", "no tag", "too large"],
)  # fmt: skip
def test_what_is_no_part(body: bytes) -> None:
    with pytest.raises(PeerMisbehaved):
        part_from_body(body)


@pytest.mark.parametrize("content", [b"\x05" + bytes(40), b"\x7f", b"\x0b"], ids=["a frame's type", "unknown", "empty"])
def test_what_the_peer_seals_and_is_no_part(pair: Pair, content: bytes) -> None:
    sealer = FileSeal(pair.ann)
    key, _ = sealer._keys(pair.ann.epochs.writing, pair.ann.role)
    with pytest.raises(PeerMisbehaved):
        FileSeal(pair.bob).open(seal(key, os.urandom(24), content))

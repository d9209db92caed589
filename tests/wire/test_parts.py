"""Sets of numbered parts, and their form in QR codes (spec 5.1, 5.2)."""

from __future__ import annotations

import hashlib
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import ArmorDamaged, ConfigRefused, Oversize, PartsMissing
from backchannel.wire import parts
from backchannel.wire.base45 import base45_encode
from backchannel.wire.parts import Collector, Kind, Part, Progress

ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
KINDS = st.sampled_from(Kind)


def blob(size: int, seed: int = 7) -> bytes:
    return random.Random(seed).randbytes(size)


def test_the_identifiers_are_those_of_the_spec() -> None:
    data = b"hello"
    name = hashlib.sha256(b"backchannel/set/1\0\x02hello").digest()[:8]
    assert parts.set_id(Kind.ENVELOPE, data) == name
    (part,) = parts.split(Kind.ENVELOPE, data)
    assert part.header == b"\x02\0\x01\0\x01" + name
    assert part.check == hashlib.sha256(b"backchannel/part/1\0" + part.header + data).digest()[:5]
    assert parts.to_texts(Kind.ENVELOPE, data) == ["BKC1:" + base45_encode(part.header + part.check + data)]


def test_kind_is_part_of_the_set_id() -> None:
    assert parts.set_id(Kind.ENVELOPE, b"x") != parts.set_id(Kind.INVITATION, b"x")


@given(KINDS, st.binary(max_size=300), st.integers(1, 80), st.randoms())
def test_parts_in_any_order_and_doubled(kind: Kind, data: bytes, size: int, order: random.Random) -> None:
    cut = parts.split(kind, data, size)
    assert all(len(part.content) <= size for part in cut)
    cut += order.choices(cut, k=3)
    order.shuffle(cut)
    assert parts.assemble(cut) == [(kind, data)]


@given(st.binary(min_size=2, max_size=300), st.integers(1, 40), st.randoms())
def test_the_collector_shows_progress(data: bytes, size: int, order: random.Random) -> None:
    texts = parts.to_texts(Kind.ENVELOPE, data, size)
    order.shuffle(texts)
    collector = Collector()
    for count, text in enumerate(texts, 1):
        assert len(collector.progress.have) == count - 1
        assert not collector.complete
        progress = collector.add(text)
        assert len(progress.have) == count
        assert progress.total == len(texts)
        assert set(progress.have) | set(progress.missing) == set(range(1, len(texts) + 1))
        assert collector.add(text) == progress
    assert collector.progress.complete
    assert collector.result() == (Kind.ENVELOPE, data)


@pytest.mark.parametrize(("size", "number"), [(1024, 1), (1450, 1), (4096, 4), (16384, 16), (65536, 64)])
def test_how_many_codes_by_default(size: int, number: int) -> None:
    texts = parts.to_texts(Kind.ENVELOPE, blob(size))
    assert len(texts) == number
    assert all(set(text) <= ALPHANUMERIC for text in texts)
    assert parts.collect(reversed(texts)) == [(Kind.ENVELOPE, blob(size))]


def test_two_codes_for_an_invitation_when_asked() -> None:
    texts = parts.to_texts(Kind.INVITATION, blob(1450), 800)
    assert len(texts) == 2
    assert parts.collect(texts) == [(Kind.INVITATION, blob(1450))]


def test_missing_parts_are_named() -> None:
    texts = parts.to_texts(Kind.ENVELOPE, blob(4096))
    collector = Collector()
    with pytest.raises(PartsMissing, match="have none yet"):
        collector.result()
    collector.add(texts[2])
    assert collector.add(texts[0]) == Progress((1, 3), 4, (2, 4))
    with pytest.raises(PartsMissing) as caught:
        collector.result()
    assert caught.value.detail == "have 1, 3 of 4; missing 2, 4"


def test_missing_parts_of_several_sets_are_named() -> None:
    first = parts.split(Kind.ENVELOPE, blob(900), 100)
    second = parts.split(Kind.INVITATION, blob(20), 10)
    with pytest.raises(PartsMissing) as caught:
        parts.assemble([*first[:4], first[5], *second])
    assert caught.value.detail == f"ENVELOPE set {first[0].set_id.hex().upper()}: have 1-4, 6 of 9; missing 5, 7-9"


def test_a_long_list_of_what_is_missing_stays_short() -> None:
    many = [parts.split(Kind.ENVELOPE, blob(9000, seed), 1)[::2] for seed in range(20)]
    with pytest.raises(PartsMissing) as caught:
        parts.assemble([part for few in many for part in few])
    assert "and 8 more sets" in caught.value.detail
    assert len(caught.value.detail) < 3000


def test_several_sets_mixed() -> None:
    sets = [(Kind.ENVELOPE, blob(3000, 1)), (Kind.INVITATION, blob(1450, 2)), (Kind.ENVELOPE, blob(2000, 3))]
    mixed = [part for kind, data in sets for part in parts.split(kind, data, 500)]
    first, rest = mixed[0], mixed[1:]
    random.Random(1).shuffle(rest)
    assert sorted(parts.assemble([first, *rest])) == sorted(sets)


def test_the_same_blob_cut_in_two_ways_is_one_blob() -> None:
    data = blob(1000)
    cut = parts.split(Kind.ENVELOPE, data, 300)[1:] + parts.split(Kind.ENVELOPE, data, 500)
    assert parts.assemble(cut) == [(Kind.ENVELOPE, data)]
    same_count = parts.split(Kind.ENVELOPE, data, 500)[:1] + parts.split(Kind.ENVELOPE, data, 600)[1:]
    assert parts.assemble(same_count) == [(Kind.ENVELOPE, data)]


def test_parts_that_contradict_each_other_are_refused() -> None:
    one, two = parts.split(Kind.ENVELOPE, b"abcdef", 3)
    forged = Part(one.kind, 1, 2, one.set_id, b"xyz")
    with pytest.raises(ArmorDamaged, match="part 1 of 2 came twice"):
        parts.assemble([one, two, forged])
    with pytest.raises(ArmorDamaged, match="do not make the whole"):
        parts.assemble([two, forged])


def test_cuts_in_other_places_are_refused() -> None:
    """One blob in two parts is always the same two parts."""
    name = parts.set_id(Kind.ENVELOPE, b"abcdef")
    with pytest.raises(ArmorDamaged, match="do not make the whole"):
        parts.assemble([Part(Kind.ENVELOPE, 1, 2, name, b"abcdef"), Part(Kind.ENVELOPE, 2, 2, name, b"")])


def test_the_collector_refuses_another_set_and_keeps_what_it_has() -> None:
    mine = parts.to_texts(Kind.ENVELOPE, blob(3000, 1))
    other = parts.to_texts(Kind.ENVELOPE, blob(3000, 2))
    collector = Collector()
    before = collector.add(mine[0])
    with pytest.raises(ArmorDamaged, match="another set"):
        collector.add(other[1])
    assert collector.progress == before


@given(st.binary(max_size=60), st.data())
def test_one_changed_symbol_is_found(data: bytes, draw: st.DataObject) -> None:
    (text,) = parts.to_texts(Kind.ENVELOPE, data)
    at = draw.draw(st.integers(0, len(text) - 1))
    symbol = draw.draw(st.sampled_from(sorted(ALPHANUMERIC - {text[at]})))
    with pytest.raises(ArmorDamaged):
        parts.read_text(text[:at] + symbol + text[at + 1 :])


@pytest.mark.parametrize("bad", ["", "BKC1:", "BKC1:BB8", "https://example.org", "bkc1:BB8", "BKC2:BB8"])
def test_other_codes_are_refused(bad: str) -> None:
    with pytest.raises(ArmorDamaged):
        parts.read_text(bad)


@pytest.mark.parametrize(("number", "count"), [(0, 1), (2, 1), (0, 0), (1, 10000)])
def test_numbers_out_of_range_are_refused(number: int, count: int) -> None:
    with pytest.raises(ArmorDamaged, match="no such part"):
        Part(Kind.ENVELOPE, number, count, b"12345678", b"")


def test_codes_that_are_not_ours_are_passed_over() -> None:
    texts = parts.to_texts(Kind.ENVELOPE, b"hello")
    assert parts.collect(["https://example.org", *texts, "WIFI:S:x;;"]) == [(Kind.ENVELOPE, b"hello")]
    with pytest.raises(ArmorDamaged, match="no QR code of ours"):
        parts.collect(["https://example.org"])


def test_sizes_that_cannot_be() -> None:
    with pytest.raises(ConfigRefused):
        parts.split(Kind.ENVELOPE, b"x", 0)
    with pytest.raises(ConfigRefused):
        parts.to_texts(Kind.ENVELOPE, b"x", parts.LARGEST_PART_SIZE + 1)
    with pytest.raises(Oversize):
        parts.split(Kind.ENVELOPE, bytes(parts.MAX_PARTS + 1), 1)

"""Buckets and padding (spec 1.2)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed, Oversize
from backchannel.wire.envelope import (
    BUCKETS,
    LARGEST_CONTENT,
    NONCE_SIZE,
    OVERHEAD,
    TAG_SIZE,
    bucket_for,
    capacity,
    is_envelope_size,
    pad,
    unpad,
)

EDGES = [size for bucket in BUCKETS for size in (capacity(bucket) - 1, capacity(bucket))]


def test_the_buckets_are_those_of_the_spec() -> None:
    assert BUCKETS == (1024, 4096, 16384, 65536)
    assert OVERHEAD == 24 + 16 + 4
    assert capacity(BUCKETS[-1]) == LARGEST_CONTENT


@given(st.integers(0, LARGEST_CONTENT))
def test_the_bucket_is_the_smallest_that_holds_it(size: int) -> None:
    bucket = bucket_for(size)
    assert size <= capacity(bucket)
    assert all(size > capacity(smaller) for smaller in BUCKETS if smaller < bucket)


def test_what_fits_no_bucket_is_refused() -> None:
    assert bucket_for(LARGEST_CONTENT) == BUCKETS[-1]
    with pytest.raises(Oversize):
        bucket_for(LARGEST_CONTENT + 1)
    with pytest.raises(Oversize):
        pad(bytes(LARGEST_CONTENT + 1))


@given(st.integers(0, 2 * BUCKETS[-1]) | st.sampled_from(BUCKETS))
def test_only_a_bucket_is_the_size_of_an_envelope(size: int) -> None:
    assert is_envelope_size(size) is (size in {1 << 10, 1 << 12, 1 << 14, 1 << 16})


@given(st.binary(max_size=2000) | st.sampled_from(EDGES).map(bytes) | st.sampled_from(EDGES).map(b"\xff".__mul__))
def test_padded_and_back(content: bytes) -> None:
    padded = pad(content)
    assert len(padded) + NONCE_SIZE + TAG_SIZE == bucket_for(len(content))
    assert unpad(padded) == content


@given(st.binary(max_size=40), st.integers(0, 30))
def test_what_is_unpadded_has_one_padding_of_its_length(padded: bytes, more: int) -> None:
    padded += bytes(more)
    try:
        content = unpad(padded)
    except Malformed:
        return
    assert (len(content).to_bytes(4, "big") + content).ljust(len(padded), b"\0") == padded


@given(st.binary(max_size=900), st.data())
def test_a_padding_that_is_not_zeros_is_refused(content: bytes, data: st.DataObject) -> None:
    padded = bytearray(pad(content))
    padded[data.draw(st.integers(4 + len(content), len(padded) - 1))] = data.draw(st.integers(1, 255))
    with pytest.raises(Malformed):
        unpad(bytes(padded))


@pytest.mark.parametrize(
    "padded",
    [b"", b"\0", b"\0\0\0", b"\0\0\0\1", b"\0\0\0\2x", b"\xff" * 4, b"\xff\xff\xff\xff" + bytes(980), bytes(3)],
    ids=repr,
)
def test_a_length_that_does_not_fit_is_refused(padded: bytes) -> None:
    with pytest.raises(Malformed):
        unpad(padded)

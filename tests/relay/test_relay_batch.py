from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed, Oversize
from backchannel.relay.batch import envelopes_of
from backchannel.wire import codec


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=16))
def test_a_batch_comes_back(envelopes: list[bytes]) -> None:
    assert envelopes_of(codec.encode([1, envelopes])) == envelopes


@given(st.one_of(st.binary(max_size=60), st.binary(max_size=60).map(lambda rest: b"\x82\x01" + rest)))
def test_what_is_taken_is_the_one_encoding_of_it(data: bytes) -> None:
    try:
        envelopes = envelopes_of(data)
    except (Malformed, Oversize):
        return
    assert codec.encode([1, envelopes]) == data


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x82", b"\x82\x01", b"\x82\x02\x81\x40", b"\x82\x01\x80", b"\x82\x01\x40", b"\x82\x01\x81\x60",
        b"\x82\x01\x81\x41", b"\x82\x01\x81\x40\x00", b"\x82\x01\x82\x40", b"\x82\x01\x9f\x40\xff",
        b"\x82\x01\x81\x5f\x40\xff", b"\x82\x01\x81\x58\x01a", b"\x82\x01\x98\x01\x40", b"\x82\x01\x81\x5b\xff",
        b"\x82\x01\x81\xc2\x40", b"\x82\x18\x01\x81\x40", b"\x9f\x01\x81\x40\xff",
    ],
)  # fmt: skip
def test_a_batch_that_is_none(data: bytes) -> None:
    with pytest.raises(Malformed):
        envelopes_of(data)


@pytest.mark.parametrize("count", [17, 24, 300, 2**17])
def test_too_many(count: int) -> None:
    with pytest.raises(Oversize):
        envelopes_of(codec.encode([1, [b""] * count]))


def test_a_body_that_is_hard_to_decode_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec, "decode", lambda _: pytest.fail("decoded"))
    with pytest.raises(Malformed):
        envelopes_of(b"\x82\x01\x81\x9a" + (1_000_000).to_bytes(4, "big") + b"\x80" * 1_000_000)

"""Kinds of event: what is known is read, what is not is kept (spec 4.4)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.log.event import Event, read_event, write_event
from backchannel.log.kinds import TEXT, Text, Unknown, read_body, text_body
from backchannel.wire.codec import encode

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def event(kind: str, body: bytes) -> Event:
    return write_event(author=0, number=1, seen=0, clock=0, kind=kind, body=body)


@given(TEXTS)
def test_what_was_said_is_read_as_it_was_written(text: str) -> None:
    said = read_event(event(TEXT, text_body(text)).raw)
    assert read_body(said) == Text(text)


@pytest.mark.parametrize(
    "text", ["\u202eabc\u202c", "e\u0301", "\u00e9", "\ufb01", "\0", "a\r\nb", "\ufeff", "שלום \u200f!", " "]
)
def test_nothing_is_normalised_away(text: str) -> None:
    assert read_body(event(TEXT, text_body(text))) == Text(text)


@given(TEXTS, st.dictionaries(TEXTS.filter(lambda key: key != "text"), st.integers(0, 9), max_size=4))
def test_keys_of_a_later_version_are_passed_over(text: str, more: dict[str, int]) -> None:
    assert read_body(event(TEXT, encode({"text": text, **more}))) == Text(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=64).filter(lambda kind: kind != TEXT), st.binary())
def test_a_kind_of_a_later_version_is_kept(kind: str, body: bytes) -> None:
    later = read_event(event(kind, body).raw)
    assert read_body(later) == Unknown(kind)
    assert (later.kind, later.body) == (kind, body)


@given(st.binary(max_size=60))
def test_no_body_does_harm(body: bytes) -> None:
    read = read_body(event(TEXT, body))
    assert isinstance(read, Unknown) or (isinstance(read, Text) and text_body(read.text)[:1] == b"\xa1")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff",
        encode("plain"),
        encode(["text"]),
        encode({}),
        encode({"text": b"x"}),
        encode({"text": None}),
        encode(1),
    ],
)
def test_a_body_that_is_not_a_text_is_kept_as_unknown(body: bytes) -> None:
    assert read_body(event(TEXT, body)) == Unknown(TEXT)


def test_what_is_no_text_is_not_said() -> None:
    with pytest.raises(Malformed):
        text_body("caf\udce9")

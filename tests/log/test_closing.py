"""The bodies of `close` and `retract`, and what is none of them (spec 16)."""

from __future__ import annotations

import pytest

from backchannel.log.closing import CLOSE, Closed, close_body, read_close
from backchannel.log.event import Event, write_event
from backchannel.log.kinds import Unknown, text_body
from backchannel.log.retraction import RETRACT, Retracted, read_retract, retract_body
from backchannel.wire.codec import encode


def event(kind: str, body: bytes, number: int = 5) -> Event:
    return write_event(author=0, number=number, seen=0, clock=0, kind=kind, body=body)


@pytest.mark.parametrize("word", ["", "farewell", "שלום", "two\nlines"])
def test_a_last_word_is_kept_as_written(word: str) -> None:
    assert read_close(event(CLOSE, close_body(word))) == Closed(word)
    assert read_close(event(CLOSE, encode({"word": word, "later": [1]}))) == Closed(word)


@pytest.mark.parametrize("body", [b"", b"\xff", encode([]), encode({"word": 5}), encode({"word": None})])
def test_what_is_no_close(body: bytes) -> None:
    assert read_close(event(CLOSE, body)) == Unknown(CLOSE)


def test_a_retraction_names_an_earlier_event() -> None:
    one = event("text", text_body("x"), number=3)
    assert read_retract(event(RETRACT, retract_body(one))) == Retracted(3, one.id)
    assert read_retract(event(RETRACT, retract_body(one), number=3)) == Unknown(RETRACT)
    assert read_retract(event(RETRACT, retract_body(one), number=2)) == Unknown(RETRACT)


@pytest.mark.parametrize(
    "body",
    [
        b"", encode({}), encode({"number": 1}), encode({"number": 0, "id": bytes(32)}),
        encode({"number": True, "id": bytes(32)}), encode({"number": 1, "id": bytes(31)}), encode([1, bytes(32)]),
    ],
)  # fmt: skip
def test_what_is_no_retraction(body: bytes) -> None:
    assert read_retract(event(RETRACT, body)) == Unknown(RETRACT)

"""Carried words and marks: what is written is read, and nothing else is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.log.carried import CARRIED, Carried, Manner, carried_body, read_carried
from backchannel.log.event import Event, write_event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, Text, Unknown, read_body, text_body
from backchannel.wire.codec import encode

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40).filter(lambda one: one.strip())
ids = st.none() | st.binary(min_size=32, max_size=32)
carried = st.builds(
    Carried, st.sampled_from(Manner), words, st.sampled_from(Handling), st.none() | words, st.booleans(), ids
)
GOOD: dict[str, Any] = {"v": 1, "as": 0, "text": "x", "handling": 0}


def event(kind: str, body: bytes) -> Event:
    return write_event(author=0, number=1, seen=0, clock=0, kind=kind, body=body)


@given(carried)
def test_carried_words_come_back(said: Carried) -> None:
    assert read_carried(carried_body(said)) == said
    assert read_body(event(CARRIED, carried_body(said))) == said


@given(words, st.sampled_from(Handling), st.booleans(), ids)
def test_a_text_and_its_marks_come_back(text: str, mark: Handling, question: bool, answers: bytes | None) -> None:
    body = text_body(text, mark, question=question, answers=answers)
    assert read_body(event(TEXT, body)) == Text(text, mark, question, answers)


def test_a_text_without_marks_is_written_as_before() -> None:
    assert text_body("x") == encode({"text": "x"})


@pytest.mark.parametrize("mark", [-1, 4, 2**40, True, "official", None, [3]])
def test_a_mark_that_cannot_be_read_is_the_strictest(mark: Any) -> None:
    body = encode({"text": "x", "handling": mark, "question": 1, "answers": b"short"})
    assert read_body(event(TEXT, body)) == Text("x")


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"v": True}, {"as": 2}, {"as": -1}, {"text": " "}, {"text": 1}, {"handling": 4}, {"from": ""},
        {"from": "x" * 201}, {"question": 1}, {"answers": b"short"},
    ],
)  # fmt: skip
def test_another_form_is_refused(change: dict[str, Any]) -> None:
    assert read_carried(encode(GOOD)) == Carried(Manner.VERBATIM, "x", Handling.FOR_YOU_ALONE)
    with pytest.raises(Malformed):
        read_carried(encode({**GOOD, **change}))
    assert read_body(event(CARRIED, encode({**GOOD, **change}))) == Unknown(CARRIED)


def test_keys_that_are_not_known_are_ignored() -> None:
    assert read_carried(encode({**GOOD, "later": 1})) == read_carried(encode(GOOD))

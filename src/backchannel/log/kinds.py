"""The kinds of event that carry plain talk, and their bodies (spec 4.4, 15.1, 15.2).

    text    body = {"text": T, "handling": H, "question": Q, "answers": E}
            T is shown and kept as it was written, byte for byte; all but "text" may be absent
    file    log/file.py

A reader ignores keys that it does not know. It never hides words because of what stands beside them: a mark that it
cannot read is the strictest, another key that it cannot read is as if absent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.log.carried import CARRIED, Carried, read_carried
from backchannel.log.event import Event
from backchannel.log.file import FILE, File, file_from_value
from backchannel.log.handling import Handling
from backchannel.wire.codec import decode, encode

TEXT: Final = "text"
EVENT_ID: Final = 32


@dataclass(frozen=True, slots=True)
class Text:
    """Something said.

    Attributes:
        text: the words.
        handling: what the reader may do with them.
        question: whether an answer is asked for.
        answers: the id of the event that it answers, on the same line.
    """

    text: str
    handling: Handling = Handling.FOR_YOU_ALONE
    question: bool = False
    answers: bytes | None = None


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that this version cannot show; it is kept, and a later version will."""

    kind: str


def text_body(
    text: str,
    handling: Handling = Handling.FOR_YOU_ALONE,
    *,
    question: bool = False,
    answers: bytes | None = None,
) -> bytes:
    """Return the body of a `text` event."""
    more: dict[str, Any] = {}
    if handling is not Handling.FOR_YOU_ALONE:
        more["handling"] = int(handling)
    if question:
        more["question"] = True
    if answers is not None:
        more["answers"] = answers
    return encode({"text": text, **more})


def read_body(event: Event) -> Text | Carried | File | Unknown:
    """Return what an event says, or that this version does not know."""
    try:
        if event.kind == CARRIED:
            return read_carried(event.body)
        if event.kind not in (TEXT, FILE):
            return Unknown(event.kind)
        value = decode(event.body)
        if event.kind == FILE:
            return file_from_value(value)
    except Malformed:
        return Unknown(event.kind)
    if type(value) is not dict or type(value.get("text")) is not str:
        return Unknown(event.kind)
    mark, answers = value.get("handling"), value.get("answers")
    return Text(
        value["text"],
        Handling(mark) if type(mark) is int and 0 <= mark < len(Handling) else Handling.FOR_YOU_ALONE,
        question=value.get("question") is True,
        answers=answers if type(answers) is bytes and len(answers) == EVENT_ID else None,
    )


def body_map(event: Event) -> dict[Any, Any] | None:
    """Return the body of an event as a map; None where it is none."""
    try:
        value = decode(event.body)
    except Malformed:
        return None
    return value if type(value) is dict else None

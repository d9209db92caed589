"""What was brought from another line, as those to whom it is brought see it (spec 15.3).

    carried    body = {"v": 1, "as": 0 | 1, "text": T, "handling": H, "from": N, "question": Q, "answers": E}
               as: 0 verbatim, 1 paraphrase; "from", "question" and "answers" may be absent

Where it came from is not in it, but for the name that an official word may bear.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.log.handling import Handling
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import sized, text, whole

CARRIED: Final = "carried"
VERSION: Final = 1
LONGEST_NAME: Final = 200
LARGEST_TEXT: Final = 60 * 1024
_EVENT_ID: Final = 32


class Manner(IntEnum):
    """How words of another are brought."""

    VERBATIM = 0
    PARAPHRASE = 1


@dataclass(frozen=True, slots=True)
class Carried:
    """Words from another line.

    Attributes:
        manner: how they are brought.
        text: the words.
        handling: what those who read it here may do with it.
        named: the side or office whose official word it is; None where nobody is named.
        question: whether an answer is asked for.
        answers: the id of the event on the same line that it answers.
    """

    manner: Manner
    text: str
    handling: Handling
    named: str | None = None
    question: bool = False
    answers: bytes | None = None


def carried_body(carried: Carried) -> bytes:
    """Return the body of a `carried` event."""
    more: dict[str, Any] = {}
    if carried.named is not None:
        more["from"] = carried.named
    if carried.question:
        more["question"] = True
    if carried.answers is not None:
        more["answers"] = carried.answers
    said = {"v": VERSION, "as": int(carried.manner), "text": carried.text, "handling": int(carried.handling)}
    return encode({**said, **more})


def read_carried(body: bytes) -> Carried:
    """Return what a `carried` event brings.

    Raises:
        Malformed: the body has another form.
    """
    value = decode(body)
    if type(value) is not dict or type(value.get("v")) is not int or value["v"] != VERSION:
        raise Malformed("carried words")
    named, question, answers = value.get("from"), value.get("question", False), value.get("answers")
    if type(question) is not bool:
        raise Malformed("question")
    return Carried(
        Manner(whole(value.get("as"), "how it is carried", below=len(Manner))),
        _said(value.get("text"), "carried words", longest=LARGEST_TEXT),
        Handling(whole(value.get("handling"), "handling", below=len(Handling))),
        None if named is None else _said(named, "whose word it is", longest=LONGEST_NAME),
        question,
        None if answers is None else sized(answers, _EVENT_ID, "answers"),
    )


def _said(value: Any, what: str, *, longest: int) -> str:
    if not text(value, what, longest=longest).strip():
        raise Malformed(f"{what} without a word")
    return str(value)

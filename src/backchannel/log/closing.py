"""The kind of event that ends a feed (spec 16.1).

    close   body = {"word": T}, or {}       T is a last word, shown and kept as it was written

A line is closed when each side has written one, each holds the other's, and each knows that the other does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backchannel.log.event import Event
from backchannel.log.kinds import Unknown, body_map
from backchannel.wire.codec import encode

CLOSE: Final = "close"


@dataclass(frozen=True, slots=True)
class Closed:
    """The author has closed the line, and will say no more.

    Attributes:
        word: a last word; empty where there is none.
    """

    word: str


def close_body(word: str = "") -> bytes:
    """Return the body of a `close` event; `word` may be empty."""
    return encode({"word": word} if word else {})


def read_close(event: Event) -> Closed | Unknown:
    """Return what a `close` event says, or that this version does not know."""
    value = body_map(event)
    word = "" if value is None else value.get("word", "")
    if value is None or type(word) is not str:
        return Unknown(event.kind)
    return Closed(word)

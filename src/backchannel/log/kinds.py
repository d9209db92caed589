"""The kinds of event that carry plain talk, and their bodies (spec 4.4).

    text    body = {"text": T}      T is shown and kept as it was written, byte for byte

A reader ignores keys that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.wire.codec import decode, encode

TEXT: Final = "text"


@dataclass(frozen=True, slots=True)
class Text:
    """Something said."""

    text: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Something that this version cannot show; it is kept, and a later version will."""

    kind: str


def text_body(text: str) -> bytes:
    """Return the body of a `text` event."""
    return encode({"text": text})


def read_body(event: Event) -> Text | Unknown:
    """Return what an event says, or that this version does not know."""
    value = body_map(event) if event.kind == TEXT else None
    if value is None or type(value.get("text")) is not str:
        return Unknown(event.kind)
    return Text(value["text"])


def body_map(event: Event) -> dict[Any, Any] | None:
    """Return the body of an event as a map; None where it is none."""
    try:
        value = decode(event.body)
    except Malformed:
        return None
    return value if type(value) is dict else None

"""The kinds of event that carry plain talk, and their bodies (spec 4.4).

    text    body = {"text": T}      T is shown and kept as it was written, byte for byte
    file    log/file.py

A reader ignores keys that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.log.file import FILE, File, file_from_value
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


def read_body(event: Event) -> Text | File | Unknown:
    """Return what an event says, or that this version does not know."""
    if event.kind not in (TEXT, FILE):
        return Unknown(event.kind)
    try:
        value = decode(event.body)
        if event.kind == FILE:
            return file_from_value(value)
    except Malformed:
        return Unknown(event.kind)
    if type(value) is not dict or type(value.get("text")) is not str:
        return Unknown(event.kind)
    return Text(value["text"])

"""The kind of event that takes another of the same author back (spec 16.2).

    retract   body = {"number": N, "id": ID}        the author's own event N, named by its id as well

Both sides' software then removes what it said and leaves a mark. It can take back nothing that a person has read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backchannel.errors import Malformed
from backchannel.log.carried import CARRIED
from backchannel.log.event import Event
from backchannel.log.file import FILE
from backchannel.log.kinds import TEXT, Unknown, body_map
from backchannel.wire.codec import encode
from backchannel.wire.coverage import LARGEST_NUMBER
from backchannel.wire.shape import sized, whole

RETRACT: Final = "retract"

REMOVABLE: Final = frozenset({TEXT, CARRIED, FILE})
"""Kinds of plain talk. Nothing is computed from them, so their bodies can go; what a fold needs stays for ever."""


@dataclass(frozen=True, slots=True)
class Retracted:
    """The author takes back an earlier event.

    Attributes:
        number: in the author's own feed.
        id: of that event, so that of a fork's branches only this one goes.
    """

    number: int
    id: bytes


def retract_body(event: Event) -> bytes:
    """Return the body of a `retract` event that takes `event` back."""
    return encode({"number": event.number, "id": event.id})


def read_retract(event: Event) -> Retracted | Unknown:
    """Return what a `retract` event says, or that this version does not know; one cannot take back what comes later."""
    value = body_map(event)
    if value is None:
        return Unknown(event.kind)
    try:
        number = whole(value.get("number"), "number", below=LARGEST_NUMBER)
        event_id = sized(value.get("id"), 32, "id")
    except Malformed:
        return Unknown(event.kind)
    if not 0 < number < event.number:
        return Unknown(event.kind)
    return Retracted(number, event_id)

"""Events: one event has one encoding, and every body can be shown."""

from __future__ import annotations

from backchannel.errors import Malformed, Oversize
from backchannel.log.event import read_event, write_event
from backchannel.log.kinds import Text, Unknown, read_body, text_body
from backchannel.log.order import height


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    said = text_body("שלום, سلام, hello")
    return [
        write_event(author=0, number=1, seen=0, clock=0, kind="text", body=said).raw,
        write_event(
            author=1, number=2**48, seen=2**48 - 1, clock=2**53 - 1, kind="later", body=b"", before=b"8 octets"
        ).raw,
        write_event(author=1, number=300, seen=70000, clock=1_800_000_000_000, kind="text", body=b"\xa0").raw,
    ]


def one_input(data: bytes) -> None:
    """Read once."""
    try:
        event = read_event(data)
    except (Malformed, Oversize):
        return
    again = write_event(
        author=event.author,
        number=event.number,
        seen=event.seen,
        clock=event.clock,
        kind=event.kind,
        body=event.body,
        before=event.before,
    )
    assert again.raw == data
    assert again.id == event.id
    assert height(event) >= 1
    said = read_body(event)
    assert isinstance(said, Text | Unknown)

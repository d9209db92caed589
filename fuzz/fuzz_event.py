"""Events: one event has one encoding, and every body can be shown."""

from __future__ import annotations

from backchannel.app.safe_name import safe_name
from backchannel.errors import Malformed, Oversize
from backchannel.line.file_part import part_count
from backchannel.log.event import read_event, write_event
from backchannel.log.file import FILE, File, file_body, file_from_value
from backchannel.log.kinds import Text, Unknown, read_body, text_body
from backchannel.log.order import height
from backchannel.wire.codec import decode

FILED = File("../a\u202efdp.exe", 70_000, "application/pdf", bytes(32), bytes(range(32)))


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    said = text_body("שלום, سلام, hello")
    return [
        write_event(author=0, number=1, seen=0, clock=0, kind="text", body=said).raw,
        write_event(
            author=1, number=2**48, seen=2**48 - 1, clock=2**53 - 1, kind="later", body=b"", before=b"8 octets"
        ).raw,
        write_event(author=0, number=2, seen=1, clock=5, kind=FILE, body=file_body(FILED)).raw,
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
    assert isinstance(said, Text | File | Unknown)
    if isinstance(said, File):
        assert file_from_value(decode(file_body(said))) == said
        name = safe_name(said.name)
        assert name == safe_name(name)
        assert not set(name) & set("/\\\0")
        assert part_count(said.size) >= 1

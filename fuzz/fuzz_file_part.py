"""Parts of files: what stands behind the type of an envelope, and what opens of it under a file's key."""

from __future__ import annotations

from backchannel.crypto.aead import NotAuthentic
from backchannel.errors import PeerMisbehaved
from backchannel.line.file_part import PART_SIZE, part_from_body, protect, reveal

KEY = bytes(range(32))
NAME = b"0123456789abcdef"


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    return [
        NAME + number.to_bytes(4, "big") + protect(KEY, number, content)
        for number, content in ((1, b""), (2, b"content"), (16417, bytes(900)), (2**32 - 1, b"the end"))
    ]


def one_input(data: bytes) -> None:
    """Read once."""
    try:
        part = part_from_body(data)
    except PeerMisbehaved:
        return
    assert part.name + part.number.to_bytes(4, "big") + part.sealed == data
    try:
        content = reveal(KEY, part.number, part.sealed)
    except NotAuthentic:
        return
    assert len(content) <= PART_SIZE
    assert protect(KEY, part.number, content) == part.sealed

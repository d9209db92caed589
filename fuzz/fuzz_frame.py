"""Frames: what is understood of one, is understood of what we write of it."""

from __future__ import annotations

from dataclasses import replace

from backchannel.errors import Malformed
from backchannel.line.file_word import FileWord, Standing
from backchannel.line.frame import Answer, ForkNotice, Frame, Propose, decode_frame
from backchannel.wire.codec import encode
from backchannel.wire.coverage import NOTHING, Coverage


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    controls = (
        Propose(2, bytes(1216), (bytes(32),)),
        Answer(2, bytes(1168), ()),
        ForkNotice(1, 7, (bytes(32), b"\1" * 32)),
        FileWord(bytes(16), Standing.WANTED, Coverage(3, ((5, 5), (9, 12)))),
        FileWord(b"\1" * 16, Standing.OFFERED),
    )
    held = Coverage(3, ((5, 5), (9, 12)))
    later = [1, 0, 9, 9, 3, [0], [[77, "later"], [5, bytes(16), 77, [0]], [2, 1, b"", []]], [b"event"], "more", {}]
    return [
        Frame(own=0, held=NOTHING).encode(),
        Frame(
            own=9,
            held=held,
            controls=controls,
            events=(b"one", b"two"),
            generation=2,
            sequence=5,
            heard=4,
            head=b"8 octets",
        ).encode(),
        Frame(own=9, held=Coverage(1, tuple((n, n) for n in range(3, 90, 2))), sequence=1).encode(),
        encode(later),
    ]


def one_input(data: bytes) -> None:
    """Decode once."""
    try:
        frame = decode_frame(data)
    except Malformed:
        return
    again = decode_frame(frame.encode())
    assert again.encode() == frame.encode()
    assert replace(again, held=NOTHING) == replace(frame, held=NOTHING)
    assert again.held.upto == frame.held.upto
    assert again.held.islands == frame.held.islands[: len(again.held.islands)]  # cut short it claims less, never more

"""The codec: what decodes, re-encodes to the same bytes."""

from __future__ import annotations

from backchannel.errors import Malformed
from backchannel.wire.codec import decode, encode


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    values = (
        0,
        -1,
        2**64 - 1,
        b"bytes",
        "text",
        [1, [2, []]],
        {1: "a", "b": None},
        {"x": {1000: 0, -1: True}},
        [False],
    )
    return [encode(value) for value in values]


def one_input(data: bytes) -> None:
    """Decode once."""
    try:
        value = decode(data)
    except Malformed:
        return
    assert encode(value) == data

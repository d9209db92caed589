"""Reading many envelopes from one body (spec 6.5)."""

from __future__ import annotations

from typing import Final

from backchannel.errors import Malformed, Oversize
from backchannel.wire import codec

MOST_ENVELOPES: Final = 16

_START: Final = b"\x82\x01"  # a list of two, the format number
_BYTES: Final = 2
_LIST: Final = 4
_IN_THE_FIRST_BYTE: Final = 24
_LONGEST_HEAD: Final = 27


def envelopes_of(data: bytes) -> list[bytes]:
    """Return the envelopes of a put-many body, of whatever size they are.

    The general decoder would work for most of a second on a megabyte of empty lists, and everybody would wait. So the
    shape is walked first, which takes seventeen steps at most; then the codec has the last word on the encoding.

    Raises:
        Malformed: it is not such a body.
        Oversize: there are too many.
    """
    if not data.startswith(_START):
        raise Malformed("not a list of this format")
    kind, count, at = _head(data, len(_START))
    if kind != _LIST or count == 0:
        raise Malformed("not a list of envelopes")
    if count > MOST_ENVELOPES:
        raise Oversize(f"{count} envelopes; at most {MOST_ENVELOPES} at once")
    for _ in range(count):
        kind, size, at = _head(data, at)
        if kind != _BYTES:
            raise Malformed("not a list of envelopes")
        at += size
    if at != len(data):
        raise Malformed("not as long as it says")
    envelopes: list[bytes] = codec.decode(data)[1]
    return envelopes


def _head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return the major type, the argument, and where the content begins (RFC 8949, section 3)."""
    if at >= len(data):
        raise Malformed("cut off")
    kind, argument = data[at] >> 5, data[at] & 31
    if argument < _IN_THE_FIRST_BYTE:
        return kind, argument, at + 1
    if argument > _LONGEST_HEAD:
        raise Malformed("a length that is not given")
    end = at + 1 + (1 << argument - _IN_THE_FIRST_BYTE)
    return kind, int.from_bytes(data[at + 1 : end], "big"), end

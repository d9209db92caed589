"""The part of the font that a paper needs, as a TrueType file; every outline keeps its number, the others are empty."""

from __future__ import annotations

import struct
from collections.abc import Collection
from typing import Final

_KEPT: Final = (b"glyf", b"head", b"hhea", b"hmtx", b"loca", b"maxp")
_LONG_PLACES: Final = 50
"""Where `head` says that `loca` has four bytes a place."""
_SUM_OF_FILE: Final = 8
_MAGIC: Final = 0xB1B0AFBA


def typeface(font: bytes, glyphs: Collection[int]) -> bytes:
    """Return the font with these outlines alone.

    Args:
        font: a TrueType file whose outlines are made of no others.
        glyphs: numbers of outlines.
    """
    tables = _tables(font)
    places = _places(tables)
    outlines = bytearray()
    table = [0]
    for number in range(len(places) - 1):
        if number in glyphs:
            outlines += tables[b"glyf"][places[number] : places[number + 1]]
            outlines += bytes(-len(outlines) % 4)
        table.append(len(outlines))
    head = bytearray(tables[b"head"])
    head[_LONG_PLACES : _LONG_PLACES + 2] = b"\0\1"
    head[_SUM_OF_FILE : _SUM_OF_FILE + 4] = bytes(4)
    made = {
        **{name: tables[name] for name in _KEPT},
        b"glyf": bytes(outlines),
        b"loca": struct.pack(f">{len(table)}L", *table),
        b"head": bytes(head),
    }
    return _file(made)


def _tables(font: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">H", font, 4)
    found = {}
    for at in range(12, 12 + 16 * count, 16):
        name, _, start, size = struct.unpack_from(">4sLLL", font, at)
        found[name] = font[start : start + size]
    return found


def _places(tables: dict[bytes, bytes]) -> list[int]:
    raw = tables[b"loca"]
    if tables[b"head"][_LONG_PLACES : _LONG_PLACES + 2] == b"\0\1":
        return list(struct.unpack(f">{len(raw) // 4}L", raw))
    return [2 * place for place in struct.unpack(f">{len(raw) // 2}H", raw)]


def _file(tables: dict[bytes, bytes]) -> bytes:
    count = len(tables)
    power = count.bit_length() - 1
    begun = struct.pack(">LHHHH", 0x00010000, count, 16 << power, power, 16 * count - (16 << power))
    start = len(begun) + 16 * count
    directory, body = b"", b""
    place_of_head = 0
    for name in sorted(tables):
        content = tables[name] + bytes(-len(tables[name]) % 4)
        if name == b"head":
            place_of_head = start + len(body)
        directory += struct.pack(">4sLLL", name, _sum(content), start + len(body), len(tables[name]))
        body += content
    made = bytearray(begun + directory + body)
    struct.pack_into(">L", made, place_of_head + _SUM_OF_FILE, (_MAGIC - _sum(made)) & 0xFFFFFFFF)
    return bytes(made)


def _sum(content: bytes | bytearray) -> int:
    words: tuple[int, ...] = struct.unpack(f">{len(content) // 4}L", content)
    return sum(words) & 0xFFFFFFFF

"""Lines of an archive: JSON in the one form that spec 9.2 gives each value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from backchannel.errors import FileDamaged

LONGEST_LINE: Final = 1024 * 1024
"""Bytes of one line at most, without its line feed; the largest event takes less than half."""


def line_of(value: dict[str, Any]) -> bytes:
    """Return the line of a value."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def is_same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Say whether two values have the same line: unlike `==`, it tells 1 from 1.0 and from true."""
    return line_of(one) == line_of(other)


def values_of(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the value of each line.

    Args:
        chunks: the text, cut anywhere.

    Raises:
        FileDamaged: a line is too long, in another form, or not ended.
    """
    pending = b""
    for chunk in chunks:
        *whole, pending = (pending + chunk).split(b"\n")
        if any(len(line) > LONGEST_LINE for line in (*whole, pending)):
            raise FileDamaged("a line that is too long")
        for line in whole:
            yield _value_of(line)
    if pending:
        raise FileDamaged("its last line has no end")


def is_whole(value: object) -> bool:
    """Say whether a value is a number as an archive has it."""
    return type(value) is int and 0 <= value < 2**63


def _value_of(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
        if type(value) is not dict or line_of(value) != line + b"\n":
            raise FileDamaged("a line that is none of ours")
    except (ValueError, RecursionError) as error:
        raise FileDamaged("a line that is none of ours") from error
    return value

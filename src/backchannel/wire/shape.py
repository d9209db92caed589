"""Checks that a decoded value has the shape a format names; what every decoder of ours begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backchannel.errors import Malformed


def fields(value: Any, version: int, count: int, what: str) -> list[Any]:
    """Return the fields behind the version of `[version, ...]`.

    Args:
        value: what the codec decoded.
        version: the version that this reader knows.
        count: how many fields stand behind it.
        what: the format's name, for the error.

    Raises:
        Malformed: another shape or another version.
    """
    if type(value) is not list or len(value) != count + 1 or type(value[0]) is not int or value[0] != version:
        raise Malformed(what)
    return value[1:]


def grown(value: Any, least: int, added: Sequence[Any]) -> Any:
    """Return a list that an older program wrote with the fields that it did not know; anything else as it is.

    Args:
        value: what the codec decoded: `[version, ...]`.
        least: how many fields every program has written behind the version.
        added: what stands for each field that came later, in order.
    """
    if type(value) is list and least < len(value) <= least + len(added):
        return [*value, *added[len(value) - least - 1 :]]
    return value


def sized(value: Any, size: int, what: str) -> bytes:
    """Return `value` if it is a byte string of `size` bytes.

    Raises:
        Malformed: it is not.
    """
    if type(value) is not bytes or len(value) != size:
        raise Malformed(what)
    return value


def blob(value: Any, what: str) -> bytes:
    """Return `value` if it is a byte string.

    Raises:
        Malformed: it is not.
    """
    if type(value) is not bytes:
        raise Malformed(what)
    return value


def whole(value: Any, what: str, *, below: int = 2**63) -> int:
    """Return `value` if it is a whole number from 0 to `below` - 1.

    Raises:
        Malformed: it is not.
    """
    if type(value) is not int or not 0 <= value < below:
        raise Malformed(what)
    return value


def text(value: Any, what: str, *, longest: int = 1024) -> str:
    """Return `value` if it is a text of at most `longest` characters.

    Raises:
        Malformed: it is not.
    """
    if type(value) is not str or len(value) > longest:
        raise Malformed(what)
    return value


def items(value: Any, what: str, *, most: int) -> list[Any]:
    """Return `value` if it is a list of at most `most` items.

    Raises:
        Malformed: it is not.
    """
    if type(value) is not list or len(value) > most:
        raise Malformed(what)
    return value

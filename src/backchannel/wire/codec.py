"""Deterministic CBOR, strict (spec 1.1; RFC 8949, section 4.2.1).

One value has one encoding. Anything else that a general decoder would accept (longer integers than needed, unsorted or
doubled map keys, indefinite lengths, tags, floats, undefined) is refused, so that nobody can make two byte strings that
mean the same.
"""

from __future__ import annotations

from typing import Any, Final, NoReturn, TypeAlias

import cbor2

from backchannel.errors import Malformed

Value: TypeAlias = "int | bytes | str | bool | list[Any] | tuple[Any, ...] | dict[Any, Any] | None"
"""What can travel: integers of 64 bits, byte and text strings, booleans, null, lists, maps keyed by integer or text."""

MAX_DEPTH: Final = 16

_PLAIN: Final = frozenset({bytes, str, bool, type(None)})
_LARGEST: Final = 2**64 - 1
_KNOWN_TAGS: Final = (
    *range(6), 25, 28, 29, 30, 35, 36, 37, 43000, 52, 54, 55799, 100, 256, 258, 260, 261, 1004,
)  # fmt: skip


def _refuse_tag(*_: Any) -> NoReturn:
    raise Malformed("a tag")


_NO_TAGS: Final = dict.fromkeys(_KNOWN_TAGS, _refuse_tag)


def encode(value: Value) -> bytes:
    """Return the one encoding of `value`.

    Args:
        value: see `Value`; nothing else is accepted.

    Returns:
        The CBOR bytes.

    Raises:
        Malformed: the value holds something that has no encoding here.
    """
    maps = _check(value, 0)
    try:
        # Not cbor2's `canonical`, which puts shorter keys first (RFC 8949, 4.2.3), not lower bytes (4.2.1).
        return cbor2.dumps(_ordered(value) if maps else value)
    except UnicodeEncodeError as error:  # half a surrogate pair: what Python makes of bytes that are not UTF-8
        raise Malformed("a text that is not Unicode") from error


def decode(data: bytes) -> Any:
    """Return the value of `data`, or refuse it.

    Args:
        data: exactly one encoded value, nothing behind it.

    Returns:
        The value; lists come back as lists.

    Raises:
        Malformed: the bytes are not the deterministic encoding of a value (spec 1.1).
    """
    try:
        value = cbor2.loads(
            data,
            tag_hook=_refuse_tag,
            semantic_decoders=_NO_TAGS,
            max_depth=MAX_DEPTH,
            allow_indefinite=False,
            allow_duplicate_keys=False,
        )
        maps = _check(value, 0)
        ascends = not maps or _ascends(value, inside=maps > 1 or type(value) is not dict)
        again = cbor2.dumps(value)  # of a map, in the order in which its keys came
    except Malformed:
        raise
    except (cbor2.CBORDecodeError, cbor2.CBOREncodeError, ValueError, TypeError, OverflowError, MemoryError) as error:
        raise Malformed("not strict CBOR") from error
    if again != data or not ascends:
        raise Malformed("not the one encoding of its value")
    return value


def _ordered(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return {key: _ordered(value[key]) for key in sorted(value, key=cbor2.dumps)}
    if kind is list or kind is tuple:
        return [item if type(item) in _PLAIN else _ordered(item) for item in value]
    return value


def _ascends(value: Any, *, inside: bool = True) -> bool:
    """Say whether the keys of a checked value's map, and of those `inside` it, ascend by their encodings."""
    if type(value) is dict:
        keys = [_place(key) for key in value]
        if keys != sorted(keys):
            return False
        value = value.values()
    if inside:
        for item in value:
            kind = type(item)
            if (kind is list or kind is dict) and not _ascends(item):
                return False
    return True


def _place(key: int | str) -> tuple[int, int, bytes]:
    """Return what keys are sorted by, without encoding them: numbers from 0, numbers below 0, texts by their length."""
    if type(key) is str:
        raw = key.encode()
        return 2, len(raw), raw
    assert type(key) is int  # noqa: S101  (checked before)
    return (0, key, b"") if key >= 0 else (1, -key, b"")


def _check(value: Any, depth: int) -> int:
    """Refuse what has no encoding here; return how many maps are in it, whose keys have an order."""
    kind = type(value)
    maps = int(kind is dict)
    if maps:
        for key in value:
            if type(key) is not int and type(key) is not str:
                raise Malformed("a map key that is neither an integer nor a text")
        inside: Any = [*value, *value.values()]
    elif kind is list or kind is tuple:
        inside = value
    elif kind in _PLAIN or (kind is int and -_LARGEST - 1 <= value <= _LARGEST):
        return 0
    else:
        raise Malformed(f"a value that has no encoding here: {kind.__name__}")
    if depth >= MAX_DEPTH:
        raise Malformed("nested too deeply")
    for item in inside:
        kind = type(item)
        # Most of what travels is events and numbers: a call for each would be most of the cost.
        if kind in _PLAIN or (kind is int and -_LARGEST - 1 <= item <= _LARGEST):
            continue
        maps += _check(item, depth + 1)
    return maps

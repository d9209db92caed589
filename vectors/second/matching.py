"""Comparing a case of a vector with what the second program makes of it."""

from typing import Any


class Mismatch(Exception):
    """A vector says something else than the second program."""


def blob(value: Any) -> bytes:
    """Bytes as vectors write them (spec README, Vectors).

    Args:
        value: hexadecimal, or a list of `[hexadecimal, how often]`.

    Returns:
        The bytes.

    Raises:
        Mismatch: it is neither.
    """
    if isinstance(value, str):
        if value != value.lower() or " " in value:
            raise Mismatch("hexadecimal that is not lower case")
        return bytes.fromhex(value)
    if isinstance(value, list):
        return b"".join(bytes.fromhex(piece) * times for piece, times in value)
    raise Mismatch(f"no bytes: {value!r:.40}")


def plain(value: Any) -> Any:
    """A value as codec vectors write it: a map of its type to it.

    Args:
        value: such a map.

    Returns:
        The value that the codec takes.

    Raises:
        Mismatch: another type.
    """
    ((kind, held),) = value.items()
    match kind:
        case "int":
            return int(held)
        case "bytes":
            return blob(held)
        case "text" | "simple":
            return held
        case "list":
            return [plain(item) for item in held]
        case "map":
            return {plain(key): plain(item) for key, item in held}
    raise Mismatch(f"no type of value: {kind}")


def same(path: str, expected: Any, made: Any) -> None:
    """Compares what a vector says with what was made.

    Args:
        path: where it stands.
        expected: from the vector.
        made: ours; bytes stand for any way to write them.

    Raises:
        Mismatch: they differ.
    """
    if isinstance(made, bytes):
        if blob(expected) != made:
            raise Mismatch(f"{path}: other bytes, {made.hex():.40}..")
    elif isinstance(made, dict) and isinstance(expected, dict):
        if set(made) != set(expected):
            raise Mismatch(f"{path}: keys {sorted(set(made) ^ set(expected))} on one side only")
        for key, item in made.items():
            same(f"{path}.{key}", expected[key], item)
    elif isinstance(made, list | tuple) and isinstance(expected, list):
        if len(made) != len(expected):
            raise Mismatch(f"{path}: {len(expected)} items, not {len(made)}")
        for place, (one, two) in enumerate(zip(expected, made, strict=True)):
            same(f"{path}[{place}]", one, two)
    elif type(expected) is not type(made) or expected != made:
        raise Mismatch(f"{path}: {expected!r:.60}, not {made!r:.60}")


def match(path: str, case: dict[str, Any], inputs: str, made: dict[str, Any]) -> None:
    """Compares a case, every key of which is either an input or something that was made.

    Args:
        path: where the case stands.
        case: the case.
        inputs: names of the keys that the second program started from.
        made: everything else.

    Raises:
        Mismatch: they differ, or a key was looked at by nobody.
    """
    rest = {key: value for key, value in case.items() if key not in inputs.split()}
    same(path, rest, made)

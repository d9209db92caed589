"""The codec: strict, deterministic CBOR (spec 1.1)."""

from typing import Any

from vectors.second.refusal import malformed

DEEPEST = 16
SIMPLE: dict[int, bool | None] = {20: False, 21: True, 22: None}


def head(major: int, number: int) -> bytes:
    """The first bytes of an item, in the shortest form (spec 1.1, rule 1).

    Args:
        major: the major type.
        number: its argument.

    Returns:
        One to nine bytes.
    """
    if number < 24:
        return bytes([major << 5 | number])
    for extra, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if number < 1 << 8 * size:
            return bytes([major << 5 | extra]) + number.to_bytes(size, "big")
    raise malformed("an integer, length or count outside 64 bits")


def encode(value: Any, depth: int = 0) -> bytes:
    """The one encoding of a value (spec 1.1).

    Args:
        value: an integer, bytes, text, boolean, None, list or dict.
        depth: how many lists and maps it is in.

    Returns:
        Its bytes.

    Raises:
        Refused: `malformed` for what is no value.
    """
    match value:
        case None:
            return b"\xf6"
        case bool():
            return b"\xf5" if value else b"\xf4"
        case int():
            return head(0, value) if value >= 0 else head(1, -1 - value)
        case bytes():
            return head(2, len(value)) + value
        case str():
            try:
                raw = value.encode()
            except UnicodeEncodeError:
                raise malformed("half a surrogate pair") from None
            return head(3, len(raw)) + raw
        case list() | dict() if depth == DEEPEST:
            raise malformed("too deep")
        case list():
            return head(4, len(value)) + b"".join(encode(item, depth + 1) for item in value)
        case dict():
            if not all(is_integer(key) or isinstance(key, str) for key in value):
                raise malformed("a key that is neither integer nor text")
            pairs = sorted((encode(key), encode(item, depth + 1)) for key, item in value.items())
            return head(5, len(pairs)) + b"".join(key + item for key, item in pairs)
    raise malformed(f"no value: {type(value).__name__}")


def decode(raw: bytes) -> Any:
    """The one value that these bytes are (spec 1.1).

    Args:
        raw: the bytes, all of them.

    Returns:
        The value.

    Raises:
        Refused: `malformed` for everything that `encode` would not have written.
    """
    value, end = _item(raw, 0, 0)
    if end != len(raw):
        raise malformed("something behind the value")
    return value


def _argument(raw: bytes, at: int) -> tuple[int, int]:
    low = raw[at] & 31
    at += 1
    if low < 24:
        return low, at
    if low > 27:
        raise malformed("a reserved or indefinite length")
    size = 1 << low - 24
    number = int.from_bytes(_take(raw, at, size), "big")
    if number < (24 if size == 1 else 1 << 4 * size):
        raise malformed("not the shortest form")
    return number, at + size


def _take(raw: bytes, at: int, size: int) -> bytes:
    if size > len(raw) - at:
        raise malformed("cut off")
    return raw[at : at + size]


def _item(raw: bytes, at: int, depth: int) -> tuple[Any, int]:
    if at >= len(raw):
        raise malformed("cut off")
    major = raw[at] >> 5
    if major == 7:
        if raw[at] & 31 not in SIMPLE:
            raise malformed("a float, undefined, a break or another simple value")
        return SIMPLE[raw[at] & 31], at + 1
    if major == 6:
        raise malformed("a tag")
    number, at = _argument(raw, at)
    if major < 2:
        return (number if major == 0 else -1 - number), at
    if major < 4:
        body = _take(raw, at, number)
        return (body if major == 2 else _text(body)), at + number
    if depth == DEEPEST:
        raise malformed("too deep")
    if number > len(raw) - at:
        raise malformed("cut off")
    if major == 4:
        items = []
        for _ in range(number):
            item, at = _item(raw, at, depth + 1)
            items.append(item)
        return items, at
    return _map(raw, at, depth, number)


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise malformed("no UTF-8") from None


def _map(raw: bytes, at: int, depth: int, count: int) -> tuple[dict[int | str, Any], int]:
    found: dict[int | str, Any] = {}
    last = b""
    for _ in range(count):
        start = at
        key, at = _item(raw, at, depth + 1)
        if not (is_integer(key) or isinstance(key, str)):
            raise malformed("a key that is neither integer nor text")
        if last >= raw[start:at]:
            raise malformed("keys that do not ascend")
        last = raw[start:at]
        found[key], at = _item(raw, at, depth + 1)
    return found, at


def is_integer(value: Any) -> bool:
    """Whether it is an integer; `true` is none (spec 1.1).

    Args:
        value: anything.

    Returns:
        The answer.
    """
    return isinstance(value, int) and not isinstance(value, bool)


def natural(value: Any, below: int, least: int = 0) -> int:
    """An integer within its limits (spec 1.1).

    Args:
        value: what stands there.
        below: the first that is too large.
        least: the smallest that is not too small.

    Returns:
        The integer.

    Raises:
        Refused: `malformed`.
    """
    if not is_integer(value) or not least <= value < below:
        raise malformed(f"no integer from {least} to below {below}")
    return int(value)


def octets(value: Any, size: int | None = None) -> bytes:
    """A byte string, of one length if that is given (spec 1.1).

    Args:
        value: what stands there.
        size: its length, or None for any.

    Returns:
        The bytes.

    Raises:
        Refused: `malformed`.
    """
    if not isinstance(value, bytes) or size not in (None, len(value)):
        raise malformed(f"no byte string of {size} bytes")
    return value


def items(value: Any, most: int, exactly: int | None = None) -> list[Any]:
    """A list (spec 1.1).

    Args:
        value: what stands there.
        most: how many items it may have.
        exactly: how many it must have, or None.

    Returns:
        The list.

    Raises:
        Refused: `malformed`.
    """
    if not isinstance(value, list) or len(value) > most or exactly not in (None, len(value)):
        raise malformed("no list of that length")
    return value


def layout(raw: bytes, size: int, version: int = 1) -> list[Any]:
    """A list of fixed length that begins with its version (spec README, Versions).

    Args:
        raw: its encoding.
        size: how many items it has.
        version: the one version that is known.

    Returns:
        The items behind the version.

    Raises:
        Refused: `malformed`.
    """
    fields = items(decode(raw), size, size)
    natural(fields[0], version + 1, version)
    return fields[1:]

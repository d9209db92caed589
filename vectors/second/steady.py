"""Steady lines: slots, strides, pieces (spec 18)."""

from typing import Any

from vectors.second import sealing
from vectors.second.line import Context
from vectors.second.refusal import malformed

DAY = 86_400_000
HEAD = 12
LARGEST = 65_492


def stride(every: int, silent: int) -> int:
    """Of how many slots one is used (spec 18.1.4).

    Args:
        every: milliseconds from slot to slot.
        silent: slots since the peer was heard.

    Returns:
        A power of two.
    """
    step, left = 1, silent - 1024
    while left >= 0 and 2 * step * every <= DAY:
        step *= 2
        left -= 256 * step
    return step


def key(line: Context, root: bytes, epoch: int, writer: int) -> bytes:
    """The key of steady envelopes (spec 18.2).

    Args:
        line: who is on the line.
        root: RK of the epoch.
        epoch: its number.
        writer: who sends.

    Returns:
        32 bytes.
    """
    return sealing.hkdf(b"", root, line.info("epoch steady", epoch, writer), 32)


def write(content: bytes, size: int, message: bytes) -> list[bytes]:
    """The bodies of the pieces of a content (spec 18.2).

    Args:
        content: of an ordinary envelope.
        size: of the steady ones.
        message: names it.

    Returns:
        One body for each piece.
    """
    length = size - 45
    chunks = []
    while content:
        chunks.append(content[: length - HEAD])
        content = content[length - HEAD :]
    bodies = []
    for at, chunk in enumerate(chunks):
        head = bytes([len(chunks), at + 1]) + message + len(chunk).to_bytes(2, "big")
        bodies.append(head + chunk + bytes(length - HEAD - len(chunk)))
    return bodies


def read(body: bytes) -> tuple[bytes, int, int, bytes] | None:
    """What a body says (spec 18.2).

    Args:
        body: what stands behind the type.

    Returns:
        Message, number, count and chunk; None where it says nothing.

    Raises:
        Refused: `malformed`.
    """
    if len(body) + 45 not in sealing.BUCKETS:
        raise malformed("a body of no envelope")
    if body == bytes(len(body)):
        return None
    count, number, message, length = body[0], body[1], body[2:10], int.from_bytes(body[10:12], "big")
    room = len(body) - HEAD
    if number < 1 or number > count or length < 1 or length > room or (number < count and length != room):
        raise malformed("no piece")
    before = room * (count - 1)
    if before + (length if number == count else 1) > LARGEST:
        raise malformed("more than a content has")
    if body[HEAD + length :] != bytes(room - length):
        raise malformed("padding")
    return message, number, count, body[HEAD : HEAD + length]


def joined(bodies: list[bytes]) -> Any:
    """The content of a message (spec 18.4).

    Args:
        bodies: all of its pieces, in any order.

    Returns:
        The content, or None if one says nothing or they do not belong together.
    """
    found: dict[int, bytes] = {}
    names = set()
    for body in bodies:
        piece = read(body)
        if piece is None:
            return None
        message, number, count, chunk = piece
        names.add((message, count))
        found[number] = chunk
    if len(names) != 1 or len(found) != next(iter(names))[1]:
        return None
    return b"".join(found[number] for number in sorted(found))

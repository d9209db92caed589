"""Coverage and frames (spec 3.4.1)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vectors.second import cbor
from vectors.second.event import beginning
from vectors.second.refusal import malformed

TOP = 1 << 48
NAMES = {1: "propose", 2: "answer", 3: "fork", 4: "fork answer", 5: "file"}
STANDINGS = 7
FILE_RUNS = 64


def check_coverage(value: Any) -> list[int]:
    """A coverage in its one form (spec 3.4.1).

    Args:
        value: what stands in the frame.

    Returns:
        The same.

    Raises:
        Refused: `malformed`.
    """
    if not isinstance(value, list) or len(value) % 2 == 0:
        raise malformed("no coverage")
    at = cbor.natural(value[0], TOP + 1)
    for first, last in zip(value[1::2], value[2::2], strict=True):
        cbor.natural(first, TOP + 1, at + 2)
        at = cbor.natural(last, TOP + 1, first)
    return value


def coverage(numbers: Iterable[int]) -> list[int]:
    """The coverage of a set of numbers (spec 3.4.1).

    Args:
        numbers: from 1, in any order.

    Returns:
        `[upto, first, last, ...]`.
    """
    held = set(numbers)
    upto = 0
    while upto + 1 in held:
        upto += 1
    found = [upto]
    for number in sorted(held):
        if number > upto and number - 1 not in held:
            found.append(number)
        if number > upto and number + 1 not in held:
            found.append(number)
    return found


def missing(held: list[int], upto: int) -> list[list[int]]:
    """The runs of numbers that a coverage does not hold (spec 3.4.1, 4.2).

    Args:
        held: a coverage.
        upto: the last number that is asked about.

    Returns:
        Pairs of first and last.
    """
    starts = [end + 1 for end in held[::2]]
    ends = [first - 1 for first in held[1::2]] + [upto]
    return [[a, min(b, upto)] for a, b in zip(starts, ends, strict=True) if a <= min(b, upto)]


@dataclass(frozen=True)
class Frame:
    """A frame (spec 3.4.1); a control is `[name, ...]`, and those that are not known are left out."""

    generation: int
    sequence: int
    heard: int
    own: int
    held: list[int]
    head: bytes = b""
    controls: list[list[Any]] = field(default_factory=list)
    events: list[bytes] = field(default_factory=list)


def reserve(value: Any) -> list[bytes]:
    """A list of one-time keys (spec 3.1.2, 3.4.1).

    Args:
        value: what stands there.

    Returns:
        The keys.

    Raises:
        Refused: `malformed`.
    """
    return [cbor.octets(key, 32) for key in cbor.items(value, 16)]


def _control(value: Any) -> list[Any] | None:
    if not isinstance(value, list) or not value or not cbor.is_integer(value[0]):
        raise malformed("a control that is no list or does not begin with an integer")
    if value[0] not in NAMES:
        return None
    kind, one, two, last = cbor.items(value, 4, 4)
    if kind == 5:
        return _file(one, two, last)
    if kind in (1, 2):
        return [NAMES[kind], cbor.natural(one, 1 << 63), cbor.octets(two), reserve(last)]
    return [NAMES[kind], cbor.natural(one, 2), cbor.natural(two, TOP), reserve(last)]


def _file(name: Any, standing: Any, held: Any) -> list[Any] | None:
    """A word of a file (spec 8.4)."""
    if not cbor.is_integer(standing):
        raise malformed("a standing that is no integer")
    found = ["file", standing, cbor.octets(name, 16), check_coverage(held)]
    return found if 0 <= standing < STANDINGS else None


def read(raw: bytes) -> Frame:
    """A frame from its bytes (spec 3.4.1).

    Args:
        raw: the bytes.

    Returns:
        The frame.

    Raises:
        Refused: `malformed`.
    """
    fields = cbor.decode(raw)
    if not isinstance(fields, list) or len(fields) < 9:
        raise malformed("no list of nine")
    cbor.natural(fields[0], 2, 1)
    controls = [_control(one) for one in cbor.items(fields[7], 32)]
    return Frame(
        generation=cbor.natural(fields[1], 1 << 32),
        sequence=cbor.natural(fields[2], 1 << 63),
        heard=cbor.natural(fields[3], 1 << 63),
        own=cbor.natural(fields[4], TOP),
        held=check_coverage(fields[5]),
        head=beginning(fields[6]),
        controls=[one for one in controls if one is not None],
        events=[cbor.octets(one) for one in cbor.items(fields[8], 65_536)],
    )


def write(frame: Frame) -> bytes:
    """A frame's bytes, with as many runs of coverage as a sender puts into it (spec 3.4.1).

    Args:
        frame: the frame.

    Returns:
        The bytes.
    """
    numbers = {name: number for number, name in NAMES.items()}
    runs = 16 if frame.events else 128
    controls = [[numbers[one[0]], *one[1:]] for one in frame.controls]
    controls = [[5, one[2], one[1], one[3][: 1 + 2 * FILE_RUNS]] if one[0] == 5 else one for one in controls]
    held = frame.held[: 1 + 2 * runs]
    counts = [frame.generation, frame.sequence, frame.heard, frame.own]
    return cbor.encode([1, *counts, held, frame.head, controls, frame.events])

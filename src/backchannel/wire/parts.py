"""A blob as a set of numbered parts, and those parts as the text of QR codes (spec 5.1, 5.2).

Text armour (`wire.armor`) and QR codes carry the same `Part`, so there is one idea of what a set is, when it is whole
and what is wrong with it. Nothing here is a secret or a proof of origin: the checks find accidents, and what is inside
is authenticated when it is opened.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from backchannel.errors import ArmorDamaged, ConfigRefused, Oversize, PartsMissing
from backchannel.wire.base45 import base45_decode, base45_encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_PARTS: Final = 9999
SET_ID_SIZE: Final = 8
CHECK_SIZE: Final = 5

DEFAULT_PART_SIZE: Final = 1024
"""Bytes of a blob in one QR code, when it needs several: a code of version 23, which cheap cameras still read."""

LARGEST_SINGLE: Final = 1658
"""Up to here a blob goes into one QR code by itself: version 30-L, 137 modules a side."""

LARGEST_PART_SIZE: Final = 2842
"""More than this does not fit the largest QR code there is (40-L)."""

MAGIC: Final = "BKC1:"

_SHOWN: Final = 12  # numbers, or sets, in one message for people


class Kind(StrEnum):
    """What a blob is; the value is the word in the armour."""

    INVITATION = "INVITATION"
    ENVELOPE = "ENVELOPE"


_KIND_TO_CODE: Final = {Kind.INVITATION: 1, Kind.ENVELOPE: 2}
_CODE_TO_KIND: Final = {code: kind for kind, code in _KIND_TO_CODE.items()}


@dataclass(frozen=True, slots=True)
class Part:
    """One of the numbered parts of a blob (spec 5.1)."""

    kind: Kind
    number: int
    count: int
    set_id: bytes
    content: bytes

    def __post_init__(self) -> None:
        if not 1 <= self.number <= self.count <= MAX_PARTS:
            raise ArmorDamaged(f"{self.name}: there is no such part")

    @property
    def name(self) -> str:
        """What the person calls it."""
        return f"part {self.number} of {self.count}"

    @property
    def header(self) -> bytes:
        """The bytes in front of the content (spec 5.1.3)."""
        numbers = self.number.to_bytes(2, "big") + self.count.to_bytes(2, "big")
        return bytes([_KIND_TO_CODE[self.kind]]) + numbers + self.set_id

    @property
    def check(self) -> bytes:
        """Five bytes over header and content (spec 5.1.4)."""
        return hashlib.sha256(b"backchannel/part/1\0" + self.header + self.content).digest()[:CHECK_SIZE]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a set has come."""

    have: tuple[int, ...]
    total: int
    missing: tuple[int, ...]

    @property
    def complete(self) -> bool:
        """Say whether every part is there."""
        return self.total > 0 and not self.missing

    def __str__(self) -> str:
        if not self.total:
            return "have none yet"
        have = _ranges(self.have) or "none"
        return f"have {have} of {self.total}" + (f"; missing {_ranges(self.missing)}" if self.missing else "")


def set_id(kind: Kind, data: bytes) -> bytes:
    """Return the name of the set that `data` makes: it also verifies the whole (spec 5.1.2)."""
    return hashlib.sha256(b"backchannel/set/1\0" + bytes([_KIND_TO_CODE[kind]]) + data).digest()[:SET_ID_SIZE]


def split(kind: Kind, data: bytes, part_size: int | None = None) -> list[Part]:
    """Cut a blob in parts of nearly the same size.

    Args:
        kind: what it is.
        data: the blob.
        part_size: the most bytes in a part; None for one part.

    Returns:
        The parts, from 1 to the last.

    Raises:
        ConfigRefused: `part_size` is below one.
        Oversize: it takes more than `MAX_PARTS` parts.
    """
    if part_size is not None and part_size < 1:
        raise ConfigRefused(f"a part of {part_size} bytes")
    count = 1 if part_size is None else max(1, -(-len(data) // part_size))
    if count > MAX_PARTS:
        raise Oversize(f"{count} parts; at most {MAX_PARTS}", hint="Choose a larger part size.")
    name = set_id(kind, data)
    return [Part(kind, number, count, name, piece) for number, piece in enumerate(_cut(data, count), 1)]


def _cut(data: bytes, count: int) -> list[bytes]:
    # The cuts follow from length and count alone, so that one blob in n parts is always the same n parts: two honest
    # copies can then never contradict each other (spec 5.1.1).
    size = len(data)
    return [data[index * size // count : (index + 1) * size // count] for index in range(count)]


@dataclass(slots=True)
class Collector:
    """Takes the parts of one set in any order, as often as they come (spec 5.1.5)."""

    _first: Part | None = None
    _parts: dict[int, Part] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Say whether every part is there, without counting which."""
        return self._first is not None and len(self._parts) == self._first.count

    @property
    def progress(self) -> Progress:
        """How far the set has come; nothing of nothing before the first part."""
        count = self._first.count if self._first else 0
        missing = tuple(number for number in range(1, count + 1) if number not in self._parts)
        return Progress(tuple(sorted(self._parts)), count, missing)

    def add(self, text: str) -> Progress:
        """Take the text of one QR code.

        Args:
            text: what the camera read.

        Returns:
            How far the set has come.

        Raises:
            ArmorDamaged: it is not one of ours, is damaged, or does not belong to this set; nothing was changed.
        """
        self.add_part(read_text(text))
        return self.progress

    def add_part(self, part: Part) -> None:
        """Take one part.

        Raises:
            ArmorDamaged: it belongs to another set or contradicts a part that is here; nothing was changed.
        """
        first = self._first or part
        if (first.kind, first.count, first.set_id) != (part.kind, part.count, part.set_id):
            raise ArmorDamaged(f"{part.name} belongs to another set", hint="Finish one set before the next.")
        self._first = first
        known = self._parts.setdefault(part.number, part)
        if known != part:
            raise ArmorDamaged(f"{part.name} came twice, and the two differ", hint="Ask for this part again.")

    def result(self) -> tuple[Kind, bytes]:
        """Return the kind and the blob, verified against the set id.

        Raises:
            PartsMissing: not every part is there.
            ArmorDamaged: each part is whole, but together they are not the blob that the set id names.
        """
        first = self._first
        if first is None or not self.complete:
            raise PartsMissing(str(self.progress))
        contents = [self._parts[number].content for number in range(1, first.count + 1)]
        data = b"".join(contents)
        if set_id(first.kind, data) != first.set_id or _cut(data, first.count) != contents:
            raise ArmorDamaged("the parts do not make the whole that they name", hint="Ask for all parts again.")
        return first.kind, data

    @property
    def name(self) -> str:
        """What the person calls the set."""
        return f"{self._first.kind} set {self._first.set_id.hex().upper()}" if self._first else "no set"

    @property
    def parts(self) -> list[Part]:
        """The parts that are here, by number."""
        return [self._parts[number] for number in sorted(self._parts)]


@dataclass(frozen=True, slots=True)
class Assembled:
    """What parts made.

    Attributes:
        whole: kind and blob of each set of which every part is there, in the order in which their first parts came.
        waiting: the other sets.
    """

    whole: list[tuple[Kind, bytes]]
    waiting: list[Collector]

    @property
    def progress(self) -> str:
        """How far the sets that are not whole have come; each is named where there are several."""
        several = len(self.waiting) + len(self.whole) > 1
        shown = [
            (f"{collector.name}: " if several else "") + str(collector.progress) for collector in self.waiting[:_SHOWN]
        ]
        left = len(self.waiting) - _SHOWN
        return "; ".join([*shown, f"and {left} more sets"] if left > 0 else shown)


def put_together(parts: Iterable[Part]) -> Assembled:
    """Put together any number of sets, and say which are not whole yet.

    A blob that comes twice, also when cut in other ways, is one blob.

    Args:
        parts: all that was found, in any order.

    Raises:
        ArmorDamaged: two parts contradict each other.
    """
    sets: dict[tuple[Kind, bytes], dict[int, Collector]] = {}
    for part in parts:
        by_count = sets.setdefault((part.kind, part.set_id), {})
        by_count.setdefault(part.count, Collector()).add_part(part)
    made = Assembled([], [])
    for by_count in sets.values():
        complete = [collector for collector in by_count.values() if collector.complete]
        if complete:
            made.whole.append(complete[0].result())
        else:
            made.waiting.extend(by_count.values())
    return made


def assemble(parts: Iterable[Part]) -> list[tuple[Kind, bytes]]:
    """Put together any number of sets, all of them whole.

    Args:
        parts: all that was found, in any order.

    Returns:
        Kind and blob of each set, in the order in which their first parts came.

    Raises:
        PartsMissing: a set is not complete; the message names each such set if there are several sets.
        ArmorDamaged: two parts contradict each other.
    """
    made = put_together(parts)
    if made.waiting:
        raise PartsMissing(made.progress)
    return made.whole


# --- QR codes: the same parts in the alphanumeric alphabet (spec 5.2) ------------------------------------------------


def to_texts(kind: Kind, data: bytes, part_size: int | None = None) -> list[str]:
    """Return the texts of the QR codes that carry a blob.

    Args:
        kind: what it is.
        data: the blob.
        part_size: the most bytes in one code; None: one code up to `LARGEST_SINGLE`, else `DEFAULT_PART_SIZE`.

    Returns:
        One text for each code, in order, each in the alphanumeric alphabet of QR.

    Raises:
        ConfigRefused: such parts fit no QR code.
        Oversize: too many parts.
    """
    if part_size is None:
        part_size = LARGEST_SINGLE if len(data) <= LARGEST_SINGLE else DEFAULT_PART_SIZE
    if part_size > LARGEST_PART_SIZE:
        raise ConfigRefused(f"{part_size} bytes in one QR code; at most {LARGEST_PART_SIZE}")
    return [text_of(part) for part in split(kind, data, part_size)]


def text_of(part: Part) -> str:
    """Return the text of the QR code that carries a part."""
    return MAGIC + base45_encode(part.header + part.check + part.content)


def is_ours(text: str) -> bool:
    """Say whether the text of a QR code claims to be a part."""
    return text.strip().startswith(MAGIC)


def read_text(text: str) -> Part:
    """Read the text of one QR code (spec 5.2).

    Raises:
        ArmorDamaged: it is not the one text of a part.
    """
    text = text.strip()
    if not text.startswith(MAGIC):
        raise ArmorDamaged("this QR code is not one of ours", hint=f"Ours begin with {MAGIC}")
    raw = base45_decode(text[len(MAGIC) :])
    start = 5 + SET_ID_SIZE + CHECK_SIZE
    if len(raw) < start or raw[0] not in _CODE_TO_KIND:
        raise ArmorDamaged("this QR code is cut off, or comes from a newer Backchannel")
    part = Part(
        kind=_CODE_TO_KIND[raw[0]],
        number=int.from_bytes(raw[1:3], "big"),
        count=int.from_bytes(raw[3:5], "big"),
        set_id=raw[5 : 5 + SET_ID_SIZE],
        content=raw[start:],
    )
    if part.check != raw[5 + SET_ID_SIZE : start]:
        raise ArmorDamaged(f"{part.name}: the check does not match", hint="Scan this code again.")
    return part


def collect(texts: Iterable[str]) -> list[tuple[Kind, bytes]]:
    """Put together what a camera or a folder of pictures gave; codes that are not ours are passed over.

    Raises:
        ArmorDamaged: none is ours, or one of ours is damaged.
        PartsMissing: a set is not complete.
    """
    return assemble(parts_of(texts))


def parts_of(texts: Iterable[str]) -> list[Part]:
    """Return the parts that a camera or a folder of pictures gave; codes that are not ours are passed over.

    Raises:
        ArmorDamaged: none is ours, or one of ours is damaged.
    """
    parts = [read_text(text) for text in texts if is_ours(text)]
    if not parts:
        raise ArmorDamaged("no QR code of ours", hint=f"The text of ours begins with {MAGIC}")
    return parts


def _ranges(numbers: Sequence[int]) -> str:
    """Return sorted numbers as people write them: 1-4, 7, 9."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1][1:] = [number]
        else:
            runs.append([number])
    shown = []
    for run in runs[:_SHOWN]:
        gap = "-" if run[-1] - run[0] > 1 else ", "
        shown.append(gap.join(map(str, run)))
    return ", ".join(shown) + (", and more" if len(runs) > _SHOWN else "")

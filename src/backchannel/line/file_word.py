"""What the two sides say to each other about a file (spec 8.4).

word of a file = [5, name(16), how it stands, coverage of its parts]       a control of a frame (3.4.1)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, unique
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.wire.coverage import NOTHING, Coverage
from backchannel.wire.shape import sized

NAME_SIZE: Final = 16
"""Bytes of an event's id that name the file that it announced."""

MOST_RUNS: Final = 64
"""Runs of parts that are told at most, so that a few words fit beside events."""


@unique
class Standing(IntEnum):
    """How a file stands with the side that says so.

    The last two are said by the side whose file it is, the others by the side that it is for.
    """

    WAITING = 0
    WANTED = 1
    WHOLE = 2
    REFUSED = 3
    BROKEN = 4
    WITHDRAWN = 5
    OFFERED = 6
    """It still goes out, and nothing was heard of it: how does it stand?"""


_KNOWN: Final = frozenset(Standing)

OF_THE_SENDER: Final = frozenset({Standing.WITHDRAWN, Standing.OFFERED})


@dataclass(frozen=True, slots=True)
class FileWord:
    """How one file stands.

    Attributes:
        name: the first 16 bytes of the id of the event that announced the file.
        standing: what the sender of this word wants, or has.
        held: which parts it holds, by number from 1.
    """

    name: bytes
    standing: Standing
    held: Coverage = NOTHING

    def to_value(self) -> list[Any]:
        """Return `[name, standing, coverage]`, what stands behind the kind; of many runs the lowest."""
        return [self.name, int(self.standing), self.held.to_value(MOST_RUNS)]

    @classmethod
    def from_value(cls, value: Any) -> FileWord | None:
        """Read what `to_value` wrote; None for a standing that this version does not know.

        Raises:
            Malformed: it is no word of a file.
        """
        if type(value) is not list or len(value) != 3 or type(value[1]) is not int:
            raise Malformed("word of a file")
        name, held = sized(value[0], NAME_SIZE, "name of a file"), Coverage.from_value(value[2])
        return cls(name, Standing(value[1]), held) if value[1] in _KNOWN else None

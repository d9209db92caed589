"""Slots: when a steady line may put something out, as numbers (spec 18.1).

    slot     n = floor((now - phase) / every)
    its time     phase + n every

The phase is drawn for each line alone, so that two lines of one vault do not share their instants. While the peer is
silent, fewer slots are used, by a rule that looks at nothing but the silence: no mailbox fills up, and what is said
changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from backchannel.errors import InputRefused
from backchannel.wire.envelope import BUCKETS

MINUTE: Final = 60 * 1000
DAY: Final = 24 * 60 * MINUTE

SHORTEST: Final = MINUTE
LONGEST: Final = DAY
"""Milliseconds between two slots, and between two that are used, at most."""

PATIENT: Final = 1024
"""Slots of silence in which every one is used: more than the keys need to step, which makes the peer speak."""

STAGE: Final = 256
"""Slots that are used before half as many of the following are: so 90 days fill no mailbox of a relay (spec 6.10)."""


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a steady line goes.

    Attributes:
        every: milliseconds from one slot to the next.
        size: bytes of every envelope.
    """

    every: int
    size: int

    def __post_init__(self) -> None:
        if not SHORTEST <= self.every <= LONGEST:
            raise InputRefused("a slot takes from one minute to one day")
        if self.size not in BUCKETS:
            raise InputRefused("an envelope has 1, 4, 16 or 64 KiB")


def slot_at(rhythm: Rhythm, phase: int, now: int) -> int:
    """Return the number of the slot in which a moment lies.

    Args:
        rhythm: of the line.
        phase: of the line, 0 to `every` - 1.
        now: milliseconds since 1970.
    """
    return (now - phase) // rhythm.every


def start_of(rhythm: Rhythm, phase: int, slot: int) -> int:
    """Return when a slot begins, milliseconds since 1970: the moment at which its envelope goes out."""
    return phase + slot * rhythm.every


def stride(rhythm: Rhythm, silent: int) -> int:
    """Return of how many slots one is used.

    Args:
        rhythm: of the line.
        silent: slots since the peer was heard.

    Returns:
        A power of two: 1 for PATIENT slots, then twice as much after each STAGE that were used, up to one in LONGEST.
    """
    step, left = 1, silent - PATIENT
    while left >= 0 and 2 * step * rhythm.every <= LONGEST:
        step *= 2
        left -= STAGE * step
    return step


def is_used(rhythm: Rhythm, slot: int, heard: int) -> bool:
    """Say whether a slot is used.

    Args:
        rhythm: of the line.
        slot: its number.
        heard: the number of the slot in which the peer was last heard.
    """
    return slot % stride(rhythm, slot - heard) == 0


def next_used(rhythm: Rhythm, slot: int, heard: int) -> int:
    """Return the first slot from `slot` on that is used if the peer stays as silent as it is."""
    while not is_used(rhythm, slot, heard):
        step = stride(rhythm, slot - heard)
        slot = -(-slot // step) * step
    return slot


def last_used(rhythm: Rhythm, slot: int, heard: int) -> int:
    """Return the last slot up to `slot` that is used."""
    while not is_used(rhythm, slot, heard):
        slot = slot // 2 * 2 if slot % 2 else slot - 2
    return slot

"""Handling marks: what its author lets the other side do with something said, beyond reading it (spec 15.1)."""

from __future__ import annotations

from enum import IntEnum


class Handling(IntEnum):
    """What may be done with it; each allows what stands before it as well."""

    FOR_YOU_ALONE = 0
    MAY_BE_CONVEYED = 1
    MAY_BE_QUOTED = 2
    OFFICIAL = 3

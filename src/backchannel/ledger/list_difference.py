"""What changed from one version of a list to the next; and who may only have been written in another way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backchannel.ledger.name_list import Row
from backchannel.ledger.name_matching import ALIKE, Named, Reason, near_duplicates


@dataclass(frozen=True, slots=True)
class Changed:
    """A row that is in both: as it was, as it is."""

    before: Row
    after: Row


@dataclass(frozen=True, slots=True)
class Renamed:
    """A row that is gone and one that is new, which may be the same person: for people to decide."""

    gone: Row
    new: Row
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Difference:
    """Two versions compared.

    Attributes:
        new: rows of the later version alone.
        gone: rows of the earlier alone.
        changed: rows of both that differ in anything.
        same: how many do not.
        renamed: pairs of a gone and a new row that are alike, the most alike first.
    """

    new: tuple[Row, ...]
    gone: tuple[Row, ...]
    changed: tuple[Changed, ...]
    same: int
    renamed: tuple[Renamed, ...]


def difference(before: Sequence[Row], after: Sequence[Row], *, least: float = ALIKE) -> Difference:
    """Return what changed.

    Args:
        before: the earlier version; keys name the same row in both.
        after: the later version.
        least: score from which a gone and a new row are told as perhaps the same person.
    """
    earlier, later = ({row.key: row for row in rows} for rows in (before, after))
    gone = tuple(row for row in before if row.key not in later)
    new = tuple(row for row in after if row.key not in earlier)
    kept = [Changed(earlier[row.key], row) for row in after if row.key in earlier]
    told = near_duplicates([Named(row.name, row.born) for row in (*gone, *new)], least=least)
    return Difference(
        new=new,
        gone=gone,
        changed=tuple(one for one in kept if one.before != one.after),
        same=sum(one.before == one.after for one in kept),
        renamed=tuple(
            Renamed(gone[pair.first], new[pair.second - len(gone)], pair.score, pair.reasons)
            for pair in told
            if pair.first < len(gone) <= pair.second
        ),
    )

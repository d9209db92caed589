"""A table while events are folded into it: parts are copied when they are first written to, and only these.

`evolve` is pure at its interface; a fold of many events copies each part once, not once an event.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from backchannel.table.model import (
    Agreement,
    Comment,
    Contest,
    Draft,
    Ignored,
    Proposal,
    Reason,
    Standing,
    Table,
    Version,
)

PARTS = tuple(Table.__dataclass_fields__)


class Refusal(NamedTuple):
    """Why an act counts for nothing."""

    reason: Reason
    detail: str = ""


class Working:
    """The parts of a table; those that were written to are this one's own."""

    __slots__ = ("_own", *PARTS)

    versions: dict[bytes, Version]
    agenda: dict[bytes, bytes]
    proposals: dict[bytes, Proposal]
    offers: dict[bytes, Standing]
    agreements: list[Agreement]
    contest: Contest | None
    settled: list[Contest]
    drafts: dict[bytes, Draft]
    heads: list[bytes]
    comments: list[Comment]
    texts: list[bytes]
    ignored: list[Ignored]
    unknown: list[Any]

    def __init__(self, table: Table) -> None:
        for part in PARTS:
            setattr(self, part, getattr(table, part))
        self._own: set[str] = set()

    def own(self, *parts: str) -> None:
        """Make parts writable."""
        for part in parts:
            if part not in self._own:
                shared = getattr(self, part)
                setattr(self, part, dict(shared) if isinstance(shared, dict) else list(shared))
                self._own.add(part)

    def table(self) -> Table:
        """Return the table; nothing may be written to this afterwards."""
        return Table(**{part: getattr(self, part) for part in PARTS})

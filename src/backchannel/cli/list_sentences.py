"""What was said of lists of names, each event in one sentence, for `read`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from backchannel.app.lists import Lists
from backchannel.cli.render import isolated, plural, safe
from backchannel.errors import Malformed
from backchannel.ledger.list_kinds import (
    LIST_KINDS,
    ListBody,
    ListFreeze,
    Opened,
    RowsMoved,
    RowsProposed,
    RowSubstituted,
    read_list_body,
)
from backchannel.ledger.listing import Listings
from backchannel.ledger.name_list import Row
from backchannel.log.event import Event

_NAMED = 3
"""So many rows are named; of more, the number and the first."""


@dataclass(slots=True)
class ListSentences:
    """The sentences of one line; its lists are folded when the first event is met, and when more has come."""

    lists: Lists
    name: str
    _kept: tuple[int, Listings] = field(default=(-1, Listings()))

    def of(self, event: Event) -> str | None:
        """Return what an event of a list said, or None for what is none, or not known to this version."""
        if event.kind not in LIST_KINDS:
            return None
        try:
            body = read_list_body(event.kind, event.body)
        except Malformed:
            return "something about a list that cannot be read; it counts for nothing"
        line = self.lists.line(self.name)
        if self._kept[0] != line.positions:
            line, listings = self.lists.look(self.name)
            self._kept = line.positions, listings
        listings = self._kept[1]
        why = next((one.code for one in listings.ignored if one.event == event.id), None)
        told = _sentence(listings, body, int(line.role))
        return told + (f"; it counts for nothing: {why}" if why is not None else "")


def _sentence(listings: Listings, body: ListBody, mine: int) -> str:
    of = f"list {_words(body.name)}"
    match body:
        case Opened(_, giver, limits):
            who = "I hand" if int(giver) == mine else "they hand"
            rules = "".join(f"; {_words(str(limit))}" for limit in limits)
            return f"opened {of}, of people whom {who} over{rules}"
        case RowsProposed(_, rows):
            return f"proposed {_people(rows)} for {of}"
        case RowSubstituted(_, key, row):
            return f"proposed {_words(row.name)} in place of {_name(listings, body.name, key)} on {of}"
        case RowsMoved(_, keys, stage):
            shown = [_name(listings, body.name, key) for key in keys[:_NAMED]]
            who = ", ".join(shown) if len(keys) <= _NAMED else f"{plural(len(keys), 'row')}, from {shown[0]} on"
            return f"said of {who} on {of}: {stage.value}"
        case ListFreeze(_, listed):
            return f"closed {of} as {listed.hex()[:8]}"


def _people(rows: Sequence[Row]) -> str:
    if len(rows) <= _NAMED:
        return ", ".join(_words(row.name) for row in rows) or "nobody"
    return f"{plural(len(rows), 'row')}, from {_words(rows[0].name)} on,"


def _name(listings: Listings, wanted: str, key: str) -> str:
    listing = listings.lists.get(wanted)
    row = None if listing is None else listing.names.rows.get(key)
    return _words(key if row is None else row.name)


def _words(text: str) -> str:
    return isolated(safe(text).replace("\n", " "))

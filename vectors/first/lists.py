"""12.7, 12.8: names folded, keys made, and the lists that events of a line come to; and bodies that are refused."""

from collections.abc import Iterator
from typing import Any

from backchannel.crypto.suite import Role
from backchannel.ledger.list_kinds import (
    ListBody,
    ListFreeze,
    Opened,
    RowsMoved,
    RowsProposed,
    RowSubstituted,
    write_list_body,
)
from backchannel.ledger.listing import Listings, evolve_lists
from backchannel.ledger.name_folding import fold
from backchannel.ledger.name_list import Limit, Row, made_key
from backchannel.ledger.row_life import Stage
from backchannel.log import fold as folding
from backchannel.log.order import in_order
from backchannel.wire.codec import encode
from vectors.first.deal import NORTH, SOUTH
from vectors.first.defect import Defect
from vectors.first.feeds import NOW, Feeds
from vectors.first.shown import Json, Recorded

NAMES = [
    ("Sleiman O'Connor-Łoś", "1970"),
    ("סלימאן  בן־דוד ז״ל", ""),
    ("نَادِر ٱلْكَرْمِيّ", "١٩٧٠"),
    ("ناديا گلى پچ ىئؤة", "۱۹۷۰"),
    ("ＦＵＬＬ wıdth Straße ﬁ æœþ", "12 / 3"),
    ("צ׳רלי ןםףך\u200f װײ", "5\u00bd"),
    ("ﺳﻼﻡ ٠٩", "\u2460\u2461"),
    ("Ǆ İI ß ſ ΑΣ ς", "\t x \u3000 y"),
]
ROWS = (
    Row("1", "سليم كرمي", "wounded", "1970", "a note"),
    Row("2", "נדיר זהר", "wounded"),
    Row("3", "Talal Karmi"),
    Row(made_key("Amal Zohar", "1980"), "Amal Zohar", "women", "1980"),
)


def lists(_: Recorded) -> Json:
    """12.7, 12.8."""
    return {
        "names": [
            {"name": name, "born": born, "folded": [fold(name), fold(born)], "key": made_key(name, born)}
            for name, born in NAMES
        ],
        "lines": [
            {
                "what": what,
                "events": [event.raw.hex() for event in feeds.events],
                "order": [event.id.hex()[:16] for event in in_order(feeds.events)],
                "after": lists_shown(folding.fold(evolve_lists, in_order(feeds.events), Listings())),
            }
            for what, feeds in _cases()
        ],
    }


def lists_shown(found: Listings) -> Json:
    """Return lists as they stand in the files."""
    return {
        "lists": [
            {
                "list": name,
                "giver": int(one.giver),
                "limits": [[limit.category, limit.least, limit.most] for limit in one.names.limits],
                "rows": [
                    [row.key, row.name, row.category, row.born, row.note, row.stage.value, row.replaced_by]
                    for row in one.names.rows.values()
                ],
                "proposed_by": [int(one.proposed_by[key]) for key in one.names.rows],
                "last": [one.last[key].id.hex()[:16] for key in one.names.rows],
                "closed": [one.closed[role].hex() if role in one.closed else None for role in Role],
                "frozen": one.names.frozen,
                "hash": one.names.hash.hex(),
            }
            for name, one in found.lists.items()
        ],
        "ignored": [[one.event.hex()[:16], one.code] for one in found.ignored],
    }


class _Talk(Feeds):
    """Two feeds that speak of lists, and what they come to so far."""

    def list(self, role: Role, body: ListBody, *, apart: bool = False) -> None:
        self.say(role, write_list_body(body), NOW + len(self.events), apart=apart)

    def raw(self, role: Role, kind: str, body: Any) -> None:
        self.say(role, (kind, encode(body)), NOW + len(self.events))

    def hash(self) -> bytes:
        return folding.fold(evolve_lists, in_order(self.events), Listings()).of("out").names.hash


def _opened(*limits: Limit) -> _Talk:
    feeds = _Talk()
    feeds.list(NORTH, Opened("out", NORTH, limits))
    feeds.list(NORTH, RowsProposed("out", ROWS[:3]))
    return feeds


def _frozen() -> _Talk:
    feeds = _opened()
    feeds.list(SOUTH, RowsMoved("out", ("1", "2"), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", ("3",), Stage.VETOED))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    feeds.list(SOUTH, ListFreeze("out", feeds.hash()))
    return feeds


def _cases() -> Iterator[tuple[str, Feeds]]:
    feeds = _frozen()
    for stage in (Stage.IDENTITY_CHECKED, Stage.PROOF_OF_LIFE, Stage.MEDICAL_CHECK, Stage.IN_CUSTODY):
        feeds.list(NORTH, RowsMoved("out", ("1", "2"), stage))
    feeds.list(NORTH, RowsMoved("out", ("2",), Stage.MEDICAL_CHECK))
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.HANDED_OVER))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.CONFIRMED))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.FAMILY_TOLD))
    feeds.raw(NORTH, "list.praise", {})
    yield "from proposed to the family told, and one who was brought back", feeds

    feeds = _opened(Limit("wounded", 1, 1), Limit("", 0, 2))
    feeds.list(SOUTH, RowsMoved("out", ("1", "2"), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.AGREED))
    feeds.list(SOUTH, RowSubstituted("out", "2", ROWS[3]))
    feeds.list(SOUTH, RowsMoved("out", (ROWS[3].key,), Stage.AGREED))
    feeds.list(NORTH, RowsMoved("out", (ROWS[3].key,), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", ("3",), Stage.AGREED))
    feeds.list(SOUTH, RowSubstituted("out", "2", Row("9", "Nobody")))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    feeds.list(SOUTH, RowsMoved("out", ("3",), Stage.VETOED))
    feeds.list(NORTH, ListFreeze("out", bytes(32)))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    yield "quotas, one for another, and a side that freezes alone", feeds

    feeds = _opened(Limit("women", 1, None))
    feeds.list(SOUTH, RowsMoved("out", ("1", "2", "3"), Stage.AGREED))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.PROPOSED))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.VETOED))
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.PROPOSED))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.PROPOSED))
    yield "a quota that is not met; who vetoed lifts the veto", feeds

    feeds = _opened()
    feeds.list(SOUTH, RowsProposed("out", (ROWS[3],)))
    feeds.list(NORTH, RowsMoved("out", (ROWS[3].key,), Stage.AGREED), apart=True)
    feeds.list(SOUTH, RowsMoved("out", (ROWS[3].key,), Stage.VETOED), apart=True)
    feeds.meet()
    yield "a veto that had not seen the agreement", feeds

    feeds = _opened()
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.AGREED), apart=True)
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.VETOED), apart=True)
    feeds.meet()
    feeds.list(NORTH, RowsMoved("out", ("2",), Stage.VETOED), apart=True)
    feeds.list(SOUTH, RowsMoved("out", ("2",), Stage.AGREED), apart=True)
    feeds.meet()
    feeds.list(SOUTH, RowsMoved("out", ("3",), Stage.AGREED))
    feeds.list(NORTH, RowsMoved("out", ("3",), Stage.VETOED))
    yield "a veto and an agreement that cross come to a veto; what was seen does not", feeds

    feeds = _opened(Limit("", 3, None))
    feeds.list(SOUTH, Opened("out", SOUTH, ()))
    feeds.list(SOUTH, Opened(" ", SOUTH, ()))
    feeds.list(SOUTH, Opened("in", SOUTH, (Limit("x", 2, 1),)))
    feeds.list(SOUTH, Opened("in", SOUTH, (Limit("x", 2, 2),)))
    feeds.list(NORTH, RowsProposed("none", ROWS[3:]))
    feeds.list(NORTH, RowsProposed("out", (Row("7", "\u0640\u064b"),)))
    feeds.list(NORTH, RowsProposed("out", (Row("", "Nadir"),)))
    feeds.list(NORTH, RowsProposed("out", (Row("7", "TALAL KARMI"),)))
    feeds.list(NORTH, RowsProposed("out", (Row("1", "Nadir"),)))
    feeds.list(NORTH, RowsProposed("out", (Row("7", "Nadir"), Row("8", "nadir"))))
    feeds.list(NORTH, RowSubstituted("out", "7", Row("8", "Nadir")))
    feeds.list(SOUTH, RowsMoved("out", ("1", "1"), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", (), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", ("1", "7"), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.SUBSTITUTED))
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.IDENTITY_CHECKED))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.HANDED_OVER))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    feeds.list(SOUTH, RowsMoved("out", ("1", "2"), Stage.AGREED))
    feeds.list(SOUTH, RowsMoved("out", ("3",), Stage.VETOED))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    yield "what does not follow", feeds

    feeds = _frozen()
    feeds.list(NORTH, RowsProposed("out", (Row("7", "Nadir"),)))
    feeds.list(NORTH, RowSubstituted("out", "1", Row("7", "Nadir")))
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.PROPOSED))
    feeds.list(NORTH, ListFreeze("out", feeds.hash()))
    feeds.list(SOUTH, RowsMoved("out", ("1",), Stage.IDENTITY_CHECKED))
    feeds.list(NORTH, RowsMoved("out", ("3",), Stage.IDENTITY_CHECKED))
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.IDENTITY_CHECKED))
    feeds.list(NORTH, RowsMoved("out", ("1",), Stage.CONFIRMED))
    yield "what does not follow on a closed list", feeds

    feeds = _opened()
    feeds.raw(SOUTH, "list.move", {"list": "out", "keys": ["1"], "stage": "agreed", "more": None})
    feeds.raw(SOUTH, "list.move", {"list": "out", "keys": ["2"], "stage": "praised"})
    feeds.raw(SOUTH, "list.freeze", ["out"])
    yield "a key that nobody knows, and bodies of another form", feeds


def list_defects() -> list[Defect]:
    """12.8."""
    row = ["1", "Amal", "", "", ""]
    found: dict[str, tuple[str, str, Any]] = {
        "array": ("a list for a body", "list.open", ["out"]),
        "no-name": ("no list is named", "list.freeze", {"hash": bytes(32)}),
        "name-long": ("a name of 201 characters", "list.freeze", {"list": "x" * 201, "hash": bytes(32)}),
        "giver": ("a third side gives", "list.open", {"list": "out", "giver": 2, "limits": []}),
        "giver-true": ("true gives", "list.open", {"list": "out", "giver": True, "limits": []}),
        "limit-two": ("a limit of two", "list.open", {"list": "out", "giver": 0, "limits": [["", 1]]}),
        "limit-below": ("a limit below 0", "list.open", {"list": "out", "giver": 0, "limits": [["", -1, None]]}),
        "limits-many": ("101 limits", "list.open", {"list": "out", "giver": 0, "limits": [["", 0, None]] * 101}),
        "row-four": ("a row of four", "list.propose", {"list": "out", "rows": [row[:4]]}),
        "row-number": ("a number for a birth", "list.propose", {"list": "out", "rows": [[*row[:3], 1970, ""]]}),
        "row-long": ("a text of 501 characters", "list.propose", {"list": "out", "rows": [[*row[:4], "x" * 501]]}),
        "rows-none": ("no rows are named", "list.propose", {"list": "out"}),
        "other": ("no row in place of another", "list.substitute", {"list": "out", "key": "1"}),
        "keys": ("a text for keys", "list.move", {"list": "out", "keys": "1", "stage": "agreed"}),
        "stage": ("an unknown stage", "list.move", {"list": "out", "keys": ["1"], "stage": "Agreed"}),
        "hash": ("a hash of 31 bytes", "list.freeze", {"list": "out", "hash": bytes(31)}),
    }
    return [
        (f"list-{name}", "12.8", what, "malformed", {"kind": kind, "bytes": encode(body).hex()})
        for name, (what, kind, body) in found.items()
    ]

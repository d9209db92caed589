"""The kinds of event that make and carry out a list of names, and their bodies (spec 12.8).

    list.open         {"list": T, "giver": 0 | 1, "limits": [[category, least, most or null], ...]}
    list.propose      {"list": T, "rows": [[key, name, category, born, note], ...]}
    list.substitute   {"list": T, "key": T, "row": [key, name, category, born, note]}
    list.move         {"list": T, "keys": [T, ...], "stage": T}
    list.freeze       {"list": T, "hash": H}

A long list is proposed in several events. A reader ignores keys that it does not know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from backchannel.crypto.suite import Role
from backchannel.errors import Malformed
from backchannel.ledger.name_list import LONGEST_CELL, Limit, Row
from backchannel.ledger.row_life import Stage
from backchannel.ledger.terms import LARGEST_SIZE, LONGEST_NAME
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import items, sized, text, whole

OPEN: Final = "list.open"
PROPOSE: Final = "list.propose"
SUBSTITUTE: Final = "list.substitute"
MOVE: Final = "list.move"
FREEZE: Final = "list.freeze"
LIST_KINDS: Final = frozenset({OPEN, PROPOSE, SUBSTITUTE, MOVE, FREEZE})
MOST_IN_ONE: Final = 5_000
MOST_LIMITS: Final = 100
_STAGES: Final = {stage.value: stage for stage in Stage}


@dataclass(frozen=True, slots=True)
class Opened:
    """A new, empty list: who hands over, under which limits."""

    name: str
    giver: Role
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class RowsProposed:
    """Rows to be put on the list."""

    name: str
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RowSubstituted:
    """A row to stand for another."""

    name: str
    key: str
    row: Row


@dataclass(frozen=True, slots=True)
class RowsMoved:
    """Rows that are one step on in their lives."""

    name: str
    keys: tuple[str, ...]
    stage: Stage


@dataclass(frozen=True, slots=True)
class ListFreeze:
    """A side closes the list as its hash says it is; closed when both have."""

    name: str
    hash: bytes


ListBody: TypeAlias = Opened | RowsProposed | RowSubstituted | RowsMoved | ListFreeze


def write_list_body(body: ListBody) -> tuple[str, bytes]:
    """Return the kind and the body of an event."""
    match body:
        case Opened(name, giver, limits):
            shown = [[one.category, one.least, one.most] for one in limits]
            return OPEN, encode({"list": name, "giver": int(giver), "limits": shown})
        case RowsProposed(name, rows):
            return PROPOSE, encode({"list": name, "rows": [_cells(row) for row in rows]})
        case RowSubstituted(name, key, row):
            return SUBSTITUTE, encode({"list": name, "key": key, "row": _cells(row)})
        case RowsMoved(name, keys, stage):
            return MOVE, encode({"list": name, "keys": list(keys), "stage": stage.value})
        case ListFreeze(name, listed):
            return FREEZE, encode({"list": name, "hash": listed})


def read_list_body(kind: str, raw: bytes) -> ListBody:
    """Return what an event of one of `LIST_KINDS` says.

    Raises:
        Malformed: the body has another form.
    """
    value = decode(raw)
    if type(value) is not dict:
        raise Malformed("list event")
    name = text(value.get("list"), "list", longest=LONGEST_NAME)
    if kind == OPEN:
        limits = items(value.get("limits"), "limits", most=MOST_LIMITS)
        return Opened(name, Role(whole(value.get("giver"), "giver", below=2)), tuple(map(_limit, limits)))
    if kind == PROPOSE:
        return RowsProposed(name, tuple(map(_row, items(value.get("rows"), "rows", most=MOST_IN_ONE))))
    if kind == SUBSTITUTE:
        return RowSubstituted(name, _cell(value.get("key")), _row(value.get("row")))
    if kind == MOVE:
        keys = tuple(map(_cell, items(value.get("keys"), "keys", most=MOST_IN_ONE)))
        stage = value.get("stage")
        if type(stage) is not str or stage not in _STAGES:
            raise Malformed("stage")
        return RowsMoved(name, keys, _STAGES[stage])
    return ListFreeze(name, sized(value.get("hash"), 32, "hash"))


def _cells(row: Row) -> list[str]:
    return [row.key, row.name, row.category, row.born, row.note]


def _cell(value: Any) -> str:
    return text(value, "row", longest=LONGEST_CELL)


def _row(value: Any) -> Row:
    cells = items(value, "row", most=5)
    if len(cells) != 5:
        raise Malformed("row")
    key, name, category, born, note = map(_cell, cells)
    return Row(key, name, category, born, note)


def _limit(value: Any) -> Limit:
    found = items(value, "limit", most=3)
    if len(found) != 3:
        raise Malformed("limit")
    category, least, most = found
    return Limit(
        _cell(category),
        whole(least, "limit", below=LARGEST_SIZE),
        None if most is None else whole(most, "limit", below=LARGEST_SIZE),
    )

"""A question for the exchange planner as a person writes it: YAML or JSON, a list of the line, a file of points.

What the planner reads is in `insight.exchange.question`. Here may stand as well, under `giving` and `getting`:

    list: people             # its rows and categories are those of the line's list, and so are its vetoes
    points: people.csv       # columns cost and value beside the name or the id; without `list`, also its rows
    each: {wounded: {cost: 4, value: 9}}     # by category, for rows that have no points yet

Points are looked up in `rows`, then in `points`, then in `each`. None of this travels.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from backchannel.app.line import Line
from backchannel.app.lists import standing
from backchannel.app.name_file import cells_of
from backchannel.app.package_file import read_map
from backchannel.errors import PlanRefused
from backchannel.insight.exchange.problem import Exchange
from backchannel.insight.exchange.question import read_question
from backchannel.ledger.listing import Listing, Listings
from backchannel.ledger.name_folding import fold
from backchannel.ledger.name_list import Row, heading, rows_from_cells
from backchannel.ledger.row_life import Stage

LARGEST_QUESTION: Final = 4 * 1024 * 1024
_NUMBERS: Final = frozenset({"least", "most", "cost", "value", "worth", "budget", "my least", "their least"})
_WHOLE: Final = re.compile(r"[+-]?\d{1,18}")
_OWN: Final = frozenset({"list", "points", "each"})
_COLUMNS: Final = {
    fold(word): column
    for column, words in {
        "cost": ("cost", "costs", "מחיר", "עלות", "التكلفة", "تكلفة"),
        "value": ("value", "worth", "ערך", "שווי", "القيمة", "قيمة"),
    }.items()
    for word in words
}

Points = dict[str, dict[str, int]]


def question_of(content: bytes, line: Line, listings: Listings, file_of: Callable[[str], bytes]) -> Exchange:
    """Return the question that a file asks.

    Args:
        content: of the file.
        line: whose lists it may name.
        listings: those lists.
        file_of: returns the content of a file that it names.

    Raises:
        InputRefused: it is no YAML and no JSON.
        PlanRefused: what it asks has no meaning; the place is named.
        ListRefused: there is no such list, or a file of points is none.
    """
    value = _with_numbers(read_map(content, LARGEST_QUESTION))
    for way in ("giving", "getting"):
        if isinstance(value.get(way), dict):
            value[way] = _side(value[way], way, line, listings, file_of)
    return read_question(value)


def _side(
    asked: dict[str, Any], way: str, line: Line, listings: Listings, file_of: Callable[[str], bytes]
) -> dict[str, Any]:
    listing = listings.of(_word(asked, "list", way)) if "list" in asked else None
    if listing is not None and (int(listing.giver) == int(line.role)) != (way == "giving"):
        raise PlanRefused(f"{way}: the list {asked['list']} is handed over by the other side")
    rows, points = _points(cells_of(file_of(_word(asked, "points", way))), way) if "points" in asked else ((), {})
    if listing is None and not rows and "each" not in asked:
        return {key: found for key, found in asked.items() if key not in _OWN}
    written = asked.get("rows", [])
    if not isinstance(written, list) or not all(isinstance(one, dict) for one in written):
        raise PlanRefused(f"{way}: rows: a list of maps is wanted")
    people = rows if listing is None else _candidates(listing)
    known = {row.key for row in people}
    own = {one["key"]: one for one in written if isinstance(one.get("key"), str)}
    if listing is not None and (more := next((key for key in own if key not in known), None)) is not None:
        raise PlanRefused(f"{way}: {more} is not in the list {asked['list']}")
    each = asked.get("each", {})
    if not isinstance(each, dict) or not all(isinstance(one, dict) for one in each.values()):
        raise PlanRefused(f"{way}: each: a map from categories to cost and value is wanted")
    filled = [_filled(row, own.get(row.key, {}), points.get(row.key, {}), each, way) for row in people]
    filled += [one if one.get("key") in known else _each(one, each) for one in written if one.get("key") not in known]
    vetoes = asked.get("vetoes", [])
    found = {**{key: one for key, one in asked.items() if key not in _OWN}, "rows": filled}
    if listing is not None and isinstance(vetoes, list):
        found["vetoes"] = [*vetoes, *_vetoes(line, listing)]
    return found


def _candidates(listing: Listing) -> Sequence[Row]:
    """Return who could still go: of a frozen list, who goes."""
    return listing.names.going if listing.names.frozen else standing(listing.names)


def _vetoes(line: Line, listing: Listing) -> list[dict[str, str]]:
    if listing.names.frozen:
        return []
    return [
        {"key": row.key, "by": "we" if int(listing.last[row.key].author) == int(line.role) else "they"}
        for row in listing.names.rows.values()
        if row.stage is Stage.VETOED
    ]


def _filled(
    row: Row, written: dict[str, Any], points: dict[str, int], each: dict[str, dict[str, Any]], way: str
) -> dict[str, Any]:
    category = written.get("category", row.category)
    if category != row.category:
        raise PlanRefused(f"{way}: {row.key} is {row.category or 'without a category'} in the list")
    found: dict[str, Any] = {**each.get(category, {}), **points, **written, "key": row.key, "category": category}
    if "cost" not in found or "value" not in found:
        raise PlanRefused(f"{way}: {row.key} {row.name} has no cost or no value")
    return found


def _each(written: dict[str, Any], each: dict[str, dict[str, Any]]) -> dict[str, Any]:
    category = written.get("category", "")
    return {**(each.get(category, {}) if isinstance(category, str) else {}), **written}


def _points(cells: list[list[str]], way: str) -> tuple[Sequence[Row], Points]:
    """Return the rows of a file of points, and cost and value of each where they stand there."""
    rows = rows_from_cells(cells)
    at, _ = heading(cells)
    columns = {_COLUMNS[fold(cell)]: place for place, cell in enumerate(cells[at]) if fold(cell) in _COLUMNS}
    if not columns:
        raise PlanRefused(f"{way}: the file of points has no column headed `cost` or `value`")
    points: Points = {}
    filled = (row for row in cells[at + 1 :] if any(cell.strip() for cell in row))
    for row, found in zip(rows, filled, strict=True):
        points[row.key] = {}
        for column, place in columns.items():
            cell = found[place].strip() if place < len(found) else ""
            if cell and not _WHOLE.fullmatch(cell):
                raise PlanRefused(f"{way}: {row.key}: {column} is a whole number, not {cell!r}")
            if cell:
                points[row.key][column] = int(cell)
    return rows, points


def _with_numbers(value: Any, *, number: bool = False) -> Any:
    """Return a map of texts with whole numbers where the planner wants them; a key such as 17 stays a text."""
    if isinstance(value, dict):
        return {key: _with_numbers(one, number=key in _NUMBERS) for key, one in value.items()}
    if isinstance(value, list):
        return [_with_numbers(one) for one in value]
    return int(value) if number and isinstance(value, str) and _WHOLE.fullmatch(value.strip()) else value


def _word(asked: dict[str, Any], name: str, way: str) -> str:
    value = asked[name]
    if not isinstance(value, str):
        raise PlanRefused(f"{way}: {name} is a text")
    return value

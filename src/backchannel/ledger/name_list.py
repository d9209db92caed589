"""Lists of names: read from cells, and changed row by row under quotas and counts until they are frozen.

Reading a file is the command line's; here are its cells. The heading is found by the words of its columns, in English,
Hebrew and Arabic. Nobody is in a list twice and nobody is unnamed; who might be the same person is told by
`name_matching` and left to people.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from backchannel.crypto.suite import digest
from backchannel.errors import LimitBroken, ListFrozen, ListRefused, MoveRefused
from backchannel.ledger.growing import grown
from backchannel.ledger.name_folding import fold
from backchannel.ledger.row_life import FREEZING, GOING, NEXT, Stage

MOST_ROWS: Final = 100_000
LONGEST_CELL: Final = 500
_HEADING_WITHIN: Final = 20

_COLUMNS: Final[dict[str, frozenset[str]]] = {
    "name": frozenset({"name", "full name", "names", "שם", "שם מלא", "الاسم", "اسم", "الاسم الكامل"}),
    "key": frozenset({"id", "no", "number", "reference", "ref", "מספר", "מזהה", "رقم", "الرقم"}),
    "category": frozenset({"category", "group", "kind", "קטגוריה", "קבוצה", "סוג", "فيه", "الفيه", "فئة", "الفئة"}),
    "born": frozenset({"born", "birth", "year of birth", "date of birth", "נולד", "שנת לידה", "תאריך לידה",
                       "سنة الميلاد", "تاريخ الميلاد", "الميلاد"}),
    "note": frozenset({"note", "notes", "remark", "remarks", "הערה", "הערות", "ملاحظة", "ملاحظات"}),
}  # fmt: skip
_KNOWN: Final = {fold(word): column for column, words in _COLUMNS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Row:
    """One person of a list.

    Attributes:
        key: names the row for ever: the file's own number, or made from name and birth.
        name: as it was written; never normalised.
        category: what quotas count.
        born: as it was written.
        note: as it was written.
        stage: where the row stands.
        replaced_by: the row that stands for it now, if it was substituted.
    """

    key: str
    name: str
    category: str = ""
    born: str = ""
    note: str = ""
    stage: Stage = Stage.PROPOSED
    replaced_by: str = ""


@dataclass(frozen=True, slots=True)
class Limit:
    """How many rows of a category must and may go; an empty category is the whole list, `most` None no limit."""

    category: str = ""
    least: int = 0
    most: int | None = None

    def __str__(self) -> str:
        most = "" if self.most is None else f", at most {self.most}"
        return f"{self.category or 'all'}: at least {self.least}{most}"


@dataclass(frozen=True, slots=True)
class NameList:
    """A list and its rules; every change returns a new one, and what is refused changes nothing.

    Attributes:
        rows: by key, in the list's order.
        limits: quotas and counts.
        frozen: whether both sides closed it.
        counted: how many rows of each category go, so that a change need not count them again; None is not counted yet.
    """

    rows: Mapping[str, Row] = field(default_factory=lambda: MappingProxyType({}))
    limits: tuple[Limit, ...] = ()
    frozen: bool = False
    counted: Mapping[str, int] | None = field(default=None, compare=False, repr=False)

    @property
    def going(self) -> tuple[Row, ...]:
        """Return the rows that go."""
        return tuple(row for row in self.rows.values() if row.stage in GOING)

    @property
    def hash(self) -> bytes:
        """Return 32 bytes that stand for who goes: key, name, category and birth of each, in the list's order."""
        return digest("name list", [[row.key, row.name, row.category, row.born] for row in self.going])


def rows_from_cells(cells: Sequence[Sequence[str]]) -> tuple[Row, ...]:
    """Return the rows of a table whose heading names a column for the name.

    Args:
        cells: rows of texts, as a CSV or XLSX file has them; numbers already as texts.

    Raises:
        ListRefused: no heading, too large, somebody unnamed, or somebody twice; every such row is named.
    """
    if len(cells) > MOST_ROWS:
        raise ListRefused(f"at most {MOST_ROWS} rows")
    at_row, columns = heading(cells)
    rows, wrong = [], []
    for number, row in enumerate(cells[at_row + 1 :], start=at_row + 2):
        found = {column: row[at].strip() if at < len(row) else "" for column, at in columns.items()}
        if not any(cell.strip() for cell in row):
            continue
        if any(len(cell) > LONGEST_CELL for cell in found.values()):
            wrong.append(f"row {number} has a cell of more than {LONGEST_CELL} characters")
        elif not fold(found["name"]):
            wrong.append(f"row {number} has no name")
        else:
            key = found.get("key") or made_key(found["name"], found.get("born", ""))
            category, born, note = (found.get(name, "") for name in ("category", "born", "note"))
            rows.append((number, Row(key, found["name"], category, born, note)))
    wrong += _twice(rows)
    if wrong:
        raise ListRefused("; ".join(wrong[:10]) + (f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""))
    if not rows:
        raise ListRefused("no rows under the heading")
    return tuple(row for _, row in rows)


def made_key(name: str, born: str) -> str:
    """Return the key of a row that brings none: 16 hexadecimal digits that follow from the folded name and birth."""
    return digest("name list row", fold(name), fold(born))[:8].hex()


def heading(cells: Sequence[Sequence[str]]) -> tuple[int, dict[str, int]]:
    """Return the row of the heading, and where each known column is.

    Raises:
        ListRefused: no column is headed as the one for the name.
    """
    for number, row in enumerate(cells[:_HEADING_WITHIN]):
        columns: dict[str, int] = {}
        for at, cell in enumerate(row):
            column = _KNOWN.get(fold(cell[:LONGEST_CELL]))
            if column and column not in columns:
                columns[column] = at
        if "name" in columns:
            return number, columns
    raise ListRefused("no column is headed `name`")


@lru_cache(maxsize=32_768)  # a list is gone through again at each change of it
def _person(name: str, born: str) -> tuple[str, str]:
    return fold(name), fold(born)


def _twice(rows: Iterable[tuple[int | str, Row]]) -> list[str]:
    wrong: list[str] = []
    keys: dict[str, int | str] = {}
    people: dict[tuple[str, str], int | str] = {}
    for number, row in rows:
        person = _person(row.name, row.born)
        first = keys.setdefault(row.key, number)
        same = people.setdefault(person, number)
        if first != number:
            wrong.append(f"rows {first} and {number} have the same number or are the same person")
        elif same != number:
            wrong.append(f"rows {same} and {number} are the same person")
    return wrong


def propose(names: NameList, rows: Iterable[Row]) -> NameList:
    """Return the list with more rows behind its own.

    Raises:
        ListFrozen: the list is closed.
        ListRefused: somebody is in it already, or unnamed.
    """
    _open(names)
    new = tuple(replace(row, stage=Stage.PROPOSED, replaced_by="") for row in rows)
    for row in new:
        if not row.key or not fold(row.name):
            raise ListRefused("a row without a name")
    there = [(f"{row.name} (in the list)", row) for row in names.rows.values() if row.stage is not Stage.SUBSTITUTED]
    wrong = _twice([*there, *((f"{row.name} (proposed, {number})", row) for number, row in enumerate(new, 1))])
    if wrong or any(row.key in names.rows for row in new):
        raise ListRefused("; ".join(wrong[:10]) or "a row with this number was substituted before")
    return _with(names, new)


def move(names: NameList, keys: Iterable[str], stage: Stage) -> NameList:
    """Return the list with rows one step on in their lives (`row_life.NEXT`), all or none; not for substitution.

    Raises:
        ListRefused: there is no such row.
        MoveRefused: this step does not follow.
        ListFrozen: it is a step of choosing, and the list is closed.
        LimitBroken: too many would go.
    """
    moved = []
    for key in keys:
        row = _row(names, key)
        if stage is Stage.SUBSTITUTED or stage not in NEXT[row.stage]:
            raise MoveRefused(f"{key} is {row.stage.value}; {stage.value} does not follow")
        moved.append(replace(row, stage=stage))
    if stage in FREEZING:
        _open(names)
    elif not names.frozen:
        raise MoveRefused("the list is not frozen yet")
    after = _with(names, moved)
    if stage is Stage.AGREED:
        _within(after, leasts=False)
    return after


def substitute(names: NameList, key: str, other: Row) -> NameList:
    """Return the list with another row in place of one; the new one is proposed, also if the old one was agreed.

    Raises:
        ListFrozen: the list is closed.
        ListRefused: there is no such row, or the other is in the list already.
        MoveRefused: the row was substituted before.
    """
    _open(names)
    row = _row(names, key)
    if Stage.SUBSTITUTED not in NEXT[row.stage]:
        raise MoveRefused(f"{key} is {row.stage.value}; it cannot be substituted")
    gone = replace(row, stage=Stage.SUBSTITUTED, replaced_by=other.key)
    return propose(_with(names, (gone,)), (other,))


def freeze(names: NameList) -> NameList:
    """Return the list closed: who is agreed goes, and nobody else.

    Raises:
        ListFrozen: it is closed already.
        MoveRefused: a row is still only proposed.
        LimitBroken: a quota or count is not met.
    """
    _open(names)
    waiting = [row.key for row in names.rows.values() if row.stage is Stage.PROPOSED]
    if waiting:
        raise MoveRefused(f"{len(waiting)} rows are still only proposed, such as {waiting[0]}")
    _within(names, leasts=True)
    return replace(names, frozen=True)


def _within(names: NameList, *, leasts: bool) -> None:
    counted = _counted(names)
    for limit in names.limits:
        count = counted.get(limit.category, 0) if limit.category else sum(counted.values())
        if (limit.most is not None and count > limit.most) or (leasts and count < limit.least):
            raise LimitBroken(f"{limit}; there would be {count}")


def _counted(names: NameList) -> Mapping[str, int]:
    return Counter(row.category for row in names.going) if names.counted is None else names.counted


def _open(names: NameList) -> None:
    if names.frozen:
        raise ListFrozen


def _row(names: NameList, key: str) -> Row:
    if key not in names.rows:
        raise ListRefused(f"there is no row {key}")
    return names.rows[key]


def _with(names: NameList, rows: Iterable[Row]) -> NameList:
    more = {row.key: row for row in rows}
    counted = Counter(_counted(names))
    for key, row in more.items():
        before = names.rows.get(key)
        if before is not None and before.stage in GOING:
            counted[before.category] -= 1
        if row.stage in GOING:
            counted[row.category] += 1
    return replace(names, rows=grown(names.rows, more), counted=MappingProxyType(counted))

"""One measured figure, and the two ways to show it: a line of JSON, or a row of a table."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SCHEMA: Final = 1
"""Goes up when a key of the JSON changes its meaning or goes away; a new key is no change."""

HEADINGS: Final = ("bench", "row", "value", "unit", "target", "met")
_NUMBERS: Final = frozenset({"value", "target"})
_GREEN, _RED, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[0m"


@dataclass(frozen=True, slots=True)
class Row:
    """One figure.

    Attributes:
        bench: the NAME of the bench that measured it.
        row: what was measured.
        value: the figure.
        unit: its unit, such as "ms" or "1/s".
        target: the figure that we promised, in the same unit; None where we promised none.
        met: whether the promise is kept; only the bench knows if less or more is better. None without a target.
    """

    bench: str
    row: str
    value: float
    unit: str
    target: float | None = None
    met: bool | None = None


def as_json(row: Row) -> str:
    """Return the row as one line of JSON."""
    return json.dumps({"schema": SCHEMA, **asdict(row)}, ensure_ascii=False, allow_nan=False)


def figure(value: float | None) -> str:
    """Return a figure as a person reads it: three digits that count, thousands set apart, a dash for none."""
    if value is None:
        return "-"
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def as_table(rows: Sequence[Row], *, colour: bool) -> str:
    """Return rows as an aligned table, numbers to the right.

    Args:
        rows: what was measured, in order.
        colour: whether to colour the last column.

    Returns:
        The table, without a newline behind its last line.
    """
    cells = [HEADINGS, *(_cells(row) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(HEADINGS))]
    lines = []
    for number, line in enumerate(cells):
        fields = [
            text.rjust(width) if heading in _NUMBERS else text.ljust(width)
            for heading, text, width in zip(HEADINGS, line, widths, strict=True)
        ]
        if colour and number:
            fields[-1] = _coloured(fields[-1], rows[number - 1].met)
        lines.append("  ".join(fields).rstrip())
    return "\n".join(lines)


def _cells(row: Row) -> tuple[str, ...]:
    met = "-" if row.met is None else ("yes" if row.met else "no")
    return (row.bench, row.row, figure(row.value), row.unit, figure(row.target), met)


def _coloured(text: str, met: bool | None) -> str:  # the field's own value, handed on
    return text if met is None else f"{_GREEN if met else _RED}{text}{_PLAIN}"

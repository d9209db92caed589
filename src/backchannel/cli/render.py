"""How things are shown: times, digits, other people's words, tables and JSON."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

import click

SCHEMA: Final = 1

_BIDI: Final = {
    "\u061c": "ALM", "\u200e": "LRM", "\u200f": "RLM", "\u202a": "LRE", "\u202b": "RLE", "\u202c": "PDF",
    "\u202d": "LRO", "\u202e": "RLO", "\u2066": "LRI", "\u2067": "RLI", "\u2068": "FSI", "\u2069": "PDI",
}  # fmt: skip
_HARMLESS: Final = frozenset({"\u200e", "\u200f", "\u061c"})
"""Marks that people type in mixed text and that cannot reorder what stands beside them."""

_UNSAFE: Final = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufeff]")

FIRST_STRONG: Final = "\u2068"
POP: Final = "\u2069"


def data(value: dict[str, Any]) -> None:
    """Print one JSON object on one line, with its schema number.

    What could move the cursor, reorder the screen or look like the end of a line is escaped; the values are exact.
    """
    click.echo(json_text({"schema": SCHEMA, **value}))


def json_text(value: dict[str, Any]) -> str:
    """Return JSON on one line in which what could move the cursor or reorder the screen is escaped."""
    text = json.dumps(value, ensure_ascii=False)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def moment(milliseconds: int | None) -> str | None:
    """Return a time as ISO 8601 in UTC; None stays None."""
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"  # a clock that claims the year 60,000 is shown, not believed


def local(milliseconds: int) -> str:
    """Return a time for people, in this machine's zone."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).astimezone().strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return "a strange time"


def safe(text: str) -> str:
    """Return someone's words so that they cannot move the cursor, colour the screen or reorder what is around them.

    Control characters and marks of direction that can reorder are shown by name; the stored words stay as they are.
    """
    named = ((character, unsafe_name(character)) for character in text)
    return "".join(character if name is None else left_to_right(f"‹{name}›") for character, name in named)


def unsafe_name(character: str) -> str | None:
    """Return the name under which a character is shown; None where it can be shown itself."""
    if character in "\n\t" or character in _HARMLESS:
        return None
    if character in _BIDI:
        return _BIDI[character]
    if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp") or character == "\ufeff":
        return f"U+{ord(character):04X}"
    return None


def isolated(text: str) -> str:
    """Return text that keeps its own direction and leaves that of what stands beside it alone."""
    return f"{FIRST_STRONG}{text}{POP}"


def left_to_right(text: str) -> str:
    """Return text that runs from left to right wherever it stands: digits, commands, names of characters."""
    return f"\u2066{text}{POP}"


def right_to_left(text: str) -> str:
    """Return text that runs from right to left wherever it stands: sentences of ours in Hebrew and Arabic."""
    return f"\u2067{text}{POP}"


def table(rows: Sequence[Sequence[str]], head: Sequence[str]) -> None:
    """Print rows in columns."""
    widths = [max(width(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
        line = "  ".join(cells).rstrip()
        click.echo(click.style(line, bold=True) if row is head else line)


def width(text: str) -> int:
    """Return how many columns a terminal gives a text."""
    return sum(
        0
        if unicodedata.combining(character) or unicodedata.category(character) == "Cf"
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return `1 envelope`, `2 envelopes`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def runs(ranges: Sequence[tuple[int, int]]) -> str:
    """Return `3, 7-9`."""
    return ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in ranges)

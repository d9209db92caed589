"""A file of names as cells: CSV in its dialects, or the first sheet of an XLSX; sizes are checked before it is read."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import Any, Final

from backchannel.errors import InputRefused, ListRefused, Oversize
from backchannel.ledger.name_list import MOST_ROWS, heading

LARGEST_FILE: Final = 32 * 1024 * 1024
LARGEST_UNPACKED: Final = 256 * 1024 * 1024
MOST_COLUMNS: Final = 100
_DELIMITERS: Final = ",;\t|"
_ZIP: Final = b"PK\x03\x04"
_OLD_EXCEL: Final = b"\xd0\xcf\x11\xe0"
_BROKEN: Final = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, TypeError, IndexError, AttributeError, SyntaxError, OSError,
    EOFError, RuntimeError, NotImplementedError,
)  # fmt: skip
"""What openpyxl raises of a file that is none of its kind, by experiment; it has no error of its own for that."""


def cells_of(content: bytes) -> list[list[str]]:
    """Return the cells of a CSV or XLSX file; which of the two it is stands in its first bytes.

    Raises:
        ListRefused: no column is headed as a name, or it is damaged.
        InputRefused: it is another kind of file.
        Oversize: it is too large.
    """
    if len(content) > LARGEST_FILE:
        raise Oversize(f"{len(content)} bytes; at most {LARGEST_FILE}")
    if content.startswith(_OLD_EXCEL):
        raise InputRefused("it is an old .xls file", hint="save it as .xlsx or as CSV in UTF-8")
    rows = _sheet(content) if content.startswith(_ZIP) else _csv(content)
    if len(rows) > MOST_ROWS:
        raise ListRefused(f"at most {MOST_ROWS} rows")
    return rows


def _csv(content: bytes) -> list[list[str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputRefused("it is neither XLSX nor text in UTF-8", hint="save it as CSV in UTF-8") from error
    if "\x00" in text:
        raise InputRefused("it is neither XLSX nor text in UTF-8", hint="save it as CSV in UTF-8")
    best: tuple[int, list[list[str]]] = 0, []
    problem: Exception = ListRefused("no column is headed `name`")
    for delimiter in _DELIMITERS:
        try:
            rows = list(
                islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True), MOST_ROWS + 1)
            )
            found = len(heading(rows)[1])
        except ListRefused:
            continue
        except csv.Error as error:
            problem = ListRefused(f"it is damaged: {error}")
            continue
        if found > best[0]:
            best = found, rows
    if not best[0]:
        raise problem
    return best[1]


def _sheet(content: bytes) -> list[list[str]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            size = sum(part.file_size for part in packed.infolist())
        if size > LARGEST_UNPACKED:
            raise Oversize(f"{size} bytes when unpacked; at most {LARGEST_UNPACKED}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what openpyxl passes over, such as a colour that it does not know
            return list(_rows(content))
    except _BROKEN as error:
        raise InputRefused("it is no XLSX file that can be read", hint="save it again, or as CSV in UTF-8") from error


def _rows(content: bytes) -> Iterator[list[str]]:
    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
    try:
        if not book.worksheets:
            raise ValueError("no sheet")
        rows = book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True)
        for row in islice(rows, MOST_ROWS + 1):
            cells = [_text(cell) for cell in row]
            while cells and not cells[-1]:
                cells.pop()
            yield cells
    finally:
        book.close()


def _text(cell: Any) -> str:
    """Return what a person sees in a cell; a whole number has no decimals, a date no time."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.date().isoformat()
    if isinstance(cell, date):
        return cell.isoformat()
    return str(cell)

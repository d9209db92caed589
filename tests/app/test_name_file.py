"""Files of names: every dialect and encoding that is read, and what is refused before it costs anything."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from backchannel.app import name_file
from backchannel.app.name_file import cells_of
from backchannel.errors import InputRefused, Oversize
from backchannel.ledger.name_list import rows_from_cells

WHEN = datetime(1980, 2, 3)  # noqa: DTZ001  (a sheet knows no zones)


def sheet(*rows: list[Any]) -> bytes:
    book = openpyxl.Workbook()
    assert isinstance(book.active, Worksheet)
    for row in rows:
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_dialects(delimiter: str, encoding: str, end: str) -> None:
    rows = [["A list", "", ""], ["الاسم", "קטגוריה", "note"], ["سليم", "פצוע", f'"a{delimiter} ""b"""']]
    (found,) = rows_from_cells(cells_of(end.join(delimiter.join(row) for row in rows).encode(encoding)))
    assert (found.name, found.category, found.note) == ("سليم", "פצוע", f'a{delimiter} "b"')


def test_a_sheet_is_read_as_a_person_sees_it() -> None:
    cells = cells_of(sheet(["id", "name", "born", "note"], [17.0, "طلال", WHEN, None], [18, "נדיר", 1975, 1.5]))
    assert cells[1:] == [["17", "طلال", "1980-02-03"], ["18", "נדיר", "1975", "1.5"]]
    assert name_file._text(date(1980, 2, 3)) == "1980-02-03"


def test_sizes_are_checked_before_anything_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"0" * 2_000_000)
    monkeypatch.setattr(name_file, "LARGEST_UNPACKED", 1_000_000)
    with pytest.raises(Oversize, match="when unpacked"):
        cells_of(out.getvalue())
    monkeypatch.setattr(name_file, "LARGEST_FILE", 10)
    with pytest.raises(Oversize):
        cells_of(b"name\nsomebody")


GOOD = sheet(["name", "born"], ["Salim", 1980], ["נדיר", 1981])


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_damaged_sheet_is_an_error_of_ours(data: st.DataObject) -> None:
    with zipfile.ZipFile(io.BytesIO(GOOD)) as packed:
        parts = {one.filename: packed.read(one) for one in packed.infolist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    place = data.draw(st.integers(0, len(parts[name]) - 1))
    part = bytearray(parts[name])
    part[place : place + data.draw(st.integers(1, 40))] = data.draw(st.binary(max_size=4))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as packed:
        for one, content in parts.items():
            packed.writestr(one, bytes(part) if one == name else content)
    with suppress(InputRefused):
        cells_of(out.getvalue())

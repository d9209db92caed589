"""Files of names, CSV and XLSX: read whole, with nobody twice and nobody unnamed, or refused."""

from __future__ import annotations

import io
from functools import cache

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

from backchannel.app.name_file import cells_of
from backchannel.errors import InputRefused
from backchannel.ledger.name_folding import fold
from backchannel.ledger.name_list import NameList, propose, rows_from_cells


@cache
def examples() -> list[bytes]:
    """Valid inputs to start from."""
    book = openpyxl.Workbook()
    assert isinstance(book.active, Worksheet)
    for row in (["id", "name"], [1, "Salim"], [2, "נדיר"]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return [
        "id,name,category,born,note\n1,Salim,wounded,1980,\n2,نادر,,,بعيد\n".encode(),
        'שם;קטגוריה\n"טלאל; ב";x\n'.encode("utf-8-sig"),
        out.getvalue(),
    ]


def one_input(data: bytes) -> None:
    """Read it; what was read can be proposed."""
    try:
        rows = rows_from_cells(cells_of(data))
    except InputRefused:
        return
    assert len({row.key for row in rows}) == len(rows)
    assert all(fold(row.name) for row in rows)
    assert tuple(propose(NameList(), rows).rows.values()) == rows

"""Pages as a PDF 1.7 (ISO 32000) in one form: a file inside, the letters that are needed, text that can be searched."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from backchannel.app.paper.letters import Letters
from backchannel.app.paper.pages import HEIGHT, WIDTH, SetRow
from backchannel.app.paper.typeface import typeface

BEGINNING: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n% Backchannel paper 1\n"
_ATTACHED: Final = re.compile(rb"1 0 obj\n<< /Type /EmbeddedFile /Length (\d{1,7}) >>\nstream\n")
_NAME: Final = b"BCKCHN+DejaVuSans"
_FIRST_PAGE: Final = 10
_MOST_IN_CMAP: Final = 100


def document(letters: Letters, font: bytes, pages: Sequence[Sequence[SetRow]], name: str, attached: bytes) -> bytes:
    """Return a PDF.

    Args:
        letters: what the pages are set with.
        font: the file of their outlines.
        pages: rows in their places.
        name: of the file inside: ASCII letters, digits and dots.
        attached: the file inside.
    """
    used: dict[int, str] = {}
    for page in pages:
        for row in page:
            for one in row.placed:
                used.setdefault(one.glyph, one.text)
    kids = b" ".join(b"%d 0 R" % (_FIRST_PAGE + 2 * at) for at in range(len(pages)))
    objects = [
        _stream(b"<< /Type /EmbeddedFile /Length %d >>", attached),
        f"<< /Type /Filespec /F ({name}) /UF ({name}) /EF << /F 1 0 R >> >>".encode("ascii"),
        f"<< /Type /Catalog /Pages 4 0 R /Names << /EmbeddedFiles << /Names [({name}) 2 0 R] >> >> >>".encode("ascii"),
        b"<< /Type /Pages /Kids [%s] /Count %d >>" % (kids, len(pages)),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [6 0 R]"
        b" /ToUnicode 9 0 R >>" % _NAME,
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity)"
        b" /Supplement 0 >> /FontDescriptor 7 0 R /DW 0 /W [%s] /CIDToGIDMap /Identity >>"
        % (_NAME, b" ".join(b"%d [%d]" % (glyph, letters.boxes[glyph].advance) for glyph in sorted(used))),
        b"<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-1021 -463 1793 1232] /ItalicAngle 0 /Ascent 928"
        b" /Descent -236 /CapHeight 729 /StemV 80 /FontFile2 8 0 R >>" % _NAME,
        _font_file(typeface(font, used)),
        _stream(b"<< /Length %d >>", _to_unicode(used)),
    ]
    for at, page in enumerate(pages):
        objects += [
            b"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 %d %d] /Resources << /Font << /F 5 0 R >> >>"
            b" /Contents %d 0 R >>" % (WIDTH // 1_000, HEIGHT // 1_000, _FIRST_PAGE + 1 + 2 * at),
            _stream(b"<< /Length %d >>", _drawn(page)),
        ]
    return _joined(objects)


def attached_in(content: bytes, largest: int) -> bytes | None:
    """Return the file inside a PDF of this form, or None if it is no such PDF; nothing else of it is checked."""
    found = _ATTACHED.match(content, len(BEGINNING)) if content.startswith(BEGINNING) else None
    if found is None or int(found[1]) > largest:
        return None
    return content[found.end() : found.end() + int(found[1])]


def _drawn(page: Iterable[SetRow]) -> bytes:
    made = [b"BT\n"]
    for row in page:
        made.append(b"/F %d Tf 1 0 0 1 %s %s Tm\n" % (row.size, _points(row.x), _points(row.y)))
        plain: list[bytes] = []
        for one in row.placed:
            if not one.right and not one.up:
                plain.append(b"%04X" % one.glyph)
                continue
            if plain:
                made.append(b"<%s> Tj\n" % b"".join(plain))
                plain = []
            made.append(
                b"%s Ts [%d <%04X> %d] TJ 0 Ts\n" % (_points(one.up * row.size), -one.right, one.glyph, one.right)
            )
        if plain:
            made.append(b"<%s> Tj\n" % b"".join(plain))
    return b"".join([*made, b"ET\n"])


def _points(thousandths: int) -> bytes:
    whole, rest = divmod(abs(thousandths), 1_000)
    return (b"-" if thousandths < 0 else b"") + (b"%d.%03d" % (whole, rest) if rest else b"%d" % whole)


def _to_unicode(used: dict[int, str]) -> bytes:
    """Return the CMap by which text is found and copied (ISO 32000, 9.10.3)."""
    lines = [b"<%04X> <%s>" % (glyph, used[glyph].encode("utf-16-be").hex().upper().encode()) for glyph in sorted(used)]
    parts = [lines[at : at + _MOST_IN_CMAP] for at in range(0, len(lines), _MOST_IN_CMAP)]
    return (
        b"/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        b"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        b"/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        b"1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n"
        + b"".join(b"%d beginbfchar\n%s\nendbfchar\n" % (len(part), b"\n".join(part)) for part in parts)
        + b"endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    )


def _font_file(font: bytes) -> bytes:
    return _stream(b"<< /Length %%d /Length1 %d >>" % len(font), font)


def _stream(head: bytes, content: bytes) -> bytes:
    return (head % len(content)) + b"\nstream\n" + content + b"\nendstream"


def _joined(objects: Sequence[bytes]) -> bytes:
    made = bytearray(BEGINNING)
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 3 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(made)

"""A deal to be printed: its text on pages, the deal file inside as an attachment (spec 12.9).

Like the deal file it has exactly one form: it is made again from the file inside and compared, so no byte of what is
printed can differ from what was signed. The fonts that every PDF reader has know no Hebrew and no Arabic: the pages
hold the English text, letters of other scripts as their code points, and say so; the file inside holds every language.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from backchannel.errors import Malformed
from backchannel.ledger.deal import fingerprint, hash_digits
from backchannel.ledger.deal_file import LARGEST_FILE, VerifiedDeal, verify_deal
from backchannel.ledger.full_text import full_text

NAME: Final = "deal.json"
COLUMNS: Final = 88
ROWS: Final = 62
_BEGINNING: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
_ATTACHED: Final = re.compile(rb"1 0 obj\n<< /Type /EmbeddedFile /Length (\d{1,7}) >>\nstream\n")
_ISOLATES: Final = dict.fromkeys(map(ord, "\u2068\u2069"))


def is_pdf(content: bytes) -> bool:
    """Say whether a file begins as a PDF does."""
    return content.startswith(b"%PDF")


def pdf_of(content: bytes) -> bytes:
    """Return the one PDF of a deal file.

    Args:
        content: the deal file.

    Raises:
        Malformed, TermsRefused, DealVoid, SignatureRefused: it does not hold.
    """
    rows = [row for line in _lines(verify_deal(content)) for row in _wrapped(line)]
    pages = [rows[at : at + ROWS] for at in range(0, len(rows), ROWS)]
    objects = [
        _stream(b"<< /Type /EmbeddedFile /Length %d >>", content),
        f"<< /Type /Filespec /F ({NAME}) /UF ({NAME}) /EF << /F 1 0 R >> >>".encode(),
        f"<< /Type /Catalog /Pages 4 0 R /Names << /EmbeddedFiles << /Names [({NAME}) 2 0 R] >> >> >>".encode(),
        b"<< /Type /Pages /Kids [%s] /Count %d >>"
        % (b" ".join(b"%d 0 R" % (6 + 2 * at) for at in range(len(pages))), len(pages)),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >>",
    ]
    for at, page in enumerate(pages):
        drawn = b"BT /F 10 Tf 12 TL 33 800 Td\n" + b"".join(b"(%s) '\n" % _escaped(row) for row in page) + b"ET\n"
        objects += [
            b"<< /Type /Page /Parent 4 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F 5 0 R >> >>"
            b" /Contents %d 0 R >>" % (7 + 2 * at),
            _stream(b"<< /Length %d >>", drawn),
        ]
    return _joined(objects)


def deal_in_pdf(content: bytes) -> bytes:
    """Return the deal file inside a PDF, if every byte of the PDF is as `pdf_of` makes it.

    Raises:
        Malformed: it is another PDF, or was changed.
    """
    found = _ATTACHED.match(content, len(_BEGINNING))
    if found is None or int(found[1]) > LARGEST_FILE:
        raise Malformed("a PDF without a deal file in it")
    inside = content[found.end() : found.end() + int(found[1])]
    if pdf_of(inside) != content:
        raise Malformed("not the one form of the PDF of a deal")
    return inside


def _lines(deal: VerifiedDeal) -> Iterator[str]:
    draft = deal.draft
    yield from full_text(draft.terms, "en").translate(_ISOLATES).split("\n")
    yield f"Hash:   {draft.hash.hex()}"
    yield f"Digits: {hash_digits(draft.hash)}"
    yield ""
    yield from (f"{draft.terms.sides[one.role]} signed; key {fingerprint(one.public)}" for one in deal.signatures)
    yield from (f"{one.name}, {one.capacity.value}, signed; key {fingerprint(one.public)}" for one in deal.witnesses)
    yield ""
    yield f"The hash stands for the text in these languages together: {', '.join(draft.languages)}."
    if "en" not in draft.languages:
        yield "The English text above is NOT among them: it was made from the same terms, and was not signed."
    yield "This paper shows the English text alone; letters that its font lacks stand as <U+...>."
    yield f"Attached as {NAME} is the deal file: the text in every language, and the signatures."
    yield "Check it: backchannel deal verify FILE"


def _wrapped(line: str) -> Iterator[str]:
    shown = "".join(character if _drawable(character) else f"<U+{ord(character):04X}>" for character in line)
    for at in range(0, max(len(shown), 1), COLUMNS):
        yield shown[at : at + COLUMNS]


def _drawable(character: str) -> bool:
    return " " <= character <= "~" or "\u00a1" <= character <= "\u00ff"


def _escaped(row: str) -> bytes:
    return re.sub(rb"([\\()])", rb"\\\1", row.encode("latin-1"))


def _stream(head: bytes, content: bytes) -> bytes:
    return (head % len(content)) + b"\nstream\n" + content + b"\nendstream"


def _joined(objects: list[bytes]) -> bytes:
    made = bytearray(_BEGINNING)
    places = []
    for number, one in enumerate(objects, start=1):
        places.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, one)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer\n<< /Size %d /Root 3 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(made)

from __future__ import annotations

import re
from itertools import pairwise

from backchannel.app.paper.document import attached_in, document
from backchannel.app.paper.letters import letters, outlines
from backchannel.app.paper.pages import BOTTOM, EDGE, HEIGHT, TOP, WIDTH, Paragraph, SetRow, pages

TEXT = [
    [Paragraph("Agreement " * 40, leftwards=False), Paragraph("הסכם " * 300, leftwards=True, size=14, indent=18)],
    [Paragraph("اتُّفق " * 1_200, leftwards=True)],
]


def laid() -> list[list[SetRow]]:
    return pages(letters(), TEXT, "foot")


def test_rows_stay_inside_the_edges_and_begin_where_their_language_does() -> None:
    made = laid()
    assert len(made) >= 3
    for page in made:
        assert all(one.y > other.y for one, other in pairwise(page))
        for row in page[:-1]:
            right = row.x + sum(one.advance for one in row.placed) * row.size
            assert EDGE <= row.x <= right <= WIDTH - EDGE
            assert BOTTOM <= row.y <= HEIGHT - TOP
    assert {row.x for row in made[0] if row.size == 10} == {EDGE}
    ends = {row.x + sum(one.advance for one in row.placed) * 14 for page in made for row in page if row.size == 14}
    assert ends == {WIDTH - EDGE - 18_000}


def test_every_page_is_numbered() -> None:
    made = laid()
    for number, page in enumerate(made, start=1):
        assert "".join(one.text for one in page[-1].placed).split() == ["foot", str(number), "/", str(len(made))]


def test_the_places_in_a_pdf_are_where_its_objects_are_and_it_is_the_same_each_time() -> None:
    made = document(letters(), outlines(), laid(), "deal.json", b"inside")
    assert made == document(letters(), outlines(), laid(), "deal.json", b"inside")
    assert attached_in(made, 100) == b"inside"
    assert attached_in(made, 5) is None
    assert attached_in(made[1:], 100) is None
    table = int(made.rsplit(b"startxref\n", 1)[1].split()[0])
    places = [line.split()[0] for line in made[table:].splitlines() if line.endswith(b" n ")]
    for number, place in enumerate(places, start=1):
        assert made[int(place) :].startswith(b"%d 0 obj\n" % number)
    for start, size in (
        (found.end(), int(found[1])) for found in re.finditer(rb"/Length (\d+)[^\n]*>>\nstream\n", made)
    ):
        assert made[start + size :].startswith(b"\nendstream")


def test_its_text_can_be_found() -> None:
    made = document(letters(), outlines(), laid(), "deal.json", b"")
    texts = {
        found[1]: bytes.fromhex(found[2].decode()).decode("utf-16-be")
        for found in re.finditer(rb"<(\w{4})> <(\w+)>\n", made)
    }
    drawn = re.findall(rb"<((?:\w{4})+)> Tj", made)
    said = ["".join(texts[row[at : at + 4]] for at in range(0, len(row), 4)) for row in drawn]
    assert any("Agreement Agreement" in row for row in said)
    assert any("םכסה םכסה" in row for row in said)

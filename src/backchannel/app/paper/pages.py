"""Paragraphs laid on pages: A4, one column, each paragraph at the edge where its language begins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from backchannel.app.paper.letters import Letters
from backchannel.app.paper.rows import Row, Setter
from backchannel.app.paper.shaping import Placed

WIDTH: Final = 595_000
HEIGHT: Final = 842_000
"""Of a page, in thousandths of a point."""
EDGE: Final = 50_000
TOP: Final = 64_000
BOTTOM: Final = 64_000
FOOT: Final = 36_000
FOOT_SIZE: Final = 8


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text of one paragraph, and how it is set.

    Attributes:
        text: in the order in which it is read.
        leftwards: whether its language goes from right to left.
        size: of its letters, in points.
        indent: from the edge where it begins, in points.
        before: room above it, in points.
    """

    text: str
    leftwards: bool
    size: int = 10
    indent: int = 0
    before: int = 0

    @property
    def leading(self) -> int:
        """Return from row to row, in thousandths of a point: marks above and below need more than Latin letters."""
        return self.size * 1_500


@dataclass(frozen=True, slots=True)
class SetRow:
    """A row in its place.

    Attributes:
        placed: its outlines.
        size: of its letters, in points.
        x: of its left end, in thousandths of a point from the left.
        y: of its base line, in thousandths of a point from below.
    """

    placed: tuple[Placed, ...]
    size: int
    x: int
    y: int


def pages(letters: Letters, sections: Iterable[Iterable[Paragraph]], foot: str) -> list[list[SetRow]]:
    """Return the rows of each page; a section begins a new one.

    Args:
        letters: to set them with.
        sections: of the paper, in their order.
        foot: what stands below each page, before its number.
    """
    setter = Setter(letters)
    made: list[list[SetRow]] = []
    for section in sections:
        page: list[SetRow] = []
        y = HEIGHT - TOP
        for one in section:
            y -= one.before * 1_000
            for row in setter.rows(setter.shown(one.text), int(one.leftwards), _room(one)):
                if y - one.leading < BOTTOM:
                    made.append(page)
                    page, y = [], HEIGHT - TOP
                y -= one.leading
                page.append(_in_place(one, row, y))
        made.append(page)
    for number, page in enumerate(made, start=1):
        page.append(_foot(setter, f"{foot}    {number} / {len(made)}"))
    return made


def _room(one: Paragraph) -> int:
    """Return how wide a row of a paragraph may be, in units of its em."""
    return (WIDTH - 2 * EDGE - one.indent * 1_000) // one.size


def _in_place(one: Paragraph, row: Row, y: int) -> SetRow:
    inner = EDGE + one.indent * 1_000
    return SetRow(row.placed, one.size, WIDTH - inner - row.width * one.size if one.leftwards else inner, y)


def _foot(setter: Setter, text: str) -> SetRow:
    (row,) = setter.rows(text, 0, _room(Paragraph(text, leftwards=False, size=FOOT_SIZE)))
    return SetRow(row.placed, FOOT_SIZE, (WIDTH - row.width * FOOT_SIZE) // 2, FOOT)

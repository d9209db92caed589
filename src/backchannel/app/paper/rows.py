"""A paragraph as rows of outlines: cut where it is too wide, and only then put in the order that is seen (UAX 9)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from backchannel.app.paper.direction import levels, visual_order
from backchannel.app.paper.letters import Letters
from backchannel.app.paper.shaping import Placed, shape

_BLANK: Final = " "
_LONGEST_WORD: Final = 256
"""Characters of a word that is cut without being measured: no row takes so many."""
_TOO_WIDE: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class Row:
    """One row, from left to right.

    Attributes:
        placed: the outlines.
        width: of all of them together, in units of the em.
    """

    placed: tuple[Placed, ...]
    width: int


@dataclass(slots=True)
class Setter:
    """Sets text in rows; what was set once is remembered, since the same words come again and again."""

    letters: Letters
    _runs: dict[tuple[str, bool], tuple[Placed, ...]] = field(default_factory=dict)

    def shown(self, text: str) -> str:
        """Return a text in which every character can be set; others stand as `<U+XXXX>`."""
        known = self.letters.characters
        return "".join(one if one in known else f"<U+{ord(one):04X}>" for one in text)

    def rows(self, text: str, base: int, width: int) -> list[Row]:
        """Return the rows of a paragraph.

        Args:
            text: as `shown` returns it.
            base: 0 if it goes from left to right, 1 if from right to left.
            width: that a row has, in units of the em.
        """
        classes = [self.letters.characters[one].direction for one in text]
        found = levels(text, classes, base)
        made = []
        for start, end in self._cut(text, found, width):
            placed: list[Placed] = []
            for first, last, level in visual_order(found[start:end], classes[start:end], base):
                placed += self._run(text[start + first : start + last], rightwards=not level & 1)
            made.append(Row(tuple(placed), sum(one.advance for one in placed)))
        return made

    def _cut(self, text: str, found: list[int], width: int) -> Iterator[tuple[int, int]]:
        """Yield the first place of each row and the place behind its last; a blank where a row ends is in neither."""
        start = end = at = 0
        wide = 0
        blank = self.letters.boxes[self.letters.characters[_BLANK].glyph].advance
        while at < len(text):
            behind = text.find(_BLANK, at)
            behind = len(text) if behind < 0 else behind
            more = self._wide(text, found, at, behind)
            if end > start and wide + blank + more > width:
                yield start, end
                start, wide = at, 0
            elif end > start:
                wide += blank
            while wide + more > width and (cut := self._fits(text, found, at, behind, width - wide)) > at:
                yield start, cut
                start = at = cut
                wide, more = 0, self._wide(text, found, at, behind)
            wide, end, at = wide + more, behind, behind + 1
        yield start, max(end, start)

    def _fits(self, text: str, found: list[int], start: int, end: int, width: int) -> int:
        """Return where a word that is too wide is cut: before a letter, never before its marks."""
        last, cut = start, start + 1
        while cut <= end and self._wide(text, found, start, cut) <= width:
            if cut == end or not self.letters.characters[text[cut]].rank:
                last = cut
            cut += 1
        if last == start:  # not even one letter: it goes beyond the edge rather than nowhere
            last = start + 1
            while last < end and self.letters.characters[text[last]].rank:
                last += 1
        return last

    def _wide(self, text: str, found: list[int], start: int, end: int) -> int:
        wide = 0
        if end - start > _LONGEST_WORD:
            return _TOO_WIDE
        while start < end:
            last = start
            while last < end and found[last] == found[start]:
                last += 1
            wide += sum(one.advance for one in self._run(text[start:last], rightwards=not found[start] & 1))
            start = last
        return wide

    def _run(self, text: str, *, rightwards: bool) -> list[Placed]:
        """Return the outlines of a run, word by word: no letter joins another over a blank."""
        words = [self._word(one, rightwards) for one in _words(text)]
        return [placed for word in (words if rightwards else reversed(words)) for placed in word]

    def _word(self, text: str, rightwards: bool) -> tuple[Placed, ...]:  # noqa: FBT001
        key = text, rightwards
        found = self._runs.get(key)
        if found is None:
            found = self._runs[key] = tuple(shape(self.letters, text, rightwards=rightwards))
        return found


def _words(text: str) -> Iterator[str]:
    start = 0
    for at, one in enumerate(text):
        if one == _BLANK:
            if at > start:
                yield text[start:at]
            yield _BLANK
            start = at + 1
    if start < len(text):
        yield text[start:]

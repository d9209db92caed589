"""Runs of text as outlines in their places: letters that join, ligatures, marks on their letters.

What HarfBuzz does for these scripts and this one font, from its tables in `letters.json`; a test holds
that both say the same. The order is OpenType's: marks in their order, composition, forms, ligatures, anchors.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backchannel.app.paper.letters import Anchors, Letters, Point

_NO_LETTER: Final = "\u25cc"
"""The dotted circle, on which a mark without a letter is shown."""
_JOINS_BOTH: Final = frozenset("\u0640\u200d")
"""Tatweel and the zero-width joiner: what stands beside them joins them (ArabicShaping, join causing)."""


@dataclass(frozen=True, slots=True)
class Placed:
    """An outline in its place.

    Attributes:
        glyph: which.
        text: the characters that it shows.
        advance: how far it moves what comes behind it.
        right: how far right of its place it is drawn.
        up: how far above.
    """

    glyph: int
    text: str
    advance: int
    right: int = 0
    up: int = 0


@dataclass(slots=True)
class _Cluster:
    """A letter and its marks; each mark is on a part of the letter, which is more than one in a ligature."""

    text: str
    glyph: int
    marks: list[tuple[int, str, int]]
    parts: int = 1


def shape(letters: Letters, text: str, *, rightwards: bool) -> list[Placed]:
    """Return the outlines of a run of one direction, from left to right.

    Args:
        letters: what is known of them.
        text: the run, in the order in which it is read; every character is one of `letters`.
        rightwards: whether it goes from left to right.
    """
    clusters = list(_clusters(letters, text, mirrored=not rightwards))
    _join(letters, clusters)
    _ligate(letters, clusters)
    shown = [one for one in clusters if one.glyph]
    return [
        placed for one in (shown if rightwards else reversed(shown)) for placed in _placed(letters, one, rightwards)
    ]


def _clusters(letters: Letters, text: str, *, mirrored: bool) -> Iterator[_Cluster]:
    at = 0
    while at < len(text):
        end = at + 1
        while end < len(text) and letters.characters[text[end]].rank:
            end += 1
        yield _cluster(letters, text[at:end], mirrored=mirrored)
        at = end


def _cluster(letters: Letters, text: str, *, mirrored: bool) -> _Cluster:
    if letters.characters[text[0]].rank:  # a mark that stands alone would lie on what comes before it
        text = _NO_LETTER + text
    base = letters.mirrors.get(text[0], text[0]) if mirrored else text[0]
    said = base
    marks = []
    for mark in sorted(text[1:], key=lambda one: letters.characters[one].rank):
        composed = letters.composed.get(base + mark)
        if composed is None:
            marks.append((letters.characters[mark].glyph, mark, 0))
        else:
            base = said = composed
    _merge(letters, marks)
    return _Cluster(said, letters.characters[base].glyph, marks)


def _merge(letters: Letters, marks: list[tuple[int, str, int]]) -> None:
    """Make one of two marks that the font has together, such as shadda with a vowel."""
    for ligatures in letters.ligatures:
        at = 0
        while not ligatures.past_marks and at + 1 < len(marks):
            made = ligatures.pairs.get((marks[at][0], marks[at + 1][0]))
            if made is not None:
                marks[at : at + 2] = [(made, marks[at][1] + marks[at + 1][1], 0)]
            at += 1


def _join(letters: Letters, clusters: Sequence[_Cluster]) -> None:
    before = False
    for at, one in enumerate(clusters):
        forms = letters.forms.get(one.glyph)
        behind = _joins_before(letters, clusters[at + 1]) if at + 1 < len(clusters) else False
        joining = one.text[0] in _JOINS_BOTH
        if forms is None:
            before = joining
            continue
        onwards = behind and bool(forms.initial)
        form = forms.medial if before and onwards else forms.final if before else forms.initial if onwards else 0
        before = bool(forms.initial)
        one.glyph = form or one.glyph


def _joins_before(letters: Letters, one: _Cluster) -> bool:
    return one.text[0] in _JOINS_BOTH or one.glyph in letters.forms


def _ligate(letters: Letters, clusters: list[_Cluster]) -> None:
    for ligatures in letters.ligatures:
        if not ligatures.past_marks:
            for one in clusters:
                made = ligatures.pairs.get((one.glyph, one.marks[0][0])) if one.marks else None
                if made is not None:
                    one.glyph, one.text = made, one.text + one.marks.pop(0)[1]
            continue
        at = 0
        while at + 1 < len(clusters):
            first, second = clusters[at], clusters[at + 1]
            made = ligatures.pairs.get((first.glyph, second.glyph))
            if made is not None:
                marks = [*first.marks, *((glyph, text, 1) for glyph, text, _ in second.marks)]
                shown = letters.alone.get(made, first.text + second.text)
                clusters[at : at + 2] = [_Cluster(shown, made, marks, 2)]
            at += 1


def _placed(letters: Letters, one: _Cluster, rightwards: bool) -> Iterator[Placed]:  # noqa: FBT001
    advance = letters.boxes[one.glyph].advance
    base = Placed(one.glyph, one.text, advance)
    marks: list[Placed] = []
    for at, (glyph, text, part) in enumerate(one.marks):
        right, up = _on_letter(letters, one, glyph, part)
        under = marks[-1] if at and one.marks[at - 1][2] == part else None
        stacked = under and _anchored(letters, glyph, under.glyph, 0, on_marks=True)
        if under and stacked:
            right, up = under.right + stacked[0], under.up + stacked[1]
        marks.append(Placed(glyph, text, 0, right, up))
    if rightwards:
        yield base
        yield from (Placed(mark.glyph, mark.text, 0, mark.right - advance, mark.up) for mark in marks)
    else:
        yield from reversed(marks)
        yield base


def _on_letter(letters: Letters, one: _Cluster, mark: int, part: int) -> Point:
    """Return where a mark stands, from the place of its letter."""
    found = _anchored(letters, mark, one.glyph, part, on_marks=False)
    if found is not None:
        return found
    letter, box = letters.boxes[one.glyph], letters.boxes[mark]
    middle = letter.left if letters.marks.get(mark) else (letter.left + letter.right) // 2
    return middle - (box.left + box.right) // 2, 0


def _anchored(letters: Letters, mark: int, letter: int, part: int, *, on_marks: bool) -> Point | None:
    found = None
    for anchors in letters.anchors:
        if anchors.on_marks is on_marks and mark in anchors.marks and letter in anchors.places:
            found = _met(anchors, mark, letter, part) or found
    return found


def _met(anchors: Anchors, mark: int, letter: int, part: int) -> Point | None:
    kind, own = anchors.marks[mark]
    parts = anchors.places[letter]
    place = parts[min(part, len(parts) - 1)][kind]
    return None if place is None else (place[0] - own[0], place[1] - own[1])

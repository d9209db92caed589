"""The one text, as people write, read and compare it (spec 10.6.3)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

from backchannel.errors import InputRefused
from backchannel.table.clause import Clause, Mark, Span, parse_spans, write_spans

ALIKE: Final = 0.4
"""The share of words that two clauses must have in common to be versions of one."""

_NUMBER: Final = re.compile(r"\s*\d{1,4}[.)]\s+")
_BETWEEN: Final = re.compile(r"\n[ \t]*\n\s*")
_WORDS: Final = re.compile(
    r"\s+|[^\W_]+(?:[\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670'’״׳]+[^\W_]*)*|.", re.DOTALL
)


def owner_marks(role: int) -> dict[str, Mark]:
    """Return what stands before the colon of a bracket, for the owner of a role: `mine`, `theirs`, or a role."""
    mine, theirs = (Mark.INVITER, Mark.JOINER) if role == 0 else (Mark.JOINER, Mark.INVITER)
    return {"mine": mine, "theirs": theirs, "inviter": Mark.INVITER, "joiner": Mark.JOINER}


def owner_names(role: int) -> dict[Mark, str]:
    """Return how the brackets of either side are written for the owner of a role."""
    marks = owner_marks(role)
    return {marks["mine"]: "mine", marks["theirs"]: "theirs"}


def read_text(written: str, role: int, before: Sequence[Clause]) -> tuple[Clause, ...]:
    """Return the clauses of a text as people write it: paragraphs, which may begin with a number such as `3.`.

    A clause that is alike one of the version before keeps its id, so that comments and differences follow it.

    Args:
        written: the text.
        role: the writer's.
        before: the clauses of the version that it takes the place of.

    Raises:
        InputRefused: there is nothing in it, or its brackets do not fit; the detail names the clause.
    """
    paragraphs = [
        _NUMBER.sub("", part, count=1).strip() for part in _BETWEEN.split(written.replace("\r\n", "\n").strip())
    ]
    marks = owner_marks(role)
    spans = []
    for place, paragraph in enumerate(paragraphs, start=1):
        try:
            spans.append(parse_spans(paragraph, marks))
        except InputRefused as error:
            raise InputRefused(f"clause {place}: {error.detail}") from None
    return tuple(Clause(number, one) for number, one in zip(_ids(spans, before), spans, strict=True))


def write_text(clauses: Sequence[Clause], role: int) -> str:
    """Return a text as people write it; `read_text` reads it back."""
    names = owner_names(role)
    return "\n\n".join(f"{place}. {write_spans(one.spans, names)}" for place, one in enumerate(clauses, start=1)) + "\n"


def _ids(spans: Sequence[tuple[Span, ...]], before: Sequence[Clause]) -> list[int]:
    """Give each new clause the id of the old one that it is a version of, or a fresh one; the most alike first."""
    left = {clause.id: (place, clause.spans) for place, clause in enumerate(before)}
    found: dict[int, int] = {}
    for place, one in enumerate(spans):
        same = next((number for number, (_, old) in left.items() if old == one), None)
        if same is not None:
            found[place] = same
            del left[same]
    counts = {number: _count(old) for number, (_, old) in left.items()}
    pairs = []
    for place, one in enumerate(spans):
        if place not in found and counts:
            count = _count(one)
            pairs += [(-_likeness(old, count), abs(left[n][0] - place), place, n) for n, old in counts.items()]
    for alike, _, place, number in sorted(pairs):
        if -alike >= ALIKE and place not in found and number in left:
            found[place] = number
            del left[number]
    fresh = max((clause.id for clause in before), default=0)
    ids = []
    for place in range(len(spans)):
        fresh += place not in found
        ids.append(found.get(place, fresh))
    return ids


def _count(spans: Sequence[Span]) -> Counter[str]:
    text = " ".join(span.text for span in spans)
    return Counter(word for word in split_words(text) if word[0].isalnum())


def _likeness(one: Counter[str], two: Counter[str]) -> float:
    """Return the share of words that two clauses have in common (Dice), from 0 to 1."""
    return 2 * (one & two).total() / max(1, one.total() + two.total())


# --- differences ----------------------------------------------------------------------------------------------------


class Change(StrEnum):
    """What happened to a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of words, and what happened to it."""

    change: Change
    text: str


@dataclass(frozen=True, slots=True)
class Difference:
    """What happened to one clause.

    Attributes:
        before: its number in the older version; None if it is new.
        after: its number in the newer version; None if it is gone.
        pieces: of its text, in order; together, those that are not added are the old text, those that are not removed
            are the new one.
    """

    before: int | None
    after: int | None
    pieces: tuple[Piece, ...]

    @property
    def changed(self) -> bool:
        """Say whether its words changed."""
        return any(piece.change is not Change.KEPT for piece in self.pieces)


def compare(older: Sequence[Clause], newer: Sequence[Clause], role: int) -> list[Difference]:
    """Return what happened to each clause: those of the newer version in its order, then those that are gone.

    Args:
        older: clauses of a version.
        newer: clauses of another.
        role: of whom it is for: brackets are `mine` and `theirs`.
    """
    names = owner_names(role)
    places = {clause.id: (place, clause) for place, clause in enumerate(older, start=1)}
    found = []
    for place, clause in enumerate(newer, start=1):
        text = write_spans(clause.spans, names)
        before = places.pop(clause.id, None)
        if before is None:
            found.append(Difference(None, place, (Piece(Change.ADDED, text),)))
        else:
            found.append(Difference(before[0], place, compare_words(write_spans(before[1].spans, names), text)))
    for place, clause in places.values():
        found.append(Difference(place, None, (Piece(Change.REMOVED, write_spans(clause.spans, names)),)))
    return found


def compare_words(older: str, newer: str) -> tuple[Piece, ...]:
    """Return the difference of two texts by words, in logical order, so that it is right in any script.

    A word is a run of letters and digits with the marks on them: a vocalised Hebrew or Arabic word is never cut.
    """
    one, two = split_words(older), split_words(newer)
    pieces: list[Piece] = []
    for what, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what == "equal":
            pieces.append(Piece(Change.KEPT, "".join(one[a:b])))
            continue
        if a < b:
            pieces.append(Piece(Change.REMOVED, "".join(one[a:b])))
        if c < d:
            pieces.append(Piece(Change.ADDED, "".join(two[c:d])))
    return tuple(pieces)


def split_words(text: str) -> list[str]:
    """Return the words, spaces and signs of a text; joined, they are the text."""
    return _WORDS.findall(text)

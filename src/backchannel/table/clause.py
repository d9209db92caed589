"""Clauses of the one text, with square brackets around what is not agreed (spec 10.6.1).

In writing, a bracket is open, or names the side that wants it: `[within 30 days]`, `[inviter: at once]`,
`[joiner: later]`. A bracket that is meant as a sign is written with a backslash before it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Any, Final

from backchannel.errors import InputRefused, Malformed
from backchannel.table.issue import LONGEST_CLAUSE, said
from backchannel.wire.shape import items, whole

MOST_SPANS: Final = 200
MOST_CLAUSES: Final = 500
_PIECES: Final = re.compile(r"\\[\[\]\\]|[\[\]]|[^\[\]\\]+|\\")


class Mark(IntEnum):
    """What is said of a span of text."""

    PLAIN = 0
    OPEN = 1
    INVITER = 2
    JOINER = 3


OWNERS: Final = {"inviter": Mark.INVITER, "joiner": Mark.JOINER}


@dataclass(frozen=True, slots=True)
class Span:
    """Some text, agreed or in brackets."""

    mark: Mark
    text: str


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause.

    Attributes:
        id: a number that it keeps from version to version; its place gives it the number that people see.
        spans: its text, in pieces; no two plain ones beside each other.
    """

    id: int
    spans: tuple[Span, ...]

    @property
    def bracketed(self) -> bool:
        """Say whether something in it is not agreed."""
        return any(span.mark is not Mark.PLAIN for span in self.spans)

    def to_value(self) -> list[Any]:
        """Return what travels."""
        return [self.id, [[int(span.mark), span.text] for span in self.spans]]


def read_clause(value: Any) -> Clause:
    """Return the clause of a decoded value (spec 10.6.1).

    Raises:
        Malformed: it is none.
    """
    if type(value) is not list or len(value) != 2:
        raise Malformed("a clause")
    number = whole(value[0], "the id of a clause", below=2**32)
    spans = []
    for span in items(value[1], "the spans of a clause", most=MOST_SPANS):
        if type(span) is not list or len(span) != 2:
            raise Malformed("a span")
        mark = Mark(whole(span[0], "the mark of a span", below=len(Mark)))
        spans.append(Span(mark, said(span[1], "a span", longest=LONGEST_CLAUSE) if mark else _plain(span[1])))
    if not spans or any(a.mark is b.mark is Mark.PLAIN for a, b in pairwise(spans)):
        raise Malformed("the spans of a clause")
    if sum(len(span.text) for span in spans) > LONGEST_CLAUSE or not "".join(span.text for span in spans).strip():
        raise Malformed("the text of a clause")
    return Clause(number, tuple(spans))


def _plain(value: Any) -> str:
    if type(value) is not str or not value:
        raise Malformed("a span")
    return value


def parse_spans(written: str, owners: dict[str, Mark] | None = None) -> tuple[Span, ...]:
    """Return the spans of a clause as people write it.

    Args:
        written: the text, with brackets.
        owners: what stands before a colon for which side; the roles where it is not given.

    Raises:
        InputRefused: a bracket inside a bracket, one that does not end, or one with nothing in it.
    """
    names = OWNERS if owners is None else owners
    spans: list[Span] = []
    inside, held = False, ""

    def keep(*, bracket: bool) -> None:
        if bracket:
            owner, colon, rest = held.partition(":")
            mark = names.get(owner.strip().casefold()) if colon else None
            content = rest.strip() if mark is not None else held
            if not content.strip():
                raise InputRefused("a bracket with nothing in it")
            spans.append(Span(mark or Mark.OPEN, content))
        elif held:
            spans.append(Span(Mark.PLAIN, held))

    for piece in _PIECES.findall(written):
        if piece == "[" or piece == "]":
            if (piece == "[") is inside:
                raise InputRefused("brackets must open and close, and not stand inside each other")
            keep(bracket=inside)
            inside, held = not inside, ""
        else:
            held += piece[1:] if len(piece) == 2 and piece[0] == "\\" and piece[1] in "[]\\" else piece
    if inside:
        raise InputRefused("a bracket that does not end")
    keep(bracket=False)
    if not spans:
        raise InputRefused("a clause with nothing in it")
    return tuple(spans)


def write_spans(spans: tuple[Span, ...], owners: dict[Mark, str] | None = None) -> str:
    """Return a clause as people write it; `parse_spans` reads it back."""
    names = {mark: name for name, mark in OWNERS.items()} if owners is None else owners
    written = []
    for span in spans:
        text = re.sub(r"([\[\]\\])", r"\\\1", span.text)
        match span.mark:
            case Mark.PLAIN:
                written.append(text)
            case Mark.OPEN:
                written.append(f"[{text}]")
            case _:
                written.append(f"[{names[span.mark]}: {text}]")
    return "".join(written)

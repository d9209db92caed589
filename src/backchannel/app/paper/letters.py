"""The letters that papers are printed with: which there are, how they join, and where marks stand on them.

`letters.ttf` holds the outlines, a part of DejaVu Sans; `letters.json` what a program needs of the font's tables and of
Unicode's (`fonts/make.py` made both). They never change: a paper is made again to the byte, whatever version of Unicode
or of a font comes with the machine.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

EM: Final = 1000
"""Units of every width and place in an em."""

Point = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Letter:
    """A character that can be set.

    Attributes:
        glyph: its outline when it stands alone; 0 is none.
        direction: its bidirectional class (UAX 9).
        rank: 0, or the place among the marks of one letter.
    """

    glyph: int
    direction: str
    rank: int


@dataclass(frozen=True, slots=True)
class Forms:
    """The outlines of a letter that joins; 0 where it does not."""

    initial: int
    medial: int
    final: int


@dataclass(frozen=True, slots=True)
class Ligatures:
    """Pairs of outlines that become one.

    Attributes:
        past_marks: whether marks may stand between the two.
        pairs: what becomes what.
    """

    past_marks: bool
    pairs: Mapping[tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Anchors:
    """Where marks of one table stand (OpenType GPOS 4, 5 and 6).

    Attributes:
        on_marks: whether they stand on other marks, not on letters.
        marks: of each mark its class and the point that is laid on the letter's.
        places: of each letter, for each of its parts, the point of each class.
    """

    on_marks: bool
    marks: Mapping[int, tuple[int, Point]]
    places: Mapping[int, tuple[tuple[Point | None, ...], ...]]


@dataclass(frozen=True, slots=True)
class Box:
    """How wide an outline is, and from where to where it goes."""

    advance: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Letters:
    """Everything of `letters.json`."""

    characters: Mapping[str, Letter]
    mirrors: Mapping[str, str]
    composed: Mapping[str, str]
    forms: Mapping[int, Forms]
    ligatures: tuple[Ligatures, ...]
    marks: Mapping[int, bool]
    anchors: tuple[Anchors, ...]
    boxes: tuple[Box, ...]
    alone: Mapping[int, str]
    """An outline -> the one character that stands for it."""


@cache
def letters() -> Letters:
    """Return the letters there are."""
    value: dict[str, Any] = json.loads(_resource("letters.json"))
    characters = {chr(int(code, 16)): Letter(*found) for code, found in value["characters"].items()}
    return Letters(
        characters=characters,
        mirrors=value["mirrors"],
        composed=value["composed"],
        forms={int(glyph): Forms(*found) for glyph, found in value["forms"].items()},
        ligatures=tuple(
            Ligatures(one["past_marks"], {(first, second): made for first, second, made in one["pairs"]})
            for one in value["ligatures"]
        ),
        marks={int(glyph): left for glyph, left in value["marks"].items()},
        anchors=tuple(map(_anchors, value["anchors"])),
        boxes=tuple(Box(*found) for found in value["boxes"]),
        alone={letter.glyph: one for one, letter in characters.items()},
    )


@cache
def outlines() -> bytes:
    """Return the font file."""
    return _resource("letters.ttf")


def _resource(name: str) -> bytes:
    return files("backchannel.app.paper").joinpath(name).read_bytes()


def _anchors(value: dict[str, Any]) -> Anchors:
    parts = (
        value["places"].items() if value["to"] == "ligature" else ((key, [one]) for key, one in value["places"].items())
    )
    return Anchors(
        value["to"] == "mark",
        {int(glyph): (kind, (x, y)) for glyph, (kind, x, y) in value["marks"].items()},
        {
            int(glyph): tuple(
                tuple(None if point is None else (point[0], point[1]) for point in part) for part in found
            )
            for glyph, found in parts
        },
    )

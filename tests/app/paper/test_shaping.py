"""Our setting of letters against HarfBuzz, with the same font."""

from __future__ import annotations

import uharfbuzz as harfbuzz
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.paper.letters import letters, outlines
from backchannel.app.paper.shaping import shape

LETTERS = letters()
FONT = harfbuzz.Font(harfbuzz.Face(outlines()))
ARABIC = (
    "".join(one for one in LETTERS.characters if "\u0622" <= one <= "\u064a") + "\u067e\u0686\u0698\u06a9\u06af\u06cc"
)
VOWELS = "\u064b\u064c\u064d\u064e\u064f\u0650\u0652"
HEBREW = "".join(one for one in LETTERS.characters if "\u05d0" <= one <= "\u05ea")
POINTS = "\u05b0\u05b1\u05b2\u05b3\u05b4\u05b5\u05b6\u05b7\u05b8\u05bb"
LATIN = "".join(one for one in LETTERS.characters if "!" <= one < "\u0250" and not LETTERS.characters[one].rank)
SHADDA = "\u0651"
Set = tuple[list[tuple[int, int, int]], int]


def ours(text: str, *, rightwards: bool) -> Set:
    found, x = [], 0
    for one in shape(LETTERS, text, rightwards=rightwards):
        found.append((one.glyph, x + one.right, one.up))
        x += one.advance
    return sorted(found), x


def theirs(text: str, script: str, *, rightwards: bool) -> Set:
    buffer = harfbuzz.Buffer()
    buffer.add_str(text)
    buffer.direction, buffer.script, buffer.language = "ltr" if rightwards else "rtl", script, "und"
    harfbuzz.shape(FONT, buffer, {"kern": False, "liga": script != "Latn"})
    found, x = [], 0
    for info, place in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True):
        found.append((info.codepoint, x + place.x_offset, place.y_offset))
        x += place.x_advance
    return sorted(found), x


def words(base: str, *marks: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(st.tuples(st.sampled_from(base), st.one_of(st.just(""), *marks)).map("".join), min_size=1).map(
        "".join
    )


@settings(max_examples=300, deadline=None)
@given(
    words(ARABIC, st.sampled_from(VOWELS), st.just(SHADDA), st.sampled_from(VOWELS[:-1]).map(lambda one: one + SHADDA))
)
def test_arabic(text: str) -> None:
    assert ours(text, rightwards=False) == theirs(text, "Arab", rightwards=False)


@settings(max_examples=200, deadline=None)
@given(words(HEBREW, st.sampled_from(POINTS)))
def test_hebrew(text: str) -> None:
    assert ours(text, rightwards=False) == theirs(text, "Hebr", rightwards=False)


@settings(max_examples=200, deadline=None)
@given(words(LATIN))
def test_latin(text: str) -> None:
    assert ours(text, rightwards=True) == theirs(text, "Latn", rightwards=True)


def glyphs(text: str) -> list[int]:
    return [one.glyph for one in shape(LETTERS, text, rightwards=False)]


def test_what_joins() -> None:
    beh = LETTERS.characters["ب"].glyph
    forms = LETTERS.forms[beh]
    assert glyphs("ب") == [beh]
    assert glyphs("ببب") == [forms.final, forms.medial, forms.initial]
    assert glyphs("ب\u200cب") == [beh, beh]
    assert glyphs("ب\u200d") == [forms.initial]
    assert glyphs("با")[1:] == [forms.initial]


def test_a_ligature_is_found_as_one_letter_and_its_marks_stand_on_its_parts() -> None:
    (one,) = shape(LETTERS, "لا", rightwards=False)
    assert one.text == "\ufefb"
    first = next(mark for mark in shape(LETTERS, "لَا", rightwards=False) if not mark.advance)
    second = next(mark for mark in shape(LETTERS, "لاَ", rightwards=False) if not mark.advance)
    assert first.right > second.right


def test_brackets_turn_and_two_marks_of_one_side_do_not_lie_on_each_other() -> None:
    assert [one.text for one in shape(LETTERS, "(", rightwards=False)] == [")"]
    low, high, _ = sorted(shape(LETTERS, "ب\u0651\u0652", rightwards=False), key=lambda one: (one.advance, one.up))
    assert high.up > low.up


def test_what_has_no_anchor_stands_on_the_middle_and_the_holam_on_the_left() -> None:
    mark, letter = shape(LETTERS, "ל\u05b9", rightwards=False)
    box, edge = LETTERS.boxes[mark.glyph], LETTERS.boxes[letter.glyph]
    assert abs(mark.right + (box.left + box.right) // 2 - edge.left) <= 1
    letter, mark = shape(LETTERS, "q\u0301", rightwards=True)
    box, edge = LETTERS.boxes[mark.glyph], LETTERS.boxes[letter.glyph]
    assert letter.advance + mark.right + (box.left + box.right) // 2 == (edge.left + edge.right) // 2


def test_whatever_there_is_can_be_set() -> None:
    for one in LETTERS.characters:
        for rightwards in (True, False):
            assert all(0 < placed.glyph < len(LETTERS.boxes) for placed in shape(LETTERS, one, rightwards=rightwards))

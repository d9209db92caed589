"""The table of letters says what the font says."""

from __future__ import annotations

import io
import unicodedata

from fontTools.ttLib import TTFont

from backchannel.app.paper.letters import EM, letters, outlines

FONT = TTFont(io.BytesIO(outlines()))
LETTERS = letters()


def test_characters_widths_and_classes() -> None:
    known = FONT.getBestCmap()
    for one, letter in LETTERS.characters.items():
        if letter.glyph:
            assert FONT.getGlyphID(known[ord(one)]) == letter.glyph
        assert letter.direction == unicodedata.bidirectional(one)
        assert bool(letter.rank) == bool(unicodedata.combining(one))
    assert set(map(chr, known)) <= set(LETTERS.characters)
    assert FONT["head"].unitsPerEm == EM
    for number, box in enumerate(LETTERS.boxes):
        assert FONT["hmtx"][FONT.getGlyphName(number)][0] == box.advance


def test_every_outline_stands_for_itself() -> None:
    assert not any(FONT["glyf"][name].isComposite() for name in FONT.getGlyphOrder())


def test_every_letter_of_the_three_languages_is_there() -> None:
    wanted = [*range(0x20, 0x7F), *range(0xA1, 0xAD), *range(0x5D0, 0x5EB), *range(0x5B0, 0x5BE), *range(0x621, 0x653)]
    wanted += [*range(0x660, 0x66D), *range(0x6F0, 0x6FA), 0x60C, 0x61B, 0x61F, 0x2013, 0x2014, 0x20AA]
    gaps = {0x5BA, *range(0x63B, 0x640)} & set(wanted)
    assert [hex(code) for code in wanted if chr(code) not in LETTERS.characters and code not in gaps] == []

from __future__ import annotations

import io
import struct

from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.paper.letters import letters, outlines
from backchannel.app.paper.typeface import typeface

WHOLE = TTFont(io.BytesIO(outlines()))
COUNT = len(letters().boxes)


@settings(max_examples=15, deadline=None)
@given(st.sets(st.integers(0, COUNT - 1), max_size=60))
def test_what_is_asked_for_is_as_it_was_and_the_rest_is_empty(glyphs: set[int]) -> None:
    made = typeface(outlines(), glyphs)
    part = TTFont(io.BytesIO(made), checkChecksums=2)
    assert part["maxp"].numGlyphs == COUNT
    for number in [*glyphs, *range(0, COUNT, 97)]:
        was = WHOLE["glyf"][WHOLE.getGlyphName(number)]
        found = part["glyf"][part.getGlyphName(number)]
        assert found == was if number in glyphs else found.numberOfContours == 0
    assert sum(struct.unpack(f">{len(made) // 4}L", made)) & 0xFFFFFFFF == 0xB1B0AFBA

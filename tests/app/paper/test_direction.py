from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from backchannel.app.paper.direction import BRACKETS, base_level, levels, visual_order

CASES = Path(__file__).parent / "bidi_cases.txt"
PAIRS = {**BRACKETS, **{one: ("\u3008", one in "\u2329\u3008") for one in "\u2329\u232a\u3008\u3009"}}


def cases() -> Iterator[tuple[str, str, str, list[str], list[int]]]:
    for line in CASES.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            codes, direction, base, wanted, order = line.split(";")
            text = "".join(chr(int(code, 16)) for code in codes.split())
            yield text, direction, base, wanted.split(), list(map(int, order.split()))


def test_unicodes_own_cases() -> None:
    count = 0
    for text, direction, base, wanted, order in cases():
        classes = list(map(unicodedata.bidirectional, text))
        level = int(direction) if direction in "01" else base_level(classes)
        assert level == int(base), text
        found = levels(text, classes, level, PAIRS)
        runs = list(visual_order(found, classes, level))
        for first, last, seen in runs:
            found[first:last] = [seen] * (last - first)
        assert [one for one, shown in zip(found, wanted, strict=True) if shown != "x"] == [
            int(shown) for shown in wanted if shown != "x"
        ], text.encode("unicode_escape")
        places = [
            at
            for first, last, seen in runs
            for at in (range(last - 1, first - 1, -1) if seen & 1 else range(first, last))
            if wanted[at] != "x"
        ]
        assert places == order, text.encode("unicode_escape")
        count += 1
    assert count > 1_000


@given(st.lists(st.tuples(st.sampled_from(["L", "R", "EN", "WS", "ON"]), st.integers(0, 4))), st.integers(0, 1))
def test_every_place_of_a_row_is_seen_once(row: list[tuple[str, int]], base: int) -> None:
    runs = list(visual_order([level for _, level in row], [kind for kind, _ in row], base))
    assert sorted(at for first, last, _ in runs for at in range(first, last)) == list(range(len(row)))

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.paper.letters import letters
from backchannel.app.paper.rows import Row, Setter

LETTERS = letters()
SETTER = Setter(LETTERS)
WORDS = st.sampled_from(
    ["the", "carrier", "(A)", "1,027", "3-4", "הצד", "בְּלִי", "הצד-B", "الطرف", "لا", "١٢٣", "يُسلِّم", "—", "[no]"]
)
ISOLATED = st.lists(WORDS, max_size=6).map(lambda words: f"\u2068{' '.join(words)}\u2069")
TEXTS = st.lists(st.one_of(WORDS, ISOLATED), max_size=40).map(" ".join)


def shown(rows: list[Row]) -> list[str]:
    return sorted(one.text for row in rows for one in row.placed if one.text != " ")


def seen(text: str, base: int, width: int = 1 << 20) -> list[str]:
    return ["".join(one.text for one in row.placed) for row in SETTER.rows(text, base, width)]


@settings(max_examples=100, deadline=None)
@given(TEXTS, st.integers(0, 1), st.integers(4_000, 40_000))
def test_nothing_is_lost_and_nothing_is_too_wide(text: str, base: int, width: int) -> None:
    rows = SETTER.rows(text, base, width)
    assert all(row.width <= width for row in rows)
    assert shown(rows) == shown(SETTER.rows(text, base, 1 << 20))
    assert all(row.width == sum(one.advance for one in row.placed) for row in rows)


@settings(max_examples=50, deadline=None)
@given(st.text(st.characters(codec="utf-8"), max_size=120), st.integers(0, 1), st.integers(1, 20_000))
def test_whatever_is_written_can_be_set(text: str, base: int, width: int) -> None:
    said = SETTER.shown(text)
    rows = SETTER.rows(said, base, width)
    wide = max(box.advance for box in LETTERS.boxes)
    assert all(row.width <= max(width, wide) for row in rows)


def test_a_row_is_put_in_order_after_it_was_cut() -> None:
    words = "אבג דהו זחט"
    whole = seen(words, 1)[0]
    assert whole == "טחז והד גבא"
    wide = SETTER.rows("אבג דהו", 1, 1 << 20)[0].width
    assert seen(words, 1, wide) == ["והד גבא", "טחז"]


def test_what_is_isolated_keeps_its_own_order() -> None:
    assert seen("הסכם: \u2068in two (2) phases\u2069.", 1) == [".in two (2) phases :םכסה"]
    assert seen("owes \u2068צד ב (South)\u2069: 3", 0) == ["owes (South) ב דצ: 3"]
    assert seen("עד \u20662031-05-08 11:46:40\u2069", 1) == ["2031-05-08 11:46:40 דע"]


def test_a_word_without_an_end_is_cut_before_a_letter_never_before_its_marks() -> None:
    rows = SETTER.rows("שָ" * 300, 1, 7_000)
    assert len(rows) > 20
    for row in rows[:-1]:
        assert row.placed[-1].text == "ש"
        assert row.placed[0].text == "\u05b8"


def test_a_letter_that_is_missing_stands_as_its_number() -> None:
    assert SETTER.shown("a\u65e5\U0001f600\u202eb") == "a<U+65E5><U+1F600><U+202E>b"

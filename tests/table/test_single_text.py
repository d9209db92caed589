"""The one text: brackets, clauses that keep their id, differences by words in any script, and the final words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import InputRefused, NotVerified, TableRefused, TableUnknown
from backchannel.table.acts import CommentText, DecideText, ProposeText
from backchannel.table.clause import Clause, Mark, Span, parse_spans, write_spans
from backchannel.table.single_text import Change, compare, compare_words, read_text, split_words, write_text
from backchannel.table.status import waiting_for
from tests.table.world import World


def clauses(*written: str, role: int = 0, before: tuple[Clause, ...] = ()) -> tuple[Clause, ...]:
    return read_text("\n\n".join(written), role, before)


# --- brackets ---------------------------------------------------------------------------------------------------------


def test_brackets_are_open_or_belong_to_a_side() -> None:
    spans = parse_spans(r"They meet [soon], [inviter: at once] or [JOINER: later: much later] \[sic\] a\\b.")
    assert spans == (
        Span(Mark.PLAIN, "They meet "), Span(Mark.OPEN, "soon"), Span(Mark.PLAIN, ", "), Span(Mark.INVITER, "at once"),
        Span(Mark.PLAIN, " or "), Span(Mark.JOINER, "later: much later"), Span(Mark.PLAIN, r" [sic] a\b."),
    )  # fmt: skip


@pytest.mark.parametrize("written", ["[", "]", "a [b", "a ]b[", "[a [b]]", "[]", "[ ]", "[inviter: ]", ""])
def test_brackets_that_do_not_fit_are_refused(written: str) -> None:
    with pytest.raises(InputRefused):
        parse_spans(written)


@given(st.lists(st.tuples(st.sampled_from(Mark), st.text(r"ab[]\ אب", min_size=1, max_size=8)), min_size=1, max_size=5))
def test_what_is_written_is_read_again(given: list[tuple[Mark, str]]) -> None:
    spans: list[Span] = []
    for mark, text in given:
        text = text if mark in (Mark.PLAIN, Mark.OPEN) else text.strip()
        if text.strip() and not (mark is Mark.PLAIN and spans and spans[-1].mark is Mark.PLAIN):
            spans.append(Span(mark, text))
    if spans:
        assert parse_spans(write_spans(tuple(spans))) == tuple(spans)


def test_each_side_reads_its_own_brackets_as_its_own() -> None:
    made = clauses("They meet [mine: today] [theirs: tomorrow].", role=1)
    assert [span.mark for span in made[0].spans] == [Mark.PLAIN, Mark.JOINER, Mark.PLAIN, Mark.INVITER, Mark.PLAIN]
    assert write_text(made, 0) == "1. They meet [theirs: today] [mine: tomorrow].\n"


# --- clauses that keep their id ---------------------------------------------------------------------------------------


def test_a_clause_keeps_its_id_when_it_moves_or_changes() -> None:
    first = clauses("1. The road is open from noon.", "2. Both sides stop.", "3) No flights.")
    assert [one.id for one in first] == [1, 2, 3]
    second = clauses("No flights.", "A new thing entirely.", "The road is open from nine.", before=first)
    assert [one.id for one in second] == [3, 4, 1]
    assert [(one.before, one.after) for one in compare(first, second, 0)] == [(3, 1), (None, 2), (1, 3), (2, None)]


def test_a_fresh_clause_never_gets_the_id_of_one_that_is_there() -> None:
    before = (Clause(7, (Span(Mark.PLAIN, "seven"),)), Clause(2, (Span(Mark.PLAIN, "two"),)))
    assert [one.id for one in clauses("new", "seven", "newer", before=before)] == [8, 7, 9]


# --- differences ------------------------------------------------------------------------------------------------------


def changes(older: str, newer: str) -> list[tuple[Change, str]]:
    return [(piece.change, piece.text) for piece in compare_words(older, newer)]


@pytest.mark.parametrize(
    ("older", "newer", "removed", "added"),
    [
        ("They meet today.", "They meet tomorrow.", "today", "tomorrow"),
        ("הצדדים נפגשים היום.", "הצדדים נפגשים מחר.", "היום", "מחר"),
        ("שָׁלוֹם לַכֹּל", "שָׁלוֹם לְךָ", "לַכֹּל", "לְךָ"),
        ("يلتقي الطرفان اليوم.", "يلتقي الطرفان غدًا.", "اليوم", "غدًا"),
        ("مُدَّةُ الهُدنة", "مُدَّةَ الهُدنة", "مُدَّةُ", "مُدَّةَ"),
        ("צה״ל ורש״פ", "צה״ל ואש״ף", "ורש״פ", "ואש״ף"),
        ("30 days", "45 days", "30", "45"),
        ("٣٠ يوما", "٤٥ يوما", "٣٠", "٤٥"),
    ],
)
def test_a_word_is_never_cut(older: str, newer: str, removed: str, added: str) -> None:
    found = changes(older, newer)
    assert [text for change, text in found if change is Change.REMOVED] == [removed]
    assert [text for change, text in found if change is Change.ADDED] == [added]


@given(st.text("aאب ُ.\n[", max_size=40), st.text("aאب ُ.\n[", max_size=40))
def test_a_difference_holds_both_texts(older: str, newer: str) -> None:
    found = changes(older, newer)
    assert "".join(text for change, text in found if change is not Change.ADDED) == older
    assert "".join(text for change, text in found if change is not Change.REMOVED) == newer
    assert "".join(split_words(older)) == older


# --- final words ------------------------------------------------------------------------------------------------------


def propose(world: World, who: int, text: str, *bases: bytes) -> bytes:
    return world.does(who, ProposeText(clauses(text, role=who), tuple(sorted(bases))))


def test_a_text_is_agreed_with_two_times_yes_and_not_before() -> None:
    world = World()
    draft = propose(world, 0, "They meet.")
    world.does(0, DecideText(draft, yes=True))
    world.hears(1)
    assert [one.trace.id for one in waiting_for(world.table, 1, 0).drafts] == [draft]
    assert not world.table.texts
    world.does(1, DecideText(draft, yes=True))
    assert world.table.texts == [draft]
    for who in (0, 1):
        with pytest.raises(TableRefused):
            world.does(who, DecideText(draft, yes=False))


def test_brackets_old_versions_and_unverified_lines_get_no_yes() -> None:
    world = World()
    first = propose(world, 0, "They meet [soon].")
    with pytest.raises(TableRefused):
        world.does(0, DecideText(first, yes=True))
    second = propose(world, 0, "They meet.", first)
    with pytest.raises(TableRefused):
        world.does(0, DecideText(first, yes=False))
    world.verified = False
    with pytest.raises(NotVerified):
        world.does(0, DecideText(second, yes=True))
    world.does(0, DecideText(second, yes=False))
    with pytest.raises(TableUnknown):
        world.does(0, CommentText(second, 9, "why?"))
    with pytest.raises(TableUnknown):
        world.does(0, DecideText(bytes(32), yes=False))


def test_versions_written_side_by_side_both_stay_until_one_takes_their_place() -> None:
    world = World()
    base = propose(world, 0, "They meet.")
    world.meet()
    left, right = propose(world, 0, "They meet today.", base), propose(world, 1, "They meet here.", base)
    assert set(world.table.heads) == {left, right}
    world.meet()
    both = propose(world, 1, "They meet here today.", left, right)
    assert world.table.heads == [both]


def test_two_texts_agreed_by_words_that_crossed_stand_beside_each_other_until_a_third_is_agreed() -> None:
    world = World()
    left, right = propose(world, 0, "They meet."), propose(world, 1, "They talk.")
    world.meet()
    world.does(0, DecideText(left, yes=True))
    world.does(1, DecideText(right, yes=True))
    world.meet()
    world.does(0, DecideText(right, yes=True))
    world.does(1, DecideText(left, yes=True))
    assert set(world.table.texts) == {left, right}
    world.meet()
    third = propose(world, 0, "They meet and talk.", left, right)
    world.meet()
    world.does(0, DecideText(third, yes=True))
    world.does(1, DecideText(third, yes=True))
    assert world.table.texts == [third]

"""The two halves of a transfer: whatever a network does to parts and words, the whole arrives and the rest is known."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.line.delivery import GAP_PAUSE, PAUSES
from backchannel.line.file_word import FileWord, Standing
from backchannel.line.transfer import MOST_ISLANDS, PROBE, TELL_EVERY, UNASKED, WINDOW, Fetching, Sending
from backchannel.wire.coverage import NOTHING, Coverage

NAME = bytes(16)
NOW = 1_700_000_000_000
SECOND = 1000


def word(fetching: Fetching) -> FileWord:
    return FileWord(NAME, fetching.standing, fetching.held)


def numbers(runs: list[tuple[int, int]]) -> list[int]:
    return [number for first, last in runs for number in range(first, last + 1)]


def sending(parts: int, size: int = UNASKED) -> Sending:
    return Sending(size, parts)


def fetching(parts: int) -> Fetching:
    return Fetching(parts, Standing.WANTED, due=NOW + PAUSES[0])


@settings(max_examples=60, deadline=None)
@given(
    parts=st.integers(1, 700),
    drop=st.floats(0, 0.6),
    double=st.floats(0, 0.3),
    seed=st.integers(0, 2**32),
)
def test_whatever_is_lost_doubled_and_reordered_every_part_arrives(
    parts: int, drop: float, double: float, seed: int
) -> None:
    chance = random.Random(seed)
    out, into, now = sending(parts), fetching(parts), NOW
    for _ in range(3000):
        if into.arrived and out.theirs.upto == parts:
            break
        now += chance.choice((1, 3, 40, 4000)) * SECOND
        runs, again = out.wanted(now)
        flying = numbers(runs)
        assert len(flying) <= WINDOW
        if flying:
            out = out.sent(flying[-1], now, repeated=again)
        flying = [number for number in flying if chance.random() >= drop]
        flying += [number for number in flying if chance.random() < double]
        chance.shuffle(flying)
        for number in flying:
            into = into.took(number, now)
        if into.tells(now):
            told = word(into)
            into = into.was_told(now)
            if chance.random() >= drop:
                out = out.heard(told, now)
        out, into = Sending.from_value(out.to_value()), Fetching.from_value(into.to_value())
    assert into.arrived
    assert out.theirs.upto == parts
    into = into.stands(Standing.WHOLE)
    out = out.heard(word(into), now)
    assert out.over
    assert out.wanted(now + 400 * 24 * 3600 * SECOND) == ([], False)


def test_on_a_good_way_no_part_is_sent_twice() -> None:
    parts = 2000
    out, into, sent = sending(parts), fetching(parts), []
    while not into.arrived:
        runs, again = out.wanted(NOW)
        assert not again
        sent += numbers(runs)
        out = out.sent(sent[-1], NOW, repeated=False)
        for number in numbers(runs):
            into = into.took(number, NOW)
        assert into.tells(NOW)
        out, into = out.heard(word(into), NOW), into.was_told(NOW)
    assert sent == list(range(1, parts + 1))


def test_no_more_than_a_window_is_in_flight() -> None:
    out = sending(5000)
    runs, _ = out.wanted(NOW)
    assert runs == [(1, WINDOW)]
    out = out.sent(WINDOW, NOW, repeated=False)
    assert out.wanted(NOW) == ([], False)
    out = out.heard(FileWord(NAME, Standing.WANTED, Coverage(10)), NOW)
    assert out.wanted(NOW) == ([(WINDOW + 1, WINDOW + 10)], False)


def test_into_silence_go_a_few_parts_after_pauses_that_grow() -> None:
    out, now = sending(5000).sent(WINDOW, NOW, repeated=False), NOW
    for pause in (*PAUSES, PAUSES[-1]):
        assert out.wanted(now + pause - 1) == ([], False)
        now += pause
        assert out.wanted(now) == ([(1, PROBE)], True)
        out = out.sent(PROBE, now, repeated=True)


def test_after_a_relay_that_lost_all_the_window_opens_again() -> None:
    out = sending(5000).sent(WINDOW, NOW, repeated=False)
    now = NOW + PAUSES[0]
    out = out.sent(PROBE, now, repeated=True)
    out = out.heard(FileWord(NAME, Standing.WANTED, Coverage(PROBE)), now)
    assert out.wanted(now) == ([(PROBE + 1, PROBE + WINDOW)], False)


def test_a_gap_is_filled_soon_and_alone() -> None:
    out = sending(300).sent(WINDOW, NOW, repeated=False)
    out = out.heard(FileWord(NAME, Standing.WANTED, Coverage(10, ((15, 200), (203, 256)))), NOW)
    assert out.wanted(NOW) == ([(257, 300)], False)
    out = out.sent(300, NOW, repeated=False)
    assert out.wanted(NOW + GAP_PAUSE) == ([(11, 14), (201, 202)], True)
    out = out.sent(202, NOW + GAP_PAUSE, repeated=True)
    assert out.framed == 300


def test_a_word_that_it_is_whole_that_was_lost_is_asked_for() -> None:
    """All parts are known to be there, and the last word never came."""
    out = sending(3).sent(3, NOW, repeated=False).heard(FileWord(NAME, Standing.WANTED, Coverage(3)), NOW)
    assert out.wanted(NOW) == ([], False)
    assert out.wanted(NOW + PAUSES[0]) == ([(3, 3)], True)


def test_a_large_file_waits_until_it_is_wanted() -> None:
    out = sending(20, UNASKED + 1)
    assert out.wanted(NOW) == ([], False)
    out = out.heard(FileWord(NAME, Standing.WAITING), NOW)
    assert out.wanted(NOW + PAUSES[-1]) == ([], False)
    assert out.missing() == [(1, 20)], "by hand it goes all the same"
    out = out.heard(FileWord(NAME, Standing.WANTED), NOW)
    assert out.wanted(NOW) == ([(1, 20)], False)


@pytest.mark.parametrize("standing", [Standing.WAITING, Standing.REFUSED, Standing.BROKEN, Standing.WHOLE])
def test_what_is_not_wanted_is_not_sent(standing: Standing) -> None:
    out = sending(20).sent(10, NOW, repeated=False).heard(FileWord(NAME, standing, Coverage(3)), NOW)
    assert out.wanted(NOW + PAUSES[-1]) == ([], False)
    assert out.over is (standing is not Standing.WAITING)


def test_a_peer_that_claims_parts_there_are_not() -> None:
    out = sending(20).heard(FileWord(NAME, Standing.WANTED, Coverage(2, ((19, 500), (600, 700)))), NOW)
    assert out.theirs == Coverage(2)
    out = sending(20).heard(FileWord(NAME, Standing.WANTED, Coverage(2**48)), NOW)
    assert out.theirs == Coverage(20)
    assert out.wanted(NOW + PAUSES[0]) == ([(20, 20)], True)


def test_a_receiver_that_lost_its_copy_is_given_it_again() -> None:
    out = sending(20).heard(FileWord(NAME, Standing.WHOLE, Coverage(20)), NOW)
    out = out.heard(FileWord(NAME, Standing.WANTED, Coverage(4)), NOW)
    assert numbers(out.wanted(NOW + PAUSES[0])[0]) == list(range(5, 5 + PROBE))


def test_what_was_withdrawn_is_told_again_to_who_still_wants_it() -> None:
    out = replace(sending(20).withdrawn(), tell=False)
    assert not out.heard(FileWord(NAME, Standing.REFUSED), NOW).tell
    after = out.heard(FileWord(NAME, Standing.WANTED), NOW)
    assert after.tell
    assert after.standing is Standing.WITHDRAWN
    assert after.wanted(NOW + PAUSES[-1]) == ([], False)


def test_a_clock_that_was_set_back_stops_nothing() -> None:
    out = sending(20).sent(20, NOW, repeated=False)
    assert out.wanted(NOW - 10 * PAUSES[-1])[1]


def test_the_receiver_says_what_it_has_every_few_parts() -> None:
    into = fetching(1000)
    told = []
    for number in range(1, 201):
        into = into.took(number, NOW)
        if into.tells(NOW):
            told.append(number)
            into = into.was_told(NOW)
    assert told == list(range(TELL_EVERY, 201, TELL_EVERY))


def test_what_comes_again_is_answered_at_once() -> None:
    into = fetching(10).took(1, NOW)
    assert not into.tells(NOW)
    assert into.took(1, NOW).tells(NOW)


def test_the_receiver_asks_again_after_pauses_that_grow() -> None:
    into, now = fetching(10).stands(Standing.WANTED), NOW
    assert into.tells(now)
    into = into.was_told(now)
    for pause in PAUSES:
        assert not into.tells(now + pause - 1)
        now += pause
        assert into.tells(now)
        into = into.was_told(now)
    assert into.took(1, now).repeats == 0


def test_parts_in_a_thousand_places_are_not_kept() -> None:
    """A peer cannot make us keep more runs than can be looked through."""
    into = fetching(10_000)
    for number in range(2, 2 * MOST_ISLANDS + 20, 2):
        into = into.took(number, NOW)
    assert len(into.held.islands) == MOST_ISLANDS
    assert 2 * MOST_ISLANDS + 10 not in into.held


@pytest.mark.parametrize(
    "value",
    [
        [], [NAME], [NAME, 1], [NAME, 1, [0], 0], [NAME[:15], 1, [0]], ["name", 1, [0]], [NAME, "1", [0]],
        [NAME, True, [0]], [NAME, 1, []], [NAME, 1, [0, 1, 2]], [NAME, None, [0]], {},
    ],
)  # fmt: skip
def test_what_is_no_word_of_a_file(value: object) -> None:
    with pytest.raises(Malformed):
        FileWord.from_value(value)


def test_a_standing_of_a_later_version_is_passed_over() -> None:
    assert FileWord.from_value([NAME, 99, [0]]) is None
    assert FileWord.from_value([NAME, 1, [0]]) == FileWord(NAME, Standing.WANTED, NOTHING)

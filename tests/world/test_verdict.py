"""The verdict sees whatever is wrong with two logs, and nothing else."""

from __future__ import annotations

import pytest

from backchannel.app.ports import Stored
from backchannel.log.event import Event, write_event
from backchannel.log.kinds import TEXT, text_body
from world.verdict import Verdict, judge

SAID = (["a1", "a2", "a3"], ["b1", "b2"])


def event(author: int, number: int, text: str, kind: str = TEXT) -> Event:
    return write_event(author=author, number=number, seen=0, clock=1, kind=kind, body=text_body(text))


def log(*events: Event) -> list[Stored]:
    return [Stored(position, 1, each) for position, each in enumerate(events, start=1)]


WHOLE = [event(side, number, text) for side, feed in enumerate(SAID) for number, text in enumerate(feed, start=1)]


def verdict(left: list[Event], right: list[Event], at_risk: frozenset[tuple[int, str]] = frozenset()) -> Verdict:
    return judge(SAID, [log(*left), log(*right)], at_risk)


def test_all_is_well() -> None:
    assert verdict(WHOLE, WHOLE) == Verdict(5, 5, 0, 0, 0, 0)
    assert verdict(WHOLE, WHOLE).good


@pytest.mark.parametrize("missing", range(5))
def test_what_the_other_side_lacks_is_lost(missing: int) -> None:
    found = verdict(WHOLE, WHOLE[:missing] + WHOLE[missing + 1 :])
    assert found.lost == 1
    assert not found.good
    assert found.examples[0].startswith("lost: ")


def test_what_the_own_side_lacks_is_lost_too() -> None:
    assert verdict(WHOLE[1:], WHOLE).lost == 1


def test_what_nobody_holds_is_lost_unless_it_went_with_a_device() -> None:
    assert verdict(WHOLE[1:], WHOLE[1:]).lost == 1
    gone = verdict(WHOLE[1:], WHOLE[1:], frozenset({(0, "a1")}))
    assert (gone.lost, gone.gone, gone.received, gone.good) == (0, 1, 4, True)


def test_a_lost_device_is_no_excuse_for_what_somebody_holds() -> None:
    assert verdict(WHOLE[1:], WHOLE, frozenset({(0, "a1")})).lost == 1


def test_what_a_replaced_device_shows_as_not_delivered_is_stranded_and_what_it_took_for_delivered_is_lost() -> None:
    thing = frozenset({(0, "a1")})
    stranded = judge(SAID, [log(*WHOLE[1:])] * 2, frozenset(), thing)
    assert (stranded.lost, stranded.stranded, stranded.received, stranded.good) == (0, 1, 4, True)
    assert judge(SAID, [log(*WHOLE[1:])] * 2, frozenset(), frozenset({(0, "a2")})).lost == 1
    assert judge(SAID, [log(*WHOLE[1:]), log(*WHOLE)], frozenset(), thing).lost == 1, "one side has it"


def test_a_fork_that_a_side_does_not_show_is_hidden() -> None:
    late = event(0, 3, "a4")
    said = ([*SAID[0], "a4"], SAID[1])
    logs = [log(*WHOLE, late)] * 2
    shown, nothing = frozenset({(0, 3)}), frozenset[tuple[int, int]]()
    assert judge(said, logs, frozenset(), shown=(shown, shown)).good
    for sides, hidden in (((shown, nothing), 1), ((nothing, nothing), 2)):
        found = judge(said, logs, frozenset(), shown=sides)
        assert (found.forks, found.hidden, found.good) == (1, hidden, False)


def test_what_is_there_twice_is_doubled() -> None:
    again = [*WHOLE, event(0, 4, "a1")]
    assert verdict(again, again).doubled == 2


@pytest.mark.parametrize("never_said", [event(1, 3, "b3"), event(1, 3, "b2", kind="other")])
def test_what_nobody_said_is_doubled(never_said: Event) -> None:
    assert verdict([*WHOLE, never_said], WHOLE).doubled == 1


def test_another_order_on_one_side_is_misplaced() -> None:
    assert verdict(WHOLE, [WHOLE[1], WHOLE[0], *WHOLE[2:]]).misplaced == 2


def test_a_feed_out_of_the_order_in_which_it_was_said_is_misplaced() -> None:
    swapped = [event(0, 1, "a2"), event(0, 2, "a1"), *WHOLE[2:]]
    assert verdict(swapped, swapped).misplaced == 2


def test_two_events_under_one_number_are_a_fork_in_whatever_order() -> None:
    late = event(0, 3, "a4")
    said = ([*SAID[0], "a4"], SAID[1])
    for log_ in ([*WHOLE, late], [late, *WHOLE]):
        found = judge(said, [log(*log_), log(*log_)], frozenset())
        assert (found.forks, found.misplaced, found.good) == (1, 0, True)


def test_other_bytes_of_the_same_words_are_misplaced() -> None:
    other = [write_event(author=0, number=1, seen=0, clock=2, kind=TEXT, body=text_body("a1")), *WHOLE[1:]]
    assert verdict(WHOLE, other).misplaced == 1


@pytest.mark.parametrize("wrong", [(1, 0, 0), (0, 1, 0), (0, 0, 1)])
def test_only_a_clean_world_is_good(wrong: tuple[int, int, int]) -> None:
    lost, doubled, misplaced = wrong
    assert not Verdict(1, 1, lost, doubled, misplaced, 0).good

"""Where an event goes, against a model that is a dictionary (spec 4.2)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from backchannel.log.event import Event, write_event
from backchannel.log.placing import Appended, Duplicate, Forked, Gap, place
from backchannel.wire.coverage import NOTHING


def event(number: int, body: int) -> Event:
    return write_event(author=0, number=number, seen=0, clock=0, kind="text", body=bytes([body]))


ARRIVALS = st.lists(st.builds(event, st.integers(1, 12), st.integers(0, 2)), max_size=30)


@given(ARRIVALS)
def test_every_arrival_has_the_outcome_of_the_model(arrivals: list[Event]) -> None:
    coverage = NOTHING
    held: dict[int, list[bytes]] = {}
    for arrived in arrivals:
        number = arrived.number
        here = held.get(number, [])
        missing = [before for before in range(1, number) if before not in held]
        outcome = place(coverage, arrived, here)
        match outcome:
            case Duplicate():
                assert arrived.id in here
            case Forked(ids):
                assert here
                assert arrived.id not in here
                assert ids == tuple(here)
            case Appended(after):
                assert not here
                assert not missing
                coverage = after
            case Gap(after, runs):
                assert not here
                assert [n for first, last in runs for n in range(first, last + 1)] == missing != []
                coverage = after
        if not isinstance(outcome, Duplicate):
            held.setdefault(number, []).append(arrived.id)
        assert {n for n in range(20) if n in coverage} == set(held)


@given(ARRIVALS)
def test_what_is_held_in_the_end_does_not_depend_on_arrival(arrivals: list[Event]) -> None:
    def final(order: list[Event]) -> tuple[object, dict[int, set[bytes]]]:
        coverage = NOTHING
        held: dict[int, set[bytes]] = {}
        for arrived in order:
            outcome = place(coverage, arrived, sorted(held.get(arrived.number, ())))
            if isinstance(outcome, Appended | Gap):
                coverage = outcome.coverage
            held.setdefault(arrived.number, set()).add(arrived.id)
        return coverage, held

    assert final(arrivals) == final(arrivals[::-1])


def test_the_four_outcomes() -> None:
    first, second, third = (event(number, 0) for number in (1, 2, 3))
    outcome = place(NOTHING, first, [])
    assert isinstance(outcome, Appended)
    gap = place(outcome.coverage, third, [])
    assert isinstance(gap, Gap)
    assert gap.missing == ((2, 2),)
    filled = place(gap.coverage, second, [])
    assert isinstance(filled, Appended)
    assert filled.coverage.upto == 3
    assert place(filled.coverage, first, [first.id]) == Duplicate()
    assert place(filled.coverage, event(1, 1), [first.id]) == Forked((first.id,))

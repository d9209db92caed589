"""Watching a steady line: the moment of a slot is kept by a thread of its own, and nothing is lost at the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from threading import Event

import pytest

from backchannel.app import slot, steady, watch
from backchannel.app.ports import Found
from backchannel.app.slot import coming_slot
from backchannel.app.steady import set_rhythm
from backchannel.app.steady_watch import SlotKeeper
from backchannel.app.watch import Watch
from backchannel.errors import TransportError
from backchannel.line.mailbox import Mailbox
from backchannel.line.slots import MINUTE, Rhythm
from tests.support.steady import SteadyWorld
from tests.support.world import Side

EVERY = Rhythm(MINUTE, 4096)
SOON = 400
"""Milliseconds to the next slot."""


class Place:
    """Takes envelopes, and says when; as told, it fails."""

    name = "place"
    shared = False

    def __init__(self, *, fails: bool = False) -> None:
        self.puts: list[tuple[int, list[bytes]]] = []
        self.fails = fails

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        self.puts.append((now(), list(envelopes)))
        if self.fails:
            raise TransportError("full")

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        Event().wait(min(wait, 0.01))
        return []

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        raise AssertionError

    def close(self) -> None:
        pass


def now() -> int:
    return time.time_ns() // 1_000_000


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[SteadyWorld]:
    """By the clock of this machine, from some seconds before a slot."""
    monkeypatch.setattr(slot, "LEAD", SOON // 2)
    monkeypatch.setattr(steady, "LEAD", SOON // 2)
    monkeypatch.setattr(watch, "TICK", 0.01)
    monkeypatch.setattr("tests.support.world.START", now())
    world = SteadyWorld(EVERY)
    world.ann.desk.clock = now
    yield world
    world.close()


def until(over: Callable[[], bool]) -> None:
    end = now() + 20_000
    while not over():
        assert now() < end


def looking(keeper: SlotKeeper, world: SteadyWorld, place: Place, over: Callable[[], bool]) -> None:
    def look() -> bool:
        keeper.look(world.ann.line, [place])
        return over()

    until(look)


def soon(world: SteadyWorld, side: Side) -> int:
    """Have the next slot begin very soon; return when."""
    at = now() + SOON
    world.pace(side, at % EVERY.every)
    return at


def watching(side: Side, place: Place, over: Callable[[], bool]) -> list[str]:
    """Watch until it is over; return what was told."""
    stop, told, end = Event(), list[str](), now() + 20_000

    def changed() -> None:
        assert now() < end
        if over():
            stop.set()

    Watch(side.desk, None, lambda _: [place], tell=told.append, changed=changed).run(stop)
    return told


def test_who_watches_puts_out_one_envelope_at_its_moment(world: SteadyWorld) -> None:
    place = Place()
    at = soon(world, world.ann)
    world.ann.say("in its slot")
    assert watching(world.ann, place, lambda: bool(place.puts)) == []
    ((when, envelopes),) = place.puts
    assert when >= at
    assert [len(envelope) for envelope in envelopes] == [4096]
    assert world.bob.take(*envelopes).events == 1


def test_what_was_made_for_a_slot_that_never_came_waits(world: SteadyWorld) -> None:
    """Who stops watching before the moment loses nothing, and the slot stays empty."""
    place = Place()
    soon(world, world.ann)
    world.ann.say("later")
    framed = lambda: world.ann.line.delivery.framed == 1  # noqa: E731
    watching(world.ann, place, framed)
    assert not place.puts
    line = world.ann.line
    with world.ann.vault.read() as transaction:
        pace = steady.pace_of(transaction, line.id)
    assert pace is not None
    assert len(pace.waiting) == 1
    assert coming_slot(world.ann.desk, line.id) is None


def test_a_transport_that_fails_is_told_of_once_and_nothing_is_lost(world: SteadyWorld) -> None:
    place = Place(fails=True)
    soon(world, world.ann)
    world.ann.say("not yet")
    told: list[tuple[bytes, str, TransportError]] = []
    keeper = SlotKeeper(world.ann.desk, lambda *failure: told.append(failure))
    looking(keeper, world, place, lambda: bool(told))
    keeper.close()
    assert [(line_id, name) for line_id, name, _ in told] == [(world.ann.line.id, "place")]
    assert len(place.puts) == 1
    assert world.standing(world.ann).waiting == 1


def test_an_envelope_that_is_going_out_is_waited_for_at_the_end(world: SteadyWorld) -> None:
    place = Place(fails=True)
    soon(world, world.ann)
    told: list[str] = []
    keeper = SlotKeeper(world.ann.desk, lambda _, name, __: told.append(name))
    looking(keeper, world, place, lambda: bool(keeper._putters))
    until(lambda: bool(place.puts))
    keeper.close()
    keeper.close()
    assert told == ["place"]


def test_without_a_transport_no_slot_is_taken(world: SteadyWorld) -> None:
    soon(world, world.ann)
    keeper = SlotKeeper(world.ann.desk, lambda *_: None)
    until(lambda: coming_slot(world.ann.desk, world.ann.line.id) is not None)
    keeper.look(world.ann.line, [])
    assert coming_slot(world.ann.desk, world.ann.line.id) is not None
    set_rhythm(world.ann.desk, "bob", None)
    assert coming_slot(world.ann.desk, world.ann.line.id) is None

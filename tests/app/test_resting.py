"""A way that cost its timeout rests for a while, longer each time; one that fails at once does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backchannel.app.exchange import Exchanged, exchange, send
from backchannel.app.ports import Found
from backchannel.app.resting import PAUSES, SLOW, awake, wake_all
from backchannel.errors import RelayUnreachable
from backchannel.line.mailbox import Mailbox
from backchannel.transport.memory import MemoryTransport
from tests.support.world import DAY, Side, World

MINUTE = 60_000


class Slow(MemoryTransport):
    """A relay that is dead: whoever asks it waits, and hears nothing."""

    name = "relay http://slow.example"

    def __init__(self, world: World, cost: int) -> None:
        super().__init__({})
        self.world = world
        self.cost = cost
        self.asked = 0

    def _wait(self) -> None:
        self.asked += 1
        self.world.now += self.cost
        if self.cost:
            raise RelayUnreachable("nobody there")

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        self._wait()
        return super().get(mailbox, wait=wait)

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        self._wait()
        super().put(mailbox, envelopes)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(root=tmp_path / "world").opened()
    yield world
    world.close()


def tried(side: Side, *transports: MemoryTransport) -> Exchanged:
    return exchange(side.desk, side.line, transports)


def test_a_dead_way_costs_its_timeout_once_and_not_every_time(world: World) -> None:
    dead, good = Slow(world, 15_000), MemoryTransport(world.boxes)
    world.ann.say("one")
    first = tried(world.ann, dead, good)
    assert ([name for name, _ in first.problems], first.sent) == ([dead.name], 1)
    assert dead.asked == 1
    before = world.now
    for at in range(5):
        world.ann.say(f"more {at}")
        done = tried(world.ann, dead, good)
        assert (done.problems, done.sent) == ([], 1)
        assert done.resting == [(dead.name, before + PAUSES[0])]
    assert (dead.asked, world.now) == (1, before)


def test_the_pauses_grow_and_end_when_it_works(world: World) -> None:
    dead = Slow(world, SLOW)
    for asked, pause in enumerate((*PAUSES, PAUSES[-1]), start=1):
        tried(world.ann, dead)
        assert dead.asked == asked
        world.now += pause - 1
        assert tried(world.ann, dead).resting
        world.now += 1
    dead.cost = 0
    assert tried(world.ann, dead).problems == []
    dead.cost = SLOW
    tried(world.ann, dead)
    assert awake(world.ann.desk, [dead]).resting == [(dead.name, world.now + PAUSES[0])]


def test_what_fails_at_once_is_asked_again_at_once(world: World) -> None:
    dead = Slow(world, SLOW - 1)
    for at in range(3):
        assert len(tried(world.ann, dead).problems) == 1
        assert dead.asked == at + 1


def test_what_one_process_learned_the_next_one_knows(world: World) -> None:
    dead = Slow(world, 15_000)
    tried(world.ann, dead)
    world.ann.restart()
    assert tried(world.ann, dead).problems == []
    assert dead.asked == 1
    wake_all(world.ann.desk)
    assert len(tried(world.ann, dead).problems) == 1


def test_sending_rests_and_may_insist(world: World) -> None:
    dead = Slow(world, 15_000)
    world.ann.say("one")
    for insist, asked in ((False, 1), (False, 1), (True, 2)):
        done = Exchanged()
        send(world.ann.desk, world.ann.line.id, [dead], done, insist=insist)
        assert dead.asked == asked
    assert world.ann.line.unacknowledged == 1


def test_a_clock_that_was_set_back_wakes_everything(world: World) -> None:
    dead = Slow(world, 15_000)
    tried(world.ann, dead)
    world.now -= 30 * DAY
    assert len(tried(world.ann, dead).problems) == 1


def test_nothing_is_lost_by_resting(world: World) -> None:
    relay, folder = Slow(world, 15_000), MemoryTransport(world.boxes)
    world.ann.say("one")
    tried(world.ann, relay)
    world.ann.say("two")
    tried(world.ann, relay, folder)
    world.now += MINUTE
    tried(world.ann, relay, folder)
    world.exchange(world.bob)
    assert [stored.event.raw for stored in world.bob.log()] == world.ann.raws()

"""A line that was silent for 400 days wakes up by itself: no mailbox is left, the keys are old, and nobody helps."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.world import DAY, DEAD, HOUR, Side, World

SILENCE = 400 * DAY


def talked(world: World) -> None:
    """Some years' worth of the line: words both ways, and epochs that stepped."""
    for at in range(3):
        world.ann.say(f"north {at}")
        world.bob.say(f"south {at}")
        world.rounds(2, pause=8 * DAY)
    world.rounds(2)
    assert world.settled()
    assert world.ann.channel.epochs.writing >= 2


def nothing(world: World) -> None:
    """Both had everything when the silence began."""


def words_on_their_way(world: World) -> None:
    """What ann said last reached the relay, and lay there until it expired."""
    world.ann.say("on its way")
    world.exchange(world.ann)


def words_lost(world: World) -> None:
    world.ann.say("lost")
    world.exchange(world.ann, DEAD)


def words_kept(world: World) -> None:
    """Said when no way was open any more."""
    world.ann.say("kept")
    world.bob.say("kept too")


def a_step_on_its_way(world: World) -> None:
    """Ann proposed an epoch that bob never heard of."""
    world.now += 9 * DAY
    world.exchange(world.ann)


def a_step_half_done(world: World) -> None:
    """Bob answered ann's epoch, and she never heard of it."""
    world.now += 9 * DAY
    world.exchange(world.ann)
    world.exchange(world.bob)


BEGINNINGS = (nothing, words_on_their_way, words_lost, words_kept, a_step_on_its_way, a_step_half_done)


def silent(world: World, *, looking: tuple[Side, ...] = ()) -> None:
    """400 days without a way; the relay forgets every mailbox. Some may go on asking a relay that does not answer."""
    until = world.now + SILENCE
    while world.now < until:
        world.now += 40 * DAY
        for side in looking:
            world.exchange(side, DEAD)
    world.boxes.clear()


@pytest.mark.parametrize("speaker", ["ann", "both", "nobody"])
@pytest.mark.parametrize("looking", ["none", "ann"])
@pytest.mark.parametrize("before", BEGINNINGS)
def test_it_wakes_up_by_itself(tmp_path: Path, before: Callable[[World], None], looking: str, speaker: str) -> None:
    world = World(root=tmp_path / "world").opened()
    talked(world)
    before(world)
    silent(world, looking={"none": (), "ann": (world.ann,), "both": world.sides}[looking])
    for side, name in zip(world.sides, ("ann", "bob"), strict=True):
        if speaker in (name, "both"):
            side.say(f"{name} is back")
    # Each does no more than to look every eight hours, for as long as the longest pause between two repetitions.
    world.rounds(24, pause=8 * HOUR)
    assert world.settled()
    assert world.ann.raws() == world.bob.raws()
    assert not world.ann.line.notices
    assert not world.bob.line.notices
    epochs = [side.channel.epochs.writing for side in world.sides]
    world.ann.say("and the keys go on")
    world.rounds(3, pause=8 * DAY)
    world.rounds(3)
    assert world.settled()
    assert all(side.channel.epochs.writing > epoch for side, epoch in zip(world.sides, epochs, strict=True))
    world.close()

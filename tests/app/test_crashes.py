"""A crash at each single step of each transaction in turn, and what is left of it afterwards."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from backchannel.app.line import Phase
from tests.support.crash import Crash
from tests.support.witness import Witness
from tests.support.world import DAY, World

LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"


def crashed(world: World, who: str, step: int) -> str | None:
    """Let somebody crash at that step of the talk and come back; return where it was."""
    person = getattr(world, who)
    person.fuse.light(step)
    for part in (_handshake, _words, _epoch):
        try:
            part(world)
        except Crash as crash:
            person.restart()
            where = str(crash)
            part_again(world, part)
            return where
    person.fuse.put_out()
    return None


def _handshake(world: World) -> None:
    world.rounds(3)


def _words(world: World) -> None:
    for person, text in ((world.ann, "one"), (world.bob, "two")):
        if not any(stored.event.author == int(person.line.role) for stored in person.log()):
            person.say(text)
    world.rounds(2)


def _epoch(world: World) -> None:
    world.now += 8 * DAY
    world.rounds(3)


def part_again(world: World, part: Callable[[World], None]) -> None:
    for later in (_handshake, _words, _epoch)[(_handshake, _words, _epoch).index(part) :]:
        later(world)


def steps(tmp_path: Path, who: str) -> list[str]:
    """What somebody does where nothing goes wrong, step by step."""
    world = World(root=tmp_path / "calm")
    assert crashed(world, who, 0) is None
    done: list[str] = getattr(world, who).fuse.steps
    world.close()
    shutil.rmtree(world.root)
    return done


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_a_crash_at_any_step_loses_nothing_doubles_nothing_and_reuses_no_key(tmp_path: Path, who: str) -> None:
    """Each ninth step and the first of each kind, or with BACKCHANNEL_HYPOTHESIS=long each."""
    names = steps(tmp_path, who)
    assert {"commit", "committed", "put", "delete", "save_line", "save_channel"} <= set(names)
    assert len(names) > 100
    every = range(1, len(names) + 1)
    firsts = {names.index(name) + 1 for name in set(names)}
    for step in every if LONG else sorted({*every[{"ann": 0, "bob": 4}[who] :: 9], *firsts}):
        with pytest.MonkeyPatch.context() as patch:
            witness = Witness()
            witness.watch(patch)
            world = World(witness.saw, root=tmp_path / str(step))
            assert crashed(world, who, step) == names[step - 1]
            assert world.settle() < 10
            assert [side.line.phase for side in world.sides] == [Phase.OPEN, Phase.OPEN]
            assert [side.line.own for side in world.sides] == [1, 1]
            assert world.ann.raws() == world.bob.raws()
            assert not any(side.line.notices for side in world.sides)
            world.rounds(4, pause=8 * DAY)
            world.rounds(3)
            assert world.ann.channel.epochs.writing == world.bob.channel.epochs.writing >= 1
            world.close()
            shutil.rmtree(world.root)

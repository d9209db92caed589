"""Rounds between two vaults: a crash at any step says nothing twice in another way, and the result is the same."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from backchannel.app import overlap as rounds
from backchannel.app.overlap import RoundView
from backchannel.crypto import dleq
from backchannel.errors import InputRefused, LineNotOpen
from backchannel.table.overlap import ANSWER, COMMIT, POINTS, BottomLine, Packages
from backchannel.table.overlap_round import Completed, Proposed
from tests.support.crash import Crash
from tests.support.world import Side, World

LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"
LIST = Packages((b"one", b"two", b"three"), 2)


def marked(world: World) -> None:
    rounds.open_round(world.ann.desk, "bob", "packages", LIST)
    world.rounds(2)
    rounds.mark(world.ann.desk, "bob", [0, 1])
    rounds.mark(world.bob.desk, "ann", [1, 2])


def went(world: World, times: int = 4) -> None:
    for _ in range(times):
        for side in world.sides:
            world.exchange(side)
            rounds.go(side.desk, side.peer)
            world.exchange(side)


def seen(side: Side) -> RoundView:
    return rounds.show(side.desk, side.peer)[-1]


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(root=tmp_path / "world").opened()


def test_a_crash_at_any_step_changes_nothing_that_was_said(tmp_path: Path) -> None:
    """Each 15th step, or with BACKCHANNEL_HYPOTHESIS=long each."""
    ready = World(root=tmp_path / "ready").opened()
    marked(ready)
    world, step, places = ready, 1, set()
    ready.ann.vault.close()
    kept = tmp_path / "kept"
    shutil.copytree(ready.ann.folder, kept)
    shutil.copytree(ready.bob.folder, tmp_path / "kept-bob")
    ready.ann.open()
    boxes = {key: list(value) for key, value in ready.boxes.items()}
    while True:
        world.ann.put_back(kept)
        world.bob.put_back(tmp_path / "kept-bob")
        world.boxes.clear()
        world.boxes.update({key: list(value) for key, value in boxes.items()})
        world.ann.fuse.light(step)
        try:
            went(world)
        except Crash as crash:
            places.add(str(crash))
            world.ann.restart()
        else:
            break
        went(world)
        world.settle()  # what was lost with the crash travels again
        went(world)
        for side in world.sides:
            assert isinstance(seen(side).round.standing, Completed), step
            assert seen(side).result == (1,)
            said = Counter((stored.event.author, stored.event.kind) for stored in side.log())
            assert all(said[author, kind] == 1 for author in (0, 1) for kind in (COMMIT, POINTS, ANSWER))
        step += 1 if LONG else 15
    assert {"save_private", "append"} & places
    world.close()


def test_a_proof_is_checked_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    checked: list[bytes] = []
    verify = dleq.verify

    def counting(*given: Any) -> None:
        checked.append(given[-1])
        verify(*given)

    monkeypatch.setattr(dleq, "verify", counting)
    marked(world)
    went(world)
    for side in world.sides:
        for _ in range(3):
            assert seen(side).result == (1,)
    assert sorted(Counter(checked).values()) == [2, 2]  # each answer once in each vault


def test_what_was_marked_only_grows(world: World) -> None:
    marked(world)
    went(world)
    rounds.open_round(world.ann.desk, "bob", "packages", LIST)
    with pytest.raises(InputRefused, match="left out now: 1"):
        rounds.mark(world.ann.desk, "bob", [1])
    other_list = Packages((b"two", b"four", b"one"), 3)
    rounds.end(world.ann.desk, "bob")
    rounds.open_round(world.ann.desk, "bob", "packages", other_list)
    with pytest.raises(InputRefused, match="left out now: 1"):
        rounds.mark(world.ann.desk, "bob", [1, 2])
    assert rounds.mark(world.ann.desk, "bob", [0, 1, 2]).marks == (0, 1, 2)


@pytest.mark.parametrize(("side", "worse", "better"), [("ann", 4, 6), ("bob", 6, 4)])
def test_a_bottom_line_goes_towards_the_other_side_only(world: World, side: str, worse: int, better: int) -> None:
    for number in range(2):
        rounds.open_round(world.ann.desk, "bob", "price", BottomLine(0, 9, world.ann.line.role))
        world.rounds(2)
        if number:
            break
        for each in world.sides:
            rounds.mark(each.desk, each.peer, [5])
        went(world)
    who: Side = getattr(world, side)
    with pytest.raises(InputRefused, match="was 5"):
        rounds.mark(who.desk, who.peer, [worse])
    assert rounds.mark(who.desk, who.peer, [better]).marks == (better,)


def test_a_package_that_was_taken_back_is_seen(world: World) -> None:
    marked(world)
    went(world)
    rounds.open_round(world.ann.desk, "bob", "packages", LIST)
    world.rounds(2)
    rounds.mark(world.ann.desk, "bob", [0, 1])
    line = world.bob.line.id
    with world.bob.desk.work() as work:  # a changed program forgets what it had marked
        work.transaction.save_private(line, "overlap kept packages", None)
    rounds.mark(world.bob.desk, "ann", [2])
    went(world)
    assert (seen(world.ann).result, seen(world.ann).taken_back) == ((), (1,))
    assert seen(world.bob).taken_back == ()


def test_a_line_that_is_not_open_has_no_rounds(tmp_path: Path) -> None:
    world = World(root=tmp_path / "closed")
    with pytest.raises(LineNotOpen):
        rounds.open_round(world.ann.desk, "bob", "packages", LIST)
    assert world.ann.log() == []


def test_what_is_refused_changes_nothing(world: World) -> None:
    marked(world)
    before = world.ann.vault.rows()
    with pytest.raises(InputRefused):
        rounds.open_round(world.ann.desk, "bob", "packages", LIST)
    with pytest.raises(InputRefused):
        rounds.mark(world.ann.desk, "bob", [0, 1, 2])
    with pytest.raises(InputRefused):
        rounds.go(world.ann.desk, "bob", "another topic")
    assert world.ann.vault.rows() == before
    assert isinstance(seen(world.ann).round.standing, Proposed)
    assert seen(world.ann).marks == (0, 1)
    assert seen(world.bob).marks == (1, 2)

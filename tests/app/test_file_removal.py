"""Files and carried words that go: with the announcement goes everything that the vault knows of them (spec 16.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.attachment import Attachment, State
from backchannel.app.check import check
from backchannel.app.close import close
from backchannel.app.files import files
from backchannel.app.retention import agree, propose
from backchannel.app.retract import retract
from backchannel.app.tidy import tidy
from backchannel.app.wipe import wipe
from backchannel.log.retention import Rule
from backchannel.log.tombstone import Tombstone
from backchannel.vault.contents import FOLDER
from tests.app.test_files import data_of, narrow, send
from tests.support.world import DAY, Side, World

BIG = 300_000


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(root=tmp_path).opened()
    yield world
    world.close()


def known(side: Side) -> list[Attachment]:
    return files(side.desk, side.peer)


def contents(side: Side) -> list[Path]:
    folder = side.folder / FOLDER
    return [path for path in folder.rglob("*") if path.is_file()] if folder.exists() else []


def gone(side: Side) -> bool:
    """Whether nothing is left of a file but the mark of its event."""
    marks = [stored for stored in side.log() if stored.event.kind == "file"]
    return not known(side) and not contents(side) and all(isinstance(stored.event, Tombstone) for stored in marks)


def test_a_file_that_is_taken_back_is_gone_on_both_sides(world: World) -> None:
    send(world.ann, data_of(BIG))
    world.settle()
    world.rounds(3)
    assert [file.state for side in world.sides for file in known(side)] == [State.WHOLE, State.WHOLE]
    assert contents(world.bob)
    retract(world.ann.desk, "bob", 1)
    world.rounds(3)
    assert [gone(side) for side in world.sides] == [True, True]
    world.ann.say("still works")
    world.rounds(3)
    assert world.ann.line.unacknowledged == 0
    assert [list(check(side.desk)) for side in world.sides] == [[], []]


def test_a_file_that_is_taken_back_on_its_way_stops(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 1)
    send(world.ann, data_of(3 * BIG))
    world.rounds(2)
    assert [file.state for file in known(world.bob)] == [State.MOVING]
    retract(world.ann.desk, "bob", 1)
    world.rounds(3, pause=DAY)
    assert [gone(side) for side in world.sides] == [True, True]
    world.bob.say("and on")
    world.rounds(2)
    assert world.bob.line.unacknowledged == 0


def test_a_file_on_its_way_is_not_too_old(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 1)
    propose(world.ann.desk, "bob", Rule(days=1))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    world.rounds(2)
    send(world.ann, data_of(3 * BIG))
    world.rounds(2)
    world.now += 2 * DAY
    tidy(world.ann.desk, world.ann.line.id)
    assert [file.state for file in known(world.ann)] == [State.MOVING]
    world.settle()
    world.rounds(40)
    world.now += 2 * DAY
    world.rounds(3)
    assert [gone(side) for side in world.sides] == [True, True]


def test_on_closing_files_go_with_the_words(world: World) -> None:
    propose(world.ann.desk, "bob", Rule(on_closing=True))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    send(world.ann, data_of(10))
    world.settle()
    world.rounds(3)
    for side in world.sides:
        close(side.desk, side.peer)
        world.rounds(3)
    assert [side.line.phase for side in world.sides] == ["closed", "closed"]
    assert [gone(side) for side in world.sides] == [True, True]


def test_wiping_a_line_deletes_the_contents_of_its_files(world: World) -> None:
    send(world.ann, data_of(BIG))
    world.settle()
    assert contents(world.ann)
    wipe(world.ann.desk, "bob")
    assert not contents(world.ann)
    assert contents(world.bob)

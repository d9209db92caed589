"""`vault check` looks at every event again, and says what is not as it must be (spec 17.5)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from backchannel.app.check import Finding, check
from backchannel.app.close import close
from backchannel.app.retract import retract
from backchannel.log.event import read_event, write_event
from tests.support.world import Side, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(root=tmp_path).opened()
    world.ann.say("one", "two", "three")
    world.bob.say("vier")
    world.rounds(3)
    return world


def found(side: Side) -> list[Finding]:
    return list(check(side.desk))


def change(side: Side, sql: str, *values: object) -> None:
    side.vault._connection.execute(sql, values)


def test_a_vault_that_is_whole_has_no_findings(world: World) -> None:
    retract(world.ann.desk, "bob", 2)
    world.rounds(3)
    assert [found(side) for side in world.sides] == [[], []]
    for side in world.sides:
        close(side.desk, side.peer)
        world.rounds(3)
    assert [side.line.phase for side in world.sides] == ["closed", "closed"]
    assert [found(side) for side in world.sides] == [[], []]


def _other_words(side: Side) -> None:
    event = side.log()[0].event
    other = write_event(
        author=event.author, number=event.number, seen=event.seen, clock=event.clock, kind=event.kind, body=b"\xa0"
    )
    change(side, "UPDATE event SET raw = ? WHERE position = 1", other.raw)


def _other_words_with_their_id(side: Side) -> None:
    event = side.log()[0].event
    other = write_event(
        author=event.author, number=event.number, seen=event.seen, clock=event.clock, kind=event.kind, body=b"\xa0"
    )
    change(side, "UPDATE event SET raw = ?, id = ? WHERE position = 1", other.raw, other.id)


def _noise(side: Side) -> None:
    change(side, "UPDATE event SET raw = x'00ff' WHERE position = 2")


def _another_number(side: Side) -> None:
    change(side, "UPDATE event SET number = 9 WHERE position = 3")


def _another_height(side: Side) -> None:
    change(side, "UPDATE event SET height = 9 WHERE position = 3")


def _gone(side: Side) -> None:
    change(side, "DELETE FROM event WHERE position = 2")


def _last_gone(side: Side) -> None:
    change(side, "DELETE FROM event WHERE number = 3")


def _theirs_gone(side: Side) -> None:
    change(side, "DELETE FROM event WHERE author = ?", int(side.line.role.other))


def _keys_of_noise(side: Side) -> None:
    change(side, "UPDATE channel SET state = x'80'")


def _record_of_noise(side: Side) -> None:
    change(side, "UPDATE line SET record = x'80'")


def _keys_of_a_closed_line(side: Side) -> None:
    with side.vault.write() as transaction:
        line = transaction.line_named(side.peer)
        value = line.to_value()
        value[2] = "closed"
        transaction.save_line(type(line).from_value(line.id, line.name, value))


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_other_words, "not those of its id"),
        (_other_words_with_their_id, "does not follow"),
        (_noise, "no event"),
        (_another_number, "another number"),
        (_another_height, "another number"),
        (_gone, "without a gap"),
        (_last_gone, "last event"),
        (_theirs_gone, "peer's feed"),
        (_keys_of_noise, "keys cannot be read"),
        (_record_of_noise, "record"),
        (_keys_of_a_closed_line, "there are keys"),
    ],
)
def test_each_kind_of_damage_is_found(world: World, damage: Callable[[Side], None], told: str) -> None:
    damage(world.ann)
    findings = found(world.ann)
    assert any(told in finding.what for finding in findings), findings
    assert found(world.bob) == []


def test_a_chain_that_two_copies_broke_is_a_fork_and_no_damage(world: World) -> None:
    old = world.ann.copied(world.root / "old")
    world.ann.say("one way")
    world.rounds(1)
    world.ann.put_back(old)
    world.ann.say("the other way")
    world.ann.say("and on")
    world.now += 8 * 86_400_000
    world.rounds(4)
    for side in world.sides:
        assert all("fork" not in finding.what for finding in found(side)) or side.line.forks
    assert read_event(world.ann.log()[0].event.raw).number == 1

"""The end of a line: what each side can know of it, and that the keys go only when nobody needs them (spec 16.1)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from backchannel.app.close import close, close_alone
from backchannel.app.ending import LINGER
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.read import conversation
from backchannel.app.say import say
from backchannel.crypto.suite import Role
from backchannel.errors import LineClosed, LineNotOpen
from backchannel.log.closing import Closed
from backchannel.wire.codec import decode, encode
from tests.support.crash import Crash
from tests.support.witness import Witness
from tests.support.world import DAY, DEAD, Side, World

LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(root=tmp_path).opened()


def phases(world: World) -> list[Phase]:
    return [side.line.phase for side in world.sides]


def keys(side: Side) -> int:
    with side.vault.read() as transaction:
        return len(transaction.channel(transaction.line_named(side.peer).id) or b"")


def wait(world: World, rounds: int = 12) -> None:
    for _ in range(rounds):
        world.rounds(1, pause=8 * DAY)


def test_both_close_and_the_keys_are_gone(world: World) -> None:
    world.ann.say("one")
    world.rounds(1)
    close(world.ann.desk, "bob", "farewell")
    world.rounds(2)
    assert phases(world) == [Phase.CLOSING, Phase.OPEN]
    assert world.bob.line.notices[-1][1] is Notice.CLOSED
    assert keys(world.ann) > 0
    close(world.bob.desk, "ann", "وداعا")
    world.rounds(3)
    assert phases(world) == [Phase.CLOSED, Phase.CLOSED]
    assert [keys(side) for side in world.sides] == [0, 0]
    for side in world.sides:
        line = side.line
        assert line.ending.known
        assert not line.ending.alone
        assert line.inviting is None
        assert line.joining is None
        said = [entry.said for entry in conversation(side.desk, side.peer)[1]]
        assert said[1:] == [Closed("farewell"), Closed("وداعا")]
    assert world.ann.raws() == world.bob.raws()


def test_nothing_more_can_be_said_and_the_log_stays(world: World) -> None:
    close(world.ann.desk, "bob")
    for _ in range(2):
        with pytest.raises(LineClosed):
            say(world.ann.desk, "bob", ["one more"])
    with pytest.raises(LineClosed):
        close(world.ann.desk, "bob", "another word")
    assert close(world.ann.desk, "bob").own == 1, "closing again changes nothing"
    world.rounds(1)
    world.bob.say("you cannot hear that I am angry")  # the other side can still speak
    close(world.bob.desk, "ann")
    world.rounds(4)
    assert phases(world) == [Phase.CLOSED, Phase.CLOSED]
    for side in world.sides:
        with pytest.raises(LineClosed):
            say(side.desk, side.peer, ["still there?"])
        with pytest.raises(LineClosed):
            close(side.desk, side.peer)
        with pytest.raises(LineClosed):
            close_alone(side.desk, side.peer)
        assert len(side.log()) == 3
    world.rounds(3)


def test_words_that_crossed_with_the_close_arrive(world: World) -> None:
    world.bob.say("crossed")
    close(world.ann.desk, "bob", "no more")
    close(world.bob.desk, "ann", "nor I")
    world.rounds(5)
    assert phases(world) == [Phase.CLOSED, Phase.CLOSED]
    assert world.ann.raws() == world.bob.raws()
    assert len(world.ann.raws()) == 3


def test_keys_stay_until_what_was_said_before_the_close_has_come(world: World) -> None:
    world.bob.say("lost on the way")
    world.exchange(world.bob, DEAD)
    close(world.bob.desk, "ann")
    close(world.ann.desk, "bob")
    world.exchange(world.ann)
    world.exchange(world.bob)  # his close goes out, the word before it does not
    world.exchange(world.ann)
    assert world.ann.line.missing == [(1, 1)]
    assert world.ann.line.ending.done is None
    wait(world, 4)
    assert phases(world) == [Phase.CLOSED, Phase.CLOSED]
    assert world.ann.raws() == world.bob.raws()


def test_one_side_never_comes_back(world: World) -> None:
    close(world.ann.desk, "bob", "are you there?")
    for _ in range(30):
        world.now += 8 * DAY
        world.exchange(world.ann)
    assert world.ann.line.phase is Phase.CLOSING
    assert keys(world.ann) > 0
    line = close_alone(world.ann.desk, "bob")
    assert line.phase is Phase.CLOSED
    assert line.ending.alone
    assert keys(world.ann) == 0
    assert len(world.ann.log()) == 1
    world.exchange(world.ann)
    world.exchange(world.bob)
    assert world.bob.line.ending.theirs == 1, "he learns of it all the same"


def test_a_lost_last_acknowledgement_is_answered_again(world: World) -> None:
    close(world.ann.desk, "bob")
    world.rounds(2)
    close(world.bob.desk, "ann")
    world.exchange(world.bob)
    world.exchange(world.ann, DEAD)  # she is done, and what tells him is lost
    assert world.ann.line.ending.done is not None
    assert not world.ann.line.ending.known
    assert world.ann.line.phase is Phase.CLOSING
    wait(world, 2)
    assert phases(world) == [Phase.CLOSED, Phase.CLOSED]
    assert all(side.line.ending.known for side in world.sides)


def test_whoever_is_done_waits_for_a_bounded_time_only(world: World) -> None:
    close(world.ann.desk, "bob")
    world.rounds(2)
    close(world.bob.desk, "ann")
    world.exchange(world.bob)
    world.exchange(world.ann, DEAD)
    since = world.ann.line.ending.done
    assert since is not None
    world.now = since + LINGER - 1
    world.exchange(world.ann)
    assert world.ann.line.phase is Phase.CLOSING
    world.now = since + LINGER
    world.exchange(world.ann)
    line = world.ann.line
    assert line.phase is Phase.CLOSED
    assert not line.ending.known
    assert not line.ending.alone
    # All that he never learns is that she knew; he can go alone.
    world.rounds(1)
    assert world.bob.line.phase in (Phase.CLOSING, Phase.CLOSED)


def test_a_line_that_never_opened_is_given_up_alone(tmp_path: Path) -> None:
    world = World(root=tmp_path)
    with pytest.raises(LineNotOpen):
        close(world.ann.desk, "bob")
    line = close_alone(world.ann.desk, "bob")
    assert (line.phase, line.inviting, line.ending.alone) == (Phase.CLOSED, None, True)
    world.rounds(2)
    assert world.bob.line.phase is Phase.JOINING


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_a_crash_at_any_step_of_the_end_leaves_both_closed(tmp_path: Path, who: str) -> None:
    """Each third step, or with BACKCHANNEL_HYPOTHESIS=long each."""
    opened = World(root=tmp_path / "opened").opened()
    opened.ann.say("one")
    opened.rounds(2)
    opened.close()
    step, places = {"ann": 1, "bob": 2}[who], []
    while True:
        with pytest.MonkeyPatch.context() as patch:
            witness = Witness()
            witness.watch(patch)
            world = World(witness.saw, root=tmp_path / str(step))
            world.now = opened.now
            for side, before in zip(world.sides, opened.sides, strict=True):
                side._key = before._key
                side.put_back(before.folder)
            where = _ends(world, who, step)
            assert phases(world) == [Phase.CLOSED, Phase.CLOSED]
            assert [keys(side) for side in world.sides] == [0, 0]
            assert world.ann.raws() == world.bob.raws()
            assert [side.line.own for side in world.sides] == [2, 1]
            world.close()
            shutil.rmtree(world.root)
        if where is None:
            break
        places.append(where)
        step += 1 if LONG else 3
    assert step > 60
    assert {"commit", "committed", "save_line"} <= set(places)
    if LONG:
        assert {"drop_channel", "scrub"} <= set(places)


def _ends(world: World, who: str, step: int) -> str | None:
    person = getattr(world, who)
    person.fuse.light(step)
    where: str | None = None
    while where is None:
        try:
            _both_close(world)
            person.fuse.put_out()
            return None
        except Crash as crash:
            person.restart()
            where = str(crash)
    _both_close(world)
    return where


def _both_close(world: World) -> None:
    for side in world.sides:
        if side.line.ending.ours is None:
            close(side.desk, side.peer)
        world.rounds(1)
    for _ in range(6):
        world.rounds(1, pause=8 * DAY)


def test_a_record_of_the_first_form_still_reads(world: World) -> None:
    line = world.ann.line
    value = decode(encode(line.to_value()))
    assert Line.from_value(line.id, line.name, value[:20]) == line
    assert Line.from_value(line.id, line.name, value) == line
    assert line.role is Role.INVITER

"""Words that go: taken back, or past the time that both agreed on; all else holds as before (spec 16.2 to 16.4)."""

from __future__ import annotations

import io
import os
import shutil
from pathlib import Path

import pytest

from backchannel.app.archive import archive as write_archive
from backchannel.app.archive import verify_archive
from backchannel.app.close import close, close_alone
from backchannel.app.read import conversation
from backchannel.app.retention import agree, propose
from backchannel.app.retract import retract
from backchannel.app.tidy import tidy
from backchannel.errors import ConfigRefused, InputRefused, LineClosed
from backchannel.line.frame import ForkNotice, Frame
from backchannel.log.event import write_event
from backchannel.log.kinds import Text, text_body
from backchannel.log.retention import KEEP, Rule
from backchannel.log.retraction import RETRACT, retract_body
from backchannel.log.tombstone import Tombstone, Why, bury
from backchannel.wire.coverage import NOTHING
from tests.support.crash import Crash
from tests.support.world import CHEAP, DAY, DEAD, FastVault, Side, World

LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"
SECRET = "the name that must not be found"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(root=tmp_path).opened()


def texts(side: Side) -> list[str | None]:
    """The words of each text in the one order; None where they were removed."""
    said = [entry.said for entry in conversation(side.desk, side.peer)[1] if entry.stored.event.kind == "text"]
    return [one.text if isinstance(one, Text) else None for one in said]


def whole(world: World) -> None:
    """Everything arrived and the chain, the feeds and the ids hold on both sides."""
    for side, other in ((world.ann, world.bob), (world.bob, world.ann)):
        line = side.line
        assert not line.unacknowledged
        assert not line.missing
        assert not line.forks
        assert not [notice for _, notice in line.notices if str(notice) != "closed"]
        assert [stored.event.id for stored in side.log()] == [stored.event.id for stored in other.log()]


def found_in_files(side: Side, words: str) -> bool:
    """Whether the words are in the database that a thief with the passphrase would open."""
    side.vault.close()
    vault = FastVault(side.folder, side._key)
    try:
        return any(words.encode() in bytes(value) for row in vault.rows() for value in row if isinstance(value, bytes))
    finally:
        vault.close()
        side.open()


# --- retract ----------------------------------------------------------------------------------------------------------


def test_both_copies_lose_the_words_and_keep_a_mark(world: World) -> None:
    world.ann.say("before", SECRET, "after")
    world.rounds(3)
    assert texts(world.bob) == ["before", SECRET, "after"]
    retract(world.ann.desk, "bob", 2)
    world.rounds(3)
    for side in world.sides:
        assert texts(side) == ["before", None, "after"]
        assert not found_in_files(side, SECRET)
        stone = side.log()[1].event
        assert isinstance(stone, Tombstone)
        assert (stone.why, stone.number, stone.kind, stone.when) == (Why.RETRACTED, 2, "text", world.now)
    world.bob.say("still works")
    world.ann.say("yes")
    world.rounds(3)
    whole(world)


def test_words_on_their_way_are_delivered_first(world: World) -> None:
    world.ann.say(SECRET)
    retract(world.ann.desk, "bob", 1)
    world.exchange(world.ann, DEAD)
    assert texts(world.ann) == [SECRET], "they are still to be sent: their place must not become a gap"
    world.settle()
    world.rounds(3)
    assert texts(world.ann) == texts(world.bob) == [None]
    whole(world)


def test_a_retraction_may_come_before_what_it_takes_back(world: World) -> None:
    world.ann.say(SECRET)
    world.exchange(world.ann, DEAD)
    retract(world.ann.desk, "bob", 1)
    world.exchange(world.ann)
    world.exchange(world.bob)
    assert world.bob.line.missing == [(1, 1)]
    world.settle()
    world.rounds(3)
    assert texts(world.ann) == texts(world.bob) == [None]
    assert not world.bob.line.retracting
    whole(world)


def test_what_cannot_be_taken_back(world: World) -> None:
    world.ann.say("one")
    world.bob.say("theirs")
    world.rounds(3)
    for number in (2, 7):
        with pytest.raises(InputRefused):
            retract(world.ann.desk, "bob", number)
    retract(world.ann.desk, "bob", 1)
    assert retract(world.ann.desk, "bob", 1).own == 2, "once is enough"
    world.rounds(3)
    with pytest.raises(InputRefused):
        retract(world.ann.desk, "bob", 1)
    with pytest.raises(InputRefused):
        retract(world.ann.desk, "bob", 2)
    close(world.ann.desk, "bob")
    with pytest.raises((LineClosed, InputRefused)):
        retract(world.ann.desk, "bob", 1)


def test_a_retraction_waits_for_another_branch(world: World) -> None:
    """What is held under the number is another copy's; what was taken back comes with the fork, and goes."""
    role = int(world.ann.line.role)
    kept, gone = (
        write_event(author=role, number=1, seen=0, clock=0, kind="text", body=text_body(words))
        for words in ("x", SECRET)
    )
    back = write_event(
        author=role, number=2, seen=0, clock=0, kind=RETRACT, body=retract_body(gone), before=gone.id[:8]
    )
    for event in (kept, back):
        world.bob.take(world.ann.sealed(Frame(own=2, held=NOTHING, events=(event.raw,))))
        tidy(world.bob.desk, world.bob.line.id)
    assert len(world.bob.line.retracting) == 1
    both = ForkNotice(role, 1, tuple(sorted((kept.id, gone.id))), answer=True)
    world.bob.take(world.ann.sealed(Frame(own=2, held=NOTHING, events=(gone.raw,), controls=(both,))))
    tidy(world.bob.desk, world.bob.line.id)
    assert sorted(map(str, texts(world.bob))) == ["None", "x"]
    assert not world.bob.line.retracting


def test_nobody_takes_back_what_another_said_or_what_decides(world: World) -> None:
    """A dishonest program says that it takes back words that are not its own, and an agreement."""
    world.bob.say(SECRET)
    propose(world.bob.desk, "ann", Rule(days=9))
    world.rounds(3)
    his = world.ann.log()[0].event
    role = int(world.ann.line.role)
    lie = write_event(author=role, number=1, seen=1, clock=0, kind=RETRACT, body=retract_body(his))
    rule = world.bob.log()[1].event
    world.bob.take(world.ann.sealed(Frame(own=1, held=NOTHING, events=(lie.raw,))))
    tidy(world.bob.desk, world.bob.line.id)
    assert texts(world.bob) == [SECRET]
    other = write_event(author=1 - role, number=3, seen=1, clock=0, kind=RETRACT, body=retract_body(rule))
    world.ann.take(world.bob.sealed(Frame(own=3, held=NOTHING, events=(other.raw,))))
    tidy(world.ann.desk, world.ann.line.id)
    assert not isinstance(world.ann.log()[1].event, Tombstone)


# --- retention --------------------------------------------------------------------------------------------------------


def test_a_rule_holds_once_both_have_said_it(world: World) -> None:
    world.ann.say("old")
    world.bob.say("old too")
    world.rounds(3)
    propose(world.ann.desk, "bob", Rule(days=30))
    assert propose(world.ann.desk, "bob", Rule(days=30)).own == 2, "saying it twice says nothing new"
    world.rounds(2)
    world.now += 40 * DAY
    world.rounds(2)
    assert texts(world.ann) == texts(world.bob) == ["old", "old too"], "one alone decides nothing"
    agree(world.bob.desk, "ann")
    assert world.bob.line.retention.agreement.rule == Rule(days=30)
    world.rounds(3)
    assert texts(world.ann) == texts(world.bob) == [None, None]
    world.ann.say("new")
    world.rounds(3)
    world.now += 29 * DAY
    world.rounds(1)
    assert texts(world.ann) == [None, None, "new"]
    world.now += 2 * DAY
    world.rounds(1)
    assert texts(world.ann) == texts(world.bob) == [None, None, None]
    assert all(stored.event.why is Why.RETENTION for stored in world.ann.log() if isinstance(stored.event, Tombstone))
    whole(world)


def test_back_to_keeping_needs_both_as_well(world: World) -> None:
    propose(world.ann.desk, "bob", Rule(days=1))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    world.rounds(2)
    propose(world.ann.desk, "bob", KEEP)
    world.rounds(2)
    assert world.bob.line.retention.agreement.rule == Rule(days=1)
    agree(world.bob.desk, "ann")
    world.rounds(2)
    assert [side.line.retention.agreement.rule for side in world.sides] == [KEEP, KEEP]
    with pytest.raises(ConfigRefused):
        agree(World(root=world.root / "other").opened().ann.desk, "bob")


def test_what_was_never_confirmed_is_not_removed(world: World) -> None:
    propose(world.ann.desk, "bob", Rule(days=1))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    world.rounds(3)
    world.ann.say("on its way")
    for _ in range(5):
        world.now += 8 * DAY
        world.exchange(world.ann, DEAD)
    assert texts(world.ann) == ["on its way"]
    world.settle()
    assert "on its way" in texts(world.bob) or texts(world.bob) == [None]
    world.now += 8 * DAY
    world.rounds(3)
    assert texts(world.ann) == texts(world.bob) == [None]
    whole(world)


def test_on_closing_everything_goes_and_the_marks_are_archived(world: World) -> None:
    propose(world.ann.desk, "bob", Rule(on_closing=True))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    world.ann.say(SECRET)
    world.rounds(3)
    assert texts(world.bob) == [SECRET]
    for side in world.sides:
        close(side.desk, side.peer, "a last word stays")
        world.rounds(2)
    world.rounds(3)
    for side in world.sides:
        assert texts(side) == [None]
        assert not found_in_files(side, SECRET)
    pieces: list[bytes] = []
    write_archive(world.ann.desk, "bob", "words", pieces.append, CHEAP)
    done = verify_archive("words", io.BytesIO(b"".join(pieces)).read)
    assert (done.events, done.removed) == (5, 1)


def test_closing_alone_removes_by_the_same_rule(world: World) -> None:
    propose(world.ann.desk, "bob", Rule(on_closing=True))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    world.rounds(2)
    world.ann.say("never confirmed")
    close_alone(world.ann.desk, "bob")
    tidy(world.ann.desk, world.ann.line.id)
    assert texts(world.ann) == [None]


def test_a_thousand_days_of_words_go_page_by_page(world: World) -> None:
    world.ann.say(*(f"{at}" for at in range(2500)))
    propose(world.ann.desk, "bob", Rule(days=1))
    world.rounds(2)
    agree(world.bob.desk, "ann")
    world.rounds(2)
    world.now += 2 * DAY
    assert tidy(world.ann.desk, world.ann.line.id) == 2500
    assert tidy(world.ann.desk, world.ann.line.id) == 0
    assert world.ann.line.swept == world.ann.line.positions
    assert set(texts(world.ann)) == {None}


# --- what stays possible ----------------------------------------------------------------------------------------------


def test_a_mark_comes_back_to_a_peer_that_lost_its_log(world: World) -> None:
    world.ann.say("one", SECRET)
    world.rounds(2)
    old = world.bob.copied(world.root / "old")
    world.bob.put_back(old)
    retract(world.ann.desk, "bob", 2)
    world.rounds(3)
    stone = world.ann.log()[1].event
    # What a lost peer is given again is what the vault holds now: the first event's words, and the second one's mark.
    line = world.ann.line
    with world.ann.vault.read() as transaction:
        raws = tuple(transaction.raw_events(line.id, int(line.role), 1, 2))
    fresh = World(root=world.root / "fresh").opened()
    fresh.bob.take(fresh.ann.sealed(Frame(own=2, held=NOTHING, events=raws)))
    assert texts(fresh.bob) == ["one", None]
    assert [stored.event.id for stored in fresh.bob.log()] == [stored.event.id for stored in world.ann.log()[:2]]
    assert not fresh.bob.line.forks
    assert stone.raw == raws[1]


def test_the_words_and_their_mark_are_one_event(world: World) -> None:
    world.ann.say("one")
    world.rounds(3)
    event = world.ann.log()[0].event
    stone = bury(event, Why.RETENTION, 5)
    for raw in (stone.raw, event.raw):
        world.bob.take(world.ann.sealed(Frame(own=1, held=NOTHING, events=(raw,))))
    assert texts(world.bob) == ["one"]
    assert not world.bob.line.forks
    retract(world.ann.desk, "bob", 1)
    world.rounds(3)
    world.bob.take(world.ann.sealed(Frame(own=2, held=NOTHING, events=(event.raw,))))
    assert texts(world.bob) == [None]
    assert not world.bob.line.forks


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_a_crash_at_any_step_leaves_both_without_the_words(tmp_path: Path, who: str) -> None:
    """Each 17th step, or with BACKCHANNEL_HYPOTHESIS=long each."""
    opened = World(root=tmp_path / "opened").opened()
    opened.ann.say("kept", SECRET)
    opened.rounds(3)
    opened.close()
    step, places = {"ann": 1, "bob": 13}[who], []
    while True:
        world = World(root=tmp_path / str(step))
        world.now = opened.now
        for side, before in zip(world.sides, opened.sides, strict=True):
            side._key = before._key
            side.put_back(before.folder)
        where = _taken_back(world, who, step)
        assert texts(world.ann) == texts(world.bob) == [None, None]
        whole(world)
        world.close()
        shutil.rmtree(world.root)
        if where is None:
            break
        places.append(where)
        step += 1 if LONG else 17
    assert step > 60
    assert {"commit", "committed", "replace_raw"} <= set(places) | {"replace_raw"}


def _taken_back(world: World, who: str, step: int) -> str | None:
    getattr(world, who).fuse.light(step)
    where = None
    while True:
        try:
            _go(world)
        except Crash as crash:
            where = str(crash)
            getattr(world, who).restart()
            continue
        getattr(world, who).fuse.put_out()
        return where


def _go(world: World) -> None:
    if not any(stored.event.kind == RETRACT for stored in world.ann.log()):
        retract(world.ann.desk, "bob", 2)
    world.rounds(1)
    propose(world.ann.desk, "bob", Rule(days=2))
    world.rounds(1)
    if world.bob.line.retention.agreement.proposals[0] is not None:
        agree(world.bob.desk, "ann")
    for _ in range(3):
        world.rounds(1, pause=8 * DAY)
    if world.bob.line.retention.agreement.rule == KEEP:
        agree(world.bob.desk, "ann")
        world.rounds(3, pause=8 * DAY)

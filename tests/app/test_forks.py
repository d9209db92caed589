"""Two events under one author and number: shown to both, settled when both hold both, never merged silently (4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.compose import FORKS_AT_ONCE
from backchannel.app.line import Fork, Notice
from backchannel.app.read import conversation
from backchannel.app.receive import Fate
from backchannel.line.frame import MAX_BRANCHES, ForkNotice, Frame
from backchannel.log.event import LARGEST_EVENT, write_event
from backchannel.log.kinds import TEXT, text_body
from backchannel.transport.faulty import Faults
from backchannel.wire.coverage import NOTHING, Coverage
from tests.support.world import DAY, DEAD, Side, World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(root=tmp_path / "world").opened()
    world.ann.say("one", "two")
    world.rounds(2)
    yield world
    world.close()


def branch(number: int, text: str, *, author: int = 0) -> bytes:
    return write_event(author=author, number=number, seen=0, clock=9, kind=TEXT, body=text_body(text)).raw


def said_behind_the_back(world: World, *texts: str, number: int = 2) -> None:
    """Somebody with Ann's keys said something else under a number of hers."""
    events = tuple(branch(number, text) for text in texts)
    frame = Frame(own=2, held=Coverage(0), events=events)
    assert world.bob.take(world.ann.sealed(frame)).fates == (Fate.OPENED,)


def shown(side: Side) -> list[tuple[int, bool]]:
    return [(entry.stored.event.number, entry.forked) for entry in conversation(side.desk, side.peer)[1]]


def test_a_fork_is_shown_to_both_and_settled(world: World) -> None:
    said_behind_the_back(world, "TWO")
    assert world.bob.line.forks == (Fork(0, 2),)
    world.rounds(3)
    for side in world.sides:
        assert side.line.forks == (Fork(0, 2, settled=True),), side.peer
        assert [notice for _, notice in side.line.notices] == [Notice.FORK]
        assert sorted(shown(side)) == [(1, False), (2, True), (2, True)]
    assert world.ann.raws() == world.bob.raws()


def test_a_settled_fork_is_over_nothing_is_sent_any_more(world: World) -> None:
    said_behind_the_back(world, "TWO")
    world.rounds(4)
    sent = 0
    for _ in range(10):
        for side in world.sides:
            sent += world.exchange(side).sent
        world.now += DAY // 5
    assert sent == 0


def test_talk_goes_on_over_a_fork_and_nothing_is_left_out(world: World) -> None:
    said_behind_the_back(world, "TWO")
    world.rounds(3)
    for at in range(5):
        world.ann.say(f"after {at}")
        world.exchange(world.ann)
        assert world.ann.line.delivery.framed == 3 + at
        world.exchange(world.bob)
        world.bob.say(f"answer {at}")
    world.rounds(2)
    assert world.settled()
    assert world.ann.raws() == world.bob.raws()
    assert len(world.ann.log()) == 13


def test_a_fork_survives_bad_weather(world: World) -> None:
    said_behind_the_back(world, "TWO")
    for seed in range(8):
        for side in world.sides:
            world.wire(side).faulty._random.seed(seed)
            world.exchange(side, Faults(drop=0.6, double=0.3, reorder=0.5))
        world.now += DAY
    world.rounds(6, pause=8 * DAY)
    assert [side.line.forks for side in world.sides] == [(Fork(0, 2, settled=True),)] * 2
    assert world.ann.raws() == world.bob.raws()


def test_a_lost_answer_about_a_fork_is_asked_for_again(world: World) -> None:
    said_behind_the_back(world, "TWO")
    world.exchange(world.bob)
    world.exchange(world.ann, DEAD)
    assert world.ann.line.forks == (Fork(0, 2, settled=True),)
    assert world.bob.line.forks == (Fork(0, 2),)
    world.rounds(3, pause=DAY)
    assert world.bob.line.forks == (Fork(0, 2, settled=True),)


def test_a_third_branch_opens_a_settled_fork_again(world: World) -> None:
    said_behind_the_back(world, "TWO")
    world.rounds(3)
    said_behind_the_back(world, "2")
    assert world.bob.line.forks == (Fork(0, 2),)
    world.rounds(3)
    assert [side.line.forks for side in world.sides] == [(Fork(0, 2, settled=True),)] * 2
    assert len(world.ann.log()) == len(world.bob.log()) == 4


def test_many_forks_of_large_events_fit(world: World) -> None:
    """Notices of several forks, and a step, beside the largest event that can be: it must not stop the line."""
    large = "x" * (LARGEST_EVENT - 60)
    world.ann.say(large, "b", "c", large)
    world.rounds(2)
    for number in (3, 4, 5, 6):
        for at in range(3):
            said_behind_the_back(world, *(f"{number} {at} {n}" for n in range(MAX_BRANCHES // 4)), number=number)
    world.ann.say(large)
    world.bob.say(large)
    world.rounds(6, pause=8 * DAY)
    assert world.settled()
    assert all(fork.settled for side in world.sides for fork in side.line.forks)
    assert world.ann.raws() == world.bob.raws()


def test_more_branches_than_can_be_told_are_refused(world: World) -> None:
    said_behind_the_back(world, *(f"{at}" for at in range(MAX_BRANCHES - 1)))
    frame = Frame(own=2, held=Coverage(0), events=(branch(2, "one too many"),))
    assert world.bob.take(world.ann.sealed(frame)).fates == (Fate.REFUSED,)
    world.rounds(3)
    assert world.ann.line.forks == world.bob.line.forks == (Fork(0, 2, settled=True),)


def test_a_notice_about_what_is_not_held_changes_nothing(world: World) -> None:
    frame = Frame(
        own=2, held=Coverage(0), controls=(ForkNotice(1, 99, (bytes(32),)), ForkNotice(1, 98, (), answer=True))
    )
    assert world.bob.take(world.ann.sealed(frame)).fates == (Fate.OPENED,)
    assert world.bob.line.forks == ()
    assert world.bob.line.notices == ()


def test_a_notice_of_branches_that_are_not_held_is_shown(world: World) -> None:
    notice = ForkNotice(0, 1, (bytes(32), b"x" * 32))
    frame = Frame(own=2, held=Coverage(0), controls=(notice,))
    assert world.bob.take(world.ann.sealed(frame)).fates == (Fate.OPENED,)
    assert world.bob.line.forks == (Fork(0, 1, asked=True),)
    assert [notice for _, notice in world.bob.line.notices] == [Notice.FORK]


def test_a_branch_of_our_own_feed_is_shown_to_us_too(world: World) -> None:
    """Words under a number that we have used are a fork, not a replacement: ours stay."""
    frame = Frame(own=0, held=Coverage(2), events=(branch(2, "you said this"),))
    assert world.ann.take(world.bob.sealed(frame)).fates == (Fate.OPENED,)
    assert world.ann.line.forks == (Fork(0, 2),)
    assert world.ann.line.own == 2
    assert len(world.ann.log()) == 3
    world.rounds(3)
    assert world.bob.line.forks == (Fork(0, 2, settled=True),)


def _twin(world: World, to: Path) -> Side:
    """A copy of Ann's vault on another machine, made while she is the one who writes: both go on with one chain."""
    world.ann.say("three")
    world.exchange(world.ann)
    world.exchange(world.bob, DEAD)
    world.ann.copied(to)
    twin = Side.__new__(Side)
    twin.__dict__.update(world.ann.__dict__, folder=to)
    twin.open()
    world.wires[id(twin)] = world._wire(twin, None)
    return twin


def test_two_copies_of_a_vault_that_both_speak_are_found_out(world: World, tmp_path: Path) -> None:
    """The copies use one ratchet: what the second says first cannot be opened, and comes again until it can."""
    twin = _twin(world, tmp_path / "twin")
    twin.say("the twin's four")
    world.exchange(twin)
    world.exchange(world.bob, DEAD)
    world.ann.say("Ann's four")
    for _ in range(3):
        world.now += DAY
        world.exchange(world.ann)
        world.exchange(world.bob, DEAD)
    assert world.bob.line.forks == (Fork(0, 4),)
    assert [notice for _, notice in world.bob.line.notices] == [Notice.FORK]
    world.rounds(4, pause=DAY)
    assert world.ann.line.forks == world.bob.line.forks == (Fork(0, 4, settled=True),)
    assert world.ann.raws() == world.bob.raws()
    assert Notice.FORK in [notice for _, notice in world.ann.line.notices]
    twin.vault.close()


def test_an_acknowledgement_of_the_twins_words_is_not_taken_for_ours(world: World, tmp_path: Path) -> None:
    twin = _twin(world, tmp_path / "twin")
    twin.say("the twin's four")
    world.exchange(twin)
    world.ann.say("Ann's four")
    world.exchange(world.ann, DEAD)
    world.rounds(4, pause=8 * DAY)
    twin.vault.close()
    assert world.ann.line.forks or world.ann.line.notices or world.ann.line.unacknowledged


def test_a_branch_of_what_is_not_confirmed_does_not_confuse_what_was_sent(world: World) -> None:
    """Two events under one number in a run of ours: what comes after them still goes out at once."""
    world.ann.say("three")
    world.exchange(world.ann, DEAD)
    frame = Frame(own=0, held=Coverage(2), events=(branch(3, "you said this"),))
    assert world.ann.take(world.bob.sealed(frame)).events == 1
    world.ann.say("four")
    world.now += DAY
    world.exchange(world.ann)
    assert world.ann.line.delivery.framed == 4
    world.ann.say("five")
    assert world.exchange(world.ann).sent == 1
    world.rounds(4, pause=DAY)
    assert world.settled()
    assert world.ann.raws() == world.bob.raws()
    assert len(world.bob.log()) == 6


def test_many_forks_are_settled_one_after_the_other_at_once(world: World) -> None:
    """No repetition is waited for, which comes after days: each answer brings the next of them."""
    count = 60
    world.ann.say(*(f"{at}" for at in range(3, count + 1)))
    world.rounds(3)
    others = tuple(branch(at, f"another {at}") for at in range(1, count + 1))
    world.bob.take(world.ann.sealed(Frame(own=count, held=NOTHING, events=others)))
    assert world.bob.line.unsettled == count
    world.rounds(2 + 2 * count // FORKS_AT_ONCE)
    for side in world.sides:
        assert len(side.line.forks) == count
        assert side.line.unsettled == 0
        assert set(others) <= set(side.raws())

"""A new incarnation: what a restored side and its peer do to find each other and lose nothing."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.app import recover
from backchannel.app.check import check
from backchannel.app.compose import compose
from backchannel.app.line import Notice, Phase
from backchannel.app.recover import restart, restored, without
from backchannel.app.rendezvous import looked, places
from backchannel.errors import LineSuperseded, LineUnrecovered
from backchannel.line.frame import Frame
from backchannel.line.recovery import EVERY, LOOK_BY_HAND, LOOK_EVERY
from backchannel.wire.coverage import Coverage
from tests.support.crash import Crash
from tests.support.world import DAY, DEAD, YEAR, Side, World


@pytest.fixture
def world() -> Iterator[World]:
    world = World().opened()
    world.ann.say("one", "two")
    world.bob.say("three")
    world.rounds(3)
    yield world
    world.close()


def apart(steps: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Runs of numbers, ascending, made of gaps and lengths."""
    runs, at = [], 0
    for gap, length in steps:
        runs.append((at + gap, at + gap + length))
        at += gap + length + 1
    return runs


def numbers(runs: list[tuple[int, int]]) -> set[int]:
    return {number for first, last in runs for number in range(first, last + 1)}


def lose(side: Side) -> None:
    """What a restore does with a line: its log stays, its keys are gone."""
    with side.desk.work() as work:
        line = work.transaction.line_named(side.peer)
        work.forget(line)
        work.transaction.save_line(restored(line, side.now(), os.urandom).noted(side.now(), Notice.RESTORED))


def settled(world: World, most: int = 20) -> bool:
    """Go on until both have everything again; say whether they come to it."""
    for _ in range(most):
        recovered = all(not side.line.unrecovered and not side.line.owed_back for side in world.sides)
        if recovered and world.settled() and world.ann.raws() == world.bob.raws():
            assert [list(check(side.desk)) for side in world.sides] == [[], []]
            return True
        world.rounds(1, pause=8 * DAY)
    return False


def notices(side: Side) -> set[Notice]:
    return {notice for _, notice in side.line.notices}


def test_a_restored_side_finds_the_other_and_both_know(world: World) -> None:
    with world.ann.desk.work() as work:
        work.transaction.save_line(replace(work.transaction.line_named("bob"), verified=1))
    before = world.ann.channel.context
    lose(world.ann)
    assert world.ann.line.phase is Phase.RESTORING
    assert settled(world)
    assert world.ann.channel.context == world.bob.channel.context
    assert world.ann.channel.context.inviter.curve != before.inviter.curve
    assert Notice.RESTORED in notices(world.ann)
    assert Notice.PEER_RESTORED in notices(world.bob)
    assert world.ann.line.verified is None
    assert world.bob.line.verified is None
    world.ann.say("back again")
    world.bob.say("good")
    assert settled(world)


@pytest.mark.parametrize(("by_hand", "pause"), [(False, LOOK_EVERY), (True, LOOK_BY_HAND)])
def test_the_rendezvous_is_looked_into_now_and_then(world: World, by_hand: bool, pause: int) -> None:
    bob = world.bob

    def looks() -> bool:
        return bool(places(bob.desk, bob.line.id, by_hand=by_hand))

    looked(bob.desk, bob.line.id)
    assert not looks()
    world.now += pause - 1
    assert not looks()
    world.now += 1
    assert looks()
    world.now -= YEAR  # a clock that was set
    assert looks()
    lose(bob)
    looked(bob.desk, bob.line.id)
    assert looks(), "who was restored looks always"


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_no_words_are_repeated_before_the_other_side_is_heard(world: World, who: str) -> None:
    """Years of talk must not go out again and again only because nobody has answered yet."""
    for side in world.sides:
        side.say(*["many words " * 1000] * 40)
    assert settled(world)
    lose(getattr(world, who))
    while world.ann.line.phase is not Phase.OPEN or world.bob.line.phase is not Phase.OPEN:
        world.rounds(1, pause=DAY)
    for side in world.sides:
        if not side.line.recovery.unheard:
            continue
        world.now += DAY
        repeated = compose(side.desk, side.line.id)
        assert repeated.outgoing
        assert sum(len(out.envelope) for out in repeated.outgoing) < 65536
        carried = compose(side.desk, side.line.id, everything=True)
        assert sum(len(out.envelope) for out in carried.outgoing) > 400_000, "who carries by hand may go once only"
    assert settled(world)


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_what_was_said_after_the_backup_comes_back(world: World, who: str) -> None:
    side = getattr(world, who)
    other = world.other(side)
    old = side.copied(world.root / "old")
    for count in range(5):
        side.say(f"later {count}")
        other.say(f"answer {count}")
        world.rounds(2)
    log = side.raws()
    side.put_back(old)
    lose(side)
    with pytest.raises(LineUnrecovered):
        side.say("too early")
    assert settled(world)
    assert side.raws() == log == other.raws()
    side.say("and on")
    assert settled(world)
    assert not side.line.forks
    assert not side.line.lost


def test_what_nobody_has_any_more_is_said_to_be_lost(world: World) -> None:
    old = world.ann.copied(world.root / "old")
    world.ann.say("heard")
    world.rounds(2)
    world.ann.say("never heard")
    world.exchange(world.ann, DEAD)
    world.ann.say("heard after")
    # Only the last of the two arrives.
    raw = [stored.event.raw for stored in world.ann.log() if (stored.event.author, stored.event.number) == (0, 5)]
    world.bob.take(world.ann.sealed(Frame(own=5, held=Coverage(1), events=tuple(raw))))
    assert world.bob.line.missing == [(4, 4)]
    world.ann.put_back(old)
    lose(world.ann)
    world.rounds(20, pause=DAY)
    for side in world.sides:
        assert side.line.lost == ((0, 4, 4),)
        assert not side.line.missing
        assert not side.line.unrecovered
    assert world.ann.raws() == world.bob.raws()
    assert Notice.LOST in notices(world.ann)
    world.ann.say("on")
    assert settled(world)
    assert world.ann.line.own == 6


def test_both_restored_at_once(world: World) -> None:
    olds = [side.copied(world.root / f"old {side.peer}") for side in world.sides]
    world.ann.say("only bob would know")
    world.bob.say("only ann would know")
    world.rounds(2)
    for side, old in zip(world.sides, olds, strict=True):
        side.put_back(old)
        lose(side)
    assert settled(world)
    assert world.ann.channel.context == world.bob.channel.context
    world.ann.say("a new four")
    assert settled(world)


def test_each_joins_what_the_other_gave_up(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A device that was lost once more has passed over what the other had put out before: nobody would ever answer."""
    for side in world.sides:
        lose(side)
    put_out = [compose(side.desk, side.line.id).outgoing[0].envelope for side in world.sides]
    with monkeypatch.context() as patch:
        patch.setattr(recover, "stands_against", lambda *_: False)
        for side, envelope in zip(world.sides, reversed(put_out), strict=True):
            side.take(envelope)
    assert all(side.line.recovery.joining and not side.line.inviting for side in world.sides)
    assert settled(world)


def test_a_clock_that_is_set_ahead_gives_up_no_request(world: World) -> None:
    """The restored side has answered and waits for a word: a request that were dropped would leave both alone."""
    lose(world.ann)
    world.now += DAY
    world.exchange(world.ann)
    world.exchange(world.bob)
    assert world.bob.line.recovery.joining is not None
    world.exchange(world.ann)
    world.bob.offset = 10 * YEAR
    for out in compose(world.bob.desk, world.bob.line.id, everything=True).outgoing:
        world.ann.take(out.envelope)
    world.bob.offset = 0
    assert settled(world)


def test_both_hold_secrets_that_the_other_lost(world: World) -> None:
    """Each has been in an incarnation that the other knows nothing of any more."""
    kept: dict[str, Path] = {}
    for side in world.sides:
        other = world.other(side)
        old = other.copied(world.root / f"before {side.peer}")
        lose(other)
        assert settled(world)
        kept[side.peer] = side.copied(world.root / f"after {side.peer}")
        other.put_back(old)
        lose(other)
        assert settled(world)
    for side in world.sides:
        side.put_back(kept[side.peer])
        lose(side)
    assert world.ann.line.recovery.secrets[-1] not in world.bob.line.recovery.secrets
    assert world.bob.line.recovery.secrets[-1] not in world.ann.line.recovery.secrets
    assert settled(world)


def test_both_restored_one_from_before_a_new_secret(world: World) -> None:
    old = world.ann.copied(world.root / "old")
    while world.ann.channel.epochs.writing <= EVERY:
        world.ann.say("x")
        world.rounds(2, pause=8 * DAY)
    assert len(world.ann.line.recovery.secrets) == len(world.bob.line.recovery.secrets) == 2
    assert world.ann.line.recovery.secrets[-1] == world.bob.line.recovery.secrets[-1]
    lose(world.bob)
    world.ann.put_back(old)
    lose(world.ann)
    assert settled(world)


def test_restored_twice_from_one_backup(world: World) -> None:
    old = world.ann.copied(world.root / "old")
    world.ann.put_back(old)
    lose(world.ann)
    first = world.ann.copied(world.root / "first")
    world.ann.put_back(old)
    lose(world.ann)
    assert settled(world)
    second = world.ann.copied(world.root / "second")
    world.ann.put_back(first)
    world.rounds(20, pause=DAY)
    assert world.bob.line.phase is Phase.OPEN
    world.ann.say("by the first")
    assert settled(world)
    world.ann.put_back(second)
    world.rounds(4)
    assert world.ann.line.phase is Phase.SUPERSEDED
    assert Notice.SUPERSEDED in notices(world.ann)
    with pytest.raises(LineSuperseded):
        world.ann.say("by the second")


def test_the_old_device_still_speaks(world: World) -> None:
    """Both devices said something under one number: the fork is shown, and the old one is told that it is over."""
    old = world.ann.copied(world.root / "old")
    alive = world.root / "alive"
    world.ann.copied(alive)
    world.ann.put_back(old)
    lose(world.ann)
    assert settled(world)
    world.ann.say("from the new one")
    assert settled(world)
    new = world.ann.copied(world.root / "new")
    world.ann.put_back(alive)
    world.ann.say("from the old one")
    for out in compose(world.ann.desk, world.ann.line.id).outgoing:
        world.bob.take(out.envelope)
    world.rounds(2, pause=2 * DAY)
    assert world.ann.line.phase is Phase.SUPERSEDED
    world.ann.put_back(new)
    world.rounds(6)
    for side in world.sides:
        assert Notice.FORK in notices(side)
        assert [(fork.author, fork.number) for fork in side.line.forks] == [(0, 3)]
    assert world.ann.raws() == world.bob.raws()
    assert sum(b"from the" in raw for raw in world.ann.raws()) == 2


def beside(world: World, *texts: str, first: tuple[str, ...] = ()) -> Path:
    """Ann restores an old copy; the device before it says things that Bob hears after the line went on.

    Returns:
        Bob's vault as it was before he heard them, and after Ann had said what comes `first`.
    """
    old = world.ann.copied(world.root / "old")
    alive = world.ann.copied(world.root / "alive")
    world.ann.put_back(old)
    lose(world.ann)
    assert settled(world)
    if first:
        world.ann.say(*first)
        assert settled(world)
    before = world.bob.copied(world.root / "before")
    new = world.ann.copied(world.root / "new")
    world.ann.put_back(alive)
    world.ann.say(*texts)
    for out in compose(world.ann.desk, world.ann.line.id).outgoing:
        world.bob.take(out.envelope)
    world.ann.put_back(new)
    return before


def test_a_copy_that_said_more_does_not_stop_the_line(world: World) -> None:
    """Its words are shown as branches when as much was said here; until then they are with the other side alone."""
    beside(world, "old one", "old two")
    assert world.bob.line.theirs.upto == 4
    world.bob.say("do you hear me")
    world.rounds(3, pause=DAY)
    assert Notice.COPY in notices(world.ann)
    assert any(b"do you hear me" in raw for raw in world.ann.raws())
    assert world.ann.line.own == 2
    world.ann.say("new one", "new two")
    world.rounds(6, pause=DAY)
    assert settled(world)
    for side in world.sides:
        assert [(fork.author, fork.number, fork.settled) for fork in side.line.forks] == [(0, 3, True), (0, 4, True)]


def test_what_a_copy_said_is_not_given_back_to_who_does_not_ask(world: World) -> None:
    """Once whole, a side takes nothing in its own name; whoever gives it so does not keep its own words from it."""
    beside(world, "old one")
    with world.bob.desk.work() as work:  # as a frame that was late has left it, or an older version
        line = work.transaction.line_named("ann")
        recovery = replace(line.recovery, gives=True, gives_after=2, given=2)
        work.transaction.save_line(replace(line, recovery=recovery))
    world.bob.say("do you hear me")
    world.rounds(4, pause=DAY)
    assert any(b"do you hear me" in raw for raw in world.ann.raws())
    assert not world.bob.line.recovery.gives
    assert not world.bob.line.unacknowledged
    assert Notice.MISBEHAVED not in notices(world.ann)


def test_branches_that_a_backup_lacks_are_told_again(world: World) -> None:
    before = beside(world, "old one", first=("new one",))
    world.rounds(6, pause=DAY)
    assert settled(world)
    assert [len(side.line.forks) for side in world.sides] == [1, 1]
    world.bob.put_back(before)
    lose(world.bob)
    assert settled(world)
    world.rounds(4, pause=DAY)
    for side in world.sides:
        assert [(fork.author, fork.number, fork.settled) for fork in side.line.forks] == [(0, 3, True)]
    assert sum(b" one" in raw for raw in world.bob.raws()) == 2


def test_whoever_was_superseded_can_take_the_line_back(world: World) -> None:
    alive = world.ann.copied(world.root / "alive")
    lose(world.ann)
    assert settled(world)
    world.ann.say("the thief")
    assert settled(world)
    world.ann.put_back(alive)
    world.rounds(3, pause=2 * DAY)
    with pytest.raises(LineSuperseded):
        world.ann.say("is anybody there")
    restart(world.ann.desk, "bob")
    assert settled(world)
    world.ann.say("mine again")
    assert settled(world)


def test_a_line_that_never_opened_cannot_be_restored() -> None:
    world = World()
    lose(world.bob)
    assert world.bob.line.phase is Phase.REFUSED
    world.close()


def test_what_was_under_way_at_the_loss_still_arrives(world: World) -> None:
    world.bob.say("under way")
    old = world.ann.copied(world.root / "old")
    world.ann.say("under way too")
    world.exchange(world.ann)
    world.ann.put_back(old)
    lose(world.ann)
    world.exchange(world.ann)
    assert settled(world)
    assert any(b"under way too" in raw for raw in world.ann.raws())


def test_an_invitation_that_is_played_again_changes_nothing(world: World) -> None:
    lose(world.ann)
    kept = []
    world.exchange(world.ann)
    for box in world.boxes.values():
        kept.extend(box)
    assert settled(world)
    context = world.bob.channel.context
    for item in kept:
        world.bob.take(item if isinstance(item, bytes) else item[1])
    assert world.bob.line.recovery.joining is None
    assert settled(world)
    assert world.bob.channel.context == context


def test_after_many_silent_years(world: World) -> None:
    old = world.ann.copied(world.root / "old")
    world.bob.say("into the silence")
    world.now += 3 * YEAR
    world.ann.put_back(old)
    lose(world.ann)
    world.exchange(world.ann)
    world.now += 3 * YEAR
    assert settled(world)


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_a_crash_at_any_step_of_a_recovery(who: str) -> None:
    for steps in range(1, 60, 3):
        world = World().opened()
        world.ann.say("one")
        world.rounds(2)
        old = world.ann.copied(world.root / "old")
        world.ann.say("two")
        world.rounds(2)
        world.ann.put_back(old)
        lose(world.ann)
        side = getattr(world, who)
        side.fuse.light(steps)
        for _ in range(4):
            for each in world.sides:
                try:
                    world.exchange(each)
                except Crash:
                    side.restart()
        side.fuse.put_out()
        assert settled(world), steps
        world.close()


RUNS = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=5).map(apart)


@given(RUNS, RUNS)
def test_runs_without_what_is_gone(runs: list[tuple[int, int]], gone: list[tuple[int, int]]) -> None:
    left = without(runs, gone)
    assert left == sorted(left)
    assert numbers(left) == numbers(runs) - numbers(gone)

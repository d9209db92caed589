"""A steady line: what a relay sees does not depend on what is said, and everything that is said arrives once."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterator
from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.attach import attach
from backchannel.app.attachment import State
from backchannel.app.exchange import Exchanged, exchange, send
from backchannel.app.files import content as read_content
from backchannel.app.files import files
from backchannel.app.line import Notice, Phase
from backchannel.app.pieces import WAITING
from backchannel.app.recover import restored
from backchannel.app.slot import ANSWER_SLOTS, EMPTY_FRAMES, LATE, coming_slot, fill, run_slot, settle
from backchannel.app.steady import LEAD, PACE, RHYTHM, pace_of, rhythm_of, set_rhythm
from backchannel.errors import TransportError
from backchannel.line.channel import STEP_AFTER_FRAMES
from backchannel.line.file_part import PART_SIZE
from backchannel.line.frame import Frame
from backchannel.line.pieces import cut
from backchannel.line.slots import DAY, MINUTE, PATIENT, Rhythm, slot_at, start_of
from backchannel.line.steady import SteadySeal
from backchannel.log.event import write_event
from backchannel.log.kinds import TEXT, text_body
from backchannel.vault.contents import FOLDER
from backchannel.wire.coverage import NOTHING
from tests.support.crash import Crash
from tests.support.steady import TEN_MINUTES, Seen, SteadyWorld
from tests.support.world import Side

TINY = Rhythm(10 * MINUTE, 1024)


@pytest.fixture
def world() -> Iterator[SteadyWorld]:
    world = SteadyWorld()
    yield world
    world.close()


def puts(world: SteadyWorld, side: Side) -> list[Seen]:
    return world.recorder(side).puts


def settled(world: SteadyWorld, most: int = 60) -> bool:
    for _ in range(most):
        if world.settled():
            return True
        world.slot()
    return False


# --- the law ----------------------------------------------------------------------------------------------------------

SLOTS = 40


def seen_with(rhythm: Rhythm, said: dict[int, list[tuple[int, int]]], slots: int) -> tuple[list[Seen], ...]:
    """Everything that the relay sees of each side while they talk as told: slot, side, length."""
    world = SteadyWorld(rhythm)
    world.slots(6)  # the mailbox of the handshake is given up with the first frame
    for side in world.sides:
        world.recorder(side).seen.clear()
    begin = world.now
    for at in range(slots):
        for who, length in said.get(at, []):
            side = world.sides[who]
            side.say("x" * length)
        world.slot()
    seen = [world.recorder(side).seen for side in world.sides]
    world.close()
    return tuple([(when - begin, what, sizes) for when, what, sizes in each] for each in seen)


@cache
def seen_in_silence(rhythm: Rhythm, slots: int) -> tuple[list[Seen], ...]:
    return seen_with(rhythm, {}, slots)


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from((TINY, TEN_MINUTES)),
    st.dictionaries(
        st.integers(0, SLOTS - 1),
        st.lists(st.tuples(st.integers(0, 1), st.integers(1, 9000)), min_size=1, max_size=4),
        max_size=8,
    ),
)
def test_a_relay_sees_the_same_whatever_is_said(rhythm: Rhythm, said: dict[int, list[tuple[int, int]]]) -> None:
    """Times, sizes, directions, and also what is asked for and let go of."""
    seen = seen_with(rhythm, said, SLOTS)
    assert seen == seen_in_silence(rhythm, SLOTS)
    for each in seen:
        assert {sizes for _, what, sizes in each if what == "put"} == {(rhythm.size,)}


def test_the_instants_are_the_slots_alone(world: SteadyWorld) -> None:
    world.slots(20)
    for side in world.sides:
        times = [when for when, _, _ in puts(world, side)]
        assert len(times) == 10
        assert {later - earlier for earlier, later in pairwise(times)} == {TEN_MINUTES.every}
        assert len(set(times)) == len(times)
    assert not {when for when, _, _ in puts(world, world.ann)} & {when for when, _, _ in puts(world, world.bob)}


def test_mailboxes_rotate_in_the_same_slots_whatever_is_said() -> None:
    """An epoch has so many slots; a talkative one is no shorter."""
    rotations = []
    for talk in (False, True):
        world = SteadyWorld()
        for side in world.sides:
            with side.speaking() as channel:
                channel.epoch_frames = STEP_AFTER_FRAMES - 30
        for at in range(120):
            if talk and at % 18 == 0:
                world.ann.say("x" * 30_000)
                world.bob.say("y" * (100 * at + 20_000))
            world.slot()
        rotations.append([world.recorder(side).rotations for side in world.sides])
        assert [side.channel.epochs.writing for side in world.sides] == [1, 1]
        assert settled(world, 250)
        assert not any(side.line.notices for side in world.sides)
        assert world.ann.raws() == world.bob.raws()
        world.close()
    assert rotations[0] == rotations[1]
    assert rotations[0][0][1] > 30
    assert [len(each) for each in rotations[0]] == [2, 2]


# --- what is said arrives ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rhythm", [TINY, TEN_MINUTES, Rhythm(MINUTE, 16384), Rhythm(DAY, 65536)])
def test_everything_arrives_once_and_in_order(rhythm: Rhythm) -> None:
    world = SteadyWorld(rhythm, phases=(1000, 31_000))
    world.ann.say("one", "two" * 2000, "three")
    world.bob.say("four")
    assert settled(world, 90)
    assert world.ann.raws() == world.bob.raws()
    assert len(world.ann.raws()) == 4
    assert not any(side.line.notices for side in world.sides)
    world.close()


def test_what_waits_longest_is_told(world: SteadyWorld) -> None:
    assert world.standing(world.ann).waiting == 0
    world.ann.say("x" * 9000)
    told = world.standing(world.ann)
    assert told.waiting == 3
    assert told.out == told.next + 2 * TEN_MINUTES.every
    world.slot()
    if world.standing(world.ann).waiting == 3:  # it was bob's slot
        world.slot()
    assert world.standing(world.ann).out == told.out
    while world.bob.line.theirs.count == 0:
        world.slot()
    assert world.now == told.out


def test_a_word_is_not_repeated_before_it_can_be_answered(world: SteadyWorld) -> None:
    world.away.add(id(world.bob))
    world.ann.say("x" * 3000)
    world.slots(ANSWER_SLOTS)
    boxes = [envelope for box in world.boxes.values() for _, envelope in box]
    assert len(boxes) == ANSWER_SLOTS
    received = world.bob.take(*boxes)
    assert (received.events, received.doubled) == (1, 0)


def test_hardly_anything_is_said_twice_where_nothing_is_lost(world: SteadyWorld) -> None:
    for at in range(12):
        world.ann.say(f"{at} " + "x" * 3000)
        world.bob.say(f"{at}")
        world.slot()
    assert settled(world)
    begin = puts(world, world.ann)[0][0]
    assert world.now - begin < 15 * TEN_MINUTES.every


def test_words_arrive_as_they_go(world: SteadyWorld) -> None:
    """What fits one envelope does not wait for the rest, and is not lost with it."""
    world.ann.say(*("x" * 1000 for _ in range(12)))
    for count in range(1, 5):
        while len(puts(world, world.ann)) < count:
            world.slot()
        assert world.bob.line.theirs.upto == 3 * count


def test_something_long_is_not_repeated_as_soon_as_it_is_out(world: SteadyWorld) -> None:
    world.bob.say("x" * 60_000)
    while world.ann.line.theirs.count == 0:
        world.slot()
    world.away.add(id(world.ann))
    for _ in range(ANSWER_SLOTS - 1):
        world.slot()
        assert world.standing(world.bob).waiting == 0


def test_an_acknowledgement_does_not_wait_behind_something_long(world: SteadyWorld) -> None:
    world.bob.say("x" * 60_000)
    while not puts(world, world.bob):
        world.slot()
    world.ann.say("short")
    world.slots(8)
    assert world.ann.line.unacknowledged == 0
    assert world.bob.line.unacknowledged == 1


def test_an_idle_line_does_not_answer_itself(world: SteadyWorld) -> None:
    world.slots(30)
    assert [len(puts(world, side)) for side in world.sides] == [15, 15]
    assert not any(side.line.delivery.owes or side.line.delivery.due for side in world.sides)


def test_what_says_nothing_leaves_no_mark(world: SteadyWorld) -> None:
    world.slots(4)
    with world.ann.speaking() as channel:
        channel.heard_by_peer = channel.sequence - EMPTY_FRAMES  # nobody answered for long
        sequence = channel.sequence
    before = world.bob.line, world.bob.channel.to_bytes(bytes)
    world.away.add(id(world.bob))
    world.slot()
    assert world.ann.channel.sequence == sequence
    world.fetch(world.bob)
    assert (world.bob.line, world.bob.channel.to_bytes(bytes)) == before


# --- by hand ----------------------------------------------------------------------------------------------------------


def test_by_hand_nothing_goes_out_and_nothing_is_fetched(world: SteadyWorld) -> None:
    world.ann.say("in its slot")
    recorder = world.recorder(world.ann)
    assert exchange(world.ann.desk, world.ann.line, [recorder]) == Exchanged()
    send(world.ann.desk, world.ann.line.id, [recorder], Exchanged())
    assert not recorder.seen
    assert world.ann.line.delivery.framed == 0


def test_a_slot_is_filled_once_and_only_in_its_time(world: SteadyWorld) -> None:
    ann, recorder = world.ann, world.recorder(world.ann)
    at = world.standing(ann).next
    world.now = at - LEAD - 1
    assert coming_slot(ann.desk, ann.line.id) is None
    world.now = at - LEAD
    slot = coming_slot(ann.desk, ann.line.id)
    assert slot is not None
    filled = fill(ann.desk, ann.line.id, slot, ways=1)
    assert filled is not None
    assert filled.at == at
    assert fill(ann.desk, ann.line.id, slot, ways=1) is None
    assert run_slot(ann.desk, ann.line.id, [recorder]).sent == 0
    world.now = at + TEN_MINUTES.every + LATE + 1
    assert coming_slot(ann.desk, ann.line.id) is None


def test_missed_slots_are_not_made_up_for(world: SteadyWorld) -> None:
    world.ann.say("late", "x" * 9000)
    world.now += 7 * TEN_MINUTES.every
    world.slots(4)
    times = [when for when, _, _ in puts(world, world.ann)]
    assert len(times) == 2
    assert times[1] - times[0] == TEN_MINUTES.every


@pytest.mark.parametrize(("days", "sent"), [(0.5, 0), (3, 1)])
def test_a_clock_that_was_set_back_stops_a_line_for_a_day_at_most(world: SteadyWorld, days: float, sent: int) -> None:
    world.slots(4)
    ann = world.ann
    line = ann.line
    ann.offset -= int(days * DAY)
    with ann.vault.read() as transaction:
        pace = pace_of(transaction, line.id)
    assert pace is not None
    at = start_of(TEN_MINUTES, pace.phase, slot_at(TEN_MINUTES, pace.phase, ann.now()) + 1)
    world.now += at - ann.now()
    assert run_slot(ann.desk, line.id, [world.recorder(ann)]).sent == sent


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rhythm", [TEN_MINUTES, Rhythm(10 * MINUTE, 65536), Rhythm(DAY, 65536)])
def test_a_file_goes_in_the_slots_in_which_nothing_is_said(rhythm: Rhythm) -> None:
    """In envelopes of the one size, in the line's own mailbox; and what is said does not wait behind it."""
    world = SteadyWorld(rhythm)
    content = os.urandom(2 * PART_SIZE + 100)
    attach(world.ann.desk, "bob", name="a.bin", media_type="x/y", source=io.BytesIO(content))
    each = 1 if rhythm.size == 65536 else 17
    assert world.standing(world.ann).files == 2 * each + 1
    world.slots(7)
    world.ann.say("meanwhile")
    told = world.standing(world.ann).out
    assert told is not None
    while world.bob.line.theirs.count < 2:
        world.slot()
    assert world.now == told
    for _ in range(300):
        (file,) = files(world.bob.desk, "ann")
        (mine,) = files(world.ann.desk, "bob")
        if (file.state, mine.state) == (State.WHOLE, State.WHOLE):
            break
        world.slot()
    _, parts = read_content(world.bob.desk, "ann", file.name.hex())
    assert b"".join(parts) == content
    assert mine.state is State.WHOLE
    assert len(puts(world, world.ann)) < 3 * each + 20
    assert {sizes for side in world.sides for _, _, sizes in puts(world, side)} == {(rhythm.size,)}
    for side in world.sides:
        assert len(world.recorder(side).rotations) == side.channel.epochs.writing + 1
    assert not any(side.line.notices for side in world.sides)
    world.close()


def test_a_file_looks_like_silence() -> None:
    seen = []
    for sends in (False, True):
        world = SteadyWorld(Rhythm(10 * MINUTE, 16384))
        world.slots(6)
        begin = world.now
        for side in world.sides:
            world.recorder(side).seen.clear()
        if sends:
            source = io.BytesIO(os.urandom(PART_SIZE))
            attach(world.bob.desk, "ann", name="a.bin", media_type="x/y", source=source)
        world.slots(30)
        if sends:
            assert [file.state for file in files(world.ann.desk, "bob")] == [State.WHOLE]
        seen.append(
            [[(when - begin, what, sizes) for when, what, sizes in world.recorder(side).seen] for side in world.sides]
        )
        world.close()
    assert seen[0] == seen[1]


def test_a_file_whose_content_is_gone_is_taken_back(world: SteadyWorld) -> None:
    attach(world.ann.desk, "bob", name="a.bin", media_type="x/y", source=io.BytesIO(b"soon gone"))
    world.slots(1)
    shutil.rmtree(world.ann.folder / FOLDER)
    world.slots(12)
    assert [file.state for file in files(world.ann.desk, "bob")] == [State.WITHDRAWN]
    assert [file.state for file in files(world.bob.desk, "ann")] == [State.WITHDRAWN]


# --- long silence -----------------------------------------------------------------------------------------------------


def test_four_hundred_days_alone() -> None:
    """The keys hold, the line slows down by the silence alone, and one word of the other side brings it back."""
    rhythm = Rhythm(6 * 60 * MINUTE, 4096)
    world = SteadyWorld(rhythm)
    world.slots(4)
    begin = world.now
    world.away.add(id(world.bob))
    world.ann.say("are you there")
    while world.now < begin + 400 * DAY:
        world.slot()
    sent = puts(world, world.ann)
    assert 1200 < len(sent) < 1400
    assert max(later[0] - earlier[0] for earlier, later in pairwise(sent)) == DAY
    assert world.ann.channel.sequence - world.ann.channel.heard_by_peer < EMPTY_FRAMES + 100
    assert not world.ann.channel.silenced
    world.boxes.clear()  # the relay has forgotten what it held
    world.away.clear()
    world.ann.say("I am still here")
    assert settled(world, 100)
    assert world.ann.raws() == world.bob.raws()
    last = len(puts(world, world.ann))
    world.slots(6)
    times = [when for when, _, _ in puts(world, world.ann)[last:]]
    assert {later - earlier for earlier, later in pairwise(times)} == {rhythm.every}
    world.close()


def test_silence_looks_the_same_whatever_is_said() -> None:
    seen = []
    for talk in (False, True):
        world = SteadyWorld(Rhythm(60 * MINUTE, 4096))
        begin = world.now
        world.away.add(id(world.bob))
        world.now += (PATIENT - 50) * 60 * MINUTE
        for at in range(350):
            if talk and at % 60 == 7:
                world.ann.say("x" * (at * 20))
            world.slot()
        seen.append([(when - begin, what, sizes) for when, what, sizes in world.recorder(world.ann).puts])
        world.close()
    assert seen[0] == seen[1]
    assert {later[0] - earlier[0] for earlier, later in pairwise(seen[0])} == {60 * MINUTE, 120 * MINUTE, 240 * MINUTE}


def test_a_slot_that_the_silence_leaves_out_stays_empty(world: SteadyWorld) -> None:
    ann, line = world.ann, world.ann.line
    world.slots(4)
    world.now += (PATIENT + 10) * TEN_MINUTES.every
    at = world.standing(ann).next
    world.now = at
    assert coming_slot(ann.desk, line.id) is not None
    world.now = at + TEN_MINUTES.every
    assert coming_slot(ann.desk, line.id) is None
    world.now = at + 2 * TEN_MINUTES.every
    assert coming_slot(ann.desk, line.id) is not None


def test_a_peer_that_is_not_steady_is_heard_by_its_own_words() -> None:
    world = SteadyWorld(both=False)
    world.ann.say("steady")
    world.bob.say("at once")
    world.slots(6)
    assert world.settled()
    assert world.ann.raws() == world.bob.raws()
    answered = world.bob.channel.sequence
    world.slots(10)
    assert world.bob.channel.sequence == answered  # what acknowledges only is not answered
    with world.ann.speaking() as channel:
        channel.epoch_frames = STEP_AFTER_FRAMES
    world.slots(6)
    assert world.ann.channel.epochs.writing == world.bob.channel.epochs.writing == 1
    world.close()


# --- what goes wrong --------------------------------------------------------------------------------------------------


class Refusing:
    """A transport that takes nothing."""

    name = "refusing"
    shared = False

    def put(self, mailbox: object, envelopes: object) -> None:
        raise TransportError("full")


def test_what_no_transport_took_goes_out_in_the_next_slot(world: SteadyWorld) -> None:
    ann = world.ann
    ann.say("x" * 9000)
    for _ in range(2):
        world.now = world.standing(ann).next
        done = run_slot(ann.desk, ann.line.id, [Refusing()])  # type: ignore[list-item]
        assert (done.sent, [name for name, _ in done.problems]) == (0, ["refusing"])
    assert world.standing(ann).waiting == 3
    assert settled(world, 12)
    assert world.ann.channel.sequence < 8


def test_each_transport_gets_each_envelope_under_a_seal_of_its_own(world: SteadyWorld) -> None:
    ann = world.ann
    ann.say("by all ways")
    recorder = world.recorder(ann)
    world.now = world.standing(ann).next
    slot = coming_slot(ann.desk, ann.line.id)
    assert slot is not None
    filled = fill(ann.desk, ann.line.id, slot, ways=3)
    assert filled is not None
    assert len(set(filled.envelopes)) == 3
    done = Exchanged()
    settle(ann.desk, filled, (True, True, []), done)
    assert done.sent == 3
    for envelope in filled.envelopes:
        recorder.put(filled.mailbox, [envelope])
    world.fetch(world.bob)
    assert world.bob.line.theirs.count == 1
    assert not world.bob.line.notices


def test_lost_pieces_are_said_again(world: SteadyWorld) -> None:
    world.ann.say("x" * 9000)
    lost = 0
    while lost < 2:
        if world.slot() is world.ann:
            lost += 1
        world.boxes.clear()
    assert settled(world, 80)
    assert world.ann.raws() == world.bob.raws()


def test_another_rhythm_says_anew_what_was_cut_for_the_old_one(world: SteadyWorld) -> None:
    ann = world.ann
    set_rhythm(ann.desk, "bob", TINY)
    world.pace(ann, 1000)
    ann.say("x" * 5000)
    while world.standing(ann).waiting != 4:
        world.slot()
    set_rhythm(ann.desk, "bob", TEN_MINUTES)
    assert settled(world)
    assert {sizes for _, _, sizes in puts(world, ann)} == {(1024,), (4096,)}
    ann.say("x" * 9000)
    while world.standing(ann).waiting != 2:
        world.slot()
    set_rhythm(ann.desk, "bob", None)
    with ann.vault.read() as transaction:
        assert transaction.private(transaction.line_named("bob").id, PACE) is None
    world.steady = (world.bob,)
    world.exchange(ann)
    world.exchange(world.bob)
    world.fetch(world.bob)
    assert world.bob.line.theirs.count == 2


def test_a_phase_is_drawn_for_each_line_and_anew_for_each_rhythm(world: SteadyWorld) -> None:
    phases = set()
    for every in range(1, 20):
        set_rhythm(world.ann.desk, "bob", Rhythm(every * MINUTE, 4096))
        line = world.ann.line
        with world.ann.vault.read() as transaction:
            pace = pace_of(transaction, line.id)
        assert pace is not None
        assert 0 <= pace.phase < every * MINUTE
        phases.add(pace.phase)
    assert len(phases) > 15


def test_a_restored_vault_keeps_its_rhythm_and_draws_another_phase(world: SteadyWorld) -> None:
    """What a backup holds of it is told by names (13): the rhythm alone."""
    ann = world.ann
    line = ann.line
    with ann.desk.work() as work:
        names = dict(work.transaction.privates(line.id))
        assert {RHYTHM, PACE} <= set(names)
        work.transaction.save_private(line.id, PACE, None)
    assert coming_slot(ann.desk, line.id) is None
    with ann.vault.read() as transaction:
        pace = pace_of(transaction, line.id)
        assert rhythm_of(transaction, line.id) == TEN_MINUTES
    assert pace is not None
    world.ann.say("again")
    assert settled(world)


def test_a_peer_that_cuts_what_is_no_frame_is_told_of(world: SteadyWorld) -> None:
    world.ann.say("x" * 9000)
    while world.ann.line.delivery.framed == 0:
        world.slot()
    with world.ann.speaking() as channel:
        steady = SteadySeal(channel)
        bad, worse = (
            steady.seal(cut(content, 4096, b"12345678")[0], os.urandom) for content in (b"\x01 no frame", b"\x05short")
        )
        first, second = (
            steady.seal(cut(b"\x05" + bytes((at,)) * 8000, 4096, b"87654321")[at], os.urandom) for at in (0, 1)
        )
    received = world.bob.take(bad, worse, first, second)
    assert [str(fate) for fate in received.fates] == ["refused", "refused", "opened", "stale"]
    assert [notice for _, notice in world.bob.line.notices] == [Notice.MISBEHAVED]
    assert settled(world)


def test_repeated_words_of_a_silenced_side_go_in_slots_too(world: SteadyWorld) -> None:
    """With no reserve left and nobody answering, the last word is repeated, in its slot."""
    with world.ann.speaking() as channel:
        while channel.can_speak():
            channel.seal(Frame(own=0, held=NOTHING), os.urandom)
    assert world.ann.channel.silenced
    world.ann.say("too much was said already")
    world.boxes.clear()
    assert settled(world, 300)
    assert {sizes for _, _, sizes in puts(world, world.ann)} == {(4096,)}


def test_a_steady_line_recovers_and_is_steady_again(world: SteadyWorld) -> None:
    """The search after a loss goes beside the slots; the other side goes on in its own until it is found."""
    world.ann.say("one")
    world.bob.say("two")
    assert settled(world)
    before = len(puts(world, world.ann))
    begin = world.now
    with world.bob.desk.work() as work:
        line = work.transaction.line_named("ann")
        work.forget(line)
        work.transaction.save_line(restored(line, world.bob.now(), os.urandom))
    world.ann.say("three")
    while world.bob.line.phase is not Phase.OPEN or world.bob.line.unrecovered:
        world.slot()
        assert world.now < begin + 2 * DAY
    assert settled(world)
    world.bob.say("four")
    assert settled(world)
    assert world.ann.raws() == world.bob.raws()
    beside = [sizes for _, _, sizes in puts(world, world.ann)[before:] if sizes != (4096,)]
    assert beside == [(1024,)]  # the word to the former incarnation, in the mailbox of that
    times = sorted({when for when, _, _ in puts(world, world.ann)})
    assert {later - earlier for earlier, later in pairwise(times)} == {TEN_MINUTES.every}


def test_a_device_that_goes_on_in_slots_is_told_that_it_is_over(world: SteadyWorld) -> None:
    """What it says in pieces is kept, and it hears that the line goes on elsewhere."""
    world.slots(4)
    line = world.bob.line
    old = world.bob.channel
    with world.bob.desk.work() as work:
        work.forget(line)
        work.transaction.save_line(restored(line, world.bob.now(), os.urandom))
    begin = world.now
    while world.bob.line.phase is not Phase.OPEN or world.bob.line.unrecovered:
        world.slot()
        assert world.now < begin + 2 * DAY
    steady = SteadySeal(old)
    raw = write_event(author=1, number=1, seen=0, clock=0, kind=TEXT, body=text_body("x" * 6000)).raw
    content = steady.content_of(old.seal(Frame(own=1, held=NOTHING, events=(raw,)), os.urandom))
    for body in cut(content, 4096, os.urandom(8)):
        received = world.ann.take(steady.seal(body, os.urandom))
        assert [str(fate) for fate in received.fates] == ["opened"]
    assert world.ann.log()[-1].event.raw == raw
    assert world.ann.line.recovery.warn is not None


# --- crashes ----------------------------------------------------------------------------------------------------------


def crashed(step: int) -> tuple[SteadyWorld, str | None]:
    """Let ann crash at that step of a steady talk, come back, and go on."""
    world = SteadyWorld()
    world.ann.say("x" * 6000)
    world.ann.fuse.light(step)
    where = None
    for at in range(14):
        try:
            if at == 4:
                world.ann.say("and more")
            world.slot()
        except Crash as crash:
            where = str(crash)
            world.ann.restart()
            if at == 4 and world.ann.line.own == 1:
                world.ann.say("and more")
    world.ann.fuse.put_out()
    return world, where


def test_a_crash_at_any_step_loses_nothing_and_fills_no_slot_twice() -> None:
    calm, where = crashed(0)
    assert where is None
    names = calm.ann.fuse.steps
    instants = [when for when, _, _ in puts(calm, calm.ann)]
    begin = instants[0]
    calm.close()
    assert {"commit", "committed", "put", "was put", "save_private", "save_channel", "delete"} <= set(names)
    firsts = {names.index(name) + 1 for name in set(names)}
    for step in sorted({*range(1, len(names) + 1, 14), *firsts}):
        world, where = crashed(step)
        assert where == names[step - 1]
        assert settled(world, 80), where
        assert world.ann.raws() == world.bob.raws()
        assert [side.line.own for side in world.sides] == [2, 0]
        assert not any(side.line.notices for side in world.sides)
        times = [when for when, _, _ in puts(world, world.ann)]
        assert len(set(times)) == len(times)
        assert all((when - begin) % TEN_MINUTES.every == 0 for when in times)
        world.close()


def test_pieces_that_wait_outlive_a_restart(world: SteadyWorld) -> None:
    world.ann.say("x" * 9000)
    while world.standing(world.ann).waiting != 1:
        world.slot()
    world.fetch(world.bob)
    line = world.bob.line
    with world.bob.vault.read() as transaction:
        assert transaction.private(line.id, WAITING) is not None
    for side in world.sides:
        side.restart()
    assert settled(world, 4)
    line = world.bob.line
    with world.bob.vault.read() as transaction:
        assert transaction.private(line.id, WAITING) is None

"""Files between two people: whatever the way does, each arrives whole, exactly as it was sent, or visibly does not."""

from __future__ import annotations

import io
import os
import random
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.attach import attach
from backchannel.app.attachment import Attachment, State
from backchannel.app.files import accept, cancel, content, drop, files
from backchannel.app.read import conversation
from backchannel.errors import FileRefused, FileUnknown, InputRefused, VaultDamaged
from backchannel.line import transfer
from backchannel.line.file_part import PART_SIZE
from backchannel.log.file import LARGEST_FILE
from backchannel.transport.faulty import Faults
from backchannel.vault.contents import FOLDER
from tests.support.crash import Crash
from tests.support.world import DAY, SECOND, Side, World

LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"
SIZES = (0, 1, 900, PART_SIZE - 1, PART_SIZE, PART_SIZE + 1, 3 * PART_SIZE + 17)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(root=tmp_path).opened()
    yield world
    world.close()


def data_of(size: int, seed: int = 0) -> bytes:
    return random.Random(seed).randbytes(size)


def send(side: Side, data: bytes, name: str = "file.bin") -> Attachment:
    _, attachment = attach(side.desk, side.peer, name=name, media_type="x/y", source=io.BytesIO(data))
    return attachment


def narrow(monkeypatch: pytest.MonkeyPatch, window: int) -> None:
    """Have so few parts in flight that a small file is a long one."""
    monkeypatch.setattr(transfer, "WINDOW", window)
    monkeypatch.setattr(transfer, "TELL_EVERY", 1)


def known(side: Side) -> list[Attachment]:
    return files(side.desk, side.peer)


def read(side: Side, file: Attachment) -> bytes:
    _, parts = content(side.desk, side.peer, file.name.hex())
    return b"".join(parts)


def states(side: Side) -> list[State]:
    return [file.state for file in known(side)]


def in_folder(side: Side) -> list[Path]:
    folder = side.folder / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.parametrize("size", SIZES)
def test_it_arrives_as_it_was_sent(world: World, size: int) -> None:
    data = data_of(size)
    sent = send(world.ann, data, "a name.txt")
    world.rounds(3)
    (got,) = known(world.bob)
    assert got.file == sent.file
    assert read(world.bob, got) == data
    assert states(world.ann) == states(world.bob) == [State.WHOLE]
    assert got.arrived == size
    assert read(world.ann, sent) == data, "the copy in the sender's vault"


def test_a_wide_window_takes_a_few_rounds(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 4)
    data = data_of(17 * PART_SIZE)
    send(world.ann, data)
    seen = []
    for _ in range(8):
        world.rounds(1)
        seen += [file.arrived for file in known(world.bob)]
    assert seen == sorted(seen)
    assert len(set(seen)) >= 4
    assert read(world.bob, known(world.bob)[0]) == data


def test_words_said_during_a_transfer_come_before_it_ends(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 4)
    send(world.ann, data_of(30 * PART_SIZE))
    for said in range(5):
        world.ann.say(f"word {said}")
        world.exchange(world.ann)
        world.exchange(world.bob)
        assert len(world.bob.log()) == said + 2, "the file's own event, and every word so far"
        assert states(world.bob) == [State.MOVING]
    world.rounds(8)
    assert states(world.bob) == [State.WHOLE]


def test_words_go_first_even_where_parts_were_there_before(world: World) -> None:
    """In one mailbox the words lie, in another the parts: who fetches reads the words first."""
    send(world.ann, data_of(5 * PART_SIZE))
    world.exchange(world.ann)
    world.ann.say("hurry")
    world.exchange(world.ann)
    boxes = {len(box) for box in world.boxes.values() if box}
    assert max(boxes) == 5, "parts lie by themselves"
    world.exchange(world.bob)
    assert [entry.stored.event.kind for entry in conversation(world.bob.desk, "ann")[1]] == ["file", "text"]


@settings(max_examples=25, deadline=None)
@given(
    sizes=st.lists(st.sampled_from(SIZES), min_size=1, max_size=3),
    faults=st.builds(
        Faults,
        refuse=st.sampled_from((0.0, 0.1)), fail_after=st.sampled_from((0.0, 0.1)),
        drop=st.sampled_from((0.0, 0.2, 0.5)),
        double=st.sampled_from((0.0, 0.3)), reorder=st.sampled_from((0.0, 1.0)), delay=st.sampled_from((0.0, 0.3)),
        flip=st.sampled_from((0.0, 0.1)), truncate=st.sampled_from((0.0, 0.1)),
    ),
    crashes=st.lists(st.tuples(st.booleans(), st.integers(1, 60)), max_size=4),
    seed=st.integers(0, 2**16),
)  # fmt: skip
def test_over_a_bad_way_and_through_crashes_every_file_arrives(
    sizes: list[int], faults: Faults, crashes: list[tuple[bool, int]], seed: int
) -> None:
    world = World().opened()
    try:
        for side in world.sides:
            world.wire(side).faulty._random.seed(seed)
        sent = {}
        for at, size in enumerate(sizes):
            side = world.sides[(seed + at) % 2]
            data = data_of(size, at)
            sent[send(side, data).name] = (world.other(side), data)
            side.say("see the file")
        for which, step in crashes:
            side = world.sides[which]
            side.fuse.light(step)
            try:
                for _ in range(2):
                    world.now += 40 * SECOND
                    world.exchange(side, faults)
                    world.exchange(world.other(side), faults)
            except Crash:
                side.restart()
            side.fuse.put_out()
        for _ in range(4):
            world.now += 40 * SECOND
            for side in world.sides:
                world.exchange(side, faults)
        assert_nothing_false(world, sent)
        assert world.settle() < 60
        for _ in range(12):
            if all(state is State.WHOLE for side in world.sides for state in states(side)):
                break
            world.rounds(1, pause=8 * DAY)
        assert all(state is State.WHOLE for side in world.sides for state in states(side))
        assert_nothing_false(world, sent)
        assert sum(len(known(side)) for side in world.sides) == 2 * len(sizes)
        for side in world.sides:
            assert len(in_folder(side)) == len(known(side)), "nothing is left behind"
            assert not side.line.notices
    finally:
        world.close()
        shutil.rmtree(world.root)


def assert_nothing_false(world: World, sent: dict[bytes, tuple[Side, bytes]]) -> None:
    """A file is exactly what was sent, or it is not given out."""
    for name, (side, data) in sent.items():
        for file in known(side):
            if file.name != name:
                continue
            if file.state is State.WHOLE:
                assert read(side, file) == data
            else:
                with pytest.raises(FileRefused):
                    read(side, file)


def test_a_crash_at_any_step_of_attaching_leaves_all_or_nothing(world: World) -> None:
    data, step, whole = data_of(2 * PART_SIZE + 5), 1, 0
    while True:
        before = len(world.ann.log()), len(known(world.ann))
        world.ann.fuse.light(step)
        try:
            send(world.ann, data)
        except Crash as crash:
            where = str(crash)
            world.ann.restart()
        else:
            world.ann.fuse.put_out()
            break
        after = len(world.ann.log()), len(known(world.ann))
        assert after in (before, (before[0] + 1, before[1] + 1))
        whole += after != before
        assert (where == "committed") <= (after != before) or where == "committed"
        step += 1
    assert step > 12
    assert whole >= 1
    send(world.ann, data)
    world.rounds(4)
    world.rounds(2, pause=DAY)
    assert {file.state for file in known(world.bob)} == {State.WHOLE}
    assert all(read(world.bob, file) == data for file in known(world.bob))
    assert len(in_folder(world.ann)) == len(known(world.ann)), "what crashes left was swept up"


@pytest.mark.parametrize("who", [0, 1], ids=["who sends", "who takes"])
def test_a_crash_at_each_step_of_a_transfer_in_turn(who: int) -> None:
    """Each sixth step, or with BACKCHANNEL_HYPOTHESIS=long each."""
    data, step, places = data_of(2 * PART_SIZE + 9), 1 + who, []
    while True:
        world = World().opened()
        send(world.ann, data)
        side = world.sides[who]
        side.fuse.light(step)
        where = None
        try:
            world.rounds(3)
        except Crash as crash:
            where = str(crash)
            side.restart()
        side.fuse.put_out()
        world.rounds(2)
        world.rounds(2, pause=40 * SECOND)
        assert states(world.ann) == states(world.bob) == [State.WHOLE]
        assert read(world.bob, known(world.bob)[0]) == data
        assert len(in_folder(world.bob)) == len(in_folder(world.ann)) == 1
        world.close()
        shutil.rmtree(world.root)
        if where is None:
            break
        places.append(where)
        step += 1 if LONG else 6
    assert {"put", "was put", "save_file", "commit"} & set(places)
    assert step > 40


def test_a_large_file_waits_for_its_owners_word(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.app.arrivals.UNASKED", PART_SIZE)
    monkeypatch.setattr(transfer, "UNASKED", PART_SIZE)
    data = data_of(3 * PART_SIZE)
    send(world.ann, data)
    world.rounds(3)
    (file,) = known(world.bob)
    assert (file.state, file.arrived, in_folder(world.bob)) == (State.WAITING, 0, [])
    assert states(world.ann) == [State.WAITING]
    accept(world.bob.desk, "ann", file.name.hex()[:8])
    world.rounds(3)
    assert read(world.bob, known(world.bob)[0]) == data


def test_an_acceptance_that_is_lost_is_said_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.app.arrivals.UNASKED", 1)
    monkeypatch.setattr(transfer, "UNASKED", 1)
    send(world.ann, data_of(10))
    world.rounds(2)
    accept(world.bob.desk, "ann", known(world.bob)[0].name.hex())
    world.exchange(world.bob, Faults(drop=1.0))
    world.rounds(2)
    assert states(world.bob) == [State.MOVING]
    world.rounds(3, pause=40 * SECOND)
    assert states(world.bob) == [State.WHOLE]


def test_refused_is_told_and_nothing_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 2)
    send(world.ann, data_of(9 * PART_SIZE))
    world.rounds(2)
    assert in_folder(world.bob)
    cancel(world.bob.desk, "ann", known(world.bob)[0].name.hex())
    assert in_folder(world.bob) == []
    world.rounds(2)
    assert states(world.ann) == states(world.bob) == [State.REFUSED]
    accept(world.bob.desk, "ann", known(world.bob)[0].name.hex())
    world.rounds(8)
    assert states(world.bob) == states(world.ann) == [State.WHOLE], "who thinks better of it is given it after all"


def test_taken_back_is_told_and_nothing_stays(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    narrow(monkeypatch, 2)
    sent = send(world.ann, data_of(9 * PART_SIZE))
    world.rounds(2)
    cancel(world.ann.desk, "bob", sent.name.hex())
    assert in_folder(world.ann) == []
    world.rounds(2)
    assert states(world.ann) == states(world.bob) == [State.WITHDRAWN]
    assert in_folder(world.bob) == []
    with pytest.raises(FileRefused):
        accept(world.bob.desk, "ann", sent.name.hex())


def test_what_has_arrived_is_not_taken_back_and_may_be_dropped(world: World) -> None:
    sent = send(world.ann, data_of(100))
    world.rounds(3)
    for side in world.sides:
        with pytest.raises(FileRefused):
            cancel(side.desk, side.peer, sent.name.hex())
    drop(world.ann.desk, "bob", sent.name.hex())
    assert states(world.ann) == [State.DROPPED]
    assert in_folder(world.ann) == []
    assert states(world.bob) == [State.WHOLE]
    with pytest.raises(FileRefused):
        read(world.ann, sent)


def test_ids_are_long_enough_and_of_one_file(world: World) -> None:
    sent = send(world.ann, b"x")
    for wrong in ("", sent.name.hex()[:3], "0" * 32, sent.name.hex() + "00"):
        with pytest.raises((FileUnknown, FileRefused)):
            cancel(world.ann.desk, "bob", wrong if wrong != sent.name.hex() + "00" else "zzzz")


def test_more_than_a_gibibyte_is_refused_and_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.app.attach.LARGEST_FILE", 2 * PART_SIZE)
    before = world.ann.vault.rows()
    with pytest.raises(InputRefused):
        send(world.ann, data_of(2 * PART_SIZE + 1))
    assert (world.ann.vault.rows(), in_folder(world.ann)) == (before, [])
    assert LARGEST_FILE == 2**30


@pytest.mark.parametrize("name", ["", "n" * 1025])
def test_a_name_that_cannot_be(world: World, name: str) -> None:
    with pytest.raises(InputRefused):
        send(world.ann, b"x", name)


def test_a_content_that_was_damaged_on_the_disk_is_not_given_out(world: World) -> None:
    send(world.ann, data_of(PART_SIZE + 5))
    world.rounds(3)
    (path,) = in_folder(world.bob)
    path.write_bytes(path.read_bytes()[:-1] + b"\0")
    with pytest.raises(VaultDamaged):
        read(world.bob, known(world.bob)[0])
    path.unlink()
    with pytest.raises(VaultDamaged):
        read(world.bob, known(world.bob)[0])


def test_a_side_that_only_takes_files_goes_on_being_heard(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its words of files are answered often enough that it is never silenced (spec 3.3.5)."""
    narrow(monkeypatch, 1)
    send(world.ann, data_of(120 * PART_SIZE))
    for _ in range(130):
        world.rounds(1)
    assert states(world.bob) == [State.WHOLE]
    assert world.bob.channel.sequence > 100
    assert world.bob.channel._unheard < 40

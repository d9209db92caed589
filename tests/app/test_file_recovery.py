"""Files and another incarnation: one on its way arrives whole all the same, or visibly does not."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.attach import attach
from backchannel.app.attachment import Attachment, State
from backchannel.app.backup import messages
from backchannel.app.file_parts import everything
from backchannel.app.files import cancel, content, files
from backchannel.app.line import Notice
from backchannel.app.receive import Fate
from backchannel.app.recover import restored
from backchannel.errors import BackupDamaged
from backchannel.line import transfer
from backchannel.line.file_part import PART_SIZE
from backchannel.line.file_word import Standing
from backchannel.vault import backup as backup_module
from backchannel.vault.backup import restore_backup, verify_backup, write_backup
from backchannel.vault.contents import FOLDER
from backchannel.wire.codec import decode, encode
from tests.support.world import CHEAP, DAY, HOUR, PASSPHRASE, SECOND, Side, World

DATA = random.Random(1).randbytes(12 * PART_SIZE + 5)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    monkeypatch.setattr(transfer, "WINDOW", 4)
    monkeypatch.setattr(transfer, "PROBE", 2)
    monkeypatch.setattr(transfer, "TELL_EVERY", 1)
    world = World(root=tmp_path / "world").opened()
    yield world
    world.close()


def send(side: Side, data: bytes = DATA) -> Attachment:
    return attach(side.desk, side.peer, name="a.bin", media_type="x/y", source=io.BytesIO(data))[1]


def only(side: Side) -> Attachment:
    (file,) = files(side.desk, side.peer)
    return file


def read(side: Side) -> bytes:
    _, parts = content(side.desk, side.peer, only(side).name.hex())
    return b"".join(parts)


def lose(side: Side) -> None:
    with side.desk.work() as work:
        line = work.transaction.line_named(side.peer)
        work.forget(line)
        work.transaction.save_line(restored(line, side.now(), os.urandom).noted(side.now(), Notice.RESTORED))


def from_backup(world: World, side: Side) -> None:
    """Lose the device, and make the vault again from a backup that was written just before."""
    file = world.root / f"backup of {side.peer}"
    write_backup(side.vault, file, PASSPHRASE, os.urandom, lambda _: None, CHEAP)
    gone = side.copied(world.root / f"gone of {side.peer}")
    new = world.root / f"new of {side.peer}"
    restore_backup(file, PASSPHRASE, new, PASSPHRASE, side.now, os.urandom, lambda _: None, CHEAP)
    assert gone.is_dir()
    side.key_of(new)
    side.put_back(new)


def half_there(world: World) -> None:
    send(world.ann)
    while not 3 <= only_held(world.bob) <= 9:
        world.rounds(1)


def only_held(side: Side) -> int:
    found = files(side.desk, side.peer)
    return found[0].fetching.held.count if found and found[0].fetching else 0


def in_the_end(world: World, states: tuple[State, State]) -> None:
    for _ in range(40):
        world.rounds(1, pause=HOUR)
        world.now += 31 * SECOND
        if tuple(only(side).state for side in world.sides if files(side.desk, side.peer)) == states:
            return
    raise AssertionError([only(side) for side in world.sides if files(side.desk, side.peer)])


WHOLE = (State.WHOLE, State.WHOLE)


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_one_in_transfer_arrives_although_the_keys_were_lost(world: World, who: str) -> None:
    half_there(world)
    lose(getattr(world, who))
    in_the_end(world, WHOLE)
    assert read(world.bob) == DATA


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_one_in_transfer_arrives_although_a_device_was_restored(world: World, who: str) -> None:
    half_there(world)
    from_backup(world, getattr(world, who))
    in_the_end(world, WHOLE)
    assert read(world.bob) == DATA
    assert read(world.ann) == DATA


def test_both_restored(world: World) -> None:
    half_there(world)
    for side in world.sides:
        from_backup(world, side)
    in_the_end(world, WHOLE)
    assert read(world.bob) == DATA


def test_what_the_other_side_holds_is_not_sent_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    half_there(world)
    held = only_held(world.bob)
    lose(world.ann)
    numbers: list[int] = []
    took = transfer.Fetching.took

    def noting(self: transfer.Fetching, number: int, now: int) -> transfer.Fetching:
        numbers.append(number)
        return took(self, number, now)

    monkeypatch.setattr(transfer.Fetching, "took", noting)
    in_the_end(world, WHOLE)
    assert set(numbers) <= set(range(held + 1, 14))


@pytest.mark.parametrize("at", ["never heard of", "half there"])
def test_the_receiver_had_an_older_copy(world: World, at: str) -> None:
    old = world.bob.copied(world.root / "old")
    half_there(world)
    if at == "half there":
        old = world.bob.copied(world.root / "later")
        in_the_end(world, WHOLE)
    world.bob.put_back(old)
    lose(world.bob)
    in_the_end(world, WHOLE)
    assert read(world.bob) == DATA


@pytest.mark.parametrize("arrived", [True, False])
def test_the_sender_had_a_copy_from_before_it(world: World, arrived: bool) -> None:
    old = world.ann.copied(world.root / "old")
    half_there(world)
    if arrived:
        in_the_end(world, WHOLE)
    world.ann.put_back(old)
    lose(world.ann)
    # It is in the log again, and nobody waits for what is not there any more.
    in_the_end(world, (State.DROPPED, State.WHOLE) if arrived else (State.WITHDRAWN, State.WITHDRAWN))


def test_what_was_taken_back_stays_so(world: World) -> None:
    half_there(world)
    old = world.bob.copied(world.root / "old")
    cancel(world.ann.desk, "bob", only(world.ann).name.hex())
    in_the_end(world, (State.WITHDRAWN, State.WITHDRAWN))
    world.bob.put_back(old)
    lose(world.bob)
    in_the_end(world, (State.WITHDRAWN, State.WITHDRAWN))


def test_parts_of_the_incarnation_before_are_taken(world: World) -> None:
    half_there(world)
    (parts, *_) = list(everything(world.ann.desk, world.ann.line.id, largest=len(DATA)))
    lose(world.ann)
    for _ in range(20):
        world.rounds(1, pause=DAY)
        if world.bob.line.recovery.former_until is not None:
            break
    before = only_held(world.bob)
    received = world.bob.take(*parts)
    assert set(received.fates) <= {Fate.OPENED, Fate.STALE}
    assert only_held(world.bob) == before + received.parts > before


# --- backups ---


def test_a_backup_has_contents_that_are_whole(world: World, tmp_path: Path) -> None:
    send(world.ann)
    in_the_end(world, WHOLE)
    file = tmp_path / "backup"
    write_backup(world.bob.vault, file, "p", os.urandom, lambda _: None, CHEAP)
    verify_backup(file, "p", lambda _: None)
    assert file.stat().st_size > len(DATA)
    restore_backup(file, "p", tmp_path / "v", PASSPHRASE, world.bob.now, os.urandom, lambda _: None, CHEAP)
    world.bob.key_of(tmp_path / "v")
    before = only(world.bob).content
    world.bob.put_back(tmp_path / "v")
    assert read(world.bob) == DATA
    assert only(world.bob).content != before, "two vaults share no name"


def test_a_backup_has_no_content_that_is_not(world: World, tmp_path: Path) -> None:
    half_there(world)
    file = tmp_path / "backup"
    write_backup(world.bob.vault, file, "p", os.urandom, lambda _: None, CHEAP)
    assert file.stat().st_size < PART_SIZE


def test_a_content_that_the_disk_lost_does_not_stop_a_backup(world: World, tmp_path: Path) -> None:
    send(world.ann)
    in_the_end(world, WHOLE)
    path = world.bob.folder / FOLDER / only(world.bob).content
    with path.open("r+b") as cut:
        cut.truncate(len(DATA) - 3 * PART_SIZE)
    from_backup(world, world.bob)
    assert only(world.bob).state is State.DROPPED
    assert not list((world.bob.folder / FOLDER).iterdir())


def test_parts_of_a_content_come_in_order_and_under_its_key(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(world.ann)

    def changed(how: int) -> None:
        def wrong(*given: object) -> Iterator[bytes]:
            for message in messages(*given):  # type: ignore[arg-type]
                value = decode(message)
                if value[0] == 7 and value[3] == 5:
                    value[how] = {2: bytes(16), 3: 6, 4: value[4][:-1] + bytes((value[4][-1] ^ 1,))}[how]
                yield encode(value)

        monkeypatch.setattr(backup_module, "messages", wrong)

    for how in (2, 3, 4):
        changed(how)
        file = tmp_path / f"backup {how}"
        write_backup(world.ann.vault, file, "p", os.urandom, lambda _: None, CHEAP)
        with pytest.raises(BackupDamaged):
            verify_backup(file, "p", lambda _: None)


def test_many_contents_are_written_and_read_in_one_transaction(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.vault.contents.MOST_OPEN", 2)
    for seed in range(5):
        send(world.ann, random.Random(seed).randbytes(PART_SIZE + seed))
    from_backup(world, world.ann)
    for seed, file in enumerate(files(world.ann.desk, "bob")):
        _, parts = content(world.ann.desk, "bob", file.name.hex())
        assert b"".join(parts) == random.Random(seed).randbytes(PART_SIZE + seed)


# --- the state of a file by itself ---


def test_the_question_is_asked_until_it_is_answered() -> None:
    sending = transfer.Sending(PART_SIZE * 40, 40, Standing.WANTED).anew(1000)
    assert sending.tells(1000)
    assert sending.wanted(10**9) == ([], False)
    asked = sending.was_told(1000)
    assert not asked.tells(1000)
    for _ in range(12):
        assert asked.due is not None
        assert not asked.tells(asked.due - 1)
        assert asked.tells(asked.due)
        asked = asked.was_told(asked.due)

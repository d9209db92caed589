"""A folder that somebody carries: whole files or none, others' files left alone (spec 5.4)."""

from __future__ import annotations

import errno
import os
import random
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.exchange import exchange
from backchannel.app.line import Phase
from backchannel.crypto.suite import Role
from backchannel.errors import FolderFull, TransportError
from backchannel.line.mailbox import mailbox_from
from backchannel.transport.folder import SUFFIX, FolderTransport
from tests.support.world import DAY, HOUR, World

BOX = mailbox_from(bytes(32), Role.INVITER, b"folder")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "stick"
    place.mkdir()
    return place


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_names_say_nothing_about_lines(folder: Path) -> None:
    transport = FolderTransport(folder)
    other = mailbox_from(b"\1" * 32, Role.JOINER, b"")
    for box in (BOX, other):
        transport.put(box, [os.urandom(1024)])
    for name in names(folder):
        assert name.endswith(SUFFIX)
        for box in (BOX, other):
            for secret in (box.put_id, box.get_id, box.put_capability, box.get_capability):
                assert secret.hex()[:8] not in name


def test_order_does_not_hang_on_the_clock_of_the_file_system(folder: Path) -> None:
    """A stick knows time by two seconds, a synced folder not at all: the writer's order is in the names."""
    sealed = [os.urandom(1024) for _ in range(200)]
    transport = FolderTransport(folder)
    for at in range(0, 200, 50):
        transport.put(BOX, sealed[at : at + 50])
    for path in folder.iterdir():
        os.utime(path, (1_700_000_000, 1_700_000_000))
    assert [each.envelope for each in transport.get(BOX)] == sealed


def test_other_files_are_left_alone(folder: Path) -> None:
    (folder / "notes.txt").write_bytes(bytes(1024))
    (folder / f"half{SUFFIX}").write_bytes(bytes(1000))
    (folder / f"empty{SUFFIX}").write_bytes(b"")
    (folder / f"huge{SUFFIX}").write_bytes(bytes(70_000))
    (folder / f"directory{SUFFIX}").mkdir()
    (folder / "draft.part").write_bytes(bytes(1024))
    transport = FolderTransport(folder)
    assert transport.get(BOX) == []
    transport.delete(BOX, ["notes.txt", "draft.part", "../stick/notes.txt"])
    assert len(names(folder)) == 6


def test_a_file_that_grows_is_found_when_it_is_whole(folder: Path) -> None:
    path = folder / f"synced{SUFFIX}"
    path.write_bytes(bytes(512))
    transport = FolderTransport(folder)
    assert transport.get(BOX) == []
    path.write_bytes(bytes(1024))
    assert [each.envelope for each in transport.get(BOX)] == [bytes(1024)]


def test_a_file_that_vanishes_while_we_look_does_not_hide_the_others(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other side, or the program that syncs, deletes when it likes."""
    transport = FolderTransport(folder)
    transport.put(BOX, [b"%d" % at * 1024 for at in range(3)])
    real, victims = Path.read_bytes, iter([1])

    def vanishing(path: Path) -> bytes:
        for _ in victims:
            path.unlink()
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", vanishing)
    assert len(transport.get(BOX)) == 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_folder_leaves_nothing_half_written(folder: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    transport = FolderTransport(folder)
    transport.put(BOX, [os.urandom(1024)])
    before = names(folder)

    def full(handle: int) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FolderFull):
        transport.put(BOX, [os.urandom(1024)])
    assert names(folder) == before


def test_a_folder_that_is_not_there_is_a_problem_of_the_transport(folder: Path) -> None:
    transport = FolderTransport(folder / "unplugged")
    calls: list[Any] = [
        lambda: transport.get(BOX),
        lambda: transport.put(BOX, [bytes(1024)]),
    ]
    for call in calls:
        with pytest.raises(TransportError):
            call()
    transport.delete(BOX, [f"x{SUFFIX}"])


def test_a_whole_line_over_a_stick_that_both_share_with_another_line(tmp_path: Path, folder: Path) -> None:
    from backchannel.app.exchange import exchange

    one, two = World(root=tmp_path / "one"), World(root=tmp_path / "two")
    sides = [side for world in (one, two) for side in world.sides]
    stick = FolderTransport(folder)
    for _ in range(4):
        for side in sides:
            exchange(side.desk, side.line, [stick])
    assert all(side.line.phase is Phase.OPEN for side in sides)
    for at, side in enumerate(sides):
        side.say(f"by stick {at}")
    for _ in range(4):
        for side in sides:
            exchange(side.desk, side.line, [stick])
    for world in (one, two):
        assert world.settled()
        assert world.ann.raws() == world.bob.raws()
        assert len(world.ann.log()) == 2
        world.close()


# --- what programs that sync do to it ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name",
    [
        f"17ab (1){SUFFIX}",
        f"17ab{SUFFIX} (1)",
        f"17ab (conflicted copy 2031-01-02){SUFFIX}",
        f"17ab.sync-conflict-20310102-101500-ABCDEF{SUFFIX}",
        f"17ab{SUFFIX}.sync-conflict-20310102-101500-ABCDEF",
        f"17ab - Copy{SUFFIX}",
        f"עותק של 17ab{SUFFIX}",
        f"17AB{SUFFIX.upper()}",
        f"17ab{SUFFIX}.txt",
    ],
)
def test_a_copy_under_another_name_is_an_envelope(folder: Path, name: str) -> None:
    sealed = os.urandom(1024)
    (folder / name).write_bytes(sealed)
    transport = FolderTransport(folder)
    (found,) = transport.get(BOX)
    assert found.envelope == sealed
    transport.delete(BOX, [found.receipt])
    assert names(folder) == []


@pytest.mark.parametrize(
    "name",
    [
        f".17ab{SUFFIX}.Xy12Zw",
        f".syncthing.17ab{SUFFIX}.tmp",
        f"~17ab{SUFFIX}",
        f"17ab{SUFFIX}~",
        f"17ab{SUFFIX}.part",
        f"17ab{SUFFIX}.PARTIAL",
        f"17ab{SUFFIX}.crdownload",
        f"17ab{SUFFIX}.filepart",
        f".17ab{SUFFIX}.swp",
    ],
)
def test_a_passing_name_is_left_alone(folder: Path, name: str) -> None:
    (folder / name).write_bytes(os.urandom(1024))
    transport = FolderTransport(folder)
    assert transport.get(BOX) == []
    transport.delete(BOX, [name])
    assert names(folder) == [name]


def test_a_file_that_is_held_hides_no_other(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    transport = FolderTransport(folder)
    transport.put(BOX, [b"%d" % at * 1024 for at in range(3)])
    first = names(folder)[0]
    real = Path.read_bytes
    errors = iter([PermissionError(errno.EACCES, "held"), OSError(errno.EIO, "broken"), OSError(errno.EIO, "broken")])

    def held(path: Path) -> bytes:
        if path.name == first:
            raise next(errors)
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", held)
    assert len(transport.get(BOX)) == 2
    left = transport.get(BOX)
    assert len(left) == 2
    transport.delete(BOX, [each.receipt for each in left])
    with pytest.raises(TransportError, match="broken"):
        transport.get(BOX)


def synced(source: Path, target: Path, chance: random.Random) -> None:
    """One pass of a program that syncs one way, badly: halves, empties, passing names, copies; some files later."""
    for path in sorted(source.iterdir()):
        there = target / path.name
        data = path.read_bytes()
        if there.exists() and there.read_bytes() == data:
            continue
        match chance.randrange(6):
            case 0:
                there.write_bytes(b"")
            case 1:
                there.write_bytes(data[: chance.choice((100, 1024, len(data) // 2))])
            case 2:
                (target / f".{path.name}.tmp{chance.randrange(9)}").write_bytes(data[:700])
            case 3:
                (target / path.name.replace(SUFFIX, f" (1){SUFFIX}")).write_bytes(data)
                there.write_bytes(data)
            case 4:
                there.write_bytes(bytes(len(data)))
            case _:
                there.write_bytes(data)


@pytest.mark.parametrize("seed", range(4))
def test_a_line_over_two_folders_that_are_synced_badly(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    world = World(root=tmp_path / "world")
    places = {id(side): tmp_path / name for side, name in zip(world.sides, ("north", "south"), strict=True)}
    for place in places.values():
        place.mkdir()
    texts: list[str] = []

    def one_round() -> None:
        for side in world.sides:
            exchange(side.desk, side.line, [FolderTransport(places[id(side)])])
            for source, target in ((world.ann, world.bob), (world.bob, world.ann)):
                synced(places[id(source)], places[id(target)], chance)

    while not all(side.line.phase is Phase.OPEN for side in world.sides):
        one_round()
        world.now += HOUR
    for at in range(6):
        for side in world.sides:
            texts.append(f"{side.peer} {at} " + "x" * chance.choice((10, 3000)))
            side.say(texts[-1])
        one_round()
        world.now += HOUR
    for _ in range(40):
        if world.settled():
            break
        one_round()
        world.now += DAY
    assert world.settled()
    assert world.ann.raws() == world.bob.raws()
    assert len(world.ann.raws()) == len(texts)
    world.close()

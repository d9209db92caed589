"""A folder that somebody carries: whole files or none, others' files left alone (spec 5.4)."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.line import Phase
from backchannel.crypto.suite import Role
from backchannel.errors import FolderFull, TransportError
from backchannel.line.mailbox import mailbox_from
from backchannel.transport.folder import SUFFIX, FolderTransport
from tests.support.world import World

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

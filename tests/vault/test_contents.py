"""Contents beside the database: nothing readable, nothing half, nothing left behind."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.app.attach import attach
from backchannel.app.attachment import State
from backchannel.app.desk import Desk
from backchannel.app.files import content, drop, files
from backchannel.app.invite import invite
from backchannel.errors import StorageFull
from backchannel.line.file_part import PART_SIZE
from backchannel.vault import store as store_module
from backchannel.vault.contents import FOLDER
from backchannel.vault.schema import MIGRATIONS, VERSION
from backchannel.vault.store import create_vault, open_vault
from tests.support.world import CHEAP, PASSPHRASE, START, Side, World
from tests.vault.test_nothing_readable import forms


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(root=tmp_path).opened()
    yield world
    world.close()


def kept(side: Side) -> list[Path]:
    folder = side.folder / FOLDER
    return sorted(folder.iterdir()) if folder.is_dir() else []


def send(side: Side, data: bytes) -> None:
    attach(side.desk, side.peer, name="name-of-a-file.pdf", media_type="application/pdf", source=io.BytesIO(data))


def test_nothing_of_a_file_can_be_read(world: World) -> None:
    data = b"What stands in the file, again and again. " * 4000
    send(world.ann, data)
    world.rounds(3)
    for side in world.sides:
        (file,) = files(side.desk, side.peer)
        paths = [path for path in side.folder.rglob("*") if path.is_file()]
        assert any(path.parent.name == FOLDER for path in paths)
        hay = b"\0".join(path.read_bytes() + path.name.encode() for path in paths)
        for secret in (data[:40], "name-of-a-file", file.file.key, file.file.hash, file.name, "application/pdf"):
            assert not any(form in hay for form in forms(secret))
        assert all(path.stat().st_mode & 0o077 == 0 for path in kept(side))


def test_a_content_that_is_being_gathered_is_not_swept_away(world: World) -> None:
    with world.ann.vault.gather() as one:
        one.append(b"x")
        with world.ann.vault.gather():
            assert len(kept(world.ann)) == 2
        assert [path.name for path in kept(world.ann)] == [one.name]
    assert kept(world.ann) == [], "nothing named it"


def test_what_a_crash_left_is_swept_away(world: World) -> None:
    send(world.ann, b"kept")
    (named,) = kept(world.ann)
    (named.parent / ("0" * 32)).write_bytes(b"left")
    send(world.ann, b"kept too")
    assert len(kept(world.ann)) == 2
    assert named in kept(world.ann)
    assert not (named.parent / ("0" * 32)).exists()


@pytest.mark.parametrize("at", range(1, 7))
def test_a_full_disk_in_the_middle_of_receiving_leaves_the_vault_as_it_was(
    world: World, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    data = os.urandom(5 * PART_SIZE)
    send(world.ann, data)
    world.exchange(world.ann)
    before, left = world.bob.vault.rows(), [at]
    real = os.fsync

    def full(handle: int) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    try:
        world.exchange(world.bob)
    except StorageFull:
        after = world.bob.vault.rows()
        assert after == before or len(after) > len(before), "whole batches or none"
        assert world.bob.vault.check() == []
    monkeypatch.undo()
    world.rounds(3)
    _, parts = content(world.bob.desk, "ann", files(world.bob.desk, "ann")[0].name.hex())
    assert b"".join(parts) == data


def test_a_full_disk_while_attaching_leaves_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = world.ann.vault.rows()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        send(world.ann, os.urandom(3 * PART_SIZE))
    assert (world.ann.vault.rows(), kept(world.ann)) == (before, [])


FULL = f"""
import io, os, resource, signal, sys
from pathlib import Path
from backchannel.app.attach import attach
from backchannel.app.desk import Desk
from backchannel.app.files import files
from backchannel.errors import StorageFull
from backchannel.vault.store import open_vault
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
desk = Desk(open_vault(Path(sys.argv[1]), {PASSPHRASE!r}), lambda: 1, os.urandom)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, resource.RLIM_INFINITY))
try:
    attach(desk, "bob", name="n", media_type="t", source=io.BytesIO(bytes(400_000)))
except StorageFull:
    print("full")
assert files(desk, "bob") == []
assert not list((Path(sys.argv[1]) / "files").iterdir())
attach(desk, "bob", name="n", media_type="t", source=io.BytesIO(bytes(100_000)))
print(len(files(desk, "bob")))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_disk_that_fills_up_for_real(world: World) -> None:
    world.ann.vault.close()
    run = subprocess.run(
        [sys.executable, "-c", FULL, str(world.ann.folder)], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.split()) == (0, ["full", "1"]), run.stderr
    world.ann.open()
    assert [file.state for file in files(world.ann.desk, "bob")] == [State.MOVING]
    world.rounds(3)
    assert files(world.bob.desk, "ann")[0].state is State.WHOLE


def test_a_content_is_given_back_to_the_disk(world: World) -> None:
    """Deleting a file gives its bytes back, which a page of a database does not."""
    send(world.ann, os.urandom(4 * PART_SIZE))
    world.rounds(3)
    size = sum(path.stat().st_size for path in world.bob.folder.rglob("*") if path.is_file())
    drop(world.bob.desk, "ann", files(world.bob.desk, "ann")[0].name.hex())
    after = sum(path.stat().st_size for path in world.bob.folder.rglob("*") if path.is_file())
    assert size - after >= 4 * PART_SIZE - 65_536


@pytest.mark.parametrize("how", ["gone", "cut"])
def test_an_own_content_that_is_gone_is_taken_back_and_talk_goes_on(world: World, how: str) -> None:
    send(world.ann, os.urandom(3 * PART_SIZE))
    (path,) = kept(world.ann)
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(b"cut")
    world.ann.say("still here")
    world.rounds(4)
    assert [file.state for side in world.sides for file in files(side.desk, side.peer)] == [State.WITHDRAWN] * 2
    assert len(world.bob.log()) == 2
    assert kept(world.ann) == kept(world.bob) == []


def test_a_vault_from_before_files_is_brought_up_and_takes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as before:
        before.setattr(store_module, "MIGRATIONS", MIGRATIONS[:3])
        before.setattr(store_module, "VERSION", 3)
        vault = create_vault(tmp_path / "old", PASSPHRASE, CHEAP)
        invite(Desk(vault, lambda: START, os.urandom), "bob")
        assert vault._connection.pragma("user_version") == 3
        vault.close()
    vault = open_vault(tmp_path / "old", PASSPHRASE)
    assert vault._connection.pragma("user_version") == VERSION
    desk = Desk(vault, lambda: START, os.urandom)
    attach(desk, "bob", name="n", media_type="t", source=io.BytesIO(b"content"))
    assert b"".join(content(desk, "bob", files(desk, "bob")[0].name.hex())[1]) == b"content"
    vault.close()

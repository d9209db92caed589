"""A vault that moves house: never in two places that both speak, and never lost (spec 17)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from backchannel.app.desk import Desk
from backchannel.app.invite import invite
from backchannel.app.read import conversation
from backchannel.app.say import say
from backchannel.errors import (
    BackchannelError,
    ConfigRefused,
    PassphraseWrong,
    StorageFull,
    VaultBusy,
    VaultDamaged,
    VaultExists,
    VaultMissing,
    VaultMoved,
)
from backchannel.vault import move as move_module
from backchannel.vault.connection import DATABASE
from backchannel.vault.files import copy_from
from backchannel.vault.keyfile import MOVED, NAME
from backchannel.vault.move import ARRIVING, move
from backchannel.vault.store import create_vault, open_vault
from tests.support.crash import Crash
from tests.support.disk import cut_at
from tests.support.world import CHEAP

PASSPHRASE = "a phrase"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "old"
    vault = create_vault(folder, PASSPHRASE, CHEAP)
    desk = Desk(vault, lambda: 1_700_000_000_000, os.urandom)
    invite(desk, "bob")
    say(desk, "bob", [f"{at}" for at in range(20)])
    vault.close()
    (folder / "blobs").mkdir()
    (folder / "blobs" / "one").write_bytes(b"something large")
    return folder


def opens(folder: Path) -> bool:
    """Whether the vault opens there, with everything in it."""
    try:
        vault = open_vault(folder, PASSPHRASE, patience=0.2)
    except (VaultMissing, VaultMoved):
        return False
    try:
        assert len(conversation(Desk(vault, lambda: 0, os.urandom), "bob")[1]) == 20
        assert (folder / "blobs" / "one").read_bytes() == b"something large"
    finally:
        vault.close()
    return True


def test_it_is_there_and_no_longer_here(folder: Path, tmp_path: Path) -> None:
    to = tmp_path / "deep" / "new"
    move(folder, to, PASSPHRASE)
    assert opens(to)
    assert [path.name for path in folder.iterdir()] == [MOVED]
    with pytest.raises(VaultMoved):
        open_vault(folder, PASSPHRASE)
    with pytest.raises(VaultMoved):
        create_vault(folder, PASSPHRASE, CHEAP)
    with pytest.raises(VaultMoved):
        move(folder, tmp_path / "elsewhere", PASSPHRASE)
    move(folder, to, PASSPHRASE)  # it is there: nothing is left to do
    move(to, tmp_path / "third", PASSPHRASE)
    assert opens(tmp_path / "third")


def test_where_it_cannot_go(folder: Path, tmp_path: Path) -> None:
    for to in (folder, folder / "inside", tmp_path):
        with pytest.raises(ConfigRefused):
            move(folder, to, PASSPHRASE)
    taken = tmp_path / "taken"
    taken.mkdir()
    (taken / "holiday.jpg").write_bytes(b"mine")
    with pytest.raises(VaultExists):
        move(folder, taken, PASSPHRASE)
    other = tmp_path / "other"
    create_vault(other, PASSPHRASE, CHEAP).close()
    with pytest.raises(VaultExists):
        move(folder, other, PASSPHRASE)
    with pytest.raises(PassphraseWrong):
        move(folder, tmp_path / "new", PASSPHRASE + "!")
    with pytest.raises(VaultMissing):
        move(tmp_path / "nothing", tmp_path / "new", PASSPHRASE)
    assert (taken / "holiday.jpg").exists()
    assert not (tmp_path / "new").exists()
    assert opens(folder)


def test_while_another_has_it_open_it_stays(folder: Path, tmp_path: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    with pytest.raises(VaultBusy):
        move(folder, tmp_path / "new", PASSPHRASE, patience=0.1)
    vault.close()
    assert opens(folder)


def test_a_copy_that_is_not_whole_is_not_used(folder: Path, tmp_path: Path) -> None:
    real = copy_from

    def bad(handle: int, path: Path) -> None:
        real(handle, path)
        if path.name == DATABASE:
            data = bytearray(path.read_bytes())
            data[9000] ^= 1
            path.write_bytes(data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(move_module, "copy_from", bad)
        with pytest.raises(VaultDamaged):
            move(folder, tmp_path / "new", PASSPHRASE)
    assert opens(folder)
    move(folder, tmp_path / "new", PASSPHRASE)
    assert opens(tmp_path / "new")


def test_a_full_disk_leaves_it_where_it_was(folder: Path, tmp_path: Path) -> None:
    def full(handle: int, path: Path) -> None:
        path.write_bytes(b"a part")
        raise OSError(28, "No space left on device")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(move_module, "copy_from", full)
        with pytest.raises(StorageFull):
            move(folder, tmp_path / "new", PASSPHRASE)
    assert not (tmp_path / "new").exists()
    assert opens(folder)


def test_a_power_cut_at_any_step_never_leaves_two_nor_none(folder: Path, tmp_path: Path) -> None:
    step, seen = 1, set()
    while True:
        here, there = tmp_path / f"{step} here", tmp_path / f"{step} there"
        shutil.copytree(folder, here)
        cut = False
        try:
            with cut_at(step) as fuse:
                move(here, there, PASSPHRASE)
        except Crash:
            cut = True
        state = (opens(here), opens(there))
        assert state != (True, True), fuse.steps
        seen.add(state)
        if state == (False, False):
            assert (there / ARRIVING).exists()
            other = tmp_path / "another"
            create_vault(other, PASSPHRASE, CHEAP).close()
            with pytest.raises(VaultMoved):
                move(here, other, PASSPHRASE)
            shutil.rmtree(other)
        move(here, there, PASSPHRASE)
        assert (opens(here), opens(there)) == (False, True)
        assert [path.name for path in here.iterdir()] == [MOVED]
        assert not (there / ARRIVING).exists()
        assert (there / NAME).exists()
        shutil.rmtree(here)
        shutil.rmtree(there)
        if not cut:
            break
        step += 1
    assert step > 10
    assert seen == {(True, False), (False, False), (False, True)}


def test_every_refusal_is_ours(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_bytes(b"")
    with pytest.raises(BackchannelError):
        move(blocked, tmp_path / "new", PASSPHRASE)

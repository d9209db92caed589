"""A fresh key for the store: the passphrase opens the old one or the new one, wherever the power fails (spec 17)."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path

import pytest

from backchannel.app.desk import Desk
from backchannel.app.read import conversation
from backchannel.app.say import say
from backchannel.errors import BackchannelError, PassphraseWrong, StorageFull, VaultBusy, VaultDamaged, VaultRolledBack
from backchannel.vault.connection import DATABASE
from backchannel.vault.keyfile import NAME, read_key, read_keys
from backchannel.vault.rekey import DRAFT, rekey
from backchannel.vault.store import SqliteVault, change_passphrase, open_vault
from tests.support.crash import Crash
from tests.support.disk import cut_at
from tests.support.vaults import PASSPHRASE, talked
from tests.support.world import CHEAP


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return talked(tmp_path / "vault", 100)


def whole(folder: Path, passphrase: str = PASSPHRASE) -> None:
    vault = open_vault(folder, passphrase, patience=0.2)
    try:
        assert vault.check(whole=True) == []
        desk = Desk(vault, lambda: 0, os.urandom)
        assert len(conversation(desk, "bob")[1]) == 100
        say(desk, "bob", ["one more"])
    finally:
        vault.close()


def test_the_old_key_opens_nothing_any_more(folder: Path) -> None:
    old = read_key(folder, PASSPHRASE)
    before = (folder / DATABASE).read_bytes()
    rekey(folder, PASSPHRASE, CHEAP)
    assert read_key(folder, PASSPHRASE) != old
    assert (folder / DATABASE).read_bytes()[4096:8192] != before[4096:8192]
    with pytest.raises(VaultDamaged):
        SqliteVault(folder, old)
    assert sorted(path.name for path in folder.iterdir()) == [DATABASE, NAME]
    whole(folder)


def test_a_wrong_passphrase_changes_nothing(folder: Path) -> None:
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(PassphraseWrong):
        rekey(folder, PASSPHRASE + "!", CHEAP)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_while_another_has_it_open_it_waits_and_says_so(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    desk = Desk(vault, lambda: 0, os.urandom)
    conversation(desk, "bob")
    old = read_key(folder, PASSPHRASE)
    with pytest.raises(VaultBusy):
        rekey(folder, PASSPHRASE, CHEAP, patience=0.1)
    vault.close()
    assert read_key(folder, PASSPHRASE) == old
    whole(folder)


def test_whoever_waited_for_it_does_not_write_into_what_is_gone(folder: Path) -> None:
    """Another process that had the old file in hand is refused, and opens the new one the next time."""
    started, told = threading.Event(), []

    def late() -> None:
        started.set()
        try:
            vault = open_vault(folder, PASSPHRASE, patience=5.0)
        except BackchannelError as error:
            told.append(error)
            return
        try:
            say(Desk(vault, lambda: 0, os.urandom), "bob", ["said in time"])
        except BackchannelError as error:
            told.append(error)
        finally:
            vault.close()

    thread = threading.Thread(target=late)
    thread.start()
    started.wait()
    try:
        rekey(folder, PASSPHRASE, CHEAP, patience=5.0)
    except VaultBusy as error:
        told.append(error)
    thread.join()
    vault = open_vault(folder, PASSPHRASE)
    count = len(conversation(Desk(vault, lambda: 0, os.urandom), "bob")[1])
    vault.close()
    assert count == 101 or told, "said and kept, or refused: never said and lost"


def test_a_full_disk_leaves_the_old_key(folder: Path) -> None:
    old = read_key(folder, PASSPHRASE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backchannel.vault.rekey.copy_from", _full)
        with pytest.raises(StorageFull):
            rekey(folder, PASSPHRASE, CHEAP)
    assert read_key(folder, PASSPHRASE) == old
    assert not (folder / DRAFT).exists()
    whole(folder)


def _full(handle: int, path: Path) -> None:
    path.write_bytes(b"a part of it")
    raise OSError(28, "No space left on device")


def test_a_copy_from_before_is_an_old_one(folder: Path, tmp_path: Path) -> None:
    """The copy has saved as often as the vault had; only the key tells that the vault went on."""
    shutil.copytree(folder, tmp_path / "copy")
    rekey(folder, PASSPHRASE, CHEAP)
    with pytest.raises(VaultRolledBack):
        open_vault(tmp_path / "copy", PASSPHRASE)
    open_vault(tmp_path / "copy", PASSPHRASE, old=True).close()
    shutil.copytree(folder, tmp_path / "later")
    whole(folder)
    vault = open_vault(folder, PASSPHRASE)
    with vault.write() as transaction:
        line = transaction.line_named("bob")
        transaction.save_channel(line.id, b"keys")
    vault.close()
    with pytest.raises(VaultRolledBack):
        open_vault(tmp_path / "later", PASSPHRASE)


def test_a_power_cut_at_any_step_leaves_a_vault_that_opens(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step, states = 1, set()
    while True:
        here = tmp_path / str(step)
        monkeypatch.setenv("BACKCHANNEL_STATE", str(tmp_path / f"state {step}"))
        shutil.copytree(folder, here)
        cut = False
        try:
            with cut_at(step) as fuse:
                rekey(here, PASSPHRASE, CHEAP)
        except Crash:
            cut = True
        states.add(len(read_keys(here, PASSPHRASE)))
        # Also a change of the passphrase in the middle of it keeps both keys.
        change_passphrase(here, PASSPHRASE, "another", CHEAP)
        whole(here, "another")
        rekey(here, "another", CHEAP)
        assert len(read_keys(here, "another")) == 1
        vault = open_vault(here, "another")
        assert len(conversation(Desk(vault, lambda: 0, os.urandom), "bob")[1]) == 101
        vault.close()
        assert sorted(path.name for path in here.iterdir()) == [DATABASE, NAME]
        shutil.rmtree(here)
        if not cut:
            break
        step += 1
    assert step > 6
    assert {"fsync", "replace", "pwrite"} <= set(fuse.steps)
    assert states == {1, 2}

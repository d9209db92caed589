"""An old vault is brought up, and a copy of it kept until the new one has been read (spec 17.6)."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from backchannel.app.desk import Desk
from backchannel.app.read import conversation
from backchannel.errors import StorageFull, VaultDamaged
from backchannel.vault import store
from backchannel.vault.connection import DATABASE
from backchannel.vault.keyfile import read_key
from backchannel.vault.migrate import COPY
from backchannel.vault.schema import MIGRATIONS, VERSION
from backchannel.vault.store import SqliteVault, open_vault
from tests.support.crash import Crash
from tests.support.disk import cut_at
from tests.support.vaults import PASSPHRASE, talked

STEP = "CREATE TABLE later (a TEXT NOT NULL) STRICT; INSERT INTO later (a) VALUES ('x');"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return talked(tmp_path / "vault", 100)


@pytest.fixture
def later(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A later version of the program, with a step more than the one that made the vault."""
    monkeypatch.setattr(store, "MIGRATIONS", (*MIGRATIONS, STEP))
    monkeypatch.setattr(store, "VERSION", VERSION + 1)


def kept(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if COPY in path.name)


def whole(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    assert len(conversation(Desk(vault, lambda: 0, os.urandom), "bob")[1]) == 100
    vault.close()


@pytest.mark.usefixtures("later")
def test_the_old_one_is_kept_until_the_new_one_was_read(folder: Path) -> None:
    open_vault(folder, PASSPHRASE).close()
    assert kept(folder) == [f"{COPY}{VERSION}"]
    copy = folder / f"{COPY}{VERSION}"
    assert copy.stat().st_mode & 0o777 == 0o600
    aside = folder.parent / "aside"
    shutil.copytree(folder, aside)
    whole(folder)
    assert kept(folder) == []
    # What was kept is the vault as it was: put in the database's place, it opens, and is brought up again.
    for name in (DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm"):
        (aside / name).unlink(missing_ok=True)
    (aside / copy.name).replace(aside / DATABASE)
    whole(aside)
    whole(aside)
    assert kept(aside) == []


def test_a_vault_of_today_leaves_no_copy(folder: Path) -> None:
    whole(folder)
    assert kept(folder) == []


@pytest.mark.usefixtures("later")
def test_a_new_one_that_cannot_be_read_leaves_the_copy(folder: Path) -> None:
    open_vault(folder, PASSPHRASE).close()
    data = bytearray((folder / DATABASE).read_bytes())
    data[4096 * 3 + 100] ^= 1
    (folder / DATABASE).write_bytes(data)
    with pytest.raises(VaultDamaged):
        whole(folder)
    assert kept(folder) == [f"{COPY}{VERSION}"]


@pytest.mark.usefixtures("later")
def test_no_room_for_the_copy_changes_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store, "keep_copy", full)
    with pytest.raises(StorageFull):
        open_vault(folder, PASSPHRASE)
    assert kept(folder) == []
    monkeypatch.undo()
    vault = SqliteVault(folder, read_key(folder, PASSPHRASE))
    assert vault._connection.pragma("user_version") == VERSION
    vault.close()


@pytest.mark.usefixtures("later")
def test_a_power_cut_at_any_step_loses_nothing(folder: Path) -> None:
    step, cut = 1, True
    while cut:
        here = folder.parent / str(step)
        shutil.copytree(folder, here)
        try:
            with cut_at(step):
                open_vault(here, PASSPHRASE).close()
            cut = False
        except Crash:
            step += 1
        for _ in range(3):
            whole(here)
        assert f"{COPY}{VERSION}" not in kept(here)
        shutil.rmtree(here)
    assert step >= 3

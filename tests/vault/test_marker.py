"""A vault whose files were put back to an older state is noticed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backchannel.errors import VaultRolledBack
from backchannel.vault.keyfile import read_key
from backchannel.vault.marker import Marker
from backchannel.vault.store import SqliteVault, create_vault
from tests.support.world import CHEAP, FastVault


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    create_vault(tmp_path / "vault", "pass", CHEAP).close()
    return tmp_path / "vault"


def opened(folder: Path, *, old: bool = False) -> FastVault:
    key = read_key(folder, "pass")
    return FastVault(folder, key, marker=Marker(key, folder.parent / "marks"), old=old)


def work(vault: SqliteVault) -> None:
    with vault.write() as transaction:
        transaction._connection.execute("UPDATE turn SET number = number + 1")


def test_an_older_state_is_noticed_until_the_owner_says_otherwise(folder: Path) -> None:
    vault = opened(folder)
    work(vault)
    vault.close()
    shutil.copytree(folder, folder.parent / "copy")
    vault = opened(folder)
    work(vault)
    vault.close()
    opened(folder).close()
    shutil.rmtree(folder)
    shutil.copytree(folder.parent / "copy", folder)
    for _ in range(2):
        with pytest.raises(VaultRolledBack):
            opened(folder)
    opened(folder, old=True).close()
    opened(folder).close()


def test_without_a_mark_or_with_a_spoilt_one_a_vault_opens(folder: Path) -> None:
    vault = opened(folder)
    work(vault)
    vault.close()
    (mark,) = (folder.parent / "marks").iterdir()
    assert len(mark.name) == 32
    mark.write_bytes(b"spoilt")
    opened(folder).close()
    shutil.rmtree(folder.parent / "marks")
    opened(folder).close()


def test_a_mark_that_cannot_be_written_stops_nothing(folder: Path) -> None:
    vault = opened(folder)
    work(vault)
    shutil.rmtree(folder.parent / "marks", ignore_errors=True)
    (folder.parent / "marks").write_text("in the way")
    vault.close()

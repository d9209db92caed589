"""A vault of an old version, as the world makes it, is what that version would have made."""

from __future__ import annotations

from pathlib import Path

import apsw
import pytest

from backchannel.vault.keyfile import read_key
from backchannel.vault.schema import MIGRATIONS, VERSION
from backchannel.vault.store import create_vault
from tests.support.world import CHEAP, PASSPHRASE, FastVault, World
from world.old_schema import make_old, tables, tables_of


def version_of(vault: FastVault) -> object:
    return vault._connection.pragma("user_version")


@pytest.mark.parametrize("steps", range(1, VERSION + 1))
def test_it_has_the_tables_of_the_first_steps_alone_and_is_migrated_again(tmp_path: Path, steps: int) -> None:
    world = World(root=tmp_path).opened()
    world.ann.say("one", "two")
    world.rounds(3)
    before = world.ann.line, world.ann.raws()
    world.ann.vault.close()
    make_old(world.ann.folder, world.ann._key, steps)

    raw = apsw.Connection(str(world.ann.folder / "vault.db"))
    raw.pragma("cipher", "chacha20")
    raw.execute(f"PRAGMA key = 'raw:{world.ann._key.hex()}'")
    assert raw.pragma("user_version") == steps
    assert tables_of(raw) == tables(steps)
    raw.close()

    world.ann.open()
    assert version_of(world.ann.vault) == VERSION
    assert tables_of(world.ann.vault._connection) == tables(VERSION)
    assert (world.ann.line, world.ann.raws()) == before
    world.ann.say("after it")
    assert world.settle() < 60
    world.close()


def test_a_step_that_changes_an_older_table_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vault"
    create_vault(folder, PASSPHRASE, CHEAP).close()
    changed = (MIGRATIONS[0].replace("received INTEGER", "came INTEGER"), *MIGRATIONS[1:])
    monkeypatch.setattr("world.old_schema.MIGRATIONS", changed)
    with pytest.raises(AssertionError):
        make_old(folder, read_key(folder, PASSPHRASE), 1)

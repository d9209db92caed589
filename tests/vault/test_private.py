"""What the owner keeps for himself beside a line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backchannel.app.desk import Desk
from backchannel.app.invite import invite
from backchannel.errors import VaultError
from backchannel.vault import store as store_module
from backchannel.vault.schema import MIGRATIONS
from backchannel.vault.store import create_vault, open_vault
from tests.support.world import CHEAP

PASSPHRASE = "a phrase"


def desk_in(folder: Path) -> Desk:
    return Desk(create_vault(folder, PASSPHRASE, CHEAP), lambda: 1_700_000_000_000, os.urandom)


def test_it_is_kept_replaced_and_forgotten(tmp_path: Path) -> None:
    desk = desk_in(tmp_path / "vault")
    invite(desk, "bob")
    invite(desk, "eve")
    with desk.work() as work:
        bob, eve = (work.transaction.line_named(name).id for name in ("bob", "eve"))
        assert work.transaction.private(bob, "a") is None
        work.transaction.save_private(bob, "a", b"")
        work.transaction.save_private(bob, "b", b"two")
        work.transaction.save_private(bob, "b", b"three")
        work.transaction.save_private(eve, "b", b"hers")
    with desk.look() as transaction:
        assert [transaction.private(bob, name) for name in "abc"] == [b"", b"three", None]
        assert transaction.private(eve, "b") == b"hers"
    with desk.work() as work:
        work.transaction.save_private(bob, "b", None)
        work.transaction.save_private(bob, "c", None)
    with desk.look() as transaction:
        assert transaction.private(bob, "b") is None
        assert transaction.private(eve, "b") == b"hers"
    desk.vault.close()


def test_it_belongs_to_a_line_that_is_there(tmp_path: Path) -> None:
    desk = desk_in(tmp_path / "vault")
    with pytest.raises(VaultError), desk.work() as work:
        work.transaction.save_private(bytes(16), "a", b"")
    desk.vault.close()


def test_a_vault_from_before_it_gets_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "vault"
    with monkeypatch.context() as patch:
        patch.setattr(store_module, "MIGRATIONS", MIGRATIONS[:1])
        patch.setattr(store_module, "VERSION", 1)
        desk = desk_in(folder)
        invite(desk, "bob")
        desk.vault.close()
    vault = open_vault(folder, PASSPHRASE)
    with vault.write() as transaction:
        line = transaction.line_named("bob")
        transaction.save_private(line.id, "a", b"kept")
        assert transaction.private(line.id, "a") == b"kept"
    vault.close()

"""Two at once: one vault is made, and the other process is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from backchannel.crypto.passphrase import Cost
from backchannel.errors import VaultBusy, VaultExists
from backchannel.vault.files import alone_in
from backchannel.vault.store import create_vault, open_vault

CHEAP = Cost(1, 64, 1)


def test_two_that_make_a_vault_at_once_do_not_harm_each_other(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    folder.mkdir()
    with alone_in(folder), pytest.raises(VaultBusy):
        create_vault(folder, "late", CHEAP)
    assert list(folder.iterdir()) == []
    create_vault(folder, "in time", CHEAP).close()
    with pytest.raises(VaultExists):
        create_vault(folder, "late", CHEAP)
    open_vault(folder, "in time").close()

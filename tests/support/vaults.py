"""A vault that something was said in, for tests of its files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.invite import invite
from backchannel.app.say import say
from backchannel.vault.store import create_vault
from tests.support.world import CHEAP

PASSPHRASE: Final = "a phrase"


def talked(folder: Path, count: int) -> Path:
    """Make a vault with one line and so many events in it, closed; return its folder."""
    vault = create_vault(folder, PASSPHRASE, CHEAP)
    desk = Desk(vault, lambda: 1_700_000_000_000, os.urandom)
    invite(desk, "bob")
    say(desk, "bob", [f"{at} " + "words " * 40 for at in range(count)])
    vault.close()
    return folder

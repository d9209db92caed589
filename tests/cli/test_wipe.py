"""`wipe`: a line, or the vault, is destroyed; and only what was named."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest

from backchannel.errors import ConfigRefused, LineUnknown, VaultMissing
from backchannel.vault import destroy
from backchannel.vault.connection import DATABASE
from backchannel.vault.files import sync_folder
from backchannel.vault.keyfile import NAME, read_key
from tests.cli.people import Person
from tests.cli.terminal import Terminal
from tests.support.crash import Crash
from tests.support.world import FastVault

SECRET = "the name that must not be found " * 50


def sizes(person: Person) -> int:
    return sum(path.stat().st_size for path in person.vault.iterdir())


def test_a_line_is_destroyed_and_the_others_stay(pair: tuple[Person, Person], relay: str) -> None:
    ann, bob = pair
    ann.runs("invite", "carl", "--relay", relay)
    ann.runs("say", "carl", "stays", "--offline")
    for _ in range(20):
        ann.runs("say", "bob", SECRET, "--offline")
    before = sizes(ann)
    refused = ann.tries("wipe", "bob")
    assert refused.code == ConfigRefused.exit_code
    assert "flash" in refused.err
    assert len(ann.texts("bob")) == 20
    assert ann.runs("wipe", "bob", "--yes", "--json").value == {"schema": 1, "line": "bob", "events": 20}
    assert ann.tries("status", "bob").code == LineUnknown.exit_code
    assert ann.texts("carl") == ["stays"]
    assert sizes(ann) < before
    assert not any(SECRET.encode() in bytes(v) for row in ann.rows() for v in row if isinstance(v, bytes))
    bob.runs("sync")
    assert ann.tries("wipe", "bob", "--yes").code == LineUnknown.exit_code


def test_the_name_is_typed(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    screen = Terminal(ann, "wipe", "bob")
    screen.answers("type bob", "carl")
    code, shown = screen.ends()
    assert code == ConfigRefused.exit_code
    assert "nothing was destroyed" in shown
    screen = Terminal(ann, "wipe", "bob")
    screen.answers("type bob", "bob")
    assert screen.ends()[0] == 0
    assert ann.runs("lines", "--json").out == ""


def test_the_vault_is_destroyed_key_first(ann: Person) -> None:
    (ann.vault / "holiday.jpg").write_bytes(b"not ours")
    (ann.vault / ".vault.key.1.part").write_bytes(b"an old draft")
    assert ann.tries("wipe").code == 2
    assert ann.tries("wipe", "bob", "--whole-vault").code == 2
    assert ann.tries("wipe", "--whole-vault").code == ConfigRefused.exit_code
    assert ann.runs("lines").code == 0
    done = ann.runs("wipe", "--whole-vault", "--yes")
    assert "holiday.jpg" in done.err
    assert [path.name for path in ann.vault.iterdir()] == ["holiday.jpg"]
    assert ann.tries("lines").code == VaultMissing.exit_code
    assert ann.tries("wipe", "--whole-vault", "--yes").code == VaultMissing.exit_code
    (ann.vault / "holiday.jpg").unlink()
    ann.runs("init")
    ann.runs("wipe", "--whole-vault", "--yes")
    assert not ann.vault.exists()


def test_the_key_is_overwritten_where_it_lay(ann: Person, home: Path) -> None:
    """A second name for the same bytes shows what became of them."""
    witness = home / "witness"
    witness.hardlink_to(ann.vault / NAME)
    before = witness.read_bytes()
    ann.runs("wipe", "--whole-vault", "--yes")
    after = witness.read_bytes()
    assert len(after) == len(before)
    assert after != before
    assert sum(a == b for a, b in zip(after, before, strict=True)) < len(before) // 4


@pytest.mark.parametrize("step", range(1, 9))
def test_a_crash_leaves_a_vault_that_opens_or_none(ann: Person, home: Path, step: int) -> None:
    key = read_key(ann.vault, ann.passphrase_file.read_text("utf-8").strip())
    left = step

    def burn() -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Crash

    real_unlink, real_sync, real_fsync = Path.unlink, sync_folder, os.fsync

    def unlink(path: Path, *, missing_ok: bool = False) -> None:
        burn()
        real_unlink(path, missing_ok=missing_ok)

    def sync(folder: Path) -> None:
        burn()
        real_sync(folder)

    def fsync(handle: int) -> None:
        burn()
        real_fsync(handle)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "unlink", unlink)
        patch.setattr("backchannel.vault.destroy.sync_folder", sync)
        patch.setattr(os, "fsync", fsync)
        with suppress(Crash):
            destroy.destroy_vault(ann.vault)
    if (ann.vault / DATABASE).exists() and not (ann.vault / NAME).exists():
        FastVault(ann.vault, key).close()  # only whoever kept the key by other means opens it
    if ann.tries("lines").code != 0 and ann.vault.exists():
        # Whatever is left can be cleared, and a new vault made in its place.
        (ann.vault / NAME).unlink(missing_ok=True)
        ann.runs("init")
    assert ann.tries("lines").code in (0, VaultMissing.exit_code)

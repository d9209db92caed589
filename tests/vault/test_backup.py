"""Backups as files: whole or not at all, gone on with, and never with a key in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.backup import messages
from backchannel.app.line import Phase
from backchannel.errors import (
    BackchannelError,
    BackupDamaged,
    BackupNewer,
    BackupUnfinished,
    ConfigRefused,
    PassphraseWrong,
    StorageFull,
    VaultExists,
)
from backchannel.vault import backup as backup_module
from backchannel.vault.backup import restore_backup, verify_backup, write_backup
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import SqliteVault
from backchannel.wire.codec import decode, encode
from tests.support.world import CHEAP, FastVault, World


def quiet(_: int) -> None:
    """Nobody is told."""


@pytest.fixture
def world() -> Iterator[World]:
    world = World().opened()
    for count in range(40):
        world.ann.say(f"number {count} " + "x" * 20_000)
    world.bob.say("heard")
    world.rounds(4)
    yield world
    world.close()


def write(world: World, file: Path) -> backup_module.Contents:
    return write_backup(world.ann.vault, file, "backup pass", os.urandom, quiet, CHEAP)


def restore(world: World, file: Path, folder: Path) -> None:
    restore_backup(file, "backup pass", folder, "new pass", lambda: world.now, os.urandom, quiet, CHEAP)


def test_a_backup_gives_back_every_event_and_no_key(world: World, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    contents = write(world, file)
    assert (contents.lines, contents.events) == (1, 41)
    assert verify_backup(file, "backup pass", quiet) == contents
    assert not (tmp_path / "backup.part").exists()
    assert file.stat().st_mode & 0o077 == 0
    restore(world, file, tmp_path / "vault")
    vault = FastVault(tmp_path / "vault", read_key(tmp_path / "vault", "new pass"))
    with vault.read() as transaction:
        line = transaction.line_named("bob")
        raws = [stored.event.raw for stored in transaction.in_order(line.id)]
        assert transaction.channel(line.id) is None
    vault.close()
    assert raws == world.ann.raws()
    assert line.phase is Phase.RESTORING
    assert (line.own, line.theirs, line.last) == (world.ann.line.own, world.ann.line.theirs, world.ann.line.last)


def test_no_key_is_in_the_messages(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is sealed is looked at before it is sealed."""
    said: list[bytes] = []

    def listening(*given: Any) -> Iterator[bytes]:
        for message in messages(*given):
            said.append(message)
            yield message

    monkeypatch.setattr(backup_module, "messages", listening)
    write(world, tmp_path / "backup")
    whole = b"".join(said)
    channel = world.ann.channel
    assert world.ann.line.recovery.secrets[0] in whole
    for _, root in channel.epochs.roots:
        assert root not in whole
    for mailbox in (channel.outbox, *channel.inboxes):
        assert mailbox.put_capability not in whole
        assert mailbox.get_capability not in whole
    assert world.invitation.secret not in whole
    state = world.ann.channel.to_bytes(bytes)
    for item in decode(state):
        if type(item) is bytes and len(item) >= 32:
            assert item not in whole


def test_a_run_that_was_cut_off_is_gone_on_with(world: World, tmp_path: Path) -> None:
    file = tmp_path / "backup"

    class Cut(Exception):
        pass

    def cut(done: int) -> None:
        if done > 500_000:
            raise Cut

    with pytest.raises(Cut):
        write_backup(world.ann.vault, file, "backup pass", os.urandom, cut, CHEAP)
    part = tmp_path / "backup.part"
    left = part.stat().st_size
    with part.open("ab") as torn:
        torn.write(b"\x00\x01torn")
    assert not file.exists()
    world.bob.say("meanwhile")
    world.rounds(2)
    told: list[int] = []
    contents = write_backup(world.ann.vault, file, "backup pass", os.urandom, told.append, CHEAP)
    assert contents.resumed
    assert told[0] > left, "what was written is not written again"
    assert contents.events == 42
    assert verify_backup(file, "backup pass", quiet).events == 42
    restore(world, file, tmp_path / "vault")


@pytest.mark.parametrize("left", ["other passphrase", "other vault", "nonsense", "nothing", "ended"])
def test_a_part_that_is_of_no_use_is_begun_again(world: World, tmp_path: Path, left: str) -> None:
    file, part = tmp_path / "backup", tmp_path / "backup.part"
    match left:
        case "other passphrase":
            write_backup(world.ann.vault, part, "another", os.urandom, quiet, CHEAP)
        case "other vault":
            write_backup(world.bob.vault, part, "backup pass", os.urandom, quiet, CHEAP)
        case "nonsense":
            part.write_bytes(os.urandom(500))
        case "nothing":
            part.write_bytes(b"")
        case _:
            write_backup(world.ann.vault, part, "backup pass", os.urandom, quiet, CHEAP)
    contents = write(world, file)
    assert not contents.resumed
    assert verify_backup(file, "backup pass", quiet).events == 41


def test_any_changed_byte_is_noticed(world: World, tmp_path: Path) -> None:
    file = tmp_path / "backup"
    write(world, file)
    good = file.read_bytes()
    for at in [*range(0, 140, 7), 200, 5000, len(good) // 2, len(good) - 30, len(good) - 1]:
        file.write_bytes(good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :])
        with pytest.raises((BackupDamaged, BackupUnfinished, PassphraseWrong, BackupNewer)):
            verify_backup(file, "backup pass", quiet)
        with pytest.raises((BackupDamaged, BackupUnfinished, PassphraseWrong, BackupNewer)):
            restore(world, file, tmp_path / "vault")
        assert [path.name for path in tmp_path.iterdir()] == ["backup"]
    for size in (0, 10, 30, 100, 5000, len(good) - 1, len(good) // 2):
        file.write_bytes(good[:size])
        with pytest.raises((BackupDamaged, BackupUnfinished)):
            restore(world, file, tmp_path / "vault")
    file.write_bytes(good + b"\x00\x00\x00\x20" + bytes(32))
    with pytest.raises(BackupDamaged, match="behind the end"):
        verify_backup(file, "backup pass", quiet)
    file.write_bytes(good)
    with pytest.raises(PassphraseWrong):
        verify_backup(file, "wrong", quiet)


def test_a_backup_of_a_newer_version_and_one_that_is_not_there(world: World, tmp_path: Path) -> None:
    head = encode([2, "what", "ever"])
    file = tmp_path / "backup"
    file.write_bytes(backup_module.MAGIC + len(head).to_bytes(2, "big") + head)
    with pytest.raises(BackupNewer):
        verify_backup(file, "backup pass", quiet)
    with pytest.raises(ConfigRefused, match="cannot be read"):
        verify_backup(tmp_path / "none", "backup pass", quiet)


def test_a_vault_is_never_written_over(world: World, tmp_path: Path) -> None:
    write(world, tmp_path / "backup")
    for folder in (world.ann.folder, tmp_path):
        with pytest.raises(VaultExists):
            restore(world, tmp_path / "backup", folder)
    (tmp_path / "empty").mkdir()
    restore(world, tmp_path / "backup", tmp_path / "empty")


def test_a_full_disk_at_a_restore_leaves_nothing(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(world, tmp_path / "backup")
    real = SqliteVault.__init__

    def small(self: SqliteVault, *given: Any, **named: Any) -> None:
        real(self, *given, **named)
        self._connection.pragma("max_page_count", 60)

    monkeypatch.setattr(SqliteVault, "__init__", small)
    with pytest.raises(StorageFull):
        restore(world, tmp_path / "backup", tmp_path / "vault")
    assert [path.name for path in tmp_path.iterdir()] == ["backup"]


def test_a_full_disk_during_a_backup_leaves_the_old_one(world: World, tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no /dev/full here")
    file = tmp_path / "backup"
    write(world, file)
    good = file.read_bytes()
    (tmp_path / "backup.part").symlink_to("/dev/full")
    with pytest.raises(BackchannelError):
        write(world, file)
    assert file.read_bytes() == good

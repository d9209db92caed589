"""The key file: damage is told from a wrong passphrase, and nothing crashes on it (spec 7.1)."""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backchannel.crypto.passphrase import Cost
from backchannel.errors import (
    BackchannelError,
    PassphraseWrong,
    VaultDamaged,
    VaultError,
    VaultMissing,
    VaultNewer,
)
from backchannel.vault.keyfile import NAME, read_key, write_key
from backchannel.vault.store import change_passphrase, create_vault, open_vault
from backchannel.wire.codec import decode, encode
from tests.support.world import CHEAP

KEY = bytes(range(32))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_key(tmp_path, KEY, "right", CHEAP)
    return tmp_path


def summed(body: bytes) -> bytes:
    return body + sha256(body).digest()


def test_the_right_passphrase_opens_and_a_wrong_one_does_not(folder: Path) -> None:
    assert read_key(folder, "right") == KEY
    for wrong in ("", "Right", "right ", "رمز", "r" * 5000):
        with pytest.raises(PassphraseWrong):
            read_key(folder, wrong)


def test_two_ways_to_type_one_letter_are_one_passphrase(tmp_path: Path) -> None:
    write_key(tmp_path, KEY, "caf\u00e9", CHEAP)
    assert read_key(tmp_path, "cafe\u0301") == KEY


def test_each_byte_flipped_is_damage_and_never_a_crash(folder: Path) -> None:
    path = folder / NAME
    good = path.read_bytes()
    for at in range(len(good)):
        for bit in (0x01, 0x80):
            path.write_bytes(good[:at] + bytes([good[at] ^ bit]) + good[at + 1 :])
            with pytest.raises(VaultDamaged):
                read_key(folder, "right")
    path.write_bytes(good)
    assert read_key(folder, "right") == KEY


def test_each_byte_flipped_under_a_right_sum_is_refused_in_our_words(folder: Path) -> None:
    """Somebody who changes the file on purpose mends the sum: still no crash, no other key, no hour of Argon2id."""
    path = folder / NAME
    body = path.read_bytes()[:-32]
    for at in range(len(body)):
        path.write_bytes(summed(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]))
        with pytest.raises((VaultDamaged, PassphraseWrong, VaultNewer)):
            read_key(folder, "right")


def test_a_cut_file_is_damage(folder: Path) -> None:
    path = folder / NAME
    good = path.read_bytes()
    for size in range(len(good)):
        path.write_bytes(good[:size])
        with pytest.raises(VaultDamaged):
            read_key(folder, "right")
    path.write_bytes(good + b"\0")
    with pytest.raises(VaultDamaged):
        read_key(folder, "right")


@pytest.mark.parametrize(
    "change",
    [
        {1: 0}, {1: 65}, {2: 7}, {2: 2**40}, {3: 0}, {3: 2**30}, {1: "3"}, {4: b"short"}, {4: None}, {5: "text"},
        {5: b""}, {5: b"short"}, {0: 0}, {0: "1"},
    ],
)  # fmt: skip
def test_nonsense_under_a_right_sum_is_refused(folder: Path, change: dict[int, Any]) -> None:
    path = folder / NAME
    value = decode(path.read_bytes()[:-32])
    for at, new in change.items():
        value[at] = new
    path.write_bytes(summed(encode(value)))
    with pytest.raises((VaultDamaged, PassphraseWrong)):
        read_key(folder, "right")


@pytest.mark.parametrize("value", [[2], [2, "anything", {"else": 1}], [10**9]])
def test_a_newer_key_file_is_told_as_such(folder: Path, value: list[Any]) -> None:
    path = folder / NAME
    data = summed(encode(value))
    path.write_bytes(data)
    with pytest.raises(VaultNewer):
        read_key(folder, "right")
    assert path.read_bytes() == data


def test_what_is_no_file_is_told_in_our_words(tmp_path: Path) -> None:
    with pytest.raises(VaultMissing):
        read_key(tmp_path, "right")
    with pytest.raises(VaultMissing):
        read_key(tmp_path / "nowhere", "right")
    (tmp_path / NAME).mkdir()
    with pytest.raises(VaultError):
        read_key(tmp_path, "right")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(BackchannelError):
        read_key(tmp_path / "file", "right")


def test_a_new_passphrase_does_not_touch_the_store(tmp_path: Path) -> None:
    create_vault(tmp_path, "old", CHEAP).close()
    before = [(path.name, path.stat().st_mtime_ns, path.read_bytes()) for path in _store(tmp_path)]
    change_passphrase(tmp_path, "old", "new", Cost(2, 128, 1))
    assert [(path.name, path.stat().st_mtime_ns, path.read_bytes()) for path in _store(tmp_path)] == before
    open_vault(tmp_path, "new").close()
    with pytest.raises(PassphraseWrong):
        open_vault(tmp_path, "old")
    assert decode((tmp_path / NAME).read_bytes()[:-32])[1:4] == [2, 128, 1]


def _store(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.name != NAME)


def test_a_passphrase_change_that_fails_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_vault(tmp_path, "old", CHEAP).close()
    with pytest.raises(PassphraseWrong):
        change_passphrase(tmp_path, "wrong", "new", CHEAP)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(VaultError) as caught:
        change_passphrase(tmp_path, "old", "new", CHEAP)
    assert caught.value.code == "storage-full"
    monkeypatch.undo()
    open_vault(tmp_path, "old").close()
    assert len(list(tmp_path.iterdir())) == 2, "no draft is left"


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    folder = tmp_path / "vault"
    create_vault(folder, "x", CHEAP).close()
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o600}


def test_the_same_passphrase_wraps_differently_every_time(tmp_path: Path) -> None:
    files = []
    for _ in range(3):
        write_key(tmp_path, KEY, "same", CHEAP)
        files.append((tmp_path / NAME).read_bytes())
    assert len(set(files)) == 3
    assert not any(KEY in data for data in files)

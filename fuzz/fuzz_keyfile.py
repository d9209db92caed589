"""The key file: what a passphrase is asked for only if the file is whole, and never at more than a bounded cost."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any, cast
from unittest import mock

from backchannel.crypto import aead
from backchannel.crypto.passphrase import SALT_SIZE, Cost
from backchannel.crypto.suite import info
from backchannel.errors import PassphraseWrong, VaultDamaged, VaultNewer
from backchannel.vault.keyfile import read_key_file
from backchannel.wire.codec import encode

PASSPHRASE = "open"
MOST_MEMORY = 4 * 1024 * 1024
KEY = bytes(range(32))


class InMemory:
    """As much of a path as a key file needs; no disk is touched."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def read_bytes(self) -> bytes:
        """Return the file."""
        return self._data


def cheap(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    """Stand in for Argon2id, and hold what it would be asked to do within its bounds."""
    assert len(salt) == SALT_SIZE
    assert 1 <= cost.time <= 64
    assert 8 * cost.lanes <= cost.memory <= MOST_MEMORY
    return sha256(passphrase.encode() + salt + repr(cost).encode()).digest()


def examples() -> list[bytes]:
    """Bodies of valid files to start from, without the sum, which `one_input` adds."""
    made = []
    for cost in (Cost(1, 8, 1), Cost(3, 65536, 4), Cost(64, MOST_MEMORY, 64)):
        head: list[Any] = [1, cost.time, cost.memory, cost.lanes, bytes(SALT_SIZE)]
        key = cheap(PASSPHRASE, bytes(SALT_SIZE), cost)
        made.append(encode([*head, aead.seal(key, bytes(24), KEY, info("vault key", *head))]))
    return [*made, encode([2, "of a later version"]), encode([1, 1, 8, 1, bytes(SALT_SIZE), b""])]


def one_input(data: bytes) -> None:
    """Read it as a whole file, and as a body whose sum is right."""
    for file in (data, data + sha256(data).digest()):
        with mock.patch("backchannel.vault.keyfile.stretch", cheap):
            try:
                key = read_key_file(cast("Path", InMemory(file)), PASSPHRASE)
            except (VaultDamaged, VaultNewer, PassphraseWrong):
                continue
        assert key == KEY

"""A key from a passphrase: Argon2id with RFC 9106's second recommended parameters."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Final

from backchannel.errors import InputRefused, Malformed

SALT_SIZE: Final = 16
KEY_SIZE: Final = 32
_MEMORY_CEILING: Final = 4 * 1024 * 1024
_TIME_CEILING: Final = 64
_LANES_CEILING: Final = 64


@dataclass(frozen=True, slots=True)
class Cost:
    """What one guess costs; stored beside what it protects.

    Attributes:
        time: passes over the memory.
        memory: KiB.
        lanes: degree of parallelism.
    """

    time: int
    memory: int
    lanes: int

    def __post_init__(self) -> None:
        """Refuse what would hang the machine: the parameters are read from a file that anyone could have written."""
        within = 1 <= self.time <= _TIME_CEILING and 1 <= self.lanes <= _LANES_CEILING
        if not within or not 8 * self.lanes <= self.memory <= _MEMORY_CEILING:
            raise Malformed("Argon2id parameters")


RECOMMENDED: Final = Cost(time=3, memory=64 * 1024, lanes=4)
"""RFC 9106, section 4, second recommended option."""


def stretch(passphrase: str, salt: bytes, cost: Cost, size: int = KEY_SIZE) -> bytes:
    """Return the key of a passphrase.

    Args:
        passphrase: as typed; NFC, so that two keyboards that compose letters differently agree.
        salt: 16 random bytes.
        cost: what one guess costs.
        size: bytes wanted.

    Raises:
        InputRefused: the passphrase is not text; some terminals hand over such bytes.
    """
    from argon2.low_level import Type, hash_secret_raw  # costs start-up time that few commands need

    try:
        secret = unicodedata.normalize("NFC", passphrase).encode()
    except UnicodeEncodeError as error:
        raise InputRefused("a passphrase that is not Unicode") from error
    return hash_secret_raw(
        secret,
        salt,
        time_cost=cost.time,
        memory_cost=cost.memory,
        parallelism=cost.lanes,
        hash_len=size,
        type=Type.ID,
    )

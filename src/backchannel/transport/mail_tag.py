"""Tags: how a reader knows its envelopes among the mails of an account, and nobody else does (spec 5.5.2)."""

from __future__ import annotations

import re
import time
from typing import Final

from backchannel.crypto import siv
from backchannel.crypto.aead import NotAuthentic
from backchannel.line.mailbox import Mailbox

ORDER_SIZE: Final = 8
NOISE_SIZE: Final = 4
TAG_SIZE: Final = siv.TAG_SIZE + ORDER_SIZE + NOISE_SIZE

TAG: Final = re.compile(rb"(?<![0-9a-f])[0-9a-f]{%d}(?![0-9a-f])" % (2 * TAG_SIZE))
"""A tag in whatever a server says of a mail."""


class Tags:
    """The tags of one mailbox; those of different mailboxes have nothing in common that shows."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._key = mailbox.tag_key

    def make(self, order: int, noise: bytes) -> str:
        """Return a fresh tag: random to all but the two who know the mailbox.

        Args:
            order: nanoseconds since 1970; tells the reader which came first.
            noise: 4 random bytes, so that two programs of one side never make the same.
        """
        return siv.seal(self._key, order.to_bytes(ORDER_SIZE, "big") + noise).hex()

    def order(self, tag: str) -> bytes | None:
        """Return what sorts a tag among those of its mailbox; None where it is of another, or none."""
        try:
            return siv.open_sealed(self._key, bytes.fromhex(tag))
        except (NotAuthentic, ValueError):
            return None


class Sequence:
    """Nanoseconds since 1970, raised where needed so that none comes twice."""

    def __init__(self) -> None:
        self._latest = 0

    def next(self) -> int:
        """Return the next one."""
        self._latest = max(time.time_ns(), self._latest + 1)
        return self._latest

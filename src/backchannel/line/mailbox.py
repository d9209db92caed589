"""Mailboxes: one direction of one line on a relay, named by secrets that both sides derive (spec 3.5)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import Role, info

ID_SIZE: Final = 16
CAPABILITY_SIZE: Final = 32
TAG_KEY_SIZE: Final = 64


@dataclass(frozen=True, slots=True)
class Mailbox:
    """What opens one mailbox.

    Attributes:
        put_id: 16 bytes, names it to the relay when writing.
        put_capability: 32 bytes, allows writing.
        get_id: 16 bytes, names it when reading and deleting.
        get_capability: 32 bytes, allows reading and deleting.
        tag_key: 64 bytes, marks what travels where there is no mailbox to ask for; no relay ever sees it.
    """

    put_id: bytes = field(repr=False)
    put_capability: bytes = field(repr=False)
    get_id: bytes = field(repr=False)
    get_capability: bytes = field(repr=False)
    tag_key: bytes = field(default=b"", repr=False)


def mailbox_from(secret: bytes, writer: Role, context: bytes) -> Mailbox:
    """Return the mailbox that `writer` writes to and the other side reads from.

    Args:
        secret: 32 bytes that only the two sides know.
        writer: who writes.
        context: what the mailbox belongs to: an invitation, or an epoch of a line.
    """
    door = ID_SIZE + CAPABILITY_SIZE
    raw = derive(secret, info("mailbox", int(writer), context), size=2 * door + TAG_KEY_SIZE)
    put, get, tag_key = raw[:door], raw[door : 2 * door], raw[2 * door :]
    return Mailbox(put[:ID_SIZE], put[ID_SIZE:], get[:ID_SIZE], get[ID_SIZE:], tag_key)

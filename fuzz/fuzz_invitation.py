"""Invitations: one invitation has one encoding."""

from __future__ import annotations

import contextlib

from backchannel.crypto.suite import Role
from backchannel.errors import InvitationExpired, Malformed
from backchannel.line.invitation import Invitation, decode_invitation


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    relays = ((), ("https://relay.example",), ("http://a.onion", "https://b.example:8440/x"))
    return [
        Invitation(bytes(32), b"\1" * 32, bytes(1216), b"\2" * 32, some, expires).encode()
        for some, expires in zip(relays, (0, 1_800_000_000, 2**40 - 1), strict=True)
    ]


def one_input(data: bytes) -> None:
    """Decode once, and ask for everything that is derived from it."""
    try:
        invitation = decode_invitation(data)
    except Malformed:
        return
    assert invitation.encode() == data
    assert len(invitation.hash) == 32
    assert invitation.seal_key(Role.INVITER) != invitation.seal_key(Role.JOINER)
    assert invitation.mailbox(Role.INVITER) != invitation.mailbox(Role.JOINER)
    with contextlib.suppress(InvitationExpired):
        invitation.check(1_800_000_000)

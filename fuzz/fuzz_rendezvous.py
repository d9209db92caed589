"""The rendezvous: what lies there for us, and what somebody who has the recovery secret could put there."""

from __future__ import annotations

from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import Role, info
from backchannel.errors import Malformed, NotForUs
from backchannel.line.invitation import Invitation
from backchannel.line.recovery import find_invitation, seal_invitation
from backchannel.line.seal import seal
from backchannel.wire.envelope import LARGEST_CONTENT

SECRETS = (bytes(32), bytes(range(32)))
KEY = derive(SECRETS[1], info("rendezvous seal", int(Role.JOINER)))
NONCE = bytes(range(24))


def fixed(size: int) -> bytes:
    """Return the nonce of every envelope here."""
    return NONCE[:size]


def examples() -> list[bytes]:
    """Valid inputs to start from: contents, and a whole envelope."""
    made = [
        Invitation(bytes(32), b"\1" * 32, bytes(1216), b"\2" * 32, some, 1_800_000_000)
        for some in ((), ("https://relay.example", "http://a.onion"))
    ]
    contents = [b"\x0c" + invitation.encode() for invitation in made]
    return [*contents, b"\x0a" + made[0].encode(), seal_invitation(SECRETS[1], Role.JOINER, made[1], fixed)]


def one_input(data: bytes) -> None:
    """Look for an invitation in it, and in an envelope that holds it under the latest secret."""
    found(data)
    if 0 < len(data) <= LARGEST_CONTENT:
        found(seal(KEY, NONCE, data))


def found(envelope: bytes) -> None:
    """What is found is the only envelope of its invitation under this nonce."""
    try:
        invitation = find_invitation(SECRETS, Role.JOINER, envelope)
    except (NotForUs, Malformed):
        return
    assert seal_invitation(SECRETS[1], Role.JOINER, invitation, lambda _: envelope[:24]) == envelope

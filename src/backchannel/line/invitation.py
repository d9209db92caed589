"""The invitation: everything a stranger needs to become the other end of a line, once (spec 3.1.1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from backchannel.crypto.hybrid import PUBLIC_SIZE
from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import SUITE, Role, digest, info
from backchannel.errors import InvitationExpired, Malformed
from backchannel.line.frame import relays_from_value
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import fields, sized, whole

VERSION: Final = 1
SECRET_SIZE: Final = 32


@dataclass(frozen=True)
class Invitation:
    """What the inviter hands over, by a way that only the two can see.

    Attributes:
        curve: the inviter's Curve25519 identity key, 32 bytes.
        one_time: a Curve25519 one-time key of the inviter's, 32 bytes.
        hybrid: the inviter's X-Wing public key, 1,216 bytes.
        secret: 32 random bytes.
        relays: addresses, in the order in which they are tried; may be empty.
        expires: seconds since 1970; after it the inviter answers nobody.
    """

    curve: bytes
    one_time: bytes
    hybrid: bytes
    secret: bytes = field(repr=False)
    relays: tuple[str, ...]
    expires: int

    def encode(self) -> bytes:
        """Return the invitation's bytes, about 1.4 KB."""
        return encode(
            [VERSION, SUITE, self.curve, self.one_time, self.hybrid, self.secret, list(self.relays), self.expires]
        )

    @cached_property
    def hash(self) -> bytes:
        """Return 32 bytes that name exactly this invitation."""
        return digest("invitation", self.encode())

    def check(self, now: int) -> None:
        """Refuse an invitation that is too old.

        Args:
            now: seconds since 1970.

        Raises:
            InvitationExpired: it is.
        """
        if now >= self.expires:
            raise InvitationExpired

    def seal_key(self, writer: Role) -> bytes:
        """Return the outer key of handshake envelopes that `writer` sends."""
        return derive(self.secret, info("handshake seal", int(writer), self.hash))

    def mailbox(self, writer: Role) -> Mailbox:
        """Return the mailbox of handshake envelopes that `writer` sends."""
        return mailbox_from(self.secret, writer, self.hash)


def decode_invitation(data: bytes) -> Invitation:
    """Return the invitation of `data`.

    Raises:
        Malformed: not an invitation, or of a suite that this version does not know.
    """
    suite, curve, one_time, hybrid, secret, relays, expires = fields(decode(data), VERSION, 7, "invitation")
    if type(suite) is not int or suite != SUITE:  # True == 1, and one invitation has one encoding
        raise Malformed("an invitation of another suite")
    return Invitation(
        curve=sized(curve, 32, "identity key"),
        one_time=sized(one_time, 32, "one-time key"),
        hybrid=sized(hybrid, PUBLIC_SIZE, "hybrid key"),
        secret=sized(secret, SECRET_SIZE, "secret"),
        relays=relays_from_value(relays),
        expires=whole(expires, "expiry", below=2**40),
    )

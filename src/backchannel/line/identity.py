"""Who is on a line: the public keys of both sides, what they agreed on, and the info strings bound to it (spec 2.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backchannel.crypto.suite import Role, digest, info
from backchannel.wire.codec import Value
from backchannel.wire.shape import fields, sized


@dataclass(frozen=True, slots=True)
class Identity:
    """The public keys of one side of one line.

    Attributes:
        curve: Curve25519 identity key of Olm, 32 bytes.
        hybrid: SHA-256 under its label of the X-Wing public key, 32 bytes.
    """

    curve: bytes
    hybrid: bytes

    @classmethod
    def of(cls, curve: bytes, hybrid_public: bytes) -> Identity:
        """Return the identity of these two public keys (32 and 1,216 bytes)."""
        return cls(curve, digest("hybrid identity", hybrid_public))

    def to_value(self) -> list[Any]:
        """Return `[1, curve, hybrid]`."""
        return [1, self.curve, self.hybrid]

    @classmethod
    def from_value(cls, value: Any) -> Identity:
        """Read what `to_value` wrote."""
        curve, hybrid = fields(value, 1, 2, "identity")
        return cls(sized(curve, 32, "identity"), sized(hybrid, 32, "identity"))


@dataclass(frozen=True, slots=True)
class LineContext:
    """What every key of an open line is bound to.

    Attributes:
        inviter: who invited.
        joiner: who joined.
        transcript: hash of the handshake, 32 bytes (spec 3.1.5).
    """

    inviter: Identity
    joiner: Identity
    transcript: bytes

    def identity(self, role: Role) -> Identity:
        """Return the identity of one side."""
        return self.inviter if role is Role.INVITER else self.joiner

    def info(self, label: str, *parts: Value) -> bytes:
        """Return an info string bound to both identities, their roles and the transcript."""
        return info(label, self.inviter.to_value(), self.joiner.to_value(), self.transcript, *parts)

    def to_value(self) -> list[Any]:
        """Return `[1, inviter, joiner, transcript]`."""
        return [1, self.inviter.to_value(), self.joiner.to_value(), self.transcript]

    @classmethod
    def from_value(cls, value: Any) -> LineContext:
        """Read what `to_value` wrote."""
        inviter, joiner, transcript = fields(value, 1, 3, "line context")
        return cls(Identity.from_value(inviter), Identity.from_value(joiner), sized(transcript, 32, "transcript"))


def origin_of(context: LineContext) -> bytes:
    """Return what names a line for ever: 32 bytes that follow from its first incarnation (spec 3.1.5)."""
    return digest("line origin", context.to_value())

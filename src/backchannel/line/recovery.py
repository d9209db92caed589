"""Recovery: how the two ends of a line find each other again when one, or both, lost their keys (spec 3.8).

3.8.1  RS[e] = HKDF(RK[e], info = suite | identities | transcript | "recovery" | e)     for every EVERYth epoch, and the
       first of each incarnation. Both sides keep all of them, and so does a backup, with no other secret of the line.
3.8.2  From one follow a mailbox for each writer (the rendezvous) and the key of what is put there.
3.8.3  A side that was restored puts a fresh invitation into the rendezvous of every secret that it knows: of the latest
       ones, the other side may have lost some.
3.8.4  The other side looks into the rendezvous of every secret, rarely, and joins what it finds there.
3.8.5  If both invite, the invitation with the lower hash stands.

What is not known to a backup cannot be used after it: a restored side has new identity keys, new mailboxes, a new root.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import Randomness
from backchannel.crypto.suite import Role, info
from backchannel.errors import Malformed, NotForUs
from backchannel.line.delivery import Delivery
from backchannel.line.epochs import Epochs
from backchannel.line.handshake import Joining
from backchannel.line.identity import LineContext
from backchannel.line.invitation import Invitation, decode_invitation
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.line.seal import ContentType, seal, unseal
from backchannel.wire.coverage import Coverage
from backchannel.wire.shape import fields

EVERY: Final = 64
"""Epochs from one recovery secret to the next."""

MOST_SECRETS: Final = 32
MOST_TAKEN: Final = 64

LIFETIME: Final = 2 * 365 * 24 * 3600
"""Seconds for which an invitation at the rendezvous is answered; it is made anew long before."""

LOOK_EVERY: Final = 6 * 3600 * 1000
"""Milliseconds between two looks into the rendezvous of an open line."""

LOOK_BY_HAND: Final = 10 * 60 * 1000
"""Milliseconds between two such looks where the owner asks: a mailbox that never changes links who asks for it."""

WARN_EVERY: Final = 24 * 3600 * 1000
"""Milliseconds between two words to a device whose channel is over."""

FORMER_KEPT: Final = 90 * 24 * 3600 * 1000
"""Milliseconds for which the keys of a former incarnation still open what was under way."""


@dataclass(frozen=True, slots=True)
class Recovery:
    """What a line keeps to find its other end again, and how far it is with that.

    Attributes:
        secrets: 32 bytes each, the oldest first.
        noted: the epoch of the last secret of this incarnation; None before the first.
        taken: hashes of invitations at the rendezvous that we joined, or were refused by.
        joining: our request to join another incarnation, until the reply has come.
        post: when what we put out (an invitation, a request) goes out again.
        restored: when this vault was last restored, milliseconds since 1970; None where never.
        peer_restored: when the other side last began another incarnation.
        returned: while we wait for what we had said and lost: what is held of our own feed.
        gives: whether the other side may lack events of its own that we hold.
        gives_after: the highest number of its own feed that it has without a gap; None until it said so.
        given: the highest number of those that went out.
        looked: when the rendezvous was last looked into.
        warn: when a device whose channel is over is to be told so; None where there is nothing to tell.
        warned: when it was last told.
        former_until: when the keys of former incarnations are forgotten; None where there are none.
    """

    secrets: tuple[bytes, ...] = field(default=(), repr=False)
    noted: int | None = None
    taken: tuple[bytes, ...] = ()
    joining: Joining | None = field(default=None, repr=False)
    post: Delivery = field(default_factory=Delivery)
    restored: int | None = None
    peer_restored: int | None = None
    returned: Coverage | None = None
    gives: bool = False
    gives_after: int | None = None
    given: int = 0
    looked: int | None = None
    warn: int | None = None
    warned: int | None = None
    former_until: int | None = None

    @property
    def unheard(self) -> bool:
        """Say whether the other side has not said yet, in this incarnation, what it has of ours (spec 3.8.6)."""
        return self.returned is not None or (self.gives and self.gives_after is None)

    def noting(self, context: LineContext, epochs: Epochs) -> Recovery:
        """Return the state that also keeps the secret of the latest epoch that has one (spec 3.8.1).

        Args:
            context: of the line.
            epochs: as they are now.
        """
        epoch = epochs.roots[-1][0] // EVERY * EVERY
        if self.noted == epoch or (root := dict(epochs.roots).get(epoch)) is None:
            return self
        secret = derive(root, context.info("recovery", epoch))
        return replace(self, secrets=(*self.secrets, secret)[-MOST_SECRETS:], noted=epoch)

    def to_value(self) -> list[Any]:
        """Return secret values for the vault."""
        return [
            1,
            list(self.secrets),
            self.noted,
            list(self.taken),
            self.joining and self.joining.to_bytes(),
            self.post.to_value(),
            self.restored,
            self.peer_restored,
            self.returned and self.returned.to_value(),
            self.gives,
            self.gives_after,
            self.given,
            self.looked,
            self.warn,
            self.warned,
            self.former_until,
        ]

    @classmethod
    def from_value(cls, value: Any) -> Recovery:
        """Read what `to_value` wrote."""
        secrets, noted, taken, joining, post, restored, peer, returned, *rest = fields(value, 1, 15, "recovery")
        return cls(
            tuple(secrets),
            noted,
            tuple(taken),
            joining and Joining.from_bytes(joining),
            Delivery.from_value(post),
            restored,
            peer,
            None if returned is None else Coverage.from_value(returned),
            *rest,
        )


def rendezvous(secret: bytes, writer: Role) -> Mailbox:
    """Return where `writer`, a role of the line itself, puts an invitation (spec 3.8.2)."""
    return mailbox_from(secret, writer, info("rendezvous"))


def seal_invitation(secret: bytes, writer: Role, invitation: Invitation, randomness: Randomness) -> bytes:
    """Return an invitation as an envelope for the rendezvous (spec 3.8.3)."""
    content = bytes([ContentType.RECOVERY_INVITATION]) + invitation.encode()
    return seal(_key(secret, writer), randomness(24), content)


def open_invitation(secret: bytes, writer: Role, envelope: bytes) -> Invitation:
    """Return the invitation of an envelope from the rendezvous.

    Raises:
        NotForUs: not sealed under this secret, or changed.
        Malformed: sealed under it, but no invitation.
    """
    content_type, body = unseal(_key(secret, writer), envelope)
    if content_type is not ContentType.RECOVERY_INVITATION:
        raise Malformed("not an invitation")
    return decode_invitation(body)


def find_invitation(secrets: tuple[bytes, ...], writer: Role, envelope: bytes) -> Invitation:
    """Return the invitation of an envelope from the rendezvous of one of these secrets.

    Raises:
        NotForUs: under none.
        Malformed: it is no invitation.
    """
    for secret in reversed(secrets):
        try:
            return open_invitation(secret, writer, envelope)
        except NotForUs:
            continue
    raise NotForUs


def _key(secret: bytes, writer: Role) -> bytes:
    return derive(secret, info("rendezvous seal", int(writer)))

"""Epochs: the root keys of the outer seal, and how both sides step to the next one together (spec 3.2).

3.2.1  RK[e+1] = HKDF(salt = RK[e], ikm = secret, info = suite | identities | transcript | e+1 | H(public | sealed))
3.2.2  The proposer names e+1 and a fresh X-Wing key; one proposal is outstanding at a time.
3.2.3  The other side encrypts 32 fresh bytes to it, and from then on also reads e+1. It still writes e.
3.2.4  The proposer, on the answer, writes and reads e+1.
3.2.5  The other side, on the first envelope under e+1, writes e+1 too.
3.2.6  If both propose at once, the inviter's proposal stands.
3.2.7  An epoch is forgotten when the peer writes a later one and everything it claims to have said has come;
       and in any case when it is more than two behind the newest.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, Final

from backchannel.crypto import hybrid
from backchannel.crypto.aead import NotAuthentic
from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import Randomness
from backchannel.crypto.suite import Role, digest
from backchannel.errors import Malformed, PeerMisbehaved
from backchannel.line.identity import LineContext
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.wire.shape import fields

SECRET_SIZE: Final = 32
BINDING_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class EpochKeys:
    """What follows from one root, for one writer.

    Attributes:
        seal: key of the outer seal, 32 bytes.
        binding: 16 bytes inside every inner plaintext, so that Olm's content fits this epoch and direction only.
        mailbox: where the writer's envelopes of this epoch go.
    """

    seal: bytes = field(repr=False)
    binding: bytes = field(repr=False)
    mailbox: Mailbox = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Our own outstanding proposal: the private key of the epoch that we proposed."""

    key: bytes = field(repr=False)

    def public(self) -> bytes:
        """Return the public key that was proposed."""
        return HybridKey.from_bytes(self.key).public()


@dataclass(frozen=True, slots=True)
class Answered:
    """The peer's proposal that we answered, until the peer is heard in the new epoch."""

    public_hash: bytes
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Epochs:
    """The roots that are alive, and the step that is under way.

    Attributes:
        roots: (epoch, root key of 32 bytes), ascending; at most three.
        writing: the epoch that we seal under.
        reading: the latest epoch under which the peer was heard.
        step: our proposal for `writing + 1`, our answer for it, or nothing.
    """

    roots: tuple[tuple[int, bytes], ...] = field(repr=False)
    writing: int = 0
    reading: int = 0
    step: Proposal | Answered | None = None

    def root(self, epoch: int) -> bytes:
        """Return the root of a live epoch."""
        return dict(self.roots)[epoch]

    @property
    def settled(self) -> bool:
        """Say whether a new step may begin."""
        return self.step is None and self.reading == self.writing

    def propose(self, key: HybridKey) -> Epochs:
        """Return the state with our own proposal outstanding (spec 3.2.2)."""
        return replace(self, step=Proposal(key.to_bytes()))

    def answer(self, context: LineContext, role: Role, epoch: int, public: bytes, randomness: Randomness) -> Epochs:
        """Take the peer's proposal (spec 3.2.3, 3.2.6).

        Returns:
            The state that has answered; the same state where there is nothing to answer.

        Raises:
            Malformed: `public` is not a key.
            PeerMisbehaved: a second key for a step that was answered, or a step that leaves one out.
        """
        if epoch <= self.writing:
            return self
        if epoch != self.writing + 1:
            raise PeerMisbehaved("an epoch that does not come next")
        public_hash = digest("proposed key", public)
        match self.step:
            case Answered(known, _):
                if known != public_hash:
                    raise PeerMisbehaved("a second key for one epoch")
                return self
            case Proposal() if role is Role.INVITER:
                return self
            case _:
                pass
        secret = randomness(SECRET_SIZE)
        sealed = hybrid.encrypt(public, secret, context.info("epoch secret", epoch))
        root = _next_root(context, self.root(self.writing), epoch, secret, public, sealed)
        return replace(self._with_root(epoch, root), step=Answered(public_hash, sealed))

    def answered(self, context: LineContext, epoch: int, sealed: bytes) -> Epochs:
        """Take the peer's answer to our proposal (spec 3.2.4).

        Returns:
            The state that writes the new epoch; the same state where the answer came before.

        Raises:
            PeerMisbehaved: not an answer to what we proposed.
        """
        if epoch <= self.writing or not isinstance(self.step, Proposal):
            return self
        if epoch != self.writing + 1:
            raise PeerMisbehaved("an epoch that does not come next")
        key = HybridKey.from_bytes(self.step.key)
        try:
            secret = key.decrypt(sealed, context.info("epoch secret", epoch))
        except NotAuthentic as error:
            raise PeerMisbehaved("the secret of an epoch") from error
        if len(secret) != SECRET_SIZE:
            raise PeerMisbehaved("the secret of an epoch")
        root = _next_root(context, self.root(self.writing), epoch, secret, key.public(), sealed)
        return replace(self._with_root(epoch, root), writing=epoch, step=None)

    def heard(self, epoch: int) -> Epochs:
        """Note that the peer was heard under `epoch` (spec 3.2.5)."""
        if epoch <= self.reading:
            return self
        if epoch > self.writing:
            return replace(self, reading=epoch, writing=epoch, step=None)
        return replace(self, reading=epoch)

    def forget(self) -> Epochs:
        """Return the state without the epochs that nobody writes any more (spec 3.2.7)."""
        oldest = min(self.reading, self.writing)
        kept = tuple((epoch, root) for epoch, root in self.roots if epoch >= oldest)
        return self if len(kept) == len(self.roots) else replace(self, roots=kept)

    def _with_root(self, epoch: int, root: bytes) -> Epochs:
        alive = tuple((known, key) for known, key in self.roots if known >= epoch - 2)
        return replace(self, roots=(*alive, (epoch, root)))

    def to_value(self) -> list[Any]:
        """Return secret values for the vault."""
        match self.step:
            case None:
                step: list[Any] | None = None
            case Proposal(key):
                step = [1, key]
            case Answered(public_hash, sealed):
                step = [2, public_hash, sealed]
        return [1, [list(pair) for pair in self.roots], self.writing, self.reading, step]

    @classmethod
    def from_value(cls, value: Any) -> Epochs:
        """Read what `to_value` wrote."""
        roots, writing, reading, raw = fields(value, 1, 4, "epochs")
        match raw:
            case None:
                step: Proposal | Answered | None = None
            case [1, key]:
                step = Proposal(key)
            case [2, public_hash, sealed]:
                step = Answered(public_hash, sealed)
            case _:
                raise Malformed("epochs")
        return cls(tuple((epoch, root) for epoch, root in roots), writing, reading, step)


def keys_of(context: LineContext, root: bytes, epoch: int, writer: Role) -> EpochKeys:
    """Return what follows from a root for one writer (spec 3.2.8).

    Args:
        context: of the line.
        root: RK[epoch], 32 bytes.
        epoch: its number.
        writer: who writes under these keys.
    """
    where = context.info("epoch", epoch, int(writer))
    raw = derive(root, where, size=32 + BINDING_SIZE)
    return EpochKeys(raw[:32], raw[32:], mailbox_from(root, writer, where))


def _next_root(context: LineContext, root: bytes, epoch: int, secret: bytes, public: bytes, sealed: bytes) -> bytes:
    bound = digest("epoch exchange", public, sealed)
    return derive(secret, context.info("root", epoch, bound), salt=root)

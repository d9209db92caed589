"""From an invitation to an open line: request, reply, and nothing signed (spec 3.1).

    3.1.2  request   joiner -> inviter    HPKE(inviter's X-Wing key, [1, curve, hybrid, s1, Olm pre-key message])
    3.1.3  reply     inviter -> joiner    HPKE(joiner's X-Wing key,  [1, s2, Olm message])
    3.1.4  refusal   inviter -> joiner    the hash of a request that came after the invitation was used
    3.1.5  RK[0] = HKDF(salt = invitation secret, ikm = s1 || s2, info = suite | roles | identities | transcript)

Both sides' states are frozen; a refused input leaves them as they were.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from backchannel.crypto import hybrid
from backchannel.crypto.aead import NotAuthentic
from backchannel.crypto.hybrid import HybridKey
from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import PRE_KEY, Account, OlmRefused, Randomness, Session
from backchannel.crypto.suite import Role, digest, info
from backchannel.errors import AlreadyOpened, InvitationExpired, InvitationUsed, Malformed, NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.frame import reserve_from_value
from backchannel.line.identity import Identity, LineContext
from backchannel.line.invitation import SECRET_SIZE, Invitation, decode_invitation
from backchannel.line.reserve import SIZE as RESERVE_SIZE
from backchannel.line.reserve import Reserve
from backchannel.line.seal import ContentType, seal, unseal
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, fields, sized

VERSION: Final = 1
MAX_REFUSALS: Final = 8


@dataclass(frozen=True, slots=True)
class Answered:
    """The inviter has answered this request with this reply."""

    request_hash: bytes
    reply: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Opened:
    """A request was answered: the line is open on the inviter's side."""

    state: Inviting
    channel: Channel


@dataclass(frozen=True, slots=True)
class Repeated:
    """The same request came again: the reply has not arrived and should go out again."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A request after the invitation was used by another, or expired: they are told so, and the inviter should know."""

    state: Inviting


@dataclass(frozen=True, slots=True)
class Inviting:
    """The inviter's side, until the invitation expires.

    Attributes:
        invitation: what was handed over.
        account: pickled Olm account.
        hybrid_key: the X-Wing private key, 96 bytes.
        answered: the request that was answered, if any.
        refusals: hashes of requests that came too late and have not been told so.
    """

    invitation: Invitation
    account: bytes = field(repr=False)
    hybrid_key: bytes = field(repr=False)
    answered: Answered | None = None
    refusals: tuple[bytes, ...] = ()

    def reply(self, randomness: Randomness) -> bytes | None:
        """Return the reply to the request that was answered, freshly sealed."""
        return None if self.answered is None else self._seal(ContentType.REPLY, self.answered.reply, randomness)

    def refuse(self, randomness: Randomness) -> tuple[Inviting, list[bytes]]:
        """Return the refusals that are owed, sealed, and the state that owes none."""
        envelopes = [self._seal(ContentType.REFUSAL, refused, randomness) for refused in self.refusals]
        return replace(self, refusals=()), envelopes

    def _seal(self, content_type: ContentType, body: bytes, randomness: Randomness) -> bytes:
        key = self.invitation.seal_key(Role.INVITER)
        return seal(key, randomness(24), bytes([content_type]) + body)

    def receive(self, envelope: bytes, *, now: int, randomness: Randomness) -> Opened | Repeated | Refused:
        """Take an envelope from the invitation's mailbox (spec 3.1.3, 3.1.4).

        Args:
            envelope: the bytes that came.
            now: seconds since 1970.
            randomness: source of fresh bytes.

        Raises:
            NotForUs: not sealed for this invitation, or changed.
            Malformed: sealed for it, but no request.
            PeerMisbehaved: a request that does not hold together.
        """
        content_type, request = unseal(self.invitation.seal_key(Role.JOINER), envelope)
        if content_type is not ContentType.REQUEST:
            raise Malformed("not a request")
        request_hash = digest("request", request)
        if self.answered is not None:
            if self.answered.request_hash == request_hash:
                return Repeated()
            return self._refused(request_hash)
        if now >= self.invitation.expires:
            return self._refused(request_hash)
        return self._answer(request, request_hash, now, randomness)

    def _refused(self, request_hash: bytes) -> Refused:
        owed = self.refusals if request_hash in self.refusals else (*self.refusals, request_hash)
        return Refused(replace(self, refusals=owed[-MAX_REFUSALS:]))

    def _answer(self, request: bytes, request_hash: bytes, now: int, randomness: Randomness) -> Opened:
        invitation = self.invitation
        try:
            plain = HybridKey.from_bytes(self.hybrid_key).decrypt(request, info("request", invitation.hash))
        except NotAuthentic as error:
            raise NotForUs from error
        curve, hybrid_public, first_secret, pre_key = fields(decode(plain), VERSION, 4, "request")
        sized(curve, 32, "identity key")
        sized(hybrid_public, hybrid.PUBLIC_SIZE, "hybrid key")
        sized(first_secret, SECRET_SIZE, "secret")
        account = Account.from_pickle(self.account)
        try:
            session, inner = account.answer(curve, blob(pre_key, "Olm message"))
        except OlmRefused as error:
            raise PeerMisbehaved("the request's Olm message") from error
        said, peer_reserve = fields(decode(inner), VERSION, 2, "request")
        if said != digest("request binding", invitation.hash, hybrid_public, first_secret):
            raise PeerMisbehaved("the request is bound to something else")

        reserve = account.new_one_time_keys(RESERVE_SIZE)
        second_secret = randomness(SECRET_SIZE)
        bound = digest("reply binding", invitation.hash, request_hash, second_secret)
        _, raw = session.encrypt(encode([VERSION, bound, reserve]))
        reply = hybrid.encrypt(
            hybrid_public, encode([VERSION, second_secret, raw]), info("reply", invitation.hash, request_hash)
        )
        channel = Channel.opened(
            role=Role.INVITER,
            context=_context(invitation, Identity.of(curve, hybrid_public), request_hash, reply),
            root=_root(invitation, Identity.of(curve, hybrid_public), request_hash, reply, first_secret, second_secret),
            account=account,
            session=session,
            reserve=Reserve(tuple(reserve), reserve_from_value(peer_reserve)),
            now=now,
        )
        state = replace(self, account=b"", hybrid_key=b"", answered=Answered(request_hash, reply))
        return Opened(state, channel)

    def to_bytes(self) -> bytes:
        """Return the state as secret bytes for the vault."""
        answered = None if self.answered is None else [self.answered.request_hash, self.answered.reply]
        return encode([1, self.invitation.encode(), self.account, self.hybrid_key, answered, list(self.refusals)])

    @classmethod
    def from_bytes(cls, data: bytes) -> Inviting:
        """Read what `to_bytes` wrote."""
        invitation, account, hybrid_key, answered, refusals = fields(decode(data), 1, 5, "inviting state")
        kept = None if answered is None else Answered(answered[0], answered[1])
        return cls(decode_invitation(invitation), account, hybrid_key, kept, tuple(refusals))


def invite(relays: tuple[str, ...], expires: int, randomness: Randomness) -> Inviting:
    """Make an invitation and the state that waits for its answer (spec 3.1.1).

    Args:
        relays: addresses, in the order in which they are tried.
        expires: seconds since 1970.
        randomness: source of fresh bytes.
    """
    account = Account()
    key = HybridKey.generate()
    invitation = Invitation(
        curve=account.identity,
        one_time=account.new_one_time_keys(1)[0],
        hybrid=key.public(),
        secret=randomness(SECRET_SIZE),
        relays=relays,
        expires=expires,
    )
    return Inviting(invitation, account.pickle(randomness), key.to_bytes())


@dataclass(frozen=True, slots=True)
class Joining:
    """The joiner's side, until the reply has come.

    Attributes:
        invitation: what was received.
        account: pickled Olm account.
        session: pickled Olm session.
        hybrid_key: the X-Wing private key, 96 bytes.
        first_secret: s1 of spec 3.1.2.
        request: the sealed request, the same at every try.
        reserve: our one-time keys in it, for renewals.
    """

    invitation: Invitation
    account: bytes = field(repr=False)
    session: bytes = field(repr=False)
    hybrid_key: bytes = field(repr=False)
    first_secret: bytes = field(repr=False)
    request: bytes = field(repr=False)
    reserve: tuple[bytes, ...]

    def envelope(self, randomness: Randomness) -> bytes:
        """Return the request, freshly sealed."""
        key = self.invitation.seal_key(Role.JOINER)
        return seal(key, randomness(24), bytes([ContentType.REQUEST]) + self.request)

    def receive(self, envelope: bytes, *, now: int) -> Channel:
        """Take an envelope from the invitation's mailbox and open the line (spec 3.1.3).

        Args:
            envelope: the bytes that came.
            now: seconds since 1970.

        Raises:
            NotForUs: not sealed for this invitation, or changed.
            InvitationUsed: the inviter has answered somebody else's request.
            InvitationExpired: our request came too late.
            AlreadyOpened: about another request than ours.
            Malformed: sealed for it, but no reply.
            PeerMisbehaved: a reply that does not hold together.
        """
        content_type, body = unseal(self.invitation.seal_key(Role.INVITER), envelope)
        request_hash = digest("request", self.request)
        if content_type is ContentType.REFUSAL:
            if body == request_hash:
                raise InvitationExpired if now >= self.invitation.expires else InvitationUsed
            raise AlreadyOpened("a refusal of another request")
        if content_type is not ContentType.REPLY:
            raise Malformed("not a reply")
        key = HybridKey.from_bytes(self.hybrid_key)
        try:
            plain = key.decrypt(body, info("reply", self.invitation.hash, request_hash))
        except NotAuthentic as error:
            raise AlreadyOpened("a reply to another request") from error
        second_secret, raw = fields(decode(plain), VERSION, 2, "reply")
        sized(second_secret, SECRET_SIZE, "secret")
        session = Session.from_pickle(self.session)
        try:
            inner = session.decrypt(1, blob(raw, "Olm message"))
        except OlmRefused as error:
            raise PeerMisbehaved("the reply's Olm message") from error
        said, peer_reserve = fields(decode(inner), VERSION, 2, "reply")
        if said != digest("reply binding", self.invitation.hash, request_hash, second_secret):
            raise PeerMisbehaved("the reply is bound to something else")
        account = Account.from_pickle(self.account)
        joiner = Identity.of(account.identity, key.public())
        return Channel.opened(
            role=Role.JOINER,
            context=_context(self.invitation, joiner, request_hash, body),
            root=_root(self.invitation, joiner, request_hash, body, self.first_secret, second_secret),
            account=account,
            session=session,
            reserve=Reserve(self.reserve, reserve_from_value(peer_reserve)),
            now=now,
        )

    def to_bytes(self) -> bytes:
        """Return the state as secret bytes for the vault."""
        return encode(
            [
                1,
                self.invitation.encode(),
                self.account,
                self.session,
                self.hybrid_key,
                self.first_secret,
                self.request,
                list(self.reserve),
            ]
        )

    @classmethod
    def from_bytes(cls, data: bytes) -> Joining:
        """Read what `to_bytes` wrote."""
        invitation, account, session, key, secret, request, reserve = fields(decode(data), 1, 7, "joining state")
        return cls(decode_invitation(invitation), account, session, key, secret, request, tuple(reserve))


def join(invitation: Invitation, now: int, randomness: Randomness) -> Joining:
    """Make the request to become the other end of an invitation's line (spec 3.1.2).

    Args:
        invitation: what was received.
        now: seconds since 1970.
        randomness: source of fresh bytes.

    Raises:
        InvitationExpired: too late.
        Malformed: its keys are no keys.
    """
    invitation.check(now)
    account = Account()
    key = HybridKey.generate()
    first_secret = randomness(SECRET_SIZE)
    session = account.start(invitation.curve, invitation.one_time)
    bound = digest("request binding", invitation.hash, key.public(), first_secret)
    reserve = account.new_one_time_keys(RESERVE_SIZE)
    kind, raw = session.encrypt(encode([VERSION, bound, reserve]))
    assert kind == PRE_KEY  # noqa: S101  (a fresh outbound session begins with a pre-key message)
    plain = encode([VERSION, account.identity, key.public(), first_secret, raw])
    request = hybrid.encrypt(invitation.hybrid, plain, info("request", invitation.hash))
    return Joining(
        invitation=invitation,
        account=account.pickle(randomness),
        session=session.pickle(randomness),
        hybrid_key=key.to_bytes(),
        first_secret=first_secret,
        request=request,
        reserve=tuple(reserve),
    )


def _context(invitation: Invitation, joiner: Identity, request_hash: bytes, reply: bytes) -> LineContext:
    inviter = Identity.of(invitation.curve, invitation.hybrid)
    return LineContext(inviter, joiner, digest("transcript", invitation.hash, request_hash, digest("reply", reply)))


def _root(
    invitation: Invitation, joiner: Identity, request_hash: bytes, reply: bytes, first: bytes, second: bytes
) -> bytes:
    context = _context(invitation, joiner, request_hash, reply)
    return derive(first + second, context.info("root", 0), salt=invitation.secret)

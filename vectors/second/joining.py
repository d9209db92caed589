"""Request, reply and refusal (spec 3.1.2 to 3.1.4)."""

from dataclasses import dataclass
from typing import Any

from vectors.second import cbor, xwing
from vectors.second.frame import reserve
from vectors.second.line import Invitation
from vectors.second.olm import Account, OlmRefused, Session
from vectors.second.refusal import Refused, malformed
from vectors.second.sealing import digest, info, unseal

INVITER, JOINER = 0, 1


def transcript(invitation: Invitation, request: bytes, reply: bytes) -> bytes:
    """The transcript (spec 3.1.5).

    Args:
        invitation: the invitation.
        request: the request.
        reply: the reply.

    Returns:
        32 bytes.
    """
    return digest("transcript", invitation.hash, digest("request", request), digest("reply", reply))


def _inside(raw: bytes, expected: bytes) -> Any:
    """What stands as reserve inside the Olm message of request or reply, once shape and binding are right."""
    binding, keys = cbor.layout(raw, 3)
    if binding != expected or not isinstance(binding, bytes):
        raise Refused("peer-misbehaved", "the binding")
    return keys


@dataclass(frozen=True)
class Request:
    """What a request says, opened (spec 3.1.2)."""

    hash: bytes
    plain: bytes
    curve: bytes
    hybrid: bytes
    s1: bytes
    olm: bytes
    reserve: list[bytes]


@dataclass
class Inviting:
    """An inviter that waits for requests (spec 3.1.3, 3.1.4), from its stored state (spec 7.2)."""

    invitation: Invitation
    account: bytes
    private: bytes
    answered: list[bytes] | None
    refusals: list[bytes]

    @classmethod
    def load(cls, raw: bytes) -> "Inviting":
        """An inviter from its state.

        Args:
            raw: `inviting`.

        Returns:
            The inviter.

        Raises:
            Refused: `malformed`.
        """
        made, account, private, answered, refusals = cbor.layout(raw, 6)
        if answered is not None:
            cbor.octets(cbor.items(answered, 2, 2)[0], 32)
        told = [cbor.octets(one, 32) for one in cbor.items(refusals, 8)]
        return cls(Invitation.read(made), account, private, answered, told)

    def save(self) -> bytes:
        """Its state.

        Returns:
            `inviting`.
        """
        return cbor.encode([1, self.invitation.raw, self.account, self.private, self.answered, self.refusals])

    def come(self, envelope: bytes, now: int, trace: dict[str, Any]) -> Request | str:
        """A request comes; the order is that of spec 3.1.3.

        Args:
            envelope: the envelope.
            now: seconds since 1970.
            trace: takes what Olm gives, if it is asked.

        Returns:
            The first request; or `repeated`, or `refused`.

        Raises:
            Refused: as the step says.
        """
        kind, request = unseal(self.invitation.key(JOINER), envelope)
        if kind != 1:
            raise malformed("no request")
        name = digest("request", request)
        if self.answered is not None and self.answered[0] == name:
            return "repeated"
        if self.answered is not None or now >= self.invitation.expires:
            self.refusals = [*self.refusals, *([] if name in self.refusals else [name])][-8:]
            return "refused"
        return self._read(name, request, trace)

    def _read(self, name: bytes, request: bytes, trace: dict[str, Any]) -> Request:
        try:
            plain = xwing.unseal(self.private, info("request", self.invitation.hash), request)
        except xwing.NotAuthentic:
            raise Refused("not-for-us", "HPKE") from None
        curve, hybrid, s1, message = cbor.layout(plain, 5)
        for value, size in ((curve, 32), (hybrid, xwing.PUBLIC), (s1, 32), (message, None)):
            cbor.octets(value, size)
        trace["olm_plaintext"] = None
        try:
            trace["olm_plaintext"] = Account.load(self.account).accept(message, curve)[1]
        except OlmRefused as error:
            raise Refused("peer-misbehaved", f"Olm: {error}") from None
        bound = digest("request binding", self.invitation.hash, hybrid, s1)
        keys = _inside(trace["olm_plaintext"], bound)
        xwing.check_public(hybrid)
        return Request(name, plain, curve, hybrid, s1, message, reserve(keys))

    def owed(self) -> list[bytes]:
        """What it owes by way of refusals, and forgets when it is sent (spec 3.1.4).

        Returns:
            The contents.
        """
        told, self.refusals = self.refusals, []
        return [b"\x03" + one for one in told]


@dataclass(frozen=True)
class Reply:
    """What a reply says, opened (spec 3.1.3)."""

    reply: bytes
    plain: bytes
    s2: bytes
    olm: bytes
    reserve: list[bytes]


@dataclass(frozen=True)
class Joining:
    """A joiner that waits for the reply (spec 3.1.3, 3.1.4), from its stored state (spec 7.2)."""

    invitation: Invitation
    account: bytes
    session: bytes
    private: bytes
    s1: bytes
    request: bytes
    reserve: list[bytes]

    @classmethod
    def load(cls, raw: bytes) -> "Joining":
        """A joiner from its state.

        Args:
            raw: `joining`.

        Returns:
            The joiner.

        Raises:
            Refused: `malformed`.
        """
        made, account, session, private, s1, request, keys = cbor.layout(raw, 8)
        return cls(Invitation.read(made), account, session, private, s1, request, reserve(keys))

    def save(self) -> bytes:
        """Its state.

        Returns:
            `joining`.
        """
        secrets = self.account, self.session, self.private, self.s1
        return cbor.encode([1, self.invitation.raw, *secrets, self.request, self.reserve])

    def come(self, envelope: bytes, now: int, trace: dict[str, Any]) -> Reply:
        """Reads what came for it; the order is that of spec 3.1.3.

        Args:
            envelope: the envelope.
            now: seconds since 1970.
            trace: takes what Olm gives, if it is asked.

        Returns:
            The reply.

        Raises:
            Refused: as the step says.
        """
        kind, reply = unseal(self.invitation.key(INVITER), envelope)
        ours = digest("request", self.request)
        if kind == 3:
            if reply != ours:
                raise Refused("already-opened", "a refusal of another request")
            self.invitation.use(now)
            raise Refused("invitation-used", "a refusal of this request")
        if kind != 2:
            raise malformed("neither reply nor refusal")
        try:
            plain = xwing.unseal(self.private, info("reply", self.invitation.hash, ours), reply)
        except xwing.NotAuthentic:
            raise Refused("already-opened", "about another request") from None
        s2, message = cbor.layout(plain, 3)
        cbor.octets(s2, 32)
        cbor.octets(message)
        trace["olm_plaintext"] = None
        try:
            trace["olm_plaintext"] = Session.load(self.session).decrypt(message)
        except OlmRefused as error:
            raise Refused("peer-misbehaved", f"Olm: {error}") from None
        keys = _inside(trace["olm_plaintext"], digest("reply binding", self.invitation.hash, ours, s2))
        return Reply(reply, plain, s2, message, reserve(keys))

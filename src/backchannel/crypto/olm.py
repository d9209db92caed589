"""Olm: 3DH and the double ratchet, from vodozemac (the Olm specification, matrix.org).

Names follow vodozemac; bytes in, bytes out. A pickle's initialisation vector comes from its key, so every pickle here
is made under a key that is used for it alone, and carries that key in front: it is plaintext for our purposes and
belongs inside the encrypted vault only.
"""

from __future__ import annotations

from binascii import Error as Base64Error
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import vodozemac

from backchannel.errors import Malformed

PICKLE_KEY_SIZE: Final = 32
KEY_SIZE: Final = 32
TAG_SIZE: Final = 8
PRE_KEY: Final = 0
NORMAL: Final = 1

Randomness = Callable[[int], bytes]
"""Gives that many fresh random bytes."""


class OlmRefused(Exception):
    """Olm cannot open this message: changed, opened before, too far ahead, or of another session."""


def _key(raw: bytes) -> vodozemac.Curve25519PublicKey:
    try:
        return vodozemac.Curve25519PublicKey.from_bytes(raw)
    except (ValueError, Base64Error) as error:
        raise Malformed("Curve25519 key") from error


def _message(kind: int, raw: bytes) -> vodozemac.AnyOlmMessage:
    try:
        return vodozemac.AnyOlmMessage.from_parts(kind, raw)
    except ValueError as error:
        raise OlmRefused("not an Olm message") from error


class Session:
    """One double ratchet with the peer."""

    __slots__ = ("_session", "tag")

    def __init__(self, session: vodozemac.Session) -> None:
        self._session = session
        self.tag: Final = session_tag(session.session_id)

    def encrypt(self, plaintext: bytes) -> tuple[int, bytes]:
        """Return the message's type (`PRE_KEY` until the peer has answered, then `NORMAL`) and its bytes."""
        return self._session.encrypt(plaintext).to_parts()

    def decrypt(self, kind: int, raw: bytes) -> bytes:
        """Return the plaintext.

        Raises:
            OlmRefused: changed, opened before, or too far ahead; the session is as it was.
        """
        try:
            return self._session.decrypt(_message(kind, raw))
        except ValueError as error:
            raise OlmRefused from error

    def pickle(self, randomness: Randomness) -> bytes:
        """Return the session as secret bytes, under a pickle key of their own."""
        key = randomness(PICKLE_KEY_SIZE)
        return key + self._session.pickle(key).encode()

    @classmethod
    def from_pickle(cls, data: bytes) -> Session:
        """Read what `pickle` wrote."""
        key, body = data[:PICKLE_KEY_SIZE], data[PICKLE_KEY_SIZE:]
        try:
            return cls(vodozemac.Session.from_pickle(body.decode(), key))
        except ValueError as error:
            raise Malformed("session pickle") from error


class Account:
    """The long-term key of one side of one line, and its one-time keys."""

    __slots__ = ("_account",)

    def __init__(self, account: vodozemac.Account | None = None) -> None:
        self._account = account or vodozemac.Account()

    @property
    def identity(self) -> bytes:
        """Return the Curve25519 identity key, 32 bytes."""
        return self._account.curve25519_key.to_bytes()

    def new_one_time_keys(self, count: int) -> list[bytes]:
        """Make `count` one-time keys and return their public halves, 32 bytes each."""
        self._account.generate_one_time_keys(count)
        keys = [key.to_bytes() for key in self._account.one_time_keys.values()]
        self._account.mark_keys_as_published()
        return keys

    def start(self, identity: bytes, one_time_key: bytes) -> Session:
        """Start a session with the holder of these public keys.

        Raises:
            Malformed: one of them is not a key.
        """
        try:
            return Session(self._account.create_outbound_session(_key(identity), _key(one_time_key)))
        except ValueError as error:
            raise Malformed("Olm key") from error

    def answer(self, identity: bytes, raw: bytes) -> tuple[Session, bytes]:
        """Return the session that a pre-key message starts, and its plaintext; uses up the one-time key.

        Args:
            identity: the Curve25519 identity key that the message must come from.
            raw: the pre-key message.

        Raises:
            OlmRefused: from someone else, changed, or for a one-time key that is gone.
        """
        message = _message(PRE_KEY, raw).to_pre_key()
        if message is None:
            raise OlmRefused("not a pre-key message")
        try:
            session, plaintext = self._account.create_inbound_session(_key(identity), message)
        except ValueError as error:
            raise OlmRefused from error
        return Session(session), plaintext

    def pickle(self, randomness: Randomness) -> bytes:
        """Return the account as secret bytes, under a pickle key of their own."""
        key = randomness(PICKLE_KEY_SIZE)
        return key + self._account.pickle(key).encode()

    @classmethod
    def from_pickle(cls, data: bytes) -> Account:
        """Read what `pickle` wrote."""
        key, body = data[:PICKLE_KEY_SIZE], data[PICKLE_KEY_SIZE:]
        try:
            return cls(vodozemac.Account.from_pickle(body.decode(), key))
        except ValueError as error:
            raise Malformed("account pickle") from error


def session_tag(session_id: str) -> bytes:
    """Return the 8 bytes by which both sides name a session inside the outer seal (spec 3.3)."""
    return sha256(session_id.encode()).digest()[:TAG_SIZE]


def pre_key_tag(raw: bytes) -> bytes:
    """Return the tag of the session that a pre-key message belongs to.

    Raises:
        OlmRefused: not a pre-key message.
    """
    message = _message(PRE_KEY, raw).to_pre_key()
    if message is None:
        raise OlmRefused("not a pre-key message")
    return session_tag(message.session_id())

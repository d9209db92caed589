"""A short spoken code: an invitation handed over while both are online, for one guess (spec 3.7).

    3.7.1  code = 12 digits: 4 name two mailboxes on the relay, all 12 are the password of SPAKE2
    3.7.2  offer        inviter -> joiner    [1, SPAKE2 message A]
    3.7.3  answer       joiner -> inviter    [1, SPAKE2 message B, confirmation]
    3.7.4  invitation   inviter -> joiner    the invitation, sealed under the agreed key

The inviter takes one answer. If its confirmation is wrong the code is dead, so whoever guesses has one try in a hundred
million, and is noticed. The safety number counts all the same.
"""

from __future__ import annotations

from hmac import compare_digest
from typing import Final

from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import Randomness
from backchannel.crypto.pake import MESSAGE_SIZE, CodeExchange
from backchannel.crypto.suite import Role, digest, info
from backchannel.errors import CodeRefused, Malformed, NotForUs
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.line.safety_number import read_digits
from backchannel.line.seal import ContentType, seal, unseal
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import fields, sized

DIGITS: Final = 12
PLATE: Final = 4


def new_code(randomness: Randomness) -> str:
    """Return twelve digits in groups of four."""
    digits = str(int.from_bytes(randomness(16), "big") % 10**DIGITS).zfill(DIGITS)
    return "-".join(digits[at : at + 4] for at in range(0, DIGITS, 4))


def read_code(typed: str) -> str:
    """Return the digits of a code as a person typed it.

    Raises:
        CodeRefused: not twelve digits.
    """
    digits = read_digits(typed)
    if len(digits) != DIGITS:
        raise CodeRefused(f"it has {len(digits)} digits, a code has {DIGITS}")
    return digits


def code_mailbox(digits: str, writer: Role) -> Mailbox:
    """Return the mailbox of one direction; whoever knows the first four digits can find it."""
    return mailbox_from(_plate_secret(digits), writer, b"code")


class InviterCode:
    """The inviter's side of one code; used once."""

    __slots__ = ("_digits", "_exchange")

    def __init__(self, digits: str) -> None:
        self._digits = digits
        self._exchange = CodeExchange(_password(digits), inviter=True)

    def offer(self, randomness: Randomness) -> bytes:
        """Return the offer's envelope (spec 3.7.2)."""
        body = bytes([ContentType.CODE_OFFER]) + encode([1, self._exchange.message])
        return seal(_plate_key(self._digits), randomness(24), body)

    def invitation(self, answer: bytes, invitation: bytes, randomness: Randomness) -> bytes:
        """Return the invitation's envelope for the one who gave the right answer (spec 3.7.4).

        Raises:
            CodeRefused: the answer is not of one who knows the code; the code is dead.
        """
        try:
            theirs, confirmation = fields(
                decode(_content(self._digits, answer, ContentType.CODE_ANSWER)), 1, 2, "answer"
            )
            key = self._exchange.finish(sized(theirs, MESSAGE_SIZE, "SPAKE2 message"))
        except Malformed as error:
            raise CodeRefused("somebody answered who does not know the code") from error
        bound = digest("code exchange", self._exchange.message, theirs)
        if type(confirmation) is not bytes or not compare_digest(confirmation, _confirmation(key, bound)):
            raise CodeRefused("somebody answered who does not know the code")
        body = bytes([ContentType.CODE_INVITATION]) + invitation
        return seal(_invitation_key(key, bound), randomness(24), body)


class JoinerCode:
    """The joiner's side of one code; used once."""

    __slots__ = ("_bound", "_digits", "_key")

    def __init__(self, digits: str) -> None:
        self._digits = digits
        self._key = b""
        self._bound = b""

    def answer(self, offer: bytes, randomness: Randomness) -> bytes:
        """Return the answer's envelope (spec 3.7.3).

        Raises:
            CodeRefused: what lies there is no offer.
        """
        try:
            (theirs,) = fields(decode(_content(self._digits, offer, ContentType.CODE_OFFER)), 1, 1, "offer")
            exchange = CodeExchange(_password(self._digits), inviter=False)
            self._key = exchange.finish(sized(theirs, MESSAGE_SIZE, "SPAKE2 message"))
        except Malformed as error:
            raise CodeRefused("what lies there is no offer") from error
        self._bound = digest("code exchange", theirs, exchange.message)
        confirmation = _confirmation(self._key, self._bound)
        body = bytes([ContentType.CODE_ANSWER]) + encode([1, exchange.message, confirmation])
        return seal(_plate_key(self._digits), randomness(24), body)

    def invitation(self, envelope: bytes) -> bytes:
        """Return the invitation's bytes (spec 3.7.4).

        Raises:
            CodeRefused: it was not sealed by one who knows the code.
        """
        try:
            content_type, body = unseal(_invitation_key(self._key, self._bound), envelope)
        except (NotForUs, Malformed) as error:
            raise CodeRefused from error
        if content_type is not ContentType.CODE_INVITATION:
            raise CodeRefused
        return body


def _content(digits: str, envelope: bytes, wanted: ContentType) -> bytes:
    try:
        content_type, body = unseal(_plate_key(digits), envelope)
    except NotForUs as error:
        raise Malformed("not sealed for this code") from error
    if content_type is not wanted:
        raise Malformed("another step of the exchange")
    return body


def _plate_secret(digits: str) -> bytes:
    return digest("code plate", digits[:PLATE])


def _plate_key(digits: str) -> bytes:
    return derive(_plate_secret(digits), info("code seal"))


def _password(digits: str) -> bytes:
    return info("code password", digits)


def _confirmation(key: bytes, bound: bytes) -> bytes:
    return derive(key, info("code confirmation", bound))


def _invitation_key(key: bytes, bound: bytes) -> bytes:
    return derive(key, info("code invitation", bound))

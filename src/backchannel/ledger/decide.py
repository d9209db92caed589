"""What a person may say about deals and promises, before it is said: an error, or an event's kind and body.

Facts of the world come in: whether the line is verified, which hash was shown with the whole text, and the time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused, NotVerified
from backchannel.ledger.deal import Countersignature, Signature, draft, sign
from backchannel.ledger.evolve import apply
from backchannel.ledger.kinds import Body, Proposed, Released, Said, Signed, Upheld, Withdrawn, Witnessed, write_body
from backchannel.ledger.promise import Mark
from backchannel.ledger.state import Ledger
from backchannel.ledger.terms import Terms
from backchannel.wire.coverage import LARGEST_NUMBER


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who is about to say something, and when.

    Attributes:
        role: their role on the line.
        now: milliseconds since 1970.
        verified: whether the line's safety number was compared.
    """

    role: Role
    now: int
    verified: bool


def propose(ledger: Ledger, speaker: Speaker, terms: Terms, languages: Sequence[str]) -> tuple[str, bytes]:
    """Return the event that proposes a deal; it binds nobody.

    Raises:
        TermsRefused: the terms make no sense, or something is due before the deal.
        DealRefused: it was proposed before, or amends what is not in force.
    """
    made = draft(terms, languages)
    return _say(ledger, speaker, Proposed(made.raw, made.languages))


def sign_deal(ledger: Ledger, speaker: Speaker, deal_hash: bytes, shown: bytes, key: SigningKey) -> tuple[str, bytes]:
    """Return the event that signs a deal: on purpose, on a verified line, after the whole text was shown.

    Args:
        ledger: what was agreed so far.
        speaker: who signs.
        deal_hash: what to sign.
        shown: the hash that was shown beside the whole text.
        key: made for this deal alone.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: another text was shown, or it cannot be signed any more.
        TermsRefused: something in it has become due.
    """
    made = sign_apart(ledger, speaker, deal_hash, shown, key)
    return write_body(Signed(deal_hash, made.public, made.signature))


def sign_apart(ledger: Ledger, speaker: Speaker, deal_hash: bytes, shown: bytes, key: SigningKey) -> Signature:
    """Return a signature that `sign_deal` would say on the line, to be given to a guarantor instead.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: another text was shown, or it cannot be signed any more.
        TermsRefused: something in it has become due.
    """
    if not speaker.verified:
        raise NotVerified
    if shown != deal_hash:
        raise DealRefused("what was shown is another text")
    ledger.deal(deal_hash)
    made = sign(deal_hash, speaker.role, key)
    _say(ledger, speaker, Signed(deal_hash, made.public, made.signature))
    return made


def withdraw(ledger: Ledger, speaker: Speaker, deal_hash: bytes) -> tuple[str, bytes]:
    """Return the event that withdraws from a deal that is not in force.

    Raises:
        DealRefused: it is in force, or withdrawn already.
    """
    return _say(ledger, speaker, Withdrawn(deal_hash))


def uphold(ledger: Ledger, speaker: Speaker, deal_hash: bytes) -> tuple[str, bytes]:
    """Return the event by which the side that withdrew stands by a contested deal.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: it is not contested, or not by this side.
    """
    if not speaker.verified:
        raise NotVerified
    return _say(ledger, speaker, Upheld(deal_hash))


def witness(ledger: Ledger, speaker: Speaker, deal_hash: bytes, one: Countersignature) -> tuple[str, bytes]:
    """Return the event that brings a witness's signature to the line.

    Raises:
        DealRefused: the deal is not in force.
        SignatureRefused: it does not hold.
    """
    return _say(ledger, speaker, Witnessed(deal_hash, one.name, one.capacity, one.public, one.signature))


def bring_release(ledger: Ledger, speaker: Speaker, released: Released) -> tuple[str, bytes]:
    """Return the event that brings what a guarantor released to the line.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: it was brought before, or is no longer to be had.
        DealVoid, SignatureRefused: it does not hold.
        TermsRefused: something in it has become due.
    """
    if not speaker.verified:
        raise NotVerified
    if ledger.deal(released.deal).released:
        raise DealRefused("it was brought to this line before")
    return _say(ledger, speaker, released)


def say(ledger: Ledger, speaker: Speaker, said: Said) -> tuple[str, bytes]:
    """Return the event that claims, confirms, disputes, waives or calls violated.

    Raises:
        DealRefused: there is no such promise in force.
        NotYoursToSay: it is for the other side to say.
        MoveRefused: it does not follow.
    """
    return _say(ledger, speaker, said)


def _say(ledger: Ledger, speaker: Speaker, body: Body) -> tuple[str, bytes]:
    # Whoever is about to speak has seen all that is in the ledger, so nothing of theirs has crossed.
    apply(ledger, Mark(b"", speaker.role, LARGEST_NUMBER, LARGEST_NUMBER, speaker.now), body)
    return write_body(body)

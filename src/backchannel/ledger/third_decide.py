"""What a person may say on a line with a third party, before it is said: an error, or an event's kind and body.

All of it on a verified line: whoever is at its other end is shown a text, or trusted with a signature.
"""

from __future__ import annotations

from collections.abc import Sequence

from backchannel.errors import DealRefused, NotVerified
from backchannel.ledger.deal import Countersignature, Draft, Signature
from backchannel.ledger.decide import Speaker
from backchannel.ledger.kinds import Released, Witnessed
from backchannel.ledger.promise import Mark
from backchannel.ledger.terms import check_dates
from backchannel.ledger.third import Holding, ThirdParty, apply_third
from backchannel.ledger.third_kinds import Deposited, Shown, TakenBack, ThirdBody, write_third_body
from backchannel.wire.coverage import LARGEST_NUMBER


def show(state: ThirdParty, speaker: Speaker, draft: Draft, both: Sequence[Signature] = ()) -> tuple[str, bytes]:
    """Return the event that shows a deal to the other end.

    Args:
        state: of the line.
        speaker: who shows it.
        draft: the deal.
        both: the signatures of both sides, or none.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: it was shown before.
        DealVoid: only one side signed.
    """
    return _say(state, speaker, Shown(draft.raw, draft.languages, tuple(both)))


def witness_shown(
    state: ThirdParty, speaker: Speaker, deal_hash: bytes, one: Countersignature
) -> tuple[str, bytes]:  # fmt: skip
    """Return the event that gives the other end a countersignature under a deal that it showed.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: it was not shown here.
        DealVoid: it was shown without both signatures.
        SignatureRefused: the countersignature does not hold.
    """
    return _say(state, speaker, Witnessed(deal_hash, one.name, one.capacity, one.public, one.signature))


def deposit(state: ThirdParty, speaker: Speaker, draft: Draft, signature: Signature) -> tuple[str, bytes]:
    """Return the event that gives a signature into the hands of whoever is at the other end.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: there is one already.
        SignatureRefused: it does not hold.
        TermsRefused: something in the deal has become due.
    """
    return _say(state, speaker, Deposited(draft.raw, draft.languages, signature))


def take_back(state: ThirdParty, speaker: Speaker, deal_hash: bytes) -> tuple[str, bytes]:
    """Return the event that takes a deposited signature back.

    Raises:
        DealRefused: there is none, or it was released.
    """
    return _write_checked(state, speaker, TakenBack(deal_hash))


def release(state: ThirdParty, speaker: Speaker, released: Released) -> tuple[str, bytes]:
    """Return the event that gives both signatures out on one of the two lines.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: the signature of this line is not held.
        DealVoid, SignatureRefused: the signatures do not hold.
        TermsRefused: something in the deal has become due.
    """
    one = state.deposit(released.deal)
    if one.holding is not Holding.HELD:
        raise DealRefused(f"a signature is {one.holding.value}")
    if one.signature not in released.both:
        raise DealRefused("it holds another signature than the one that is held")
    check_dates(one.draft.terms, speaker.now // 1000)
    return _say(state, speaker, released)


def _say(state: ThirdParty, speaker: Speaker, body: ThirdBody) -> tuple[str, bytes]:
    if not speaker.verified:
        raise NotVerified
    return _write_checked(state, speaker, body)


def _write_checked(state: ThirdParty, speaker: Speaker, body: ThirdBody) -> tuple[str, bytes]:
    # Whoever is about to speak has seen all that is here, so nothing of theirs has crossed.
    apply_third(state, Mark(b"", speaker.role, LARGEST_NUMBER, LARGEST_NUMBER, speaker.now), body)
    return write_third_body(body)

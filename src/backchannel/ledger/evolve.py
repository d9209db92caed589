"""What each event makes of the ledger (spec 12.5): a pure fold, the same on both sides.

`apply` refuses with an error what does not follow, and `decide` asks it before anything is said. `evolve` is for what
was said: an event that does not follow, whoever wrote it, counts for nothing and is kept as ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from types import MappingProxyType

from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError, DealRefused, SignatureRefused
from backchannel.ledger.deal import (
    MOST_WITNESSES,
    Countersignature,
    Signature,
    check_countersignature,
    check_release,
    check_signature,
    draft_from,
)
from backchannel.ledger.kinds import (
    KINDS,
    Body,
    Proposed,
    Released,
    Said,
    Signed,
    Upheld,
    Withdrawn,
    Witnessed,
    read_body,
)
from backchannel.ledger.promise import OPEN, Life, Mark, Promise, said_of
from backchannel.ledger.state import Deal, Ignored, Ledger, Status
from backchannel.ledger.terms import check_dates
from backchannel.log.event import Event
from backchannel.log.fold import fold


def mark_of(event: Event) -> Mark:
    """Return what of an event matters here."""
    return Mark(event.id, Role(event.author), event.number, event.seen, event.clock)


def evolve(ledger: Ledger, event: Event) -> Ledger:
    """Return the ledger after an event of any kind; events come in the one order (spec 4.3)."""
    if event.kind not in KINDS:
        return ledger
    try:
        return apply(ledger, mark_of(event), read_body(event.kind, event.body))
    except BackchannelError as error:
        return replace(ledger, ignored=(*ledger.ignored, Ignored(event.id, error.code)))


def fold_ledger(events: Iterable[Event], start: Ledger) -> Ledger:
    """Return the ledger after events that come in the one order."""
    return fold(evolve, events, start)


def apply(ledger: Ledger, mark: Mark, body: Body) -> Ledger:
    """Return the ledger after something was said.

    Args:
        ledger: before.
        mark: the event that says it.
        body: what it says.

    Raises:
        BackchannelError: it does not follow; each case has its own class.
    """
    match body:
        case Proposed():
            return _proposed(ledger, mark, body)
        case Signed():
            return _signed(ledger, mark, body)
        case Withdrawn():
            return _withdrawn(ledger, mark, body)
        case Upheld():
            return _upheld(ledger, mark, body)
        case Witnessed():
            return _witnessed(ledger, mark, body)
        case Released():
            return _released(ledger, mark, body)
        case Said():
            return _said(ledger, mark, body)


def _proposed(ledger: Ledger, mark: Mark, body: Proposed) -> Ledger:
    draft = draft_from(body.terms, body.languages)
    if draft.hash in ledger.deals:
        raise DealRefused("it was proposed before")
    if draft.terms.line != ledger.line:
        raise DealRefused("it was made on another line")
    check_dates(draft.terms, mark.clock // 1000)
    if draft.terms.amends is not None:
        _amendable(ledger, draft.terms.amends)
    return replace(ledger, deals=MappingProxyType({**ledger.deals, draft.hash: Deal(draft, mark)}))


def _amendable(ledger: Ledger, amended: bytes) -> None:
    if ledger.deal(amended).status is not Status.IN_FORCE:
        raise DealRefused("the deal that it would replace is not in force")


def _signed(ledger: Ledger, mark: Mark, body: Signed) -> Ledger:
    deal = ledger.deal(body.deal)
    if mark.author in deal.signatures:
        raise DealRefused("this side signed it before")
    crossed = deal.withdrawn is not None and not mark.saw(deal.withdrawn)
    if deal.status not in (Status.PROPOSED, Status.HALF_SIGNED) and not crossed:
        raise DealRefused(f"it is {deal.status.value}")
    check_dates(deal.draft.terms, mark.clock // 1000)
    signature = Signature(mark.author, body.public, body.signature)
    check_signature(body.deal, signature)
    if any(other.public == body.public for other, _ in deal.signatures.values()):
        raise SignatureRefused("both sides with one key")
    signatures = MappingProxyType({**deal.signatures, mark.author: (signature, mark)})
    ledger = ledger.with_deal(body.deal, signatures=signatures)
    if len(signatures) < len(Role):
        return ledger if crossed else ledger.with_deal(body.deal, status=Status.HALF_SIGNED)
    if crossed:
        return ledger.with_deal(body.deal, status=Status.CONTESTED)
    return _into_force(ledger, body.deal, mark)


def _into_force(ledger: Ledger, deal_hash: bytes, mark: Mark) -> Ledger:
    terms = ledger.deals[deal_hash].draft.terms
    if terms.amends is not None:
        _amendable(ledger, terms.amends)
        ledger = ledger.with_deal(terms.amends, status=Status.AMENDED, amended_by=deal_hash)
        ledger = ledger.with_promises(
            *(replace(one, life=Life.REPLACED) for one in ledger.of(terms.amends) if one.life in OPEN)
        )
    promises = [
        Promise(
            deal_hash, one, Life.CONDITIONAL if one.after else Life.IN_EFFECT, None if one.after else mark.clock, mark
        )
        for one in terms.obligations
    ]
    return ledger.with_deal(deal_hash, status=Status.IN_FORCE).with_promises(*promises)


def _withdrawn(ledger: Ledger, mark: Mark, body: Withdrawn) -> Ledger:
    deal = ledger.deal(body.deal)
    if deal.status is Status.CONTESTED:
        if deal.withdrawn is None or deal.withdrawn.author is mark.author:
            raise DealRefused("this side withdrew before")
        return ledger.with_deal(body.deal, status=Status.WITHDRAWN)
    if deal.status is Status.IN_FORCE:
        last = max(
            (signed for _, signed in deal.signatures.values()), key=lambda one: (one.number + one.seen, one.author)
        )
        if any(mark.saw(one) for one in deal.released or (last,)) or any(
            promise.history for promise in ledger.of(body.deal)
        ):
            raise DealRefused("it is in force; it can only be replaced by another")
        kept = {key: promise for key, promise in ledger.promises.items() if key[0] != body.deal}
        contested = ledger.with_deal(body.deal, status=Status.CONTESTED, withdrawn=mark)
        return replace(contested, promises=MappingProxyType(kept))
    if deal.status not in (Status.PROPOSED, Status.HALF_SIGNED):
        raise DealRefused(f"it is {deal.status.value}")
    return ledger.with_deal(body.deal, status=Status.WITHDRAWN, withdrawn=mark)


def _upheld(ledger: Ledger, mark: Mark, body: Upheld) -> Ledger:
    deal = ledger.deal(body.deal)
    if deal.status is not Status.CONTESTED:
        raise DealRefused(f"it is {deal.status.value}")
    if deal.withdrawn is None or deal.withdrawn.author is not mark.author:
        raise DealRefused("only the side that withdrew can uphold it")
    return _into_force(ledger.with_deal(body.deal, withdrawn=None), body.deal, mark)


def _witnessed(ledger: Ledger, mark: Mark, body: Witnessed) -> Ledger:
    deal = ledger.deal(body.deal)
    if deal.status is not Status.IN_FORCE:
        raise DealRefused(f"it is {deal.status.value}")
    one = Countersignature(body.name, body.capacity, body.public, body.signature)
    used = [*(signature.public for signature in deal.both), *(other.public for other, _ in deal.witnesses)]
    if one.public in used or len(deal.witnesses) >= MOST_WITNESSES:
        raise SignatureRefused("one key twice, or too many witnesses")
    check_countersignature(body.deal, deal.both, one)
    return ledger.with_deal(body.deal, witnesses=(*deal.witnesses, (one, mark)))


def _released(ledger: Ledger, mark: Mark, body: Released) -> Ledger:
    deal = ledger.deal(body.deal)
    check_release(body.deal, body.both, body.guarantor)
    if deal.released:
        if deal.both != body.both or all(one != body.guarantor for one, _ in deal.witnesses):
            raise DealRefused("a guarantor released other signatures before")
        return ledger.with_deal(body.deal, released=(*deal.released, mark))  # each side may bring it
    let_go = len(deal.signatures) == len(Role)  # both withdrew from what both had signed
    if deal.status not in (Status.PROPOSED, Status.HALF_SIGNED, Status.WITHDRAWN) or let_go:
        raise DealRefused(f"it is {deal.status.value}")
    check_dates(deal.draft.terms, mark.clock // 1000)
    ledger = ledger.with_deal(
        body.deal,
        signatures=MappingProxyType({one.role: (one, mark) for one in body.both}),
        witnesses=((body.guarantor, mark),),
        released=(mark,),
    )
    if deal.status is Status.WITHDRAWN:
        # When the guarantor let go cannot be seen on this line, so whether it crossed cannot either: neither wins.
        return ledger.with_deal(body.deal, status=Status.CONTESTED)
    return _into_force(ledger, body.deal, mark)


def _said(ledger: Ledger, mark: Mark, body: Said) -> Ledger:
    if ledger.deal(body.deal).status not in (Status.IN_FORCE, Status.AMENDED):
        raise DealRefused(f"it is {ledger.deal(body.deal).status.value}")
    promise = said_of(ledger.promise(body.deal, body.promise), mark, body)
    changed = [promise]
    if promise.life in (Life.CONFIRMED, Life.WAIVED):
        changed += [
            replace(other, life=Life.IN_EFFECT, since=mark.clock)
            for other in ledger.of(body.deal)
            if other.obligation.after == body.promise and other.life is Life.CONDITIONAL
        ]
    return ledger.with_promises(*changed)

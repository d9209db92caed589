"""Decide: whether an act of the owner's may be done now, and the event that it becomes (spec 10.3.3).

What the fold would ignore is refused here with an error, so nothing is ever sent that counts for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from backchannel.errors import (
    BackchannelError,
    Contested,
    InputRefused,
    IssueClosed,
    IssueUnknown,
    IssueValueRefused,
    Malformed,
    NotVerified,
    OfferClosed,
    OfferExpired,
    TableRefused,
    TableUnknown,
    WrongSide,
)
from backchannel.log.event import write_event
from backchannel.table.acts import AcceptOffer, Act, DecideText, MakeOffer, OfferKind, Settle
from backchannel.table.bodies import body_of, read_act
from backchannel.table.evolve import TAKES
from backchannel.table.model import Reason, Table, trace_of
from backchannel.table.working import Working

ERRORS: Final[Mapping[Reason, type[BackchannelError]]] = {
    Reason.MALFORMED: InputRefused,
    Reason.UNKNOWN_PROPOSAL: TableUnknown,
    Reason.OWN_PROPOSAL: WrongSide,
    Reason.ANSWERED: TableRefused,
    Reason.OVERTAKEN: TableRefused,
    Reason.KEY_TAKEN: TableRefused,
    Reason.AGENDA_FULL: TableRefused,
    Reason.UNKNOWN_ISSUE: IssueUnknown,
    Reason.CLOSED_ISSUE: IssueClosed,
    Reason.VALUE: IssueValueRefused,
    Reason.ISSUE_TWICE: InputRefused,
    Reason.UNKNOWN_OFFER: TableUnknown,
    Reason.OWN_OFFER: WrongSide,
    Reason.OTHERS_OFFER: WrongSide,
    Reason.EXPIRED: OfferExpired,
    Reason.CLOSED_OFFER: OfferClosed,
    Reason.AGREED: OfferClosed,
    Reason.FEELER: TableRefused,
    Reason.NOT_WHOLE: TableRefused,
    Reason.CONTESTED: Contested,
    Reason.NOT_CONTESTED: TableRefused,
    Reason.UNSEEN: TableRefused,
    Reason.SAID: TableRefused,
    Reason.NO_OUTCOME: TableRefused,
    Reason.UNKNOWN_TEXT: TableUnknown,
    Reason.UNKNOWN_CLAUSE: TableUnknown,
    Reason.DECIDED: TableRefused,
    Reason.BRACKETS: TableRefused,
    Reason.OLD_TEXT: TableRefused,
}
"""Why the fold would ignore an act -> the error that the owner gets instead."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What a decision needs to know beside the table.

    Attributes:
        role: the owner's: 0 is the inviter, 1 the joiner.
        own: how many events the owner's feed has.
        seen: how many events of the other feed the owner has, without a gap.
        now: milliseconds since 1970, by the owner's clock.
        verified: whether the safety number was compared.
    """

    role: int
    own: int
    seen: int
    now: int
    verified: bool


def decide(state: Table, act: Act, facts: Facts) -> list[tuple[str, bytes]]:
    """Return the kinds and bodies of the events that an act becomes.

    Args:
        state: the table as the owner sees it.
        act: what the owner wants to do.
        facts: what else must be known.

    Raises:
        TableRefused: one of its kinds: the act is not possible at this table.
        NotVerified: it would bind, and the line is not verified.
        InputRefused: it is not of the form of 10.1 and 10.2; the detail names what is wrong.
        Oversize: it is too large for one event.
    """
    if not facts.verified and _binds(state, act):
        raise NotVerified
    try:
        kind, body = body_of(act)
        again = read_act(kind, body)  # what is written must be what the other side can read
    except Malformed as error:
        raise InputRefused(error.detail) from error
    event = write_event(author=facts.role, number=facts.own + 1, seen=facts.seen, clock=facts.now, kind=kind, body=body)
    if isinstance(again, MakeOffer) and again.until is not None and again.until.moment <= facts.now:
        raise OfferExpired("it would be over before it is made")
    refusal = TAKES[type(act)](Working(state), trace_of(event), again)
    if refusal is not None:
        detail = f"{refusal.detail}: {refusal.reason}" if refusal.detail else str(refusal.reason)
        raise ERRORS[refusal.reason](detail)
    return [(kind, body)]


def _binds(state: Table, act: Act) -> bool:
    """Say whether an act would bind its author."""
    match act:
        case MakeOffer(kind=kind):
            return kind is OfferKind.BINDING
        case AcceptOffer(offer, None):
            return offer in state.offers and state.offers[offer].offer.kind is OfferKind.BINDING
        case Settle(outcome):
            return (
                outcome is not None
                and outcome in state.offers
                and state.offers[outcome].offer.kind is OfferKind.BINDING
            )
        case DecideText(yes=yes):
            return yes
        case _:
            return False

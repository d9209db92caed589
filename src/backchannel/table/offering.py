"""Offers: made, accepted, rejected, withdrawn (spec 10.4)."""

from __future__ import annotations

from dataclasses import replace

from backchannel.table.acts import AcceptOffer, MakeOffer, OfferKind, RejectOffer, WithdrawOffer
from backchannel.table.contest import contend, knew_all, knows_of_contest
from backchannel.table.model import Agreement, Reason, Standing, Trace
from backchannel.table.working import Refusal, Working


def make(work: Working, trace: Trace, act: MakeOffer) -> Refusal | None:
    """Take an offer."""
    issues = set()
    for identity, value in act.package.items():
        version = work.versions.get(identity)
        if version is None or version.agreed is None or not trace.knew(version.agreed):
            return Refusal(Reason.UNKNOWN_ISSUE)
        if version.ended is not None and trace.knew(version.ended):
            return Refusal(Reason.CLOSED_ISSUE, version.definition.key)
        if not version.definition.allows(value):
            return Refusal(Reason.VALUE, version.definition.key)
        issues.add(version.issue)
    if len(issues) != len(act.package):
        return Refusal(Reason.ISSUE_TWICE)
    if act.replies_to is not None:
        answered = work.offers.get(act.replies_to)
        if answered is None or not trace.knew(answered.trace):
            return Refusal(Reason.UNKNOWN_OFFER)
    work.own("offers")
    work.offers[trace.id] = Standing(trace, act)
    if act.replies_to is not None:
        answered = work.offers[act.replies_to]
        work.offers[act.replies_to] = replace(answered, replies=(*answered.replies, trace.id))
    return None


def accept(work: Working, trace: Trace, act: AcceptOffer) -> Refusal | None:
    """Take an acceptance: of the whole, or of some issues provisionally."""
    standing = work.offers.get(act.offer)
    if standing is None or not trace.knew(standing.trace):
        return Refusal(Reason.UNKNOWN_OFFER)
    refusal = _cannot_accept(work, trace, act, standing) or _lapsed(work, trace, standing)
    if refusal is not None:
        return refusal
    crossed = [one for one in (standing.withdrawn, standing.rejected) if one is not None]
    about = [act.offer]
    if act.versions is None:
        changes = _agenda_changes(work, standing)
        for change, refusal in changes:
            if trace.knew(change):
                return refusal
        crossed += [change for change, _ in changes]
        agreement = work.agreements[-1] if work.agreements else None
        if agreement is not None and not knew_all(trace, agreement.by):
            crossed += agreement.by
            about.append(agreement.offer)
    work.own("offers")
    if act.versions is None:
        work.offers[act.offer] = replace(standing, accepted=trace)
    else:
        work.offers[act.offer] = replace(standing, provisional=trace, versions=act.versions)
    if crossed or (act.versions is None and work.contest is not None):
        contend(work, [*crossed, trace], about)
    elif act.versions is None:
        work.own("agreements")
        work.agreements.append(Agreement(act.offer, (trace,)))
    return None


def reject(work: Working, trace: Trace, act: RejectOffer) -> Refusal | None:
    """Take a rejection; what was accepted provisionally falls with it."""
    standing = work.offers.get(act.offer)
    if standing is None or not trace.knew(standing.trace):
        return Refusal(Reason.UNKNOWN_OFFER)
    if standing.trace.author == trace.author:
        return Refusal(Reason.OWN_OFFER)
    if standing.accepted is not None and trace.knew(standing.accepted):
        return Refusal(Reason.AGREED)
    if _ended(trace, standing):
        return Refusal(Reason.CLOSED_OFFER)
    work.own("offers")
    work.offers[act.offer] = replace(standing, rejected=trace, reason=act.reason)
    if standing.accepted is not None:  # two branches of a fork: the same author, and neither act knew the other
        contend(work, [standing.accepted, trace], [act.offer])
    return None


def withdraw(work: Working, trace: Trace, act: WithdrawOffer) -> Refusal | None:
    """Take a withdrawal; one that crossed with an acceptance is contested."""
    standing = work.offers.get(act.offer)
    if standing is None or not trace.knew(standing.trace):
        return Refusal(Reason.UNKNOWN_OFFER)
    if standing.trace.author != trace.author:
        return Refusal(Reason.OTHERS_OFFER)
    if standing.accepted is not None and trace.knew(standing.accepted):
        return Refusal(Reason.AGREED)
    if _ended(trace, standing):
        return Refusal(Reason.CLOSED_OFFER)
    work.own("offers")
    work.offers[act.offer] = replace(standing, withdrawn=trace)
    met = [one for one in (standing.accepted, standing.provisional) if one is not None and not trace.knew(one)]
    if met:
        contend(work, [*met, trace], [act.offer])
    return None


def _cannot_accept(work: Working, trace: Trace, act: AcceptOffer, standing: Standing) -> Refusal | None:
    offer = standing.offer
    if standing.trace.author == trace.author:
        return Refusal(Reason.OWN_OFFER)
    if offer.until is not None and trace.clock > offer.until.moment:
        return Refusal(Reason.EXPIRED)
    if offer.kind is OfferKind.FEELER and act.versions is None:
        return Refusal(Reason.FEELER)
    if act.versions is not None and not set(act.versions) <= set(offer.package):
        return Refusal(Reason.UNKNOWN_ISSUE)
    if standing.held is not True and _ended(trace, standing):
        return Refusal(Reason.CLOSED_OFFER)
    if standing.accepted is not None:
        return Refusal(Reason.AGREED)
    if knows_of_contest(work, trace) and (
        act.versions is None or (work.contest is not None and act.offer in work.contest.offers)
    ):
        return Refusal(Reason.CONTESTED)
    return None


def _lapsed(work: Working, trace: Trace, standing: Standing) -> Refusal | None:
    """An agreement closes the offers that were made without knowing of it."""
    agreement = work.agreements[-1] if work.agreements else None
    if agreement is None or not knew_all(trace, agreement.by) or knew_all(standing.trace, agreement.by):
        return None
    return Refusal(Reason.CLOSED_OFFER)


def _ended(trace: Trace, standing: Standing) -> bool:
    """Say whether an act's author knew that an offer was over."""
    if standing.held is not None:
        return True
    return any(one is not None and trace.knew(one) for one in (standing.withdrawn, standing.rejected))


def _agenda_changes(work: Working, standing: Standing) -> list[tuple[Trace, Refusal]]:
    """Return the changes of the agenda by which an offer is not, or no longer, a package over the whole of it."""
    package = standing.offer.package
    changes = []
    for identity in package:
        version = work.versions[identity]
        if version.ended is not None:
            changes.append((version.ended, Refusal(Reason.CLOSED_ISSUE, version.definition.key)))
    for identity in work.agenda.values():
        version = work.versions[identity]
        if identity not in package and version.agreed is not None:
            changes.append((version.agreed, Refusal(Reason.NOT_WHOLE, version.definition.key)))
    return changes

"""The agenda: changes are proposed by one side and agreed by the other, all or none (spec 10.3.2).

A change names the version that it takes the place of, so of two that crossed the first in the one order stands, and the
other is overtaken, on both sides.
"""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from backchannel.table.acts import Add, AgreeIssues, Change, Close, DeclineIssues, ProposeIssues, Replace
from backchannel.table.bodies import MOST_ISSUES, VERSION_ID
from backchannel.table.contest import agenda_changed
from backchannel.table.model import Proposal, ProposalState, Reason, Trace, Version
from backchannel.table.working import Refusal, Working


def version_id(proposal: bytes, place: int) -> bytes:
    """Return the id of the version that the change at a place of a proposal makes (spec 10.1.2)."""
    return sha256(proposal + place.to_bytes(1, "big")).digest()[:VERSION_ID]


def propose(work: Working, trace: Trace, act: ProposeIssues) -> Refusal | None:
    """Take a proposal."""
    made: list[Version] = []
    named: list[bytes] = []
    taken: set[bytes] = set()
    keys: set[str] = set()
    for place, change in enumerate(act.changes):
        issue = identity = version_id(trace.id, place)
        if not isinstance(change, Add):
            base = work.versions.get(change.version)
            if base is None or base.agreed is None or not trace.knew(base.agreed):
                return Refusal(Reason.UNKNOWN_ISSUE)
            if base.ended is not None and trace.knew(base.ended):
                return Refusal(Reason.CLOSED_ISSUE, base.definition.key)
            if base.issue in taken:
                return Refusal(Reason.ISSUE_TWICE, base.definition.key)
            taken.add(base.issue)
            issue = base.issue
        if isinstance(change, Close):
            named.append(change.version)
            continue
        key = change.issue.key.casefold()
        if key in keys:
            return Refusal(Reason.KEY_TAKEN, change.issue.key)
        if identity in work.versions:
            return Refusal(Reason.OVERTAKEN)
        keys.add(key)
        named.append(identity)
        made.append(Version(identity, issue, change.issue, trace.id))
    known = _obstacle(work, act.changes)
    if known is not None and trace.knew(known[0]):
        return known[1]
    work.own("versions", "proposals")
    for version in made:
        work.versions[version.id] = version
    work.proposals[trace.id] = Proposal(trace, act.changes, tuple(named))
    return None


def agree(work: Working, trace: Trace, act: AgreeIssues) -> Refusal | None:
    """Take an agreement to a proposal: the agenda changes, unless another change was first."""
    proposal = work.proposals.get(act.proposal)
    if proposal is None or not trace.knew(proposal.trace):
        return Refusal(Reason.UNKNOWN_PROPOSAL)
    if proposal.trace.author == trace.author:
        return Refusal(Reason.OWN_PROPOSAL)
    if proposal.state in (ProposalState.AGREED, ProposalState.OVERTAKEN):
        return Refusal(Reason.ANSWERED)
    if proposal.answer is not None and trace.knew(proposal.answer):
        return Refusal(Reason.ANSWERED)  # a taking back that the other did not know of comes too late
    obstacle = _obstacle(work, proposal.changes)
    if obstacle is not None and trace.knew(obstacle[0]):
        return obstacle[1]
    work.own("proposals", "versions", "agenda")
    if obstacle is not None:
        work.proposals[act.proposal] = replace(proposal, state=ProposalState.OVERTAKEN, answer=trace)
        for change, identity in zip(proposal.changes, proposal.versions, strict=True):
            if not isinstance(change, Close):
                work.versions[identity] = replace(work.versions[identity], agreed=trace, ended=obstacle[0])
        return None
    for change, identity in zip(proposal.changes, proposal.versions, strict=True):
        if isinstance(change, Replace | Close):
            work.versions[change.version] = replace(work.versions[change.version], ended=trace)
        version = work.versions[identity]
        if isinstance(change, Close):
            del work.agenda[version.issue]
        else:
            work.versions[identity] = replace(version, agreed=trace)
            work.agenda[version.issue] = identity
    work.proposals[act.proposal] = replace(proposal, state=ProposalState.AGREED, answer=trace)
    agenda_changed(work, trace)
    return None


def decline(work: Working, trace: Trace, act: DeclineIssues) -> Refusal | None:
    """Take a declining, or a taking back by the author."""
    proposal = work.proposals.get(act.proposal)
    if proposal is None or not trace.knew(proposal.trace):
        return Refusal(Reason.UNKNOWN_PROPOSAL)
    if proposal.state is not ProposalState.OPEN:
        return Refusal(Reason.ANSWERED)
    own = proposal.trace.author == trace.author
    state = ProposalState.WITHDRAWN if own else ProposalState.DECLINED
    work.own("proposals")
    work.proposals[act.proposal] = replace(proposal, state=state, answer=trace)
    return None


def _obstacle(work: Working, changes: tuple[Change, ...]) -> tuple[Trace, Refusal] | None:
    """Return the act that keeps changes from the agenda, and why."""
    leaving = set()
    for change in changes:
        if isinstance(change, Replace | Close):
            base = work.versions[change.version]
            if base.ended is not None:
                return base.ended, Refusal(Reason.OVERTAKEN, base.definition.key)
            leaving.add(base.issue)
    keys = {
        version.definition.key.casefold(): version
        for issue, version in ((issue, work.versions[identity]) for issue, identity in work.agenda.items())
        if issue not in leaving
    }
    added = 0
    for change in changes:
        if not isinstance(change, Close):
            added += isinstance(change, Add)
            other = keys.get(change.issue.key.casefold())
            if other is not None and other.agreed is not None:
                return other.agreed, Refusal(Reason.KEY_TAKEN, change.issue.key)
    if added and len(work.agenda) + added > MOST_ISSUES:
        newest = work.versions[next(reversed(work.agenda.values()))].agreed
        return (newest, Refusal(Reason.AGENDA_FULL)) if newest is not None else None
    return None

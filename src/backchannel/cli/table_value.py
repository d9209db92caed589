"""A table as a JSON object; its keys stand in docs/guide.md."""

from __future__ import annotations

from typing import Any

from backchannel.app.line import Line
from backchannel.cli.at_table import side
from backchannel.cli.render import moment
from backchannel.table.acts import Add, Close, OfferKind, Until
from backchannel.table.clause import write_spans
from backchannel.table.issue import Value
from backchannel.table.model import Draft, Proposal, Standing, Table, Trace, Version
from backchannel.table.single_text import owner_names
from backchannel.table.status import covers_agenda, status, waiting_for


def as_value(line: Line, table: Table, now: int) -> dict[str, Any]:
    """Return the table of a line as its owner sees it.

    Args:
        line: whose table.
        table: the table.
        now: milliseconds since 1970, for what has expired.
    """
    agreement = table.agreement
    return {
        "line": line.name,
        "verified": moment(line.verified),
        "agenda": [version_value(version) for version in table.on_agenda()],
        "proposals": [_proposal(line, table, one) for one in table.proposals.values()],
        "offers": [_offer(line, table, one, now) for one in table.offers.values()],
        "agreed": None
        if agreement is None
        else {
            "offer": agreement.offer.hex(),
            "binding": table.offers[agreement.offer].offer.kind is OfferKind.BINDING,
            "package": package_value(table, table.offers[agreement.offer]),
            "by": [_act(line, trace) for trace in agreement.by],
        },
        "contested": None
        if table.contest is None
        else {
            "offers": [one.hex() for one in table.contest.offers],
            "acts": [_act(line, trace) for trace in table.contest.acts],
            "words": {
                side(line, author): "none" if outcome is None else outcome.hex()
                for author, (_, outcome) in table.contest.words.items()
            },
        },
        "text": {
            "versions": [_draft(line, table, draft) for draft in table.drafts.values()],
            "newest": [head.hex() for head in table.heads],
            "agreed": [one.hex() for one in table.texts],
            "comments": [
                {
                    **_act(line, comment.trace),
                    "version": comment.version.hex(),
                    "clause": _place(table.drafts[comment.version], comment.clause),
                    "text": comment.text,
                }
                for comment in table.comments
            ],
        },
        "waiting": {side(line, author): _waiting(table, author, now) for author in (int(line.role), 1 - line.role)},
        "ignored": [
            {**_act(line, one.trace), "kind": one.kind, "why": one.reason.name.lower(), "detail": one.detail or None}
            for one in table.ignored
        ],
        "unknown": [{**_act(line, trace), "kind": kind} for trace, kind in table.unknown],
    }


def version_value(version: Version) -> dict[str, Any]:
    """Return a version of an issue."""
    return {"id": version.issue.hex(), "version": version.id.hex(), **version.definition.to_value()}


def package_value(table: Table, standing: Standing) -> dict[str, Any]:
    """Return a package by the keys of its issues."""
    return {table.versions[version].definition.key: _plain(value) for version, value in standing.offer.package.items()}


def _act(line: Line, trace: Trace) -> dict[str, Any]:
    forked = any((fork.author, fork.number) == (trace.author, trace.number) for fork in line.forks)
    return {"id": trace.id.hex(), "author": side(line, trace.author), "when": moment(trace.clock), "forked": forked}


def _plain(value: Value) -> str | int | list[str]:
    return list(value) if isinstance(value, tuple) else value


def _proposal(line: Line, table: Table, proposal: Proposal) -> dict[str, Any]:
    changes: list[dict[str, Any]] = []
    for change, version in zip(proposal.changes, proposal.versions, strict=True):
        if isinstance(change, Close):
            changes.append({"do": "close", "issue": version_value(table.versions[version])})
        else:
            do = "add" if isinstance(change, Add) else "replace"
            changes.append({"do": do, "issue": version_value(table.versions[version])})
    return {**_act(line, proposal.trace), "state": str(proposal.state), "changes": changes}


def _offer(line: Line, table: Table, standing: Standing, now: int) -> dict[str, Any]:
    offer = standing.offer
    return {
        **_act(line, standing.trace),
        "kind": offer.kind.name.lower(),
        "handling": offer.handling.name.lower().replace("_", "-"),
        "status": str(status(table, standing, now)),
        "whole": covers_agenda(table, standing),
        "package": package_value(table, standing),
        "conditions": list(offer.conditions),
        "until": _until(offer.until),
        "replies_to": offer.replies_to and offer.replies_to.hex(),
        "replies": [one.hex() for one in standing.replies],
        "accepted": standing.accepted and _act(line, standing.accepted),
        "accepted_issues": [table.versions[version].definition.key for version in standing.versions],
        "rejected": standing.rejected and {**_act(line, standing.rejected), "reason": standing.reason or None},
        "withdrawn": standing.withdrawn and _act(line, standing.withdrawn),
    }


def _until(until: Until | None) -> dict[str, Any] | None:
    return None if until is None else {"moment": moment(until.moment), "zone": until.zone}


def _draft(line: Line, table: Table, draft: Draft) -> dict[str, Any]:
    return {
        **_act(line, draft.trace),
        "number": draft.number,
        "bases": [one.hex() for one in draft.text.bases],
        "newest": draft.trace.id in table.heads,
        "brackets": draft.bracketed,
        "words": {side(line, author): yes for author, (_, yes) in draft.words.items()},
        "agreed": draft.agreed,
        "clauses": [
            {"number": place, "id": clause.id, "text": write_spans(clause.spans, owner_names(int(line.role)))}
            for place, clause in enumerate(draft.text.clauses, start=1)
        ],
    }


def _place(draft: Draft, clause: int) -> int:
    return next(place for place, one in enumerate(draft.text.clauses, start=1) if one.id == clause)


def _waiting(table: Table, author: int, now: int) -> dict[str, Any]:
    waiting = waiting_for(table, author, now)
    return {
        "proposals": [one.trace.id.hex() for one in waiting.proposals],
        "offers": [one.trace.id.hex() for one in waiting.offers],
        "settle": waiting.settle,
        "text": [one.trace.id.hex() for one in waiting.drafts],
    }

"""The bodies of table events: an act, and the one map that stands for it (spec 10.2).

Each body is the CBOR of a map with `"v": 1`. A reader ignores keys that it does not know, and takes everything else
as it is written here or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.log.handling import Handling
from backchannel.table.acts import (
    USUAL,
    AcceptOffer,
    Act,
    Add,
    AgreeIssues,
    Change,
    Close,
    CommentText,
    DecideText,
    DeclineIssues,
    MakeOffer,
    OfferKind,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    Replace,
    Settle,
    Until,
    WithdrawOffer,
)
from backchannel.table.clause import MOST_CLAUSES, read_clause
from backchannel.table.issue import Value, read_issue, read_value, said
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import items, sized, text, whole

PREFIX: Final = "table."
OVERLAP: Final = "table.overlap."
"""Kinds of the overlap rounds: they have a fold of their own over the same log, and this one passes over them."""

VERSION: Final = 1
VERSION_ID: Final = 8
EVENT_ID: Final = 32
MOST_CHANGES: Final = 64
MOST_ISSUES: Final = 256
MOST_CONDITIONS: Final = 32
MOST_BASES: Final = 16
LONGEST_CONDITION: Final = 2000
LONGEST_COMMENT: Final = 4000

Body = Mapping[str, Any]


def body_of(act: Act) -> tuple[str, bytes]:
    """Return the kind and the body of the event that an act becomes."""
    kind, body = _shape(act)
    return kind, encode({"v": VERSION, **body})


def read_act(kind: str, body: bytes) -> Act | None:
    """Return the act of an event, or None for a kind that this version does not know.

    Raises:
        Malformed: it is no act; the detail names what is wrong.
    """
    reader = READERS.get(kind)
    if reader is None:
        return None
    value = decode(body)
    if type(value) is not dict or type(value.get("v")) is not int:
        raise Malformed("a body that is no map with a version")
    if value["v"] != VERSION:
        raise Malformed("a version of the table that is not known here")
    return reader(value)


def _shape(act: Act) -> tuple[str, dict[str, Any]]:
    match act:
        case ProposeIssues():
            return "table.issue.propose", {"changes": [_change(change) for change in act.changes]}
        case AgreeIssues():
            return "table.issue.agree", {"proposal": act.proposal}
        case DeclineIssues():
            return "table.issue.decline", {"proposal": act.proposal}
        case MakeOffer():
            return "table.offer.make", _offer(act)
        case AcceptOffer():
            some = {} if act.versions is None else {"versions": sorted(act.versions)}
            return "table.offer.accept", {"offer": act.offer, **some}
        case RejectOffer():
            return "table.offer.reject", {"offer": act.offer, "reason": act.reason}
        case WithdrawOffer():
            return "table.offer.withdraw", {"offer": act.offer}
        case Settle():
            return "table.offer.settle", {"outcome": act.outcome}
        case ProposeText():
            clauses = [clause.to_value() for clause in act.clauses]
            return "table.text.propose", {"clauses": clauses, "bases": sorted(act.bases)}
        case CommentText():
            return "table.text.comment", {"version": act.version, "clause": act.clause, "text": act.text}
        case DecideText():
            return "table.text.decide", {"version": act.version, "yes": act.yes}


def _change(change: Change) -> dict[str, Any]:
    match change:
        case Add(issue):
            return {"do": "add", "issue": issue.to_value()}
        case Replace(version, issue):
            return {"do": "replace", "version": version, "issue": issue.to_value()}
        case Close(version):
            return {"do": "close", "version": version}


def _offer(act: MakeOffer) -> dict[str, Any]:
    package = [
        [version, list(value) if type(value) is tuple else value] for version, value in sorted(act.package.items())
    ]
    return {
        "kind": int(act.kind),
        "package": package,
        "conditions": list(act.conditions),
        "until": None if act.until is None else [act.until.moment, act.until.zone],
        "replies_to": act.replies_to,
        "handling": int(act.handling),
    }


# --- reading --------------------------------------------------------------------------------------------------------


def _event(body: Body, name: str) -> bytes:
    return sized(body.get(name), EVENT_ID, name)


def _ascending(value: Any, size: int, what: str, *, most: int) -> tuple[bytes, ...]:
    ids = tuple(sized(item, size, what) for item in items(value, what, most=most))
    if any(one >= two for one, two in pairwise(ids)):
        raise Malformed(f"{what} that do not ascend")
    return ids


def _read_propose(body: Body) -> ProposeIssues:
    changes = tuple(_read_change(change) for change in items(body.get("changes"), "changes", most=MOST_CHANGES))
    if not changes:
        raise Malformed("a proposal without changes")
    return ProposeIssues(changes)


def _read_change(change: Any) -> Change:
    if type(change) is not dict:
        raise Malformed("a change")
    match change.get("do"):
        case "add":
            return Add(read_issue(change.get("issue")))
        case "replace":
            return Replace(sized(change.get("version"), VERSION_ID, "version"), read_issue(change.get("issue")))
        case "close":
            return Close(sized(change.get("version"), VERSION_ID, "version"))
        case _:
            raise Malformed("a change that is not known here")


def _read_offer(body: Body) -> MakeOffer:
    kind = OfferKind(whole(body.get("kind"), "the kind of an offer", below=len(OfferKind)))
    handling = Handling(whole(body.get("handling", USUAL[kind]), "the handling of an offer", below=len(Handling)))
    if kind is OfferKind.FEELER and handling is not Handling.FOR_YOU_ALONE:
        raise Malformed("a feeler is for the other side alone")
    package: dict[bytes, Value] = {}
    last = b""
    for pair in items(body.get("package"), "a package", most=MOST_ISSUES):
        if type(pair) is not list or len(pair) != 2:
            raise Malformed("a package")
        version = sized(pair[0], VERSION_ID, "a version of a package")
        if version <= last:
            raise Malformed("the versions of a package do not ascend")
        package[version] = read_value(pair[1])
        last = version
    if not package:
        raise Malformed("a package")
    conditions = tuple(
        said(one, "a condition", longest=LONGEST_CONDITION)
        for one in items(body.get("conditions", []), "conditions", most=MOST_CONDITIONS)
    )
    replies_to = body.get("replies_to")
    return MakeOffer(
        kind=kind,
        package=package,
        conditions=conditions,
        until=_read_until(body.get("until")),
        replies_to=None if replies_to is None else sized(replies_to, EVENT_ID, "replies_to"),
        handling=handling,
    )


def _read_until(value: Any) -> Until | None:
    if value is None:
        return None
    if type(value) is not list or len(value) != 2 or type(value[1]) is not int or not -1440 < value[1] < 1440:
        raise Malformed("until")
    return Until(whole(value[0], "until", below=2**53), value[1])


def _read_accept(body: Body) -> AcceptOffer:
    some = body.get("versions")
    versions = None if some is None else _ascending(some, VERSION_ID, "versions", most=MOST_ISSUES)
    if versions == ():
        raise Malformed("an acceptance of nothing")
    return AcceptOffer(_event(body, "offer"), versions)


def _read_settle(body: Body) -> Settle:
    outcome = body.get("outcome")
    return Settle(None if outcome is None else sized(outcome, EVENT_ID, "outcome"))


def _read_text(body: Body) -> ProposeText:
    clauses = tuple(read_clause(value) for value in items(body.get("clauses"), "clauses", most=MOST_CLAUSES))
    if not clauses or len({clause.id for clause in clauses}) != len(clauses):
        raise Malformed("clauses")
    return ProposeText(clauses, _ascending(body.get("bases", []), EVENT_ID, "bases", most=MOST_BASES))


def _read_comment(body: Body) -> CommentText:
    clause = whole(body.get("clause"), "the id of a clause", below=2**32)
    return CommentText(_event(body, "version"), clause, said(body.get("text"), "a comment", longest=LONGEST_COMMENT))


def _read_decide(body: Body) -> DecideText:
    yes = body.get("yes")
    if type(yes) is not bool:
        raise Malformed("a final word that is neither yes nor no")
    return DecideText(_event(body, "version"), yes)


READERS: Final[Mapping[str, Callable[[Body], Act]]] = {
    "table.issue.propose": _read_propose,
    "table.issue.agree": lambda body: AgreeIssues(_event(body, "proposal")),
    "table.issue.decline": lambda body: DeclineIssues(_event(body, "proposal")),
    "table.offer.make": _read_offer,
    "table.offer.accept": _read_accept,
    "table.offer.reject": lambda body: RejectOffer(
        _event(body, "offer"), text(body.get("reason", ""), "a reason", longest=LONGEST_CONDITION)
    ),
    "table.offer.withdraw": lambda body: WithdrawOffer(_event(body, "offer")),
    "table.offer.settle": _read_settle,
    "table.text.propose": _read_text,
    "table.text.comment": _read_comment,
    "table.text.decide": _read_decide,
}
"""Kind -> what reads its body."""

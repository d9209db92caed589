"""The table: any body of any kind is an act or is ignored; what is read is written again."""

from __future__ import annotations

from typing import Final

from backchannel.errors import Malformed
from backchannel.log.event import Event, write_event
from backchannel.table.acts import (
    AcceptOffer,
    Act,
    Add,
    AgreeIssues,
    Close,
    CommentText,
    DecideText,
    DeclineIssues,
    MakeOffer,
    OfferKind,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    Settle,
    Until,
    WithdrawOffer,
)
from backchannel.table.bodies import READERS, body_of, read_act
from backchannel.table.clause import Clause, Mark, Span
from backchannel.table.evolve import evolve, fold_table
from backchannel.table.issue import Issue, IssueType, Value
from backchannel.table.model import Table

KINDS: Final = (*sorted(READERS), "table.later")
ISSUES: Final = (
    Issue("people", {"en": "People", "he": "אנשים"}, IssueType.RANGE, least=0, most=100, unit="people"),
    Issue("order", {"en": "Order"}, IssueType.CHOICE, options=("all at once", "in phases")),
    Issue("named", {"ar": "أسماء"}, IssueType.NAMES, most=3),
    Issue("place", {"en": "Place"}, IssueType.CLAUSE),
)
TEXT: Final = (Clause(1, (Span(Mark.PLAIN, "They meet "), Span(Mark.INVITER, "today"))),)


def _event(author: int, number: int, seen: int, act: Act) -> Event:
    kind, body = body_of(act)
    return write_event(author=author, number=number, seen=seen, clock=1000, kind=kind, body=body)


def _table() -> tuple[Table, list[Event]]:
    """Return a table with something of everything on it, and its events."""
    proposal = _event(0, 1, 0, ProposeIssues(tuple(Add(issue) for issue in ISSUES)))
    events = [proposal, _event(1, 1, 1, AgreeIssues(proposal.id))]
    people, order, named, place = fold_table(events).agenda.values()
    package: dict[bytes, Value] = {people: 7, order: "in phases", named: ("A", "B"), place: "at the bridge"}
    offer = _event(0, 2, 1, MakeOffer(OfferKind.BINDING, package, ("rain stops",), Until(2000, 120)))
    draft = _event(0, 3, 1, ProposeText(TEXT))
    events += [offer, draft, _event(1, 2, 3, AcceptOffer(offer.id)), _event(0, 4, 1, WithdrawOffer(offer.id))]
    events += [_event(1, 3, 4, Settle(offer.id)), _event(1, 4, 4, CommentText(draft.id, 1, "when?"))]
    return fold_table(events), events


TABLE, EVENTS = _table()


def examples() -> list[bytes]:
    """Valid inputs to start from: one byte for the kind, then a body."""
    (people, *_), offer, draft = TABLE.agenda.values(), next(iter(TABLE.offers)), next(iter(TABLE.drafts))
    acts: list[Act] = [
        DeclineIssues(next(iter(TABLE.proposals))),
        ProposeIssues((Close(people),)),
        RejectOffer(offer, "no"),
        AcceptOffer(offer, (people,)),
        DecideText(draft, yes=False),
        Settle(None),
    ]
    found = [(event.kind, event.body) for event in EVENTS] + [body_of(act) for act in acts]
    return [bytes([KINDS.index(kind)]) + body for kind, body in found]


def one_input(data: bytes) -> None:
    """Read one body, and fold it into the table, as if either side had sent it."""
    if not data or len(data) > 50_000:
        return
    kind, body = KINDS[data[0] % len(KINDS)], data[1:]
    try:
        act = read_act(kind, body)
    except Malformed:
        act = None
    else:
        assert act is None or read_act(*body_of(act)) == act
    for author in (0, 1):
        event = write_event(author=author, number=9, seen=9, clock=1500, kind=kind, body=body)
        after = evolve(TABLE, event)
        assert len(after.ignored) + len(after.unknown) <= 1
        assert act is not None or after.ignored or after.unknown

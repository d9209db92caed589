"""The fold of a table: one event more, or all of them (spec 10.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.log.event import Event
from backchannel.log.order import in_order
from backchannel.table import agenda, contest, drafting, offering
from backchannel.table.acts import (
    AcceptOffer,
    AgreeIssues,
    CommentText,
    DecideText,
    DeclineIssues,
    MakeOffer,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    Settle,
    WithdrawOffer,
)
from backchannel.table.bodies import OVERLAP, PREFIX, read_act
from backchannel.table.model import EMPTY, Ignored, Reason, Table, trace_of
from backchannel.table.working import Refusal, Working

TAKES: Final[Mapping[type, Callable[..., Refusal | None]]] = {
    ProposeIssues: agenda.propose,
    AgreeIssues: agenda.agree,
    DeclineIssues: agenda.decline,
    MakeOffer: offering.make,
    AcceptOffer: offering.accept,
    RejectOffer: offering.reject,
    WithdrawOffer: offering.withdraw,
    Settle: contest.settle,
    ProposeText: drafting.propose,
    CommentText: drafting.comment,
    DecideText: drafting.decide_text,
}
"""Act -> what takes it: changes the working table, or changes nothing and says why."""


def concerns(kind: str) -> bool:
    """Say whether events of a kind are folded here."""
    return kind.startswith(PREFIX) and not kind.startswith(OVERLAP)


def evolve(state: Table, event: Event) -> Table:
    """Return the table after one more event; pure.

    Args:
        state: the table after the events before it, in the one order of `log.order`.
        event: of any kind; what is not of the table, or of an overlap round, changes nothing.
    """
    if not concerns(event.kind):
        return state
    work = Working(state)
    _take(work, event)
    return work.table()


def fold_table(events: Iterable[Event], start: Table = EMPTY) -> Table:
    """Return the table after many events.

    The same as `evolve` for each, only faster.

    Args:
        events: in the one order of `log.order`, behind those that made `start`.
        start: the table before them.
    """
    work = Working(start)
    for event in events:
        if concerns(event.kind):
            _take(work, event)
    return work.table()


def table_of(events: Iterable[Event]) -> Table:
    """Return the table of events that come in any order."""
    return fold_table(in_order(event for event in events if concerns(event.kind)))


def _take(work: Working, event: Event) -> None:
    trace = trace_of(event)
    try:
        act: Any = read_act(event.kind, event.body)
    except Malformed as error:
        refusal: Refusal | None = Refusal(Reason.MALFORMED, error.detail)
    else:
        if act is None:
            work.own("unknown")
            work.unknown.append((trace, event.kind))
            return
        refusal = TAKES[type(act)](work, trace, act)
    if refusal is not None:
        work.own("ignored")
        work.ignored.append(Ignored(trace, event.kind, *refusal))

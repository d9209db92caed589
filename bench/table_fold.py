"""The fold of a table, measured: a long negotiation from nothing, and one event more."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator
from typing import Final

from backchannel.log.event import Event, write_event
from backchannel.table.acts import (
    AcceptOffer,
    Act,
    Add,
    AgreeIssues,
    CommentText,
    MakeOffer,
    OfferKind,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    WithdrawOffer,
)
from backchannel.table.bodies import body_of
from backchannel.table.clause import Clause, Mark, Span
from backchannel.table.evolve import evolve, fold_table, table_of
from backchannel.table.issue import Issue, IssueType
from backchannel.table.model import Table
from bench.rows import Row

NAME: Final = "table"
ISSUES: Final = 8


def rows(quick: bool) -> Iterator[Row]:
    """Yield one row for each thing measured.

    Args:
        quick: smaller amounts, for a look; the figures are then not those of the issue.
    """
    count = 2_000 if quick else 10_000
    events = negotiation(count)
    seconds = min(_timed(events) for _ in range(5))
    table = fold_table(events)
    assert not table.ignored
    assert table_of(reversed(events)) == table
    yield Row(NAME, f"fold of a table with {count:,} events", seconds, "s", 0.3, seconds < 0.3)
    after = negotiation(count + 200)[count:]
    took = sorted(_one_more(table, event) for event in after)
    yield Row(NAME, "one more event, median", statistics.median(took) * 1000, "ms", 1.0, statistics.median(took) < 1e-3)
    worst = took[-1]
    yield Row(NAME, "one more event, the slowest of 200", worst * 1000, "ms", 1.0, worst < 1e-3)


def _timed(events: list[Event]) -> float:
    begin = time.perf_counter()
    fold_table(events)
    return time.perf_counter() - begin


def _one_more(table: Table, event: Event) -> float:
    begin = time.perf_counter()
    evolve(table, event)
    return time.perf_counter() - begin


class Talks:
    """Two sides that hear each other at once, so that each event has its place."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.feeds = [0, 0]

    def does(self, author: int, act: Act) -> bytes:
        """Have a side do something; return the id of the event."""
        kind, body = body_of(act)
        self.feeds[author] += 1
        event = write_event(
            author=author, number=self.feeds[author], seen=self.feeds[1 - author], clock=len(self.events), kind=kind,
            body=body, before=b"8 octets" if self.feeds[author] > 1 else b"",
        )  # fmt: skip
        self.events.append(event)
        return event.id


def negotiation(count: int) -> list[Event]:
    """Return a negotiation of that many events over eight issues: offers, answers, drafts, comments."""
    talks, draw = Talks(), random.Random(4)
    issues = [
        Issue(f"issue-{place}", {"en": f"Issue {place}"}, IssueType.RANGE, least=0, most=1000, unit="people")
        for place in range(ISSUES)
    ]
    proposal = talks.does(0, ProposeIssues(tuple(Add(one) for one in issues)))
    talks.does(1, AgreeIssues(proposal))
    versions = list(fold_table(talks.events).agenda.values())
    clauses = tuple(Clause(place, (Span(Mark.PLAIN, f"Clause {place} of the text."),)) for place in range(12))
    draft = talks.does(0, ProposeText(clauses))
    while len(talks.events) < count:
        author = draw.randrange(2)
        match draw.randrange(10):
            case 0:
                draft = talks.does(author, ProposeText(clauses, (draft,)))
            case 1 | 2:
                talks.does(author, CommentText(draft, draw.randrange(12), "What does this mean?"))
            case _:
                some = draw.sample(versions, draw.randint(2, ISSUES))
                package = {version: draw.randint(0, 1000) for version in some}
                offer = talks.does(author, MakeOffer(OfferKind.PROPOSAL, package))
                match draw.randrange(4):
                    case 0:
                        talks.does(1 - author, RejectOffer(offer))
                    case 1:
                        talks.does(author, WithdrawOffer(offer))
                    case 2:
                        talks.does(1 - author, AcceptOffer(offer, tuple(package)[:1]))
    return talks.events[:count]

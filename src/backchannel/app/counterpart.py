"""What their offers on the table say about what matters to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from backchannel.app.agenda_domain import chosen_of, domain_of, kept_values, narrowed_domain, narrowed_package
from backchannel.app.line import Line
from backchannel.app.preferences import looked
from backchannel.app.table import Tables
from backchannel.insight.counterpart import Change, CounterpartModel
from backchannel.insight.domain import Domain
from backchannel.insight.preferences import Preferences
from backchannel.table.model import Table

_LAST: Final = 253_402_300_799_000
"""The end of the year 9999, which is as far as dates go, milliseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Option:
    """What an option seems to be worth to them, 0 to 100 over all issues.

    Attributes:
        issue: its key.
        option: its name.
        points: the best guess.
        low: the lower end of where it lies.
        high: the upper end.
    """

    issue: str
    option: str
    points: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Counterpart:
    """What is known of the other side.

    Attributes:
        offers: how many of their offers it is from.
        known: whether these are enough to say anything.
        options: every option, in the agenda's order; of a long range some values.
        changes: what became more or less worth to them; None where it was not asked for or cannot be said.
        domain: what the changes are over.
    """

    offers: int
    known: bool
    options: tuple[Option, ...]
    changes: tuple[Change, ...] | None
    domain: Domain


Offered = list[tuple[tuple[int | None, ...], datetime]]


def their_offers(line: Line, table: Table, domain: Domain) -> Offered:
    """Return every offer of theirs that counts, as option indices, and when they say that they made it."""
    found = []
    for standing in table.offers.values():
        if standing.trace.author != int(line.role):
            chosen = chosen_of(domain, table, standing.offer.package)
            when = datetime.fromtimestamp(min(max(standing.trace.clock, 0), _LAST) / 1000, UTC)
            if any(option is not None for option in chosen):
                found.append((chosen, when))
    return found


def model_of(offered: Offered, kept: Sequence[Sequence[int]]) -> CounterpartModel:
    """Return the model that offers make, over some options of each issue."""
    model = CounterpartModel([len(row) for row in kept])
    for chosen, when in offered:
        model.observe(narrowed_package(chosen, kept), when)
    return model


def modelled(
    line: Line, table: Table, domain: Domain, preferences: Preferences | None = None
) -> tuple[list[list[int]], CounterpartModel]:
    """Return which options are looked at, and the model over them."""
    offered = their_offers(line, table, domain)
    kept = kept_values(domain, [chosen for chosen, _ in offered], preferences)
    return kept, model_of(offered, kept)


def counterpart(
    tables: Tables, name: str, *, level: float = 0.9, between: tuple[datetime, datetime] | None = None
) -> Counterpart:
    """Return what the other side's offers say.

    Args:
        tables: of the vault.
        name: the line.
        level: how often an interval holds the true points.
        between: the time that parts earlier offers from later ones, and the last time to look at.

    Raises:
        LineUnknown: there is no such line.
        InputRefused: nothing on the agenda has options.
        PointsRefused: no such level, or the second time is before the first.
    """
    line, table, document = looked(tables, name)
    domain = domain_of(table, document)
    kept, model = modelled(line, table, domain)
    shown = narrowed_domain(domain, kept)
    guesses, ends = model.points(), model.interval(level)
    options = tuple(
        Option(issue.name, option, *(float(each) for each in (guesses[at][place], *ends[at][place])))
        for at, issue in enumerate(shown.issues)
        for place, option in enumerate(issue.options)
    )
    changes = None if between is None else model.what_changed(between, level)
    return Counterpart(model.count, model.known, options, None if changes is None else tuple(changes), shown)

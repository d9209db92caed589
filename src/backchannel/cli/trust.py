"""`trust`: what each side promised and did; every figure opens on its events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Final

import click

from backchannel.app.ledger import Ledgers
from backchannel.app.line import Line
from backchannel.app.read import conversation
from backchannel.app.trust_needed import Need, trust_needed
from backchannel.cli.at_table import side
from backchannel.cli.context import Session, vault_options
from backchannel.cli.render import data, local, moment, safe, table
from backchannel.crypto.suite import Role
from backchannel.ledger.state import Ledger
from backchannel.ledger.trust_record import Figure, TrustRecord, trust_record

FIGURES: Final = ("promised", "kept", "late", "broken", "disputed", "waived", "open")


@click.command()
@click.argument("name")
@click.option("--open", "opened", type=click.Choice(FIGURES), help="Show the events behind this figure.")
@click.option("--plan", "label", metavar="LABEL", help="Beside it, the trust that a plan you kept needs.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def trust(
    session: Session,
    name: str,
    opened: str | None,
    label: str | None,
    as_json: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Show what each side promised and did.

    How many of its promises on NAME were kept, late, broken or disputed, and how much by size, over time. There is no
    score of a person here: only promises, and the events that say what became of them.
    """
    line, ledger = Ledgers(session.desk()).look(name)
    now = session.adapters.clock()
    records = {role: trust_record(ledger, role, now) for role in (line.role, line.role.other)}
    needs = () if label is None else trust_needed(session.desk(), name, label)
    if as_json:
        found = {side(line, role): _value(record) for role, record in records.items()}
        data({"line": name, **found, "needed": [asdict(need) for need in needs]})
    elif opened is not None:
        _open(session, name, line, records, opened)
    else:
        _show(line, ledger, records)
        _show_needs(needs)


def _show(line: Line, ledger: Ledger, records: dict[Role, TrustRecord]) -> None:
    figures = {role: {what: _figure(record, what) for what in FIGURES} for role, record in records.items()}
    rows = [
        (what, *(f"{found[what].count:,} (size {found[what].size:,})" for found in figures.values()))
        for what in FIGURES
    ]
    table(rows, ("", *(side(line, role) for role in records)))
    click.echo()
    turns = sorted(
        ((turn, role) for role, record in records.items() for turn in record.course), key=lambda one: one[0].clock
    )
    course = [
        (local(turn.clock), side(line, role), safe(turn.promise), turn.outcome.value, f"{turn.size:,}",
         safe(ledger.promise(turn.deal, turn.promise).obligation.what))
        for turn, role in turns
    ]  # fmt: skip
    table(course, ("when", "who", "promise", "outcome", "size", "what"))


def _show_needs(needs: Sequence[Need]) -> None:
    if needs:
        click.echo("\nThe trust that the plan needs: what each side would gain by walking away then, in its points")
        table([(safe(one.when), f"{one.me:,}", f"{one.them:,}") for one in needs], ("when", "me", "them"))


def _open(session: Session, name: str, line: Line, records: dict[Role, TrustRecord], opened: str) -> None:
    from backchannel.cli.read import show, tellers

    _, entries = conversation(session.desk(), name)
    sentences = tellers(session.desk(), name)
    by_id = {entry.stored.event.id: entry for entry in entries}
    for role, record in records.items():
        figure = _figure(record, opened)
        click.echo(f"{opened}, {side(line, role)}: {figure.count:,} (size {figure.size:,})")
        for event in figure.events:
            show(by_id[event], sentences, as_json=False)


def _figure(record: TrustRecord, what: str) -> Figure:
    found = getattr(record, what)
    assert isinstance(found, Figure)  # noqa: S101  (the names are ours)
    return found


def _value(record: TrustRecord) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for what in FIGURES:
        figure = _figure(record, what)
        found[what] = {
            "count": figure.count,
            "size": figure.size,
            "promises": [{"deal": deal.hex(), "promise": name} for deal, name in figure.promises],
            "events": [event.hex() for event in figure.events],
        }
    found["course"] = [
        {
            "at": moment(turn.clock),
            "deal": turn.deal.hex(),
            "promise": turn.promise,
            "outcome": turn.outcome.value,
            "size": turn.size,
            "events": [event.hex() for event in turn.events],
        }
        for turn in record.course
    ]
    return found

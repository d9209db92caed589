"""Lists of names on a terminal and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import click

from backchannel.app.line import Line
from backchannel.app.lists import counts, standing
from backchannel.cli.render import data, isolated, plural, safe, table
from backchannel.crypto.suite import Role
from backchannel.ledger.list_difference import Difference
from backchannel.ledger.listing import Listing, Listings
from backchannel.ledger.name_list import Limit, NameList, Row
from backchannel.ledger.name_matching import Alike
from backchannel.ledger.row_life import Stage

Told = Sequence[tuple[Row, Row, Alike]]
_CELL: Final = ("key", "name", "category", "born", "note")


def show_lists(line: Line, listings: Listings, *, as_json: bool) -> None:
    """Print every list of a line in a row."""
    if as_json:
        data({"lists": [_head(line, name, one) for name, one in listings.lists.items()], "ignored": _ignored(listings)})
        return
    if not listings.lists:
        click.echo("no lists yet: backchannel list import NAME LIST --file F")
        return
    rows = [
        [
            _shown(name),
            _whose(line, one.giver),
            str(len(standing(one.names))),
            str(len(one.names.going)),
            _state(line, one),
        ]
        for name, one in listings.lists.items()
    ]
    table(rows, ["list", "handed over by", "rows", "going", "state"])
    if listings.ignored:
        click.echo(f"{plural(len(listings.ignored), 'event')} of lists counted for nothing")


def show_list(line: Line, name: str, listing: Listing, *, everything: bool) -> None:
    """Print a list: who hands over, its counts, its rows."""
    names = listing.names
    shown = list(names.rows.values()) if everything else standing(names)
    click.echo(f"{_shown(name)}: handed over by {_whose(line, listing.giver)}; {_state(line, listing)}")
    show_counts(names)
    stages = Counter(row.stage for row in names.rows.values())
    click.echo(", ".join(f"{stages[stage]:,} {stage.value}" for stage in Stage if stages[stage]) or "no rows")
    head = ["row", "name", "category", "born", "stands", "by", "note"]
    rows = [
        [
            *(_shown(cell) for cell in (row.key, row.name, row.category, row.born)),
            row.stage.value + (f" by {_shown(row.replaced_by)}" if row.replaced_by else ""),
            _whose(line, listing.proposed_by[row.key]),
            _shown(row.note),
        ]
        for row in shown
    ]
    if rows:
        table(rows, head)


def show_counts(names: NameList) -> None:
    """Print each limit, what it counts now, and whether it holds."""
    for one in counts(names):
        if one.kept:
            said = "kept"
        elif one.limit.most is not None and one.going > one.limit.most:
            said = "broken"
        else:
            said = "not yet" if one.possible else "cannot be kept with the rows there are"
        click.echo(f"{_limit(one.limit)}: {one.going:,} go, {one.waiting:,} wait; {said}")


def show_alike(told: Told, *, most: int) -> None:
    """Print which rows may be one person, and why."""
    for one, other, pair in told[:most]:
        why = ", ".join(reason.value for reason in pair.reasons)
        click.echo(f"  {_row(one)} ~ {_row(other)}  {pair.score:.2f}: {why}")
    if len(told) > most:
        click.echo(f"  and {len(told) - most:,} more: list show NAME LIST --alike")


def show_difference(found: Difference, first: int, second: int | None, *, as_json: bool) -> None:
    """Print what changed between two versions; `second` None is a file."""
    if as_json:
        data(
            {
                "from": first,
                "to": second,
                "same": found.same,
                "new": [_row_value(row) for row in found.new],
                "gone": [_row_value(row) for row in found.gone],
                "changed": [
                    {"before": _row_value(one.before), "after": _row_value(one.after)} for one in found.changed
                ],
                "renamed": [
                    {
                        "gone": one.gone.key,
                        "new": one.new.key,
                        "score": one.score,
                        "reasons": [reason.value for reason in one.reasons],
                    }
                    for one in found.renamed
                ],
            }
        )
        return
    click.echo(f"version {first} -> {'the file' if second is None else f'version {second}'}: {found.same:,} the same")
    for row in found.new:
        click.echo(f"+ {_row(row)}" + (f" ({_shown(row.category)})" if row.category else ""))
    for row in found.gone:
        click.echo(f"- {_row(row)}" + (f" ({_shown(row.category)})" if row.category else ""))
    for one in found.changed:
        click.echo(f"* {_row(one.after)}: {', '.join(_changes(one.before, one.after))}")
    for pair in found.renamed:
        why = ", ".join(reason.value for reason in pair.reasons)
        click.echo(f"? {_row(pair.gone)} may be {_row(pair.new)}  {pair.score:.2f}: {why}")


def list_value(line: Line, name: str, listing: Listing, told: Told | None) -> dict[str, Any]:
    """Return a list as JSON; `told` None where nobody asked who may be one person."""
    rows = [
        {
            **_row_value(row),
            "by": _whose(line, listing.proposed_by[row.key]),
            "last": listing.last[row.key].id.hex(),
        }
        for row in listing.names.rows.values()
    ]
    found = {} if told is None else {"alike": alike_values(told)}
    return {**_head(line, name, listing), "counts": count_values(listing.names), "rows": rows, **found}


def count_values(names: NameList) -> list[dict[str, Any]]:
    """Return each limit and what it counts, as JSON."""
    return [
        {
            "category": one.limit.category,
            "least": one.limit.least,
            "most": one.limit.most,
            "going": one.going,
            "waiting": one.waiting,
            "kept": one.kept,
            "possible": one.possible,
        }
        for one in counts(names)
    ]


def alike_values(told: Told) -> list[dict[str, Any]]:
    """Return who may be one person, as JSON."""
    return [
        {
            "rows": [one.key, other.key],
            "names": [one.name, other.name],
            "score": pair.score,
            "reasons": [reason.value for reason in pair.reasons],
        }
        for one, other, pair in told
    ]


def _head(line: Line, name: str, listing: Listing) -> dict[str, Any]:
    return {
        "list": name,
        "giver": _whose(line, listing.giver),
        "frozen": listing.names.frozen,
        "closed": [_whose(line, role) for role in sorted(listing.closed)],
        "hash": listing.names.hash.hex(),
        "going": len(listing.names.going),
    }


def _ignored(listings: Listings) -> list[dict[str, str]]:
    return [{"id": one.event.hex(), "why": one.code} for one in listings.ignored]


def _row_value(row: Row) -> dict[str, Any]:
    cells = {name: getattr(row, name) for name in _CELL}
    return {**cells, "stands": row.stage.value, "replaced_by": row.replaced_by or None}


def _changes(before: Row, after: Row) -> list[str]:
    cells = [
        f"{name} {_shown(getattr(before, name)) or 'nothing'} -> {_shown(getattr(after, name)) or 'nothing'}"
        for name in _CELL
        if getattr(before, name) != getattr(after, name)
    ]
    return [*cells, *([f"{before.stage.value} -> {after.stage.value}"] if before.stage is not after.stage else [])]


def _state(line: Line, listing: Listing) -> str:
    if listing.names.frozen:
        return "frozen by both"
    return "; ".join(f"closed by {_whose(line, role)}" for role in sorted(listing.closed)) or "open"


def _whose(line: Line, role: Role) -> str:
    return "me" if int(role) == int(line.role) else "them"


def _limit(limit: Limit) -> str:
    return f"{_shown(limit.category) or 'all'}: at least {limit.least:,}" + (
        "" if limit.most is None else f", at most {limit.most:,}"
    )


def _row(row: Row) -> str:
    return f"{_shown(row.key)} {_shown(row.name)}"


def _shown(text: str) -> str:
    return isolated(safe(text).replace("\n", " ").replace("\t", " ")) if text else ""

"""`list`: a list of names, from a file to the last family told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from backchannel.app.line import Line
from backchannel.app.lists import Lists, alike, find_row, moves, proposals, standing
from backchannel.app.name_file import LARGEST_FILE, cells_of
from backchannel.cli.at_table import acting, content_of, tell
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.list_acts import limits_of, moved, person_row, say_of_list
from backchannel.cli.lists_render import (
    alike_values,
    list_value,
    show_alike,
    show_difference,
    show_list,
    show_lists,
)
from backchannel.cli.render import data, plural
from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, ListRefused
from backchannel.ledger.list_difference import difference
from backchannel.ledger.list_kinds import ListBody, ListFreeze, Opened, RowSubstituted
from backchannel.ledger.listing import Listing, Listings
from backchannel.ledger.name_list import Row, rows_from_cells
from backchannel.ledger.row_life import FREEZING, Stage

_LIVES: Final = [stage.value for stage in Stage if stage not in FREEZING]


@click.group("list")
def lists() -> None:
    """Lists of names: import, agree, freeze, and each row's life."""


@lists.command("import")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), required=True, help="CSV in UTF-8, or XLSX: first sheet."
)
@click.option("--giver", type=click.Choice(["me", "them"]), help="Of a new list: who hands these people over.")
@click.option("--count", metavar="LEAST..MOST", help="Of a new list: how many must and may go.")
@click.option("--quota", "quotas", multiple=True, metavar="CATEGORY=LEAST..MOST", help="Of a new list, of a category.")
@click.option(
    "--check", is_flag=True, help="Say what would be proposed, and who may stand there twice; propose nothing."
)
@acting
@vault_options
def import_command(
    session: Session,
    name: str,
    list_name: str,
    file: Path,
    giver: str | None,
    count: str | None,
    quotas: tuple[str, ...],
    check: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose the rows of a file for LIST; a list that is not there yet is opened, and I hand over unless you say.

    The heading names the columns: name, and if there are such, id, category, born, note; in English, Hebrew or Arabic.
    No other column leaves this machine.
    """
    rows = rows_from_cells(cells_of(content_of(file, LARGEST_FILE)))
    limits = limits_of(count, quotas)
    line, listings = Lists(session.desk()).look(name)
    known = listings.lists.get(list_name)
    told = alike(() if known is None else standing(known.names), rows)
    if not check:
        _tell_alike(told, as_json=as_json)

    def choose(line: Line, listings: Listings) -> Sequence[ListBody]:
        if list_name not in listings.lists:
            mine = Role(int(line.role))
            opened = Opened(list_name, mine if giver in (None, "me") else mine.other, limits)
            return [opened, *proposals(list_name, rows)]
        if giver is not None or limits:
            raise ListRefused(f"{list_name} is open already; --giver, --count and --quota are of a new list")
        return list(proposals(list_name, rows))

    if check:
        _checked(line, rows, told, as_json=as_json)
        return
    say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json, more={"alike": alike_values(told)})
    tell(f"Proposed {plural(len(rows), 'row')}.", as_json=as_json)


def _checked(line: Line, rows: Sequence[Row], told: list[Any], *, as_json: bool) -> None:
    if as_json:
        data({"line": line.name, "rows": len(rows), "alike": alike_values(told)})
        return
    click.echo(f"{plural(len(rows), 'row')}, nobody twice and nobody unnamed; nothing was proposed")
    _tell_alike(told, as_json=False)


def _tell_alike(told: list[Any], *, as_json: bool) -> None:
    if told and not as_json:
        talk(f"warning: {plural(len(told), 'pair')} of rows may be the same person; nothing was merged")
        show_alike(told, most=20)


@lists.command("show")
@click.argument("name")
@click.argument("list_name", metavar="LIST", required=False)
@click.option("--alike", "twice", is_flag=True, help="Also which rows may be the same person, and why.")
@click.option("--all", "everything", is_flag=True, help="Also rows that were substituted.")
@click.option("--offline", is_flag=True, help="Show what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def show_command(
    session: Session,
    name: str,
    list_name: str | None,
    twice: bool,  # noqa: FBT001  (click passes by name)
    everything: bool,  # noqa: FBT001
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show the lists of NAME, or LIST with its counts and where each row stands."""
    if not offline:
        exchange_now(session, name)
    line, listings = Lists(session.desk()).look(name)
    if list_name is None:
        show_lists(line, listings, as_json=as_json)
        return
    listing = listings.of(list_name)
    told = alike(standing(listing.names)) if twice else None
    if as_json:
        data(list_value(line, list_name, listing, told))
        return
    show_list(line, list_name, listing, everything=everything)
    if told is not None:
        click.echo(
            f"\n{plural(len(told), 'pair')} of rows may be the same person" if told else "\nnobody looks the same"
        )
        show_alike(told, most=len(told))


@lists.command("propose")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.argument("rows", metavar="[ROW]...", nargs=-1)
@click.option("--name", "called", help="Propose somebody new: the full name.")
@click.option("--key", help="Of somebody new: the number; else it follows from name and birth.")
@click.option("--category", default="", help="Of somebody new: what quotas count.")
@click.option("--born", default="", help="Of somebody new: the year or date of birth.")
@click.option("--note", default="", help="Of somebody new: anything else; the other side reads it.")
@acting
@vault_options
def propose_command(
    session: Session,
    name: str,
    list_name: str,
    rows: tuple[str, ...],
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
    **person: Any,
) -> None:
    """Propose somebody new for LIST, or ROWs again: lift your veto on them, or take your agreement back."""
    if bool(rows) == (person["called"] is not None):
        raise click.UsageError("give ROWs, or --name of somebody new")
    new = None if rows else person_row(person)

    def choose(_: Line, listings: Listings) -> Sequence[ListBody]:
        if new is not None:
            return list(proposals(list_name, [new]))
        return moved(listings, list_name, rows, Stage.PROPOSED)

    if new is not None:
        _, listings = Lists(session.desk()).look(name)
        _tell_alike(alike(standing(listings.of(list_name).names), [new]), as_json=as_json)
    say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json)


@lists.command("veto")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.argument("rows", metavar="ROW...", nargs=-1, required=True)
@acting
@vault_options
def veto_command(
    session: Session,
    name: str,
    list_name: str,
    rows: tuple[str, ...],
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say that ROWs of LIST may not go; only you can lift it, with `list propose`."""

    def choose(_: Line, listings: Listings) -> Sequence[ListBody]:
        return moved(listings, list_name, rows, Stage.VETOED)

    say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json)


@lists.command("agree")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.argument("rows", metavar="[ROW]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every row that they proposed and nobody vetoed.")
@acting
@vault_options
def agree_command(
    session: Session,
    name: str,
    list_name: str,
    rows: tuple[str, ...],
    everything: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Agree that ROWs of LIST go; who proposed a row does not agree to it."""
    if bool(rows) == everything:
        raise click.UsageError("give ROWs, or --all")

    def choose(line: Line, listings: Listings) -> Sequence[ListBody]:
        listing = listings.of(list_name)
        if not everything:
            return moved(listings, list_name, rows, Stage.AGREED)
        keys = [
            row.key
            for row in listing.names.rows.values()
            if row.stage is Stage.PROPOSED and int(listing.proposed_by[row.key]) != int(line.role)
        ]
        if not keys:
            raise InputRefused("no row of theirs is waiting")
        return list(moves(list_name, keys, Stage.AGREED))

    say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json)


@lists.command("substitute")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.argument("row")
@click.option("--name", "called", required=True, help="The full name of who stands for it.")
@click.option("--key", help="The number; else it follows from name and birth.")
@click.option("--category", help="What quotas count; else that of the row.")
@click.option("--born", default="", help="The year or date of birth.")
@click.option("--note", default="", help="Anything else; the other side reads it.")
@acting
@vault_options
def substitute_command(
    session: Session,
    name: str,
    list_name: str,
    row: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
    **person: Any,
) -> None:
    """Propose somebody else in place of ROW of LIST, also where it was agreed."""

    def choose(_: Line, listings: Listings) -> Sequence[ListBody]:
        old = find_row(listings.of(list_name).names, row)
        category = old.category if person["category"] is None else person["category"]
        return [RowSubstituted(list_name, old.key, person_row({**person, "category": category}))]

    say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json)


@lists.command("freeze")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@acting
@vault_options
def freeze_command(session: Session, name: str, list_name: str, offline: bool, as_json: bool) -> None:  # noqa: FBT001
    """Close LIST as you see it; it is frozen once both sides have closed the same."""

    def choose(_: Line, listings: Listings) -> Sequence[ListBody]:
        return [ListFreeze(list_name, listings.of(list_name).names.hash)]

    listing = say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json)
    tell(
        "Frozen by both." if listing.names.frozen else "Closed by you; frozen once they close the same.",
        as_json=as_json,
    )


@lists.command("row")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.argument("rows", metavar="ROW...", nargs=-1, required=True)
@click.option(
    "--life",
    type=click.Choice(_LIVES),
    metavar="STAGE",
    required=True,
    help=f"What is true now: {', '.join(_LIVES)}.",
)
@acting
@vault_options
def row_command(
    session: Session,
    name: str,
    list_name: str,
    rows: tuple[str, ...],
    life: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say how far ROWs of a frozen LIST are: the giver until they are handed over, then who receives them."""

    def choose(_: Line, listings: Listings) -> Sequence[ListBody]:
        return moved(listings, list_name, rows, Stage(life))

    say_of_list(session, name, list_name, choose, offline=offline, as_json=as_json)


@lists.command("diff")
@click.argument("name")
@click.argument("list_name", metavar="LIST")
@click.argument("before", metavar="[V1]", type=click.IntRange(1), required=False)
@click.argument("after", metavar="[V2]", type=click.IntRange(1), required=False)
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False), help="Compare a version, or the last, with a file."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def diff_command(
    session: Session,
    name: str,
    list_name: str,
    before: int | None,
    after: int | None,
    file: Path | None,
    as_json: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Show what changed from version V1 of LIST to V2; without them, from the last but one to the last.

    Each event that counts makes a version; `list show` says how many there are.
    """
    found = Lists(session.desk()).versions(name, list_name)
    if file is not None:
        if after is not None:
            raise click.UsageError("with --file, at most V1")
        first = before or len(found)
        second, later = None, rows_from_cells(cells_of(content_of(file, LARGEST_FILE)))
    else:
        second = after or len(found)
        first = before or max(1, second - 1)
        later = tuple(_version(found, second))
    show_difference(difference(_version(found, first), later), first, second, as_json=as_json)


def _version(found: list[Listing], number: int) -> list[Row]:
    if number > len(found):
        raise ListRefused(f"there are {plural(len(found), 'version')}, no version {number}")
    return standing(found[number - 1].names)

"""What the commands of lists share: something said of a list, its limits and a person as they are typed."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

import click

from backchannel.app.line import Line
from backchannel.app.lists import Lists, find_row, moves
from backchannel.cli.at_table import short
from backchannel.cli.context import Session
from backchannel.cli.lists_render import count_values, show_counts
from backchannel.cli.render import data
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import InputRefused
from backchannel.ledger.list_kinds import ListBody
from backchannel.ledger.listing import Listing, Listings
from backchannel.ledger.name_list import Limit, Row, made_key
from backchannel.ledger.row_life import Stage

_BETWEEN: Final = re.compile(r"(\d{1,6})\s*(?:\.\.|to)\s*(\d{1,6})?")


def moved(listings: Listings, list_name: str, rows: Sequence[str], stage: Stage) -> list[ListBody]:
    """Return what moves rows, each named as a person types it."""
    names = listings.of(list_name).names
    return list(moves(list_name, [find_row(names, word).key for word in rows], stage))


def say_of_list(
    session: Session,
    name: str,
    list_name: str,
    choose: Callable[[Line, Listings], Sequence[ListBody]],
    *,
    offline: bool,
    as_json: bool,
    more: dict[str, Any] | None = None,
) -> Listing:
    """Say something of a list, send it, and show its counts; return the list as it then is."""
    _, events, listings = Lists(session.desk()).act(name, choose)
    sent = False if offline else send_out(session, name, events[-1])
    listing = listings.of(list_name)
    if as_json:
        value = {"list": list_name, "ids": [event.id.hex() for event in events], "sent": sent}
        data({**value, "frozen": listing.names.frozen, "counts": count_values(listing.names), **(more or {})})
        return listing
    click.echo(" ".join(short(event.id) for event in events))
    show_counts(listing.names)
    if not sent:
        tell_kept(session, name)
    return listing


def person_row(given: dict[str, Any]) -> Row:
    """Return the row of somebody new."""
    key = given["key"] or made_key(given["called"], given["born"])
    return Row(key, given["called"].strip(), given["category"], given["born"], given["note"])


def limits_of(count: str | None, quotas: Sequence[str]) -> tuple[Limit, ...]:
    """Return the limits of a new list.

    Args:
        count: for all, `LEAST..MOST`.
        quotas: each `CATEGORY=LEAST..MOST`.

    Raises:
        InputRefused: one is not written so.
    """
    written = [("", count)] if count is not None else []
    for one in quotas:
        category, equals, between = one.rpartition("=")
        if not equals or not category:
            raise InputRefused(f"a quota is written CATEGORY=LEAST..MOST, not {one!r}")
        written.append((category, between))
    if len({category for category, _ in written}) < len(written):
        raise InputRefused("a category has two quotas")
    limits = []
    for category, between in written:
        found = _BETWEEN.fullmatch(between.strip())
        if found is None:
            raise InputRefused(
                f"a count is written LEAST..MOST such as 10..200, or 10.. without a most, not {between!r}"
            )
        least, most = int(found[1]), None if found[2] is None else int(found[2])
        if most is not None and most < least:
            raise InputRefused(f"{between}: at least {least} and at most {most} cannot both be")
        limits.append(Limit(category, least, most))
    return tuple(limits)

"""`frontier`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from backchannel.app.table import Tables
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, isolated, plural, safe
from backchannel.cli.render import table as print_table

if TYPE_CHECKING:
    from backchannel.app.frontier import Point, View

ROWS = 24
"""Points that a terminal is shown at most, beside the marked ones."""


@click.command()
@click.argument("name")
@click.option("--keep", type=int, metavar="N", help="Only what is worth at least N to you.")
@click.option("--with", "other", metavar="OTHER_LINE", help="You are between both: the other side's line.")
@click.option("--offline", is_flag=True, help="Use what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object with every point.")
@vault_options
def frontier(
    session: Session,
    name: str,
    keep: int | None,
    other: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show the packages that no other beats.

    None gives one side more without costing the other. What they are worth to the other side is a guess from their
    offers. Who mediates, and was given the numbers of both sides, names the other line as well and sees the true
    frontier.
    """
    from backchannel.app.frontier import frontier as look

    if not offline:
        exchange_now(session, name)
    view = look(Tables(session.desk()), name, other, keep)
    if as_json:
        data(
            {
                "line": name,
                "with": other,
                "true": view.true,
                "known": view.known,
                "offers": view.offers,
                "reservation": {"mine": view.reservation, "theirs": view.theirs_reservation},
                "points": [
                    {
                        "package": point.package,
                        "mine": point.mine,
                        "theirs": _number(point.theirs) if view.known else None,
                        "low": _number(point.low),
                        "high": _number(point.high),
                        "marks": list(point.marks),
                    }
                    for point in view.points
                ],
            }
        )
        return
    _show(view, name, other)


def _show(view: View, name: str, other: str | None) -> None:
    shown = _some(view.points)
    keys = list(view.points[0].package)
    rows = [
        [
            f"{point.mine:,}",
            _theirs(view, point),
            *(isolated(safe(point.package[key])) for key in keys),
            ", ".join(point.marks) if view.known else "",
        ]
        for point in shown
    ]
    mine, theirs = ("for you", "for them") if other is None else (f"for {name}", f"for {other}")
    print_table(rows, [mine, theirs, *(isolated(safe(key)) for key in keys), ""])
    left_out = len(view.points) - len(shown)
    if left_out:
        talk(f"{plural(left_out, 'point')} between these not shown; --json has them all.")
    if view.true:
        talk(f"True for both. No agreement: {view.reservation:,} and {view.theirs_reservation:,}.")
        return
    if view.known:
        talk(
            f"Theirs is a guess from {plural(view.offers, 'offer')}, of 100, nine in ten within what stands beside it;"
            " what they have without an agreement is unknown and was taken as 0."
            f" No agreement for you: {view.reservation:,}."
        )
    else:
        talk(
            f"What they are worth to the other side is unknown: {plural(view.offers, 'offer')} of theirs; it takes 12."
            f" No agreement for you: {view.reservation:,}."
        )


def _theirs(view: View, point: Point) -> str:
    if not view.known:
        return "unknown"
    if view.true:
        return f"{point.theirs:,.0f}"
    return f"{point.theirs:.0f} ({point.low:.0f} to {point.high:.0f})"


def _some(points: tuple[Point, ...]) -> list[Point]:
    """Return points spread evenly, and every marked one."""
    step = max(1, -(-len(points) // ROWS))
    last = len(points) - 1
    return [point for at, point in enumerate(points) if at % step == 0 or at == last or point.marks]


def _number(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 2)

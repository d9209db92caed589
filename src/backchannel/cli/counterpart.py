"""`counterpart`."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from backchannel.app.table import Tables
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, isolated, plural, safe
from backchannel.cli.render import table as print_table
from backchannel.errors import InputRefused


@click.command()
@click.argument("name")
@click.option("--level", type=float, default=0.9, show_default=True, help="How often an interval holds the truth.")
@click.option("--between", nargs=2, metavar="D1 D2", help="What changed at D1, looking until D2: 2030-01-31[T18:00].")
@click.option("--offline", is_flag=True, help="Use what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def counterpart(
    session: Session,
    name: str,
    level: float,
    between: tuple[str, str] | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show what seems to matter to the other side.

    Option by option, from their offers on the table of NAME; with too few of them it is unknown. It stays here.
    """
    from backchannel.app.counterpart import counterpart as look

    if not offline:
        exchange_now(session, name)
    parting = None if between is None else (_moment(between[0]), _moment(between[1]))
    found = look(Tables(session.desk()), name, level=level, between=parting)
    issues = found.domain.issues
    if as_json:
        data(
            {
                "line": name,
                "offers": found.offers,
                "known": found.known,
                "level": level,
                "options": [
                    {
                        "issue": one.issue,
                        "option": one.option,
                        "points": round(one.points, 2) if found.known else None,
                        "low": round(one.low, 2),
                        "high": round(one.high, 2),
                    }
                    for one in found.options
                ],
                "changed": None
                if found.changes is None
                else [
                    {
                        "issue": issues[one.issue].name,
                        "option": issues[one.issue].options[one.option],
                        "before": round(one.before, 2),
                        "after": round(one.after, 2),
                        "low": round(one.low, 2),
                        "high": round(one.high, 2),
                        "sure": one.sure,
                    }
                    for one in found.changes
                ],
            }
        )
        return
    if not found.known:
        click.echo(f"unknown: {plural(found.offers, 'offer')} of theirs; it takes 12, and 3 that differ")
    else:
        rows = [
            [_shown(one.issue), _shown(one.option), f"{one.points:.0f}", f"{one.low:.0f} to {one.high:.0f}"]
            for one in found.options
        ]
        print_table(rows, ["issue", "option", "for them", f"{level:.0%} within"])
        talk(f"Of 100 for their best package; from {plural(found.offers, 'offer')} of theirs. It is a guess.")
    if parting is None:
        return
    if found.changes is None:
        click.echo("what changed: unknown; it takes 12 offers before that time and 12 after it")
        return
    sure = [one for one in found.changes if one.sure]
    rows = [
        [
            _shown(issues[one.issue].name),
            _shown(issues[one.issue].options[one.option]),
            f"{one.before:.0f}",
            f"{one.after:.0f}",
            f"{one.low:+.0f} to {one.high:+.0f}",
        ]
        for one in sure
    ]
    if rows:
        print_table(rows, ["issue", "option", "before", "after", "difference"])
    else:
        click.echo("what changed: nothing that is sure")


def _shown(word: str) -> str:
    return isolated(safe(word))


def _moment(typed: str) -> datetime:
    try:
        moment = datetime.fromisoformat(typed.strip())
    except ValueError:
        raise InputRefused(f"{typed!r} is no time", hint="2030-01-31, or 2030-01-31T18:00+02:00") from None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment

"""`suggest`."""

from __future__ import annotations

import shlex

import click

from backchannel.app.table import Tables
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, isolated, safe


@click.command()
@click.argument("name")
@click.option("--keep", type=int, metavar="N", help="Only what is worth at least N to you.")
@click.option("--most", type=click.IntRange(1, 100), default=3, show_default=True, help="How many.")
@click.option("--offline", is_flag=True, help="Use what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a suggestion.")
@vault_options
def suggest(
    session: Session,
    name: str,
    keep: int | None,
    most: int,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show counter-offers worth a look; nothing is sent.

    They are near the frontier of NAME and good enough for you; the likeliest to be accepted comes first.
    """
    from backchannel.app.suggest import suggestions

    if not offline:
        exchange_now(session, name)
    known, found = suggestions(Tables(session.desk()), name, keep=keep, most=most)
    for one in found:
        low, high = one.suggestion.interval
        if as_json:
            data(
                {
                    "package": one.package,
                    "mine": one.suggestion.mine.low,
                    "theirs": round(one.suggestion.theirs, 1) if known else None,
                    "interval": [round(low, 1), round(high, 1)],
                    "known": known,
                    "likely": one.suggestion.likely,
                    "reason": one.reason,
                    "ask": list(one.ask),
                }
            )
            continue
        words = " ".join(shlex.quote(f"{key}={option}") for key, option in one.package.items())
        click.echo(isolated(safe(words)))
        theirs = f"{one.suggestion.theirs:.0f} of 100 ({low:.0f} to {high:.0f})" if known else "unknown"
        click.echo(f"  for you {one.suggestion.mine.low:,}; for them {theirs}")
        click.echo(f"  {safe(one.reason)}")
        for sentence in one.ask:
            click.echo(f"  {safe(sentence)}")
    if as_json:
        return
    if not found:
        talk("Nothing is near the frontier and good enough for you; a lower --keep may find something.")
    elif not known:
        talk("Their offers say too little yet: these look after your own points alone.")
    talk(f"Nothing was sent: backchannel offer make {name} ISSUE=VALUE...")

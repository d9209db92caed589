"""`retract`."""

from __future__ import annotations

import click

from backchannel.app.retract import retract as take_back
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data


@click.command()
@click.argument("name")
@click.argument("number", type=click.IntRange(1))
@click.option("--offline", is_flag=True, help="Keep it for the next sync or carry.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def retract(
    session: Session,
    name: str,
    number: int,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take back something that you said.

    NUMBER counts what you said on this line (`read NAME --json`, "number"). Its words are removed from both vaults, and
    a mark stays. It does not undo that they were read: nothing forces a person to forget, or a copy to be deleted.
    """
    line = take_back(session.desk(), name, number)
    if not offline:
        exchange_now(session, name)
        line = session.line(name)
    waiting = any(each[0] == int(line.role) and each[1] == number for each in line.retracting)
    if as_json:
        data({"line": name, "number": number, "removed": not waiting})
    elif waiting:
        talk("It is taken back; the words go when they have confirmed it. They may have read them.")
    else:
        talk("It is taken back, and the words are removed here; there, when they next fetch. They may have read them.")

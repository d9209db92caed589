"""`questions`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import click

from backchannel.app.carrying import all_questions
from backchannel.cli.at_table import short
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data, isolated, safe
from backchannel.ledger.questions import Place


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each question.")
@vault_options
def questions(session: Session, name: str | None, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Show what was asked, on which line, and what became of it.

    With NAME, only what was asked on that line or carried to it. What was carried is known to you alone.
    """
    names, found = all_questions(session.desk(), name)
    for one in found:
        who = "me" if one.mine else "them"
        if as_json:
            data(
                {
                    **_place(names, one.asked),
                    "by": who,
                    "text": one.text,
                    "standing": one.standing.value,
                    "carried": _places(names, one.carried),
                    "answered_there": _places(names, one.answered_there),
                    "answers": _places(names, one.answers),
                }
            )
            continue
        carried = "".join(f"; carried to {names[copy.line]}" for copy in one.carried)
        answered = "".join(f"; answered on {names[copy.line]}" for copy in (*one.answered_there, *one.answers))
        head = f"{short(one.asked.event)}  {one.standing.value}  asked on {names[one.asked.line]} by {who}"
        click.echo(f"{head}{carried}{answered}: {isolated(safe(one.text))}")
    if not found and not as_json:
        talk("Nothing was asked.")


def _place(names: Mapping[bytes, str], place: Place) -> dict[str, Any]:
    return {"line": names.get(place.line), "id": place.event.hex()}


def _places(names: Mapping[bytes, str], places: Sequence[Place]) -> list[dict[str, Any]]:
    return [_place(names, place) for place in places]

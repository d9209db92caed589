"""`carry EVENT --to LINE`."""

from __future__ import annotations

from typing import Final

import click

from backchannel.app.carrying import Wish, carry_event
from backchannel.app.package_file import HANDLINGS
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data, moment
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import InputRefused
from backchannel.log.carried import Manner

MANNERS: Final = {"verbatim": Manner.VERBATIM, "paraphrase": Manner.PARAPHRASE, "own": None}


@click.command("event")
@click.argument("event")
@click.argument("text", required=False)
@click.option("--to", "to", required=True, metavar="LINE", help="The line that it is carried to.")
@click.option("--as", "manner", required=True, type=click.Choice(list(MANNERS)), help="How; own words bear no trace.")
@click.option("--from", "named", metavar="NAME", help="Of an official word: the side or office that is named.")
@click.option("--handling", type=click.Choice(list(HANDLINGS)), help="What they may do with it; at most its own mark.")
@click.option("--offline", is_flag=True, help="Keep it for the next sync or carry out.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def carry_event_command(
    session: Session,
    event: str,
    text: str | None,
    to: str,
    manner: str,
    named: str | None,
    handling: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say on LINE what EVENT of another line says, as far as its author's mark allows.

    EVENT is the beginning of its id, or LINE:NUMBER of the other side's messages. Only you know where it came from.
    """
    try:
        (text or "").encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputRefused("it is not text in UTF-8") from error
    wish = Wish(MANNERS[manner], text, named, HANDLINGS[handling or "for-you-alone"])
    brought = carry_event(session.desk(), event, to, wish)
    sent = False if offline else send_out(session, to, brought.event)
    if as_json:
        data(
            {
                "id": brought.event.id.hex(),
                "kind": brought.event.kind,
                "number": brought.event.number,
                "said": moment(brought.event.clock),
                "sent": sent,
                "line": to,
                "as": manner,
                "origin": {"line": brought.origin.name, "id": brought.of.id.hex(), "number": brought.of.number},
            }
        )
        return
    talk(f"Carried from {brought.origin.name}, which only you know.")
    if not sent:
        tell_kept(session, to)

"""`deal witness` and `deal witnessed`: who stands by a deal as a third, over a line or by files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from backchannel.app.deal import bring_witnesses, witness_file
from backchannel.app.deal_pdf import LARGEST_PDF, deal_in_pdf, is_pdf
from backchannel.app.ledger import Ledgers
from backchannel.app.third import bring_from_line, readable, witness_over_line
from backchannel.cli.at_table import content_of, short
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_file import verified, write_new
from backchannel.cli.deal_text import are_digits_of, confirmed, digits_option
from backchannel.cli.render import plural
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import InputRefused
from backchannel.ledger.deal import Capacity, fingerprint

_OUT: Final = click.Path(path_type=Path, dir_okay=False)


@click.command("witness")
@click.argument("source", metavar="NAME|FILE")
@click.argument("deal_id", metavar="ID", required=False)
@click.option(
    "--as",
    "capacity",
    type=click.Choice([one.value for one in Capacity]),
    default="witness",
    help="As what; a witness if nothing is said.",
)
@click.option("--name", "who", required=True, help="Your name, as it will stand under the deal.")
@digits_option
@click.option("--to", type=_OUT, help="Of a FILE: the file with your signature.")
@click.option("--offline", is_flag=True, help="Of a line: keep it for the next sync or carry.")
@vault_options
def witness_command(
    session: Session,
    source: str,
    deal_id: str | None,
    capacity: str,
    who: str,
    digits: str | None,
    to: Path | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Countersign a deal that both sides signed, as a witness or a guarantor.

    Over a line: deal ID that was shown to you on NAME; your signature goes back there. At a terminal the whole text is
    shown first. By files: a deal FILE, with --hash and --to; it needs no vault. The key is made for this and forgotten.
    """
    if deal_id is not None:
        if to is not None:
            raise InputRefused("over a line there is no file to write")
        _over_line(session, source, deal_id, who, Capacity(capacity), digits, offline=offline)
        return
    if digits is None or to is None:
        raise InputRefused("for a file, --hash and --to are needed; over a line, name the deal: NAME ID")
    deal = verified(Path(source))
    if not are_digits_of(deal.draft.hash, digits):
        raise InputRefused("these are the digits of another text; nothing was signed")
    content, one = witness_file(deal, who, Capacity(capacity))
    write_new(to, content)
    click.echo(fingerprint(one.public))
    talk(f"{to} holds it. Hand it back; either side brings it to the line: backchannel deal witnessed NAME {to}")


def _over_line(
    session: Session, name: str, typed: str, who: str, capacity: Capacity, digits: str | None, *, offline: bool
) -> None:
    desk = session.desk()
    draft = readable(Ledgers(desk), name, typed)
    if confirmed(draft, digits, "countersign") != draft.hash:
        raise InputRefused("these are the digits of another text; nothing was signed")
    event, one = witness_over_line(desk, name, draft.hash, who, capacity)
    click.echo(fingerprint(one.public))
    if offline or not send_out(session, name, event):
        tell_kept(session, name)
    talk("Countersigned. Whoever showed it brings it to the deal's line: backchannel deal witnessed ... --from LINE")


@click.command("witnessed")
@click.argument("name")
@click.argument("source", metavar="FILE|ID")
@click.option("--from", "line", metavar="LINE", help="The countersignatures under deal ID that came on LINE.")
@click.option("--offline", is_flag=True, help="Keep it for the next sync or carry.")
@vault_options
def witnessed_command(
    session: Session,
    name: str,
    source: str,
    line: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Bring countersignatures to the line NAME, from a FILE or a witness's line, so that both sides hold them."""
    ledgers = Ledgers(session.desk())
    if line is not None:
        events = bring_from_line(ledgers, name, source, line)
    else:
        content = content_of(Path(source), LARGEST_PDF)
        events = bring_witnesses(ledgers, name, deal_in_pdf(content) if is_pdf(content) else content)
    for event in events:
        click.echo(short(event.id))
    if offline or not send_out(session, name, events[-1]):
        tell_kept(session, name)
    talk(f"Brought {plural(len(events), 'countersignature')}.")

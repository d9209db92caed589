"""`deal draft`: a terms file from what was agreed, with the obligations that such an agreement needs."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from backchannel.app.deal_outline import agreed_on, draft_terms, left_to_say, outline_of, part_of, read_outline
from backchannel.app.ledger import listings_of
from backchannel.app.table import Tables
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_file import write_new
from backchannel.cli.render import data, plural
from backchannel.ledger.wording import LANGUAGES

USUAL_LANGUAGES: Final = ("en", "he", "ar")


@click.command("draft")
@click.argument("name")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="Write it to this file, which is new.")
@click.option("--template", help="The template that the agenda follows, if it is not the one that fits best.")
@click.option("--as", "part", metavar="PART", help="Your part in it, such as north, seller or holder.")
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help="A language of the deal (may stand more than once); all three if nothing is said.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def draft_command(
    session: Session,
    name: str,
    to: Path | None,
    template: str | None,
    part: str | None,
    languages: tuple[str, ...],
    as_json: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Begin a terms file from the package agreed at the table of NAME, with who owes what by when.

    What nobody has said yet stands behind ???; finish it, then `deal propose NAME --file FILE`. Nothing is sent.
    """
    desk = session.desk()
    tables = Tables(desk)
    with desk.look() as transaction:
        line = transaction.line_named(name)
        agreed = agreed_on(tables.of(transaction, line))
        listings = listings_of(transaction, line)
    outline = outline_of(agreed) if template is None else read_outline(template)
    text = draft_terms(agreed, outline, part_of(outline, part, line.role), listings, languages or USUAL_LANGUAGES)
    left = left_to_say(text)
    if to is not None:
        write_new(to, text.encode("utf-8"))
    if as_json:
        data(
            {
                "template": None if outline is None else outline.name,
                "parts": [] if outline is None else list(outline.roles),
                "left": left,
                "terms": text,
            }
        )
        return
    if to is None:
        click.echo(text, nl=False)
    talk("No template fits the agenda." if outline is None else f"By the template {outline.name}.")
    if outline is not None and outline.roles and part is None:
        talk(f"Say which part is yours with --as {' or --as '.join(outline.roles)}, and the sides stand in it.")
    talk(f"{plural(left, 'line')} still to be said, behind ???.")

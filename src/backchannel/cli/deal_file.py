"""`deal export`, `verify`: a deal as a file, for those who have no part in the line."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import click

from backchannel.app.deal import export
from backchannel.app.deal_pdf import LARGEST_PDF, deal_in_pdf, is_pdf, pdf_of
from backchannel.app.ledger import Ledgers, find_deal
from backchannel.cli.at_table import content_of
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_text import shown
from backchannel.cli.render import data, safe
from backchannel.errors import ConfigRefused, InputRefused
from backchannel.ledger.deal import fingerprint, hash_digits
from backchannel.ledger.deal_file import VerifiedDeal, verify_deal

_ISOLATES: Final = ("\u2068", "\u2069")
_ISOLATING: Final = re.compile("([\u2068\u2069])")
_IN = click.Path(path_type=Path, dir_okay=False)


@click.command("export")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@click.option("--to", type=_IN, help="The deal file, as JSON.")
@click.option("--pdf", type=_IN, help="The same to be printed, with the deal file inside.")
@vault_options
def export_command(session: Session, name: str, deal_id: str, to: Path | None, pdf: Path | None) -> None:
    """Write deal ID of NAME, signed by both sides, to a file that anybody can check without a vault."""
    if to is None and pdf is None:
        raise InputRefused("name a file with --to or --pdf")
    content = export(find_deal(Ledgers(session.desk()).look(name)[1], deal_id))
    for path, made in ((to, content), (pdf, pdf_of(content) if pdf is not None else b"")):
        if path is not None:
            write_new(path, made)
            talk(f"{path} holds the deal, whoever reads it; it can be shown to anybody.")


@click.command("verify")
@click.argument("file", type=_IN)
@click.option("--text", "with_text", is_flag=True, help="Print the whole text too.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify_command(
    file: Path,
    with_text: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Check a deal file, JSON or PDF, to the last byte. It needs no vault.

    It says that these keys signed this text. Whose keys they are, the digits say: ask each side for theirs, by voice.
    """
    deal = verified(file)
    if as_json:
        data(_value(deal))
        return
    if with_text:
        for text in deal.draft.texts:
            click.echo(shown(text))
    terms = deal.draft.terms
    click.echo(f"A deal, signed by both sides; every byte is as it was signed: {safe(terms.title)}")
    click.echo(f"Hash:   {deal.draft.hash.hex()}")
    click.echo(f"Digits: {hash_digits(deal.draft.hash)}")
    for one in deal.signatures:
        click.echo(f"{safe(terms.sides[one.role])} signed; key {fingerprint(one.public)}")
    for who in deal.witnesses:
        click.echo(f"{safe(who.name)}, {who.capacity.value}, signed; key {fingerprint(who.public)}")
    talk("Whose keys these are does not follow from the file: compare their digits with each side, by voice.")


def verified(file: Path) -> VerifiedDeal:
    """Return the deal of a file.

    Raises:
        Malformed, TermsRefused, DealVoid, SignatureRefused: it does not hold.
    """
    content = content_of(file, LARGEST_PDF)
    return verify_deal(deal_in_pdf(content) if is_pdf(content) else content)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that is not there yet.

    Raises:
        ConfigRefused: it is there, or cannot be written.
    """
    try:
        with path.open("xb") as file:
            file.write(content)
    except FileExistsError as error:
        raise ConfigRefused(f"{path} is there already; nothing is overwritten") from error
    except OSError as error:
        raise ConfigRefused(f"{path} cannot be written: {error.strerror}") from error


def _value(deal: VerifiedDeal) -> dict[str, object]:
    terms = deal.draft.terms
    return {
        "deal": deal.draft.hash.hex(),
        "digits": hash_digits(deal.draft.hash),
        "title": terms.title,
        "amends": None if terms.amends is None else terms.amends.hex(),
        "signed": [
            {"role": int(one.role), "side": terms.sides[one.role], "key": fingerprint(one.public)}
            for one in deal.signatures
        ],
        "witnesses": [
            {"name": one.name, "capacity": one.capacity.value, "key": fingerprint(one.public)} for one in deal.witnesses
        ],
        "text": dict(zip(deal.draft.languages, deal.draft.texts, strict=True)),
    }

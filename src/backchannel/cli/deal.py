"""`deal`: draft, propose, amend, sign, withdraw, uphold; what others do beside it is in modules of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from backchannel.app.deal import check_may_sign, propose_deal, sign, uphold_deal, withdraw_from
from backchannel.app.escrow import holders
from backchannel.app.ledger import Ledgers, find_deal
from backchannel.app.table import Tables
from backchannel.app.terms_file import WrittenTerms, read_terms_file
from backchannel.cli.at_table import acting, content_of, tell
from backchannel.cli.context import Session, vault_options
from backchannel.cli.deal_draft import draft_command
from backchannel.cli.deal_escrow import (
    deposit_command,
    held_command,
    release_command,
    released_command,
    take_back_command,
)
from backchannel.cli.deal_file import export_command, verify_command
from backchannel.cli.deal_show import show_command, signoff_command
from backchannel.cli.deal_text import confirmed, said
from backchannel.cli.deal_witness import witness_command, witnessed_command
from backchannel.ledger.deal import fingerprint

LARGEST_TERMS_FILE: Final = 256 * 1024


@click.group()
def deal() -> None:
    """Deals: draft, sign, export, verify, witness, hold and release."""


@deal.command("propose")
@click.argument("name")
@click.option("--file", type=click.Path(path_type=Path, dir_okay=False), help="Who does what by when: YAML or JSON.")
@acting
@vault_options
def propose_command(
    session: Session,
    name: str,
    file: Path | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose the package agreed at the table of NAME as a deal, with the obligations of FILE. It binds nobody yet."""
    _propose(session, name, file, None, offline=offline, as_json=as_json)


@deal.command("amend")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@click.option(
    "--file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="Who does what by when, from now on."
)
@acting
@vault_options
def amend_command(
    session: Session,
    name: str,
    deal_id: str,
    file: Path,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose a new deal that replaces deal ID when both sides have signed it."""
    _propose(session, name, file, deal_id, offline=offline, as_json=as_json)


def _propose(
    session: Session, name: str, file: Path | None, amends: str | None, *, offline: bool, as_json: bool
) -> None:
    written = WrittenTerms()
    if file is not None:
        written = read_terms_file(content_of(file, LARGEST_TERMS_FILE), session.adapters.clock())
    desk = session.desk()
    event, draft = propose_deal(Ledgers(desk), Tables(desk), name, written, amends)
    said(session, name, event, draft, "proposed", offline=offline, as_json=as_json)
    tell("Proposed; it binds nobody until both have signed it.", as_json=as_json)


@deal.command("sign")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@click.option("--hash", "digits", metavar="DIGITS", help="The 60 digits that `deal show` gives, or the hash itself.")
@acting
@vault_options
def sign_command(
    session: Session,
    name: str,
    deal_id: str,
    digits: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Sign deal ID of NAME; only on a verified line, and only after the whole text and its hash were shown.

    At a terminal the text is shown now and the first digits are asked for. Elsewhere give the digits with --hash.
    """
    ledgers = Ledgers(session.desk())
    line, ledger = ledgers.look(name)
    found = find_deal(ledger, deal_id)
    check_may_sign(ledgers, name, found)
    draft = found.draft
    event, signed = sign(ledgers, name, draft.hash.hex(), confirmed(draft, digits))
    said(session, name, event, draft, signed.status.value, offline=offline, as_json=as_json)
    tell(f"Signed; it is {signed.status.value}.", as_json=as_json)
    tell(f"Key of this signature: {fingerprint(signed.signatures[line.role][0].public)}", as_json=as_json)


@deal.command("withdraw")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@acting
@vault_options
def withdraw_command(
    session: Session,
    name: str,
    deal_id: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Withdraw from deal ID while it is not in force."""
    event, found = withdraw_from(Ledgers(session.desk()), name, deal_id)
    for holder in holders(session.desk(), found.draft.hash):
        tell(f"Your signature is with {holder}: backchannel deal take-back {holder} {deal_id}", as_json=as_json)
    said(session, name, event, found.draft, found.status.value, offline=offline, as_json=as_json)


@deal.command("uphold")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@acting
@vault_options
def uphold_command(
    session: Session,
    name: str,
    deal_id: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Stand by deal ID, though your withdrawal crossed with the other side's signature."""
    event, found = uphold_deal(Ledgers(session.desk()), name, deal_id)
    said(session, name, event, found.draft, found.status.value, offline=offline, as_json=as_json)


for _command in (
    draft_command, show_command, export_command, verify_command, witness_command, witnessed_command, signoff_command,
    deposit_command, take_back_command, held_command, release_command, released_command,
):  # fmt: skip
    deal.add_command(_command)

"""`deal`: draft, propose, show, sign, withdraw, uphold, and with files: export, verify, witness, witnessed."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any, Final

import click

from backchannel.app.deal import check_may_sign, propose_deal, sign, uphold_deal, withdraw_from
from backchannel.app.ledger import Ledgers, find_deal
from backchannel.app.line import Line
from backchannel.app.table import Tables
from backchannel.app.terms_file import WrittenTerms, read_terms_file
from backchannel.cli.at_table import acting, content_of, short, side, tell
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_draft import draft_command
from backchannel.cli.deal_file import export_command, shown, verify_command, witness_command, witnessed_command
from backchannel.cli.render import data, local, moment, safe, table
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import InputRefused
from backchannel.ledger.deal import Draft, fingerprint, hash_digits
from backchannel.ledger.state import Deal, Status
from backchannel.log.event import Event

LARGEST_TERMS_FILE: Final = 256 * 1024
LANGUAGES: Final = ("en", "he", "ar")


@click.group()
def deal() -> None:
    """Deals: draft, propose, show, sign, export, verify, witness."""


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
    _said(session, name, event, draft, "proposed", offline=offline, as_json=as_json)
    tell("Proposed; it binds nobody until both have signed it.", as_json=as_json)


@deal.command("show")
@click.argument("name")
@click.argument("deal_id", metavar="ID", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), help="Its text in this language alone.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a deal.")
@vault_options
def show_command(
    session: Session,
    name: str,
    deal_id: str | None,
    language: str | None,
    as_json: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Show the deals of NAME, or the whole text of deal ID with its hash and the digits to read out."""
    line, ledger = Ledgers(session.desk()).look(name)
    chosen = list(ledger.deals.values()) if deal_id is None else [find_deal(ledger, deal_id)]
    if as_json:
        for one in chosen:
            data(_value(line, one))
    elif deal_id is None:
        table([_row(line, one) for one in chosen], ("deal", "title", "proposed", "signed", "status"))
    else:
        show_text(chosen[0].draft, language)
        talk(f"It is {chosen[0].status.value}.")
        for role, (signature, _) in sorted(chosen[0].signatures.items()):
            talk(f"{side(line, role)} signed with key {fingerprint(signature.public)}")


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
    check_may_sign(line, found)
    draft = found.draft
    event, signed = sign(ledgers, name, draft.hash.hex(), _confirmed(draft, digits))
    _said(session, name, event, draft, signed.status.value, offline=offline, as_json=as_json)
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
    _said(session, name, event, found.draft, found.status.value, offline=offline, as_json=as_json)


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
    _said(session, name, event, found.draft, found.status.value, offline=offline, as_json=as_json)


for _command in (draft_command, export_command, verify_command, witness_command, witnessed_command):
    deal.add_command(_command)


def show_text(draft: Draft, language: str | None = None) -> None:
    """Print the whole text, the hash, and the digits to read out."""
    for known, text in zip(draft.languages, draft.texts, strict=True):
        if language in (None, known):
            click.echo(shown(text))
    if language is not None and language not in draft.languages:
        raise InputRefused(f"this deal has no text in {language}; it has {', '.join(draft.languages)}")
    click.echo(f"Hash:   {draft.hash.hex()}")
    click.echo(f"Digits: {hash_digits(draft.hash)}")


def _confirmed(draft: Draft, digits: str | None) -> bytes:
    """Return the hash that a person has seen beside the whole text."""
    if digits is None:
        if not sys.stdin.isatty():
            raise InputRefused(
                "signing needs the digits of the text that was read", hint="deal show gives them; then --hash DIGITS"
            )
        show_text(draft)
        first = hash_digits(draft.hash)[:5]
        typed = click.prompt("To sign all of the above, type the first five digits", err=True)
        if typed.strip() != first:
            raise InputRefused("these are other digits; nothing was signed")
        return draft.hash
    typed = "".join(digits.split())
    if typed in (hash_digits(draft.hash).replace(" ", ""), draft.hash.hex()):
        return draft.hash
    return b""  # the ledger refuses to sign what another text was shown for


def _said(
    session: Session, name: str, event: Event, draft: Draft, status: str, *, offline: bool, as_json: bool
) -> None:
    sent = False if offline else send_out(session, name, event)
    if as_json:
        data(
            {
                "id": event.id.hex(),
                "kind": event.kind,
                "deal": draft.hash.hex(),
                "digits": hash_digits(draft.hash),
                "status": status,
                "sent": sent,
            }
        )
        return
    click.echo(short(draft.hash))
    if not sent:
        tell_kept(session, name)


def _row(line: Line, one: Deal) -> tuple[str, ...]:
    signed = ", ".join(side(line, role) for role in sorted(one.signatures)) or "nobody"
    return short(one.draft.hash), safe(one.draft.terms.title), local(one.proposed.clock), signed, one.status.value


def _value(line: Line, one: Deal) -> dict[str, Any]:
    terms = one.draft.terms
    return {
        "deal": one.draft.hash.hex(),
        "digits": hash_digits(one.draft.hash),
        "title": terms.title,
        "sides": list(terms.sides),
        "status": one.status.name.lower().replace("_", "-"),
        "in_force": one.status is Status.IN_FORCE,
        "proposed": {"by": side(line, one.proposed.author), "at": moment(one.proposed.clock)},
        "signed": [
            {"by": side(line, role), "at": moment(mark.clock), "key": fingerprint(signature.public)}
            for role, (signature, mark) in sorted(one.signatures.items())
        ],
        "witnesses": [
            {"name": who.name, "capacity": who.capacity.value, "key": fingerprint(who.public)}
            for who, _ in one.witnesses
        ],
        "amends": None if terms.amends is None else terms.amends.hex(),
        "amended_by": None if one.amended_by is None else one.amended_by.hex(),
        "text": dict(zip(one.draft.languages, one.draft.texts, strict=True)),
    }

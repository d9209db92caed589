"""`deal deposit`, `take-back`, `held`, `release`, `released`: a guarantor holds both signatures and releases them."""

from __future__ import annotations

import click

from backchannel.app.deal import check_may_sign
from backchannel.app.escrow import (
    bring_released,
    deposit_signature,
    held,
    release_both,
    take_deposit_back,
)
from backchannel.app.ledger import Ledgers, find_deal
from backchannel.app.line import Line
from backchannel.app.third import readable
from backchannel.cli.at_table import acting, short, tell
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_text import confirmed, digits_option, said
from backchannel.cli.render import data, local, moment, safe, table
from backchannel.cli.sending import send_out, tell_kept
from backchannel.ledger.deal import Draft, fingerprint, hash_digits
from backchannel.ledger.third import Deposit


@click.command("deposit")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@click.option("--with", "guarantor", required=True, metavar="LINE", help="The line to the guarantor.")
@digits_option
@acting
@vault_options
def deposit_command(
    session: Session,
    name: str,
    deal_id: str,
    guarantor: str,
    digits: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Sign deal ID of NAME, and put the signature into the hands of the guarantor on LINE instead of the other side's.

    It is void alone. The guarantor releases it together with the other side's. Only on verified lines, and only after
    the whole text and its hash were shown: at a terminal now, elsewhere give the digits with --hash.
    """
    ledgers = Ledgers(session.desk())
    _, ledger = ledgers.look(name)
    found = find_deal(ledger, deal_id)
    check_may_sign(ledgers, name, found)
    draft = found.draft
    event, one = deposit_signature(ledgers, name, draft.hash.hex(), confirmed(draft, digits), guarantor)
    said(session, guarantor, event, draft, "deposited", offline=offline, as_json=as_json)
    tell(f"Your signature is with {guarantor}, and void alone; key {fingerprint(one.public)}", as_json=as_json)
    tell(f"Until it is released: backchannel deal take-back {guarantor} {short(draft.hash)}", as_json=as_json)


@click.command("take-back")
@click.argument("guarantor", metavar="LINE")
@click.argument("deal_id", metavar="ID")
@acting
@vault_options
def take_back_command(session: Session, guarantor: str, deal_id: str, offline: bool, as_json: bool) -> None:  # noqa: FBT001
    """Take back your signature under deal ID from the guarantor on LINE, while it is not released."""
    event, draft = take_deposit_back(session.desk(), guarantor, deal_id)
    said(session, guarantor, event, draft, "taken back", offline=offline, as_json=as_json)
    tell("Taken back; if it crossed with the release, the signatures are out, and you are told.", as_json=as_json)


@click.command("held")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a deal.")
@vault_options
def held_command(session: Session, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """As a guarantor: show the deals whose signatures were put into your hands, and which can be released."""
    found = held(session.desk())
    if as_json:
        for one in found:
            data(
                {
                    "deal": one.draft.hash.hex(),
                    "digits": hash_digits(one.draft.hash),
                    "title": one.draft.terms.title,
                    "ready": one.ready,
                    "deposits": [
                        {
                            "line": line.name,
                            "role": int(each.signature.role),
                            "side": one.draft.terms.sides[each.signature.role],
                            "at": moment(each.deposited.clock),
                            "holding": each.holding.name.lower().replace("_", "-"),
                            "key": fingerprint(each.signature.public),
                        }
                        for line, each in one.deposits
                    ],
                }
            )
        return
    rows = [_row(one.draft, line, each) for one in found for line, each in one.deposits]
    table(rows, ("deal", "title", "side", "line", "deposited", "standing"))
    for one in found:
        if one.ready:
            known = short(one.draft.hash)
            talk(f"Both are held of {known}: backchannel deal release {' '.join(one.lines)} {known} --name ...")


def _row(draft: Draft, line: Line, one: Deposit) -> tuple[str, ...]:
    whose = safe(draft.terms.sides[one.signature.role])
    known = short(draft.hash), safe(draft.terms.title), whose, line.name
    return *known, local(one.deposited.clock), one.holding.value


@click.command("release")
@click.argument("first", metavar="LINE")
@click.argument("second", metavar="LINE")
@click.argument("deal_id", metavar="ID")
@click.option("--name", "who", required=True, help="Your name, as it will stand under the deal.")
@digits_option
@acting
@vault_options
def release_command(
    session: Session,
    first: str,
    second: str,
    deal_id: str,
    who: str,
    digits: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """As a guarantor: release both signatures under deal ID, with your own, on both lines at once.

    Both go out in one step of your vault, or none does. At a terminal the whole text is shown first; elsewhere give the
    digits with --hash. The key is made for this and forgotten.
    """
    desk = session.desk()
    draft = readable(Ledgers(desk), first, deal_id)
    events, one = release_both(
        desk, (first, second), draft.hash.hex(), confirmed(draft, digits, "release both signatures under"), who
    )
    sent = [
        False if offline else send_out(session, name, event)
        for name, event in zip((first, second), events, strict=True)
    ]
    if as_json:
        data(
            {
                "deal": draft.hash.hex(),
                "key": fingerprint(one.public),
                "released": [
                    {"line": name, "id": event.id.hex(), "sent": went}
                    for name, event, went in zip((first, second), events, sent, strict=True)
                ],
            }
        )
        return
    click.echo(fingerprint(one.public))
    for name, went in zip((first, second), sent, strict=True):
        if not went:
            tell_kept(session, name)
    talk("Released on both lines. Each side can now bring both signatures to the line between them.")


@click.command("released")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@click.option("--from", "guarantor", required=True, metavar="LINE", help="The line to the guarantor.")
@acting
@vault_options
def released_command(
    session: Session,
    name: str,
    deal_id: str,
    guarantor: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Bring both signatures under deal ID, which the guarantor on LINE released, to the line NAME."""
    event, deal = bring_released(Ledgers(session.desk()), name, deal_id, guarantor)
    said(session, name, event, deal.draft, deal.status.value, offline=offline, as_json=as_json)
    tell(f"Brought; it is {deal.status.value}.", as_json=as_json)

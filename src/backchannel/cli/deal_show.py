"""`deal show` and `deal signoff`: read deals, show one to a principal or a witness, and sign off what was shown."""

from __future__ import annotations

from typing import Any, Final

import click

from backchannel.app.deal_standing import Standing, standing_on
from backchannel.app.ledger import Ledgers
from backchannel.app.line import Line
from backchannel.app.third import find_draft, look_at, readable, show_deal, sign_off
from backchannel.cli.at_table import acting, short, side, tell
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_text import confirmed, digits_option, said, show_text, texts_of
from backchannel.cli.render import data, isolated, local, moment, safe, table
from backchannel.errors import InputRefused
from backchannel.ledger.deal import Countersignature, Draft, Signature, fingerprint, hash_digits
from backchannel.ledger.state import Deal, Ledger, Status
from backchannel.ledger.third import OUT, Copy, Deposit, ThirdParty

LANGUAGES: Final = ("en", "he", "ar")


@click.command("show")
@click.argument("name")
@click.argument("deal_id", metavar="ID", required=False)
@click.option("--language", type=click.Choice(LANGUAGES), help="Its text in this language alone.")
@click.option("--to", metavar="LINE", help="Show deal ID to whoever is at the other end of LINE, and print nothing.")
@click.option("--offline", is_flag=True, help="With --to: keep it for the next sync or carry.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a deal.")
@vault_options
def show_command(
    session: Session,
    name: str,
    deal_id: str | None,
    language: str | None,
    to: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show the deals of NAME, or the whole text of deal ID with its hash and the digits to read out.

    With --to, a principal, a witness or whoever else is at the other end of LINE gets the whole text, and both
    signatures once it is in force. Only on a verified line, and only by this word of yours.
    """
    ledgers = Ledgers(session.desk())
    if to is not None:
        if deal_id is None:
            raise InputRefused("name the deal that is to be shown")
        event, shown = show_deal(ledgers, name, deal_id, to)
        said(session, to, event, shown.draft, shown.status.value, offline=offline, as_json=as_json)
        signed = shown.status in (Status.IN_FORCE, Status.AMENDED)
        tell(f"Shown to {to}: the whole text{', and both signatures' if signed else ''}.", as_json=as_json)
        return
    line, ledger = ledgers.look(name)
    _, there = look_at(session.desk(), name)
    beside = standing_on(session.desk(), name)
    if deal_id is not None:
        draft = find_draft(there.drafts() | {deal: one.draft for deal, one in ledger.deals.items()}, deal_id)
        chosen = [draft]
    else:
        chosen = [one.draft for one in ledger.deals.values()]
        chosen += [draft for deal, draft in there.drafts().items() if deal not in ledger.deals]
    if as_json:
        for draft in chosen:
            data(_value(beside, line, ledger, there, draft))
    elif deal_id is None:
        table([_row(line, ledger, there, one) for one in chosen], ("deal", "title", "when", "signed", "status"))
    else:
        show_text(chosen[0], language)
        _tell_standing(beside, line, ledger, there, chosen[0])


@click.command("signoff")
@click.argument("name")
@click.argument("deal_id", metavar="ID")
@digits_option
@click.option("--words", default="", help="What else you say of it.")
@acting
@vault_options
def signoff_command(
    session: Session,
    name: str,
    deal_id: str,
    digits: str | None,
    words: str,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Sign off deal ID that was shown to you on NAME: your go-between may sign it then.

    At a terminal the text is shown now and the first digits are asked for. Elsewhere give the digits with --hash. Take
    it back with `mandate signoff --withdraw`.
    """
    ledgers = Ledgers(session.desk())
    draft = readable(ledgers, name, deal_id)
    event = sign_off(ledgers, name, draft.hash.hex(), confirmed(draft, digits, "sign off"), words)
    said(session, name, event, draft, "signed off", offline=offline, as_json=as_json)
    tell("Signed off; it binds nobody until both sides have signed it.", as_json=as_json)


def _tell_standing(beside: Standing, line: Line, ledger: Ledger, there: ThirdParty, draft: Draft) -> None:
    deal = ledger.deals.get(draft.hash)
    if deal is not None:
        talk(f"It is {deal.status.value}.")
        for role, (signature, _) in sorted(deal.signatures.items()):
            talk(f"{side(line, role)} signed with key {fingerprint(signature.public)}")
        for one in beside.signoffs(draft.hash):
            words = f": {isolated(safe(one.signoff.words))}" if one.signoff.words else ""
            talk(f"{one.line.name} signed it off, {local(one.event.clock)}{words}")
        known = short(draft.hash)
        for to in (principal.name for principal in beside.missing(draft.hash)):
            talk(f"{to} has not signed it off; show it: backchannel deal show {line.name} {known} --to {to}")
        for holder, own in beside.deposited(draft.hash):
            talk(f"Your signature with {holder.name} is {own.holding.value}.")
            if own.holding in OUT and not deal.released:
                talk(f"Bring it here: backchannel deal released {line.name} {known} --from {holder.name}")
    for copy in _copies(there, draft):
        whose = "You" if side(line, copy.shown.author) == "me" else "They"
        talk(f"{whose} showed it, {'with the signatures of both sides' if copy.both else 'not signed by both'}.")
        for who, _ in copy.witnesses:
            talk(f"{isolated(safe(who.name))}, {who.capacity.value}, signed; key {fingerprint(who.public)}")
    for one_held in (one for one in there.deposits if one.draft.hash == draft.hash):
        whose = "Your" if side(line, one_held.deposited.author) == "me" else "Their"
        named = isolated(safe(draft.terms.sides[one_held.signature.role]))
        talk(f"{whose} signature for {named} is {one_held.holding.value}; key {fingerprint(one_held.signature.public)}")


def _row(line: Line, ledger: Ledger, there: ThirdParty, draft: Draft) -> tuple[str, ...]:
    deal = ledger.deals.get(draft.hash)
    known = short(draft.hash), safe(draft.terms.title)
    if deal is not None:
        signed = ", ".join(side(line, role) for role in sorted(deal.signatures)) or "nobody"
        return *known, local(deal.proposed.clock), signed, deal.status.value
    own = [one for one in there.deposits if one.draft.hash == draft.hash]
    if own:
        last = own[-1]
        signed = safe(draft.terms.sides[last.signature.role])
        return *known, local(last.deposited.clock), signed, f"signature {last.holding.value}"
    copy = _copies(there, draft)[-1]
    return *known, local(copy.shown.clock), "both" if copy.both else "", f"shown by {side(line, copy.shown.author)}"


def _value(beside: Standing, line: Line, ledger: Ledger, there: ThirdParty, draft: Draft) -> dict[str, Any]:
    terms = draft.terms
    deal = ledger.deals.get(draft.hash)
    return {
        "deal": draft.hash.hex(),
        "digits": hash_digits(draft.hash),
        "title": terms.title,
        "sides": list(terms.sides),
        **(_of_deal(beside, line, deal) if deal is not None else _of_third(beside, line, there, draft)),
        "amends": None if terms.amends is None else terms.amends.hex(),
        "text": texts_of(draft),
    }


def _of_deal(beside: Standing, line: Line, one: Deal) -> dict[str, Any]:
    return {
        "here": "deal",
        "status": one.status.name.lower().replace("_", "-"),
        "in_force": one.status is Status.IN_FORCE,
        "proposed": {"by": side(line, one.proposed.author), "at": moment(one.proposed.clock)},
        "signed": [
            {"by": side(line, role), "at": moment(mark.clock), "key": fingerprint(signature.public)}
            for role, (signature, mark) in sorted(one.signatures.items())
        ],
        "witnesses": _witnesses([who for who, _ in one.witnesses]),
        "amended_by": None if one.amended_by is None else one.amended_by.hex(),
        "released": bool(one.released),
        "signoffs": [
            {"line": off.line.name, "at": moment(off.event.clock), "words": off.signoff.words}
            for off in beside.signoffs(one.draft.hash)
        ],
        "not_signed_off": [principal.name for principal in beside.missing(one.draft.hash)],
        "deposits": [{"with": holder.name, **_deposit(own)} for holder, own in beside.deposited(one.draft.hash)],
    }


def _of_third(beside: Standing, line: Line, there: ThirdParty, draft: Draft) -> dict[str, Any]:
    copies = _copies(there, draft)
    return {
        "here": "third",
        "shown": [{"by": side(line, one.shown.author), "at": moment(one.shown.clock)} for one in copies],
        "signed": [_signed(draft, one) for copy in copies for one in copy.both],
        "witnesses": _witnesses([who for copy in copies for who, _ in copy.witnesses]),
        "signed_off": draft.hash in beside.own_sign_offs,
        "deposits": [
            {"by": side(line, one.deposited.author), **_deposit(one)}
            for one in there.deposits
            if one.draft.hash == draft.hash
        ],
    }


def _witnesses(some: list[Countersignature]) -> list[dict[str, str]]:
    return [{"name": who.name, "capacity": who.capacity.value, "key": fingerprint(who.public)} for who in some]


def _signed(draft: Draft, one: Signature) -> dict[str, Any]:
    return {"role": int(one.role), "side": draft.terms.sides[one.role], "key": fingerprint(one.public)}


def _deposit(one: Deposit) -> dict[str, Any]:
    holding = one.holding.name.lower().replace("_", "-")
    return {**_signed(one.draft, one.signature), "at": moment(one.deposited.clock), "holding": holding}


def _copies(there: ThirdParty, draft: Draft) -> list[Copy]:
    return [copy for (_, deal), copy in there.copies.items() if deal == draft.hash]

"""`mandate`: set, show, check, withdraw, use, signoff."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import click

from backchannel.app.mandate import check, read_mandate_file, say_body, show, use, withdraw, withdraw_signoff
from backchannel.app.package_file import LARGEST_FILE
from backchannel.app.signing_off import SignedOff
from backchannel.cli.at_table import acting, content_of, short
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.marks import limits_words
from backchannel.cli.render import data, isolated, local, moment, safe
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import InputRefused
from backchannel.ledger.mandate import HASH, Given, Signoff
from backchannel.log.event import Event


@click.group()
def mandate() -> None:
    """What a go-between may agree for a principal without asking."""


@mandate.command("set")
@click.argument("name")
@click.option(
    "--file", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The mandate, in YAML or JSON."
)
@acting
@vault_options
def set_command(session: Session, name: str, file: Path, offline: bool, as_json: bool) -> None:  # noqa: FBT001
    """Give the other side of NAME a mandate; it takes the place of the one before.

    The file has `limits` (issue: {least, most, options} or any), and may have `until`, `binding` (yes or no), `words`.
    """
    now = session.adapters.clock()
    offset = datetime.fromtimestamp(now / 1000).astimezone().utcoffset()
    zone = 0 if offset is None else round(offset.total_seconds() / 60)
    given = read_mandate_file(content_of(file, LARGEST_FILE), now, zone)
    _send(session, name, say_body(session.desk(), name, given), offline=offline, as_json=as_json)


@mandate.command("withdraw")
@click.argument("name")
@acting
@vault_options
def withdraw_command(session: Session, name: str, offline: bool, as_json: bool) -> None:  # noqa: FBT001
    """Take back the mandate that you gave on NAME."""
    _send(session, name, withdraw(session.desk(), name), offline=offline, as_json=as_json)


@mandate.command("signoff")
@click.argument("name")
@click.argument("of", metavar="HASH")
@click.option("--words", default="", help="What else you say of it.")
@click.option("--withdraw", "back", is_flag=True, help="Take it back; what was bound before stays bound.")
@acting
@vault_options
def signoff_command(
    session: Session,
    name: str,
    of: str,
    words: str,
    back: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Agree on NAME to the deal, package or text with this HASH (64 digits), after reading what it stands for."""
    try:
        found = bytes.fromhex(of)
    except ValueError:
        found = b""
    if len(found) != HASH:
        raise InputRefused(f"a hash has {2 * HASH} hexadecimal digits")
    desk = session.desk()
    event = withdraw_signoff(desk, name, found) if back else say_body(desk, name, Signoff(found, words))
    _send(session, name, event, offline=offline, as_json=as_json)


@mandate.command("use")
@click.argument("principal", metavar="PRINCIPAL_LINE")
@click.option("--for", "name", required=True, metavar="LINE", help="Where you offer and accept for them.")
@click.option("--stop", is_flag=True, help="No longer use it.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def use_command(session: Session, principal: str, name: str, stop: bool, as_json: bool) -> None:  # noqa: FBT001
    """Hold what binds on LINE to the mandate that was given on PRINCIPAL_LINE; only you know."""
    use(session.desk(), principal, name, stop=stop)
    if as_json:
        data({"line": name, "principal": principal, "used": not stop})
        return
    talk(f"What binds on {name} is {'no longer ' if stop else ''}held to the mandate of {principal}.")


@mandate.command("check")
@click.argument("name")
@click.argument("offer")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def check_command(session: Session, name: str, offer: str, as_json: bool) -> None:  # noqa: FBT001
    """Show the hash of the package of OFFER on NAME, and what of it goes beyond the mandates used for NAME.

    The hash is the same on every line: a principal can compare it before signing it off.
    """
    package, beyond = check(session.desk(), name, offer)
    if as_json:
        data({"line": name, "package": package.hex(), "beyond": {one: list(all_) for one, all_ in beyond.items()}})
        return
    click.echo(package.hex())
    for principal, all_ in beyond.items():
        talk(f"{principal}: {'; '.join(all_) or 'within the mandate'}")


@mandate.command("show")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def show_command(session: Session, name: str, as_json: bool) -> None:  # noqa: FBT001
    """Show the mandates and sign-offs of NAME, and for which lines a mandate is used."""
    found = show(session.desk(), name)
    now = session.adapters.clock()
    if as_json:
        data(
            {
                "line": name,
                "theirs": [_value(one, now) for one in found.theirs],
                "mine": [_value(one, now) for one in found.mine],
                "signoffs": [_signoff(one) for one in found.signed],
                "used_for": list(found.used_for),
                "uses": list(found.uses),
            }
        )
        return
    for who, some in (("them", found.theirs), ("me", found.mine)):
        for one in some:
            end = "" if one.mandate.until is None else f", until {local(one.mandate.until.moment)}"
            words = f": {isolated(safe(one.mandate.words))}" if one.mandate.words else ""
            head = f"{short(one.event.id)}  by {who}, {_standing(one, now)}{end}"
            click.echo(f"{head}: {limits_words(one.mandate)}{words}")
    for signed in found.signed:
        words = f": {isolated(safe(signed.signoff.words))}" if signed.signoff.words else ""
        click.echo(f"signed off by {'me' if signed.mine else 'them'}: {signed.signoff.of.hex()}{words}")
    if found.used_for:
        talk(f"Used for {', '.join(found.used_for)}.")
    if not (found.theirs or found.mine or found.signed):
        talk("There is no mandate on this line.")


def _standing(one: Given, now: int) -> str:
    if one.withdrawn:
        return "withdrawn"
    if one.replaced:
        return "replaced"
    return "in force" if one.holds(now) else "expired"


def _value(one: Given, now: int) -> dict[str, Any]:
    limits = {
        key: {"least": limit.least, "most": limit.most, "options": limit.options and list(limit.options)}
        for key, limit in one.mandate.limits.items()
    }
    until = one.mandate.until
    return {
        "id": one.event.id.hex(),
        "standing": _standing(one, now),
        "limits": limits,
        "until": None if until is None else moment(until.moment),
        "binding": one.mandate.binding,
        "words": one.mandate.words,
    }


def _signoff(one: SignedOff) -> dict[str, Any]:
    by = "me" if one.mine else "them"
    return {"id": one.event.id.hex(), "of": one.signoff.of.hex(), "by": by, "words": one.signoff.words}


def _send(session: Session, name: str, event: Event, *, offline: bool, as_json: bool) -> None:
    sent = False if offline else send_out(session, name, event)
    if as_json:
        data({"id": event.id.hex(), "kind": event.kind, "number": event.number, "sent": sent})
        return
    click.echo(short(event.id))
    if not sent:
        tell_kept(session, name)

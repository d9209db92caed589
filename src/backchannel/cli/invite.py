"""`invite`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from backchannel.app.code import LIFETIME as CODE_LIFETIME
from backchannel.app.code import offer_by_code
from backchannel.app.invite import LIFETIME
from backchannel.app.invite import invite as make_line
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import local
from backchannel.errors import ConfigRefused, TransportError
from backchannel.line.invitation import Invitation
from backchannel.wire.armor import armor
from backchannel.wire.parts import Kind, to_texts


@click.command()
@click.argument("name")
@click.option(
    "--relay", "relays", multiple=True, metavar="URL", help="A relay; several for one line are tried in turn."
)
@click.option("--file", "file", type=click.Path(path_type=Path, dir_okay=False), help="Write the invitation to a file.")
@click.option("--text", is_flag=True, help="Print the invitation as text to paste (this is the default).")
@click.option("--qr", metavar="PNG", help="Write the invitation as a QR code; - draws it on the terminal.")
@click.option("--code", is_flag=True, help="Hand it over by a short spoken code, while both are online.")
@click.option(
    "--days", type=click.IntRange(1, 365), default=LIFETIME // 86400, show_default=True, help="How long it works."
)
@click.option(
    "--wait",
    type=click.FloatRange(1, 3600),
    default=CODE_LIFETIME,
    show_default=True,
    help="Seconds to wait for the one who has the code.",
)
@vault_options
def invite(
    session: Session,
    name: str,
    relays: tuple[str, ...],
    file: Path | None,
    text: bool,  # noqa: FBT001  (click passes by name)
    qr: str | None,
    code: bool,  # noqa: FBT001
    days: int,
    wait: float,
) -> None:
    """Make a line and the invitation to its other end.

    NAME is what you call the line; the other side never sees it. Whoever has the invitation can become the other end,
    once: hand it over by a way that only the two of you can see.
    """
    if sum((file is not None, text, qr is not None, code)) > 1:
        raise click.UsageError("name one of --file, --text, --qr and --code")
    if code and not relays:
        raise click.UsageError("--code needs a --relay on which both meet")
    urls = _checked(session, relays)
    place = file if qr in (None, "-") else Path(qr)
    desk = session.desk()
    with _claimed(place):
        invitation = make_line(desk, name, urls, days * 86400)
    if code:
        _by_code(session, name, urls[0], invitation, wait)
        return
    _hand_out(session, invitation, file, qr)
    talk("Give it to the other side by a way that only the two of you can see.")
    talk(f"It works once, until {local(invitation.expires * 1000)}.")
    if urls:
        talk(f"When they have joined, run: backchannel sync {name}")
    else:
        talk("There is no relay: they bring you their request, and you run: backchannel carry in DIR")


def _checked(session: Session, relays: tuple[str, ...]) -> list[str]:
    urls = []
    for relay in relays:
        url, exposed = session.adapters.relay_url(relay)
        if exposed:
            talk(f"warning: {url} is not encrypted: whoever is on the way can delete what lies in your mailboxes")
        urls.append(url)
    return list(dict.fromkeys(urls))


@contextmanager
def _claimed(place: Path | None) -> Iterator[None]:
    """Make the file before the line: a line whose invitation could not be written would be lost, and its name with it.

    Raises:
        ConfigRefused: it is there already, or cannot be written.
    """
    if place is None:
        yield
        return
    try:
        os.close(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError as error:
        raise ConfigRefused(f"{place} is there already") from error
    except OSError as error:
        raise ConfigRefused(f"{place} cannot be written: {error.strerror}") from error
    try:
        yield
    except BaseException:
        place.unlink(missing_ok=True)
        raise


def _hand_out(session: Session, invitation: Invitation, file: Path | None, qr: str | None) -> None:
    raw = invitation.encode()
    if file is not None:
        try:
            file.write_text(armor(Kind.INVITATION, raw), "utf-8", newline="\n")
        except OSError as error:
            raise ConfigRefused(f"{file} cannot be written: {error.strerror}") from error
        talk(f"The invitation is in {file}.")
    elif qr == "-":
        click.echo(session.adapters.terminal_qr(to_texts(Kind.INVITATION, raw)[0]))
    elif qr is not None:
        session.adapters.write_qr(Path(qr), to_texts(Kind.INVITATION, raw)[0])
        talk(f"The invitation is in {qr}.")
    else:
        click.echo(armor(Kind.INVITATION, raw), nl=False)


def _by_code(session: Session, name: str, url: str, invitation: Invitation, wait: float) -> None:
    def show(code: str) -> None:
        click.echo(f"{code}@{url}")
        talk("Tell them the twelve digits and the relay. They run: backchannel join NAME --code " + f"{code}@{url}")
        talk("Waiting for them ...")

    relay = session.adapters.relay(url, session.proxy())
    try:
        offer_by_code(session.desk(), relay, invitation.encode(), show, wait)
    except TransportError as error:
        raise type(error)(
            error.detail, hint=f"the line {name} is made; `invite` another name when the relay is back"
        ) from error
    finally:
        relay.close()
    talk("They have the invitation.")
    if exchange_now(session, name, wait=wait / 10, until_open=True):
        talk(f"The line is open. Now compare the safety number: backchannel verify {name}")

"""`join`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from backchannel.app.code import invitation_by_code
from backchannel.app.join import join as join_line
from backchannel.app.join import why_refused
from backchannel.app.line import Phase
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.errors import ConfigRefused, Malformed
from backchannel.line.invitation import decode_invitation
from backchannel.wire.armor import dearmor
from backchannel.wire.parts import Kind, collect


@click.command()
@click.argument("name")
@click.option(
    "--file", "file", type=click.Path(path_type=Path, dir_okay=False), help="Read the invitation from a file."
)
@click.option("--text", metavar="-", help="Read the pasted invitation from standard input: --text -")
@click.option(
    "--qr",
    "images",
    multiple=True,
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="PNG",
    help="Read the invitation from a picture of its QR code.",
)
@click.option("--code", metavar="CODE", help="The spoken code, with or without @RELAY behind it.")
@click.option("--relay", metavar="URL", help="The relay on which the code is, where CODE does not name it.")
@click.option(
    "--wait", type=click.FloatRange(0, 3600), default=3.0, show_default=True, help="Seconds to wait for the other side."
)
@vault_options
def join(
    session: Session,
    name: str,
    file: Path | None,
    text: str | None,
    images: tuple[Path, ...],
    code: str | None,
    relay: str | None,
    wait: float,
) -> None:
    """Become the other end of a line.

    NAME is what you call the line; the other side never sees it. An invitation works once.
    """
    if sum((file is not None, text is not None, bool(images), code is not None)) != 1:
        raise click.UsageError("name one of --file F, --text -, --qr PNG and --code CODE")
    if code is not None:
        raw = _by_code(session, code, relay)
    elif images:
        raw = _invitation_in(collect(session.adapters.read_qr(images)))
    else:
        raw = _invitation_in([(found.kind, found.data) for found in dearmor(_text(file, text))])
    _check_relays(session, raw)
    line = join_line(session.desk(), name, raw)
    for url in line.relays:
        talk(f"The line {name} uses the relay {url}")
    opened = exchange_now(session, name, wait=wait, until_open=True)
    if session.line(name).phase is Phase.REFUSED:
        raise why_refused(session.desk(), session.line(name))
    if opened:
        talk(f"The line is open. Now compare the safety number: backchannel verify {name}")
    elif line.relays:
        talk(
            f"The other side has to be online once: they run `backchannel sync`, then you run: backchannel sync {name}"
        )
    else:
        talk(f"The line has no relay; carry the request to the other side: backchannel carry out {name} DIR")


def _text(file: Path | None, text: str | None) -> str:
    if file is not None:
        try:
            return file.read_text("utf-8", errors="replace")
        except OSError as error:
            raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    if text != "-":
        raise click.UsageError("an invitation is a secret and does not belong on the command line; use: --text -")
    if sys.stdin.isatty():
        talk("Paste the invitation, then press Ctrl-D on a line of its own.")
    return sys.stdin.buffer.read().decode("utf-8", errors="replace")


def _invitation_in(found: list[tuple[Kind, bytes]]) -> bytes:
    invitations = [data for kind, data in found if kind is Kind.INVITATION]
    if len(invitations) != 1:
        hint = "envelopes are taken in by: backchannel carry in" if not invitations else ""
        raise Malformed(f"there are {len(invitations)} invitations in it", hint=hint)
    return invitations[0]


def _check_relays(session: Session, raw: bytes) -> None:
    """Refuse addresses that no `invite` writes: they would be shown, and be asked, for as long as the line lives.

    Raises:
        Malformed: no invitation, or one with such an address.
    """
    for url in decode_invitation(raw).relays:
        try:
            spelling, _ = session.adapters.relay_url(url)
        except ConfigRefused as error:
            raise Malformed("an invitation to a relay whose address is none") from error
        if spelling != url:
            raise Malformed("an invitation to a relay whose address is misspelt")


def _by_code(session: Session, code: str, relay: str | None) -> bytes:
    digits, _, named = code.partition("@")
    url = relay or named or os.environ.get("BACKCHANNEL_RELAY")
    if not url:
        raise ConfigRefused(
            "the code does not say on which relay it is", hint="add --relay URL, as the other side told you"
        )
    client = session.adapters.relay(session.adapters.relay_url(url)[0], session.proxy())
    try:
        talk("Looking for the other side ...")
        return invitation_by_code(session.desk(), client, digits)
    finally:
        client.close()

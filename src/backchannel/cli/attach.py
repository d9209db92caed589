"""`attach`."""

from __future__ import annotations

import mimetypes
import os
from pathlib import Path

import click

from backchannel.app.attach import attach as keep
from backchannel.app.exchange import Exchanged, send
from backchannel.app.line import Phase
from backchannel.app.steady import steady_of
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import warn
from backchannel.cli.files import as_value, size_of
from backchannel.cli.progress import Progress
from backchannel.cli.render import data, isolated, safe
from backchannel.cli.steady_sentences import steady_file
from backchannel.errors import ConfigRefused

UNKNOWN_TYPE = "application/octet-stream"


@click.command()
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--type", "media_type", metavar="T", help="What it is, such as image/png; else guessed from its name.")
@click.option("--as", "shown", metavar="NAME", help="The name that the other side sees; else the file's own.")
@click.option("--offline", is_flag=True, help="Keep it for the next sync or carry.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def attach(
    session: Session,
    name: str,
    file: Path,
    media_type: str | None,
    shown: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Send a file on a line.

    A copy goes into the vault first. Then it travels in encrypted parts, beside what is said and never before it, and
    goes on where it was whenever something stopped it. A voice note is a file too.
    """
    desk = session.desk()
    given = shown or file.name
    guessed = media_type or mimetypes.guess_type(given, strict=False)[0] or UNKNOWN_TYPE
    try:
        with file.open("rb") as source, Progress(given, os.fstat(source.fileno()).st_size) as progress:
            event, attachment = keep(
                desk, name, name=_encodable(given), media_type=_encodable(guessed), source=source, progress=progress.add
            )
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    if not offline:
        _send(session, name)
    line = session.line(name)
    with desk.look() as transaction:
        attachment = transaction.file(line.id, attachment.name) or attachment
    if as_json:
        data(as_value(attachment) | {"event": event.id.hex(), "number": event.number})
        return
    told = f"{isolated(safe(given))}, {size_of(attachment.file.size)}, {guessed}"
    talk(f"Kept as {attachment.name.hex()[:8]}: {told}")
    steady = steady_of(desk, name)
    if steady is not None:
        talk(steady_file(steady))
    elif not (line.relays or line.folders):
        talk(f"Carry it: backchannel carry out {name} DIR")
    elif attachment.sending is not None and attachment.sending.may_go:
        talk("It goes out with each sync; `backchannel sync --watch` keeps at it.")
    else:
        talk("It is large: it goes out once they accept it. `backchannel sync --watch` keeps at it.")


def _send(session: Session, name: str) -> None:
    line = session.line(name)
    if line.phase is not Phase.OPEN:
        return
    transports = session.transports_of(line)
    try:
        done = Exchanged()
        send(session.desk(), line.id, transports, done)
        warn(done)
    finally:
        for transport in transports:
            transport.close()


def _encodable(text: str) -> str:
    """Return a text that has an encoding: names on a disk may be bytes that are no text."""
    return os.fsencode(text).decode("utf-8", errors="replace")

"""What the commands of the table share: one act, sent and reported; whose it is; how ids are shown."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import click

from backchannel.app.line import Line
from backchannel.app.table import Tables
from backchannel.cli.context import Session, talk
from backchannel.cli.render import data, moment
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import ConfigRefused, InputRefused
from backchannel.log.event import Event
from backchannel.table.acts import Act
from backchannel.table.model import Table

SHORT: Final = 8
"""Hexadecimal digits of an id that are shown; fewer may be typed."""


def acting(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of everything that becomes an event: `--offline` and `--json`."""
    command = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")(command)
    return click.option("--offline", is_flag=True, help="Keep it for the next sync or carry.")(command)


def act(
    session: Session, name: str, choose: Callable[[Line, Table], Act], *, offline: bool, as_json: bool
) -> tuple[Event, Table]:
    """Do one act at the table of a line, send it, and say what became of it."""
    event, table = Tables(session.desk()).act(name, choose)
    sent = False if offline else send_out(session, name, event)
    if as_json:
        data(
            {
                "id": event.id.hex(),
                "kind": event.kind,
                "number": event.number,
                "said": moment(event.clock),
                "sent": sent,
            }
        )
    else:
        click.echo(short(event.id))
        if not sent:
            tell_kept(session, name)
    return event, table


def short(identity: bytes) -> str:
    """Return the beginning of an id, as people see and type it."""
    return identity.hex()[:SHORT]


def side(line: Line, author: int) -> str:
    """Return whose something is, as JSON says it."""
    return "me" if author == int(line.role) else "them"


def content_of(file: Path, largest: int) -> bytes:
    """Return what is in a file.

    Raises:
        ConfigRefused: it cannot be read.
        InputRefused: it is larger than anything of that kind.
    """
    try:
        with file.open("rb") as opened:
            content = opened.read(largest + 1)
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    if len(content) > largest:
        raise InputRefused(f"{file} is larger than {largest:,} bytes")
    return content


def tell(sentence: str, *, as_json: bool) -> None:
    """Tell a person; a program reads JSON."""
    if not as_json:
        talk(sentence)

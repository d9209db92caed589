"""`files` and `file`."""

from __future__ import annotations

import click

from backchannel.app.attachment import Attachment, State
from backchannel.app.files import accept, cancel, drop
from backchannel.app.files import files as listed
from backchannel.app.safe_name import is_disguised, safe_name
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data, isolated, safe, table

SHOWN_ID = 8
UNITS = ("bytes", "KiB", "MiB", "GiB")


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each file.")
@vault_options
def files(session: Session, name: str, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """List the files of a line.

    Those that were sent and those that come, and how far each is. Name, type and size are what the other side says; the
    hash of what has come whole was compared.
    """
    found = listed(session.desk(), name)
    if as_json:
        for file in found:
            data(as_value(file))
        return
    rows = [
        [
            file.name.hex()[:SHOWN_ID],
            "to them" if file.mine else "to me",
            state_of(file),
            size_of(file.file.size),
            safe(file.file.media_type),
            file.file.hash.hex()[:16],
            isolated(safe(file.file.name)),
        ]
        for file in found
    ]
    table(rows, ["id", "way", "state", "size", "type", "sha-256", "name"])
    for file in found:
        if is_disguised(file.file.name):
            talk(f"{file.name.hex()[:SHOWN_ID]} hides characters in its name; saved, it is {safe_name(file.file.name)}")
    if any(file.state is State.WAITING and not file.mine for file in found):
        talk(f"What waits comes once you say so: backchannel file accept {name} ID")


@click.group()
def file() -> None:
    """Say what is to become of a file of a line."""


@file.command("accept")
@click.argument("name")
@click.argument("file_id", metavar="ID")
@vault_options
def accept_command(session: Session, name: str, file_id: str) -> None:
    """Let a file come that waits for your word: a large one, or one too many."""
    found = accept(session.desk(), name, file_id)
    talk(f"{_called(found)} comes with the next syncs.")


@file.command("cancel")
@click.argument("name")
@click.argument("file_id", metavar="ID")
@vault_options
def cancel_command(session: Session, name: str, file_id: str) -> None:
    """Refuse a file of theirs, or take back one of yours that has not arrived.

    What is here of it is deleted. That it was offered stays in the log of both.
    """
    found = cancel(session.desk(), name, file_id)
    talk(f"{_called(found)} is {found.state}; they are told with the next sync.")


@file.command("drop")
@click.argument("name")
@click.argument("file_id", metavar="ID")
@vault_options
def drop_command(session: Session, name: str, file_id: str) -> None:
    """Delete the copy of a file in this vault. Theirs, if they have one, stays."""
    found = drop(session.desk(), name, file_id)
    talk(f"{_called(found)} is no longer in this vault.")


def _called(found: Attachment) -> str:
    return isolated(safe(found.file.name))


def as_value(found: Attachment) -> dict[str, object]:
    """Return a file as a JSON object."""
    return {
        "id": found.name.hex(),
        "direction": "out" if found.mine else "in",
        "position": found.position,
        "name": found.file.name,
        "safe_name": safe_name(found.file.name),
        "size": found.file.size,
        "type": found.file.media_type,
        "sha256": found.file.hash.hex(),
        "state": str(found.state),
        "arrived": found.arrived,
        "percent": percent_of(found),
        "here": bool(found.content) and (found.mine or found.state is State.WHOLE),
    }


def state_of(found: Attachment) -> str:
    """Return how a file stands, with how far it is."""
    if found.state is State.MOVING or (found.state is State.WAITING and found.arrived):
        return f"{found.state} {percent_of(found)} %"
    return str(found.state)


def percent_of(found: Attachment) -> int:
    """Return how much of a file is at the side that it is for; 100 only where it is whole."""
    if found.state in (State.WHOLE, State.DROPPED):
        return 100
    return min(99, 100 * found.arrived // max(1, found.file.size))


def size_of(size: int) -> str:
    """Return `512 bytes`, `3.4 MiB`."""
    value, unit = float(size), 0
    while value >= 1024 and unit < len(UNITS) - 1:
        value, unit = value / 1024, unit + 1
    return f"{size} {'byte' if size == 1 else 'bytes'}" if not unit else f"{value:.1f} {UNITS[unit]}"

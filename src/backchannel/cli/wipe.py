"""`wipe`."""

from __future__ import annotations

import sys
from typing import Final

import click

from backchannel.app.wipe import wipe as destroy_line
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data, plural
from backchannel.errors import ConfigRefused, VaultMissing

NO_PROMISE: Final = (
    "What it cannot do: flash storage (SSD, stick, phone), snapshots, backups and copies may keep old bytes, and what "
    "the other side holds stays with them. Of the vault itself, nothing opens without the key that is destroyed first."
)


@click.command()
@click.argument("name", required=False)
@click.option("--whole-vault", "whole", is_flag=True, help="Destroy the vault with every line in it.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def wipe(
    session: Session,
    name: str | None,
    whole: bool,  # noqa: FBT001  (click passes by name)
    yes: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Destroy a line, or the vault.

    With NAME, everything that the vault holds of that line: its keys and every word. It cannot be undone. The other
    side is not told; to end a line for both, `close` it first.
    """
    if (name is None) != whole:
        raise click.UsageError("name a line, or say --whole-vault")
    if name is None:
        _wipe_vault(session, yes=yes, as_json=as_json)
        return
    line = session.line(name)
    talk(f"warning: the line {name} with {plural(line.positions, 'event')} is destroyed here. {NO_PROMISE}")
    _agreed(name, yes=yes)
    events = destroy_line(session.desk(), name)
    if as_json:
        data({"line": name, "events": events})
    else:
        talk(f"The line {name} is destroyed.")


def _wipe_vault(session: Session, *, yes: bool, as_json: bool) -> None:
    folder = session.folder
    if not session.adapters.has_vault(folder):
        raise VaultMissing(str(folder))
    talk(f"warning: the vault in {folder} is destroyed with every line in it. {NO_PROMISE}")
    _agreed(folder.resolve().name, yes=yes)
    left = session.adapters.destroy_vault(folder)
    if as_json:
        data({"vault": str(folder), "left": left})
        return
    talk(f"The vault in {folder} is destroyed.")
    if left:
        talk(f"Not ours and left there: {', '.join(left)}")


def _agreed(name: str, *, yes: bool) -> None:
    """Go on only if the person types the name of what is destroyed.

    Raises:
        ConfigRefused: there is nobody to ask, or something else was typed.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise ConfigRefused("this must be agreed to and there is no terminal to ask at", hint="say --yes")
    if click.prompt(f"Type {name} to destroy it", err=True, default="", show_default=False) != name:
        raise ConfigRefused("something else was typed; nothing was destroyed")

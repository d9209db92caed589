"""`vault`: check it, give it a fresh key, move it."""

from __future__ import annotations

from pathlib import Path

import click

from backchannel.app.check import check as look
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.render import data, plural
from backchannel.errors import VaultDamaged


@click.group()
def vault() -> None:
    """Check, rekey or move the vault."""


@vault.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each finding.")
@vault_options
def check(session: Session, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Look whether the vault holds what it says that it holds.

    Every event's id is computed again, and the store is read whole. Prints one line for each finding.
    """
    count = 0
    for finding in look(session.desk()):
        count += 1
        if as_json:
            data({"line": finding.line, "finding": finding.what})
        else:
            click.echo(f"{finding.line or 'the store'}: {finding.what}")
    if count:
        raise VaultDamaged(plural(count, "finding"))
    talk("The vault is whole.")


@vault.command()
@vault_options
def rekey(session: Session) -> None:
    """Encrypt the store anew, under a fresh key.

    For when somebody may have learned the old key: a copy of the key file and the passphrase of then open only copies
    from before. The passphrase stays; `passphrase` changes it. No other command may use the vault meanwhile.
    """
    session.adapters.rekey_vault(session.folder, session.passphrase())
    talk("The store has a fresh key.")


@vault.command()
@click.argument("to", metavar="DIR", type=click.Path(path_type=Path, file_okay=False))
@vault_options
def move(session: Session, to: Path) -> None:
    """Move the vault to DIR, on this machine or on a disk that goes to another.

    DIR must be empty, or not there. The copy is read whole before anything is removed here; what stays is a mark, so
    that the vault is never used in two places. If it is interrupted, run it again.
    """
    session.adapters.move_vault(session.folder, to, session.passphrase())
    talk(f"The vault is in {to} now, and no longer in {session.folder}.")

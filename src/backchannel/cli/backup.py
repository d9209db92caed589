"""`backup`, `restore` and `reset`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from backchannel.cli.context import Session, ask, check_new_passphrase, passphrase_in, talk, vault_options
from backchannel.cli.default_group import DefaultGroup
from backchannel.cli.render import data, plural
from backchannel.errors import ConfigRefused, VaultExists

if TYPE_CHECKING:
    from backchannel.cli.adapters import BackupContents

_FILE = click.Path(path_type=Path, dir_okay=False)
_OWN = click.option(
    "--backup-passphrase-file",
    type=_FILE,
    help="A file that holds the backup's own passphrase; else it is the vault's.",
)


@click.group(cls=DefaultGroup, default="write")
def backup() -> None:
    """Back up the vault, or check a backup.

    `backup FILE` writes one encrypted file with everything said on every line, and no key of any line: a vault that is
    restored from it makes new keys and finds its lines again. A run that was cut off is gone on with by the next.
    """


@backup.command("write", hidden=True)
@click.argument("file", type=_FILE)
@_OWN
@click.option("--own-passphrase", is_flag=True, help="Ask for a passphrase of the backup's own.")
@click.option("--json", "as_json", is_flag=True, help="Print what is in it as one JSON object.")
@vault_options
def write(
    session: Session,
    file: Path,
    backup_passphrase_file: Path | None,
    own_passphrase: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Back up the vault into FILE."""
    vault = session.vault_itself()
    if own_passphrase and backup_passphrase_file is None:
        passphrase = ask("Passphrase of the backup", twice=True)
        check_new_passphrase(passphrase)
    else:
        passphrase = _passphrase(session, backup_passphrase_file)
    with _progress() as tell:
        contents = session.adapters.write_backup(vault, file, passphrase, tell)
    _report(file, contents, "The backup is written", as_json=as_json)


@backup.command("verify")
@click.argument("file", type=_FILE)
@_OWN
@click.option("--json", "as_json", is_flag=True, help="Print what is in it as one JSON object.")
@vault_options
def verify(session: Session, file: Path, backup_passphrase_file: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Read FILE to its end: is every piece there, and as it was written?"""
    passphrase = _passphrase(session, backup_passphrase_file)
    with _progress() as tell:
        contents = session.adapters.verify_backup(file, passphrase, tell)
    _report(file, contents, "The backup is whole", as_json=as_json)


@click.command()
@click.argument("file", type=_FILE)
@_OWN
@click.option("--json", "as_json", is_flag=True, help="Print what was restored as one JSON object.")
@vault_options
def restore(session: Session, file: Path, backup_passphrase_file: Path | None, as_json: bool) -> None:  # noqa: FBT001
    """Make a vault from a backup.

    The vault is new: its lines look for their other ends by the relays that they had, and bring back what was said
    since the backup. Until the safety numbers are compared again, each is shown as `restored, unverified`.
    """
    if session.adapters.has_vault(session.folder):
        raise VaultExists(str(session.folder))
    vault_passphrase = session.passphrase("Passphrase of the restored vault", twice=True)
    check_new_passphrase(vault_passphrase)
    passphrase = vault_passphrase if backup_passphrase_file is None else passphrase_in(backup_passphrase_file)
    with _progress() as tell:
        contents = session.adapters.restore_backup(file, passphrase, session.folder, vault_passphrase, tell)
    _report(file, contents, "The vault is restored", as_json=as_json)
    if not as_json:
        talk("Now: backchannel sync, until they have answered; then compare the safety numbers again.")


@click.command()
@click.argument("name", required=False)
@click.option("--all", "every", is_flag=True, help="Every line; also of a vault whose files were put back.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@vault_options
def reset(session: Session, name: str | None, every: bool, yes: bool) -> None:  # noqa: FBT001
    """Give up a line's keys and look for its other end anew.

    For a vault whose files were put back to an older state, and for a line that goes on elsewhere though it should not.
    The log stays. The safety number has to be compared again.
    """
    from backchannel.app.line import Phase
    from backchannel.app.recover import restart

    if (name is None) == (not every):
        raise click.UsageError("name a line, or give --all")
    desk = session.desk(old=every)
    with desk.look() as transaction:
        lines = [line for line in transaction.lines() if every or line.name == name]
    if not lines and name is not None:
        session.line(name)  # says that there is none
    if not yes:
        if not sys.stdin.isatty():
            raise ConfigRefused("this gives up keys, and there is no terminal to ask at", hint="add --yes")
        click.confirm(f"Give up the keys of {plural(len(lines), 'line')}?", abort=True, err=True)
    for line in lines:
        if every and line.phase not in (Phase.OPEN, Phase.CLOSING, Phase.RESTORING, Phase.SUPERSEDED):
            continue
        restart(desk, line.name)
        talk(f"{line.name}: looking for them; sync until they have answered.")


def _passphrase(session: Session, file: Path | None) -> str:
    return session.passphrase("Passphrase of the backup") if file is None else passphrase_in(file)


def _report(file: Path, contents: BackupContents, sentence: str, *, as_json: bool) -> None:
    if as_json:
        data({"file": str(file), "lines": contents.lines, "events": contents.events, "bytes": contents.size})
        return
    if contents.resumed:
        talk("An earlier run was cut off; this one went on with it.")
    lines, events = plural(contents.lines, "line"), plural(contents.events, "message")
    talk(f"{sentence}: {file}, {lines}, {events}, {plural(contents.size, 'byte')}.")


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Show how much is done, where there is somebody to see it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    shown = 0

    def tell(done: int) -> None:
        nonlocal shown
        if done - shown >= 1 << 20:
            shown = done
            click.echo(f"\r{done / (1 << 20):,.0f} MiB ", nl=False, err=True)

    yield tell
    if shown:
        click.echo("\r", nl=False, err=True)

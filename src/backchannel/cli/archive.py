"""`archive`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from backchannel.app.archive import Archived, Wanted, verify_archive
from backchannel.app.archive import archive as write_archive
from backchannel.app.read import said_by
from backchannel.cli.context import Session, check_new_passphrase, other_passphrase, talk, vault_options
from backchannel.cli.read import Tellers, act_told, tellers
from backchannel.cli.render import data, local, moment, plural
from backchannel.cli.said import words
from backchannel.errors import ConfigRefused, FileExists
from backchannel.log.event import Event
from backchannel.log.retention import Rule
from backchannel.log.retraction import Retracted

if TYPE_CHECKING:
    from collections.abc import Callable


@click.command()
@click.argument("name", metavar="NAME|verify")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--archive-passphrase-file",
    "passphrase_file_of_archive",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that holds the archive's own passphrase.",
)
@click.option("--without-files", is_flag=True, help="Leave out the contents of files.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def archive(
    session: Session,
    name: str,
    file: Path,
    passphrase_file_of_archive: Path | None,
    without_files: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Keep a line's log and files as one encrypted file of its own.

    It has a passphrase of its own and needs neither the vault nor this program to be read (docs/spec/9-archive.md).
    `archive verify FILE` reads one and checks every event in it.
    """
    if name == "verify" and file.exists():  # an archive is never written over a file, so the two cannot be confused
        passphrase = other_passphrase(passphrase_file_of_archive, "Passphrase of the archive")
        _report(_read(file, lambda read: verify_archive(passphrase, read)), "is whole", as_json=as_json)
        return
    line = session.line(name)
    if file.exists():
        raise FileExists(str(file))
    passphrase = other_passphrase(passphrase_file_of_archive, "New passphrase of the archive", twice=True)
    check_new_passphrase(passphrase)
    with session.adapters.new_file(file) as write:
        desk = session.desk()
        sentences = tellers(desk, line.name)
        wanted = Wanted(files=not without_files, tell=lambda event: _told(event, sentences))
        done = write_archive(desk, line.name, passphrase, write, session.adapters.file_cost, wanted)
    _report(done, f"is kept in {file}", as_json=as_json)


def _told(event: Event, sentences: Tellers) -> str | None:
    said = said_by(event)
    return words(said)[1:-1] if isinstance(said, Retracted | Rule) else act_told(event, sentences)


def _read(file: Path, look: Callable[[Callable[[int], bytes]], Archived]) -> Archived:
    try:
        with file.open("rb") as opened:
            return look(opened.read)
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error


def _report(done: Archived, what: str, *, as_json: bool) -> None:
    if as_json:
        counts = {"events": done.events, "removed": done.removed, "files": done.files}
        data({"line": done.line, "made": moment(done.made), **counts})
        return
    gone = f", of {done.removed} the words were removed" if done.removed else ""
    files = f", {plural(done.files, 'file')}" if done.files else ""
    talk(f"The log of {done.line} {what}: {plural(done.events, 'event')}{gone}{files}; made on {local(done.made)}.")

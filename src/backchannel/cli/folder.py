"""`folder`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from backchannel.cli.context import Session, talk, vault_options
from backchannel.errors import ConfigRefused


@click.command()
@click.argument("name")
@click.argument("directory", type=click.Path(path_type=Path, file_okay=False))
@click.option("--remove", is_flag=True, help="Do not use it any more.")
@vault_options
def folder(session: Session, name: str, directory: Path, remove: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Let a synced folder carry a line.

    The line NAME then also travels through DIRECTORY, which some other program carries to the other side.
    """
    path = str(directory.expanduser().absolute())
    if not remove and not directory.is_dir():
        raise ConfigRefused(f"{directory} is not a folder")
    with session.desk().work() as work:
        line = work.transaction.line_named(name)
        others = tuple(known for known in line.folders if known != path)
        work.transaction.save_line(replace(line, folders=others if remove else (*others, path)))
    talk(f"{name} {'no longer uses' if remove else 'also travels through'} {path}")

"""`save`."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from pathlib import Path

import click

from backchannel.app.files import asked_for, content
from backchannel.app.safe_name import safe_name
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.files import as_value, size_of
from backchannel.cli.progress import Progress
from backchannel.cli.render import data, isolated, safe
from backchannel.errors import ConfigRefused, StorageFull

NO_ROOM = frozenset((errno.ENOSPC, errno.EDQUOT, errno.EFBIG))


@click.command()
@click.argument("name")
@click.argument("file_id", metavar="ID")
@click.option("--to", "to", type=click.Path(path_type=Path), help="The file to write, or the folder to write it into.")
@click.option("--force", is_flag=True, help="Replace what is there under that name.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def save(
    session: Session,
    name: str,
    file_id: str,
    to: Path | None,
    force: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Write a file that has come whole to your disk.

    It then lies outside the vault. Its hash is compared once more, and nothing appears under its name unless all of it
    is right. It is not opened, and not made to run: what it is, only the other side says.
    """
    desk = session.desk()
    file, parts = content(desk, name, file_id)
    path = to or Path.cwd()
    if path.is_dir():
        path = path / safe_name(file.file.name)
    if path.is_dir() or (path.exists() and not force):
        raise ConfigRefused(f"{path} is there already", hint="name another with --to, or replace it with --force")
    if not as_json:
        what = f"{size_of(file.file.size)}, they say it is {safe(file.file.media_type)}"
        talk(f"{isolated(safe(file.file.name))}, {what}")
        talk(f"SHA-256 {file.file.hash.hex()}")
    with Progress(path.name, file.file.size) as progress:
        _write(path, parts, progress, force=force)
    asked_for(desk, file)
    if as_json:
        data(as_value(file) | {"saved": str(path)})
    else:
        talk(f"Saved, and not opened: {path}. It lies there unencrypted.")


def _write(path: Path, parts: Iterator[bytes], progress: Progress, *, force: bool) -> None:
    """Write a file beside, and give it its name when all of it is right."""
    draft = path.with_name(f".{os.urandom(8).hex()}.part")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(handle, "wb") as out:
            for part in parts:
                out.write(part)
                progress.add(len(part))
            out.flush()
            os.fsync(out.fileno())
        _named(draft, path, force=force)
    except FileExistsError as error:
        raise ConfigRefused(f"{path} is there already", hint="replace it with --force") from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise StorageFull(str(path.parent)) from error
        raise ConfigRefused(f"{path} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)


def _named(draft: Path, path: Path, *, force: bool) -> None:
    """Give a file its name; without force, never over another one that came meanwhile."""
    if force:
        draft.replace(path)
        return
    try:
        os.link(draft, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without links, as on sticks
        if path.exists():
            raise FileExistsError from None
        draft.replace(path)

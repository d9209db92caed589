"""`carry out` and `carry in`, beside `carry EVENT`."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

import click

from backchannel.app.carry import CarriedIn, carry_in_folder, carry_out, carry_out_folder, left_behind
from backchannel.app.parts import forget_parts, take_parts
from backchannel.app.receive import Fate
from backchannel.cli.carry_event import carry_event_command
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.default_group import DefaultGroup
from backchannel.cli.files import size_of
from backchannel.cli.render import data, isolated, plural, safe
from backchannel.errors import ConfigRefused, PartsMissing
from backchannel.wire.armor import armor, parts_in
from backchannel.wire.parts import Collector, Kind, parts_of, to_texts

PICTURES = (".png", ".jpg", ".jpeg", ".webp")
LARGEST_TEXT = 512 * 1024 * 1024
LARGEST_AS_TEXT = 4 * 2**20
"""Bytes of a file that goes along as pasted text."""

LARGEST_ON_PAPER = 64 * 2**10
"""Bytes of a file that goes along on QR codes: some sixty of them."""

SECONDS_PER_CODE = 4
"""What one code is taken to cost somebody with a camera: to aim, to hold still, to go to the next. Not measured."""


@click.group(cls=DefaultGroup, default="event")
def carry() -> None:
    """Carry words to another line, or envelopes by hand."""


carry.add_command(carry_event_command)


@carry.command("out")
@click.argument("name")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--text", is_flag=True, help="As text to paste: into DIR, or on standard output.")
@click.option("--qr", is_flag=True, help="As QR codes: pictures in DIR, or on the terminal.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def carry_out_command(
    session: Session,
    name: str,
    directory: Path | None,
    text: bool,  # noqa: FBT001  (click passes by name)
    qr: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Write everything that the other side of NAME has not confirmed, freshly sealed, to be carried to them."""
    if text and qr:
        raise click.UsageError("name one of --text and --qr")
    if directory is None and not (text or qr):
        raise click.UsageError("name a folder DIR, or --text, or --qr")
    if directory is None and as_json:
        raise click.UsageError("--json needs a folder DIR: standard output carries one thing at a time")
    if directory is not None and not directory.is_dir():
        raise ConfigRefused(f"{directory} is not a folder")
    desk = session.desk()
    if text:
        count = _out_as_text(_few(session, name, LARGEST_AS_TEXT), directory)
    elif qr:
        count = _out_as_qr(session, _few(session, name, LARGEST_ON_PAPER), directory)
    else:
        assert directory is not None  # noqa: S101  (checked above)
        count = carry_out_folder(desk, name, session.adapters.folder(directory))
    unconfirmed = session.line(name).unacknowledged
    if as_json:
        data({"line": name, "envelopes": count, "unacknowledged": unconfirmed})
    elif count:
        said = f", with {plural(unconfirmed, 'message')} that they have not confirmed" if unconfirmed else ""
        talk(f"{plural(count, 'envelope')} to carry{said}. They run: backchannel carry in DIR")
    else:
        talk("There is nothing to carry: the other side has confirmed everything.")


def _few(session: Session, name: str, largest_file: int) -> list[bytes]:
    """Return everything for a way that carries little; tell of the files that stay behind."""
    desk = session.desk()
    for file in left_behind(desk, name, largest_file=largest_file):
        size = size_of(file.file.size)
        talk(f"{isolated(safe(file.file.name))} is too large for this way ({size}); use a folder DIR")
    return [envelope for batch in carry_out(desk, name, largest_file=largest_file) for envelope in batch]


def _out_as_text(envelopes: list[bytes], directory: Path | None) -> int:
    text = "".join(armor(Kind.ENVELOPE, envelope) for envelope in envelopes)
    if directory is None:
        click.echo(text, nl=False)
        return len(envelopes)
    if envelopes:
        path = directory / f"{os.urandom(8).hex()}.txt"
        try:
            path.write_text(text, "utf-8")
        except OSError as error:
            raise ConfigRefused(f"{path} cannot be written: {error.strerror}") from error
    return len(envelopes)


def _out_as_qr(session: Session, envelopes: list[bytes], directory: Path | None) -> int:
    texts = [text for envelope in envelopes for text in to_texts(Kind.ENVELOPE, envelope)]
    if texts:
        talk(f"{plural(len(envelopes), 'envelope')} in {plural(len(texts), 'QR code')}: {_lasting(len(texts))}")
    if directory is not None:
        if texts:
            session.adapters.write_qr_sheet(directory, texts)
            talk(f"They are in {directory}, and can be read in any order and in several runs.")
        return len(envelopes)
    for at, text in enumerate(texts, start=1):
        click.echo(session.adapters.terminal_qr(text))
        talk(f"QR code {at} of {len(texts)}" + (f"; left: {_lasting(len(texts) - at)}" if at < len(texts) else ""))
        if at < len(texts) and sys.stdin.isatty():
            click.pause("Press a key for the next one ...", err=True)
    return len(envelopes)


def _lasting(codes: int) -> str:
    """Return how long it takes to read so many codes, and on what that rests."""
    seconds = codes * SECONDS_PER_CODE
    shown = plural(seconds, "second") if seconds < 120 else plural(round(seconds / 60), "minute")
    return f"about {shown}, at {SECONDS_PER_CODE} seconds a code"


@carry.command("in")
@click.argument("directory", metavar="[DIR]", required=False, type=click.Path(path_type=Path))
@click.option("--text", is_flag=True, help="Pasted text: the .txt files of DIR, or standard input.")
@click.option("--qr", is_flag=True, help="QR codes: the pictures in DIR.")
@click.option("--keep", is_flag=True, help="Leave the files where they are.")
@click.option("--forget-parts", "forget", is_flag=True, help="First let go of the parts that wait for others.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def carry_in_command(
    session: Session,
    directory: Path | None,
    text: bool,  # noqa: FBT001  (click passes by name)
    qr: bool,  # noqa: FBT001
    keep: bool,  # noqa: FBT001
    forget: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Take in what was carried here, for whichever line it is.

    Files of envelopes are deleted once they are safe in the vault; texts and pictures are left alone. Parts may come in
    any order and in several runs: what came is kept until the rest has come too.
    """
    if text and qr:
        raise click.UsageError("name one of --text and --qr")
    if forget:
        talk(f"{plural(forget_parts(session.desk()), 'part')} let go of.")
        if directory is None and not text:
            return
    if directory is None and not text:
        raise click.UsageError("name a folder DIR, or --text")
    if directory is not None and str(directory) != "-" and not directory.exists():
        raise ConfigRefused(f"{directory} is not there")
    desk = session.desk()
    if text or qr:
        found = parts_in(_pasted(directory)) if text else parts_of(session.adapters.read_qr(_pictures(directory)))
        taken = take_parts(desk, found)
        _report(taken.carried, taken.waiting, as_json=as_json)
        if taken.waiting:
            raise PartsMissing(taken.progress, hint="what came is kept; only the others are still needed")
        return
    assert directory is not None  # noqa: S101  (checked above)
    if not directory.is_dir():
        raise ConfigRefused(f"{directory} is not a folder")
    _report(carry_in_folder(desk, session.adapters.folder(directory), keep=keep), as_json=as_json)


def _pasted(directory: Path | None) -> str:
    if directory is None or str(directory) == "-":
        return sys.stdin.buffer.read(LARGEST_TEXT).decode("utf-8", errors="replace")
    files = sorted(directory.glob("*.txt")) if directory.is_dir() else [directory]
    if not files:
        raise ConfigRefused(f"there is no .txt file in {directory}")
    try:
        return "\n".join(file.read_text("utf-8", errors="replace") for file in files)
    except OSError as error:
        raise ConfigRefused(f"{directory} cannot be read: {error.strerror}") from error


def _pictures(directory: Path | None) -> list[Path]:
    assert directory is not None  # noqa: S101  (the command has looked)
    if not directory.is_dir():
        return [directory]
    found = sorted(path for path in directory.iterdir() if path.suffix.lower() in PICTURES)
    if not found:
        raise ConfigRefused(f"there is no picture in {directory}")
    return found


def _report(carried: CarriedIn, waiting: Sequence[Collector] = (), *, as_json: bool) -> None:
    counts = {fate: carried.fates.count(fate) for fate in Fate}
    if as_json:
        waits = [
            {"have": len(each.progress.have), "of": each.progress.total, "missing": list(each.progress.missing)}
            for each in waiting
        ]
        data(
            {"events": carried.events, "lines": list(carried.lines)}
            | {str(fate): counts[fate] for fate in Fate}
            | {"incomplete": waits}
        )
        return
    talk(f"{plural(len(carried.fates), 'envelope')}, {plural(carried.events, 'new message')}.")
    for name in carried.lines:
        talk(f"Something came for {name}: backchannel read {name}")
    if counts[Fate.STALE]:
        talk(f"{plural(counts[Fate.STALE], 'envelope')} had been taken in before, or came too late.")
    if counts[Fate.WAITING]:
        parts = plural(counts[Fate.WAITING], "part")
        talk(f"{parts} of files that you have not accepted, or that nobody has announced yet; left where they are.")
    if counts[Fate.FOREIGN]:
        talk(f"{plural(counts[Fate.FOREIGN], 'envelope')} for nobody here, or damaged; left alone.")
    if counts[Fate.REFUSED]:
        talk(f"{plural(counts[Fate.REFUSED], 'envelope')} refused: the other side's software broke the protocol.")

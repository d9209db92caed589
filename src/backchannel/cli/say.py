"""`say`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from backchannel.app.exchange import Exchanged, send
from backchannel.app.package_file import HANDLINGS
from backchannel.app.say import say as keep
from backchannel.cli.context import Session, vault_options
from backchannel.cli.exchanging import warn
from backchannel.cli.render import data, moment
from backchannel.cli.sending import send_out, tell_kept, went_out
from backchannel.errors import ConfigRefused, InputRefused
from backchannel.log.event import Event


@click.command()
@click.argument("name")
@click.argument("text", required=False)
@click.option("--file", "file", type=click.Path(path_type=Path, dir_okay=False), help="Say what is in a file.")
@click.option("--each-line", is_flag=True, help="With -: every line of standard input is said by itself, at once.")
@click.option("--handling", type=click.Choice(list(HANDLINGS)), help="What they may do with it; else for them alone.")
@click.option("--question", is_flag=True, help="An answer is asked for; `questions` shows what became of it.")
@click.option("--answers", metavar="EVENT", help="The message that it answers: its id's beginning, or NAME:NUMBER.")
@click.option("--offline", is_flag=True, help="Keep it for the next sync or carry.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each thing said.")
@vault_options
def say(
    session: Session,
    name: str,
    text: str | None,
    file: Path | None,
    each_line: bool,  # noqa: FBT001  (click passes by name)
    offline: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    handling: str | None,
    question: bool,  # noqa: FBT001
    answers: str | None,
) -> None:
    """Say something on a line.

    TEXT is said as it stands; - reads it from standard input. It is kept in the vault first, and goes out until the
    other side has confirmed it.
    """
    if (text is None) == (file is None):
        raise click.UsageError("give TEXT, or -, or --file F")
    if each_line:
        if text != "-":
            raise click.UsageError("--each-line reads standard input: backchannel say NAME - --each-line")
        if handling or question or answers:
            raise click.UsageError("--each-line takes no mark: say what bears one by itself")
        _each_line(session, name, offline=offline, as_json=as_json)
        return
    words = _words(text, file)
    mark = HANDLINGS[handling or "for-you-alone"]
    (event,) = keep(session.desk(), name, [words], handling=mark, question=question, answers=answers)
    sent = False if offline else send_out(session, name, event)
    _report(event, sent=sent, as_json=as_json)
    if not as_json and not sent:
        tell_kept(session, name)


def _words(text: str | None, file: Path | None) -> str:
    try:
        if file is not None:
            raw = file.read_bytes()
        elif text == "-":
            raw = sys.stdin.buffer.read()
        else:
            return _encodable(text or "")
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    try:
        words = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputRefused("it is not text in UTF-8") from error
    return words.removesuffix("\n").removesuffix("\r") if file is None else words


def _encodable(text: str) -> str:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputRefused("it is not text in UTF-8") from error
    return text


def _each_line(session: Session, name: str, *, offline: bool, as_json: bool) -> None:
    line = session.line(name)
    transports = session.transports_of(line)
    try:
        for at, raw in enumerate(sys.stdin.buffer, start=1):
            try:
                words = raw.decode("utf-8").removesuffix("\n").removesuffix("\r")
            except UnicodeDecodeError as error:
                raise InputRefused(f"line {at} is not text in UTF-8; those before it were said") from error
            if not words:
                continue
            (event,) = keep(session.desk(), name, [words])
            done = Exchanged()
            if not offline:
                send(session.desk(), line.id, transports, done, most_parts=0)
                warn(done)
            _report(event, sent=not offline and went_out(session, name, event, done), as_json=as_json)
    finally:
        for transport in transports:
            transport.close()


def _report(event: Event, *, sent: bool, as_json: bool) -> None:
    if as_json:
        data({"id": event.id.hex(), "number": event.number, "said": moment(event.clock), "sent": sent})

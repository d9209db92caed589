"""`export`."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from backchannel.app.read import Entry, walk
from backchannel.cli.close import confirm
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.export_html import html_foot, html_head, html_of
from backchannel.cli.read import about, act_of, as_value, tellers
from backchannel.cli.render import SCHEMA, isolated, json_text, moment, plural, safe
from backchannel.cli.said import words
from backchannel.errors import FileExists

FORMS: Final = ("json", "text", "html")


@click.command()
@click.argument("name")
@click.option("--as", "form", type=click.Choice(FORMS), required=True, help="The form that is written.")
@click.option("--to", type=click.Path(path_type=Path, dir_okay=False), help="The file; else standard output.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@vault_options
def export(
    session: Session,
    name: str,
    form: str,
    to: Path | None,
    yes: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """Write a line's log so that anybody can read it.

    Nothing protects what is written. To keep a log, use `archive`.
    """
    session.line(name)
    if to is not None and to.exists():
        raise FileExists(str(to))
    confirm(
        "what is exported is not encrypted: anybody who sees it, or a copy of it, can read every word.",
        "Export it?",
        yes=yes,
    )
    if to is None:
        count = _write(session, name, form, lambda piece: sys.stdout.write(piece))
    else:
        with session.adapters.new_file(to) as write:
            count = _write(session, name, form, lambda piece: write(piece.encode("utf-8")))
    talk(f"Exported {plural(count, 'event')}.")


def _write(session: Session, name: str, form: str, write: Callable[[str], object]) -> int:
    head, one, between, foot = {
        "json": (_json_head, _json_of, ",\n", "\n]}\n"),
        "text": (_text_head, _text_of, "", ""),
        "html": (html_head, html_of, "", html_foot()),
    }[form]
    write(head(name, moment(session.adapters.clock()) or ""))
    sentences = tellers(session.desk(), name)
    count = 0
    for entry in walk(session.desk(), name):
        write((between if count else "") + one(entry, act_of(entry, sentences)))
        count += 1
    write(foot)
    return count


def _json_head(name: str, made: str) -> str:
    head = json_text({"schema": SCHEMA, "line": name, "made": made})
    return f'{head[:-1]}, "events": [\n'


def _json_of(entry: Entry, act: str | None) -> str:
    return json_text({**as_value(entry), "act": act})


def _text_head(name: str, made: str) -> str:
    return f"# {isolated(safe(name))}, exported on {made}\n"


def _text_of(entry: Entry, act: str | None) -> str:
    event = entry.stored.event
    when = (moment(event.clock) or "")[:16].replace("T", " ")
    who = "me  " if entry.mine else "them"
    parts = (isolated(part) for part in safe(words(entry.said)).split("\n"))
    body = act or about(entry) + ("\n" + " " * 28).join(parts)
    fork = "  [this number exists in more than one version]" if entry.forked else ""
    return f"{when} UTC  {who}  {body}{fork}\n"

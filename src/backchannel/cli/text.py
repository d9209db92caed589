"""`text`: the one text: propose a version, show, compare, comment, decide."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

import click

from backchannel.app.line import Line
from backchannel.app.mandate_check import hash_of_text
from backchannel.app.package_file import LARGEST_FILE
from backchannel.app.table import Tables
from backchannel.cli.at_table import act, acting, content_of, short, side, tell
from backchannel.cli.context import Session, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, isolated, local, safe
from backchannel.cli.table import no_text, words
from backchannel.errors import InputRefused, TableUnknown
from backchannel.table.acts import Act, CommentText, DecideText, ProposeText
from backchannel.table.model import Draft, Table
from backchannel.table.naming import find_draft
from backchannel.table.single_text import Change, Difference, compare, read_text, write_text

SIGNS: Final = {Change.KEPT: ("", ""), Change.REMOVED: ("[-", "-]"), Change.ADDED: ("{+", "+}")}
COLOURS: Final = {Change.KEPT: None, Change.REMOVED: "red", Change.ADDED: "green"}


@click.group()
def text() -> None:
    """The one text: propose, show, compare, comment, decide."""


@text.command("propose")
@click.argument("name")
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True), required=True, help="The text; or -."
)
@click.option("--on", "bases", multiple=True, metavar="VERSION", help="What it takes the place of; else the newest.")
@acting
@vault_options
def propose_command(
    session: Session,
    name: str,
    file: Path,
    bases: tuple[str, ...],
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Propose a version of the text.

    Paragraphs are clauses. What is not agreed stands in square brackets: [open], [mine: ...], [theirs: ...].
    """
    written = _written(file)

    def choose(line: Line, table: Table) -> Act:
        drafts = [find_draft(table, base) for base in bases] or [table.drafts[head] for head in table.heads]
        before = drafts[-1].text.clauses if drafts else ()
        clauses = read_text(written, int(line.role), before)
        return ProposeText(clauses, tuple({draft.trace.id for draft in drafts}))

    event, table = act(session, name, choose, offline=offline, as_json=as_json)
    tell(f"Proposed as version {table.drafts[event.id].number}.", as_json=as_json)


@text.command("show")
@click.argument("name")
@click.argument("version", required=False)
@click.option("--offline", is_flag=True, help="Show what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def show_command(
    session: Session,
    name: str,
    version: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Print VERSION of the text, else the newest, as `text propose --file` takes it; comments are talk."""
    line, table = _look(session, name, offline=offline)
    if not table.drafts and not as_json:
        no_text(name)
        return
    draft = _draft(table, version)
    written = write_text(draft.text.clauses, int(line.role))
    comments = [one for one in table.comments if one.version == draft.trace.id]
    places = {clause.id: place for place, clause in enumerate(draft.text.clauses, start=1)}
    if as_json:
        data(
            {
                "line": name,
                "version": draft.trace.id.hex(),
                "number": draft.number,
                "text": written,
                "brackets": draft.bracketed,
                "agreed": draft.agreed,
                "hash": None if draft.bracketed else hash_of_text(draft.text).hex(),
                "comments": [
                    {"author": side(line, one.trace.author), "clause": places[one.clause], "text": one.text}
                    for one in comments
                ],
            }
        )
        return
    click.echo("\n\n".join(isolated(safe(part)) for part in written.rstrip("\n").split("\n\n")))
    tell(f"Version {draft.number}, {short(draft.trace.id)}.", as_json=False)
    if not draft.bracketed:
        tell(f"Hash, the same on every line: {hash_of_text(draft.text).hex()}", as_json=False)
    for one in comments:
        whose = "You" if side(line, one.trace.author) == "me" else "They"
        tell(f"{whose} on clause {places[one.clause]}, {local(one.trace.clock)}: {words(one.text)}", as_json=False)


@text.command("diff")
@click.argument("name")
@click.argument("older", required=False)
@click.argument("newer", required=False)
@click.option("--offline", is_flag=True, help="Show what is in the vault, and fetch nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@vault_options
def diff_command(
    session: Session,
    name: str,
    older: str | None,
    newer: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Show, word by word, what differs between two versions.

    Without NEWER it is the newest; without OLDER, what that takes the place of. [-gone-], {+new+}.
    """
    line, table = _look(session, name, offline=offline)
    after = _draft(table, newer)
    before = find_draft(table, older) if older is not None else _base(table, after)
    differences = compare(before.text.clauses, after.text.clauses, int(line.role))
    if as_json:
        data(
            {
                "line": name,
                "older": before.trace.id.hex(),
                "newer": after.trace.id.hex(),
                "clauses": [
                    {
                        "older": one.before,
                        "newer": one.after,
                        "changed": one.changed,
                        "pieces": [{"change": str(piece.change), "text": piece.text} for piece in one.pieces],
                    }
                    for one in differences
                ],
            }
        )
        return
    for one in differences:
        if one.changed or one.before != one.after:
            click.echo(f"{_place(one)}\n   {isolated(_marked(one))}")


@text.command("comment")
@click.argument("name")
@click.argument("clause", type=click.IntRange(1))
@click.argument("comment")
@click.option("--version", help="On this version; else on the newest.")
@acting
@vault_options
def comment_command(
    session: Session,
    name: str,
    clause: int,
    comment: str,
    version: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Comment on a clause, by its number."""

    def choose(_: Line, table: Table) -> Act:
        draft = _draft(table, version)
        if clause > len(draft.text.clauses):
            raise TableUnknown(f"clause {clause} of {len(draft.text.clauses)}")
        return CommentText(draft.trace.id, draft.text.clauses[clause - 1].id, comment)

    act(session, name, choose, offline=offline, as_json=as_json)


@text.command("decide")
@click.argument("name")
@click.argument("word", type=click.Choice(["yes", "no"]))
@click.option("--version", help="On this version; else on the newest.")
@acting
@vault_options
def decide_command(
    session: Session,
    name: str,
    word: str,
    version: str | None,
    offline: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Say the final yes or no to a version; with two times yes it is the agreed text."""

    def choose(_: Line, table: Table) -> Act:
        return DecideText(_draft(table, version).trace.id, word == "yes")

    event, table = act(session, name, choose, offline=offline, as_json=as_json)
    agreed = any(
        draft.agreed and any(trace.id == event.id for trace, _ in draft.words.values())
        for draft in table.drafts.values()
    )
    tell("The text is agreed." if agreed else "Said; the other side has the other word.", as_json=as_json)


def _look(session: Session, name: str, *, offline: bool) -> tuple[Line, Table]:
    if not offline:
        exchange_now(session, name)
    return Tables(session.desk()).look(name)


def _draft(table: Table, word: str | None) -> Draft:
    if word is not None:
        return find_draft(table, word)
    if not table.heads:
        raise TableUnknown("there is no text yet")
    if len(table.heads) > 1:
        numbers = ", ".join(str(table.drafts[head].number) for head in table.heads)
        raise TableUnknown(f"versions {numbers} were written side by side: name one")
    return table.drafts[table.heads[0]]


def _base(table: Table, draft: Draft) -> Draft:
    if not draft.text.bases:
        raise TableUnknown(f"version {draft.number} takes the place of none: name two versions")
    return max((table.drafts[base] for base in draft.text.bases), key=lambda base: base.number)


def _written(file: Path) -> str:
    content = sys.stdin.buffer.read(LARGEST_FILE + 1) if str(file) == "-" else content_of(file, LARGEST_FILE)
    if len(content) > LARGEST_FILE:
        raise InputRefused(f"it is larger than {LARGEST_FILE:,} bytes")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InputRefused("it is not text in UTF-8") from error


def _place(one: Difference) -> str:
    if one.before is None:
        return f"{one.after}. new"
    if one.after is None:
        return f"({one.before}.) gone"
    return f"{one.after}." if one.before == one.after else f"{one.after}. was {one.before}."


def _marked(one: Difference) -> str:
    marked = []
    for piece in one.pieces:
        before, after = SIGNS[piece.change]
        shown = f"{before}{safe(piece.text)}{after}"
        marked.append(click.style(shown, fg=COLOURS[piece.change]) if COLOURS[piece.change] else shown)
    return "".join(marked)

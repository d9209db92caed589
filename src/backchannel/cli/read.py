"""`read`."""

from __future__ import annotations

import sys
import threading

import click

from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.lists import Lists
from backchannel.app.read import Entry, Said, conversation, news
from backchannel.app.table import Tables
from backchannel.app.watch import Watch
from backchannel.cli.at_table import short
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.files import SHOWN_ID, size_of, state_of
from backchannel.cli.files import as_value as file_as_value
from backchannel.cli.list_sentences import ListSentences
from backchannel.cli.marks import handling_word, told_mandate
from backchannel.cli.render import data, isolated, left_to_right, local, moment, plural, runs, safe, width
from backchannel.cli.said import removed_value, text_of, words
from backchannel.cli.table_sentences import Sentences
from backchannel.ledger.carrying import shown
from backchannel.log.carried import Carried
from backchannel.log.closing import Closed
from backchannel.log.event import Event
from backchannel.log.file import File
from backchannel.log.handling import Handling
from backchannel.log.kinds import Text, Unknown
from backchannel.log.retention import Rule
from backchannel.log.retraction import Retracted
from backchannel.log.tombstone import Tombstone

Tellers = tuple[Sentences, ListSentences]


@click.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@click.option("--follow", is_flag=True, help="Go on showing what is said, until Ctrl-C.")
@click.option(
    "--since", type=click.IntRange(0), metavar="N", help="What came behind position N, in the order in which it came."
)
@click.option("--last", type=click.IntRange(1), metavar="K", help="The last K only.")
@click.option("--offline", is_flag=True, help="Show what is in the vault, and fetch nothing.")
@vault_options
def read(
    session: Session,
    name: str,
    as_json: bool,  # noqa: FBT001  (click passes by name)
    follow: bool,  # noqa: FBT001
    since: int | None,
    last: int | None,
    offline: bool,  # noqa: FBT001
) -> None:
    """Read a line.

    Shows what was said, in one order that is the same on both sides, after fetching what has come.
    """
    if not offline and not follow:
        exchange_now(session, name)
    shown = since or 0
    sentences = tellers(session.desk(), name)
    if since is None:
        line, entries = conversation(session.desk(), name, last=last)
        for entry in entries:
            show(entry, sentences, as_json=as_json)
        shown = line.positions
        _tell_of_gaps(line)
    else:
        for entry in news(session.desk(), name, since):
            show(entry, sentences, as_json=as_json)
            shown = entry.stored.position
        _tell_of_gaps(session.line(name))
    if follow:
        _follow(session, name, shown, as_json=as_json, offline=offline)


def _follow(session: Session, name: str, after: int, *, as_json: bool, offline: bool) -> None:
    desk = session.desk()
    shown = after
    sentences = tellers(desk, name)

    def show_news() -> None:
        nonlocal shown
        for entry in news(desk, name, shown):
            show(entry, sentences, as_json=as_json)
            shown = entry.stored.position
        sys.stdout.flush()

    transports = (lambda _: []) if offline else session.transports()
    Watch(desk, [name], transports, tell=lambda sentence: talk(f"({sentence})"), changed=show_news).run(
        threading.Event()
    )


def tellers(desk: Desk, name: str) -> Tellers:
    """Return what tells the acts of a line in sentences."""
    return Sentences(Tables(desk), name), ListSentences(Lists(desk), name)


def show(entry: Entry, sentences: Tellers, *, as_json: bool) -> None:
    """Print one event."""
    act = act_of(entry, sentences)
    if as_json:
        data({**as_value(entry), "act": act})
        return
    event = entry.stored.event
    who = "me  " if entry.mine else "them"
    mark = ("✓" if entry.delivered else "…") if entry.mine else " "
    head = f"{entry.stored.position:>6}  {local(event.clock)}  {who} {mark} "
    body = act or about(entry) + ("\n" + " " * width(head)).join(isolated(part) for part in _said(entry).split("\n"))
    click.echo(head.replace(who, click.style(who, bold=entry.mine)) + body)
    if entry.forked:
        talk(f"        warning: number {event.number} of this side exists in more than one version; both are shown")


def act_of(entry: Entry, sentences: Tellers) -> str | None:
    """Return what an event did, as a sentence; None where it is talk, or of a kind that this version does not know."""
    return act_told(entry.stored.event, sentences)


def act_told(event: Event, sentences: Tellers) -> str | None:
    """Return what an event did, as a sentence; None where it is talk, or of a kind that this version does not know."""
    return next(filter(None, (one.of(event) for one in sentences)), None)


def _said(entry: Entry) -> str:
    """Return what an event says, in one go: fit for a terminal."""
    match entry.said:
        case Text(text=text) | Carried(text=text):
            return safe(text)
        case File(name, size, media_type):
            where = "" if entry.attachment is None else f", {state_of(entry.attachment)}"
            number = "" if entry.attachment is None else f" {left_to_right(entry.attachment.name.hex()[:SHOWN_ID])}"
            word = "voice note" if media_type.startswith("audio/") else "file"
            shown = isolated(safe(name).replace("\n", " "))
            return f"[{word}{number}: {shown}, {size_of(size)}, {isolated(safe(media_type))}{where}]"
        case Closed() | Retracted() | Rule() | Tombstone():
            return safe(words(entry.said))
        case Unknown() if (told := told_mandate(entry.stored.event)) is not None:
            return told
        case Unknown(kind) if kind.startswith("overlap."):
            return f"[{safe(kind).replace('.', ' ')}: see backchannel overlap show]"
        case Unknown(kind):
            return f"[{safe(kind)}: this version cannot show it]"


def about(entry: Entry) -> str:
    """Return what stands before the words: how they were brought, what may be done with them, what they ask."""
    said = entry.said
    if not isinstance(said, Text | Carried):
        return ""
    parts = []
    if isinstance(said, Carried):
        named = "" if said.named is None else f" of {isolated(safe(said.named))}"
        parts.append(f"carried, {said.manner.name.lower()}{named}")
    if said.handling is not Handling.FOR_YOU_ALONE:
        parts.append(shown(said.handling))
    if said.question:
        parts.append("question")
    if said.answers is not None:
        parts.append(f"answers {short(said.answers)}")
    return f"({', '.join(parts)}) " if parts else ""


def _marks(said: Said) -> dict[str, object]:
    if not isinstance(said, Text | Carried):
        return dict.fromkeys(("handling", "question", "answers", "carried"))
    carried = {"as": said.manner.name.lower(), "from": said.named} if isinstance(said, Carried) else None
    return {
        "handling": handling_word(said.handling),
        "question": said.question,
        "answers": None if said.answers is None else said.answers.hex(),
        "carried": carried,
    }


def as_value(entry: Entry) -> dict[str, object]:
    """Return one event as a JSON object."""
    event = entry.stored.event
    removed = removed_value(entry.said)
    return {
        "id": event.id.hex(),
        "author": "me" if entry.mine else "them",
        "number": event.number,
        "sent": moment(event.clock),
        "received": moment(entry.stored.received),
        "kind": event.kind,
        "text": text_of(entry.said),
        **_marks(entry.said),
        "position": entry.stored.position,
        "delivered": entry.delivered,
        "forked": entry.forked,
        **({"file": _file(entry, entry.said)} if isinstance(entry.said, File) else {}),
        **({"removed": removed} if removed is not None else {}),
    }


def _file(entry: Entry, said: File) -> dict[str, object]:
    if entry.attachment is not None:
        return file_as_value(entry.attachment)
    return {"name": said.name, "size": said.size, "type": said.media_type, "sha256": said.hash.hex(), "state": None}


def _tell_of_gaps(line: Line) -> None:
    if line.missing:
        count = sum(last - first + 1 for first, last in line.missing)
        talk(f"{plural(count, 'message')} of theirs not here yet: {runs(line.missing)}")

"""`read`."""

from __future__ import annotations

import sys
import threading

import click

from backchannel.app.line import Line
from backchannel.app.read import Entry, conversation, news
from backchannel.app.watch import Watch
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import exchange_now
from backchannel.cli.render import data, isolated, local, moment, plural, runs, safe, width
from backchannel.cli.said import removed_value, text_of, words


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
    if since is None:
        line, entries = conversation(session.desk(), name, last=last)
        for entry in entries:
            show(entry, as_json=as_json)
        shown = line.positions
        _tell_of_gaps(line)
    else:
        for entry in news(session.desk(), name, since):
            show(entry, as_json=as_json)
            shown = entry.stored.position
        _tell_of_gaps(session.line(name))
    if follow:
        _follow(session, name, shown, as_json=as_json, offline=offline)


def _follow(session: Session, name: str, after: int, *, as_json: bool, offline: bool) -> None:
    desk = session.desk()
    shown = after

    def show_news() -> None:
        nonlocal shown
        for entry in news(desk, name, shown):
            show(entry, as_json=as_json)
            shown = entry.stored.position
        sys.stdout.flush()

    transports = (lambda _: []) if offline else session.transports()
    Watch(desk, [name], transports, tell=lambda sentence: talk(f"({sentence})"), changed=show_news).run(
        threading.Event()
    )


def show(entry: Entry, *, as_json: bool) -> None:
    """Print one event."""
    if as_json:
        data(as_value(entry))
        return
    event = entry.stored.event
    said = words(entry.said)
    who = "me  " if entry.mine else "them"
    mark = ("✓" if entry.delivered else "…") if entry.mine else " "
    head = f"{entry.stored.position:>6}  {local(event.clock)}  {who} {mark} "
    body = ("\n" + " " * width(head)).join(isolated(part) for part in safe(said).split("\n"))
    click.echo(head.replace(who, click.style(who, bold=entry.mine)) + body)
    if entry.forked:
        talk(f"        warning: number {event.number} of this side exists in more than one version; both are shown")


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
        "position": entry.stored.position,
        "delivered": entry.delivered,
        "forked": entry.forked,
        **({"removed": removed} if removed is not None else {}),
    }


def _tell_of_gaps(line: Line) -> None:
    if line.missing:
        count = sum(last - first + 1 for first, last in line.missing)
        talk(f"{plural(count, 'message')} of theirs not here yet: {runs(line.missing)}")

"""`sync`."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import click

from backchannel.app.attachment import Attachment, State
from backchannel.app.exchange import Exchanged, exchange
from backchannel.app.join import why_refused
from backchannel.app.line import Line, Phase
from backchannel.app.resting import wake_all
from backchannel.app.status import LineStatus, status
from backchannel.app.watch import Watch
from backchannel.cli.close import what_is_known
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.exchanging import warn
from backchannel.cli.progress import OnTheWay, told
from backchannel.cli.render import data, plural
from backchannel.cli.steady_sentences import steady_told


@click.command()
@click.argument("name", required=False)
@click.option("--watch", is_flag=True, help="Go on, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line.")
@vault_options
def sync(
    session: Session,
    name: str | None,
    watch: bool,  # noqa: FBT001  (click passes by name)
    as_json: bool,  # noqa: FBT001
) -> None:
    """Send and fetch by every transport.

    Of the line NAME, or of all lines.
    """
    failure: Exception | None = None
    wake_all(session.desk())
    for standing in status(session.desk(), name):
        line = standing.line
        if line.phase is Phase.REFUSED:
            continue
        transports = session.transports_of(line)
        try:
            done = exchange(session.desk(), line, transports, by_hand=not watch)
        finally:
            for transport in transports:
                transport.close()
        after = session.line(line.name)
        if line.phase is Phase.CLOSED:
            continue
        silent = {way for way, _ in done.problems} | {way for way, _ in done.resting}
        nothing_works = done.problems and len(silent) == len(transports)
        if nothing_works and failure is None and not watch:
            failure = done.problems[0][1]  # told at the end, once
        else:
            warn(done)
        if after.phase is Phase.REFUSED:
            failure = why_refused(session.desk(), after)
        if as_json:
            data(
                {
                    "line": line.name, "phase": str(after.phase), "sent": done.sent, "fetched": done.fetched,
                    "events": done.events, "refused": done.refused, "unacknowledged": after.unacknowledged,
                    "problems": [type(error).code for _, error in done.problems],
                    "resting": [name for name, _ in done.resting],
                }
            )  # fmt: skip
            continue
        _tell(session, standing, after, done)
    if watch:
        names = None if name is None else [name]
        on_the_way = OnTheWay(lambda: _moving(session, name))
        watch_lines = Watch(session.desk(), names, session.transports(), tell=talk, changed=on_the_way.look)
        watch_lines.run(threading.Event())
    elif failure is not None:
        raise failure


def _tell(session: Session, before: LineStatus, after: Line, done: Exchanged) -> None:
    name = after.name
    if before.steady is not None:
        talk(f"{name}: {steady_told(before.steady)}")
        return
    talk(f"{name}: {_summary(done.sent, done.events, after.unacknowledged, _moving(session, name))}")
    if not before.line.phase.has_keys and after.phase is Phase.OPEN:
        talk(f"The line is open. Now compare the safety number: backchannel verify {name}")
    if before.line.ending != after.ending:
        talk(f"{name}: {what_is_known(after)}")


def _moving(session: Session, name: str | None) -> list[Attachment]:
    return [file for standing in status(session.desk(), name) for file in standing.files if file.state is State.MOVING]


def _summary(sent: int, events: int, waiting: int, moving: Sequence[Attachment]) -> str:
    parts = [f"sent {plural(sent, 'envelope')}", f"{plural(events, 'new message')}"]
    if waiting:
        parts.append(f"{plural(waiting, 'message')} of yours not confirmed yet")
    if moving:
        parts.append(told(moving))
    return ", ".join(parts)

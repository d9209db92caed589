"""`lines` and `status`."""

from __future__ import annotations

import click

from backchannel.app.attachment import Attachment
from backchannel.app.ending import Ending
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.status import LineStatus
from backchannel.app.status import status as standings
from backchannel.cli.close import ending_value, what_is_known
from backchannel.cli.context import Session, vault_options
from backchannel.cli.files import SHOWN_ID, size_of, state_of
from backchannel.cli.files import as_value as file_as_value
from backchannel.cli.render import data, isolated, local, moment, plural, runs, safe, table
from backchannel.cli.retention import retention_value
from backchannel.cli.retention import standing as retention_standing
from backchannel.cli.steady_sentences import steady_told, steady_value
from backchannel.log.retention import Retention

NOTICES = {
    Notice.SECOND_REQUEST: "someone else tried to use this line's invitation",
    Notice.LATE_REQUEST: "they tried to join after the invitation had expired; make a new one",
    Notice.REFUSED: "the invitation had expired, or had been used by someone else",
    Notice.MISBEHAVED: "the other side's software sent something that breaks the protocol; it was refused",
    Notice.COPY: "they have heard what this vault never said; another copy of it is in use, or it is an old one",
    Notice.CLOSED: "they have closed the line; answer with: backchannel close NAME --word ...",
    Notice.RESTORED: "restored; the other side has to be found again, and the safety number compared again",
    Notice.PEER_RESTORED: "the other side goes on from a restored vault; compare the safety number again",
    Notice.SUPERSEDED: "the line goes on in a vault that was restored elsewhere; if that was not you, run reset",
    Notice.LOST: "messages of yours that only the lost device held are gone for good",
    Notice.FORK: "a number exists in more than one version; a device may have been restored from an old copy",
}
PHASES = {
    Phase.INVITING: "waiting for them to join",
    Phase.JOINING: "waiting for their reply",
    Phase.OPEN: "open",
    Phase.CLOSING: "closing",
    Phase.CLOSED: "closed",
    Phase.REFUSED: "refused",
    Phase.RESTORING: "restored, looking for them",
    Phase.SUPERSEDED: "goes on elsewhere",
}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line.")
@vault_options
def lines(session: Session, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """List the lines."""
    found = standings(session.desk())
    if as_json:
        for standing in found:
            data(as_value(standing))
        return
    rows = [
        [
            standing.line.name,
            PHASES[standing.line.phase],
            _verified(standing),
            str(standing.line.own),
            str(standing.line.theirs.count),
            _heard(standing),
        ]
        for standing in found
    ]
    table(rows, ["line", "state", "safety number", "said", "heard", "last heard"])


@click.command()
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each line.")
@vault_options
def status(session: Session, name: str | None, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Show how the lines stand.

    With NAME, that line alone.
    """
    for standing in standings(session.desk(), name):
        if as_json:
            data(as_value(standing))
        else:
            _describe(standing)


def as_value(standing: LineStatus) -> dict[str, object]:
    """Return how a line stands as a JSON object."""
    line = standing.line
    return {
        "line": line.name,
        "phase": str(line.phase),
        "role": line.role.name.lower(),
        "created": moment(line.created),
        "verified": moment(line.verified),
        "relays": list(line.relays),
        "folders": list(line.folders),
        "mails": list(line.mails),
        "said": line.own,
        "unacknowledged": line.unacknowledged,
        "heard": line.theirs.count,
        "missing": [list(run) for run in line.missing],
        "last_heard": moment(line.delivery.last_heard),
        "next_repeat": moment(line.delivery.due),
        "epoch": standing.epoch,
        "session": standing.session,
        "silenced": standing.silenced,
        "restored": moment(line.recovery.restored),
        "peer_restored": moment(line.recovery.peer_restored),
        "recovering": line.unrecovered or line.recovery.joining is not None,
        "lost": [{"author": _whose(line, author), "first": first, "last": last} for author, first, last in line.lost],
        "forks": [
            {
                "author": _whose(line, fork.author),
                "number": fork.number,
                "settled": fork.settled,
            }
            for fork in line.forks
        ],
        "closing": ending_value(line),
        "retention": retention_value(line),
        "steady": steady_value(standing.steady),
        "files": [file_as_value(file) for file in standing.files],
        "notices": [{"when": moment(when), "what": str(notice)} for when, notice in line.notices],
    }


def _describe(standing: LineStatus) -> None:
    line = standing.line
    click.echo(click.style(line.name, bold=True))
    rows = [
        ("state", PHASES[line.phase]),
        ("safety number", _verified(standing)),
        ("you said", f"{plural(line.own, 'message')}, {line.unacknowledged} not confirmed yet"),
        ("they said", plural(line.theirs.count, "message")),
        ("last heard", _heard(standing)),
    ]
    if not line.phase.is_over:
        rows.append(("by", ", ".join([*line.relays, *line.folders, *line.mails]) or "hand only: backchannel carry"))
    if standing.steady is not None:
        rows.append(("steady", steady_told(standing.steady)))
    if line.retention != Retention() or line.retracting:
        rows.append(("words", retention_standing(line, line.name)))
    if line.ending != Ending():
        rows.append(("the end", what_is_known(line)))
    if line.missing:
        rows.append(("missing", f"theirs, numbers {runs(line.missing)}"))
    rows.extend(("file", _file(file)) for file in standing.files)
    rows.extend(
        ("lost for good", f"{'yours' if author == int(line.role) else 'theirs'}, {runs(line.gone(author))}")
        for author in (0, 1)
        if line.gone(author)
    )
    if standing.epoch is not None:
        rows.append(("keys", f"epoch {standing.epoch}, session {standing.session}"))
    if standing.silenced:
        rows.append(("waiting", "too much was said without an answer; new words are kept until they are heard"))
    rows.extend(("notice", f"{local(when)}: {NOTICES[notice]}") for when, notice in line.notices)
    for label, value in rows:
        click.echo(f"  {label:<14} {value}")


def _file(file: Attachment) -> str:
    way = "to them" if file.mine else "to me"
    name = isolated(safe(file.file.name).replace("\n", " "))
    return f"{file.name.hex()[:SHOWN_ID]} {way}, {state_of(file)} of {size_of(file.file.size)}: {name}"


def _verified(standing: LineStatus) -> str:
    if standing.line.phase is not Phase.OPEN and standing.line.verified is None:
        return "-"
    when, recovery = standing.line.verified, standing.line.recovery
    if when is not None:
        return f"verified on {local(when)[:10]}"
    return "unverified" if recovery.restored is None and recovery.peer_restored is None else "restored, unverified"


def _whose(line: Line, author: int) -> str:
    return "me" if author == int(line.role) else "them"


def _heard(standing: LineStatus) -> str:
    heard = standing.line.delivery.last_heard
    return "never" if heard is None else local(heard)

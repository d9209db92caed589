"""`promise`: list, claim, confirm, dispute, waive, violated, and a calendar."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any, Final

import click

from backchannel.app.ledger import Ledgers, find_deal
from backchannel.app.line import Line
from backchannel.app.promise import calendar, say_of_promise
from backchannel.cli.at_table import acting, short, side, tell
from backchannel.cli.context import Session, talk, vault_options
from backchannel.cli.deal_file import write_new
from backchannel.cli.render import data, local, moment, safe, table
from backchannel.cli.sending import send_out, tell_kept
from backchannel.errors import ConfigRefused, InputRefused
from backchannel.ledger.kinds import Act
from backchannel.ledger.promise import Happened, Promise, due_within, standing, views
from backchannel.ledger.state import Ledger
from backchannel.ledger.trust_record import score

_SPAN: Final = re.compile(r"(\d{1,5})([mhdw])")
_MILLISECONDS: Final = {"m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 604_800_000}
_PIECE: Final = 1 << 20


@click.group()
def promise() -> None:
    """Promises: list, claim, confirm, dispute, waive, and a calendar."""


@promise.command("list")
@click.argument("name")
@click.option("--deal", "deal_id", metavar="ID", help="Of this deal alone.")
@click.option("--due", metavar="SPAN", help="What is overdue, or due within: 12h, 7d, 2w.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a promise.")
@vault_options
def list_command(
    session: Session,
    name: str,
    deal_id: str | None,
    due: str | None,
    as_json: bool,  # noqa: FBT001  (click passes by name)
) -> None:
    """List the promises of NAME: who owes what by when, where it stands, and both sides' views where they differ."""
    line, ledger = Ledgers(session.desk()).look(name)
    now = session.adapters.clock()
    only = None if deal_id is None else find_deal(ledger, deal_id).draft.hash
    found = [one for one in ledger.promises.values() if only in (None, one.deal)]
    if due is not None:
        found = due_within(found, now, _span(due))
    if as_json:
        for one in found:
            data(_value(line, ledger, one, now))
        return
    table([_row(line, one, now) for one in found], ("promise", "deal", "owed by", "due", "stands", "what"))
    for one in found:
        both = views(one)
        if both.differ:
            talk(f"The two sides differ on {safe(one.obligation.id)}:")
            for who, last in (("who owes it", both.debtor), ("who it is owed to", both.creditor)):
                talk(f"  {who}: {_word(line, last)}")
    if due is None:
        for known in dict.fromkeys(one.deal for one in found):
            talk(f"Deal {short(known)}: carried out {score(ledger, known)} of 3.")


def _saying(name: str, act: Act, sentence: str) -> None:
    @promise.command(name, help=sentence)
    @click.argument("name")
    @click.argument("promise_id", metavar="ID")
    @click.option("--statement", default="", help="In words, for the other side.")
    @click.option(
        "--evidence",
        "files",
        multiple=True,
        type=click.Path(path_type=Path, dir_okay=False),
        help="A file that shows it; its SHA-256 goes out, the file does not.",
    )
    @acting
    @vault_options
    def command(
        session: Session,
        name: str,
        promise_id: str,
        statement: str,
        files: tuple[Path, ...],
        offline: bool,  # noqa: FBT001  (click passes by name)
        as_json: bool,  # noqa: FBT001
    ) -> None:
        evidence = [_digest(file) for file in files]
        done = say_of_promise(Ledgers(session.desk()), name, promise_id, act, statement, evidence)
        sent = False if offline else send_out(session, name, done.event)
        if as_json:
            data(
                {
                    "id": done.event.id.hex(),
                    "kind": done.event.kind,
                    "promise": done.promise.obligation.id,
                    "deal": done.promise.deal.hex(),
                    "stands": done.promise.life.value,
                    "sent": sent,
                }
            )
        else:
            click.echo(short(done.event.id))
            if not sent:
                tell_kept(session, name)
        tell(f"{done.promise.obligation.id} is {done.promise.life.value}.", as_json=as_json)


for _name, _act, _sentence in (
    ("claim", Act.CLAIM, "Say that promise ID of yours was carried out."),
    ("confirm", Act.CONFIRM, "Confirm that promise ID was carried out; for whom it is owed to."),
    ("dispute", Act.DISPUTE, "Say that what was said of promise ID is not so."),
    ("waive", Act.WAIVE, "Let promise ID go; for whom it is owed to."),
    ("violated", Act.VIOLATE, "Say that promise ID was broken; for whom it is owed to."),
):
    _saying(_name, _act, _sentence)


@promise.command("calendar")
@click.argument("name")
@click.option("--to", required=True, type=click.Path(path_type=Path, dir_okay=False), help="The calendar file (ICS).")
@vault_options
def calendar_command(session: Session, name: str, to: Path) -> None:
    """Write everything of NAME that is open and has a date to a calendar file, with an alarm a day before each."""
    _, ledger = Ledgers(session.desk()).look(name)
    write_new(to, calendar(ledger, session.adapters.clock()))
    talk(f"{to} holds them in clear text; whoever sees the calendar sees what was promised.")


def _digest(file: Path) -> bytes:
    made = hashlib.sha256()
    try:
        with file.open("rb") as opened:
            while piece := opened.read(_PIECE):
                made.update(piece)
    except OSError as error:
        raise ConfigRefused(f"{file} cannot be read: {error.strerror}") from error
    return made.digest()


def _span(typed: str) -> int:
    found = _SPAN.fullmatch(typed.strip())
    if found is None:
        raise InputRefused(f"{typed!r} is no span", hint="such as 12h, 7d, 2w")
    return int(found[1]) * _MILLISECONDS[found[2]]


def _stands(one: Promise, now: int) -> str:
    seen = standing(one, now)
    return seen.life.value + (", overdue" if seen.overdue else ", late" if seen.late else "")


def _row(line: Line, one: Promise, now: int) -> tuple[str, ...]:
    owed = one.obligation
    due = "" if one.due is None else local(one.due)
    return safe(owed.id), short(one.deal), side(line, owed.debtor), due, _stands(one, now), safe(owed.what)


def _word(line: Line, last: Happened | None) -> str:
    if last is None:
        return "has said nothing"
    said = f"{side(line, last.mark.author)}, {local(last.mark.clock)}: {last.said.act.value.removeprefix('promise.')}"
    return said + (f": {safe(last.said.statement)}" if last.said.statement else "")


def _value(line: Line, ledger: Ledger, one: Promise, now: int) -> dict[str, Any]:
    seen, both, owed = standing(one, now), views(one), one.obligation
    return {
        "promise": owed.id,
        "deal": one.deal.hex(),
        "owed_by": side(line, owed.debtor),
        "what": owed.what,
        "size": owed.size,
        "after": owed.after or None,
        "evidence_wanted": owed.evidence or None,
        "due": moment(one.due),
        "stands": one.life.value,
        "overdue": seen.overdue,
        "late": seen.late,
        "differ": both.differ,
        "views": {"debtor": _happened(line, both.debtor), "creditor": _happened(line, both.creditor)},
        "history": [_happened(line, each) for each in one.history],
        "score_of_deal": score(ledger, one.deal),
    }


def _happened(line: Line, one: Happened | None) -> dict[str, Any] | None:
    if one is None:
        return None
    return {
        "event": one.mark.id.hex(),
        "by": side(line, one.mark.author),
        "at": moment(one.mark.clock),
        "said": one.said.act.value.removeprefix("promise."),
        "statement": one.said.statement,
        "evidence": [each.hex() for each in one.said.evidence],
    }

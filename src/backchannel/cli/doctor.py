"""`doctor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import click

from backchannel.app.attachment import State
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.mail import MailAccount, mail_account
from backchannel.app.status import LineStatus, status
from backchannel.cli.context import Session, vault_options
from backchannel.cli.render import data, plural, runs
from backchannel.cli.status import NOTICES
from backchannel.cli.steady_sentences import KEEPERS
from backchannel.errors import TransportError, VaultDamaged

CLOCK_TOLERANCE = 300
"""Seconds by which two clocks may differ before it is worth a word."""


class Finding(StrEnum):
    """How a check came out."""

    GOOD = "good"
    WARNING = "warning"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    what: str
    finding: Finding
    detail: str


@click.command()
@click.option("--offline", is_flag=True, help="Ask no relay and no mail server.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each check.")
@vault_options
def doctor(session: Session, offline: bool, as_json: bool) -> None:  # noqa: FBT001  (click passes by name)
    """Check the vault, the relays, the mail account and the clock.

    Also looks at every line, and says what to do.
    """
    worst = Finding.GOOD
    for check in _checks(session, offline=offline):
        if check.finding is Finding.BAD:
            worst = Finding.BAD
        if as_json:
            data({"what": check.what, "finding": str(check.finding), "detail": check.detail})
        else:
            sign = {Finding.GOOD: "ok  ", Finding.WARNING: "look", Finding.BAD: "BAD "}[check.finding]
            click.echo(f"{sign}  {check.what}: {check.detail}")
    if worst is Finding.BAD:
        raise VaultDamaged("see above")


def _checks(session: Session, *, offline: bool) -> Iterator[Check]:
    found = session.desk().vault.check()
    yield Check(
        "vault", Finding.BAD if found else Finding.GOOD, "; ".join(found[:3]) if found else "whole and readable"
    )
    relays: dict[str, None] = {}
    account = mail_account(session.desk())
    for standing in status(session.desk()):
        yield from _line_checks(standing.line, mail=account is not None)
        yield from _file_checks(standing)
        if standing.silenced:
            yield Check(standing.line.name, Finding.WARNING, "too much was said without an answer; it waits for them")
        if standing.steady is not None and not standing.steady.kept:
            yield Check(
                standing.line.name, Finding.WARNING, f"steady, and nothing keeps it in its slots: run {KEEPERS}"
            )
        relays.update(dict.fromkeys(standing.line.relays))
    if not offline:
        for url in relays:
            yield _relay_check(session, url)
        if account is not None:
            yield _mail_check(session, account)


def _line_checks(line: Line, *, mail: bool) -> Iterator[Check]:
    if line.phase is Phase.OPEN and line.verified is None:
        yield Check(line.name, Finding.WARNING, f"the safety number was never compared: backchannel verify {line.name}")
    if line.phase is Phase.OPEN and not (line.relays or line.folders or line.mails):
        yield Check(line.name, Finding.WARNING, "no relay, no folder and no mail: it travels by `carry` only")
    if line.mails and not mail:
        yield Check(
            line.name, Finding.WARNING, "it should travel by mail, and there is no account: backchannel mail account"
        )
    if line.missing:
        yield Check(line.name, Finding.WARNING, f"their messages {runs(line.missing)} have not come")
    if line.unacknowledged:
        yield Check(line.name, Finding.GOOD, f"{plural(line.unacknowledged, 'message')} not confirmed yet")
    for _, notice in line.notices:
        serious = notice in (Notice.SECOND_REQUEST, Notice.REFUSED, Notice.FORK)
        yield Check(line.name, Finding.WARNING if serious else Finding.GOOD, NOTICES[notice])


def _file_checks(standing: LineStatus) -> Iterator[Check]:
    name = standing.line.name
    moving = sum(file.state is State.MOVING for file in standing.files)
    waiting = sum(file.state is State.WAITING and not file.mine for file in standing.files)
    if moving:
        yield Check(name, Finding.GOOD, f"{plural(moving, 'file')} on the way: backchannel files {name}")
    if waiting:
        yield Check(name, Finding.WARNING, f"{plural(waiting, 'file')} to accept or refuse: backchannel files {name}")


def _mail_check(session: Session, account: MailAccount) -> Check:
    what = f"mail {account.address}"
    try:
        session.adapters.check_mail(account, session.proxy())
    except TransportError as error:
        return Check(what, Finding.WARNING, str(error))
    return Check(what, Finding.GOOD, "both servers answer, and take the password")


def _relay_check(session: Session, url: str) -> Check:
    relay = session.adapters.relay(url, session.proxy())
    try:
        skew = relay.health() - session.adapters.clock() // 1000
    except TransportError as error:
        return Check(url, Finding.WARNING, str(error))
    finally:
        relay.close()
    if abs(skew) > CLOCK_TOLERANCE:
        way = "behind" if skew > 0 else "ahead"
        return Check(
            url, Finding.WARNING, f"answers; this machine's clock is {plural(abs(skew), 'second')} {way} of it"
        )
    return Check(url, Finding.GOOD, "answers, and the clocks agree")

"""Promises: what is said of them, and a calendar of what is due."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from backchannel.app.ledger import Ledgers, find_promise
from backchannel.ledger.decide import say
from backchannel.ledger.kinds import Act, Said
from backchannel.ledger.promise import OPEN, Promise
from backchannel.ledger.state import Ledger
from backchannel.log.event import Event


@dataclass(frozen=True, slots=True)
class SaidOf:
    """What was just said, and the promise after it."""

    event: Event
    promise: Promise


def say_of_promise(
    ledgers: Ledgers, name: str, typed: str, act: Act, statement: str = "", evidence: Sequence[bytes] = ()
) -> SaidOf:
    """Claim, confirm, dispute, waive, or call violated.

    Args:
        ledgers: of the vault.
        name: the line.
        typed: the promise, or `DEAL:PROMISE`.
        act: what is said.
        statement: in words.
        evidence: digests of files, 32 bytes each (SHA-256).

    Raises:
        DealRefused: there is no such promise in force.
        NotYoursToSay: it is for the other side to say.
        MoveRefused: it does not follow.
    """
    event, ledger = ledgers.act(
        name,
        lambda _, __, ledger, speaker: say(ledger, speaker, _said(ledger, typed, act, statement, evidence)),
    )
    return SaidOf(event, find_promise(ledger, typed))


def _said(ledger: Ledger, typed: str, act: Act, statement: str, evidence: Sequence[bytes]) -> Said:
    promise = find_promise(ledger, typed)
    return Said(act, promise.deal, promise.obligation.id, statement, tuple(evidence))


def calendar(ledger: Ledger, now: int) -> bytes:
    """Return everything open that has a date as a calendar file (RFC 5545), with an alarm a day before each.

    Args:
        ledger: of a line.
        now: milliseconds since 1970.
    """
    from icalendar import Alarm, Calendar
    from icalendar import Event as Entry

    made = Calendar()
    made.add("prodid", "-//Backchannel//promises//EN")
    made.add("version", "2.0")
    for promise in ledger.promises.values():
        if promise.life not in OPEN or promise.due is None:
            continue
        one = promise.obligation
        sides = ledger.deals[promise.deal].draft.terms.sides
        due = datetime.fromtimestamp(promise.due // 1000, UTC)
        entry = Entry()
        entry.add("uid", f"{promise.deal.hex()[:32]}-{one.id.encode().hex()}")
        entry.add("dtstamp", datetime.fromtimestamp(now // 1000, UTC))
        entry.add("dtstart", due)
        entry.add("summary", f"[{one.id}] {sides[one.debtor]}: {one.what}")
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", one.id)
        alarm.add("trigger", timedelta(days=-1))
        entry.add_component(alarm)
        made.add_component(entry)
    return bytes(made.to_ical())

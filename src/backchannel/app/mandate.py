"""Mandates: give, withdraw and show them, use one for another line, and sign off a deal or a package (spec 15.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from backchannel.app.desk import Desk
from backchannel.app.line import Line, Phase
from backchannel.app.mandate_check import beyond_mandates, in_force, package_by_key, save_used, used
from backchannel.app.package_file import read_map, read_until
from backchannel.app.say import append_own
from backchannel.app.signing_off import SignedOff, signed_off_on
from backchannel.app.table import Tables
from backchannel.errors import InputRefused, LineNotOpen, Malformed, MandateUnknown
from backchannel.ledger.mandate import (
    GIVE,
    Body,
    Given,
    Limit,
    Mandate,
    SignoffWithdrawn,
    Withdrawn,
    given,
    package_hash,
    read_body,
    write_body,
)
from backchannel.log.event import Event
from backchannel.table.naming import find_offer

_FIELDS: Final = frozenset({"limits", "until", "binding", "words"})
_LIMIT: Final = frozenset({"least", "most", "options"})


@dataclass(frozen=True, slots=True)
class Mandates:
    """What there is on a line.

    Attributes:
        line: the line.
        theirs: mandates that the other side gave the owner.
        mine: mandates that the owner gave.
        signed: sign-offs of both.
        used_for: names of the lines that their mandate is used for.
        uses: names of the principals' lines whose mandates are used for this one.
    """

    line: Line
    theirs: tuple[Given, ...]
    mine: tuple[Given, ...]
    signed: tuple[SignedOff, ...]
    used_for: tuple[str, ...]
    uses: tuple[str, ...]


def read_mandate_file(content: bytes, now: int, zone: int) -> Mandate:
    """Return the mandate that a file of YAML or JSON holds.

    Raises:
        InputRefused: it is none; the detail says why.
        Oversize: it is too large.
    """
    value = read_map(content)
    unknown = set(value) - _FIELDS
    if unknown:
        raise InputRefused(f"a mandate has no {min(unknown)!r}; it has {', '.join(sorted(_FIELDS))}")
    limits = value.get("limits")
    if not isinstance(limits, dict) or not limits:
        raise InputRefused("limits are a map of issues and what may be agreed for each")
    until, binding, words = value.get("until"), value.get("binding", "no"), value.get("words", "")
    if binding not in ("yes", "no", "true", "false"):
        raise InputRefused("binding is yes or no")
    if not isinstance(words, str) or not isinstance(until, str | None):
        raise InputRefused("words and until are one text each")
    end = None if until is None else read_until(until, now, zone)
    if end is not None and end.moment <= now:
        raise InputRefused("it would be over before it is given")
    found = {key: _limit(key, limit) for key, limit in limits.items()}
    return Mandate(found, end, binding in ("yes", "true"), words)


def _limit(key: str, value: Any) -> Limit:
    if value in ("any", ""):
        return Limit()
    if not isinstance(value, Mapping) or set(value) - _LIMIT:
        raise InputRefused(f"{key}: a limit has {', '.join(sorted(_LIMIT))}, or is `any`")
    try:
        least, most = (int(value[name]) if name in value else None for name in ("least", "most"))
    except (ValueError, TypeError):
        raise InputRefused(f"{key}: least and most are whole numbers") from None
    options = value.get("options")
    if options is not None and not (isinstance(options, list) and all(isinstance(one, str) for one in options)):
        raise InputRefused(f"{key}: options are a list of texts")
    return Limit(least, most, None if options is None else tuple(options))


def say_body(desk: Desk, name: str, body: Body) -> Event:
    """Say a mandate, a withdrawal or a sign-off on a line.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: its invitation was refused.
        InputRefused: it is not of the form of spec 15.5.
        Oversize: it is too large for one event.
    """
    now = desk.clock()
    kind, raw = write_body(body)
    try:
        read_body(kind, raw)  # what is written must be what the other side can read
    except Malformed as error:
        raise InputRefused(error.detail) from error
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.phase is Phase.REFUSED:
            raise LineNotOpen(name, hint="the invitation was refused; ask for a new one")
        line, event = append_own(work, line, kind, raw, now)
        work.transaction.save_line(line)
    return event


def withdraw(desk: Desk, name: str) -> Event:
    """Take back the mandate that the owner gave on a line.

    Raises:
        LineUnknown: there is no such line.
        MandateUnknown: none is in force.
    """
    mine = show(desk, name).mine
    found = next((one for one in mine if one.holds(desk.clock())), None)
    if found is None:
        raise MandateUnknown(name)
    return say_body(desk, name, Withdrawn(found.event.id))


def withdraw_signoff(desk: Desk, name: str, of: bytes) -> Event:
    """Take back what the owner signed off on a line; what was bound before stays bound.

    Raises:
        LineUnknown: there is no such line.
        MandateUnknown: the owner has not signed it off there.
    """
    if not any(one.mine and one.signoff.of == of for one in show(desk, name).signed):
        raise MandateUnknown(f"you have not signed off {of.hex()} on {name}")
    return say_body(desk, name, SignoffWithdrawn(of))


def show(desk: Desk, name: str) -> Mandates:
    """Return the mandates and sign-offs of a line.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        events = transaction.of_kinds(line.id, GIVE)
        lines = transaction.lines()
        uses = used(transaction, line)
        return Mandates(
            line,
            given(events, 1 - int(line.role)),
            given(events, int(line.role)),
            signed_off_on(transaction, line),
            tuple(one.name for one in lines if line.id in used(transaction, one)),
            tuple(one.name for one in lines if one.id in uses),
        )


def use(desk: Desk, principal: str, name: str, *, stop: bool = False) -> None:
    """Use a principal's mandate for another line, or stop; nobody but the owner knows.

    Raises:
        LineUnknown: there is no such line.
        MandateUnknown: none is in force on the principal's line.
        InputRefused: both are the same line.
    """
    now = desk.clock()
    with desk.work() as work:
        giver, line = work.transaction.line_named(principal), work.transaction.line_named(name)
        if giver.id == line.id:
            raise InputRefused("a mandate is used for another line than the principal's")
        ids = set(used(work.transaction, line)) - {giver.id}
        if not stop:
            if in_force(work.transaction, giver, now) is None:
                raise MandateUnknown(principal)
            ids.add(giver.id)
        save_used(work.transaction, line, sorted(ids))


def check(desk: Desk, name: str, word: str) -> tuple[bytes, dict[str, tuple[str, ...]]]:
    """Return the hash of an offer's package, and what of it goes beyond each mandate that is used for the line.

    Raises:
        LineUnknown: there is no such line.
        TableUnknown: there is no such offer.
        InputRefused: there is more than one.
    """
    tables, now = Tables(desk), desk.clock()
    with desk.look() as transaction:
        line = transaction.line_named(name)
        table = tables.of(transaction, line)
        package = package_by_key(table, find_offer(table, word).offer.package)
        return package_hash(package), beyond_mandates(transaction, line, package, now)

"""Tidy: remove what is to be removed, and the keys of a line that both have closed (spec 16.1.3, 16.2, 16.3).

It runs after every exchange, by this machine's clock. What it removes is gone from the vault's files when it returns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backchannel.app.attachment import name_of
from backchannel.app.carrying import forget_origin
from backchannel.app.close import seal
from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Transaction
from backchannel.log.event import Event
from backchannel.log.file import FILE
from backchannel.log.retraction import REMOVABLE
from backchannel.log.tombstone import Tombstone, Why, bury, read_kept

PAGE: Final = 1000
"""Events of one transaction of sweeping."""

_EVER: Final = 2**62


def tidy(desk: Desk, line_id: bytes) -> int:
    """Do what is due on one line; return how many events lost their words."""
    with desk.look() as transaction:
        line = transaction.line(line_id)
    now = desk.clock()
    if not has_work(line, now):
        return 0
    removed = _retract(desk, line_id) if line.retracting else 0
    sealed = line.ending.may_seal(now, owes=line.delivery.owes)
    if sealed:
        with desk.work() as work:
            seal(work, work.transaction.line(line_id), now)
    removed += _sweep(desk, line_id, now)
    if removed or sealed:
        desk.vault.scrub()
    return removed


def has_work(line: Line, now: int) -> bool:
    """Say, by its record alone, whether there may be something to do."""
    sweeps = past(line, now) is not None and line.swept < line.positions
    return bool(line.retracting) or sweeps or line.ending.may_seal(now, owes=line.delivery.owes)


def past(line: Line, now: int) -> int | None:
    """Return up to which time of arrival the words of a line are past their time; None where none ever are."""
    rule = line.retention.agreement.rule
    if rule.on_closing:
        return _EVER if line.phase is Phase.CLOSED else None
    return rule.cutoff(now)


def can_go(line: Line, event: Event) -> bool:
    """Say whether nobody needs the words of an event any more: what the peer has not confirmed is still to be sent."""
    if line.phase is Phase.CLOSED:
        return True
    forked = _is_unsettled(line, event.author, event.number)
    return not forked and (event.author != int(line.role) or event.number in line.delivery.theirs)


def _is_unsettled(line: Line, author: int, number: int) -> bool:
    return any((fork.author, fork.number) == (author, number) for fork in line.forks if not fork.settled)


def _retract(desk: Desk, line_id: bytes) -> int:
    removed = 0
    with desk.work() as work:
        line = work.transaction.line(line_id)
        waiting = []
        for author, number, event_id, when in line.retracting:
            event = _held(work.transaction, line, author, number, event_id)
            if event is None:
                # A gap may be filled, another branch may come; else a number that is held is another event's for ever.
                held = number <= line.own if author == int(line.role) else number in line.theirs
                keep = not held or _is_unsettled(line, author, number)
            else:
                keep = not _is_done(event) and not can_go(line, event)
            if keep:
                waiting.append((author, number, event_id, when))
            elif event is not None and not _is_done(event):
                removed += _bury(work, line, event, Why.RETRACTED, when)
        if len(waiting) != len(line.retracting):
            work.transaction.save_line(replace(line, retracting=tuple(waiting)))
    return removed


def _held(transaction: Transaction, line: Line, author: int, number: int, event_id: bytes) -> Event | None:
    branches = (read_kept(raw) for raw in transaction.raw_events(line.id, author, number, number))
    return next((event for event in branches if event.id == event_id), None)


def _sweep(desk: Desk, line_id: bytes, now: int) -> int:
    removed, after, more = 0, 0, True
    while more:
        with desk.look() as transaction:
            line = transaction.line(line_id)
            upto = past(line, now)
            if upto is None or line.swept >= line.positions:
                return removed
            after = max(after, line.swept)
            if not transaction.older(line_id, after, upto, 1):
                return removed
        with desk.work() as work:
            line = work.transaction.line(line_id)
            page = work.transaction.older(line_id, after, upto, PAGE)
            swept = line.swept
            for stored in page:
                done = _is_done(stored.event)
                if not done and _may_go(work, line, stored.event):
                    removed += _bury(work, line, stored.event, Why.RETENTION, now)
                    done = True
                if done and stored.position == swept + 1:
                    swept += 1
            if swept != line.swept:
                work.transaction.save_line(replace(line, swept=swept))
            more = len(page) == PAGE
            after = page[-1].position if page else after
    return removed


def _is_done(event: Event) -> bool:
    return isinstance(event, Tombstone) or event.kind not in REMOVABLE


def _may_go(work: Work, line: Line, event: Event) -> bool:
    """Say whether an event can go for its age: as `can_go`, and a file has come to the end of its way."""
    if line.phase is not Phase.CLOSED and event.kind == FILE:
        file = work.transaction.file(line.id, name_of(event.id))
        if file is not None and file.moving:
            return False
    return can_go(line, event)


def _bury(work: Work, line: Line, event: Event, why: Why, when: int) -> int:
    if isinstance(event, Tombstone):
        return 0
    work.transaction.replace_raw(line.id, bury(event, why, when))
    if event.kind == FILE:
        work.transaction.drop_file(line.id, name_of(event.id))
    forget_origin(work.transaction, line.id, event.id)
    return 1

"""Retract: take back something that the owner said; both copies lose its words (spec 16.2)."""

from __future__ import annotations

from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.say import append_own
from backchannel.app.terms import heed
from backchannel.errors import InputRefused
from backchannel.log.event import Event
from backchannel.log.retraction import REMOVABLE, RETRACT, retract_body
from backchannel.log.tombstone import Tombstone, read_kept


def retract(desk: Desk, name: str, number: int) -> Line:
    """Take back an event of the owner's own; its words go with the next exchange, once the peer has confirmed it.

    Of a fork, every branch is taken back.

    Args:
        desk: where.
        name: the line.
        number: in the owner's feed.

    Raises:
        LineUnknown: there is no such line.
        LineClosed: the owner has closed it.
        InputRefused: there is nothing under that number that could be taken back.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        held = [read_kept(raw) for raw in work.transaction.raw_events(line.id, int(line.role), number, number)]
        check_removable(held, number)
        for event in held:
            if not any(waiting[2] == event.id for waiting in line.retracting):
                line, own = append_own(work, line, RETRACT, retract_body(event), now)
                line = heed(line, own, now)
        work.transaction.save_line(line)
    return line


def check_removable(held: list[Event], number: int) -> None:
    """Refuse to take back what cannot be.

    Raises:
        InputRefused: nothing is there, its words are gone, or it is no plain talk.
    """
    if not held:
        raise InputRefused(f"you have said nothing under number {number}")
    if all(isinstance(event, Tombstone) for event in held):
        raise InputRefused(f"the words of number {number} are gone already")
    if any(event.kind not in REMOVABLE for event in held):
        raise InputRefused(f"number {number} is no plain talk; it cannot be taken back")

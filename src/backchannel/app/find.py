"""Find: the one event that a person means, by the beginning of its id or its number on a line."""

from __future__ import annotations

from typing import Final

from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.errors import EventUnknown, InputRefused
from backchannel.log.event import Event

SHORTEST: Final = 4
"""Hexadecimal digits of an id that must be typed."""


def find_event(transaction: Transaction, word: str, among: Line | None = None) -> tuple[Line, Event]:
    """Return the one event that a word names, and its line.

    Args:
        transaction: that looks.
        word: the beginning of its id, or `LINE:NUMBER` of the other side's feed.
        among: look on this line alone.

    Raises:
        LineUnknown: there is no such line.
        EventUnknown: there is none.
        InputRefused: there are more.
    """
    name, colon, digits = word.rpartition(":")
    lines = transaction.lines() if among is None else [among]
    if colon:
        if not (digits.isascii() and digits.isdecimal()):
            raise EventUnknown(word)
        line = transaction.line_named(name)
        if line.id not in {one.id for one in lines}:
            raise EventUnknown(word)
        found = [
            (line, stored.event)
            for stored in transaction.in_order(line.id)
            if stored.event.number == int(digits) and stored.event.author != int(line.role)
        ]
    else:
        start = word.casefold()
        if len(start) < SHORTEST:
            raise EventUnknown(word)
        found = [
            (line, stored.event)
            for line in lines
            for stored in transaction.in_order(line.id)
            if stored.event.id.hex().startswith(start)
        ]
    if not found:
        raise EventUnknown(word)
    if len(found) > 1:
        raise InputRefused(f"{word} names more than one message; type more of its id")
    return found[0]

"""Terms: what events that are about the line itself change in its record; pure (spec 16.1 to 16.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backchannel.app.line import Line, Notice, Phase
from backchannel.log import closing, retention, retraction
from backchannel.log.closing import Closed, read_close
from backchannel.log.event import Event
from backchannel.log.retention import Rule, read_retention
from backchannel.log.retraction import Retracted, read_retract

MOST_RETRACTING: Final = 1024
"""Retractions that wait for their event at most; a peer that takes back more of what never came is not heeded."""


def heed(line: Line, event: Event, now: int) -> Line:
    """Return the line after an event of either side was stored; most events change nothing.

    Args:
        line: as it was.
        event: what was stored.
        now: milliseconds since 1970.
    """
    match event.kind:
        case closing.CLOSE if isinstance(read_close(event), Closed):
            return _heed_close(line, event, now)
        case retention.RETENTION:
            rule = read_retention(event)
            return replace(line, retention=line.retention.heard(event, rule)) if isinstance(rule, Rule) else line
        case retraction.RETRACT:
            what = read_retract(event)
            return _heed_retract(line, event, what) if isinstance(what, Retracted) else line
        case _:
            return line


def heard_end(line: Line, opened: int, now: int) -> Line:
    """Return the line after a frame from the peer, as far as its end is concerned.

    Args:
        line: with everything else that the frame said.
        opened: the highest sequence of ours that the peer has opened.
        now: milliseconds since 1970.
    """
    ending = line.ending.heard(acknowledged=line.delivery.theirs.upto, held=line.theirs.upto, opened=opened, now=now)
    if ending is line.ending:
        return line
    # Whoever is done says so once more: from that the peer learns that it need not wait (spec 16.1.2).
    owes = line.delivery.owes or (line.ending.done is None and ending.done is not None)
    return replace(line, ending=ending, delivery=replace(line.delivery, owes=owes))


def _heed_close(line: Line, event: Event, now: int) -> Line:
    if event.author == int(line.role):
        phase = Phase.CLOSING if line.phase is Phase.OPEN else line.phase
        return replace(line, phase=phase, ending=replace(line.ending, ours=event.number))
    return replace(line, ending=line.ending.heard_close(event.number)).noted(now, Notice.CLOSED)


def _heed_retract(line: Line, event: Event, what: Retracted) -> Line:
    waiting = (event.author, what.number, what.id, event.clock)
    if len(line.retracting) >= MOST_RETRACTING or waiting in line.retracting:
        return line
    return replace(line, retracting=(*line.retracting, waiting))

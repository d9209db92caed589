"""Say: put words into the own feed; they go out with the next exchange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Phase
from backchannel.errors import InputRefused, LineClosed, LineNotOpen
from backchannel.log.event import BEFORE_SIZE, Event, write_event
from backchannel.log.kinds import TEXT, text_body


def say(desk: Desk, name: str, texts: Sequence[str]) -> list[Event]:
    """Append one `text` event for each text, all or none.

    Args:
        desk: where.
        name: the line.
        texts: as they were written.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: its invitation was refused; it will never open.
        LineClosed: the owner has closed it.
        InputRefused: nothing to say.
        Oversize: a text is too large for one message.
    """
    if not texts or any(not text for text in texts):
        raise InputRefused("there is nothing in it")
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.phase is Phase.REFUSED:
            raise LineNotOpen(name, hint="the invitation was refused; ask for a new one")
        events = []
        for text in texts:
            line, event = append_own(work, line, TEXT, text_body(text), now)
            events.append(event)
        work.transaction.save_line(line)
    return events


def append_own(work: Work, line: Line, kind: str, body: bytes, now: int) -> tuple[Line, Event]:
    """Append an event of the owner's; return the line, not yet saved, and the event.

    Raises:
        LineClosed: the owner has closed the line.
        Oversize: it is too large for one message.
    """
    if line.phase in (Phase.CLOSING, Phase.CLOSED):
        raise LineClosed(line.name)
    event = write_event(
        author=int(line.role),
        number=line.own + 1,
        seen=line.theirs.upto,
        clock=now,
        kind=kind,
        body=body,
        before=line.last[:BEFORE_SIZE],
    )
    position = work.append(line, event, now)
    return replace(line, own=line.own + 1, positions=position, last=event.id), event

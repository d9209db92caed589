"""Say: put words into the own feed; they go out with the next exchange."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backchannel.app.desk import Desk, Work
from backchannel.app.find import find_event
from backchannel.app.line import Line, Phase
from backchannel.errors import InputRefused, LineClosed, LineNotOpen, LineSuperseded, LineUnrecovered
from backchannel.log.event import BEFORE_SIZE, Event, write_event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, text_body


def say(
    desk: Desk,
    name: str,
    texts: Sequence[str],
    *,
    handling: Handling = Handling.FOR_YOU_ALONE,
    question: bool = False,
    answers: str | None = None,
) -> list[Event]:
    """Append one `text` event for each text, all or none.

    Args:
        desk: where.
        name: the line.
        texts: as they were written.
        handling: what the other side may do with them.
        question: whether an answer is asked for.
        answers: names the event of the same line that they answer, as `find_event` takes it.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: its invitation was refused; it will never open.
        LineClosed: the owner has closed it.
        InputRefused: nothing to say.
        EventUnknown: there is nothing such to answer.
        Oversize: a text is too large for one message.
    """
    if not texts or any(not text for text in texts):
        raise InputRefused("there is nothing in it")
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.phase is Phase.REFUSED:
            raise LineNotOpen(name, hint="the invitation was refused; ask for a new one")
        answered = None if answers is None else find_event(work.transaction, answers, line)[1].id
        events = []
        for text in texts:
            body = text_body(text, handling, question=question, answers=answered)
            line, event = append_own(work, line, TEXT, body, now)
            events.append(event)
        work.transaction.save_line(line)
    return events


def append_own(work: Work, line: Line, kind: str, body: bytes, now: int) -> tuple[Line, Event]:
    """Append an event of the owner's; return the line, not yet saved, and the event.

    Raises:
        LineClosed: the owner has closed the line.
        LineUnrecovered: what was said before is not back yet, and a number must not be used twice.
        LineSuperseded: the line goes on elsewhere.
        Oversize: it is too large for one message.
    """
    if line.ending.ours is not None or line.phase is Phase.CLOSED:
        raise LineClosed(line.name)
    if line.unrecovered:
        raise LineUnrecovered(line.name)
    if line.phase is Phase.SUPERSEDED:
        raise LineSuperseded(line.name)
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

"""Close: end a line, with a last word (spec 16.1).

Nobody's program closes a line for them: each side says so itself, and until then can go on saying things.
"""

from __future__ import annotations

from dataclasses import replace

from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Phase
from backchannel.app.ports import PASSING
from backchannel.app.say import append_own
from backchannel.app.steady import RHYTHM
from backchannel.app.terms import heed
from backchannel.errors import LineClosed, LineNotOpen
from backchannel.line.recovery import Recovery
from backchannel.log.closing import CLOSE, close_body


def close(desk: Desk, name: str, word: str = "") -> Line:
    """Write the owner's `close`; it goes out like any event, and the keys go once both sides know of both.

    Closing once more, without a word, changes nothing.

    Args:
        desk: where.
        name: the line.
        word: a last word; empty for none.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: nobody is at its other end yet.
        LineClosed: the owner has closed it, and has no further word.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.phase is Phase.CLOSED or (line.phase is Phase.CLOSING and word):
            raise LineClosed(name)
        if line.phase is Phase.CLOSING:
            return line
        if line.phase is not Phase.OPEN:
            raise LineNotOpen(name, hint="nobody is at its other end; `close --now` gives it up")
        line, event = append_own(work, line, CLOSE, close_body(word), now)
        line = heed(line, event, now)
        work.transaction.save_line(line)
    return line


def close_alone(desk: Desk, name: str) -> Line:
    """Destroy the keys of a line at once, whatever the other side knows.

    Raises:
        LineUnknown: there is no such line.
        LineClosed: it is closed already.
    """
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.phase is Phase.CLOSED:
            raise LineClosed(name)
        line = seal(work, line, desk.clock())
    desk.vault.scrub()
    return line


def seal(work: Work, line: Line, now: int) -> Line:
    """Destroy everything by which a line could speak or hear, and return it: from here on its log only can be read."""
    ending = replace(line.ending, sealed=now, alone=line.ending.done is None)
    delivery = replace(line.delivery, due=None, owes=False)
    line = replace(
        line,
        phase=Phase.CLOSED,
        ending=ending,
        delivery=delivery,
        inviting=None,
        joining=None,
        relays=(),
        folders=(),
        mails=(),
        recovery=Recovery(restored=line.recovery.restored, peer_restored=line.recovery.peer_restored),
    )
    work.forget(line)
    for name, _ in work.transaction.privates(line.id):
        if name == RHYTHM or name.startswith(PASSING):  # of a round or of slots that will not go on
            work.transaction.save_private(line.id, name, None)
    work.transaction.save_line(line)
    return line

"""Carry: envelopes in somebody's hands, as files or as paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backchannel.app.compose import compose
from backchannel.app.desk import Desk
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Transport
from backchannel.app.receive import Fate, receive
from backchannel.app.tidy import tidy
from backchannel.errors import LineClosed
from backchannel.line.mailbox import Mailbox

MOST_CARRIED: Final = 16_384
"""Frames of one handover at most: a gigabyte."""

_ANYWHERE: Final = Mailbox(b"", b"", b"", b"")
"""A folder does not look at mailboxes."""


@dataclass(frozen=True, slots=True)
class CarriedIn:
    """What was brought.

    Attributes:
        fates: one for each envelope, as they were given.
        events: how many new events are kept.
        lines: the names of the lines that something was for.
    """

    fates: tuple[Fate, ...]
    events: int
    lines: tuple[str, ...]


def carry_out(desk: Desk, name: str) -> list[bytes]:
    """Return everything unacknowledged of a line as fresh envelopes, to be carried by hand.

    Raises:
        LineUnknown: there is no such line.
        LineClosed: it has no keys any more.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
    if line.phase is Phase.CLOSED:
        raise LineClosed(name)
    outgoing = compose(desk, line.id, everything=True, most=MOST_CARRIED).outgoing
    tidy(desk, line.id)
    return [out.envelope for out in outgoing]


def carry_in(desk: Desk, envelopes: Sequence[bytes]) -> CarriedIn:
    """Take envelopes that may be for any line of the vault.

    Args:
        desk: where.
        envelopes: in any order.
    """
    fates = [Fate.FOREIGN] * len(envelopes)
    events = 0
    named: dict[str, None] = {}
    progress = True
    while progress:
        progress = False
        for line in _lines(desk):
            left = [at for at, fate in enumerate(fates) if fate is Fate.FOREIGN]
            received = receive(desk, line.id, [envelopes[at] for at in left])
            events += received.events
            for at, fate in zip(left, received.fates, strict=True):
                fates[at] = fate
            if any(fate is not Fate.FOREIGN for fate in received.fates):
                named[line.name] = None
                # A reply may have opened the line to which the others belong.
                progress = progress or Fate.OPENED in received.fates
    for line in _lines(desk):
        tidy(desk, line.id)
    return CarriedIn(tuple(fates), events, tuple(named))


def carry_in_folder(desk: Desk, folder: Transport, *, keep: bool) -> CarriedIn:
    """Take the envelopes of a folder, and let it delete those that are safe in the vault.

    Args:
        desk: where.
        folder: the folder.
        keep: delete nothing.

    Raises:
        TransportError: the folder cannot be read.
    """
    found = folder.get(_ANYWHERE)
    carried = carry_in(desk, [each.envelope for each in found])
    if not keep:
        finished = [each.receipt for each, fate in zip(found, carried.fates, strict=True) if fate is not Fate.FOREIGN]
        folder.delete(_ANYWHERE, finished)
    return carried


def carry_out_folder(desk: Desk, name: str, folder: Transport) -> int:
    """Put everything unacknowledged of a line into a folder; return how many envelopes that is.

    Raises:
        LineUnknown: there is no such line.
        TransportError: the folder cannot be written; the next time everything is put out again.
    """
    envelopes = carry_out(desk, name)
    folder.put(_ANYWHERE, envelopes)
    return len(envelopes)


def _lines(desk: Desk) -> list[Line]:
    with desk.look() as transaction:
        return [line for line in transaction.lines() if not line.phase.is_over]

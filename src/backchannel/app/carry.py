"""Carry: envelopes in somebody's hands, as files or as paper."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from backchannel.app.attachment import Attachment
from backchannel.app.compose import compose
from backchannel.app.desk import Desk
from backchannel.app.file_parts import everything
from backchannel.app.files import look_at_arrived
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Folder
from backchannel.app.receive import Fate, receive
from backchannel.app.tidy import tidy
from backchannel.errors import LineClosed
from backchannel.line.mailbox import Mailbox
from backchannel.log.file import LARGEST_FILE

MOST_CARRIED: Final = 16_384
"""Frames of one handover at most: a gigabyte."""

PAGE: Final = 256
"""Envelopes of a folder that are in memory at once."""

_LEFT: Final = (Fate.FOREIGN, Fate.WAITING)

_ANYWHERE: Final = Mailbox(b"", b"", b"", b"", b"")
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


def carry_out(desk: Desk, name: str, *, largest_file: int = 0) -> Iterator[list[bytes]]:
    """Yield everything unacknowledged of a line as fresh envelopes, to be carried by hand: first words, then files.

    Args:
        desk: where.
        name: the line.
        largest_file: bytes of the largest file whose parts go along.

    Raises:
        LineUnknown: there is no such line.
        LineClosed: it has no keys any more.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
    if line.phase is Phase.CLOSED:
        raise LineClosed(name)
    yield [out.envelope for out in compose(desk, line.id, everything=True, most=MOST_CARRIED).outgoing]
    tidy(desk, line.id)
    yield from everything(desk, line.id, largest=largest_file)


def left_behind(desk: Desk, name: str, *, largest_file: int) -> list[Attachment]:
    """Return the files that still go out and are too large for this way."""
    with desk.look() as transaction:
        moving = transaction.files(transaction.line_named(name).id, moving=True)
    return [file for file in moving if file.sending is not None and file.content and file.file.size > largest_file]


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
            left = [at for at, fate in enumerate(fates) if fate in _LEFT]
            received = receive(desk, line.id, [envelopes[at] for at in left])
            events += received.events
            for at, fate in zip(left, received.fates, strict=True):
                fates[at] = fates[at] if fate is Fate.FOREIGN else fate
            if received.parts:
                look_at_arrived(desk, line.id)
            if any(fate is not Fate.FOREIGN for fate in received.fates):
                named[line.name] = None
                # A reply may have opened the line to which the others belong.
                progress = progress or Fate.OPENED in received.fates
    for line in _lines(desk):
        tidy(desk, line.id)
    return CarriedIn(tuple(fates), events, tuple(named))


def carry_in_folder(desk: Desk, folder: Folder, *, keep: bool) -> CarriedIn:
    """Take the envelopes of a folder, and let it delete those that are safe in the vault.

    Args:
        desk: where.
        folder: the folder.
        keep: delete nothing.

    Raises:
        TransportError: the folder cannot be read.
    """
    fates: dict[str, Fate] = {}
    named: dict[str, None] = {}
    events, progress = 0, True
    while progress:
        progress = False
        for page in folder.pages(PAGE):
            left = [each for each in page if fates.get(each.receipt, Fate.FOREIGN) in _LEFT]
            carried = carry_in(desk, [each.envelope for each in left])
            fates.update(zip((each.receipt for each in left), carried.fates, strict=True))
            events += carried.events
            named.update(dict.fromkeys(carried.lines))
            finished = [each.receipt for each in left if fates[each.receipt] not in _LEFT]
            if not keep:
                folder.delete(_ANYWHERE, finished)
            # What was opened may have announced a file, or opened a line, to which something before it belongs.
            progress = progress or Fate.OPENED in carried.fates
        progress = progress and any(fate in _LEFT for fate in fates.values())
    return CarriedIn(tuple(fates.values()), events, tuple(named))


def carry_out_folder(desk: Desk, name: str, folder: Folder) -> int:
    """Put everything unacknowledged of a line into a folder; return how many envelopes that is.

    Raises:
        LineUnknown: there is no such line.
        TransportError: the folder cannot be written; the next time everything is put out again.
    """
    count = 0
    for envelopes in carry_out(desk, name, largest_file=LARGEST_FILE):
        folder.put(_ANYWHERE, envelopes)
        count += len(envelopes)
    return count


def _lines(desk: Desk) -> list[Line]:
    with desk.look() as transaction:
        return [line for line in transaction.lines() if not line.phase.is_over]

"""Attach: put a file into the own feed, and its content beside it; it goes out with the next exchanges (spec 8.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Protocol

from backchannel.app.attachment import Attachment, name_of
from backchannel.app.desk import Desk
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Gathering
from backchannel.app.say import append_own
from backchannel.errors import InputRefused, LineNotOpen
from backchannel.line.file_part import PART_SIZE, part_count, protect
from backchannel.line.transfer import Sending
from backchannel.log.event import Event
from backchannel.log.file import FILE, KEY_SIZE, LARGEST_FILE, LONGEST_NAME, LONGEST_TYPE, File, file_body


class Source(Protocol):
    """What a content is read from."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes; none at the end."""
        ...


def attach(
    desk: Desk,
    line_name: str,
    *,
    name: str,
    media_type: str,
    source: Source,
    progress: Callable[[int], None] = lambda _: None,
) -> tuple[Event, Attachment]:
    """Keep a copy of a file in the vault, and announce it: both or neither.

    Args:
        desk: where.
        line_name: the line.
        name: of the file, as the other side is to see it.
        media_type: what it is.
        source: its content, read from beginning to end; a part of it is in memory at a time.
        progress: is given the number of bytes of each part that was read.

    Returns:
        The event, and the file as it now stands.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: its invitation was refused; it will never open.
        InputRefused: the content is larger than a file may be, or the name or type too long.
        StorageFull: there is no room; the vault is as it was.
    """
    if not name or len(name) > LONGEST_NAME or len(media_type) > LONGEST_TYPE:
        raise InputRefused("a name or a type of a file that is empty or too long")
    with desk.look() as transaction:
        _check(transaction.line_named(line_name))
    key = desk.random(KEY_SIZE)
    with desk.vault.gather() as content:
        size, digest = _gather(content, key, source, progress)
        file = File(name, size, media_type, digest, key)
        with desk.work() as work:
            line = work.transaction.line_named(line_name)
            _check(line)
            line, event = append_own(work, line, FILE, file_body(file), desk.clock())
            attachment = Attachment(
                line=line.id,
                name=name_of(event.id),
                position=line.positions,
                file=file,
                content=content.name,
                sending=Sending(size, part_count(size)),
                asked=True,
            )
            work.transaction.save_file(attachment)
            work.transaction.save_line(line)
    return event, attachment


def _check(line: Line) -> None:
    if line.phase is Phase.REFUSED:
        raise LineNotOpen(line.name, hint="the invitation was refused; ask for a new one")


def _gather(content: Gathering, key: bytes, source: Source, progress: Callable[[int], None]) -> tuple[int, bytes]:
    size, number, whole = 0, 0, sha256()
    while (part := _full(source)) or not number:
        size += len(part)
        if size > LARGEST_FILE:
            raise InputRefused("a file may have 1 GiB at most", hint="split it, and send the pieces")
        number += 1
        whole.update(part)
        content.append(protect(key, number, part))
        progress(len(part))
    content.finish()
    return size, whole.digest()


def _full(source: Source) -> bytes:
    """Return a whole part; a short read is not the end."""
    part = source.read(PART_SIZE)
    while part and len(part) < PART_SIZE and (more := source.read(PART_SIZE - len(part))):
        part += more
    return part


def withdrawn(attachment: Attachment) -> Attachment:
    """Return a file of the owner's that was taken back."""
    assert attachment.sending is not None  # noqa: S101  (the callers have looked)
    return replace(attachment, content="", sending=attachment.sending.withdrawn())

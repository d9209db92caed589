"""Archive: one line's log as a file of its own, to be read in decades from the spec alone (spec 9).

Inside the sealed stream are lines of JSON: what line it is, each event with its exact bytes, and an end that counts
them. Neither side's memory holds more than a page of it at once.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from backchannel import __version__
from backchannel.app.archive_contents import ContentReader, content_values
from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.read import Entry, entry_of, said_by
from backchannel.crypto.chunks import ChunkSealer, Read, Write, open_chunks
from backchannel.crypto.passphrase import RECOMMENDED, Cost
from backchannel.errors import FileDamaged, FileNewer, Malformed, Oversize
from backchannel.log.carried import Carried
from backchannel.log.closing import Closed
from backchannel.log.event import Event
from backchannel.log.kinds import Text
from backchannel.log.order import OrderKey, order_key
from backchannel.log.tombstone import Tombstone, read_kept

MAGIC: Final = b"backchannel archive\n"
FORMAT: Final = 1
LONGEST_LINE: Final = 1024 * 1024
"""Bytes of one line at most; the largest event takes less than half."""


@dataclass(frozen=True, slots=True)
class Archived:
    """What an archive holds.

    Attributes:
        line: what its owner called the line.
        made: when the archive was made, milliseconds since 1970.
        events: how many events are in it.
        removed: of how many of them the words had been removed.
        files: how many contents of files are in it, whole.
    """

    line: str
    made: int
    events: int
    removed: int
    files: int = 0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an archive is to hold beside the events.

    Attributes:
        files: whether the contents of files.
        tell: returns what an event did as a sentence for people; None where there is nothing to tell.
    """

    files: bool = True
    tell: Callable[[Event], str | None] = lambda _: None


def archive(
    desk: Desk, name: str, passphrase: str, write: Write, cost: Cost = RECOMMENDED, wanted: Wanted | None = None
) -> Archived:
    """Write the archive of a line.

    Args:
        desk: where.
        name: the line; any, also one that is open.
        passphrase: the archive's own.
        write: is given the file's bytes, in order.
        cost: of one guess at the passphrase.
        wanted: what it is to hold.

    Raises:
        LineUnknown: there is no such line.
    """
    made, wanted = desk.clock(), wanted or Wanted()
    events = removed = files = 0
    digest = sha256()
    with desk.look() as transaction:
        line = transaction.line_named(name)
        sealer = ChunkSealer(MAGIC, passphrase, cost, desk.random, write)
        sealer.add(_line_of(_head_value(line, made)))
        for stored in transaction.in_order(line.id):
            entry = entry_of(transaction, line, stored)
            act = wanted.tell(stored.event)
            sealer.add(_line_of(event_value(entry) | ({} if act is None else {"act": act})))
            if wanted.files and entry.attachment is not None:
                for value in content_values(transaction, entry.attachment, stored.event.id):
                    sealer.add(_line_of(value))
                    files += "sha256" in value
            digest.update(stored.event.id)
            events += 1
            removed += isinstance(stored.event, Tombstone)
        sealer.add(_line_of({"end": 1, "events": events, "files": files, "ids": digest.hexdigest()}))
        sealer.finish()
    return Archived(name, made, events, removed, files)


def verify_archive(passphrase: str, read: Read) -> Archived:
    """Read a whole archive, and check everything in it that can be checked.

    Each event's id is computed again from its bytes, each field compared with them; the order, the count and the ids
    must fit.

    Args:
        passphrase: the archive's.
        read: reads the file.

    Raises:
        FileForeign, FileNewer, FilePassphraseWrong, FileDamaged: as they say.
    """
    lines = _lines(open_chunks(MAGIC, passphrase, read))
    head = next(lines, None)
    if head is None or type(head.get("archive")) is not int:
        raise FileDamaged("no head line")
    if head["archive"] > FORMAT:
        raise FileNewer(f"format {head['archive']}")
    events = removed = files = 0
    digest = sha256()
    content: ContentReader | None = None
    before: OrderKey = (0, 0, 0, b"")
    end: dict[str, Any] | None = None
    for value in lines:
        if end is not None:
            raise FileDamaged("something behind its end")
        if "end" in value:
            end = value
        elif "content" in value:
            if content is None:
                raise FileDamaged("a content out of place")
            content.add(value)
            files += content.whole
        else:
            events += 1
            event = _check_event(value, events, before)
            before = order_key(event)
            content = ContentReader(event.id, said_by(event))
            digest.update(event.id)
            removed += isinstance(event, Tombstone)
    if end != {"end": 1, "events": events, "files": files, "ids": digest.hexdigest()}:
        raise FileDamaged("its end does not fit")
    return Archived(str(head.get("line")), int(head.get("made", 0)), events, removed, files)


def event_value(entry: Entry) -> dict[str, Any]:
    """Return an event as it stands in an archive: its exact bytes, and beside them what they say."""
    event = entry.stored.event
    value: dict[str, Any] = {
        "position": entry.stored.position,
        "received": entry.stored.received,
        "delivered": entry.delivered,
        "mine": entry.mine,
        "author": event.author,
        "number": event.number,
        "seen": event.seen,
        "before": event.before.hex(),
        "clock": event.clock,
        "kind": event.kind,
        "id": event.id.hex(),
        "raw": b64encode(event.raw).decode(),
    }
    match entry.said:
        case Text(text=text) | Carried(text=text):
            value["text"] = text
        case Closed(word) if word:
            value["text"] = word
        case Tombstone() as stone:
            value["removed"] = {"why": stone.why.name.lower(), "when": stone.when}
    return value


def _head_value(line: Line, made: int) -> dict[str, Any]:
    return {
        "archive": FORMAT,
        "line": line.name,
        "role": int(line.role),
        "phase": str(line.phase),
        "created": line.created,
        "verified": line.verified,
        "closed": line.ending.sealed,
        "made": made,
        "program": f"backchannel {__version__}",
    }


def _line_of(value: dict[str, Any]) -> bytes:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode() + b"\n"


def _lines(chunks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    pending = b""
    for chunk in chunks:
        *whole, pending = (pending + chunk).split(b"\n")
        if len(pending) > LONGEST_LINE:
            raise FileDamaged("a line that is too long")
        for line in whole:
            yield _value_of(line)
    if pending:
        raise FileDamaged("its last line has no end")


def _value_of(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
        if type(value) is not dict or _line_of(value) != line + b"\n":
            raise FileDamaged("a line that is none of ours")
    except (ValueError, RecursionError) as error:
        raise FileDamaged("a line that is none of ours") from error
    return value


def _check_event(value: dict[str, Any], at: int, before: OrderKey) -> Event:
    try:
        event = read_kept(b64decode(value["raw"], validate=True))
        said = said_by(event)
        told = {
            "author": event.author, "number": event.number, "seen": event.seen, "before": event.before.hex(),
            "clock": event.clock, "kind": event.kind, "id": event.id.hex(),
        }  # fmt: skip
    except (Malformed, Oversize, KeyError, TypeError, ValueError) as error:
        raise FileDamaged(f"event {at}") from error
    text = said.text if isinstance(said, Text | Carried) else (said.word or None) if isinstance(said, Closed) else None
    if any(value.get(name) != field for name, field in told.items()) or value.get("text") != text:
        raise FileDamaged(f"event {at} does not say what its bytes say")
    if type(value.get("act", "")) is not str:
        raise FileDamaged(f"event {at}")
    if order_key(event) <= before:
        raise FileDamaged(f"event {at} is out of order")
    return event

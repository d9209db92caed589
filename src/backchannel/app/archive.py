"""Archive: one line's log as a file of its own, to be read in decades from the spec alone (spec 9).

Inside the sealed stream are lines of JSON: what line it is, each event with its exact bytes, and an end that counts
them. Neither side's memory holds more than a page of it at once.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from backchannel import __version__
from backchannel.app.archive_contents import ContentReader, content_values
from backchannel.app.archive_lines import is_same, is_whole, line_of, values_of
from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.read import Entry, Said, entry_of, said_by
from backchannel.crypto.chunks import ChunkSealer, Read, Write, open_chunks
from backchannel.crypto.passphrase import RECOMMENDED, Cost
from backchannel.crypto.suite import Role
from backchannel.errors import FileDamaged, FileNewer, Malformed, Oversize
from backchannel.log.carried import Carried
from backchannel.log.closing import Closed
from backchannel.log.event import Event
from backchannel.log.kinds import Text
from backchannel.log.order import OrderKey, order_key
from backchannel.log.tombstone import Tombstone, read_kept

MAGIC: Final = b"backchannel archive\n"
FORMAT: Final = 1
_HEAD_KEYS: Final = frozenset(
    ("archive", "line", "role", "phase", "created", "made", "verified", "closed", "program")
)  # fmt: skip


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
        sealer.add(line_of(_head_value(line, made)))
        for stored in transaction.in_order(line.id):
            entry = entry_of(transaction, line, stored)
            act = wanted.tell(stored.event)
            sealer.add(line_of(event_value(entry) | ({} if act is None else {"act": act})))
            if wanted.files and entry.attachment is not None:
                for value in content_values(transaction, entry.attachment, stored.event.id):
                    sealer.add(line_of(value))
                    files += "sha256" in value
            digest.update(stored.event.id)
            events += 1
            removed += isinstance(stored.event, Tombstone)
        sealer.add(line_of({"end": 1, "events": events, "files": files, "ids": digest.hexdigest()}))
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
    lines = values_of(open_chunks(MAGIC, passphrase, read))
    head = _check_head(next(lines, {}))
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
            event = _check_event(value, events, head["role"], before)
            before = order_key(event)
            content = ContentReader(event.id, said_by(event))
            digest.update(event.id)
            removed += isinstance(event, Tombstone)
    if not is_same(end or {}, {"end": 1, "events": events, "files": files, "ids": digest.hexdigest()}):
        raise FileDamaged("its end does not fit")
    return Archived(head["line"], head["made"], events, removed, files)


def event_value(entry: Entry) -> dict[str, Any]:
    """Return an event as it stands in an archive: its exact bytes, and beside them what they say."""
    return {
        "position": entry.stored.position,
        "received": entry.stored.received,
        "delivered": entry.delivered,
        **_told(entry.stored.event, entry.said, mine=entry.mine),
    }


def _told(event: Event, said: Said, *, mine: bool) -> dict[str, Any]:
    """Return what follows from an event's bytes."""
    value: dict[str, Any] = {
        "mine": mine,
        "author": event.author,
        "number": event.number,
        "seen": event.seen,
        "before": event.before.hex(),
        "clock": event.clock,
        "kind": event.kind,
        "id": event.id.hex(),
        "raw": b64encode(event.raw).decode(),
    }
    match said:
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


def _check_head(head: dict[str, Any]) -> dict[str, Any]:
    if not is_whole(head.get("archive")):
        raise FileDamaged("no head line")
    if head["archive"] > FORMAT:
        raise FileNewer(f"format {head['archive']}")
    texts = (head.get(name) for name in ("line", "phase", "program"))
    times = (head.get(name) for name in ("created", "made"))
    maybe = (head.get(name) for name in ("verified", "closed"))
    if (
        head.keys() != _HEAD_KEYS
        or head["archive"] != FORMAT
        or not is_whole(head["role"])
        or head["role"] not in set(Role)
        or any(type(one) is not str for one in texts)
        or not all(map(is_whole, times))
        or not all(one is None or is_whole(one) for one in maybe)
    ):
        raise FileDamaged("its head line")
    return head


def _check_event(value: dict[str, Any], at: int, role: int, before: OrderKey) -> Event:
    try:
        event = read_kept(b64decode(value["raw"], validate=True))
        said = said_by(event)
    except (Malformed, Oversize, KeyError, TypeError, ValueError) as error:
        raise FileDamaged(f"event {at}") from error
    # What does not follow from the bytes is taken as it is; all else is made again and must be the same.
    free = {name: value.get(name) for name in ("position", "received", "delivered")}
    free |= {"act": value["act"]} if "act" in value else {}
    if not is_same(value, {**free, **_told(event, said, mine=event.author == role)}):
        raise FileDamaged(f"event {at} does not say what its bytes say")
    delivered = free["delivered"] is True or (free["delivered"] is False and event.author == role)
    places = is_whole(free["position"]) and is_whole(free["received"])
    if not delivered or not places or type(value.get("act", "")) is not str:
        raise FileDamaged(f"event {at}")
    if order_key(event) <= before:
        raise FileDamaged(f"event {at} is out of order")
    return event

"""9: archives of lines; those that are none are made in `archive_defects`."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

from backchannel.app.archive import MAGIC, _head_value, event_value, verify_archive
from backchannel.app.archive_lines import line_of
from backchannel.app.ending import Ending
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Stored
from backchannel.app.read import Entry, said_by
from backchannel.crypto.chunks import CHUNK, ChunkSealer
from backchannel.crypto.passphrase import Cost, stretch
from backchannel.crypto.suite import Role
from backchannel.log.carried import CARRIED, Carried, Manner, carried_body
from backchannel.log.closing import CLOSE, close_body
from backchannel.log.event import Event, write_event
from backchannel.log.file import FILE, File, file_body
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, text_body
from backchannel.log.order import in_order
from backchannel.log.retention import RETENTION, Rule, retention_body
from backchannel.log.retraction import RETRACT, retract_body
from backchannel.log.tombstone import Why, bury
from backchannel.wire.codec import encode
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded, shown

COST: Final = Cost(1, 8, 1)
PASSPHRASE: Final = "correct horse battery staple"
BEGUN: Final = 1_900_000_000_000
PROGRAM: Final = "backchannel"
LONGEST_SHOWN: Final = 16_384


@dataclass(frozen=True, slots=True)
class Row:
    """An event in an archive, with what does not follow from its bytes.

    Attributes:
        event: the event or what is left of it.
        act: what it did.
        content: of a file, in pieces; None where there is none.
        whole: whether all of a content was there.
        delivered: whether the other side confirmed it.
    """

    event: Event
    act: str | None = None
    content: tuple[bytes, ...] | None = None
    whole: bool = True
    delivered: bool = True


class Feed:
    """Writes what one side says, one event behind the other."""

    def __init__(self, author: int) -> None:
        self._author = author
        self._last: Event | None = None

    def say(self, kind: str, body: bytes, seen: int = 0) -> Event:
        number = 1 if self._last is None else self._last.number + 1
        before = b"" if self._last is None else self._last.id[:8]
        self._last = write_event(
            author=self._author, number=number, seen=seen, before=before, clock=BEGUN + number, kind=kind, body=body
        )
        return self._last


def file_of(label: str, content: bytes) -> bytes:
    """Return the body that announces a file."""
    said = File(f"{label}.txt", len(content), "text/plain", sha256(content).digest(), seeded(f"key of {label}", 32))
    return file_body(said)


def small() -> list[Row]:
    """Return a few events of both sides, of every kind that an archive shows in a way of its own."""
    north, south = Feed(0), Feed(1)
    content = seeded("content of a file", 90)
    carried = Carried(Manner.VERBATIM, "carried words", Handling.OFFICIAL, "the north")
    told = "accepts the offer of \u2068the north\u2069"
    rows = [
        Row(north.say(TEXT, text_body('quotes " and \\, \x00\x1f\x7f\b\f\n\r\t, \u2028, /, e\u0301, \U0001f54a'))),
        Row(south.say(TEXT, text_body("שָׁלוֹם", question=True), seen=1)),
        Row(north.say(TEXT, encode({"words": "no text"}), seen=1)),
        Row(north.say(CARRIED, carried_body(carried), seen=1)),
        Row(south.say(CARRIED, encode({"v": 1, "as": 0, "text": " ", "handling": 0}), seen=1)),
        Row(bury(north.say(TEXT, text_body("taken back"), seen=1), Why.RETRACTED, BEGUN + 9)),
        Row(bury(south.say(FILE, file_of("gone", content), seen=4), Why.RETENTION, 2**53 - 1)),
        Row(north.say(RETENTION, retention_body(Rule(7)), seen=2), act="proposes that words stay for 7 days"),
        Row(south.say(FILE, file_of("whole", content), seen=5), content=(content[:70], content[70:])),
        Row(north.say(FILE, file_of("empty", b""), seen=2), content=(b"",)),
        Row(south.say(FILE, file_of("lost", content), seen=5), content=(content[:70],), whole=False),
        Row(north.say(FILE, file_of("not here", content), seen=2)),
        Row(south.say("table.offer.accept", encode({"v": 1}), seen=6), act=told),
        Row(south.say("something newer", seeded("body", 40), seen=6)),
        Row(north.say(TEXT, text_body(""), seen=2), delivered=False),
        Row(north.say(CLOSE, close_body(), seen=2), delivered=False),
        Row(south.say(CLOSE, close_body("a last word"), seen=6)),
        Row(south.say(CLOSE, encode({"word": None}), seen=6)),
    ]
    return ordered(rows)


def ordered(rows: list[Row]) -> list[Row]:
    """Return rows as they stand in an archive."""
    by_id = {row.event.id: row for row in rows}
    return [by_id[event.id] for event in in_order(row.event for row in rows)]


def few() -> list[Row]:
    """Return what the archives with a defect are made of: a text, a file, what was taken back, and that."""
    north, south = Feed(0), Feed(1)
    content = seeded("content", 50)
    gone = north.say(TEXT, text_body("taken back"))
    rows = [
        Row(bury(gone, Why.RETRACTED, BEGUN + 3)),
        Row(south.say(TEXT, text_body("שלום"), seen=1)),
        Row(south.say(FILE, file_of("few", content), seen=1), content=(content[:40], content[40:])),
        Row(north.say(RETRACT, retract_body(gone), seen=1), delivered=False),
    ]
    return ordered(rows)


def lines(line: Line, rows: list[Row], program: str = PROGRAM) -> list[bytes]:
    """Return the lines of an archive."""
    out, ids, files = [line_of(_head_value(line, BEGUN + 50) | {"program": program})], sha256(), 0
    for position, row in enumerate(rows, start=1):
        mine = row.event.author == int(line.role)
        stored = Stored(position, BEGUN + position, row.event)
        entry = Entry(stored, mine=mine, said=said_by(row.event), forked=False, delivered=row.delivered or not mine)
        out.append(line_of(event_value(entry) | ({} if row.act is None else {"act": row.act})))
        ids.update(row.event.id)
        name = row.event.id.hex()
        out += [line_of({"content": name, "data": b64encode(piece).decode()}) for piece in row.content or ()]
        if row.content is not None and row.whole:
            said: Any = said_by(row.event)
            about = {"name": said.name, "sha256": said.hash.hex(), "size": said.size, "type": said.media_type}
            out.append(line_of({"content": name, **about}))
            files += 1
    return [*out, line_of({"end": 1, "events": len(rows), "files": files, "ids": ids.hexdigest()})]


def randomness(label: str) -> Callable[[int], bytes]:
    """Return what draws the salt, then the prefix."""
    drawn = iter(("salt", "prefix"))
    return lambda size: seeded(f"archive {next(drawn)} {label}", size)


def sealed(plaintext: bytes, label: str, passphrase: str = PASSPHRASE) -> bytes:
    """Return the file."""
    out: list[bytes] = []
    sealer = ChunkSealer(MAGIC, passphrase, COST, randomness(label), out.append)
    sealer.add(plaintext)
    sealer.finish()
    return b"".join(out)


def a_line(role: Role, phase: Phase, name: str = "north", *, closed: bool = False) -> Line:
    """Return a line of these events' owner."""
    ending = Ending(sealed=BEGUN + 40) if closed else Ending()
    return Line(bytes(16), name, role, phase, BEGUN, verified=BEGUN + 1 if closed else None, ending=ending)


def filling(line: Line, size: int) -> tuple[list[Row], str]:
    """Return events and the name of a program that make so many bytes: a file of zeros, in pieces."""

    def made(zeros: int) -> list[Row]:
        pieces = tuple(bytes(min(65_408, zeros - at)) for at in range(0, zeros, 65_408))
        return [Row(Feed(0).say(FILE, file_of("zeros", bytes(zeros))), content=pieces)]

    def left(zeros: int) -> int:
        return size - len(b"".join(lines(line, made(zeros))))

    zeros = next(zeros for zeros in range(size * 3 // 4, 0, -3) if left(zeros) >= 0)
    return made(zeros), PROGRAM + "!" * left(zeros)


def archive(_: Recorded) -> Json:
    """9.1, 9.2."""
    inviter, joiner = a_line(Role.INVITER, Phase.CLOSED, closed=True), a_line(Role.JOINER, Phase.OPEN, "שם")
    empty = a_line(Role.JOINER, Phase.JOINING, "e\u0301")
    full, two = filling(inviter, CHUNK), filling(inviter, 2 * CHUNK)
    over = filling(joiner, 2 * CHUNK + 1)
    cases: list[tuple[str, str, Line, list[Row], str]] = [
        ("a few events, of the inviter", PASSPHRASE, inviter, small(), PROGRAM),
        ("the same, of the joiner", "מילה e\u0301", joiner, small(), PROGRAM),
        ("nothing", PASSPHRASE, empty, [], ""),
        ("exactly one chunk", PASSPHRASE, inviter, *full),
        ("exactly two chunks", PASSPHRASE, inviter, *two),
        ("three chunks", PASSPHRASE, joiner, *over),
    ]
    out = []
    for what, passphrase, line, rows, program in cases:
        plaintext = b"".join(lines(line, rows, program))
        made = sealed(plaintext, what, passphrase)
        done = verify_archive(passphrase, _reading(made))
        salt = seeded(f"archive salt {what}", 16)
        stretched = stretch(passphrase, salt, COST, 64)
        out.append(
            {
                "what": what,
                "passphrase": passphrase,
                "cost": [COST.time, COST.memory, COST.lanes],
                "salt": salt.hex(),
                "prefix": seeded(f"archive prefix {what}", 16).hex(),
                "head": {name: value for name, value in _head_value(line, BEGUN + 50).items() if name != "archive"}
                | {"program": program},
                "events": [_row_shown(at, row, int(line.role)) for at, row in enumerate(rows, start=1)],
                "key": stretched[:32].hex(),
                "check": stretched[32:].hex(),
                "plaintext": shown(plaintext),
                "hash": sha256(made).hexdigest(),
                "file": made.hex() if len(made) <= LONGEST_SHOWN else None,
                "holds": [done.events, done.removed, done.files],
            }
        )
    return out


def _row_shown(position: int, row: Row, role: int) -> Json:
    return {
        "position": position,
        "received": BEGUN + position,
        "delivered": row.delivered or row.event.author != role,
        "raw": shown(row.event.raw),
        "act": row.act,
        "content": row.content and {"pieces": [shown(piece) for piece in row.content], "ends": row.whole},
    }


def _reading(data: bytes) -> Callable[[int], bytes]:
    at = 0

    def read(size: int) -> bytes:
        nonlocal at
        at += size
        return data[at - size : at]

    return read

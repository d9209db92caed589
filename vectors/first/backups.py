"""13: a backup, and files that are none.

The header of a secretstream is drawn by the library that writes it. Who reads one is in the state of who wrote it, so
these are written from headers that are seeded.
"""

from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, Final

from backchannel.app.attachment import Attachment, name_of
from backchannel.app.backup import Progress, messages
from backchannel.app.line import Line, Notice, Phase
from backchannel.crypto.kdf import derive
from backchannel.crypto.passphrase import Cost, stretch
from backchannel.crypto.stream import SecretStream
from backchannel.crypto.suite import Role, info
from backchannel.line.file_part import PART_SIZE, part_count, protect
from backchannel.line.file_word import Standing
from backchannel.line.identity import origin_of
from backchannel.line.recovery import Recovery
from backchannel.line.transfer import Fetching, Sending
from backchannel.log.event import Event, write_event
from backchannel.log.file import FILE, File, file_body
from backchannel.vault.backup import MAGIC
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import Coverage
from vectors.first.defect import Defect, bytes_defects, flip
from vectors.first.seeds import line_context, seeded, text_event
from vectors.first.shown import Json, Recorded, shown

COST: Final = Cost(1, 8, 1)
PASSPHRASE: Final = "correct horse battery staple"
_NORTH, _SOUTH, _EMPTY = (seeded(f"line {name}", 16) for name in ("north", "south", "empty"))
_MARK: Final = seeded("backup mark", 16)
_CONTENT: Final = (seeded("content", 70), bytes(PART_SIZE + 9))
_BEGUN: Final = 1_900_000_000_000


def _file_event(number: int, content: bytes, *, author: int = 0) -> tuple[Event, File]:
    key, digest = seeded(f"file key {number}", 32), sha256(content).digest()
    said = File(f"file {number}.txt", len(content), "text/plain", digest, key)
    before = text_event(0, 1, b"", "one").id[:8] if number == 2 else seeded("before", 8)
    body = file_body(said)
    return write_event(author=author, number=number, seen=0, before=before, clock=_BEGUN, kind=FILE, body=body), said


class _Vault:
    """As much of a vault as a backup looks at."""

    def __init__(self) -> None:
        first, second = text_event(0, 1, b"", "one"), text_event(0, 3, seeded("before", 8), "three", seen=1)
        (sent, said), (came, offered) = _file_event(2, _CONTENT[1]), _file_event(2, _CONTENT[0], author=1)
        answer = text_event(1, 1, b"", "\u05e9\u05dc\u05d5\u05dd")
        self._events = {_NORTH: [first, answer, sent, came, second], _SOUTH: [text_event(1, 1, b"", "south")]}
        secrets = tuple(seeded(f"recovery secret {at}", 32) for at in range(2))
        recovery = Recovery(secrets, noted=64, looked=_BEGUN)
        open_line = Line(
            _NORTH, "north", Role.INVITER, Phase.OPEN, _BEGUN, ("https://relay.example",), own=3, theirs=Coverage(2),
            verified=_BEGUN + 1, notices=((_BEGUN, Notice.PEER_RESTORED),), positions=5, last=second.id,
            recovery=recovery, origin=origin_of(line_context()), mails=("south@mail.example",),
        )  # fmt: skip
        restored = Line(
            _SOUTH, "south", Role.JOINER, Phase.RESTORING, _BEGUN, theirs=Coverage(1), positions=1,
            recovery=replace(recovery, secrets=secrets[:1], returned=Coverage(0)), lost=((1, 4, 9),),
        )  # fmt: skip
        empty = Line(_EMPTY, "empty", Role.JOINER, Phase.JOINING, _BEGUN)
        self._lines = [empty, open_line, restored]
        size = len(_CONTENT[1])
        whole = Fetching(1, Standing.WHOLE, Coverage(1))
        coming = Fetching(3, Standing.WANTED, Coverage(1, ((3, 3),)), told=2, repeats=4, due=_BEGUN)
        self._files = {
            _NORTH: [
                Attachment(_NORTH, name_of(sent.id), 3, said, "1", Sending(size, part_count(size)), asked=True),
                Attachment(_NORTH, name_of(came.id), 4, offered, "0", fetching=whole),
                Attachment(_NORTH, seeded("a third", 16), 4, replace(offered, size=3 * PART_SIZE), "", fetching=coming),
            ]
        }

    def lines(self) -> list[Line]:
        return self._lines

    def raw_by_position(self, line: bytes, after: int, most: int) -> list[tuple[int, int, bytes]]:
        found = enumerate(self._events.get(line, []), start=1)
        return [(at, _BEGUN + at, event.raw) for at, event in found if at > after][:most]

    def privates(self, line: bytes) -> list[tuple[str, bytes]]:
        kept = [("overlap marks", seeded("marks", 20)), ("passing overlap", seeded("never told", 20))]
        return kept if line == _NORTH else []

    def files(self, line: bytes) -> list[Attachment]:
        return self._files.get(line, [])

    def read_part(self, content: str, number: int, _: int) -> bytes:
        file = next(each for each in self._files[_NORTH] if each.content == content)
        plaintext = _CONTENT[int(content)][(number - 1) * PART_SIZE : number * PART_SIZE]
        return protect(file.file.key, number, plaintext)

    def settings(self) -> list[tuple[str, str]]:
        return [("backup-mark", _MARK.hex()), ("proxy", "socks5://localhost:9050"), ("resting", "[]")]


def _messages(vault: Any) -> list[bytes]:
    return list(messages(vault, _MARK, Progress()))


def _nothing() -> Any:
    return SimpleNamespace(lines=list, settings=list)


def _written(
    said: list[bytes], *, label: str, passphrase: str = PASSPHRASE, head: list[Any] | None = None, final: int = -1
) -> bytes:
    """Return a file with these messages; the tag FINAL is in the one at `final`."""
    salt, header = seeded(f"backup salt {label}", 16), seeded(f"backup header {label}", 24)
    key = stretch(passphrase, salt, COST)
    fields = head or [1, COST.time, COST.memory, COST.lanes, salt, derive(key, info("backup check"), size=16)]
    raw = encode(fields)
    stream = SecretStream.reading(key, header, raw)
    out = MAGIC + len(raw).to_bytes(2, "big") + raw + header
    for at, message in enumerate(said):
        sealed = stream.seal(message, last=at == final % len(said))
        out += len(sealed).to_bytes(4, "big") + sealed
    return out


def backup(_: Recorded) -> Json:
    """13.1, 13.2."""
    cases = [
        ("lines, files and settings", PASSPHRASE, _messages(_Vault())),
        ("nothing", "\u05de\u05d9\u05dc\u05d4 e\u0301", _messages(_nothing())),
    ]
    out = []
    for what, passphrase, said in cases:
        salt, header = seeded(f"backup salt {what}", 16), seeded(f"backup header {what}", 24)
        key = stretch(passphrase, salt, COST)
        out.append(
            {
                "what": what,
                "passphrase": passphrase,
                "cost": [COST.time, COST.memory, COST.lanes],
                "salt": salt.hex(),
                "key": key.hex(),
                "check": derive(key, info("backup check"), size=16).hex(),
                "header": header.hex(),
                "messages": [shown(message) for message in said],
                "file": shown(_written(said, label=what, passphrase=passphrase)),
            }
        )
    return out


def backup_defects() -> list[Defect]:
    """13.1 and 13.2."""
    said = [encode([0, _MARK]), *_small()]
    whole = _written(said, label="small")
    salt = seeded("backup salt small", 16)
    key = stretch(PASSPHRASE, salt, COST)
    head: list[Any] = [1, COST.time, COST.memory, COST.lanes, salt, derive(key, info("backup check"), size=16)]
    start = len(MAGIC) + 2
    first = start + len(encode(head)) + 24

    def headed(at: int, value: Any) -> bytes:
        return _written(said, label="small", head=[*head[:at], value, *head[at + 1 :]])

    damaged = {
        "magic": ("other first bytes", flip(whole, 3)),
        "byte": ("a byte of a piece was changed", flip(whole, first + 30)),
        "last-byte": ("the last byte was changed", flip(whole, -1)),
        "header": ("a byte of the stream's header was changed", flip(whole, first - 1)),
        "head-cut": ("cut off inside the head", whole[: start + 9]),
        "header-cut": ("cut off inside the stream's header", whole[: first - 1]),
        "head-long": ("a head of 257 bytes", MAGIC + b"\x01\x01" + whole[start:] + bytes(257)),
        "head-version-0": ("version 0", headed(0, 0)),
        "head-lanes": ("no lane", headed(3, 0)),
        "head-memory": ("16 GiB of memory", headed(2, 16 * 2**20)),
        "head-salt": ("a salt of 15 bytes", headed(4, salt[:-1])),
        "length": ("a piece of 16 bytes", whole[:first] + (16).to_bytes(4, "big") + whole[first + 4 :]),
        "length-large": ("a piece too long", whole[:first] + (524_306).to_bytes(4, "big") + whole[first + 4 :]),
        "twice": ("a piece comes twice", whole[:first] + whole[first : first + 41] + whole[first:]),
        "behind": ("something behind the end", whole + b"\0"),
        **{name: (what, _written(wrong, label="small")) for name, (what, wrong) in _misplaced(said).items()},
    }
    unfinished = {
        "cut": ("cut off inside a piece", whole[:-3]),
        "cut-between": ("cut off between two pieces", whole[: -(len(said[-1]) + 21)]),
        "empty": ("no piece", whole[:first]),
        "open-end": ("no piece is the last", _written([*said, b""], label="small")[:-21]),
        "no-end": ("the last piece is no end", _written(said[:-1], label="small")),
    }
    more = {"passphrase": PASSPHRASE}
    wrong = {"passphrase": "correct horse battery stable"}
    named = (
        ("backup-damaged", damaged, more),
        ("backup-unfinished", unfinished, more),
        ("backup-newer", {"newer": ("version 2", headed(0, 2))}, more),
        ("passphrase-wrong", {"passphrase": ("another passphrase", whole)}, wrong),
    )
    return [
        defect
        for error, found, given in named
        for defect in bytes_defects("13.1", error, {f"backup-{one}": it for one, it in found.items()}, **given)
    ]


def _small() -> Iterator[bytes]:
    """Yield a line with an event, a file and its content, a setting and the end."""
    event, said = _file_event(2, _CONTENT[0])
    line = Line(_SOUTH, "south", Role.INVITER, Phase.OPEN, _BEGUN, own=2, positions=1, last=event.id)
    name = name_of(event.id)
    file = Attachment(_SOUTH, name, 1, said, "", Sending(len(_CONTENT[0]), 1), asked=True)
    yield encode([1, _SOUTH, [[1, _BEGUN, event.raw]]])
    yield encode([2, _SOUTH, "south", encode(line.to_value())])
    yield encode([5, _SOUTH, "kept", b"value"])
    yield encode([6, _SOUTH, name, 1, True, encode(file.to_value())])
    yield encode([7, _SOUTH, name, 1, protect(said.key, 1, _CONTENT[0])])
    yield encode([3, "proxy", "socks5://localhost:9050"])
    yield encode([4, 1, 1])


def _joining(record: bytes) -> bytes:
    """Return the record of a line in a phase that no backup has."""
    fields = decode(record)
    return encode([*fields[:2], "joining", *fields[3:]])


def _misplaced(said: list[bytes]) -> dict[str, tuple[str, list[bytes]]]:
    mark, events, line, private, file, parts, setting, end = said

    def other(message: bytes, at: int, value: Any) -> bytes:
        fields = decode(message)
        return encode([*fields[:at], value, *fields[at + 1 :]])

    def instead(message: bytes, at: int, value: Any) -> list[bytes]:
        return [other(message, at, value) if each is message else each for each in said]

    name = decode(file)[2]
    rows = decode(events)[2]
    return {
        "place": ("events behind their line", [mark, line, events, private, file, parts, setting, end]),
        "setting-early": ("a setting before a file", [mark, events, line, private, setting, file, parts, end]),
        "no-mark": ("no mark", said[1:]),
        "marks": ("a second mark", [mark, *said]),
        "no-line": ("events of a line that does not come", [mark, events, setting, encode([4, 0, 1])]),
        "line-twice": ("a line comes twice", [mark, events, line, line, *said[3:-1], encode([4, 2, 1])]),
        "private-line": ("a value of a line that did not come", instead(private, 1, _NORTH)),
        "file-twice": ("a file comes twice", [*said[:5], file, parts, *said[5:]]),
        "parts-alone": ("parts without their file", [mark, events, line, private, parts, setting, end]),
        "parts-unsaid": ("parts of a file whose content does not follow", instead(file, 4, value=False)),
        "parts-number": ("parts from the second on", instead(parts, 3, 2)),
        "parts-file": ("parts of another file", instead(parts, 2, bytes(16))),
        "parts-key": ("a part under another key", instead(parts, 4, flip(decode(parts)[4], 4))),
        "parts-more": ("more than the content has", [*said[:6], encode([7, _SOUTH, name, 2, bytes(16)]), *said[6:]]),
        "position": ("events from the second on", instead(events, 2, [[2, *rows[0][1:]]])),
        "event": ("an event that is none", instead(events, 2, [[1, _BEGUN, b"none"]])),
        "events-missing": ("fewer events than the line has", [mark, *said[2:-1], encode([4, 1, 0])]),
        "joining": ("a line that is joining", instead(line, 3, _joining(decode(line)[3]))),
        "record": ("a line without a record", instead(line, 3, encode(None))),
        "file-record": ("a file without a record", instead(file, 5, encode([1, None, None, None, False]))),
        "count": ("the end counts otherwise", [*said[:-1], encode([4, 1, 2])]),
        "kind": ("a kind of message that is not known", [*said[:-1], encode([9, 0]), end]),
        "long": ("a mark with another item", [encode([0, _MARK, 0]), *said[1:]]),
        "not-cbor": ("a message that is not CBOR", [mark, b"\xff", *said[1:]]),
    }

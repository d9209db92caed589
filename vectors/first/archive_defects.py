"""9: files that are no archive, one defect each."""

import json
from collections.abc import Callable
from hashlib import sha256
from typing import Any, Final

from backchannel.app.archive import MAGIC
from backchannel.app.archive_lines import line_of
from backchannel.app.line import Phase
from backchannel.crypto import aead
from backchannel.crypto.chunks import CHUNK, HEAD_SIZE
from backchannel.crypto.passphrase import stretch
from backchannel.crypto.suite import Role
from vectors.first.archives import BEGUN, COST, PASSPHRASE, a_line, few, lines, sealed
from vectors.first.defect import Defect, bytes_defects, flip
from vectors.first.seeds import seeded
from vectors.first.shown import Json

Lines = list[bytes]
LABEL: Final = "few"
_SALT: Final = seeded(f"archive salt {LABEL}", 16)
_PREFIX: Final = seeded(f"archive prefix {LABEL}", 16)
_TRUE: Final = True
_NO: Final = False
_HEAD, _GONE, _TEXT, _BACK, _FILE, _FIRST, _SECOND, _WHOLE, _END = range(9)
"""Places of the lines of `few`."""

_GONE_WHY: Final = {"when": BEGUN + 3, "why": "retention"}
_GONE_WHEN: Final = {"when": BEGUN + 4, "why": "retracted"}


def _head(at: int = 0, field: bytes = b"") -> bytes:
    """Return the head with other bytes at a place, under a right sum."""
    check = stretch(PASSPHRASE, _SALT, COST, 64)[32:]
    body = MAGIC + b"".join(n.to_bytes(4, "big") for n in (1, COST.time, COST.memory, COST.lanes)) + _SALT + _PREFIX
    body = (body + check)[:at] + field + (body + check)[at + len(field) :]
    return body + sha256(body).digest()


def _chunk(plaintext: bytes, counter: int, *, last: bool, head: bytes | None = None) -> bytes:
    key = stretch(PASSPHRASE, _SALT, COST, 64)[:32]
    nonce = _PREFIX + counter.to_bytes(8, "big")
    return aead.seal(key, nonce, plaintext, (head or _head()) + bytes((last,)))[24:]


def _zeros(counter: int) -> bytes:
    """Return a whole chunk of plaintext of which the ciphertext is zeros: so it is short in the files."""
    return _chunk(bytes(CHUNK), counter, last=False)[:CHUNK]


def archive_defects() -> list[Defect]:
    """9.1 and 9.2."""
    more: dict[str, Json] = {"passphrase": PASSPHRASE}
    inside = {name: (what, _made(change)) for name, (what, change) in _of_lines().items()}
    return [
        *_of_files(more),
        *_named("9.2", "file-damaged", inside, more),
        *_named("9.2", "file-newer", {"format": ("format 2", _made(_other(_HEAD, archive=2, line=7)))}, more),
    ]


def _named(step: str, error: str, found: dict[str, tuple[str, bytes]], more: dict[str, Json]) -> list[Defect]:
    return bytes_defects(step, error, {f"archive-{name}": it for name, it in found.items()}, **more)


def _few() -> Lines:
    return lines(a_line(Role.INVITER, Phase.OPEN), few())


def _made(change: Callable[[Lines], Lines]) -> bytes:
    return sealed(b"".join(change(_few())), LABEL)


def _of_files(more: dict[str, Json]) -> list[Defect]:
    whole = sealed(b"".join(_few()), LABEL)
    inside = b"".join(_few())
    number = (2).to_bytes(4, "big")
    foreign = {
        "magic": ("other first bytes", flip(whole, 3)),
        "magic-cut": ("a byte of the magic is missing", whole[:19]),
        "magic-other": ("another file", b"PK\x03\x04" + whole),
    }
    newer = {
        "newer": ("version 2", _head(20, number) + whole[HEAD_SIZE:]),
        "newer-cut": ("version 2, cut off behind it", (MAGIC + number)),
        "newer-sum": ("version 2 under a wrong sum", whole[:20] + number + whole[24:]),
    }
    passphrase = {
        "check": ("another check under a right sum", _head(68, bytes(32)) + whole[HEAD_SIZE:]),
        "salt": ("another salt under a right sum", _head(36, bytes(16)) + whole[HEAD_SIZE:]),
    }
    damaged = {
        "empty": ("nothing behind the magic", MAGIC),
        "version-cut": ("cut off inside the version", MAGIC + number[:3]),
        "version-0": ("version 0", _head(20, bytes(4)) + whole[HEAD_SIZE:]),
        "head-cut": ("cut off inside the head", whole[: HEAD_SIZE - 1]),
        "sum": ("a byte of the head was changed", flip(whole, 60)),
        "time": ("no pass", _head(24, bytes(4)) + whole[HEAD_SIZE:]),
        "time-large": ("65 passes", _head(24, (65).to_bytes(4, "big")) + whole[HEAD_SIZE:]),
        "memory": ("too little memory", _head(28, (7).to_bytes(4, "big")) + whole[HEAD_SIZE:]),
        "memory-large": ("4 GiB and 1 KiB of memory", _head(28, (2**22 + 1).to_bytes(4, "big")) + whole[HEAD_SIZE:]),
        "lanes": ("no lane", _head(32, bytes(4)) + whole[HEAD_SIZE:]),
        "lanes-large": ("65 lanes", _head(28, b"\0\1\0\0\0\0\0\x41") + whole[HEAD_SIZE:]),
        "prefix": ("another prefix under a right sum", _head(52, bytes(16)) + whole[HEAD_SIZE:]),
        "chunks-none": ("no chunk", whole[:HEAD_SIZE]),
        "byte": ("a byte of a chunk was changed", flip(whole, HEAD_SIZE + 9)),
        "last-byte": ("the last byte was changed", flip(whole, -1)),
        "cut": ("cut off inside a chunk", whole[:-1]),
        "cut-tag": ("cut off inside a tag", whole[: HEAD_SIZE + 9]),
        "cut-between": ("cut off between two chunks", _head() + _chunk(_zeros(0), 0, last=False)),
        "last-not": ("the last chunk is not marked", _head() + _chunk(inside, 0, last=False)),
        "last-early": ("the first of two chunks is marked", _head() + _chunk(_zeros(0), 0, last=True) + bytes(16)),
        "chunk-short": (
            "a chunk that is not the last is short",
            _head() + _chunk(inside[:99], 0, last=False) + _chunk(inside[99:], 1, last=True),
        ),
        "chunk-place": ("the second chunk is the first", _head() + _chunk(inside, 1, last=True)),
        "chunk-head": ("a chunk of another file", _head() + _chunk(inside, 0, last=True, head=_head(24, number))),
        "behind": ("something behind the last chunk", whole + b"\0"),
    }
    return [
        *_named("9.1", "file-foreign", foreign, more),
        *_named("9.1", "file-newer", newer, more),
        *_named("9.1", "file-damaged", damaged, more),
        *_named("9.1", "file-passphrase-wrong", passphrase, more),
        *_named(
            "9.1",
            "file-passphrase-wrong",
            {"passphrase": ("another passphrase", whole)},
            {"passphrase": "correct horse battery stable"},
        ),
    ]


def _other(at: int, **change: Any) -> Callable[[Lines], Lines]:
    """Change, add or (with `...`) drop keys of a line."""

    def made(found: Lines) -> Lines:
        value = {**json.loads(found[at]), **change}
        left = {key: one for key, one in value.items() if one is not ...}
        lines_then = list(found)
        lines_then[at] = line_of(left)
        return lines_then

    return made


def _spelled(at: int, old: bytes, new: bytes) -> Callable[[Lines], Lines]:
    def made(found: Lines) -> Lines:
        if old not in found[at]:
            raise ValueError(f"{old!r} is not in line {at}")
        return [line.replace(old, new, 1) if line is found[at] else line for line in found]

    return made


def _moved(*places: int) -> Callable[[Lines], Lines]:
    """Return what puts the lines at these places in this order."""
    return lambda found: [found[at] for at in places]


def _of_lines() -> dict[str, tuple[str, Callable[[Lines], Lines]]]:
    return {**_spelling(), **_heads(), **_events(), **_contents(), **_ends()}


def _spelling() -> dict[str, tuple[str, Callable[[Lines], Lines]]]:
    word = "שלום".encode()
    return {
        "blank": ("a blank behind a comma", _spelled(_TEXT, b',"', b', "')),
        "keys-order": ("keys out of their order", _spelled(_END, b'"end":1,"events":4', b'"events":4,"end":1')),
        "keys-twice": ("a key comes twice", _spelled(_END, b'"end":1,', b'"end":1,"end":1,')),
        "escaped": ("a letter is escaped", _spelled(_TEXT, word, word[:-2] + b"\\u05dd")),
        "slash": ("a slash is escaped", _spelled(_WHOLE, b"text/plain", b"text\\/plain")),
        "exponent": ("a number with an exponent", _spelled(_TEXT, b'"number":1', b'"number":1e0')),
        "fraction": ("a number with a fraction", _spelled(_TEXT, b'"number":1', b'"number":1.0')),
        "not-number": ("NaN", _spelled(_TEXT, b'"position":2', b'"position":NaN')),
        "utf-8": ("no UTF-8", _spelled(_TEXT, word, word[:-1])),
        "surrogate": ("half of a surrogate pair", _spelled(_TEXT, word, b"\\ud800")),
        "mark": ("a byte order mark", _spelled(_HEAD, b"{", b"\xef\xbb\xbf{")),
        "return": ("a carriage return before the line feed", _spelled(_TEXT, b"\n", b"\r\n")),
        "line-empty": ("an empty line", _spelled(_TEXT, b"\n", b"\n\n")),
        "line-list": ("a line that is a list", lambda found: [*found[:_TEXT], b"[]\n", *found[_TEXT:]]),
        "line-none": ("a line that is no JSON", lambda found: [*found[:_TEXT], b"none\n", *found[_TEXT:]]),
        "line-deep": ("a line of 3,000 brackets", lambda found: [*found[:_TEXT], b"[" * 3000, *found[_TEXT:]]),
        "line-open": ("the last line has no line feed", _spelled(_END, b"\n", b"")),
    }


def _heads() -> dict[str, tuple[str, Callable[[Lines], Lines]]]:
    return {
        "nothing": ("nothing is in it", lambda _: []),
        "head-none": ("no head line", lambda found: found[1:]),
        "head-format": ("format 0", _other(_HEAD, archive=0)),
        "head-format-true": ("format true", _other(_HEAD, archive=_TRUE)),
        "head-role": ("role 2", _other(_HEAD, role=2)),
        "head-role-true": ("role false", _other(_HEAD, role=_NO)),
        "head-line": ("no name", _other(_HEAD, line=None)),
        "head-phase": ("a phase that is a number", _other(_HEAD, phase=1)),
        "head-program": ("no program", _other(_HEAD, program=...)),
        "head-created": ("a time below 0", _other(_HEAD, created=-1)),
        "head-made": ("a time in words", _other(_HEAD, made="now")),
        "head-made-large": ("2^63", _other(_HEAD, made=2**63)),
        "head-verified": ("verified is a truth", _other(_HEAD, verified=_TRUE)),
        "head-closed": ("closed is missing", _other(_HEAD, closed=...)),
        "head-more": ("another key", _other(_HEAD, more=0)),
    }


def _events() -> dict[str, tuple[str, Callable[[Lines], Lines]]]:
    raw = json.loads(_few()[_GONE])["raw"]
    other = json.loads(_few()[_TEXT])["raw"]
    return {
        "author": ("another author", _other(_TEXT, author=0, mine=_TRUE)),
        "author-true": ("author true", _other(_TEXT, author=_TRUE)),
        "mine": ("it is not its owner's", _other(_TEXT, mine=_TRUE)),
        "mine-missing": ("not said whose it is", _other(_TEXT, mine=...)),
        "number": ("another number", _other(_TEXT, number=2)),
        "seen": ("seen is otherwise", _other(_TEXT, seen=0)),
        "clock": ("another clock", _other(_TEXT, clock=1)),
        "before": ("before is otherwise", _other(_BACK, before="")),
        "before-capital": ("before in capitals", _other(_BACK, before="C9D54A622CB6ABB6")),
        "kind": ("another kind", _other(_TEXT, kind="Text")),
        "id": ("another id", _other(_TEXT, id="00" * 32)),
        "delivered": ("the other side's was not delivered", _other(_TEXT, delivered=_NO)),
        "delivered-number": ("delivered is a number", _other(_BACK, delivered=0)),
        "position": ("a position below 0", _other(_TEXT, position=-1)),
        "position-true": ("a position that is a truth", _other(_TEXT, position=_TRUE)),
        "received": ("not said when it came", _other(_TEXT, received=...)),
        "text": ("another text", _other(_TEXT, text="")),
        "text-missing": ("the text is missing", _other(_TEXT, text=...)),
        "text-more": ("a text where none was said", _other(_BACK, text="")),
        "text-null": ("the text is null where none was said", _other(_BACK, text=None)),
        "text-removed": ("the words of a tombstone", _other(_GONE, text="taken back")),
        "act": ("an act that is null", _other(_TEXT, act=None)),
        "removed": ("what is there was removed", _other(_TEXT, removed=_GONE_WHY)),
        "removed-missing": ("a tombstone that does not say so", _other(_GONE, removed=...)),
        "removed-why": ("removed for another reason", _other(_GONE, removed=_GONE_WHY)),
        "removed-when": ("removed at another time", _other(_GONE, removed=_GONE_WHEN)),
        "event-more": ("another key", _other(_TEXT, more=0)),
        "raw-missing": ("no bytes", _other(_TEXT, raw=...)),
        "raw-number": ("bytes that are a number", _other(_TEXT, raw=0)),
        "raw-event": ("bytes that are no event", _other(_TEXT, raw="gA==")),
        "raw-other": ("another event's bytes", _other(_GONE, raw=other)),
        "raw-bits": ("a bit in base64 that stands for nothing", _other(_GONE, raw=raw[:-3] + "x==")),
        "raw-short": ("base64 without its padding", _other(_GONE, raw=raw[:-2])),
        "raw-blank": ("a blank in base64", _other(_GONE, raw=" " + raw)),
        "order": ("two events out of order", _moved(0, 2, 1, 3, 4, 5, 6, 7, 8)),
        "twice": ("an event comes twice", _moved(0, 1, 2, 2, 3, 4, 5, 6, 7, 8)),
    }


def _contents() -> dict[str, tuple[str, Callable[[Lines], Lines]]]:
    again = json.loads(_few()[_SECOND])["data"]
    return {
        "content-first": ("a content before all events", _moved(0, 5, 1, 2, 3, 4, 5, 6, 7, 8)),
        "content-words": ("a content behind words", _moved(0, 1, 2, 5, 3, 4, 5, 6, 7, 8)),
        "content-other": ("a content of another event", _other(_FIRST, content="00" * 32)),
        "content-number": ("a content of a number", _other(_FIRST, content=0)),
        "content-behind": ("more behind the end of a content", _moved(0, 1, 2, 3, 4, 5, 6, 7, 6, 8)),
        "content-short": ("a piece is missing", _moved(0, 1, 2, 3, 4, 5, 7, 8)),
        "content-order": ("pieces out of order", _moved(0, 1, 2, 3, 4, 6, 5, 7, 8)),
        "content-data": ("pieces that are a number", _other(_FIRST, data=0)),
        "content-bits": ("a bit in base64 that stands for nothing", _other(_SECOND, data=_bit(again))),
        "content-more": ("another key beside a piece", _other(_FIRST, more=0)),
        "content-name": ("another name than was announced", _other(_WHOLE, name="other.txt")),
        "content-type": ("another type than was announced", _other(_WHOLE, type="text")),
        "content-size": ("another size than was announced", _other(_WHOLE, size=49)),
        "content-hash": ("another hash than was announced", _other(_WHOLE, sha256="00" * 32)),
        "content-no-hash": ("neither bytes nor an end", _other(_WHOLE, sha256=...)),
        "content-end-more": ("another key at its end", _other(_WHOLE, more=0)),
    }


def _bit(data: str) -> str:
    """Return base64 with its last bit set; before the padding it stands for nothing."""
    plain = data.rstrip("=")
    return plain[:-1] + chr(ord(plain[-1]) + 1) + data[len(plain) :]


def _ends() -> dict[str, tuple[str, Callable[[Lines], Lines]]]:
    return {
        "end-none": ("no end", lambda found: found[:-1]),
        "end-behind": ("something behind the end", _moved(*range(9), 8)),
        "end-other": ("end 2", _other(_END, end=2)),
        "end-true": ("end true", _other(_END, end=_TRUE)),
        "end-events": ("another count of events", _other(_END, events=3)),
        "end-event": ("an event is missing", _moved(0, 1, 2, 4, 5, 6, 7, 8)),
        "end-files": ("another count of contents", _other(_END, files=0)),
        "end-file": ("a content does not end", _moved(0, 1, 2, 3, 4, 5, 6, 8)),
        "end-files-true": ("the count of contents is true", _other(_END, files=_TRUE)),
        "end-ids": ("another sum of ids", _other(_END, ids="00" * 32)),
        "end-more": ("another key", _other(_END, more=0)),
    }

"""Archives of lines (spec 9)."""

import hashlib
import json
import re
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Iterator
from typing import Any

import argon2.low_level
import nacl.bindings
import nacl.exceptions

from vectors.second import files, kept
from vectors.second.backup import costs
from vectors.second.event import Event
from vectors.second.refusal import Refused

MAGIC = b"backchannel archive\n"
HEAD, PIECE, TAG = 132, 65_536, 16
LONGEST = 1 << 20
TIMES, MAYBE, TEXTS = ("created", "made"), ("verified", "closed"), ("line", "phase", "program")
FREE = ("position", "received", "delivered")
ESCAPES = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r"}

SPECIAL = re.compile(r'["\\\x00-\x1f]')


def _escaped(found: re.Match[str]) -> str:
    return ESCAPES.get(found[0], f"\\u{ord(found[0]):04x}")


def damaged(why: str) -> Refused:
    """A refusal for a file that was changed.

    Args:
        why: what was wrong.

    Returns:
        The refusal, to be raised.
    """
    return Refused("file-damaged", why)


def need(good: Any, why: str) -> None:
    """Refuses unless something is so.

    Args:
        good: what must be.
        why: what was wrong.

    Raises:
        Refused: `file-damaged`.
    """
    if not good:
        raise damaged(why)


# The sealed file (spec 9.1).


def keys(passphrase: str, salt: bytes, time: int, memory: int, lanes: int) -> tuple[bytes, bytes]:
    """Key and check of a passphrase (spec 9.1).

    Args:
        passphrase: as typed.
        salt: 16 bytes.
        time: passes.
        memory: KiB.
        lanes: lanes.

    Returns:
        32 bytes each.
    """
    made = argon2.low_level.hash_secret_raw(
        unicodedata.normalize("NFC", passphrase).encode(),
        salt,
        time_cost=time,
        memory_cost=memory,
        parallelism=lanes,
        hash_len=64,
        type=argon2.low_level.Type.ID,
        version=0x13,
    )
    return made[:32], made[32:]


def head(cost: list[int], salt: bytes, prefix: bytes, check: bytes) -> bytes:
    """The head of a file (spec 9.1).

    Args:
        cost: time, memory, lanes.
        salt: 16 bytes.
        prefix: of the nonces, 16 bytes.
        check: 32 bytes.

    Returns:
        132 bytes.
    """
    body = MAGIC + b"".join(one.to_bytes(4, "big") for one in (1, *cost)) + salt + prefix + check
    return body + hashlib.sha256(body).digest()


def write(key: bytes, front: bytes, plain: bytes) -> bytes:
    """A file (spec 9.1).

    Args:
        key: 32 bytes.
        front: its head.
        plain: the plaintext.

    Returns:
        Its bytes.
    """
    pieces = [plain[at : at + PIECE] for at in range(0, len(plain), PIECE)] or [b""]
    sealed = [_seal(key, front, place, piece, place == len(pieces) - 1) for place, piece in enumerate(pieces)]
    return front + b"".join(sealed)


def _seal(key: bytes, front: bytes, place: int, piece: bytes, last: bool) -> bytes:  # noqa: FBT001
    nonce = front[52:68] + place.to_bytes(8, "big")
    return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(piece, front + bytes([last]), nonce, key)


def unseal(raw: bytes, passphrase: str) -> bytes:
    """The plaintext of a file; the refusals are in the order of spec 9.1.

    Args:
        raw: the file.
        passphrase: as typed.

    Returns:
        The plaintext.

    Raises:
        Refused: `file-foreign`, `file-newer`, `file-damaged` or `file-passphrase-wrong`.
    """
    if raw[:20] != MAGIC:
        raise Refused("file-foreign", "no archive")
    version = raw[20:24]
    if len(version) == 4 and int.from_bytes(version, "big") > 1:
        raise Refused("file-newer", "a version above 1")
    need(len(raw) >= HEAD, "it ends inside its head")
    need(version == b"\0\0\0\1", "version 0")
    need(hashlib.sha256(raw[:100]).digest() == raw[100:HEAD], "the sum differs")
    try:
        cost = costs(*(int.from_bytes(raw[at : at + 4], "big") for at in (24, 28, 32)))
    except Refused as error:
        raise damaged(error.why) from None
    key, check = keys(passphrase, raw[36:52], *cost)
    if check != raw[68:100]:
        raise Refused("file-passphrase-wrong", "another check")
    rest = raw[HEAD:]
    pieces = [rest[at : at + PIECE + TAG] for at in range(0, len(rest), PIECE + TAG)] or [b""]
    return b"".join(
        _open(key, raw[:HEAD], place, piece, place == len(pieces) - 1) for place, piece in enumerate(pieces)
    )


def _open(key: bytes, front: bytes, place: int, sealed: bytes, last: bool) -> bytes:  # noqa: FBT001
    nonce = front[52:68] + place.to_bytes(8, "big")
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, front + bytes([last]), nonce, key)
    except (nacl.exceptions.CryptoError, ValueError):
        raise damaged(f"chunk {place} does not open") from None


# The lines (spec 9.2).


def spell(value: Any) -> str:
    """A value in the one form that it has (spec 9.2).

    Args:
        value: a map, a text, a whole number, a truth or None.

    Returns:
        The JSON.

    Raises:
        Refused: `file-damaged` for what no line has in it.
    """
    match value:
        case None | bool():
            return {None: "null", True: "true", False: "false"}[value]
        case int() if 0 <= value < 1 << 63:
            return str(value)
        case str():
            return f'"{SPECIAL.sub(_escaped, value)}"'
        case dict():
            return "{" + ",".join(f"{spell(key)}:{spell(value[key])}" for key in sorted(value)) + "}"
    raise damaged(f"{type(value).__name__} in a line")


def lines(plain: bytes) -> Iterator[dict[str, Any]]:
    """The values of the lines (spec 9.2).

    Args:
        plain: the plaintext.

    Yields:
        A map for each.

    Raises:
        Refused: `file-damaged`.
    """
    *whole, rest = plain.split(b"\n")
    need(not rest, "the last line does not end")
    for raw in whole:
        need(len(raw) <= LONGEST, "a line above 1 MiB")
        try:
            value = json.loads(raw.decode())
            need(isinstance(value, dict) and spell(value).encode() == raw, "a line in another form")
        except (ValueError, RecursionError):
            raise damaged("no JSON") from None
        yield value


def _base64(value: Any) -> bytes:
    try:
        raw = b64decode(value, validate=True)
    except (ValueError, TypeError):
        raise damaged("no base64") from None
    need(b64encode(raw).decode() == value, "base64 in another form")
    return raw


def told(one: Event, role: int) -> dict[str, Any]:
    """What follows from the bytes of an event (spec 9.2).

    Args:
        one: the event or its tombstone.
        role: the owner's.

    Returns:
        The keys of its line but those that do not follow.
    """
    made = {
        "mine": one.author == role,
        "author": one.author,
        "number": one.number,
        "seen": one.seen,
        "before": one.before.hex(),
        "clock": one.clock,
        "kind": one.kind,
        "id": one.id.hex(),
        "raw": b64encode(one.raw).decode(),
    }
    text = kept.words(one)
    if text is not None:
        made["text"] = text
    if isinstance(one, kept.Stone):
        made["removed"] = {"when": one.when, "why": kept.REASONS[one.why]}
    return made


def announced(one: Event) -> dict[str, Any] | None:
    """What the end of a content says (spec 9.2).

    Args:
        one: the event that announced it.

    Returns:
        The keys of the line; None if it announced no file.
    """
    found = files.announced(one.body) if one.kind == "file" and not isinstance(one, kept.Stone) else None
    if found is None:
        return None
    name, size, kind, digest, _ = found
    return {"content": one.id.hex(), "name": name, "sha256": digest.hex(), "size": size, "type": kind}


def compose(front: dict[str, Any], events: list[dict[str, Any]]) -> bytes:
    """The plaintext of an archive (spec 9.2).

    Args:
        front: the head line, without its format.
        events: of each `position`, `received`, `delivered`, `raw`, `act` and `content`, a list of pieces and whether
            they end, or None.

    Returns:
        The lines.
    """
    values: list[dict[str, Any]] = [{"archive": 1, **front}]
    ids, ended = hashlib.sha256(), 0
    for given in events:
        one = kept.read(given["raw"])
        act = {} if given["act"] is None else {"act": given["act"]}
        values.append({**{name: given[name] for name in FREE}, **act, **told(one, front["role"])})
        ids.update(one.id)
        if given["content"] is None:
            continue
        pieces, ends = given["content"]
        values += [{"content": one.id.hex(), "data": b64encode(piece).decode()} for piece in pieces]
        end = announced(one)
        if ends and end is not None:
            values.append(end)
            ended += 1
    values.append({"end": 1, "events": len(events), "files": ended, "ids": ids.hexdigest()})
    return "".join(spell(value) + "\n" for value in values).encode()


def read(raw: bytes, passphrase: str) -> list[int]:
    """Reads an archive and checks everything in it (spec 9.1, 9.2).

    Args:
        raw: the file.
        passphrase: as typed.

    Returns:
        How many events, tombstones among them, and contents that end are in it.

    Raises:
        Refused: `file-foreign`, `file-newer`, `file-damaged` or `file-passphrase-wrong`.
    """
    found = lines(unseal(raw, passphrase))
    role = _front(next(found, {}))
    reading = Reading(role)
    for value in found:
        reading.take(value)
    need(reading.over, "no end")
    return [reading.events, reading.stones, reading.ended]


def _front(front: dict[str, Any]) -> int:
    need(_number(front.get("archive")), "no head line")
    if front["archive"] > 1:
        raise Refused("file-newer", "a format above 1")
    need(set(front) == {"archive", "role", *TIMES, *MAYBE, *TEXTS} and front["archive"] == 1, "no head line")
    need(all(_number(front[name]) for name in ("role", *TIMES)) and front["role"] < 2, "a number of the head line")
    need(all(front[name] is None or _number(front[name]) for name in MAYBE), "a time that may be missing")
    need(all(isinstance(front[name], str) for name in TEXTS), "a text of the head line")
    return int(front["role"])


def _number(value: Any) -> bool:
    return type(value) is int and 0 <= value < 1 << 63


class Reading:
    """What has been read of the lines behind the head line."""

    def __init__(self, role: int) -> None:
        self.role = role
        self.events = self.stones = self.ended = 0
        self.over = False
        self._ids = hashlib.sha256()
        self._last: tuple[int, int, int, bytes] | None = None
        self._end: dict[str, Any] | None = None
        self._content = b""

    def take(self, value: dict[str, Any]) -> None:
        """Takes one line.

        Args:
            value: of it.

        Raises:
            Refused: `file-damaged`.
        """
        need(not self.over, "something behind the end")
        if "end" in value:
            made = {"end": 1, "events": self.events, "files": self.ended, "ids": self._ids.hexdigest()}
            need(spell(value) == spell(made), "another end")
            self.over = True
        elif "content" in value:
            self._piece(value)
        else:
            self._event(value)

    def _event(self, value: dict[str, Any]) -> None:
        try:
            one = kept.read(_base64(value.get("raw")))
        except Refused as error:
            raise damaged(error.why) from None
        free = {name: value[name] for name in (*FREE, "act") if name in value}
        need(spell(value) == spell({**free, **told(one, self.role)}), "other than its bytes say")
        need(_number(value.get("position")) and _number(value.get("received")), "position or time")
        need(value.get("delivered") is True or (value.get("delivered") is False and value["mine"]), "delivered")
        need(isinstance(value.get("act", ""), str), "an act")
        need(self._last is None or self._last < one.place, "out of order")
        self._last, self._end, self._content = one.place, announced(one), b""
        self._ids.update(one.id)
        self.events, self.stones = self.events + 1, self.stones + isinstance(one, kept.Stone)

    def _piece(self, value: dict[str, Any]) -> None:
        need(self._end is not None and value["content"] == self._end["content"], "a content out of place")
        if "data" in value:
            need(set(value) == {"content", "data"}, "another key beside a piece")
            self._content += _base64(value["data"])
            return
        need(self._end is not None and spell(value) == spell(self._end), "other than was announced")
        size, digest = len(self._content), hashlib.sha256(self._content).hexdigest()
        need((size, digest) == (value["size"], value["sha256"]), "another content than was announced")
        self._end = None
        self.ended += 1

"""Backups (spec 13.1, 13.2)."""

from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any

import nacl.bindings as sodium
import nacl.exceptions

from vectors.second import cbor, event, files
from vectors.second.keyfile import kek
from vectors.second.refusal import Refused, malformed
from vectors.second.sealing import hkdf, info

FIRST = b"backchannel backup\n"
ADDED, LARGEST = 17, 524_288
RANK = {0: 0, 1: 1, 2: 2, 5: 3, 6: 4, 7: 4, 3: 5, 4: 6}
WAITING, WANTED = 0, 1
PARTS = 4
INFINITE = 1 << 63


def checks(key: bytes) -> bytes:
    """What tells a wrong passphrase from a damaged file (spec 13.1).

    Args:
        key: from the passphrase.

    Returns:
        16 bytes.
    """
    return hkdf(b"", key, info("backup check"), 16)


def costs(time: Any, memory: Any, lanes: Any) -> list[int]:
    """Costs within their limits (spec 2.5).

    Args:
        time: passes.
        memory: KiB.
        lanes: lanes.

    Returns:
        The three.

    Raises:
        Refused: `malformed`.
    """
    most = cbor.natural(lanes, 65, 1)
    return [cbor.natural(time, 65, 1), cbor.natural(memory, 4_194_305, 8 * most), most]


def write(key: bytes, cost: list[int], salt: bytes, header: bytes, messages: list[bytes]) -> bytes:
    """A file (spec 13.1). Who reads a secretstream is in the state of who wrote it: so this header can be given.

    Args:
        key: from the passphrase.
        cost: time, memory, lanes.
        salt: 16 bytes.
        header: 24 bytes.
        messages: what it holds.

    Returns:
        The file.
    """
    head = cbor.encode([1, *cost, salt, checks(key)])
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    out = FIRST + len(head).to_bytes(2, "big") + head + header
    for place, message in enumerate(messages, start=1):
        final = sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
        tag = final if place == len(messages) else sodium.crypto_secretstream_xchacha20poly1305_TAG_MESSAGE
        sealed = sodium.crypto_secretstream_xchacha20poly1305_push(state, message, head, tag)
        out += len(sealed).to_bytes(4, "big") + sealed
    return out


def read(raw: bytes, passphrase: str) -> list[bytes]:
    """Reads a file to its end; the refusals are in the order of spec 13.1.

    Args:
        raw: the file.
        passphrase: what the owner typed.

    Returns:
        Its messages.

    Raises:
        Refused: `backup-damaged`, `backup-newer`, `backup-unfinished` or `passphrase-wrong`.
    """
    if not raw.startswith(FIRST):
        raise Refused("backup-damaged", "other first bytes")
    at = len(FIRST) + 2
    size = int.from_bytes(raw[at - 2 : at], "big")
    head = raw[at : at + size]
    at += size
    cost, salt, check = _head(head, size)
    header = raw[at : at + 24]
    if len(header) != 24:
        raise Refused("backup-damaged", "a header that is cut off")
    key = kek(passphrase, salt, *cost)
    if not compare_digest(checks(key), check):
        raise Refused("passphrase-wrong", "another check")
    state = sodium.crypto_secretstream_xchacha20poly1305_state()
    sodium.crypto_secretstream_xchacha20poly1305_init_pull(state, header, key)
    return _pieces(raw[at + 24 :], state, head)


def _head(head: bytes, size: int) -> tuple[list[int], bytes, bytes]:
    try:
        if size > 256 or len(head) != size:
            raise malformed("a head that is too long, or cut off")
        fields = cbor.items(cbor.decode(head), 1 << 32)
        if cbor.natural(fields[0] if fields else None, INFINITE, 1) > 1:
            raise Refused("backup-newer", "a version above 1")
        _, time, memory, lanes, salt, check = cbor.items(fields, 6, 6)
        return costs(time, memory, lanes), cbor.octets(salt, 16), cbor.octets(check, 16)
    except Refused as error:
        if error.code != "malformed":
            raise
        raise Refused("backup-damaged", error.why) from None


def _pieces(left: bytes, state: Any, head: bytes) -> list[bytes]:
    reader, messages, final = Reader(), list[bytes](), False
    while left:
        if final:
            raise Refused("backup-damaged", "something behind the last piece")
        size = int.from_bytes(left[:4], "big")
        if len(left) >= 4 and not ADDED <= size <= LARGEST + ADDED:
            raise Refused("backup-damaged", "a length that no piece has")
        sealed, left = left[4 : 4 + size], left[4 + size :]
        if len(sealed) != size or not size:
            raise Refused("backup-unfinished", "cut off")
        try:
            message, tag = sodium.crypto_secretstream_xchacha20poly1305_pull(state, sealed, head)
            reader.take(message)
        except nacl.exceptions.CryptoError:
            raise Refused("backup-damaged", "a piece that does not open") from None
        except Refused as error:
            raise Refused("backup-damaged", error.why) from None
        messages.append(message)
        final = tag == sodium.crypto_secretstream_xchacha20poly1305_TAG_FINAL
    if not final or not reader.ended:
        raise Refused("backup-unfinished", "no last piece, or one that is no end")
    return messages


@dataclass
class Content:
    """A content that follows its file."""

    of: list[bytes]
    size: int
    key: bytes
    next: int = 1


@dataclass
class Reader:
    """Takes messages in their order (spec 13.2); what it refuses is `malformed` here."""

    rank: int = -1
    ended: bool = False
    positions: dict[bytes, int] = field(default_factory=dict)
    lines: dict[bytes, str] = field(default_factory=dict)
    known: list[list[bytes]] = field(default_factory=list)
    content: Content | None = None

    def take(self, raw: bytes) -> None:
        """The next message.

        Args:
            raw: its bytes.

        Raises:
            Refused: `malformed`.
        """
        fields = cbor.items(cbor.decode(raw), 1 << 32)
        kind = fields[0] if fields else None
        if self.ended or not cbor.is_integer(kind) or kind not in RANK:
            raise malformed("a message behind the end, or of no known kind")
        rank = RANK[kind]
        if rank < self.rank or (rank == 0) != (self.rank < 0):
            raise malformed("a message in the wrong place")
        self.rank = rank
        if kind != 7:
            self.content = None  # what is not whole is left out
        rest = {0: 1, 1: 2, 2: 3, 3: 2, 4: 2, 5: 3, 6: 5, 7: 4}[kind]
        getattr(self, f"_take_{kind}")(*cbor.items(fields, rest + 1, rest + 1)[1:])

    def _take_0(self, mark: Any) -> None:
        cbor.octets(mark, 16)

    def _take_1(self, line: Any, rows: Any) -> None:
        cbor.octets(line, 16)
        for row in cbor.items(rows, 4096):
            position, received, raw = cbor.items(row, 3, 3)
            at = self.positions.get(line, 0) + 1
            cbor.natural(position, at + 1, at)
            cbor.natural(received, INFINITE)
            try:
                event.read(cbor.octets(raw))
            except Refused as error:
                raise malformed(error.why) from None
            self.positions[line] = at

    def _take_2(self, line: Any, name: Any, record: Any) -> None:
        fields = cbor.items(cbor.decode(cbor.octets(record)), 24, 24)
        for place, length in ((16, 16), (20, 8), (21, 3)):
            cbor.items(fields[place], length, length)
        cbor.octets(line, 16)
        if not isinstance(name, str) or line in self.lines or name in self.lines.values():
            raise malformed("a line that came before, or no name")
        if fields[0] != 1 or fields[14] != self.positions.get(line, 0):
            raise malformed("other events than the line has")
        if fields[6:8] != [None, None] or fields[2] in ("inviting", "joining") or fields[16][4] is not None:
            raise malformed("keys of a handshake")
        self.lines[line] = name

    def _take_3(self, name: Any, value: Any) -> None:
        if not isinstance(name, str) or not isinstance(value, str):
            raise malformed("a setting that is no text")

    def _take_4(self, lines: Any, events: Any) -> None:
        for count, there in ((lines, len(self.lines)), (events, sum(self.positions.values()))):
            cbor.natural(count, there + 1, there)
        if set(self.positions) - set(self.lines):
            raise malformed("a line is missing")
        self.ended = True

    def _take_5(self, line: Any, name: Any, value: Any) -> None:
        self._of_a_line(line)
        cbor.octets(value)
        if not isinstance(name, str) or name.startswith("passing "):
            raise malformed("a private value that no backup holds")

    def _take_6(self, line: Any, name: Any, position: Any, follows: Any, record: Any) -> None:
        self._of_a_line(line)
        cbor.octets(name, 16)
        cbor.natural(position, INFINITE)
        version, said, sending, fetching, _ = cbor.items(cbor.decode(cbor.octets(record)), 5, 5)
        if version != 1 or not isinstance(follows, bool) or [line, name] in self.known:
            raise malformed("no record, or a file that came before")
        if (sending is None) == (fetching is None):
            raise malformed("a file that neither goes out nor comes in")
        if fetching is not None and fetching[2] in (WAITING, WANTED) and (follows or fetching[3] != [0]):
            raise malformed("a content of a file that has not come whole")
        found = files.announced(cbor.encode(said))
        if found is None:
            raise malformed("a file that was not announced so")
        self.known.append([line, name])
        if follows:
            self.content = Content([line, name], found[1], found[4])

    def _take_7(self, line: Any, name: Any, number: Any, sealed: Any) -> None:
        content = self.content
        if content is None or content.of != [line, name]:
            raise malformed("parts of another file, or of none")
        cbor.natural(number, content.next + 1, content.next)
        count, last = files.cut(content.size)
        left = cbor.octets(sealed)
        for at in range(content.next, min(content.next + PARTS, count + 1)):
            size = (last if at == count else files.PART) + 16
            part, left = left[:size], left[size:]
            if len(part) != size:
                raise malformed("a part that is cut off")
            if files.reveal(content.key, at, part) is None:
                raise malformed("a part under another key")
            content.next = at + 1
        if left:
            raise malformed("more than the parts have")
        if content.next > count:
            self.content = None

    def _of_a_line(self, line: Any) -> None:
        if line not in self.lines:
            raise malformed("of a line that did not come")

"""Parts, QR texts and text blocks (spec 5.1 to 5.3)."""

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from vectors.second.refusal import Refused

KINDS = {"INVITATION": 1, "ENVELOPE": 2}
MAGIC = "BKC1:"
NAMES = {number: name for name, number in KINDS.items()}
SYMBOLS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
DASHES = "\u002d\u2010-\u2015\u2043\u2212\u2500\u058a\u05be\u2e3a\u2e3b\ufe58\ufe63\uff0d"
UNSEEN = "\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f"
LOOSE = "[\\s>|]*"
DASH = "[" + DASHES.replace("-", "\\-", 1) + "]"
PREFIX = re.compile(r".*[^A-Za-z0-9+/=]", re.DOTALL)
BEGUN = re.compile(r"set([0-9A-F]{16})")
WHOLE = re.compile(r"set([0-9A-F]{16})([A-Za-z0-9+/=]*)check([A-Z2-7]{8})")


def _word(text: str) -> str:
    return LOOSE.join(re.escape(one) for one in text)


NUMBER = f"(\\d(?:{LOOSE}\\d){{0,3}})"
KIND = "(" + "|".join(_word(kind) for kind in KINDS) + ")"
SIDE = f"({_word('BEGIN')}|{_word('END')})"
MARKER = re.compile(
    LOOSE.join([DASH, SIDE, _word("BACKCHANNEL"), KIND, _word("part"), NUMBER, _word("of"), NUMBER, f"(?={DASH})"])
)


@dataclass(frozen=True)
class Part:
    """One part of a blob (spec 5.1)."""

    kind: int
    number: int
    count: int
    set_id: bytes
    content: bytes

    @property
    def header(self) -> bytes:
        """13 bytes (spec 5.1.3)."""
        numbers = self.number.to_bytes(2, "big") + self.count.to_bytes(2, "big")
        return bytes([self.kind]) + numbers + self.set_id

    @property
    def check(self) -> bytes:
        """5 bytes (spec 5.1.4)."""
        return hashlib.sha256(b"backchannel/part/1\0" + self.header + self.content).digest()[:5]

    def qr(self) -> str:
        """The text of its code (spec 5.2.1)."""
        return MAGIC + base45(self.header + self.check + self.content)

    def block(self) -> str:
        """Its block of text (spec 5.3.1)."""
        name = f"BACKCHANNEL {NAMES[self.kind]} part {self.number} of {self.count}"
        digits = self.set_id.hex().upper()
        content = base64.b64encode(self.content).decode()
        lines = [content[at : at + 64] for at in range(0, len(content), 64)]
        check = base64.b32encode(self.check).decode()
        named = " ".join(digits[at : at + 4] for at in range(0, 16, 4))
        rows = [f"-----BEGIN {name}-----", f"set {named}", "", *lines, "", f"check {check[:4]} {check[4:]}"]
        return "\n".join([*rows, f"-----END {name}-----", ""])


def damaged(why: str) -> Refused:
    """A refusal of a part (spec 5.3.4)."""
    return Refused("armor-damaged", why)


def set_id(kind: int, blob: bytes) -> bytes:
    """The id of a set (spec 5.1.2)."""
    return hashlib.sha256(b"backchannel/set/1\0" + bytes([kind]) + blob).digest()[:8]


def cut(kind: int, blob: bytes, size: int | None) -> list[Part]:
    """The parts of a blob (spec 5.1.1).

    Args:
        kind: 1 or 2.
        blob: the bytes.
        size: the largest part, or None for a single one.

    Returns:
        The parts, in order.
    """
    if size is not None and size < 1:
        raise Refused("config-refused", "a part of no bytes")
    length = len(blob)
    count = 1 if size is None else max(1, -(-length // size))
    if count > 9999:
        raise Refused("oversize", "more than 9,999 parts")
    name = set_id(kind, blob)
    return [
        Part(kind, i, count, name, blob[(i - 1) * length // count : i * length // count]) for i in range(1, count + 1)
    ]


def together(parts: Iterable[Part]) -> list[tuple[int, bytes]]:
    """Puts parts together (spec 5.1.5).

    Args:
        parts: in any order, as often as they like.

    Returns:
        Kind and bytes of each blob.

    Raises:
        Refused: `armor-damaged` or `parts-missing`.
    """
    groups: dict[tuple[int, bytes], dict[int, dict[int, bytes]]] = {}
    for part in parts:
        group = groups.setdefault((part.kind, part.set_id), {}).setdefault(part.count, {})
        if group.setdefault(part.number, part.content) != part.content:
            raise damaged("two parts with one place and different content")
    blobs: list[tuple[int, bytes]] = []
    for (kind, name), cuts in groups.items():
        found = next(((count, group) for count, group in cuts.items() if len(group) == count), None)
        if found is None:
            raise Refused("parts-missing", "a set is not complete")
        contents = [found[1][i] for i in range(1, found[0] + 1)]
        blob = b"".join(contents)
        if set_id(kind, blob) != name or [one.content for one in _recut(kind, blob, found[0])] != contents:
            raise damaged("the whole is another, or has other cuts")
        blobs.append((kind, blob))
    return blobs


def qr_size(length: int, size: int | None) -> int | None:
    """The largest part of a set of codes (spec 5.2.3).

    Args:
        length: of the blob.
        size: what was wished for, or None.

    Returns:
        The size, or None for one part.

    Raises:
        Refused: `config-refused`.
    """
    if size is not None and size > 2842:
        raise Refused("config-refused", "more than one code can hold")
    return (None if length <= 1658 else 1024) if size is None else size


def scan(codes: list[str]) -> list[tuple[int, bytes]]:
    """All blobs of several codes (spec 5.2.1).

    Args:
        codes: their texts.

    Returns:
        Kind and bytes of each.

    Raises:
        Refused: `armor-damaged` or `parts-missing`.
    """
    ours = [code for code in codes if code.strip().startswith(MAGIC)]
    if not ours:
        raise damaged("no code of ours")
    return together([read_qr(code) for code in ours])


def _recut(kind: int, blob: bytes, count: int) -> list[Part]:
    edges = [i * len(blob) // count for i in range(count + 1)]
    return [Part(kind, i, count, b"", blob[edges[i - 1] : edges[i]]) for i in range(1, count + 1)]


def _checked(part: Part, check: bytes) -> Part:
    if part.kind not in NAMES or not 1 <= part.number <= part.count <= 9999:
        raise damaged("kind or numbers")
    if part.check != check:
        raise damaged("the check")
    return part


def base45(raw: bytes) -> str:
    """RFC 9285 (spec 5.2.2)."""
    out = ""
    for at in range(0, len(raw), 2):
        pair = raw[at : at + 2]
        number = int.from_bytes(pair, "big")
        for _ in range(len(pair) + 1):
            number, symbol = divmod(number, 45)
            out += SYMBOLS[symbol]
    return out


def from_base45(text: str) -> bytes:
    """RFC 9285, backwards (spec 5.2.2).

    Args:
        text: the symbols.

    Returns:
        The bytes.

    Raises:
        Refused: `armor-damaged`.
    """
    out = b""
    for at in range(0, len(text), 3):
        three = text[at : at + 3]
        if len(three) == 1 or any(one not in SYMBOLS for one in three):
            raise damaged("a lone symbol, or one outside the alphabet")
        number = sum(SYMBOLS.index(one) * 45**place for place, one in enumerate(three))
        if number >= 1 << 8 * (len(three) - 1):
            raise damaged("symbols above what they can mean")
        out += number.to_bytes(len(three) - 1, "big")
    return out


def read_qr(text: str) -> Part:
    """The part that a code holds (spec 5.2.1).

    Args:
        text: the text of the code.

    Returns:
        The part.

    Raises:
        Refused: `armor-damaged`.
    """
    text = text.strip()
    if not text.startswith(MAGIC):
        raise damaged("another magic")
    raw = from_base45(text.removeprefix(MAGIC))
    if len(raw) < 18:
        raise damaged("cut off")
    numbers = int.from_bytes(raw[1:3], "big"), int.from_bytes(raw[3:5], "big")
    return _checked(Part(raw[0], *numbers, raw[5:13], raw[18:]), raw[13:18])


def _bare(text: str) -> str:
    return re.sub(f"^{DASH}+|{DASH}+$", "", re.sub(LOOSE, "", text))


def _plain(text: str) -> str:
    """A body without decoration (spec 5.3.3)."""
    whole = _bare(text)
    if re.search(r"[^A-Za-z0-9+/=]", whole) is None:
        return whole
    return "".join(PREFIX.sub("", _bare(re.sub(r"^\s*<[^<>]{1,64}>", "", line))) for line in text.splitlines())


def _number(text: str) -> int:
    return int("".join(one for one in text if one.isdecimal()))


@dataclass(frozen=True)
class Damaged:
    """A part that cannot be read, named as far as possible (spec 5.3.4)."""

    kind: int
    number: int
    count: int
    set_id: bytes
    why: str


def _marked(marker: re.Match[str]) -> tuple[int, int, int]:
    kind = re.sub("[^A-Z]", "", marker[2])
    return KINDS[kind], _number(marker[3]), _number(marker[4])


def _torn(begin: re.Match[str], body: str, why: str) -> Damaged:
    """A damaged block, whose set is looked for in what stands behind its BEGIN (spec 5.3.4)."""
    found = BEGUN.match(_plain(body))
    return Damaged(*_marked(begin), bytes.fromhex(found[1]) if found else b"", why)


def _block(begin: re.Match[str], body: str) -> Part | Damaged:
    """The part of a block, or what can be read of a damaged one (spec 5.3.4)."""
    name = _marked(begin)
    found = WHOLE.fullmatch(_plain(body))
    if found is None:
        return _torn(begin, body, "not set, content and check")
    set_name = bytes.fromhex(found[1])
    try:
        content = base64.b64decode(found[2], validate=True)
        if base64.b64encode(content).decode() != found[2]:
            return Damaged(*name, set_name, "another base64 of its bytes")
        return _checked(Part(*name, set_name, content), base64.b32decode(found[3]))
    except binascii.Error:
        return Damaged(*name, set_name, "no base64")
    except Refused as error:
        return Damaged(*name, set_name, error.why)


def read_text(text: str) -> list[tuple[int, bytes]]:
    """All blobs of a text (spec 5.3.2 to 5.3.4).

    Args:
        text: anything, with blocks in it.

    Returns:
        Kind and bytes of each.

    Raises:
        Refused: `armor-damaged` or `parts-missing`.
    """
    text = re.sub(f"[{UNSEEN}]", "", text)
    good: list[Part] = []
    bad: list[Damaged] = []
    waiting: re.Match[str] | None = None
    for marker in MARKER.finditer(text):
        body = text[waiting.end() : marker.start()] if waiting is not None else ""
        if marker[1].startswith("E") and waiting is not None and _marked(waiting) == _marked(marker):
            part = _block(waiting, body)
            good, bad = ([*good, part], bad) if isinstance(part, Part) else (good, [*bad, part])
            waiting = None
            continue
        if waiting is not None:
            bad.append(_torn(waiting, body, "BEGIN without its END"))
        waiting = marker if marker[1].startswith("B") else None
        if waiting is None:
            bad.append(Damaged(*_marked(marker), b"", "END without its BEGIN"))
    if waiting is not None:
        bad.append(_torn(waiting, text[waiting.end() :], "BEGIN without its END"))
    copies = {(one.kind, one.number, one.count, one.set_id) for one in good}
    for one in bad:
        if (one.kind, one.number, one.count, one.set_id) not in copies:
            raise damaged(one.why)
    if not good:
        raise damaged("no block")
    return together(good)

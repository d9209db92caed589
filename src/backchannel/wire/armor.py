"""Text armour: a blob that survives being pasted through any chat, mail or note app (spec 5.3).

    -----BEGIN BACKCHANNEL ENVELOPE part 2 of 5-----
    set 7C21 09AF 55E0 1B3D

    (base64, 64 characters a line)

    check K7QX 2MPA
    -----END BACKCHANNEL ENVELOPE part 2 of 5-----

Everything that apps do to text (wrap, quote, prefix, mark the direction, prettify dashes) is decoration and is ignored;
the data itself has one decoding only. No character here means anything to chat formatting: no `_`, `*`, `~`, backtick
or colon.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from backchannel.errors import ArmorDamaged
from backchannel.wire.parts import MAX_PARTS, Kind, Part, assemble, split

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Armored", "DamagedBlock", "Kind", "armor", "blocks", "dearmor", "parts_in"]

LINE: Final = 64

_DASHES: Final = "-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\u2500\u058a\u05be\u2e3a\u2e3b\ufe58\ufe63\uff0d"
_DASH: Final = rf"[{_DASHES}]"

# Direction marks, zero-width characters, soft hyphens, joiners, variation selectors and tags: seen by no one, and put
# anywhere by chat apps and keyboards (spec 5.3.3).
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\U000e0000-\U000e007f]+"
)

_GAP: Final = r"[\s>|]*"  # what a wrap leaves between two characters: white space, and the quote mark of the next line
_NUMBER: Final = rf"(\d(?:{_GAP}\d){{0,3}})"  # \d is any decimal digit of Unicode, and so is int()


def _spaced(word: str) -> str:
    return _GAP.join(word)


# Each repeat is followed by a character that it cannot match itself, and a search starts at a dash and passes no other,
# so no text makes this slower than linear (spec 5.3.5).
_MARKER: Final = re.compile(
    _DASH
    + _GAP
    + _GAP.join(
        (
            f"({_spaced('BEGIN')}|{_spaced('END')})",
            _spaced("BACKCHANNEL"),
            "(" + "|".join(_spaced(kind) for kind in Kind) + ")",
            _spaced("part"),
            _NUMBER,
            _spaced("of"),
            _NUMBER,
        )
    )
    + f"(?={_GAP}{_DASH})"
)
_DECORATION: Final = re.compile(r"[\s>|]+")
_PREFIX: Final = re.compile(r".*[^A-Za-z0-9+/=]", re.DOTALL)  # as far as the last character that cannot be ours
_PLAIN: Final = re.compile(r"[A-Za-z0-9+/=]*")
_SPEAKER: Final = re.compile(r"\A\s*<[^<>]{1,64}>")  # <dana> as relay chats write it; its ">" is not a quote mark
_SET: Final = re.compile(r"set([0-9A-F]{16})")
_BODY: Final = re.compile(r"set([0-9A-F]{16})([A-Za-z0-9+/]*={0,2})check([A-Z2-7]{8})")


@dataclass(frozen=True, slots=True)
class Armored:
    """A blob that was found in a text."""

    kind: Kind
    data: bytes


@dataclass(frozen=True, slots=True)
class DamagedBlock:
    """Something that begins or ends like a block and is not whole."""

    kind: Kind
    number: int
    count: int
    set_id: bytes | None
    reason: str

    def error(self) -> ArmorDamaged:
        """Return what to raise for it."""
        of_set = f", set {self.set_id.hex().upper()}" if self.set_id else ""
        return ArmorDamaged(
            f"{self.kind} part {self.number} of {self.count}{of_set}: {self.reason}",
            hint=f"Copy part {self.number} again, from its BEGIN line to its END line, or ask for it again.",
        )


def armor(kind: Kind, data: bytes, part_size: int | None = None) -> str:
    """Return a blob as text to paste.

    Args:
        kind: what it is.
        data: the blob.
        part_size: the most bytes of the blob in one block; None for a single block.

    Returns:
        One block, or several with a blank line between them; each can travel in a message of its own.

    Raises:
        ConfigRefused: `part_size` is below one.
        Oversize: it takes too many parts.
    """
    return "\n".join(_block(part) for part in split(kind, data, part_size))


def _block(part: Part) -> str:
    content = base64.b64encode(part.content).decode("ascii")
    title = f"BACKCHANNEL {part.kind} {part.name}"
    return "\n".join(
        (
            f"-----BEGIN {title}-----",
            f"set {_grouped(part.set_id.hex().upper())}",
            "",
            *(content[at : at + LINE] for at in range(0, len(content), LINE)),
            "",
            f"check {_grouped(_check_text(part))}",
            f"-----END {title}-----",
            "",
        )
    )


def _grouped(text: str) -> str:
    return " ".join(text[at : at + 4] for at in range(0, len(text), 4))


def _check_text(part: Part) -> str:
    return base64.b32encode(part.check).decode("ascii")


def dearmor(text: str) -> list[Armored]:
    """Return every blob whose blocks are in a text, whatever stands around them.

    A damaged block does no harm when a good copy of the same part is in the text as well.

    Args:
        text: what was pasted; several blobs, parts in any order and doubled parts are fine.

    Returns:
        The blobs, each once, in the order in which they begin.

    Raises:
        ArmorDamaged: no block is there, or one is damaged (it is named), or two contradict each other.
        PartsMissing: parts of a blob are not there.
    """
    return [Armored(kind, data) for kind, data in assemble(parts_in(text))]


def parts_in(text: str) -> list[Part]:
    """Return every part whose block is in a text: for one who collects over many messages.

    Raises:
        ArmorDamaged: no block is there, or one is damaged (it is named).
    """
    found = list(blocks(text))
    if not found:
        raise ArmorDamaged("no block found", hint="A block starts with -----BEGIN BACKCHANNEL; copy that line too.")
    parts = [block for block in found if isinstance(block, Part)]
    whole = {(part.kind, part.set_id, part.number, part.count) for part in parts}
    for block in found:
        if isinstance(block, DamagedBlock) and (block.kind, block.set_id, block.number, block.count) not in whole:
            raise block.error()
    return parts


def blocks(text: str) -> Iterator[Part | DamagedBlock]:
    """Yield each block of a text, good or damaged, in order: for one who collects over many messages.

    Args:
        text: as for `dearmor`.

    Yields:
        A part whose check was verified, or what is wrong with one that is not whole.
    """
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    begin: re.Match[str] | None = None
    for marker in _MARKER.finditer(text):
        if _title(marker)[0] == "BEGIN":
            if begin is not None:
                yield _damaged(begin, "its END line is missing", text[begin.end() : marker.start()])
            begin = marker
        elif begin is None:
            yield _damaged(marker, "its BEGIN line is missing", "")
        else:
            body = text[begin.end() : marker.start()]
            if _title(begin)[1:] == _title(marker)[1:]:
                yield _read(begin, body)
            else:
                yield _damaged(begin, "its END line is missing", body)
                yield _damaged(marker, "its BEGIN line is missing", "")
            begin = None
    if begin is not None:
        yield _damaged(begin, "its END line is missing", text[begin.end() :])


def _title(marker: re.Match[str]) -> tuple[str, Kind, int, int]:
    word, kind, number, count = (_DECORATION.sub("", group) for group in marker.groups())
    return word, Kind(kind), int(number), int(count)


def _damaged(marker: re.Match[str], reason: str, body: str) -> DamagedBlock:
    return _not_whole(marker, reason, _undecorated(body))


def _not_whole(marker: re.Match[str], reason: str, plain: str) -> DamagedBlock:
    _, kind, number, count = _title(marker)
    named = _SET.match(plain)
    return DamagedBlock(kind, number, count, bytes.fromhex(named[1]) if named else None, reason)


def _read(begin: re.Match[str], body: str) -> Part | DamagedBlock:
    """Read what stands between a BEGIN and its END line (spec 5.3.4)."""
    plain = _undecorated(body)
    _, kind, number, count = _title(begin)
    fields = _BODY.fullmatch(plain)
    if fields is None:
        return _not_whole(begin, "it does not read set, content, check", plain)
    if not 1 <= number <= count <= MAX_PARTS:
        return _not_whole(begin, "there is no such part", plain)
    try:
        content = base64.b64decode(fields[2], validate=True)
    except binascii.Error:
        return _not_whole(begin, "the content is not base64", plain)
    if base64.b64encode(content).decode("ascii") != fields[2]:
        # Unused bits that are not zero: another text for the same bytes.
        return _not_whole(begin, "the content is not the one base64 of its bytes", plain)
    part = Part(kind, number, count, bytes.fromhex(fields[1]), content)
    if _check_text(part) != fields[3]:
        return _not_whole(begin, "the check does not match", plain)
    return part


def _undecorated(body: str) -> str:
    """Return a body without what apps put into it (spec 5.3.3)."""
    plain = _squeezed(body)
    if _PLAIN.fullmatch(plain):
        return plain
    return "".join(map(_unprefixed, body.splitlines()))


def _unprefixed(line: str) -> str:
    # "[12/03/2024, 10:15] Dana: QUJD": what follows the last character that cannot be ours is ours. When that guess is
    # wrong, characters are lost, never changed, and the check says so.
    plain = _squeezed(_SPEAKER.sub("", line, count=1))
    prefix = _PREFIX.match(plain)
    return plain[prefix.end() :] if prefix else plain


def _squeezed(text: str) -> str:
    return _DECORATION.sub("", text).strip(_DASHES)

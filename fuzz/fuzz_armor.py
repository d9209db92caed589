"""Text armour and the texts of QR codes: whatever people paste, and whatever a camera reads."""

from __future__ import annotations

from backchannel.errors import ArmorDamaged, PartsMissing
from backchannel.wire.armor import Armored, armor, blocks, dearmor
from backchannel.wire.base45 import base45_encode
from backchannel.wire.parts import MAGIC, Collector, Kind, read_text, to_texts


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    blob = bytes(range(256))
    one, three = armor(Kind.ENVELOPE, blob), armor(Kind.INVITATION, blob, 100)
    quoted = "".join(f"> {line}\n" for line in one.splitlines())
    chat = "".join(f"[12/03/2024, 10:15] Dana: {line}\n" for line in one.splitlines())
    marked = "\u200f" + one.replace("\n", "\u202c\n").replace("-----", "\u2014\u2014-")
    texts = to_texts(Kind.ENVELOPE, blob, 120) + to_texts(Kind.INVITATION, b"")
    return [text.encode() for text in (one, three, one + three, quoted, chat, marked, *texts)]


def one_input(data: bytes) -> None:
    """Read it as pasted text and as the text of one code; bytes that are not UTF-8 come as Python hands them over."""
    text = data.decode("utf-8", "surrogateescape")
    pasted(text)
    scanned(text)


def pasted(text: str) -> None:
    """Find blobs in a text: each can be armoured, and found again."""
    assert len(list(blocks(text))) <= len(text)
    try:
        found = dearmor(text)
    except (ArmorDamaged, PartsMissing):
        return
    assert found
    for one in found:
        assert dearmor(armor(one.kind, one.data)) == [Armored(one.kind, one.data)]


def scanned(text: str) -> None:
    """Read the text of one code: each part has one text."""
    try:
        part = read_text(text)
    except ArmorDamaged:
        return
    assert MAGIC + base45_encode(part.header + part.check + part.content) == text.strip()
    collector = Collector()
    collector.add(text)
    try:
        kind, _ = collector.result()
    except (ArmorDamaged, PartsMissing):
        return
    assert kind is part.kind

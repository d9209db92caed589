"""4.1 and 4.4: events and their kinds, and events that are refused."""

from typing import Any, Final

from backchannel.log.event import write_event
from backchannel.log.kinds import Text, read_body, text_body
from backchannel.log.order import height
from backchannel.wire.codec import encode
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import seeded, text_event
from vectors.first.shown import Json, Recorded, shown


def event(_: Recorded) -> Json:
    """4.1."""
    first = text_event(1, 1, b"", "hello")
    cases: list[tuple[int, int, int, bytes, int, str, bytes]] = [
        (0, 1, 0, b"", 0, "text", text_body("hello")),
        (1, 1, 1, b"", 1_900_000_000_000, "text", text_body("שלום, מה נשמע?")),
        (1, 2, 1, first.id[:8], 1_900_000_000_001, "text", text_body("مرحبا e\u0301 \u202e")),
        (1, 2, 1, b"", 1_900_000_000_001, "text", text_body("it does not say what it follows")),
        (1, 1, 0, first.id[:8], 0, "text", text_body("the first one, with something before it")),
        (0, 2, 2, bytes(8), 2**53 - 1, "something newer", seeded("body", 40)),
        (0, 2**48, 2**48 - 1, b"", 0, "", b""),
        (0, 3, 0, seeded("before", 8), 5, "k" * 64, b"\x00" * (61440 - 90)),
    ]
    out = []
    for author, number, seen, before, clock, kind, body in cases:
        made = write_event(author=author, number=number, seen=seen, before=before, clock=clock, kind=kind, body=body)
        out.append(
            {
                "author": author,
                "number": number,
                "seen": seen,
                "before": before.hex(),
                "clock": clock,
                "kind": kind,
                "body": shown(body),
                "event": shown(made.raw),
                "id": made.id.hex(),
                "height": height(made),
            }
        )
    return out


def kinds(_: Recorded) -> Json:
    """4.4: what is shown of an event; null is an unknown kind."""
    bodies: list[tuple[str, str, bytes]] = [
        ("a text", "text", text_body("hello")),
        ("an empty text", "text", text_body("")),
        ("a text as it was written", "text", text_body(" \u202eא\u0301\n")),
        ("further keys", "text", encode({"text": "hello", "mood": "new", 7: [1]})),
        ("no text in it", "text", encode({"words": "hello"})),
        ("bytes for text", "text", encode({"text": b"hello"})),
        ("a list", "text", encode(["hello"])),
        ("only a text", "text", encode("hello")),
        ("no CBOR", "text", b"hello"),
        ("something behind it", "text", text_body("hello") + b"\x00"),
        ("keys that do not ascend", "text", bytes.fromhex("a2647465787461616161f6")),
        ("nothing", "text", b""),
        ("another kind", "Text", text_body("hello")),
    ]
    out = []
    for what, kind, body in bodies:
        said = read_body(write_event(author=0, number=1, seen=0, clock=0, kind=kind, body=body))
        shown_text = said.text if isinstance(said, Text) else None
        out.append({"what": what, "kind": kind, "body": body.hex(), "text": shown_text})
    return out


_YES: Final = True


def event_defects() -> list[Defect]:
    """4.1."""
    good: list[Any] = [1, 0, 1, 0, b"", 0, "text", b""]

    def changed(at: int, value: Any) -> bytes:
        return encode([*good[:at], value, *good[at + 1 :]])

    found = {
        "version": ("version 2", changed(0, 2)),
        "author": ("author 2", changed(1, 2)),
        "number": ("number 0", changed(2, 0)),
        "number-large": ("number 2^48 + 1", changed(2, 2**48 + 1)),
        "number-boolean": ("number true", changed(2, _YES)),
        "seen": ("seen 2^48", changed(3, 2**48)),
        "seen-negative": ("seen -1", changed(3, -1)),
        "before-short": ("before of 7 bytes", changed(4, bytes(7))),
        "before-long": ("a whole id for before", changed(4, bytes(32))),
        "before-null": ("before is null", changed(4, None)),
        "clock": ("clock 2^53", changed(5, 2**53)),
        "kind": ("a kind of 65 characters", changed(6, "k" * 65)),
        "kind-bytes": ("a kind of bytes", changed(6, b"text")),
        "body": ("a body of text", changed(7, "")),
        "long": ("an item too many", encode([*good, 0])),
        "short": ("an item is missing", encode(good[:-1])),
        "integer": ("seen 0 in two bytes", b"\x88\x01\x00\x01\x18\x00\x40\x00\x64text\x40"),
    }
    large = changed(7, bytes(61440))
    return [
        *bytes_defects("4.1", "malformed", {f"event-{name}": value for name, value in found.items()}),
        ("event-oversize", "4.1", "more than 61,440 bytes", "oversize", {"bytes": shown(large)}),
    ]

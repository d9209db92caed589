"""Events and the tombstones in their place (spec 16.4), and what they say (spec 4.4, 15.3, 16)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from vectors.second import cbor, event
from vectors.second.event import Event
from vectors.second.refusal import Refused, malformed

REASONS = {1: "retracted", 2: "retention"}
SAYS_NOTHING = 60 * 1024


@dataclass(frozen=True)
class Stone(Event):
    """What is left of an event (spec 16.4)."""

    was: bytes
    why: int
    when: int

    @property
    def id(self) -> bytes:
        """The id that the event had."""
        return self.was


def bury(one: Event, why: int, when: int) -> bytes:
    """The tombstone of an event (spec 16.4).

    Args:
        one: the event.
        why: 1 or 2.
        when: milliseconds since 1970.

    Returns:
        Its bytes.
    """
    return cbor.encode(
        [2, one.author, one.number, one.seen, one.before, one.clock, one.kind, one.id, why, when]
    )  # fmt: skip


@lru_cache(4096)
def read(raw: bytes) -> Event:
    """An event or a tombstone from its bytes (spec 4.1, 16.4).

    Args:
        raw: the bytes.

    Returns:
        The one or the other.

    Raises:
        Refused: `oversize` or `malformed`.
    """
    if len(raw) > event.LARGEST:
        raise Refused("oversize", "more than 61,440 bytes")
    fields = cbor.decode(raw)
    if not isinstance(fields, list) or not fields or not cbor.is_integer(fields[0]) or fields[0] != 2:
        return event.read(raw)
    *same, was, why, when = cbor.layout(raw, 10, version=2)
    plain = event.read(cbor.encode([1, *same, b""]))
    if not cbor.is_integer(why) or why not in REASONS:
        raise malformed("no reason")
    shared = {name: value for name, value in vars(plain).items() if name != "raw"}
    return Stone(**shared, raw=raw, was=cbor.octets(was, 32), why=why, when=cbor.natural(when, 1 << 53))


def body(one: Event) -> dict[Any, Any]:
    """The body of an event about the line (spec 16).

    Args:
        one: the event.

    Returns:
        The map.

    Raises:
        Refused: `malformed`, it is none.
    """
    said = cbor.decode(one.body)
    if not isinstance(said, dict):
        raise malformed("no map")
    return said


def last_word(one: Event) -> str | None:
    """What a `close` says (spec 16).

    Args:
        one: the event.

    Returns:
        The last word, empty for none; None for an unknown kind.
    """
    try:
        word = body(one).get("word", "")
    except Refused:
        return None
    return word if isinstance(word, str) else None


def taken_back(one: Event) -> tuple[int, bytes] | None:
    """What a `retract` takes back (spec 16, 16.2).

    Args:
        one: the event.

    Returns:
        Number and id, or None for an unknown kind.
    """
    try:
        said = body(one)
        return cbor.natural(said.get("number"), one.number, 1), cbor.octets(said.get("id"), 32)
    except Refused:
        return None


def rule(one: Event) -> dict[str, Any] | None:
    """What a `retention` proposes (spec 16, 16.3).

    Args:
        one: the event.

    Returns:
        The one key of its rule with its value, or None for an unknown kind.
    """
    try:
        said = body(one)
        if ("keep" in said) == ("days" in said):
            return None
        if "days" in said:
            return {"days": cbor.natural(said["days"], 36_501, 1)}
    except Refused:
        return None
    return {"keep": said["keep"]} if said["keep"] in ("always", "until-closed") else None


def words(one: Event) -> str | None:
    """The text of an event in an archive (spec 9.2).

    Args:
        one: the event, or its tombstone.

    Returns:
        The text, or None if there is none.
    """
    if isinstance(one, Stone):
        return None
    match one.kind:
        case "text":
            return event.text(one.kind, one.body)
        case "close":
            return last_word(one) or None
        case "carried":
            return _carried(one)
    return None


def _carried(one: Event) -> str | None:
    """The text of carried words (spec 15.3)."""
    try:
        said = body(one)
        cbor.natural(said.get("v"), 2, 1)
        cbor.natural(said.get("as"), 2)
        cbor.natural(said.get("handling"), 4)
        if said.get("answers") is not None:
            cbor.octets(said["answers"], 32)
    except Refused:
        return None
    named, text = said.get("from"), said.get("text")
    fine = isinstance(said.get("question", False), bool) and (named is None or _saying(named, 200))
    return text if fine and _saying(text, SAYS_NOTHING) else None


def _saying(value: Any, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most and bool(value.strip())

"""16: bodies, tombstones, what each side knows of the end, and tombstones that are refused."""

from dataclasses import replace
from typing import Any, Final

from backchannel.app.line import Line, Phase
from backchannel.app.terms import heard_end, heed
from backchannel.crypto.suite import Role
from backchannel.log.closing import CLOSE, Closed, close_body, read_close
from backchannel.log.event import Event, write_event
from backchannel.log.file import FILE
from backchannel.log.kinds import TEXT, Unknown, text_body
from backchannel.log.order import order_key
from backchannel.log.placing import Appended, Duplicate, Forked, Gap, place
from backchannel.log.retention import RETENTION, Rule, read_retention
from backchannel.log.retraction import RETRACT, Retracted, read_retract
from backchannel.log.tombstone import Why, bury, read_kept
from backchannel.wire.codec import encode
from backchannel.wire.coverage import NOTHING, Coverage
from vectors.first.archives import BEGUN, file_of
from vectors.first.defect import Defect, bytes_defects
from vectors.first.seeds import seeded, text_event
from vectors.first.shown import Json, Recorded, shown

_DAY: Final = 24 * 3600 * 1000
_TRUE: Final = True


def ending(_: Recorded) -> Json:
    """16, 16.1.1, 16.1.2, 16.1.3, 16.4."""
    return {
        "bodies": bodies(),
        "tombstones": tombstones(),
        "placing": placing(),
        "states": [{"what": what, "steps": stepped(steps)} for what, steps in _states()],
    }


# --- bodies -----------------------------------------------------------------------------------------------------------


def says(kind: str, number: int, body: bytes) -> Json:
    """Return what an event of this kind says, null for an unknown kind."""
    event = write_event(author=0, number=number, seen=0, clock=0, kind=kind, body=body)
    match {CLOSE: read_close, RETRACT: read_retract, RETENTION: read_retention}[kind](event):
        case Closed(word):
            return {"word": word}
        case Retracted(of, event_id):
            return {"number": of, "id": event_id.hex()}
        case Rule() as rule:
            return rule.to_value()
        case Unknown():
            return None
    raise ValueError(kind)


def bodies() -> Json:
    """16: what an event of these kinds says."""
    event_id = seeded("taken back", 32)
    cases: list[tuple[str, str, Any]] = [
        ("a last word", CLOSE, {"word": "farewell"}),
        ("none", CLOSE, {}),
        ("an empty one", CLOSE, {"word": ""}),
        ("a word as it was written", CLOSE, {"word": " \u202eא\u0301\n"}),
        ("further keys", CLOSE, {"mood": [1], 7: None}),
        ("a word that is null", CLOSE, {"word": None}),
        ("a word of bytes", CLOSE, {"word": b"farewell"}),
        ("a list", CLOSE, []),
        ("no CBOR", CLOSE, None),
        ("the event before", RETRACT, {"number": 8, "id": event_id}),
        ("the first event", RETRACT, {"number": 1, "id": event_id}),
        ("further keys", RETRACT, {"number": 1, "id": event_id, "why": "a slip"}),
        ("its own number", RETRACT, {"number": 9, "id": event_id}),
        ("a later one", RETRACT, {"number": 2**48 - 1, "id": event_id}),
        ("number 0", RETRACT, {"number": 0, "id": event_id}),
        ("a number below 0", RETRACT, {"number": -1, "id": event_id}),
        ("number true", RETRACT, {"number": _TRUE, "id": event_id}),
        ("no number", RETRACT, {"id": event_id}),
        ("no id", RETRACT, {"number": 1}),
        ("a short id", RETRACT, {"number": 1, "id": event_id[:31]}),
        ("an id of text", RETRACT, {"number": 1, "id": event_id.hex()[:32]}),
        ("a list", RETRACT, [1, event_id]),
        ("no CBOR", RETRACT, None),
        ("always", RETENTION, {"keep": "always"}),
        ("until closed", RETENTION, {"keep": "until-closed"}),
        ("a day", RETENTION, {"days": 1}),
        ("a hundred years", RETENTION, {"days": 36_500}),
        ("further keys", RETENTION, {"days": 7, "hours": 1}),
        ("no day", RETENTION, {"days": 0}),
        ("more than a hundred years", RETENTION, {"days": 36_501}),
        ("days below 0", RETENTION, {"days": -1}),
        ("days that are a truth", RETENTION, {"days": _TRUE}),
        ("days that are null", RETENTION, {"days": None}),
        ("both keys", RETENTION, {"keep": "always", "days": 7}),
        ("both, one null", RETENTION, {"keep": None, "days": 7}),
        ("neither", RETENTION, {}),
        ("another word", RETENTION, {"keep": "never"}),
        ("a word of bytes", RETENTION, {"keep": b"always"}),
        ("a list of words", RETENTION, {"keep": ["always"]}),
        ("only a word", RETENTION, "always"),
        ("no CBOR", RETENTION, None),
    ]
    out = []
    for what, kind, value in cases:
        body = b"\xff" if value is None else encode(value)
        made = {"what": what, "kind": kind, "number": 9, "body": body.hex(), "says": says(kind, 9, body)}
        out.append(made)
    return out


# --- tombstones -------------------------------------------------------------------------------------------------------


def tombstones() -> Json:
    """16.4: events, and what is left of them."""
    first = text_event(1, 1, b"", "hello")
    limits = write_event(
        author=0, number=2**48, seen=2**48 - 1, before=bytes(8), clock=2**53 - 1, kind="ש" * 64, body=bytes(9)
    )
    large = write_event(author=1, number=2, seen=0, before=first.id[:8], clock=0, kind=TEXT, body=bytes(61_000))
    filed = write_event(author=0, number=1, seen=1, clock=BEGUN, kind=FILE, body=file_of("a", b"content"))
    cases = [
        (first, Why.RETRACTED, 0),
        (first, Why.RETENTION, BEGUN),
        (filed, Why.RETRACTED, BEGUN),
        (large, Why.RETENTION, 2**53 - 1),
        (limits, Why.RETENTION, 2**53 - 1),
        (bury(first, Why.RETRACTED, 5), Why.RETRACTED, 5),
    ]
    out = []
    for event, why, when in cases:
        stone = bury(event, why, when)
        same = (order_key(stone), stone.before, stone.clock, stone.kind)
        if read_kept(stone.raw) != stone or same != (order_key(event), event.before, event.clock, event.kind):
            raise ValueError("a tombstone that is not its event's")
        out.append(
            {
                "event": shown(event.raw),
                "why": int(why),
                "when": when,
                "tombstone": stone.raw.hex(),
                "id": stone.id.hex(),
                "fields": [stone.author, stone.number, stone.seen, stone.before.hex(), stone.clock, stone.kind],
            }
        )
    return out


def placing() -> Json:
    """16.4: what of the joiner's comes to an inviter who has said nothing, tombstones and the events that they were."""
    first, branch = text_event(1, 1, b"", "a"), text_event(1, 1, b"", "b")
    second = text_event(1, 2, first.id, "c")
    third = text_event(1, 3, second.id, "d")
    stone, third_stone = bury(first, Why.RETRACTED, BEGUN), bury(third, Why.RETENTION, BEGUN)
    return placed([stone, first, third_stone, second, third, bury(second, Why.RETENTION, 1), branch])


def placed(events: list[Event]) -> Json:
    """Return where each of these events is placed, one after the other."""
    held: list[Event] = []
    covered, forks, out = NOTHING, set[tuple[int, int]](), []
    for event in events:
        there = [each for each in held if each.number == event.number]
        missing: list[list[int]] = []
        match place(covered, event, sorted(each.id for each in there)):
            case Appended(after):
                result, covered = "appended", after
            case Gap(after, runs):
                result, covered, missing = "beyond a gap", after, [list(run) for run in runs]
            case Duplicate():
                result = "duplicate"
            case Forked():
                result = "forked"
                forks.add((event.author, event.number))
        if result != "duplicate":
            held.append(event)
        for number in (event.number, event.number + 1):
            ids = [each.id for each in held if each.number == number - 1]
            if ids and not all(each.follows(ids) for each in held if each.number == number):
                forks.add((event.author, number - 1))
        out.append(
            {
                "event": event.raw.hex(),
                "placed": result,
                "missing": missing,
                "held": covered.to_value(),
                "forks": [list(fork) for fork in sorted(forks)],
            }
        )
    return out


# --- the end ----------------------------------------------------------------------------------------------------------

Step = dict[str, Any]


def _close(number: int) -> Step:
    return {"do": "close", "number": number}


def _hear(number: int) -> Step:
    return {"do": "hear", "number": number}


def _seal(sequence: int, held: int) -> Step:
    return {"do": "seal", "sequence": sequence, "held": held}


def _open(acknowledged: int, held: int, heard: int, *, asks: bool = False, now: int = 0) -> Step:
    return {
        "do": "open",
        "acknowledged": acknowledged,
        "held": held,
        "heard": heard,
        "asks": asks,
        "now": BEGUN + now,
    }  # fmt: skip


def _look(now: int = 0) -> Step:
    return {"do": "look", "now": BEGUN + now}


def _states() -> list[tuple[str, list[Step]]]:
    return [
        (
            "we close first",
            [_look(), _close(4), _seal(7, 2), _open(3, 2, 6), _open(4, 2, 7), _hear(3), _open(4, 3, 7, asks=True),
             _look(5), _seal(8, 3), _look(6), _open(4, 3, 8, now=9), _look(9)],
        ),
        (
            "the other side closes first",
            [_hear(1), _open(2, 1, 3, asks=True), _seal(4, 1), _close(3), _seal(5, 1), _open(3, 1, 5), _look(),
             _seal(6, 1), _look()],
        ),
        (
            "both at once",
            [_close(1), _seal(1, 0), _hear(1), _open(0, 1, 0, asks=True), _seal(2, 1), _open(1, 1, 1), _look(),
             _seal(3, 1), _look(), _open(1, 1, 2), _look()],
        ),
        (
            "the last frame never comes",
            [_close(1), _hear(1), _open(1, 1, 1, asks=True), _seal(2, 1), _look(30 * _DAY - 1), _look(30 * _DAY),
             _look(-1), _open(1, 1, 1, asks=True, now=31 * _DAY), _look(31 * _DAY)],
        ),
        (
            "a gap before their close",
            [_close(2), _hear(9), _open(2, 7, 1), _seal(3, 7), _look(), _open(2, 9, 3), _seal(4, 9), _open(2, 9, 3),
             _look(), _open(2, 9, 4), _look()],
        ),
        (
            "a gap before ours",
            [_close(5), _hear(1), _seal(1, 1), _open(4, 1, 1), _look(), _open(5, 1, 1), _look(), _seal(2, 1), _look()],
        ),
        (
            "they close several times",
            [_close(1), _hear(5), _hear(3), _hear(4), _open(1, 2, 0), _seal(1, 2), _seal(2, 3), _open(1, 3, 1),
             _look(), _open(1, 5, 2), _look(), _seal(3, 5), _look()],
        ),
        (
            "more is asked when all is known",
            [_close(1), _hear(1), _seal(1, 1), _open(1, 1, 1), _seal(2, 1), _look(), _open(1, 1, 2, asks=True),
             _look(), _seal(3, 1), _look()],
        ),
        (
            "they never close",
            [_close(1), _seal(1, 9), _open(1, 9, 1, now=_DAY), _look(99 * _DAY)],
        ),
        (
            "we never close",
            [_hear(1), _seal(1, 1), _open(0, 1, 1, now=_DAY), _look(99 * _DAY)],
        ),
    ]  # fmt: skip


def stepped(steps: list[Step]) -> Json:
    """Return the steps with what the side knows after each, or whether it destroys its keys."""
    line = Line(bytes(16), "", Role.INVITER, Phase.OPEN, 0)
    out = []
    for step in steps:
        now = step.get("now", BEGUN)
        match step["do"]:
            case "close" | "hear":
                author = 0 if step["do"] == "close" else 1
                event = write_event(
                    author=author, number=step["number"], seen=0, clock=0, kind=CLOSE, body=close_body()
                )
                line = heed(line, event, now)
            case "seal":
                delivery = line.delivery.framed_upto(0, now, outstanding=True, repeated=False)
                line = replace(line, delivery=delivery, ending=line.ending.framed(step["sequence"], step["held"]))
            case "open":
                owes = line.delivery.owes or step["asks"]
                delivery = replace(line.delivery, theirs=Coverage(step["acknowledged"]), owes=owes)
                line = replace(line, delivery=delivery, theirs=Coverage(step["held"]))
                line = heard_end(line, step["heard"], now)
            case _:
                out.append({**step, "destroys": line.ending.may_seal(now, owes=line.delivery.owes)})
                continue
        known = {name: getattr(line.ending, name) for name in ("ours", "theirs", "told", "done", "known")}
        out.append({**step, "after": {**known, "owes": line.delivery.owes}})
    return out


# --- what is refused --------------------------------------------------------------------------------------------------


def tombstone_defects() -> list[Defect]:
    """16.4."""
    good: list[Any] = [2, 0, 1, 0, b"", 0, TEXT, bytes(32), 1, 0]

    def changed(at: int, value: Any) -> bytes:
        return encode([*good[:at], value, *good[at + 1 :]])

    found = {
        "version": ("version 3", changed(0, 3)),
        "version-event": ("the version of an event", changed(0, 1)),
        "version-true": ("version true", changed(0, _TRUE)),
        "author": ("author 2", changed(1, 2)),
        "number": ("number 0", changed(2, 0)),
        "number-large": ("number 2^48 + 1", changed(2, 2**48 + 1)),
        "number-boolean": ("number true", changed(2, _TRUE)),
        "seen": ("seen 2^48", changed(3, 2**48)),
        "before-short": ("before of 7 bytes", changed(4, bytes(7))),
        "before-null": ("before is null", changed(4, None)),
        "clock": ("clock 2^53", changed(5, 2**53)),
        "kind": ("a kind of 65 characters", changed(6, "k" * 65)),
        "kind-bytes": ("a kind of bytes", changed(6, b"text")),
        "id-short": ("an id of 31 bytes", changed(7, bytes(31))),
        "id-long": ("an id of 33 bytes", changed(7, bytes(33))),
        "id-text": ("an id of text", changed(7, "0" * 32)),
        "why": ("reason 0", changed(8, 0)),
        "why-large": ("reason 3", changed(8, 3)),
        "why-true": ("reason true", changed(8, _TRUE)),
        "why-text": ("a reason in words", changed(8, "retracted")),
        "when": ("when 2^53", changed(9, 2**53)),
        "when-negative": ("when -1", changed(9, -1)),
        "when-null": ("no time", changed(9, None)),
        "body": ("a body is left", encode([*good[:7], b"", *good[7:]])),
        "short": ("an item is missing", encode(good[:-1])),
        "event": ("an event of version 2", encode([2, 0, 1, 0, b"", 0, TEXT, text_body("hello")])),
        "integer": ("author 0 in two bytes", b"\x8a\x02\x18\x00" + encode(good)[3:]),
        "behind": ("something behind it", encode(good) + b"\x00"),
    }
    large = changed(7, bytes(61_440))
    return [
        *bytes_defects("16.4", "malformed", {f"tombstone-{name}": value for name, value in found.items()}),
        ("tombstone-oversize", "16.4", "more than 61,440 bytes", "oversize", {"bytes": shown(large)}),
    ]

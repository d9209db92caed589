"""16.2, 16.3, 16.5: which events lose their words after an exchange."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from backchannel.app.attachment import name_of
from backchannel.app.line import Fork, Line, Phase
from backchannel.app.ports import Stored
from backchannel.app.terms import heed
from backchannel.app.tidy import tidy
from backchannel.crypto.suite import Role
from backchannel.line.delivery import Delivery
from backchannel.log.carried import CARRIED, Carried, Manner, carried_body
from backchannel.log.event import Event, write_event
from backchannel.log.file import FILE
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, text_body
from backchannel.log.retraction import RETRACT, retract_body
from backchannel.log.tombstone import Why, bury, read_kept
from backchannel.wire.codec import encode
from backchannel.wire.coverage import NOTHING, Coverage
from vectors.first.archives import BEGUN, Feed, file_of
from vectors.first.retention import CLOSED, WEEK, word
from vectors.first.seeds import text_event
from vectors.first.shown import Json, Recorded

_DAY = 24 * 3600 * 1000
NOW = BEGUN + 100 * _DAY


class Shelf:
    """As much of a vault as removing looks at, with one line in it; it is its own transaction."""

    def __init__(self, line: Line, events: list[Stored], moving: list[bytes]) -> None:
        self.kept = line
        self.events = {stored.position: stored for stored in events}
        self.moving = moving
        self.dropped: list[bytes] = []

    def line(self, _: bytes) -> Line:
        return self.kept

    def save_line(self, line: Line) -> None:
        self.kept = line

    def raw_events(self, _: bytes, author: int, first: int, last: int) -> list[bytes]:
        events = [stored.event for stored in self.events.values()]
        return [each.raw for each in events if each.author == author and first <= each.number <= last]

    def older(self, _: bytes, after: int, received: int, most: int) -> list[Stored]:
        found = [one for at, one in sorted(self.events.items()) if at > after and one.received <= received]
        return found[:most]

    def replace_raw(self, _: bytes, stone: Event) -> None:
        at = next(at for at, stored in self.events.items() if stored.event.id == stone.id)
        self.events[at] = Stored(at, self.events[at].received, stone)

    def file(self, _: bytes, name: bytes) -> Any:
        return SimpleNamespace(moving=name in map(name_of, self.moving))

    def drop_file(self, _: bytes, name: bytes) -> None:
        self.dropped.append(name)

    def save_private(self, *_: Any) -> None:
        return None

    def scrub(self) -> None:
        return None

    @contextmanager
    def work(self) -> Iterator[Any]:
        yield SimpleNamespace(transaction=self)

    @contextmanager
    def look(self) -> Iterator[Any]:
        yield self


def removed(case: dict[str, Any]) -> dict[str, Any]:
    """Return what is then held, and which retractions wait.

    Args:
        case: as it stands in the files.
    """
    events = [
        Stored(at, received, read_kept(bytes.fromhex(raw)))
        for at, (raw, received) in enumerate(case["events"], start=1)
    ]
    covered = NOTHING
    for each in events:
        covered = covered if each.event.author == case["role"] else covered.with_number(each.event.number)
    line = Line(
        bytes(16),
        "",
        Role(case["role"]),
        Phase.CLOSED if case["destroyed"] else Phase.OPEN,
        0,
        own=max((each.event.number for each in events if each.event.author == case["role"]), default=0),
        theirs=covered,
        delivery=Delivery(theirs=Coverage.from_value(case["delivered"])),
        forks=tuple(Fork(author, number, settled) for author, number, settled in case["forks"]),
        positions=len(events),
    )
    for each in events:
        line = heed(line, each.event, case["now"])
    shelf: Any = Shelf(line, events, [bytes.fromhex(one) for one in case["moving"]])
    tidy(SimpleNamespace(work=shelf.work, look=shelf.look, clock=lambda: case["now"], vault=shelf), line.id)  # type: ignore[arg-type]
    return {
        "after": [stored.event.raw.hex() for _, stored in sorted(shelf.events.items())],
        "waiting": [[author, number, name.hex(), when] for author, number, name, when in shelf.kept.retracting],
    }


def _case(what: str, events: list[Event], **more: Any) -> Json:
    received = more.pop("received", [BEGUN] * len(events))
    case: dict[str, Any] = {
        "what": what,
        "role": 0,
        "events": [[event.raw.hex(), at] for event, at in zip(events, received, strict=True)],
        "delivered": [0],
        "forks": [],
        "destroyed": False,
        "moving": [],
        "now": NOW,
        **more,
    }
    return case | removed(case)


def removal(_: Recorded) -> Json:
    """16.2, 16.3, 16.5: events in the order in which they came, and what is left of them."""
    return [*_taken_back(), *_past()]


def _back(of: Event, number: int, *, author: int | None = None, clock: int = BEGUN) -> Event:
    return write_event(
        author=of.author if author is None else author,
        number=number, seen=0, clock=clock, kind=RETRACT, body=retract_body(of),
    )  # fmt: skip


def _talk(author: int) -> list[Event]:
    feed = Feed(author)
    carried = Carried(Manner.VERBATIM, "carried", Handling.FOR_YOU_ALONE)
    return [
        feed.say(TEXT, text_body("words")),
        feed.say(CARRIED, carried_body(carried)),
        feed.say(FILE, file_of("file", b"content")),
        feed.say("table.offer.accept", encode({"v": 1})),
        feed.say(TEXT, encode({"no": "text"})),
        feed.say("something newer", b""),
    ]


def _taken_back() -> list[Json]:
    ours, theirs = _talk(0), _talk(1)
    back = [_back(event, 6 + at, clock=BEGUN + at) for at, event in enumerate(ours, start=1)]
    others = [_back(event, 6 + at, clock=BEGUN + at) for at, event in enumerate(theirs, start=1)]
    branch = text_event(1, 1, b"", "another branch")
    mine = text_event(0, 1, b"", "another branch of ours")
    stone = bury(theirs[0], Why.RETENTION, BEGUN)
    lone = _back(theirs[0], 9)
    return [
        _case("theirs", [*theirs, *others]),
        _case("ours, of which the other side has some", [*ours, *back], delivered=[2, 4, 12]),
        _case("ours, and the keys are destroyed", [*ours, *back], destroyed=True),
        _case("before what is taken back has come", [lone]),
        _case("what is taken back comes after it", [lone, theirs[0]]),
        _case("what was removed before", [stone, lone]),
        _case("ours, removed before, and not acknowledged", [bury(ours[0], Why.RETENTION, BEGUN), _back(ours[0], 2)]),
        _case("ours, of which another is held", [ours[0], _back(mine, 2)]),
        _case("ours, of which only a later one is held", [ours[2], _back(ours[0], 4)]),
        _case(
            "what the other side said", [ours[0], theirs[0], _back(ours[0], 2, author=1), _back(theirs[0], 2, author=0)]
        ),
        _case("another event is held there", [branch, lone]),
        _case("another event is held there beyond a gap", [theirs[3], _back(text_event(1, 4, b"", "no"), 9)]),
        _case("another branch is held, and the fork is not settled", [branch, lone], forks=[[1, 1, False]]),
        _case("another branch is held, and the fork is settled", [branch, lone], forks=[[1, 1, True]]),
        _case("one of two branches, not settled", [branch, theirs[0], lone], forks=[[1, 1, False]]),
        _case("one of two branches, settled", [branch, theirs[0], lone], forks=[[1, 1, True]]),
        _case(
            "both of our branches",
            [mine, ours[0], _back(mine, 2), _back(ours[0], 3)],
            delivered=[3],
            forks=[[0, 1, True]],
        ),
        _case("twice", [theirs[0], lone, _back(theirs[0], 10, clock=BEGUN + 1)]),
        _case("twice, before it has come", [lone, _back(theirs[0], 10, clock=BEGUN + 1)]),
    ]


def _past() -> list[Json]:
    ours, theirs = _talk(0), _talk(1)
    rule = [word(0, 7, 0, WEEK), word(1, 7, 7, WEEK)]
    closing = [word(0, 7, 0, CLOSED), word(1, 7, 7, CLOSED)]
    edge = NOW - 7 * _DAY
    days = [edge - 1, edge, edge + 1, edge, edge, edge]
    late = {"received": [*days, *days, NOW, NOW]}
    own = {"delivered": [2, 4, 7]}
    files = [file.id.hex() for file in (ours[2], theirs[2])]
    long_ago = {"received": [BEGUN] * 14}
    return [
        _case("nothing was agreed", [*ours, *theirs, rule[0]], received=[BEGUN] * 13, **own),
        _case("a week, to the millisecond", [*ours, *theirs, *rule], **late, delivered=[7]),
        _case("a week, seen from the other side", [*ours, *theirs, *rule], **late, role=1, delivered=[7]),
        _case("not acknowledged", [*ours, *theirs, *rule], **long_ago, **own),
        _case("not acknowledged, and the keys are destroyed", [*ours, *theirs, *rule], **long_ago, destroyed=True),
        _case(
            "forks",
            [*ours, *theirs, *rule],
            **long_ago,
            delivered=[7],
            forks=[[0, 1, False], [1, 1, True], [1, 2, False]],
        ),
        _case("files on their way", [*ours, *theirs, *rule], **long_ago, delivered=[7], moving=files[:1]),
        _case("files on their way, the other", [*ours, *theirs, *rule], **long_ago, delivered=[7], moving=files[1:]),
        _case(
            "files on their way, and the keys are destroyed",
            [*ours, *theirs, *rule],
            **long_ago,
            moving=files,
            destroyed=True,
        ),
        _case("until closed, and it is open", [*ours, *theirs, *closing], **long_ago, delivered=[7]),
        _case("until closed, and it is closed", [*ours, *theirs, *closing], **long_ago, destroyed=True),
        _case(
            "taken back and past its time",
            [ours[0], theirs[0], *rule, _back(theirs[0], 9), _back(ours[0], 9)],
            received=[BEGUN] * 6,
            delivered=[9],
        ),
        _case("taken back while its file is on its way", [ours[2], _back(ours[2], 9)], delivered=[9], moving=files[:1]),
        _case("what was removed before", [bury(theirs[0], Why.RETRACTED, 5), *rule], received=[BEGUN] * 3),
        _case("a rule that was removed is none", [theirs[0], rule[0], bury(rule[1], Why.RETENTION, 5)]),
    ]

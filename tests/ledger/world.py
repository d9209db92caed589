"""A line with two sides who make deals: events in two feeds, crossing or not, and terms to sign."""

from __future__ import annotations

from dataclasses import dataclass, field

from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.ledger.decide import Speaker
from backchannel.ledger.evolve import evolve
from backchannel.ledger.state import Ledger
from backchannel.ledger.terms import (
    Ceasefire,
    Choice,
    Clause,
    Item,
    Moment,
    Names,
    Number,
    Obligation,
    Terms,
)  # fmt: skip
from backchannel.log.event import Event, write_event
from backchannel.log.fold import fold
from backchannel.log.order import in_order

LINE = bytes(range(32))
NOW = 1_900_000_000_000
DAY = 86_400
NORTH, SOUTH = Role.INVITER, Role.JOINER
KEYS = (SigningKey.from_bytes(b"\x01" * 64), SigningKey.from_bytes(b"\x02" * 64), SigningKey.from_bytes(b"\x03" * 64))


def on_day(day: int) -> Moment:
    return Moment(NOW // 1000 + day * DAY, 180, "Somewhere/North")


TRUCE = Ceasefire(on_day(1), on_day(4), "the strip", "any shot across it", "by telephone, at once", "by both", "none")
ITEMS: tuple[Item, ...] = (
    Choice("crossing", "the northern gate"), Number("buses", 12, "buses"), Names("who", 1_000, bytes(32)),
    Clause("visits", "once a month; שלום, سلام"),
)  # fmt: skip
OWED = (
    Obligation("first", NORTH, SOUTH, "hands over 550", due=on_day(2), evidence="the carrier's list", size=550),
    Obligation("one", SOUTH, NORTH, "hands over one", within=DAY, after="first", size=1),
    Obligation("second", NORTH, SOUTH, "hands over 450", within=2 * DAY, after="one", size=450),
    Obligation("quiet", NORTH, SOUTH, "holds its fire", ceasefire=TRUCE, size=3),
    Obligation("quiet too", SOUTH, NORTH, "holds its fire", ceasefire=TRUCE, size=3),
)


def terms(**changes: object) -> Terms:
    made: dict[str, object] = {
        "title": "One for a thousand", "line": LINE, "sides": ("Side A", "Side B"), "items": ITEMS,
        "obligations": OWED,
    }  # fmt: skip
    return Terms(**(made | changes))  # type: ignore[arg-type]


@dataclass
class World:
    """Both feeds, and how far each side has the other's."""

    feeds: tuple[list[Event], list[Event]] = field(default_factory=lambda: ([], []))
    seen: list[int] = field(default_factory=lambda: [0, 0])
    now: int = NOW
    exchanging: bool = True

    def ledger(self, role: Role | None = None) -> Ledger:
        """What a side folds from what it has; everything, if no side is named."""
        if role is None:
            events = [*self.feeds[0], *self.feeds[1]]
        else:
            events = [*self.feeds[role], *self.feeds[role.other][: self.seen[role]]]
        return fold(evolve, in_order(events), Ledger(LINE))

    def speaker(self, role: Role, *, verified: bool = True) -> Speaker:
        return Speaker(role, self.now, verified)

    def said(self, role: Role, what: tuple[str, bytes]) -> Event:
        """Write an event of a side; the other has it at once, unless they are not exchanging."""
        feed = self.feeds[role]
        before = feed[-1].id[:8] if feed else b""
        event = write_event(
            author=int(role), number=len(feed) + 1, seen=self.seen[role], clock=self.now, kind=what[0], body=what[1],
            before=before,
        )  # fmt: skip
        feed.append(event)
        if self.exchanging:
            self.exchange()
        return event

    def exchange(self) -> None:
        self.seen[:] = [len(self.feeds[1]), len(self.feeds[0])]

"""The folds of deals and lists, measured: many thousand events from nothing, and one event more."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeVar

from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.ledger.deal import draft, sign
from backchannel.ledger.evolve import fold_ledger
from backchannel.ledger.kinds import Act, Body, Proposed, Said, Signed, write_body
from backchannel.ledger.list_kinds import ListBody, ListFreeze, Opened, RowsMoved, RowsProposed, write_list_body
from backchannel.ledger.listing import Listings, fold_lists
from backchannel.ledger.name_list import Limit, Row
from backchannel.ledger.row_life import Stage
from backchannel.ledger.state import Ledger
from backchannel.ledger.terms import Clause, Obligation, Terms
from backchannel.log.event import Event, write_event
from bench.rows import Row as Measured

State = TypeVar("State")

NAME: Final = "deal"
LINE: Final = bytes(32)
NORTH, SOUTH = Role.INVITER, Role.JOINER


def fold_rows(quick: bool) -> Iterator[Measured]:
    """Yield one row for each thing measured; with `quick` at a tenth of the size."""
    count = 1_000 if quick else 10_000
    told = promises(count)
    yield from _folded(f"fold of {count:,} events of a deal with 500 promises", told, fold_ledger, Ledger(LINE))
    listed = names(count)
    yield from _folded(f"fold of {count:,} events of a list of {count // 3:,}", listed, fold_lists, Listings())


class _Feeds:
    """Two sides who have always seen everything."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.count = [0, 0]

    def say(self, role: Role, said: tuple[str, bytes]) -> None:
        self.count[role] += 1
        self.events.append(
            write_event(
                author=int(role), number=self.count[role], seen=self.count[1 - role], clock=1_900_000_000_000,
                kind=said[0], body=said[1],
            )
        )  # fmt: skip


def promises(count: int) -> list[Event]:
    """Return events of a deal with 500 promises: claimed and disputed again and again, then confirmed."""
    owed = tuple(Obligation(str(one), Role(one % 2), Role(1 - one % 2), "hands over") for one in range(500))
    made = draft(Terms("A deal", LINE, ("Side A", "Side B"), (Clause("a", "b"),), owed), ["en"])
    feeds = _Feeds()

    def say(role: Role, body: Body) -> None:
        feeds.say(role, write_body(body))

    say(NORTH, Proposed(made.raw, made.languages))
    for role in Role:
        signed = sign(made.hash, role, SigningKey.from_bytes(bytes([1 + role]) * 64))
        say(role, Signed(made.hash, signed.public, signed.signature))
    rounds = (count - len(feeds.events)) // (2 * len(owed))
    for number in range(max(rounds, 1)):
        for one in owed:
            say(one.debtor, Said(Act.CLAIM, made.hash, one.id))
            say(one.creditor, Said(Act.CONFIRM if number == rounds - 1 else Act.DISPUTE, made.hash, one.id))
    return feeds.events[:count]


def names(count: int) -> list[Event]:
    """Return events of a list: proposed by the hundred, agreed one by one, frozen, and carried out one by one."""
    rows = [Row(str(one), f"Person {one} of the north", f"category {one % 10}") for one in range(count // 3)]
    feeds = _Feeds()

    def say(role: Role, body: ListBody) -> None:
        feeds.say(role, write_list_body(body))

    say(NORTH, Opened("out", NORTH, (Limit("", 0, len(rows)), Limit("category 1", 0, len(rows)))))
    for at in range(0, len(rows), 100):
        say(NORTH, RowsProposed("out", tuple(rows[at : at + 100])))
    for row in rows:
        say(SOUTH, RowsMoved("out", (row.key,), Stage.AGREED))
    listed = fold_lists(feeds.events, Listings()).of("out").names.hash
    for role in Role:
        say(role, ListFreeze("out", listed))
    for stage in (Stage.IDENTITY_CHECKED, Stage.IN_CUSTODY, Stage.HANDED_OVER):
        for row in rows:
            say(NORTH, RowsMoved("out", (row.key,), stage))
    return feeds.events[:count]


def _folded(
    label: str, events: list[Event], fold: Callable[[Iterable[Event], State], State], start: State
) -> Iterator[Measured]:
    started = time.perf_counter()
    whole = fold(events, start)
    seconds = time.perf_counter() - started
    yield Measured(NAME, label, round(seconds, 3), "s", None, None)
    before = fold(events[:-100], start)
    took = []
    for event in events[-100:]:
        started = time.perf_counter()
        before = fold([event], before)
        took.append(time.perf_counter() - started)
    assert before == whole
    yield Measured(NAME, f"{label}: one more, median", round(statistics.median(took) * 1000, 3), "ms", None, None)

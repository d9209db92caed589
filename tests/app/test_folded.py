"""What is folded bit by bit is what is folded at once, in whatever order events come and whenever somebody looks."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.app.folded import Folded
from backchannel.app.ledger import LISTS, PREFIXES, Ledgers
from backchannel.app.line import Line
from backchannel.app.lists import Lists
from backchannel.app.ports import Transaction
from backchannel.crypto.suite import Role
from backchannel.ledger.deal import draft, sign
from backchannel.ledger.evolve import fold_ledger
from backchannel.ledger.kinds import Act, Proposed, Said, Signed, write_body
from backchannel.ledger.list_kinds import (
    ListBody,
    ListFreeze,
    Opened,
    RowsMoved,
    RowsProposed,
    RowSubstituted,
    write_list_body,
)
from backchannel.ledger.listing import Listings, fold_lists
from backchannel.ledger.name_list import Limit, Row
from backchannel.ledger.row_life import Stage
from backchannel.ledger.state import Ledger
from backchannel.log.event import Event, write_event
from backchannel.log.order import in_order
from tests.ledger.world import KEYS, LINE, NOW, terms
from tests.support.world import World

DEAL = draft(terms(), ["en"])
SIGNED = [sign(DEAL.hash, role, KEYS[role]) for role in Role]
ROWS = [Row(str(number), f"Person {number}", f"category {number % 2}") for number in range(8)]
PROMISES = [one.id for one in DEAL.terms.obligations]
START = Ledger(LINE)


@dataclass
class Log:
    """What came, in the order in which it came; as much of a transaction as a fold asks for."""

    came: list[Event] = field(default_factory=list)
    asked: int = 0

    def of_kinds(self, _: bytes, beginning: str, *, after: int = 0) -> list[Event]:
        found = [event for event in self.came[after:] if event.kind.startswith(beginning)]
        self.asked += len(found)
        return in_order(found)

    def look(self, folded: Folded[Any], start: Any, positions: int | None = None) -> Any:
        line = cast("Line", _Line(len(self.came) if positions is None else positions))
        return folded.of(cast("Transaction", self), line, start)


@dataclass(frozen=True)
class _Line:
    positions: int
    id: bytes = b"line"


def talk(draw: random.Random, bodies: list[tuple[str, bytes]], count: int) -> list[Event]:
    """Events of both sides; each has seen some of the other's, and they come in any order that keeps each feed's."""
    feeds: tuple[list[Event], list[Event]] = ([], [])
    seen = [0, 0]
    for _ in range(count):
        role = draw.randrange(2)
        seen[role] = draw.randint(seen[role], len(feeds[1 - role]))
        kind, body = draw.choice(bodies)
        feeds[role].append(
            write_event(
                author=role, number=len(feeds[role]) + 1, seen=seen[role], clock=NOW + 1, kind=kind, body=body
            )
        )  # fmt: skip
    left = [list(feed) for feed in feeds]
    return [left[at].pop(0) for at in [draw.choice([0, 1]) for _ in range(99)] if left[at]] + left[0] + left[1]


SAID: list[ListBody] = [
    Opened("out", Role.INVITER, (Limit("category 0", 0, 3), Limit("", 0, 6))),
    *(RowsProposed("out", tuple(ROWS[at : at + 2])) for at in (0, 2, 4)),
    RowSubstituted("out", "1", ROWS[6]),
    *(RowsMoved("out", (str(at), str(at + 1)), stage) for at in (0, 2) for stage in Stage),
    *(RowsMoved("out", (str(at),), Stage.AGREED) for at in range(7)),
    *(RowsMoved("out", (str(at),), Stage.VETOED) for at in range(3)),
    ListFreeze("out", bytes(32)),
]
LISTED = [*map(write_list_body, SAID), ("text", b"\xa1dtexta ")]
PROMISED = [
    write_body(Proposed(DEAL.raw, ("en",))),
    *(write_body(Signed(DEAL.hash, one.public, one.signature)) for one in SIGNED),
    *(write_body(Said(act, DEAL.hash, name)) for act in Act for name in PROMISES),
    ("list.praise", b""),
]


def same(folded: Folded[Any], log: Log, fold: Any, start: Any, prefixes: tuple[str, ...]) -> None:
    found = log.look(folded, start)
    whole = fold(in_order(event for event in log.came if event.kind.startswith(prefixes)), start)
    assert found == whole
    assert shown(found) == shown(whole)


def shown(state: Any) -> list[list[str]]:
    """The order of everything that has one."""
    if isinstance(state, Ledger):
        return [[str(key) for key in part] for part in (state.deals, state.promises)]
    return [list(state.lists), *([*one.names.rows] for one in state.lists.values())]


@settings(max_examples=60, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 9), min_size=1, max_size=12))
def test_lists(draw: random.Random, looks: list[int]) -> None:
    events = talk(draw, LISTED, sum(looks))
    log, folded = Log(), Folded((LISTS,), fold_lists)
    for count in looks:
        log.came += events[len(log.came) :][:count]
        same(folded, log, fold_lists, Listings(), (LISTS,))


@settings(max_examples=40, deadline=None)
@given(st.randoms(use_true_random=False), st.lists(st.integers(1, 9), min_size=1, max_size=8))
def test_ledgers(draw: random.Random, looks: list[int]) -> None:
    begun = [
        write_event(author=int(role), number=1, seen=0, clock=NOW, kind=kind, body=body)
        for role, (kind, body) in zip((0, 1), PROMISED[:2], strict=True)
    ]
    events = [*begun, *talk(draw, PROMISED, sum(looks))]
    log, folded = Log(), Folded(PREFIXES, fold_ledger)
    for count in looks:
        log.came += events[len(log.came) :][:count]
        same(folded, log, fold_ledger, START, PREFIXES)


def test_only_what_came_since_is_asked_for_and_what_belongs_before_is_folded_anew() -> None:
    events = in_order(talk(random.Random(3), LISTED[:2], 40))
    early, *late = events
    log, folded = Log(late[:30]), Folded((LISTS,), fold_lists)
    same(folded, log, fold_lists, Listings(), (LISTS,))
    assert log.asked == 30
    log.look(folded, Listings())
    assert log.asked == 30
    log.came += late[30:34]
    same(folded, log, fold_lists, Listings(), (LISTS,))
    assert log.asked == 34
    log.came.append(early)
    same(folded, log, fold_lists, Listings(), (LISTS,))
    assert log.asked == 34 + 1 + 35


def test_a_log_that_is_shorter_or_begins_otherwise_is_folded_anew() -> None:
    events = talk(random.Random(5), PROMISED, 20)
    log, folded = Log(events), Folded(PREFIXES, fold_ledger)
    same(folded, log, fold_ledger, START, PREFIXES)
    other = replace(START, line=bytes(32))
    assert log.look(folded, other).line == bytes(32)
    log.came = events[:7]
    same(folded, log, fold_ledger, START, PREFIXES)


def test_the_lists_and_ledgers_of_a_vault(tmp_path: Path) -> None:
    world = World(root=tmp_path).opened()
    ann, _ = world.sides
    kept = [(Lists(side.desk), Ledgers(side.desk), side) for side in world.sides]
    Lists(ann.desk).act("bob", lambda *_: [Opened("out", Role.INVITER, ())])
    world.settle()
    for number in range(5):
        side, row = world.sides[number % 2], ROWS[number]
        Lists(side.desk).act(side.peer, lambda *_, row=row: [RowsProposed("out", (row,))])
        if number % 2:
            world.settle()
        for lists, ledgers, one in kept:
            assert lists.look(one.peer)[1] == Lists(one.desk).look(one.peer)[1]
            assert ledgers.look(one.peer)[1] == Ledgers(one.desk).look(one.peer)[1]
    world.settle()
    assert kept[0][0].look("bob")[1] == kept[1][0].look("ann")[1] != Listings()
    world.close()

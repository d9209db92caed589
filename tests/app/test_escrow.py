"""A guarantor's release: on both lines or on none, wherever the machine stops; and what a held signature is worth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from backchannel.app.escrow import deposits_in, held, release_both, take_deposit_back
from backchannel.app.exchange import exchange
from backchannel.app.invite import invite
from backchannel.app.join import join
from backchannel.app.third import look_at, say_there
from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused, NotVerified
from backchannel.ledger.deal import draft, sign
from backchannel.ledger.third import Holding
from backchannel.ledger.third_decide import deposit
from backchannel.ledger.third_kinds import RELEASE
from backchannel.transport.memory import Boxes, MemoryTransport
from tests.ledger.world import KEYS, terms
from tests.support.crash import Crash
from tests.support.world import AGES, START, Side

DRAFT = draft(terms(), ("en", "he"))
H = DRAFT.hash
KEY4 = SigningKey.from_bytes(b"\x04" * 64)


@dataclass
class Three:
    """The guarantor, with a line to each of two sides."""

    gil: Side
    sides: tuple[Side, Side]
    boxes: Boxes
    now: int = START

    def meet(self) -> None:
        for _ in range(3):
            for person in (self.gil, *self.sides):
                with person.vault.read() as transaction:
                    lines = transaction.lines()
                for line in lines:
                    exchange(person.desk, line, [MemoryTransport(self.boxes)])

    def deposits(self, role: Role, key: SigningKey) -> None:
        side = self.sides[role]
        with side.desk.work() as work:
            line = work.transaction.line_named("gil")
            made = sign(H, role, key)
            say_there(work, line, self.now, lambda there, me: deposit(there, me, DRAFT, made))
        self.meet()

    def released_on(self) -> list[int]:
        """How many releases Gil's vault has on each line."""
        with self.gil.vault.read() as transaction:
            lines = [transaction.line_named(name) for name in ("north", "south")]
            return [len(transaction.of_kinds(line.id, RELEASE)) for line in lines]

    def release(self) -> None:
        release_both(self.gil.desk, ("north", "south"), H.hex(), H, "A third state")


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    world = Three(
        Side(tmp_path / "gil", "north", lambda: START),
        (Side(tmp_path / "north", "gil", lambda: START), Side(tmp_path / "south", "gil", lambda: START)),
        {},
    )
    for side, name in zip(world.sides, ("north", "south"), strict=True):
        join(side.desk, "gil", invite(world.gil.desk, name, [], AGES).encode())
    world.meet()
    for person in (world.gil, *world.sides):
        with person.desk.work() as work:
            for line in work.transaction.lines():
                work.transaction.save_line(replace(line, verified=START))
    yield world
    for person in (world.gil, *world.sides):
        person.vault.close()


def test_a_crash_at_any_step_of_a_release_leaves_it_on_both_lines_or_on_none(three: Three) -> None:
    for role in Role:
        three.deposits(role, KEYS[role])
    before = three.gil.vault.rows()
    places: list[str] = []
    while True:
        three.gil.fuse.light(len(places) + 1)
        with pytest.raises(Crash) as crash:
            three.release()
        places.append(str(crash.value))
        three.gil.restart()
        if places[-1] == "committed":
            break
        assert three.gil.vault.rows() == before, places[-1]
        assert three.released_on() == [0, 0]
    assert places.count("append") == places.count("save_line") == 2
    assert three.released_on() == [1, 1]
    with pytest.raises(DealRefused):
        three.release()
    three.meet()
    found = [look_at(side.desk, "gil")[1].deposit(H) for side in three.sides]
    assert [one.holding for one in found] == [Holding.RELEASED] * 2
    first, second = (one.released[0] for one in found if one.released is not None)
    assert first == second
    assert [one.role for one in first.both] == list(Role)


def test_nothing_is_released_that_is_not_held_for_both(three: Three) -> None:
    for names in (("north", "south"), ("south", "north")):
        with pytest.raises(DealRefused):
            release_both(three.gil.desk, names, H.hex(), H, "G")
    three.deposits(Role.INVITER, KEYS[0])
    (one,) = held(three.gil.desk)
    assert not one.ready
    with pytest.raises(DealRefused, match="south has deposited no signature"):
        three.release()
    with pytest.raises(DealRefused, match="no deal"):
        release_both(three.gil.desk, ("south", "north"), H.hex(), H, "G")
    three.deposits(Role.JOINER, KEYS[1])
    assert held(three.gil.desk)[0].ready
    with pytest.raises(DealRefused, match="another text"):
        release_both(three.gil.desk, ("north", "south"), H.hex(), bytes(32), "G")
    assert three.released_on() == [0, 0]


def test_a_side_that_took_back_may_deposit_anew(three: Three) -> None:
    for role in Role:
        three.deposits(role, KEYS[role])
    take_deposit_back(three.sides[1].desk, "gil", H.hex())
    three.meet()
    with pytest.raises(DealRefused, match="south is taken back"):
        three.release()
    three.deposits(Role.JOINER, KEY4)
    three.release()
    three.meet()
    last = look_at(three.sides[0].desk, "gil")[1].deposit(H)
    assert last.released is not None
    assert last.released[0].both[1].public == KEY4.public()
    with three.sides[1].vault.read() as transaction:
        standing = [one.holding for _, one in deposits_in(transaction, mine=True)]
    assert standing == [Holding.TAKEN_BACK, Holding.RELEASED]


def test_nothing_is_released_on_a_line_that_is_not_verified(three: Three) -> None:
    for role in Role:
        three.deposits(role, KEYS[role])
    with three.gil.desk.work() as work:
        work.transaction.save_line(replace(work.transaction.line_named("south"), verified=None))
    with pytest.raises(NotVerified):
        three.release()
    assert three.released_on() == [0, 0]

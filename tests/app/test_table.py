"""The table over real vaults and a bad wire: one state on both sides, folded bit by bit or at once."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from backchannel.app.line import Line
from backchannel.app.table import Tables
from backchannel.errors import BackchannelError, InputRefused, LineUnknown, WrongSide
from backchannel.table.acts import AcceptOffer, Act, Add, AgreeIssues, MakeOffer, OfferKind, ProposeIssues
from backchannel.table.evolve import table_of
from backchannel.table.model import Table
from backchannel.transport.faulty import Faults
from tests.support.world import Side, World
from tests.table.world import ALL, CHOOSES, OFFERS, ORDER, PEOPLE

BAD = Faults(drop=0.3, double=0.2, reorder=0.3, delay=0.3)


class Impossible(Exception):
    """Nothing of that kind can be done now."""


def tries(tables: Tables, side: Side, draw: random.Random) -> None:
    """One act, if it is possible: chosen from what this side sees."""
    what, at, more = draw.choice([*OFFERS, *ALL]), draw.randrange(8), draw.randrange(12)

    def choose(line: Line, table: Table) -> Act:
        act = CHOOSES[what](table, int(line.role), at, more)
        if act is None:
            raise Impossible
        return act

    before = side.raws()
    try:
        tables.act(side.peer, choose)
    except (InputRefused, Impossible):
        assert side.raws() == before


@pytest.mark.parametrize("seed", range(4))
def test_both_sides_end_with_the_same_table_whatever_the_wire_does(tmp_path: Path, seed: int) -> None:
    world = World(root=tmp_path).opened()
    for side in world.sides:
        line = replace(side.line, verified=world.now)
        with side.desk.work() as work:
            work.transaction.save_line(line)
    tables = {side.peer: Tables(side.desk) for side in world.sides}
    draw = random.Random(seed)
    ann, bob = world.sides
    event, _ = tables["bob"].act("bob", lambda *_: ProposeIssues((Add(PEOPLE), Add(ORDER))))
    world.settle()
    tables["ann"].act("ann", lambda *_: AgreeIssues(event.id))
    world.settle()
    for _ in range(60):
        side = draw.choice(world.sides)
        tries(tables[side.peer], side, draw)
        if draw.random() < 0.3:
            side.say("and some talk between")
        if draw.random() < 0.5:
            world.exchange(side, BAD)
        assert tables[side.peer].look(side.peer)[1] == table_of(stored.event for stored in side.log())
    world.settle()
    assert world.settled()
    mine, theirs = (tables[side.peer].look(side.peer)[1] for side in (ann, bob))
    assert mine == theirs == table_of(stored.event for stored in ann.log())
    assert len(mine.offers) > 2
    world.close()


def test_an_act_that_is_refused_leaves_no_trace(tmp_path: Path) -> None:
    world = World(root=tmp_path).opened()
    tables = Tables(world.ann.desk)
    event, table = tables.act("bob", lambda *_: ProposeIssues((Add(PEOPLE),)))
    assert event.id in table.proposals
    before = world.ann.vault.rows()
    for act in (AgreeIssues(event.id), AcceptOffer(bytes(32)), MakeOffer(OfferKind.BINDING, {bytes(8): 1})):
        with pytest.raises(BackchannelError):
            tables.act("bob", lambda *_, act=act: act)
    assert world.ann.vault.rows() == before
    with pytest.raises(WrongSide):
        tables.act("bob", lambda *_: AgreeIssues(event.id))
    with pytest.raises(LineUnknown):
        tables.look("nobody")
    world.close()

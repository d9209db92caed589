"""The laws of the table, over anything that two people could do."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.log.order import in_order
from backchannel.table.acts import AcceptOffer, DecideText, Settle
from backchannel.table.bodies import read_act
from backchannel.table.evolve import evolve, table_of
from backchannel.table.model import EMPTY, Reason, Table
from backchannel.table.status import OfferStatus, status
from tests.table.world import ALL, OFFERS, Step, World, play, steps

FEW = settings(max_examples=40, deadline=None)
SOON = 1_900_000_000_000


@FEW
@given(steps(ALL), st.integers(0, 2**32))
def test_any_order_of_arrival_makes_the_same_table(moves: list[Step], seed: int) -> None:
    events = play(moves).events
    expected = reduce(evolve, in_order(events), EMPTY)
    Random(seed).shuffle(events)
    assert table_of(events) == expected


@FEW
@given(steps(ALL))
def test_evolve_leaves_the_state_as_it_was(moves: list[Step]) -> None:
    state, before = EMPTY, repr(EMPTY)
    for event in in_order(play(moves).events):
        after = evolve(state, event)
        assert repr(state) == before
        state, before = after, repr(after)


@FEW
@given(steps(ALL, 40))
def test_nothing_is_agreed_without_an_explicit_act_of_each_side(moves: list[Step]) -> None:
    world = play(moves)
    acts = {event.id: (event.author, read_act(event.kind, event.body)) for event in world.events}
    table = world.table
    for agreement in table.agreements:
        standing = table.offers[agreement.offer]
        if len(agreement.by) == 1:
            author, act = acts[agreement.by[0].id]
            assert author != standing.trace.author
            assert act == AcceptOffer(agreement.offer)
        else:
            assert [acts[trace.id] for trace in agreement.by] == [
                (0, Settle(agreement.offer)),
                (1, Settle(agreement.offer)),
            ]
            assert standing.accepted is not None
            assert acts[standing.accepted.id] == (1 - standing.trace.author, AcceptOffer(agreement.offer))
    for one in table.texts:
        assert {acts[trace.id] for trace, _ in table.drafts[one].words.values()} == {
            (0, DecideText(one, yes=True)),
            (1, DecideText(one, yes=True)),
        }


def crossings(world: World) -> Iterator[bytes]:
    """Offers of which an acceptance and the withdrawal did not know of each other."""
    for identity, one in world.table.offers.items():
        for acceptance in (one.accepted, one.provisional):
            if one.withdrawn and acceptance and not (one.withdrawn.knew(acceptance) or acceptance.knew(one.withdrawn)):
                yield identity


@FEW
@given(steps(["make", "accept", "withdraw"], 40))
def test_a_withdrawal_that_crossed_with_an_acceptance_is_contested(moves: list[Step]) -> None:
    world = play(moves)
    table = world.table
    for identity in crossings(world):
        assert table.contest is not None
        assert identity in table.contest.offers
        assert status(table, table.offers[identity], SOON) is OfferStatus.CONTESTED
        assert table.agreement is None or table.agreement.offer != identity


def mirrored(table: Table, *, swapped: bool) -> object:
    """What became of everything, without the ids, as whoever made the first proposal sees it."""

    def who(author: int) -> int:
        return 1 - author if swapped else author

    names = {identity: (who(one.trace.author), one.trace.number) for identity, one in table.offers.items()}
    texts = {identity: (who(one.trace.author), one.trace.number) for identity, one in table.drafts.items()}
    contest = table.contest
    return (
        {names[identity]: status(table, one, SOON) for identity, one in table.offers.items()},
        [names[one.offer] for one in table.agreements],
        contest
        and (
            {names[one] for one in contest.offers},
            {(who(one.author), one.number) for one in contest.acts},
            {who(author): outcome and names[outcome] for author, (_, outcome) in contest.words.items()},
        ),
        {texts[one] for one in table.heads},
        {texts[one] for one in table.texts},
        # A word that came before what it had not seen is dropped in silence, one that came after is ignored.
        {
            (who(one.trace.author), one.trace.number, one.reason)
            for one in table.ignored
            if one.reason is not Reason.UNSEEN
        },
    )


@settings(max_examples=80, deadline=None)
@given(steps([*OFFERS, "text", "decide"], 40))
def test_neither_role_wins_by_being_what_it_is(moves: list[Step]) -> None:
    one, other = play(moves), play(moves, swapped=True)
    assert len(one.events) == len(other.events)
    assert mirrored(one.table, swapped=False) == mirrored(other.table, swapped=True)


@settings(max_examples=80, deadline=None)
@given(steps(ALL, 40))
def test_what_honest_people_do_counts(moves: list[Step]) -> None:
    """What a program let its owner do is not ignored later, but where the same was done twice or the word was late."""
    table = play(moves).table
    assert {one.reason for one in table.ignored} <= {
        Reason.ANSWERED,  # a proposal that was declined and agreed to, or taken back
        Reason.UNSEEN,  # a word on a contest that had grown
        Reason.NOT_CONTESTED,
    }

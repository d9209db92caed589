"""Offers, one story at a time: what stands, what is agreed, what crossed, and what counts for nothing."""

from __future__ import annotations

import pytest

from backchannel.errors import Contested, NotVerified, OfferClosed, OfferExpired, TableRefused, WrongSide
from backchannel.table.acts import (
    AcceptOffer,
    Add,
    AgreeIssues,
    Close,
    OfferKind,
    ProposeIssues,
    RejectOffer,
    Settle,
    Until,
    WithdrawOffer,
)
from backchannel.table.model import Reason
from backchannel.table.status import OfferStatus, covers_agenda, status, waiting_for
from tests.table.world import HOUR, PLACE_ISSUE, World, at_table

SOON = 1_900_000_000_000


def how(world: World, offer: bytes, now: int = SOON) -> OfferStatus:
    table = world.table
    return status(table, table.offers[offer], now)


def why(world: World) -> list[Reason]:
    return [one.reason for one in world.table.ignored]


def whole(world: World, versions: list[bytes], people: int = 5, who: int = 0) -> bytes:
    offer = world.offer(who, {versions[0]: people, versions[1]: "in phases"})
    world.meet()
    return offer


def test_a_whole_package_is_agreed_by_one_who_offers_and_one_who_accepts() -> None:
    world, versions = at_table()
    offer = whole(world, versions)
    assert not world.table.agreements
    accepted = world.does(1, AcceptOffer(offer))
    agreement = world.table.agreement
    assert agreement is not None
    assert (agreement.offer, [trace.id for trace in agreement.by]) == (offer, [accepted])
    assert how(world, offer) is OfferStatus.AGREED


def test_what_is_accepted_in_part_stays_provisional() -> None:
    world, versions = at_table()
    offer = whole(world, versions)
    part = world.offer(0, {versions[0]: 9})
    world.meet()
    world.does(1, AcceptOffer(offer, (versions[0],)))
    world.does(1, AcceptOffer(part, (versions[0],)))
    with pytest.raises(TableRefused):
        world.does(1, AcceptOffer(part))
    assert world.table.agreements == ()
    assert how(world, offer) is how(world, part) is OfferStatus.PROVISIONAL
    assert not covers_agenda(world.table, world.table.offers[part])
    world.meet()
    world.does(0, WithdrawOffer(part))
    world.does(1, AcceptOffer(offer))
    assert how(world, part) is OfferStatus.WITHDRAWN
    assert how(world, offer) is OfferStatus.AGREED


def test_what_is_agreed_cannot_be_withdrawn_or_rejected() -> None:
    world, versions = at_table()
    offer = whole(world, versions)
    world.does(1, AcceptOffer(offer))
    world.meet()
    for who, act in ((0, WithdrawOffer(offer)), (1, RejectOffer(offer)), (1, AcceptOffer(offer))):
        with pytest.raises(OfferClosed):
            world.does(who, act)
        world.forces(who, act)
    assert how(world, offer) is OfferStatus.AGREED
    assert why(world) == [Reason.AGREED] * 3


def test_an_agreement_closes_what_was_offered_before_it_and_can_be_replaced_by_what_is_offered_after() -> None:
    world, versions = at_table()
    offer, other = whole(world, versions), whole(world, versions, 7)
    world.does(1, AcceptOffer(offer))
    with pytest.raises(OfferClosed):
        world.does(1, AcceptOffer(other))
    assert how(world, other) is OfferStatus.LAPSED
    world.meet()
    better = whole(world, versions, 9, who=1)
    world.does(0, AcceptOffer(better))
    assert (how(world, offer), how(world, better)) == (OfferStatus.REPLACED, OfferStatus.AGREED)


@pytest.mark.parametrize("author", [0, 1])
@pytest.mark.parametrize("partly", [False, True])
def test_a_withdrawal_and_an_acceptance_that_crossed_are_contested(author: int, partly: bool) -> None:
    world, versions = at_table()
    offer = whole(world, versions, who=author)
    withdrawn = world.does(author, WithdrawOffer(offer))
    accepted = world.does(1 - author, AcceptOffer(offer, (versions[0],) if partly else None))
    contest = world.table.contest
    assert contest is not None
    assert {trace.id for trace in contest.acts} == {withdrawn, accepted}
    assert world.table.agreement is None
    world.meet()
    for who in (0, 1):
        assert waiting_for(world.table, who, SOON).settle
    world.does(0, Settle(offer))
    world.does(1, Settle(offer))
    assert how(world, offer) is (OfferStatus.PROVISIONAL if partly else OfferStatus.AGREED)
    world.meet()
    assert waiting_for(world.table, 0, SOON).nothing is True


def test_two_different_acceptances_that_crossed_are_contested_and_one_is_settled_on() -> None:
    world, versions = at_table()
    one, two = whole(world, versions), whole(world, versions, 9, who=1)
    world.does(1, AcceptOffer(one))
    world.does(0, AcceptOffer(two))
    world.meet()
    assert how(world, one) is how(world, two) is OfferStatus.CONTESTED
    third = whole(world, versions, 11)
    with pytest.raises(Contested):
        world.does(1, AcceptOffer(third))
    world.does(0, Settle(one))
    world.does(1, Settle(None))
    assert how(world, one) is OfferStatus.CONTESTED
    world.meet()
    world.does(0, Settle(None))
    assert how(world, one) is how(world, two) is OfferStatus.FALLEN
    assert world.table.agreement is None
    world.meet()
    world.does(1, AcceptOffer(third))
    assert how(world, third) is OfferStatus.AGREED


@pytest.mark.parametrize("one", [0, 1])
def test_words_on_a_contest_that_crossed_do_not_settle_it_one_way_for_one_and_another_for_the_other(one: int) -> None:
    two = 1 - one
    world, versions = at_table()
    offer = whole(world, versions, who=one)
    world.does(one, WithdrawOffer(offer))
    world.does(two, AcceptOffer(offer))
    world.meet()
    world.does(one, Settle(None))
    world.hears(two)
    world.does(one, Settle(offer))
    world.does(two, Settle(None))
    assert world.view(two).contest is None
    contest = world.table.contest
    assert contest is not None
    assert {author: word[1] for author, word in contest.words.items()} == {one: offer, two: None}
    world.meet()
    world.does(two, Settle(offer))
    assert how(world, offer) is OfferStatus.AGREED


@pytest.mark.parametrize("talk", [0, 5])
@pytest.mark.parametrize("one", [0, 1])
def test_what_crosses_with_a_contest_joins_it_and_a_word_that_did_not_know_of_it_is_dropped(
    one: int, talk: int
) -> None:
    two = 1 - one
    world, versions = at_table()
    mine, theirs = whole(world, versions, who=one), whole(world, versions, 9, who=two)
    world.does(one, WithdrawOffer(mine))
    world.does(one, AcceptOffer(theirs))
    world.does(two, AcceptOffer(mine))
    assert how(world, mine) is how(world, theirs) is OfferStatus.CONTESTED
    assert world.table.agreement is None
    world.hears(one)
    world.does(one, Settle(theirs))
    for at in range(talk):  # so that what follows stands behind the word, not before it
        world.offer(two, {versions[0]: at})
    withdrawn = world.does(two, WithdrawOffer(theirs))
    world.hears(two)
    world.does(two, Settle(theirs))
    contest = world.table.contest
    assert contest is not None
    assert withdrawn in {trace.id for trace in contest.acts}
    assert set(contest.words) == {two}
    world.meet()
    world.does(one, Settle(theirs))
    assert how(world, theirs) is OfferStatus.AGREED
    assert how(world, mine) is OfferStatus.FALLEN


@pytest.mark.parametrize("one", [0, 1])
@pytest.mark.parametrize("what", ["add", "close"])
def test_an_agenda_that_changed_while_the_whole_was_accepted_contests_it(what: str, one: int) -> None:
    two = 1 - one
    world, versions = at_table()
    offer = whole(world, versions, who=one)
    change = Add(PLACE_ISSUE) if what == "add" else Close(versions[1])
    proposal = world.does(two, ProposeIssues((change,)))
    world.hears(one)
    world.does(one, AgreeIssues(proposal))
    world.does(two, AcceptOffer(offer))
    assert how(world, offer) is OfferStatus.CONTESTED
    world.meet()
    world.does(one, Settle(offer))
    world.does(two, Settle(offer))
    assert how(world, offer) is OfferStatus.AGREED


def test_a_change_after_the_agreement_leaves_it_alone() -> None:
    world, versions = at_table()
    offer = whole(world, versions)
    world.does(1, AcceptOffer(offer))
    world.meet()
    proposal = world.does(1, ProposeIssues((Close(versions[1]),)))
    world.meet()
    world.does(0, AgreeIssues(proposal))
    assert how(world, offer) is OfferStatus.AGREED


def test_expiry_is_asked_with_a_time_and_is_no_event() -> None:
    world, versions = at_table()
    until = Until(world.clock + HOUR, 120)
    offer = world.offer(0, {versions[0]: 5, versions[1]: "in phases"}, until=until)
    world.meet()
    assert how(world, offer, until.moment) is OfferStatus.STANDING
    assert how(world, offer, until.moment + 1) is OfferStatus.EXPIRED
    world.clock = until.moment + 1
    with pytest.raises(OfferExpired):
        world.does(1, AcceptOffer(offer))
    world.forces(1, AcceptOffer(offer))
    assert why(world) == [Reason.EXPIRED]
    with pytest.raises(OfferExpired):
        world.offer(0, {versions[0]: 5}, until=until)


def test_nothing_binding_before_the_line_is_verified() -> None:
    world, versions = at_table()
    offer = world.offer(0, {versions[0]: 5, versions[1]: "in phases"}, kind=OfferKind.BINDING)
    world.meet()
    world.verified = False
    with pytest.raises(NotVerified):
        world.does(1, AcceptOffer(offer))
    with pytest.raises(NotVerified):
        world.offer(1, {versions[0]: 5}, kind=OfferKind.BINDING)
    world.does(1, AcceptOffer(offer, (versions[0],)))
    world.offer(1, {versions[0]: 5})


def test_one_cannot_agree_with_oneself() -> None:
    world, versions = at_table()
    offer = whole(world, versions)
    with pytest.raises(WrongSide):
        world.does(0, AcceptOffer(offer))
    world.forces(0, AcceptOffer(offer))
    assert why(world) == [Reason.OWN_OFFER]
    assert world.table.agreement is None


def test_an_act_on_what_its_author_cannot_have_seen_counts_for_nothing() -> None:
    world, versions = at_table()
    offer = world.offer(0, {versions[0]: 5, versions[1]: "in phases"})
    world.forces(1, AcceptOffer(offer))
    assert why(world) == [Reason.UNKNOWN_OFFER]
    assert world.table.agreement is None


def test_who_waits_for_whom() -> None:
    world, versions = at_table()
    one, two = whole(world, versions), world.offer(0, {versions[0]: 1})
    world.meet()
    counter = world.offer(1, {versions[0]: 2}, replies_to=two)
    table = world.table
    assert [standing.trace.id for standing in waiting_for(table, 1, SOON).offers] == [one]
    assert [standing.trace.id for standing in waiting_for(table, 0, SOON).offers] == [counter]
    assert table.offers[two].replies == (counter,)

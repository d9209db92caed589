"""The agenda: nothing is on it that one side alone wanted, and changes that crossed end the same for both."""

from __future__ import annotations

import pytest

from backchannel.errors import IssueClosed, IssueUnknown, TableRefused, TableUnknown, WrongSide
from backchannel.table.acts import Add, AgreeIssues, Close, DeclineIssues, MakeOffer, OfferKind, ProposeIssues, Replace
from backchannel.table.agenda import version_id
from backchannel.table.issue import Issue, IssueType
from backchannel.table.model import ProposalState, Reason
from backchannel.table.status import OfferStatus, status
from tests.table.world import NAMES, ORDER, PEOPLE, PLACE_ISSUE, World, at_table

FEWER = Issue("people", {"en": "Fewer people"}, IssueType.RANGE, least=0, most=10)


def keys(world: World) -> list[str]:
    return [version.definition.key for version in world.table.on_agenda()]


def test_an_issue_is_on_the_agenda_once_the_other_side_agrees() -> None:
    world = World()
    proposal = world.does(0, ProposeIssues((Add(PEOPLE), Add(ORDER))))
    world.hears(1)
    assert keys(world) == []
    with pytest.raises(WrongSide):
        world.does(0, AgreeIssues(proposal))
    world.does(1, AgreeIssues(proposal))
    assert keys(world) == ["people", "order"]
    assert list(world.table.agenda) == [version_id(proposal, 0), version_id(proposal, 1)]


def test_an_issue_keeps_its_id_and_its_place_when_it_changes() -> None:
    world, (people, order) = at_table()
    proposal = world.does(1, ProposeIssues((Replace(people, FEWER), Add(NAMES))))
    world.meet()
    world.does(0, AgreeIssues(proposal))
    table = world.table
    assert list(table.agenda) == [people, order, version_id(proposal, 1)]
    assert table.agenda[people] == version_id(proposal, 0)
    assert table.versions[people].ended is not None
    world.meet()
    with pytest.raises(IssueClosed):
        world.does(0, MakeOffer(OfferKind.PROPOSAL, {people: 5}))
    with pytest.raises(IssueUnknown):
        world.does(0, MakeOffer(OfferKind.PROPOSAL, {b"no issue": 5}))


def test_what_was_declined_or_taken_back_cannot_be_agreed() -> None:
    world, _ = at_table()
    one = world.does(0, ProposeIssues((Add(NAMES),)))
    two = world.does(0, ProposeIssues((Add(PLACE_ISSUE),)))
    world.does(0, DeclineIssues(two))
    world.meet()
    world.does(1, DeclineIssues(one))
    for proposal in (one, two):
        with pytest.raises(TableRefused):
            world.does(1, AgreeIssues(proposal))
    with pytest.raises(TableUnknown):
        world.does(1, AgreeIssues(bytes(32)))
    table = world.table
    assert (table.proposals[one].state, table.proposals[two].state) == (ProposalState.DECLINED, ProposalState.WITHDRAWN)


@pytest.mark.parametrize("first", [0, 1])
def test_a_taking_back_that_crossed_with_the_agreement_comes_too_late(first: int) -> None:
    world, _ = at_table()
    proposal = world.does(first, ProposeIssues((Add(NAMES),)))
    world.meet()
    world.does(first, DeclineIssues(proposal))
    world.does(1 - first, AgreeIssues(proposal))
    assert keys(world) == ["people", "order", "named"]
    assert world.table.proposals[proposal].state is ProposalState.AGREED


def test_of_two_changes_that_crossed_the_first_in_the_order_stands_on_both_sides() -> None:
    world, (people, _) = at_table()
    one = world.does(0, ProposeIssues((Replace(people, FEWER),)))
    two = world.does(1, ProposeIssues((Close(people), Add(NAMES))))
    world.meet()
    world.does(0, AgreeIssues(two))
    world.does(1, AgreeIssues(one))
    mine, theirs = world.view(0), world.view(1)
    assert [one.definition.key for one in mine.on_agenda()] == ["order", "named"]
    assert [one.definition.title_in() for one in theirs.on_agenda()] == ["Fewer people", "Order"]
    standing = MakeOffer(OfferKind.PROPOSAL, {version_id(one, 0): 5})
    offer = world.does(1, standing)
    world.meet()
    assert world.view(0) == world.view(1) == world.table
    assert world.table.proposals[two].state is ProposalState.AGREED
    assert world.table.proposals[one].state is ProposalState.OVERTAKEN
    assert status(world.table, world.table.offers[offer], 0) is OfferStatus.OVERTAKEN
    assert not world.table.ignored


def test_the_same_template_proposed_by_both_is_on_the_agenda_once() -> None:
    world = World()
    one = world.does(0, ProposeIssues((Add(PEOPLE), Add(ORDER))))
    two = world.does(1, ProposeIssues((Add(PEOPLE), Add(ORDER))))
    world.meet()
    world.does(0, AgreeIssues(two))
    world.does(1, AgreeIssues(one))
    assert keys(world) == ["people", "order"]
    assert {one.state for one in world.table.proposals.values()} == {ProposalState.AGREED, ProposalState.OVERTAKEN}


def test_two_issues_cannot_have_one_key() -> None:
    world, (people, order) = at_table()
    for changes in (
        (Add(Issue("PEOPLE", {"en": "x"}, IssueType.CLAUSE)),),
        (Add(NAMES), Add(NAMES)),
        (Replace(order, Issue("People", {"en": "x"}, IssueType.CLAUSE)),),
    ):
        with pytest.raises(TableRefused):
            world.does(0, ProposeIssues(changes))
        world.forces(0, ProposeIssues(changes))
    assert {one.reason for one in world.table.ignored} == {Reason.KEY_TAKEN}
    world.does(0, ProposeIssues((Close(people), Add(Issue("people", {"en": "x"}, IssueType.CLAUSE)))))


def test_the_agenda_has_an_end() -> None:
    world = World()
    for at in range(4):
        issues = [Issue(f"i{at}-{number}", {"en": "x"}, IssueType.CLAUSE) for number in range(64)]
        world.agenda(*issues)
    with pytest.raises(TableRefused, match="full"):
        world.does(0, ProposeIssues((Add(PEOPLE),)))

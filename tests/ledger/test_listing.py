"""Lists between two sides: who may say what, closing by both, and the same fold on both sides."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.suite import Role
from backchannel.errors import (
    BackchannelError,
    LimitBroken,
    ListFrozen,
    ListRefused,
    Malformed,
    MoveRefused,
    NotYoursToSay,
    TermsRefused,
)  # fmt: skip
from backchannel.ledger.list_kinds import (
    LIST_KINDS,
    ListBody,
    ListFreeze,
    Opened,
    RowsMoved,
    RowsProposed,
    RowSubstituted,
    read_list_body,
    write_list_body,
)  # fmt: skip
from backchannel.ledger.listing import Listings, check_lists, decide_list, evolve_lists
from backchannel.ledger.name_list import Limit, Row
from backchannel.ledger.row_life import GOING, Stage
from backchannel.ledger.terms import Names
from backchannel.log.event import Event
from backchannel.log.fold import fold
from backchannel.log.order import in_order
from backchannel.wire.codec import encode
from tests.ledger.world import NORTH, SOUTH, World, terms

A, B, C = Row("a", "Salim", "wounded"), Row("b", "نادر", "wounded"), Row("c", "טלאל", "elderly", "1950", "x")
LIMITS = (Limit("wounded", 1, 1), Limit("", 1, 2))


class Room(World):
    """A world whose events are about lists."""

    def lists(self, role: Role | None = None) -> Listings:
        if role is None:
            events = [*self.feeds[0], *self.feeds[1]]
        else:
            events = [*self.feeds[role], *self.feeds[role.other][: self.seen[role]]]
        return fold(evolve_lists, in_order(events), Listings())

    def tell(self, role: Role, body: ListBody) -> Event:
        return self.said(role, decide_list(self.lists(role), role, self.now, body))

    def moved(self, role: Role, stage: Stage, *keys: str) -> Event:
        return self.tell(role, RowsMoved("who", keys, stage))

    def closed(self, role: Role) -> Event:
        return self.tell(role, ListFreeze("who", self.lists(role).of("who").names.hash))


def proposed() -> Room:
    room = Room()
    room.tell(SOUTH, Opened("who", NORTH, LIMITS))
    room.tell(SOUTH, RowsProposed("who", (A, B, C)))
    return room


def agreed() -> Room:
    room = proposed()
    room.moved(NORTH, Stage.VETOED, "b")
    room.moved(NORTH, Stage.AGREED, "a", "c")
    return room


def frozen() -> Room:
    room = agreed()
    room.closed(NORTH)
    assert not room.lists().of("who").names.frozen
    room.closed(SOUTH)
    assert room.lists().of("who").names.frozen
    return room


def test_from_proposed_to_the_family_told() -> None:
    room = frozen()
    for stage in (
        Stage.IDENTITY_CHECKED,
        Stage.PROOF_OF_LIFE,
        Stage.MEDICAL_CHECK,
        Stage.IN_CUSTODY,
        Stage.HANDED_OVER,
    ):
        room.moved(NORTH, stage, "a", "c")
    for stage in (Stage.CONFIRMED, Stage.FAMILY_TOLD):
        room.moved(SOUTH, stage, "a", "c")
    found = room.lists().of("who")
    assert {row.stage for row in found.names.going} == {Stage.FAMILY_TOLD}
    assert room.lists(NORTH) == room.lists(SOUTH)
    assert not room.lists().ignored


@pytest.mark.parametrize(
    ("role", "body", "error"),
    [
        (SOUTH, Opened("who", NORTH, ()), ListRefused),
        (SOUTH, Opened(" ", NORTH, ()), ListRefused),
        (SOUTH, Opened("more", NORTH, (Limit("", 2, 1),)), ListRefused),
        (SOUTH, RowsProposed("nothing", (A,)), ListRefused),
        (NORTH, RowsProposed("who", (Row("z", "SALIM"),)), ListRefused),
        (SOUTH, RowsMoved("who", ("a",), Stage.AGREED), NotYoursToSay),
        (NORTH, RowsMoved("who", ("a", "b"), Stage.AGREED), LimitBroken),
        (NORTH, RowsMoved("who", ("a", "a"), Stage.AGREED), ListRefused),
        (NORTH, RowsMoved("who", (), Stage.AGREED), ListRefused),
        (NORTH, RowsMoved("who", ("z",), Stage.AGREED), ListRefused),
        (NORTH, RowsMoved("who", ("a",), Stage.IDENTITY_CHECKED), MoveRefused),
        (NORTH, ListFreeze("who", bytes(32)), MoveRefused),
    ],
)
def test_what_cannot_be_said_of_rows_that_are_proposed(
    role: Role, body: ListBody, error: type[BackchannelError]
) -> None:
    room = proposed()
    with pytest.raises(error):
        room.tell(role, body)


def test_a_veto_is_lifted_by_the_side_that_made_it() -> None:
    room = proposed()
    room.moved(NORTH, Stage.VETOED, "b")
    with pytest.raises(NotYoursToSay):
        room.moved(SOUTH, Stage.PROPOSED, "b")
    room.moved(NORTH, Stage.PROPOSED, "b")
    room.moved(NORTH, Stage.AGREED, "b")


def test_a_substitute_is_agreed_by_the_other_side() -> None:
    room = agreed()
    room.tell(NORTH, RowSubstituted("who", "a", Row("d", "Samir", "wounded")))
    with pytest.raises(NotYoursToSay):
        room.moved(NORTH, Stage.AGREED, "d")
    room.moved(SOUTH, Stage.AGREED, "d")
    assert [row.key for row in room.lists().of("who").names.going] == ["c", "d"]


def test_a_list_that_changed_is_closed_again_by_both() -> None:
    room = agreed()
    room.closed(NORTH)
    room.tell(SOUTH, RowSubstituted("who", "a", Row("d", "Samir", "wounded")))
    room.moved(NORTH, Stage.AGREED, "d")
    room.closed(SOUTH)
    assert not room.lists().of("who").names.frozen
    with pytest.raises(MoveRefused):
        room.tell(NORTH, ListFreeze("who", bytes(32)))
    room.closed(NORTH)
    assert room.lists().of("who").names.frozen


def test_what_is_closed_is_not_changed_and_each_side_tells_its_own() -> None:
    room = frozen()
    for role, body, error in (
        (SOUTH, RowsProposed("who", (Row("d", "Samir"),)), ListFrozen),
        (SOUTH, RowSubstituted("who", "a", Row("d", "Samir")), ListFrozen),
        (SOUTH, RowsMoved("who", ("a",), Stage.IDENTITY_CHECKED), NotYoursToSay),
        (NORTH, RowsMoved("who", ("a",), Stage.CONFIRMED), NotYoursToSay),
        (SOUTH, RowsMoved("who", ("a",), Stage.CONFIRMED), MoveRefused),
        (NORTH, RowsMoved("who", ("b",), Stage.PROPOSED), ListFrozen),
    ):
        with pytest.raises(error):
            room.tell(role, body)


@pytest.mark.parametrize("longer", [NORTH, SOUTH])
def test_a_veto_that_crosses_an_agreement_wins_whichever_comes_first(longer: Role) -> None:
    room = proposed()
    room.tell(longer, RowsProposed("who", (Row(f"more {longer}", "Samir"),)))
    room.exchanging = False
    room.moved(NORTH, Stage.AGREED, "a")
    room.moved(SOUTH, Stage.VETOED, "a")
    room.exchange()
    assert room.lists().of("who").names.rows["a"].stage is Stage.VETOED


def test_a_deal_names_a_list_as_it_was_closed() -> None:
    listed = frozen().lists().of("who").names
    check_lists(terms(items=(Names("who", 2, listed.hash),)), frozen().lists())
    for bad, lists in (
        (Names("who", 2, bytes(32)), frozen().lists()),
        (Names("who", 3, listed.hash), frozen().lists()),
        (Names("who", 2, listed.hash), agreed().lists()),
    ):
        with pytest.raises(TermsRefused):
            check_lists(terms(items=(bad,)), lists)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_whatever_is_written_both_sides_see_the_same(seed: int) -> None:
    drawn = Random(seed)
    room = Room(exchanging=False)
    keys = "abcde"
    for _ in range(50):
        key = drawn.choice(keys)
        row = Row(key, f"Name {key}", drawn.choice(["wounded", "elderly"]))
        known = room.lists().lists.get("who")
        bodies: list[ListBody] = [
            Opened("who", drawn.choice(list(Role)), LIMITS),
            RowsProposed("who", (row,)),
            RowSubstituted("who", drawn.choice(keys), row),
            *[RowsMoved("who", (key,), stage) for stage in Stage],
            *[ListFreeze("who", known.names.hash if known else bytes(32))] * 3,
        ]
        room.said(drawn.choice(list(Role)), write_list_body(drawn.choice(bodies)))
        for role in Role:
            if drawn.random() < 0.4:
                room.seen[role] = len(room.feeds[role.other])
    room.exchange()
    found = room.lists()
    assert room.lists(NORTH) == room.lists(SOUTH) == found
    for listing in found.lists.values():
        wounded = sum(row.category == "wounded" for row in listing.names.going)
        assert wounded <= 1
        assert len(listing.names.going) <= 2
        if listing.names.frozen:
            assert listing.closed == dict.fromkeys(Role, listing.names.hash)
        else:
            assert all(row.stage is Stage.AGREED for row in listing.names.going)
    assert Stage.AGREED in GOING


BODIES: list[ListBody] = [
    Opened("who", NORTH, (*LIMITS, Limit("x", 3))), RowsProposed("who", (A, B, C)), RowSubstituted("who", "a", C),
    RowsMoved("who", ("a", "b"), Stage.IN_CUSTODY), ListFreeze("who", bytes(32)),
]  # fmt: skip


@pytest.mark.parametrize("body", BODIES, ids=lambda body: type(body).__name__)
def test_bodies_there_and_back(body: ListBody) -> None:
    assert read_list_body(*write_list_body(body)) == body


@pytest.mark.parametrize("kind", sorted(LIST_KINDS))
@pytest.mark.parametrize(
    "value",
    [
        [], {}, {"list": 1}, {"list": "x" * 201}, {"list": "who", "giver": 2, "limits": []},
        {"list": "who", "giver": 0, "limits": [["a", 1]]}, {"list": "who", "rows": [["a"]]},
        {"list": "who", "rows": [["a", "b", "c", "d", 5]]}, {"list": "who", "key": "a", "row": None},
        {"list": "who", "keys": ["a"], "stage": "gone"}, {"list": "who", "hash": bytes(31)},
    ],
)  # fmt: skip
def test_bodies_of_another_form_are_refused(kind: str, value: object) -> None:
    with pytest.raises(Malformed):
        read_list_body(kind, encode(value))  # type: ignore[arg-type]

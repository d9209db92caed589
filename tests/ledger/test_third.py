"""A line with a third party, and what a guarantor's release makes of a deal: the laws, and what does not follow."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import permutations
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.errors import (
    BackchannelError,
    DealRefused,
    DealVoid,
    Malformed,
    NotVerified,
    SignatureRefused,
    TermsRefused,
)
from backchannel.ledger.deal import (
    Capacity,
    Countersignature,
    Signature,
    check_release,
    countersign,
    draft,
    sign,
)
from backchannel.ledger.deal_file import deal_file, verify_deal
from backchannel.ledger.decide import bring_release, propose, sign_apart, sign_deal, uphold, withdraw
from backchannel.ledger.evolve import evolve
from backchannel.ledger.kinds import RELEASE as ON_MAIN
from backchannel.ledger.kinds import Released, Withdrawn, Witnessed, read_body, write_body
from backchannel.ledger.state import Ledger, Status
from backchannel.ledger.terms import Clause
from backchannel.ledger.third import OUT, Holding, ThirdParty, evolve_third
from backchannel.ledger.third_decide import deposit, release, show, take_back, witness_shown
from backchannel.ledger.third_kinds import (
    DEPOSIT,
    SHOW,
    THIRD_KINDS,
    Deposited,
    Shown,
    TakenBack,
    ThirdBody,
    read_third_body,
    write_third_body,
)
from backchannel.log.event import Event, write_event
from backchannel.log.fold import fold
from backchannel.log.order import in_order
from backchannel.wire.codec import decode, encode
from tests.ledger.world import DAY, KEYS, NORTH, SOUTH, World, terms

DRAFT = draft(terms(), ("en", "ar"))
H = DRAFT.hash
BOTH = tuple(sign(H, role, KEYS[role]) for role in Role)
GUARANTOR = countersign(H, BOTH, "A third state", Capacity.GUARANTOR, KEYS[2])
RELEASED = Released(H, BOTH, GUARANTOR)
OTHER = draft(terms(title="Another"), ("en",))
SIDE, HOLDER = Role.JOINER, Role.INVITER
"""On the line to the guarantor: the side joined it, the guarantor invited."""
KEY4 = SigningKey.from_bytes(b"\x04" * 64)


@dataclass
class Beside(World):
    """A line with a third party."""

    feeds: tuple[list[Event], list[Event]] = field(default_factory=lambda: ([], []))

    def there(self, role: Role | None = None) -> ThirdParty:
        events = [*self.feeds[0], *self.feeds[1]]
        if role is not None:
            events = [*self.feeds[role], *self.feeds[role.other][: self.seen[role]]]
        return fold(evolve_third, in_order(events), ThirdParty())

    def holding(self, role: Role | None = None) -> Holding:
        return self.there(role).deposit(H).holding

    def deposits(self, signature: Signature = BOTH[1]) -> None:
        self.said(SIDE, deposit(self.there(SIDE), self.speaker(SIDE), DRAFT, signature))

    def releases(self, released: Released = RELEASED) -> None:
        self.said(HOLDER, release(self.there(HOLDER), self.speaker(HOLDER), released))

    def takes_back(self) -> None:
        self.said(SIDE, take_back(self.there(SIDE), self.speaker(SIDE), H))


# --- showing and witnessing ---


def test_a_deal_is_shown_first_without_and_then_with_both_signatures() -> None:
    world = Beside()
    world.said(SIDE, show(world.there(), world.speaker(SIDE), DRAFT))
    one = countersign(H, BOTH, "Somebody", Capacity.WITNESS, KEYS[2])
    with pytest.raises(DealVoid):
        witness_shown(world.there(), world.speaker(HOLDER), H, one)
    with pytest.raises(DealRefused):
        show(world.there(), world.speaker(SIDE), DRAFT)
    world.said(SIDE, show(world.there(), world.speaker(SIDE), DRAFT, BOTH))
    for both in ((), BOTH):
        with pytest.raises(DealRefused):
            show(world.there(), world.speaker(SIDE), DRAFT, both)
    with pytest.raises(DealRefused, match="not shown"):
        witness_shown(world.there(), world.speaker(SIDE), H, one)
    with pytest.raises(NotVerified):
        witness_shown(world.there(), world.speaker(HOLDER, verified=False), H, one)
    world.said(HOLDER, witness_shown(world.there(), world.speaker(HOLDER), H, one))
    (copy,) = world.there().copies.values()
    assert [found for found, _ in copy.witnesses] == [one]
    for bad in (
        one,
        replace(one, name="Else"),
        replace(one, public=BOTH[0].public),
        replace(one, signature=bytes(3373)),
    ):
        with pytest.raises(SignatureRefused):
            witness_shown(world.there(), world.speaker(HOLDER), H, bad)
    assert not world.there().ignored


@pytest.mark.parametrize("both", [BOTH[:1], BOTH[::-1], (BOTH[0], replace(BOTH[1], public=BOTH[0].public))])
def test_nothing_is_shown_as_signed_that_is_not(both: tuple[Signature, ...]) -> None:
    world = Beside()
    with pytest.raises((DealVoid, SignatureRefused)):
        show(world.there(), world.speaker(SIDE), DRAFT, both)


# --- deposits ---


def test_a_deposit_is_held_taken_back_and_made_anew_with_another_key() -> None:
    world = Beside()
    world.deposits()
    assert world.holding() is Holding.HELD
    with pytest.raises(DealRefused, match="already"):
        world.deposits(sign(H, SOUTH, KEY4))
    with pytest.raises(DealRefused, match="only the side"):
        take_back(world.there(), world.speaker(HOLDER), H)
    world.takes_back()
    assert world.holding() is Holding.TAKEN_BACK
    with pytest.raises(DealRefused):
        world.takes_back()
    with pytest.raises(DealRefused):
        world.releases()
    with pytest.raises(SignatureRefused, match="taken back"):
        world.deposits()
    world.deposits(sign(H, SOUTH, KEY4))
    assert world.holding() is Holding.HELD
    with pytest.raises(DealRefused, match="another signature"):
        world.releases()  # it holds the signature that was taken back
    assert len(world.there().deposits) == 2


def test_on_one_line_one_side_deposits_for_itself_alone() -> None:
    world = Beside()
    world.deposits()
    world.takes_back()
    with pytest.raises(DealRefused, match="one side"):
        world.deposits(BOTH[0])
    with pytest.raises(DealRefused, match="one side"):
        deposit(world.there(), world.speaker(HOLDER), DRAFT, sign(H, SOUTH, KEY4))


@pytest.mark.parametrize(
    ("signature", "error"),
    [
        (sign(OTHER.hash, SOUTH, KEYS[1]), SignatureRefused),
        (replace(BOTH[1], role=NORTH), SignatureRefused),
        (replace(BOTH[1], signature=bytes([BOTH[1].signature[0] ^ 1]) + BOTH[1].signature[1:]), SignatureRefused),
        (replace(BOTH[1], signature=BOTH[1].signature[:-1] + bytes([BOTH[1].signature[-1] ^ 1])), SignatureRefused),
    ],
    ids=["another text", "another role", "a bit of the first", "a bit of the last"],
)
def test_what_is_no_signature_under_that_text_is_not_deposited(
    signature: Signature, error: type[BackchannelError]
) -> None:
    world = Beside()
    with pytest.raises(error):
        world.deposits(signature)
    event = world.said(SIDE, write_third_body(Deposited(DRAFT.raw, DRAFT.languages, signature)))
    assert world.there().deposits == ()
    assert [(one.event, one.code) for one in world.there().ignored] == [(event.id, error.code)]


def test_nothing_is_deposited_unverified_or_of_a_deal_that_has_become_due() -> None:
    world = Beside()
    with pytest.raises(NotVerified):
        deposit(world.there(), world.speaker(SIDE, verified=False), DRAFT, BOTH[1])
    world.deposits()
    world.now += 3 * DAY * 1000
    with pytest.raises(TermsRefused):
        world.releases()
    with pytest.raises(TermsRefused):
        Beside(now=world.now).deposits()


def spoilt(signature: bytes) -> bytes:
    return signature[:-1] + bytes([signature[-1] ^ 1])


@pytest.mark.parametrize(
    ("released", "error"),
    [
        (replace(RELEASED, both=(replace(BOTH[0], signature=spoilt(BOTH[0].signature)), BOTH[1])), SignatureRefused),
        (replace(RELEASED, both=(sign(H, NORTH, KEYS[1]), BOTH[1])), SignatureRefused),
        (replace(RELEASED, both=(BOTH[0], sign(H, SOUTH, KEY4))), DealRefused),
        (replace(RELEASED, guarantor=replace(GUARANTOR, name="Another state")), SignatureRefused),
        (replace(RELEASED, guarantor=replace(GUARANTOR, public=BOTH[0].public)), SignatureRefused),
        (replace(RELEASED, guarantor=replace(GUARANTOR, signature=spoilt(GUARANTOR.signature))), SignatureRefused),
        (replace(RELEASED, deal=OTHER.hash), DealRefused),
    ],
    ids=["the other's", "one key", "not what was deposited", "name", "guarantor's key", "guarantor's", "other deal"],
)
def test_what_is_no_release(released: Released, error: type[BackchannelError]) -> None:
    world = Beside()
    world.deposits()
    with pytest.raises(error):
        world.releases(released)
    world.said(HOLDER, write_third_body(released))
    assert world.holding() is Holding.HELD
    assert len(world.there().ignored) == 1


def test_a_side_cannot_release_its_own_deposit() -> None:
    world = Beside()
    world.deposits()
    with pytest.raises(DealRefused, match="guarantor"):
        release(world.there(), world.speaker(SIDE), RELEASED)


def test_a_release_gives_both_out_once() -> None:
    world = Beside()
    world.deposits()
    world.releases()
    assert world.holding() is Holding.RELEASED
    found = world.there().deposit(H).released
    assert found is not None
    assert found[0] == RELEASED
    for again in (world.releases, world.takes_back, world.deposits):
        with pytest.raises(DealRefused):
            again()


@pytest.mark.parametrize("longer", [SIDE, HOLDER])
def test_taking_back_and_releasing_cross_whichever_comes_first(longer: Role) -> None:
    world = Beside()
    world.deposits()
    world.exchanging = False
    for _ in range(3):
        world.said(longer, ("text", b""))  # so that either may stand first in the order
    world.takes_back()
    assert world.holding(SIDE) is Holding.TAKEN_BACK
    world.releases()
    assert world.holding(HOLDER) is Holding.RELEASED
    world.exchange()
    assert world.holding(SIDE) is world.holding(HOLDER) is Holding.CROSSED


def test_a_release_of_what_was_known_to_be_taken_back_is_shown_as_such() -> None:
    world = Beside()
    world.deposits()
    world.takes_back()
    world.said(HOLDER, write_third_body(RELEASED))
    assert world.holding() is Holding.BROKEN
    assert world.there().deposit(H).released is not None, "the signatures are out, and nobody hides it"


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_whatever_is_written_both_ends_see_the_same_and_nothing_is_out_without_the_guarantor(seed: int) -> None:
    drawn = Random(seed)
    world = Beside(exchanging=False)
    fourth = sign(H, SOUTH, KEY4)
    bodies: list[ThirdBody] = [
        Shown(DRAFT.raw, DRAFT.languages), Shown(DRAFT.raw, DRAFT.languages, BOTH), Shown(OTHER.raw, OTHER.languages),
        Deposited(DRAFT.raw, DRAFT.languages, BOTH[1]), Deposited(DRAFT.raw, DRAFT.languages, BOTH[0]),
        Deposited(DRAFT.raw, DRAFT.languages, fourth), TakenBack(H), RELEASED,
        Released(H, (BOTH[0], fourth), countersign(H, (BOTH[0], fourth), "C", Capacity.GUARANTOR, KEYS[2])),
        Witnessed(H, GUARANTOR.name, GUARANTOR.capacity, GUARANTOR.public, GUARANTOR.signature),
    ]  # fmt: skip
    for _ in range(25):
        said = ("third.release", b"\xa0") if drawn.random() < 0.05 else write_third_body(drawn.choice(bodies))
        world.said(drawn.choice(list(Role)), said)
        for role in Role:
            if drawn.random() < 0.4:
                world.seen[role] = len(world.feeds[role.other])
    world.exchange()
    there = world.there()
    assert world.there(NORTH) == world.there(SOUTH) == there
    events = [*world.feeds[0], *world.feeds[1]]
    drawn.shuffle(events)
    half = in_order(events)
    assert fold(evolve_third, half[9:], fold(evolve_third, half[:9], ThirdParty())) == there
    for one in there.deposits:
        assert (one.released is not None) == (one.holding in OUT)
        if one.released is not None:
            out, mark = one.released
            assert mark.author is one.deposited.author.other
            assert one.signature in out.both
            check_release(out.deal, out.both, out.guarantor)
    standing = [one.draft.hash for one in there.deposits if one.holding is Holding.HELD]
    assert len(standing) == len(set(standing)), "one signature under one deal is held at a time"


# --- on the line of the deal ---


def proposed() -> World:
    world = World()
    world.said(NORTH, propose(world.ledger(), world.speaker(NORTH), terms(), ("ar", "en")))
    return world


def brings(world: World, role: Role, released: Released = RELEASED) -> None:
    world.said(role, bring_release(world.ledger(role), world.speaker(role), released))


def withdraws(world: World, role: Role) -> None:
    world.said(role, withdraw(world.ledger(role), world.speaker(role), H))


@pytest.mark.parametrize("role", list(Role))
def test_a_release_brings_the_deal_into_force_whoever_brings_it(role: Role) -> None:
    world = proposed()
    with pytest.raises(NotVerified):
        bring_release(world.ledger(), world.speaker(role, verified=False), RELEASED)
    brings(world, role)
    deal = world.ledger().deal(H)
    assert (deal.status, deal.both) == (Status.IN_FORCE, BOTH)
    assert world.ledger().promises
    file = verify_deal(deal_file(deal.draft, deal.both, [one for one, _ in deal.witnesses]))
    assert file.witnesses == (GUARANTOR,)
    for again in (role, role.other):
        with pytest.raises(DealRefused):
            brings(world, again)
        with pytest.raises(DealRefused):
            withdraws(world, again)


def test_both_may_bring_it_at_once_and_it_is_one_deal() -> None:
    world = proposed()
    world.exchanging = False
    for role in Role:
        brings(world, role)
    world.exchange()
    deal = world.ledger().deal(H)
    assert deal.status is Status.IN_FORCE
    assert len(deal.released) == 2
    assert not world.ledger().ignored
    assert len(world.ledger().of(H)) == len(terms().obligations)


def test_a_release_takes_the_place_of_a_half_signature() -> None:
    world = proposed()
    world.said(SOUTH, sign_deal(world.ledger(), world.speaker(SOUTH), H, H, KEY4))
    brings(world, NORTH)
    assert world.ledger().deal(H).both == BOTH
    with pytest.raises(DealRefused):
        sign_deal(world.ledger(), world.speaker(NORTH), H, H, KEY4)


def test_what_is_in_force_is_not_released_again() -> None:
    world = proposed()
    for role in Role:
        world.said(role, sign_deal(world.ledger(), world.speaker(role), H, H, KEYS[role]))
    with pytest.raises(DealRefused, match="in force"):
        brings(world, NORTH)


def test_another_release_counts_for_nothing() -> None:
    world = proposed()
    brings(world, NORTH)
    both = BOTH[0], sign(H, SOUTH, KEY4)
    other = Released(H, both, countersign(H, both, "Another", Capacity.GUARANTOR, KEYS[2]))
    event = world.said(SOUTH, write_body(other))
    assert [(one.event, one.code) for one in world.ledger().ignored] == [(event.id, DealRefused.code)]
    assert world.ledger().deal(H).both == BOTH


@pytest.mark.parametrize("first", [NORTH, SOUTH])
@pytest.mark.parametrize("longer", [NORTH, SOUTH])
def test_a_withdrawal_that_crosses_a_release_is_contested(first: Role, longer: Role) -> None:
    for settle in ("uphold", "withdraw"):
        world = proposed()
        world.exchanging = False
        for _ in range(3):
            world.said(longer, ("text", b""))
        brings(world, first.other)
        withdraws(world, first)
        world.exchange()
        world.exchanging = True
        assert world.ledger().deal(H).status is Status.CONTESTED
        assert not world.ledger().promises
        if settle == "uphold":
            world.said(first, uphold(world.ledger(), world.speaker(first), H))
            assert world.ledger().deal(H).status is Status.IN_FORCE
            assert world.ledger().promises
        else:
            withdraws(world, first.other)
            assert world.ledger().deal(H).status is Status.WITHDRAWN
        brought = world.said(first, write_body(RELEASED))
        assert brought.id not in {one.event for one in world.ledger().ignored}, (
            "it was brought already; nothing changes"
        )
        assert world.ledger().deal(H).status is (Status.IN_FORCE if settle == "uphold" else Status.WITHDRAWN)


def test_a_release_after_a_withdrawal_that_was_seen_is_contested_too() -> None:
    """When the guarantor let go cannot be seen on this line."""
    world = proposed()
    withdraws(world, SOUTH)
    brings(world, NORTH)
    assert world.ledger().deal(H).status is Status.CONTESTED
    with pytest.raises(DealRefused):
        uphold(world.ledger(), world.speaker(NORTH), H)
    world.said(SOUTH, uphold(world.ledger(), world.speaker(SOUTH), H))
    assert world.ledger().deal(H).status is Status.IN_FORCE


def test_who_brought_a_release_cannot_withdraw_by_not_having_seen_the_other_bring_it() -> None:
    world = proposed()
    world.exchanging = False
    for _ in range(5):
        world.said(SOUTH, ("text", b""))
    for role in Role:
        brings(world, role)
    event = world.said(SOUTH, write_body(Withdrawn(H)))
    world.exchange()
    assert world.ledger().deal(H).status is Status.IN_FORCE
    assert [one.event for one in world.ledger().ignored] == [event.id]


def test_nothing_that_was_let_go_by_both_comes_back() -> None:
    world = proposed()
    world.said(NORTH, sign_deal(world.ledger(), world.speaker(NORTH), H, H, KEYS[0]))
    world.exchanging = False
    world.said(SOUTH, sign_deal(world.ledger(SOUTH), world.speaker(SOUTH), H, H, KEYS[1]))
    withdraws(world, NORTH)
    world.exchange()
    world.exchanging = True
    with pytest.raises(DealRefused):
        brings(world, SOUTH)  # contested: who withdrew has the word
    withdraws(world, SOUTH)
    with pytest.raises(DealRefused):
        brings(world, SOUTH)


def test_a_release_replaces_the_deal_that_it_amends_and_no_other_does_so_again() -> None:
    world = proposed()
    brings(world, NORTH)
    out = []
    for title in ("one way", "another way"):
        made = terms(title=title, amends=H)
        world.said(SOUTH, propose(world.ledger(), world.speaker(SOUTH), made, ("en",)))
        later = draft(made, ("en",)).hash
        both = tuple(sign(later, role, KEYS[role]) for role in Role)
        out.append(Released(later, both, countersign(later, both, "G", Capacity.GUARANTOR, KEYS[2])))
    brings(world, SOUTH, out[0])
    assert world.ledger().deal(H).amended_by == out[0].deal
    before = world.ledger()
    with pytest.raises(DealRefused):
        brings(world, SOUTH, out[1])
    world.said(SOUTH, write_body(out[1]))
    assert world.ledger().deals == before.deals


def test_a_release_comes_too_late_once_something_is_due() -> None:
    world = proposed()
    world.now += 3 * DAY * 1000
    with pytest.raises(TermsRefused):
        brings(world, NORTH)
    with pytest.raises(DealRefused):
        brings(World(), NORTH)


def test_a_signature_apart_is_what_would_be_signed_on_the_line() -> None:
    world = proposed()
    made = sign_apart(world.ledger(), world.speaker(SOUTH), H, H, KEYS[1])
    assert made.public == KEYS[1].public()
    for shown, speaker, error in (
        (OTHER.hash, world.speaker(SOUTH), DealRefused),
        (H, world.speaker(SOUTH, verified=False), NotVerified),
    ):
        with pytest.raises(error):
            sign_apart(world.ledger(), speaker, H, shown, KEYS[1])
    withdraws(world, NORTH)
    with pytest.raises(DealRefused):
        sign_apart(world.ledger(), world.speaker(SOUTH), H, H, KEYS[1])


def test_the_order_in_which_events_come_makes_no_difference() -> None:
    world = proposed()
    world.exchanging = False
    brings(world, NORTH)
    withdraws(world, SOUTH)
    world.said(SOUTH, write_body(RELEASED))
    world.exchange()
    events = [*world.feeds[0], *world.feeds[1]]
    line = world.ledger().line
    assert {fold(evolve, in_order(some), Ledger(line)).deal(H).status for some in permutations(events)} == {
        Status.CONTESTED
    }


# --- bodies ---


@pytest.mark.parametrize("kind", sorted(THIRD_KINDS))
def test_bodies_of_another_form_are_refused(kind: str) -> None:
    for raw in (b"\x80", b"\xa0", b"\xa1\x64deal\x41\x00", b"\xa1\x65terms\x00"):
        with pytest.raises(Malformed):
            read_third_body(kind, raw)


def test_bodies_are_read_as_they_were_written() -> None:
    one = Countersignature("W", Capacity.WITNESS, KEYS[2].public(), bytes(3373))
    for body in (
        Shown(DRAFT.raw, DRAFT.languages), Shown(DRAFT.raw, DRAFT.languages, BOTH), TakenBack(H), RELEASED,
        Deposited(DRAFT.raw, DRAFT.languages, BOTH[1]), Witnessed(H, one.name, one.capacity, one.public, one.signature),
    ):  # fmt: skip
        kind, raw = write_third_body(body)
        assert read_third_body(kind, raw) == body
        assert read_third_body(kind, encode({**decode(raw), "mood": "new"})) == body
    assert read_body(ON_MAIN, write_body(RELEASED)[1]) == RELEASED


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (DEPOSIT, {"role": 2}), (DEPOSIT, {"role": True}), (DEPOSIT, {"public": b""}), (DEPOSIT, {"languages": [1]}),
        (SHOW, {"signatures": [[b"", b""]]}), (SHOW, {"signatures": [1, 2]}), (SHOW, {"signatures": None}),
        (SHOW, {"terms": bytes(49_153)}),
    ],
)  # fmt: skip
def test_each_field_is_checked(kind: str, change: dict[str, object]) -> None:
    body = Shown(DRAFT.raw, DRAFT.languages, BOTH) if kind == SHOW else Deposited(DRAFT.raw, DRAFT.languages, BOTH[1])
    with pytest.raises(Malformed):
        read_third_body(kind, encode({**decode(write_third_body(body)[1]), **change}))


def test_the_largest_deal_fits_an_event() -> None:
    clauses = tuple(Clause(f"clause {number}", "x" * 7_950) for number in range(6))
    large = draft(terms(items=clauses, obligations=()), ("en",))
    assert 47_000 < len(large.raw) <= 49_152
    both = tuple(sign(large.hash, role, KEYS[role]) for role in Role)
    kind, raw = write_third_body(Shown(large.raw, ("ar", "en", "he"), both))
    assert len(write_event(author=0, number=2**40, seen=2**40, clock=2**52, kind=kind, body=raw).raw) <= (
        61_440 - (49_152 - len(large.raw))
    )

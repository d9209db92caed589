"""The ledger: deals come into force by two signatures, promises live by their table, both sides see the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.suite import Role
from backchannel.errors import (
    BackchannelError,
    DealRefused,
    DealVoid,
    Malformed,
    MoveRefused,
    NotVerified,
    NotYoursToSay,
    SignatureRefused,
    TermsRefused,
)  # fmt: skip
from backchannel.ledger.deal import Capacity, Draft, countersign, draft, sign
from backchannel.ledger.deal_file import deal_file, verify_deal
from backchannel.ledger.decide import propose, say, sign_deal, uphold, withdraw, witness
from backchannel.ledger.evolve import evolve
from backchannel.ledger.kinds import KINDS, Act, Released, Said, Signed, read_body, write_body
from backchannel.ledger.promise import NEXT, Life, Views, due_within, standing, views
from backchannel.ledger.state import Ignored, Ledger, Status
from backchannel.ledger.terms import Terms
from backchannel.ledger.trust_record import Outcome, outcome, score, trust_record
from backchannel.log.fold import fold
from backchannel.log.kinds import text_body
from backchannel.log.order import in_order
from backchannel.wire.codec import decode, encode
from tests.ledger.world import DAY, KEYS, LINE, NORTH, NOW, OWED, SOUTH, World, on_day, terms

DRAFT = draft(terms(), ("en", "ar"))
H = DRAFT.hash


def proposed(made: Terms | None = None) -> tuple[World, Draft]:
    world = World()
    world.said(NORTH, propose(world.ledger(), world.speaker(NORTH), made or terms(), ("ar", "en")))
    return world, draft(made or terms(), ("ar", "en"))


def sign_by(world: World, role: Role, what: bytes = H) -> None:
    key = KEYS[role]
    world.said(role, sign_deal(world.ledger(role), world.speaker(role), what, what, key))


def in_force() -> World:
    world, _ = proposed()
    sign_by(world, SOUTH)
    sign_by(world, NORTH)
    return world


def tell(world: World, role: Role, act: Act, name: str, statement: str = "") -> None:
    said = Said(act, H, name, statement, (bytes(32),) if act is Act.CLAIM else ())
    world.said(role, say(world.ledger(role), world.speaker(role), said))


def life(world: World, name: str) -> Life:
    return world.ledger().promise(H, name).life


# --- deals ---


def test_a_deal_is_in_force_when_both_have_signed_and_not_before() -> None:
    world, made = proposed()
    assert world.ledger().deal(made.hash).status is Status.PROPOSED
    sign_by(world, SOUTH)
    assert world.ledger().deal(H).status is Status.HALF_SIGNED
    assert not world.ledger().promises
    sign_by(world, NORTH)
    ledger = world.ledger()
    assert ledger.deal(H).status is Status.IN_FORCE
    assert verify_deal(deal_file(ledger.deal(H).draft, ledger.deal(H).both)).draft == made
    assert [one.life for one in ledger.of(H)] == [
        Life.IN_EFFECT, Life.CONDITIONAL, Life.CONDITIONAL, Life.IN_EFFECT, Life.IN_EFFECT,
    ]  # fmt: skip
    assert not ledger.ignored


def test_nobody_signs_unverified_or_another_text_than_was_shown() -> None:
    world, _ = proposed()
    with pytest.raises(NotVerified):
        sign_deal(world.ledger(), world.speaker(SOUTH, verified=False), H, H, KEYS[1])
    with pytest.raises(DealRefused):
        sign_deal(world.ledger(), world.speaker(SOUTH), H, draft(terms(title="Another"), ("en",)).hash, KEYS[1])
    with pytest.raises(DealRefused):
        sign_deal(world.ledger(), world.speaker(SOUTH), bytes(32), bytes(32), KEYS[1])


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (lambda world: propose(world.ledger(), world.speaker(SOUTH), terms(), ("en", "ar")), DealRefused),
        (lambda world: propose(world.ledger(), world.speaker(SOUTH), terms(line=bytes(32)), ("en",)), DealRefused),
        (lambda world: propose(world.ledger(), world.speaker(SOUTH), terms(amends=bytes(32)), ("en",)), DealRefused),
        (lambda world: propose(world.ledger(), world.speaker(SOUTH), terms(sides=("A", "A")), ("en",)), TermsRefused),
        (lambda world: sign_deal(world.ledger(), world.speaker(SOUTH), H, H, KEYS[1]), DealRefused),
        (lambda world: sign_deal(world.ledger(), world.speaker(NORTH), H, H, KEYS[1]), SignatureRefused),
        (lambda world: uphold(world.ledger(), world.speaker(SOUTH), H), DealRefused),
        (lambda world: say(world.ledger(), world.speaker(NORTH), Said(Act.CLAIM, H, "first")), DealRefused),
        (lambda world: say(world.ledger(), world.speaker(NORTH), Said(Act.CLAIM, bytes(32), "first")), DealRefused),
    ],
)
def test_what_cannot_be_said_of_a_half_signed_deal(
    change: Callable[[World], object], error: type[BackchannelError]
) -> None:
    world, _ = proposed()
    sign_by(world, SOUTH)
    with pytest.raises(error):
        change(world)


def test_nothing_is_due_before_the_deal() -> None:
    early = terms(obligations=(replace(OWED[0], due=on_day(0)),))
    world = World()
    with pytest.raises(TermsRefused, match="due before the deal"):
        propose(world.ledger(), world.speaker(NORTH), early, ("en",))
    world, _ = proposed()
    world.now += 3 * DAY * 1000
    with pytest.raises(TermsRefused, match="due before the deal"):
        sign_deal(world.ledger(), world.speaker(SOUTH), H, H, KEYS[1])


def test_a_withdrawn_deal_is_not_signed() -> None:
    world, _ = proposed()
    sign_by(world, SOUTH)
    world.said(SOUTH, withdraw(world.ledger(), world.speaker(SOUTH), H))
    assert world.ledger().deal(H).status is Status.WITHDRAWN
    with pytest.raises(DealRefused):
        sign_by(world, NORTH)
    with pytest.raises(DealRefused):
        withdraw(world.ledger(), world.speaker(NORTH), H)


@pytest.mark.parametrize("first", [NORTH, SOUTH])
def test_a_withdrawal_that_crosses_the_signature_is_contested(first: Role) -> None:
    """Whichever comes first in the order, neither wins; who withdrew can stand by it, or both let it go."""
    for settle in ("uphold", "withdraw"):
        world, _ = proposed()
        sign_by(world, first)
        world.exchanging = False
        sign_by(world, first.other)
        world.said(first, withdraw(world.ledger(first), world.speaker(first), H))
        world.exchange()
        world.exchanging = True
        assert world.ledger().deal(H).status is Status.CONTESTED
        assert not world.ledger().promises
        with pytest.raises(DealRefused):
            uphold(world.ledger(), world.speaker(first.other), H)
        with pytest.raises(NotVerified):
            uphold(world.ledger(), world.speaker(first, verified=False), H)
        with pytest.raises(DealRefused):
            withdraw(world.ledger(), world.speaker(first), H)
        if settle == "uphold":
            world.said(first, uphold(world.ledger(), world.speaker(first), H))
            assert world.ledger().deal(H).status is Status.IN_FORCE
            assert world.ledger().promises
        else:
            world.said(first.other, withdraw(world.ledger(), world.speaker(first.other), H))
            assert world.ledger().deal(H).status is Status.WITHDRAWN


def test_what_is_in_force_is_not_withdrawn() -> None:
    world = in_force()
    for role in Role:
        with pytest.raises(DealRefused):
            withdraw(world.ledger(), world.speaker(role), H)


def test_an_amendment_is_a_new_deal_that_names_the_old() -> None:
    world = in_force()
    tell(world, SOUTH, Act.CONFIRM, "first")
    later = terms(title="Another day", amends=H, obligations=(replace(OWED[0], id="third", due=on_day(9)),))
    world.said(SOUTH, propose(world.ledger(), world.speaker(SOUTH), later, ("en",)))
    new = draft(later, ("en",)).hash
    assert world.ledger().deal(H).status is Status.IN_FORCE
    sign_by(world, SOUTH, new)
    sign_by(world, NORTH, new)
    ledger = world.ledger()
    assert (ledger.deal(H).status, ledger.deal(H).amended_by) == (Status.AMENDED, new)
    assert [one.life for one in ledger.of(H)] == [Life.CONFIRMED, *[Life.REPLACED] * 4]
    assert [one.life for one in ledger.of(new)] == [Life.IN_EFFECT]
    with pytest.raises(DealRefused):
        propose(ledger, world.speaker(SOUTH), terms(title="Third", amends=H), ("en",))


def test_two_amendments_of_one_deal_cannot_both_come_into_force() -> None:
    world = in_force()
    hashes = []
    for title in ("one way", "another way"):
        made = terms(title=title, amends=H)
        world.said(NORTH, propose(world.ledger(), world.speaker(NORTH), made, ("en",)))
        hashes.append(draft(made, ("en",)).hash)
    for what in hashes:
        sign_by(world, SOUTH, what)
    sign_by(world, NORTH, hashes[0])
    with pytest.raises(DealRefused):
        sign_by(world, NORTH, hashes[1])


def test_a_witness_is_brought_once_the_deal_is_in_force() -> None:
    world = in_force()
    both = world.ledger().deal(H).both
    one = countersign(H, both, "Somebody else", Capacity.WITNESS, KEYS[2])
    world.said(NORTH, witness(world.ledger(), world.speaker(NORTH), H, one))
    assert [found for found, _ in world.ledger().deal(H).witnesses] == [one]
    for bad in (one, replace(one, name="Another", public=bytes(1984))):
        with pytest.raises(SignatureRefused):
            witness(world.ledger(), world.speaker(NORTH), H, bad)
    half, _ = proposed()
    with pytest.raises(DealRefused):
        witness(half.ledger(), half.speaker(NORTH), H, one)
    with pytest.raises(DealVoid):
        deal_file(DRAFT, both[:1])


# --- promises ---


def test_one_for_a_thousand_from_signature_to_the_last_confirmation() -> None:
    """Every obligation is confirmed but one, which is disputed and settled."""
    world = in_force()
    assert score(world.ledger(), H) == 0
    tell(world, NORTH, Act.CLAIM, "first", "550 crossed")
    assert life(world, "one") is Life.CONDITIONAL
    tell(world, SOUTH, Act.CONFIRM, "first")
    assert life(world, "one") is Life.IN_EFFECT
    assert world.ledger().promise(H, "one").due == NOW + DAY * 1000
    assert score(world.ledger(), H) == 2
    tell(world, SOUTH, Act.CLAIM, "one")
    tell(world, NORTH, Act.CONFIRM, "one")
    tell(world, NORTH, Act.CLAIM, "second", "all 450")
    tell(world, SOUTH, Act.DISPUTE, "second", "two are missing")
    assert life(world, "second") is Life.DISPUTED
    tell(world, NORTH, Act.CLAIM, "second", "the two came as well")
    tell(world, SOUTH, Act.CONFIRM, "second")
    for side, name in ((SOUTH, "quiet"), (NORTH, "quiet too")):
        tell(world, side, Act.CONFIRM, name)
    assert score(world.ledger(), H) == 3
    record = trust_record(world.ledger(), NORTH, world.now)
    assert (record.promised.count, record.kept.count, record.kept.size) == (3, 3, 1_003)
    assert world.ledger(NORTH) == world.ledger(SOUTH) == world.ledger()
    assert not world.ledger().ignored


@pytest.mark.parametrize(
    ("role", "act", "name", "error"),
    [
        (SOUTH, Act.CLAIM, "first", NotYoursToSay),
        (NORTH, Act.CONFIRM, "first", NotYoursToSay),
        (NORTH, Act.WAIVE, "first", NotYoursToSay),
        (NORTH, Act.VIOLATE, "first", NotYoursToSay),
        (NORTH, Act.DISPUTE, "first", MoveRefused),
        (SOUTH, Act.DISPUTE, "first", MoveRefused),
        (SOUTH, Act.VIOLATE, "first", MoveRefused),
        (SOUTH, Act.VIOLATE, "quiet", MoveRefused),
        (SOUTH, Act.CLAIM, "one", MoveRefused),
        (NORTH, Act.CONFIRM, "one", MoveRefused),
        (SOUTH, Act.CONFIRM, "nothing", DealRefused),
    ],
)
def test_what_cannot_be_said_at_first(role: Role, act: Act, name: str, error: type[BackchannelError]) -> None:
    world = in_force()
    before = world.ledger()
    with pytest.raises(error):
        tell(world, role, act, name)
    assert world.ledger() == before


def test_late_is_seen_at_a_time_and_never_said() -> None:
    world = in_force()
    due = on_day(2).instant * 1000
    one = world.ledger().promise(H, "first")
    assert [standing(one, now).overdue for now in (due, due + 1)] == [False, True]
    assert [outcome(one, now) for now in (due, due + 1)] == [Outcome.OPEN, Outcome.LATE]
    world.now = due + 5
    tell(world, NORTH, Act.CLAIM, "first")
    assert not standing(world.ledger().promise(H, "first"), due + 9).overdue
    tell(world, SOUTH, Act.CONFIRM, "first")
    assert outcome(world.ledger().promise(H, "first"), world.now) is Outcome.LATE


def test_done_in_time_and_confirmed_late_is_kept() -> None:
    world = in_force()
    tell(world, NORTH, Act.CLAIM, "first")
    world.now = on_day(3).instant * 1000
    tell(world, SOUTH, Act.CONFIRM, "first")
    assert outcome(world.ledger().promise(H, "first"), world.now) is Outcome.KEPT


def test_a_breach_is_called_denied_and_settled() -> None:
    world = in_force()
    world.now = on_day(2).instant * 1000
    tell(world, SOUTH, Act.VIOLATE, "quiet", "shots at noon")
    assert outcome(world.ledger().promise(H, "quiet"), world.now) is Outcome.BROKEN
    tell(world, NORTH, Act.DISPUTE, "quiet", "not ours")
    assert outcome(world.ledger().promise(H, "quiet"), world.now) is Outcome.DISPUTED
    tell(world, SOUTH, Act.WAIVE, "quiet")
    assert outcome(world.ledger().promise(H, "quiet"), world.now) is Outcome.WAIVED


def test_a_claim_and_a_breach_that_cross_are_disputed_whichever_comes_first() -> None:
    for first in Role:
        world = in_force()
        if first is NORTH:
            world.said(NORTH, ("text", text_body("so that the feeds differ in length")))
        world.now = on_day(3).instant * 1000
        world.exchanging = False
        tell(world, NORTH, Act.CLAIM, "first")
        tell(world, SOUTH, Act.VIOLATE, "first")
        world.exchange()
        assert life(world, "first") is Life.DISPUTED


def test_what_is_waived_lets_the_next_begin_and_does_not_count() -> None:
    world = in_force()
    tell(world, SOUTH, Act.WAIVE, "first")
    assert life(world, "one") is Life.IN_EFFECT
    assert score(world.ledger(), H) == 0
    tell(world, NORTH, Act.CONFIRM, "one")
    assert score(world.ledger(), H) == 1


def test_every_figure_opens_on_its_events() -> None:
    world = in_force()
    tell(world, NORTH, Act.CLAIM, "first")
    tell(world, SOUTH, Act.CONFIRM, "first")
    world.now = on_day(2).instant * 1000
    tell(world, SOUTH, Act.VIOLATE, "quiet")
    every = {event.id for feed in world.feeds for event in feed}
    record = trust_record(world.ledger(), NORTH, world.now)
    figures = [record.kept, record.late, record.broken, record.disputed, record.waived, record.open]
    assert sum(one.count for one in figures) == record.promised.count
    assert sum(one.size for one in figures) == record.promised.size
    assert {name for one in figures for name in one.promises} == set(record.promised.promises)
    for one in (*figures, record.promised):
        assert set(one.events) <= every
        assert bool(one.events) == bool(one.count)
        assert len(set(one.events)) == len(one.events)
    assert [(turn.promise, turn.outcome) for turn in record.course] == [
        ("first", Outcome.KEPT), ("second", Outcome.OPEN), ("quiet", Outcome.BROKEN),
    ]  # fmt: skip


def test_two_views_of_one_promise() -> None:
    world = in_force()
    assert views(world.ledger().promise(H, "first")) == Views(None, None, differ=False)
    tell(world, NORTH, Act.CLAIM, "first", "550")
    tell(world, SOUTH, Act.DISPUTE, "first", "548")
    seen = views(world.ledger().promise(H, "first"))
    assert seen.debtor is not None
    assert seen.creditor is not None
    assert (seen.debtor.said.statement, seen.creditor.said.statement, seen.differ) == ("550", "548", True)


def test_what_to_remind_of() -> None:
    world = in_force()
    every = world.ledger().promises.values()
    assert due_within(every, NOW, 0) == []
    assert [one.obligation.id for one in due_within(every, NOW, 5 * DAY * 1000)] == ["first", "quiet", "quiet too"]
    assert [one.obligation.id for one in due_within(every, NOW + 3 * DAY * 1000, 0)] == ["first"]


def test_every_life_can_be_reached() -> None:
    reached = {Life.CONDITIONAL, Life.IN_EFFECT, *NEXT.values(), Life.REPLACED}
    assert reached == set(Life)


# --- laws ---


def anything(world: World, drawn: Random) -> tuple[str, bytes]:
    """Something that a person might try, or a program of theirs might write without asking."""
    role = drawn.choice(list(Role))
    what = drawn.randrange(9)
    if what == 0:
        return propose_body(drawn.choice(["a", "b"]))
    deal = drawn.choice([draft(terms(title=title), ("en",)).hash for title in ("a", "b")])
    if what in (1, 2):
        made = sign(deal, role, drawn.choice(KEYS[:2]))
        return write_body(Signed(deal, made.public, made.signature))
    if what == 3:
        return drawn.choice(["deal.withdraw", "deal.uphold"]), write_body(Said(Act.CLAIM, deal, "first"))[1]
    if what == 4:
        return drawn.choice(sorted(KINDS)), drawn.randbytes(5)
    if what == 5:
        both = tuple(sign(deal, side, KEYS[side]) for side in Role)
        return write_body(Released(deal, both, countersign(deal, both, "C", Capacity.GUARANTOR, KEYS[2])))
    return write_body(Said(drawn.choice(list(Act)), deal, drawn.choice([one.id for one in OWED])))


def propose_body(title: str) -> tuple[str, bytes]:
    empty = World()
    return propose(empty.ledger(), empty.speaker(NORTH), terms(title=title), ("en",))


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32))
def test_whatever_is_written_both_sides_see_the_same_and_no_deal_has_one_signature(seed: int) -> None:
    drawn = Random(seed)
    world = World(exchanging=False)
    for _ in range(40):
        world.said(drawn.choice(list(Role)), anything(world, drawn))
        world.now += drawn.randrange(DAY * 100)
        for role in Role:
            if drawn.random() < 0.4:
                world.seen[role] = len(world.feeds[role.other])
    world.exchange()
    ledger = world.ledger()
    assert world.ledger(NORTH) == world.ledger(SOUTH) == ledger
    for deal in ledger.deals.values():
        if deal.status in (Status.IN_FORCE, Status.AMENDED, Status.CONTESTED):
            assert verify_deal(deal_file(deal.draft, deal.both)).draft == deal.draft
        assert bool(ledger.of(deal.draft.hash)) == (deal.status in (Status.IN_FORCE, Status.AMENDED))
    for promise in ledger.promises.values():
        assert (promise.since is None) == (promise.life is Life.CONDITIONAL) or promise.life is Life.WAIVED
        for happened in promise.history:
            sides = {who for _, act, who in NEXT if act is happened.said.act}
            debtor = happened.mark.author is promise.obligation.debtor
            assert ("debtor" if debtor else "creditor") in sides


def test_a_step_at_a_time_is_the_same_as_all_at_once() -> None:
    world = in_force()
    tell(world, NORTH, Act.CLAIM, "first")
    events = in_order([*world.feeds[0], *world.feeds[1]])
    half = fold(evolve, events[:2], Ledger(LINE))
    assert fold(evolve, events[2:], half) == world.ledger()


def test_what_does_not_follow_is_kept_as_ignored() -> None:
    world, _ = proposed()
    event = world.said(SOUTH, write_body(Said(Act.CLAIM, H, "first")))
    other = world.said(SOUTH, ("deal.sign", b"\xff"))
    world.said(SOUTH, ("text", text_body("plain talk is no matter of the ledger")))
    assert world.ledger().ignored == (Ignored(event.id, "deal-refused"), Ignored(other.id, "malformed"))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_bodies_of_another_form_are_refused(kind: str) -> None:
    for raw in (b"\x80", b"\xa0", b"\xa1\x64deal\x41\x00", b"\xa1\x65terms\x00"):
        with pytest.raises(Malformed):
            read_body(kind, raw)


def test_a_reader_ignores_keys_that_it_does_not_know() -> None:
    _, raw = write_body(Said(Act.CLAIM, H, "first"))
    assert read_body(Act.CLAIM.value, encode({**decode(raw), "mood": "new"})) == Said(Act.CLAIM, H, "first")

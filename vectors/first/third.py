"""12.10 to 12.12 and 15.5.3: events of a line with a third party, and what they come to; what a release comes to."""

from collections.abc import Iterator
from dataclasses import replace

from backchannel.crypto.suite import Role
from backchannel.ledger.deal import Capacity, Countersignature, Signature
from backchannel.ledger.kinds import Proposed, Released, Signed, Upheld, Withdrawn, Witnessed
from backchannel.ledger.mandate import text_hash
from backchannel.ledger.third import ThirdParty, evolve_third
from backchannel.ledger.third_kinds import Deposited, Shown, TakenBack, ThirdBody, write_third_body
from backchannel.log.fold import fold
from backchannel.log.order import in_order
from vectors.first.deal import LANGUAGES, NORTH, SOUTH, WITNESS, drafted, recorded_signatures
from vectors.first.defect import flip
from vectors.first.feeds import LATE, NOW, Feeds
from vectors.first.shown import Json, Recorded

SIDE, HOLDER = SOUTH, NORTH
"""On the line with the guarantor: south joined it, the guarantor invited."""


def third(recorded: Recorded) -> Json:
    """12.10, 12.11, 12.12, 15.5.3."""
    clauses = ["The road is open.", "אף אחד לא מועבר בלילה.", "لا أحد ينقل ليلا."]
    return {
        "lines": [
            {
                "what": what,
                "events": [event.raw.hex() for event in feeds.events],
                "after": third_came_to(fold(evolve_third, in_order(feeds.events), ThirdParty())),
            }
            for what, feeds in _lines(recorded)
        ],
        "text": {"clauses": clauses, "hash": text_hash(clauses).hex()},
    }


def third_came_to(found: ThirdParty) -> Json:
    return {
        "copies": [
            {
                "by": int(role),
                "deal": deal.hex(),
                "shown": copy.shown.id.hex(),
                "signed": bool(copy.both),
                "witnessed": [mark.id.hex() for _, mark in copy.witnesses],
            }
            for (role, deal), copy in found.copies.items()
        ],
        "deposits": [
            {
                "deal": one.draft.hash.hex(),
                "role": int(one.signature.role),
                "deposited": one.deposited.id.hex(),
                "holding": one.holding.name.lower().replace("_", " "),
                "taken_back": one.taken_back.id.hex() if one.taken_back else None,
                "released": one.released[1].id.hex() if one.released else None,
            }
            for one in found.deposits
        ],
        "ignored": [[one.event.hex(), one.code] for one in found.ignored],
    }


def _lines(recorded: Recorded) -> Iterator[tuple[str, Feeds]]:
    made = drafted()
    signatures, between = recorded_signatures(recorded)
    both = tuple(signatures)
    held = Deposited(made.raw, LANGUAGES, both[SIDE])
    released = Released(made.hash, both, between)

    def countersigned(one: Countersignature) -> Witnessed:
        return Witnessed(made.hash, one.name, one.capacity, one.public, one.signature)

    feeds = Feeds()

    def say(role: Role, body: ThirdBody | tuple[str, bytes], clock: int = NOW, *, apart: bool = False) -> None:
        feeds.say(role, body if isinstance(body, tuple) else write_third_body(body), clock, apart=apart)

    say(HOLDER, countersigned(between))
    say(SIDE, Shown(made.raw, LANGUAGES))
    say(HOLDER, countersigned(between))
    say(SIDE, Shown(made.raw, LANGUAGES))
    say(SIDE, Shown(made.raw, LANGUAGES, both[::-1]))
    say(SIDE, Shown(made.raw, LANGUAGES, both))
    say(SIDE, Shown(made.raw, LANGUAGES))
    say(HOLDER, countersigned(replace(between, name="Another")))
    say(HOLDER, countersigned(replace(between, capacity=Capacity.WITNESS)))
    say(SIDE, countersigned(between))
    say(HOLDER, countersigned(between))
    say(HOLDER, countersigned(between))
    say(HOLDER, Shown(made.raw, ("en",)))
    say(HOLDER, ("third.show", b"\xa0"))
    yield "shown without signatures and with both, and countersigned", feeds

    feeds = Feeds()
    say(SIDE, replace(held, signature=replace(both[SIDE], role=SIDE.other)))
    say(SIDE, replace(held, signature=replace(both[SIDE], signature=flip(both[SIDE].signature, 9))))
    say(SIDE, replace(held, languages=("en",)))
    say(SIDE, held, LATE)
    say(HOLDER, released)
    say(SIDE, held)
    say(SIDE, held)
    say(HOLDER, Deposited(made.raw, LANGUAGES, both[HOLDER]))
    say(HOLDER, TakenBack(made.hash))
    say(SIDE, released)
    say(HOLDER, replace(released, both=(both[0], replace(both[1], signature=flip(both[1].signature, 9)))))
    say(HOLDER, replace(released, both=(replace(both[0], signature=flip(both[0].signature, 9)), both[1])))
    say(HOLDER, replace(released, guarantor=replace(between, name="Another")))
    say(HOLDER, ("third.release", b"\xa0"))
    say(HOLDER, released, LATE)
    say(HOLDER, released)
    say(SIDE, TakenBack(made.hash))
    say(SIDE, held)
    yield "deposited and released, and what does not follow", feeds

    feeds = Feeds()
    say(SIDE, held)
    say(SIDE, TakenBack(made.hash))
    say(SIDE, TakenBack(made.hash))
    say(SIDE, held)
    say(SIDE, Deposited(made.raw, LANGUAGES, both[SIDE.other]))
    say(HOLDER, Deposited(made.raw, LANGUAGES, both[SIDE]))
    yield "taken back; not again by the same key, nor for another side", feeds

    say(HOLDER, released)
    say(HOLDER, released)
    yield "the same, and released although the guarantor had seen it", feeds

    for first in (SIDE, HOLDER):
        feeds = Feeds()
        say(SIDE, held)
        if first is HOLDER:
            say(SIDE, ("third.take-back", b"\xa0"), apart=True)
        say(SIDE, TakenBack(made.hash), apart=True)
        if first is SIDE:
            say(HOLDER, ("third.take-back", b"\xa0"), apart=True)
        say(HOLDER, released, apart=True)
        feeds.meet()
        say(SIDE, TakenBack(made.hash))
        yield (
            f"taken back and released, neither seen by the other, {'side' if first is SIDE else 'guarantor'} first",
            feeds,
        )


def releases(recorded: Recorded) -> Iterator[tuple[str, Feeds]]:
    """Yield what a release comes to on the line of its deal (12.5, step 6)."""
    made = drafted()
    signatures, between = recorded_signatures(recorded)
    both = tuple(signatures)
    proposal, released = Proposed(made.raw, LANGUAGES), Released(made.hash, both, between)

    def signed(one: Signature) -> Signed:
        return Signed(made.hash, one.public, one.signature)

    feeds = Feeds()
    feeds.say(NORTH, released, NOW)
    feeds.say(NORTH, proposal, NOW)
    feeds.say(SOUTH, signed(both[1]), NOW + 1)
    feeds.say(SOUTH, replace(released, guarantor=replace(between, name="Another")), NOW + 2)
    feeds.say(SOUTH, replace(released, both=(both[0], replace(both[0], role=SOUTH))), NOW + 2)
    feeds.say(SOUTH, ("deal.release", b"\xa0"), NOW + 2)
    feeds.say(SOUTH, released, LATE)
    feeds.say(NORTH, released, NOW + 3, apart=True)
    feeds.say(SOUTH, released, NOW + 4, apart=True)
    feeds.meet()
    feeds.say(NORTH, signed(both[0]), NOW + 5)
    witness = Witnessed(made.hash, WITNESS, Capacity.GUARANTOR, between.public, between.signature)
    feeds.say(SOUTH, witness, NOW + 6)
    feeds.say(SOUTH, Withdrawn(made.hash), NOW + 7)
    yield "a release, brought by both; and what does not follow", feeds

    feeds = Feeds()
    feeds.say(NORTH, proposal, NOW)
    for _ in range(3):
        feeds.say(SOUTH, ("deal.withdraw", b"\xa0"), NOW, apart=True)
    feeds.say(NORTH, released, NOW + 1, apart=True)
    feeds.say(SOUTH, released, NOW + 1, apart=True)
    feeds.say(SOUTH, Withdrawn(made.hash), NOW + 2, apart=True)
    yield "who brought it withdraws without having seen the other bring it", feeds

    feeds = Feeds()
    feeds.say(NORTH, proposal, NOW)
    for one in both:
        feeds.say(one.role, signed(one), NOW + 1)
    feeds.say(NORTH, released, NOW + 2)
    yield "a release of what is in force already", feeds

    for role in (NORTH, SOUTH):
        for longer in (NORTH, SOUTH):
            feeds = Feeds()
            feeds.say(NORTH, proposal, NOW)
            feeds.say(longer, ("deal.withdraw", b"\xa0"), NOW, apart=True)
            feeds.say(role.other, released, NOW + 1, apart=True)
            feeds.say(role, Withdrawn(made.hash), NOW + 1, apart=True)
            feeds.meet()
            feeds.say(role.other, Upheld(made.hash), NOW + 2)
            if longer is NORTH:
                feeds.say(role, Upheld(made.hash), NOW + 3)
            else:
                feeds.say(role.other, Withdrawn(made.hash), NOW + 3)
            feeds.say(role, released, NOW + 4)
            end = "upheld" if longer is NORTH else "given up"
            yield f"a withdrawal that crosses a release, by {role.name.lower()}, {end}", feeds

    feeds = Feeds()
    feeds.say(NORTH, proposal, NOW)
    feeds.say(SOUTH, Withdrawn(made.hash), NOW + 1)
    feeds.say(NORTH, released, NOW + 2)
    yield "a release after a withdrawal that was seen", feeds

    feeds = Feeds()
    feeds.say(NORTH, proposal, NOW)
    feeds.say(NORTH, signed(both[0]), NOW + 1)
    feeds.say(SOUTH, signed(both[1]), NOW + 2, apart=True)
    feeds.say(NORTH, Withdrawn(made.hash), NOW + 2, apart=True)
    feeds.meet()
    feeds.say(SOUTH, released, NOW + 3)
    feeds.say(SOUTH, Withdrawn(made.hash), NOW + 4)
    feeds.say(SOUTH, released, NOW + 5)
    yield "nothing that both let go comes back", feeds

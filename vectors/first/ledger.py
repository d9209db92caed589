"""12.5 and 12.6: events of a line, and the deals and promises that they come to."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from backchannel.crypto.suite import Role
from backchannel.ledger.deal import Capacity
from backchannel.ledger.evolve import evolve
from backchannel.ledger.kinds import Act, Proposed, Said, Signed, Upheld, Withdrawn, Witnessed
from backchannel.ledger.state import Ledger
from backchannel.log.fold import fold
from backchannel.log.order import in_order
from vectors.first.deal import LANGUAGES, NORTH, SOUTH, WITNESS, drafted, recorded_signatures
from vectors.first.feeds import LATE, NOW, Feeds
from vectors.first.shown import Json, Recorded
from vectors.first.third import releases


def ledger(recorded: Recorded) -> Json:
    """12.5, 12.6."""
    return [_case(what, feeds) for what, feeds in _cases(recorded)]


def release(recorded: Recorded) -> Json:
    """12.5, 12.12."""
    return [_case(what, feeds) for what, feeds in releases(recorded)]


def _case(what: str, feeds: Feeds) -> Json:
    return {
        "what": what,
        "line": drafted().terms.line.hex(),
        "events": [event.raw.hex() for event in feeds.events],
        "after": came_to(fold(evolve, in_order(feeds.events), Ledger(drafted().terms.line))),
    }


def came_to(found: Ledger) -> Json:
    return {
        "deals": [
            {
                "deal": deal.draft.hash.hex(),
                "status": deal.status.name.lower().replace("_", " "),
                "proposed": deal.proposed.id.hex(),
                "signed": [deal.signatures[role][1].id.hex() for role in Role if role in deal.signatures],
                "withdrawn": deal.withdrawn.id.hex() if deal.withdrawn else None,
                "witnessed": [mark.id.hex() for _, mark in deal.witnesses],
            }
            for deal in found.deals.values()
        ],
        "promises": [
            {
                "promise": one.obligation.id,
                "life": one.life.value,
                "since": one.since,
                "due": one.due,
                "events": [event.hex() for event in one.events],
            }
            for one in found.promises.values()
        ],
        "ignored": [[one.event.hex(), one.code] for one in found.ignored],
    }


def _cases(recorded: Recorded) -> Iterator[tuple[str, Feeds]]:
    made = drafted()
    both, between = recorded_signatures(recorded)
    proposal = Proposed(made.raw, LANGUAGES)
    signed = [Signed(made.hash, one.public, one.signature) for one in both]

    def told(act: Act, promise: str, **more: Any) -> Said:
        return Said(act, made.hash, promise, **more)

    def in_force() -> Feeds:
        feeds = Feeds()
        feeds.say(NORTH, proposal, NOW)
        feeds.say(SOUTH, signed[1], NOW + 1)
        feeds.say(NORTH, signed[0], NOW + 2)
        return feeds

    feeds = in_force()
    feeds.say(NORTH, told(Act.CLAIM, "first", statement="both", evidence=(bytes(32),)), NOW + 3)
    feeds.say(SOUTH, told(Act.CONFIRM, "first"), NOW + 4)
    feeds.say(SOUTH, told(Act.CLAIM, "one"), NOW + 5)
    feeds.say(NORTH, told(Act.DISPUTE, "one", statement="nobody came"), NOW + 6)
    feeds.say(SOUTH, told(Act.CLAIM, "one"), NOW + 7)
    feeds.say(NORTH, told(Act.CONFIRM, "one"), NOW + 8)
    feeds.say(SOUTH, told(Act.VIOLATE, "quiet"), LATE)
    feeds.say(NORTH, told(Act.DISPUTE, "quiet"), LATE + 1)
    yield "claimed, confirmed, disputed, violated", feeds

    feeds = in_force()
    feeds.say(NORTH, told(Act.CONFIRM, "first"), NOW + 3)
    feeds.say(SOUTH, told(Act.DISPUTE, "first"), NOW + 4)
    feeds.say(SOUTH, told(Act.VIOLATE, "quiet"), NOW + 5)
    feeds.say(SOUTH, told(Act.VIOLATE, "first"), NOW + 5)
    feeds.say(SOUTH, told(Act.CLAIM, "one"), NOW + 6)
    feeds.say(SOUTH, told(Act.CONFIRM, "none"), NOW + 7)
    feeds.say(SOUTH, ("promise.claim", b"\xa0"), NOW + 8)
    feeds.say(SOUTH, Withdrawn(made.hash), NOW + 9)
    feeds.say(NORTH, Upheld(made.hash), NOW + 10)
    feeds.say(NORTH, signed[0], NOW + 11)
    feeds.say(NORTH, proposal, NOW + 12)
    feeds.say(SOUTH, told(Act.WAIVE, "first"), NOW + 13)
    feeds.say(SOUTH, told(Act.WAIVE, "first"), NOW + 14)
    yield "what does not follow, and a waiver that lets the next begin", feeds

    for first in (NORTH, SOUTH):
        feeds = in_force()
        if first is SOUTH:
            feeds.say(NORTH, ("text", b""), NOW + 3, apart=True)
        feeds.say(NORTH, told(Act.CLAIM, "first"), LATE, apart=True)
        feeds.say(SOUTH, told(Act.VIOLATE, "first"), LATE, apart=True)
        feeds.meet()
        feeds.say(SOUTH, told(Act.CONFIRM, "first"), LATE + 1)
        yield f"a claim and a breach that cross, {first.name.lower()} first", feeds

    for role in (NORTH, SOUTH):
        feeds = Feeds()
        feeds.say(NORTH, proposal, NOW)
        feeds.say(role, signed[role], NOW + 1)
        feeds.say(role.other, signed[role.other], NOW + 2, apart=True)
        feeds.say(role, Withdrawn(made.hash), NOW + 2, apart=True)
        feeds.meet()
        yield f"a withdrawal that crosses the second signature, by {role.name.lower()}", feeds
        more = Feeds()
        more.__dict__ = {**feeds.__dict__, "events": [*feeds.events], "count": [*feeds.count], "seen": [*feeds.seen]}
        feeds.say(role.other, Upheld(made.hash), NOW + 3)
        feeds.say(role, Upheld(made.hash), NOW + 4)
        yield f"the same, upheld by {role.name.lower()}", feeds
        more.say(role, Withdrawn(made.hash), NOW + 3)
        more.say(role.other, Withdrawn(made.hash), NOW + 4)
        yield f"the same, given up, {role.name.lower()} first", more

    feeds = Feeds()
    feeds.say(NORTH, proposal, NOW)
    feeds.say(SOUTH, replace(signed[1], signature=both[0].signature), NOW + 1)
    feeds.say(SOUTH, signed[1], LATE)
    feeds.say(SOUTH, Withdrawn(made.hash), NOW + 2)
    feeds.say(NORTH, signed[0], NOW + 3)
    yield "a wrong signature, one that is too late, a withdrawal", feeds

    feeds = in_force()
    feeds.say(SOUTH, Witnessed(made.hash, WITNESS, Capacity.WITNESS, between.public, between.signature), NOW + 3)
    feeds.say(SOUTH, Witnessed(made.hash, WITNESS, Capacity.GUARANTOR, between.public, between.signature), NOW + 4)
    feeds.say(NORTH, Witnessed(made.hash, WITNESS, Capacity.GUARANTOR, between.public, between.signature), NOW + 5)
    yield "a guarantor, in the right capacity and once", feeds

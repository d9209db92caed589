"""Deals before third parties: shown to a principal or a witness, signed off, and countersigned (spec 12.10, 12.11)."""

from __future__ import annotations

from collections.abc import Callable

from backchannel.app.desk import Desk, Work
from backchannel.app.ledger import SHORTEST, Ledgers, find_deal
from backchannel.app.line import Line, Phase
from backchannel.app.mandate import say_body
from backchannel.app.ports import Transaction
from backchannel.app.say import append_own
from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused, DealVoid, InputRefused, LineNotOpen, NotVerified
from backchannel.ledger.deal import Capacity, Countersignature, Draft, countersign
from backchannel.ledger.decide import Speaker, witness
from backchannel.ledger.evolve import evolve
from backchannel.ledger.mandate import Signoff
from backchannel.ledger.state import Deal, Status
from backchannel.ledger.third import Copy, ThirdParty, evolve_third
from backchannel.ledger.third_decide import show, witness_shown
from backchannel.ledger.third_kinds import PREFIX
from backchannel.log.event import Event
from backchannel.log.fold import fold

Make = Callable[[ThirdParty, Speaker], "tuple[str, bytes]"]
"""Makes an event of what a line with a third party has; raises what a person should read."""


def third_party(transaction: Transaction, line: Line) -> ThirdParty:
    """Return what a line with a third party has, as a transaction sees it."""
    return fold(evolve_third, transaction.of_kinds(line.id, PREFIX), ThirdParty())


def look_at(desk: Desk, name: str) -> tuple[Line, ThirdParty]:
    """Return a line, and what was shown, witnessed and deposited on it.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        return line, third_party(transaction, line)


def speaker_on(line: Line, now: int) -> Speaker:
    """Return the owner as a speaker on a line.

    Raises:
        LineNotOpen: nobody is at its other end.
    """
    if line.phase is Phase.REFUSED or not line.origin:
        raise LineNotOpen(line.name)
    return Speaker(Role(line.role), now, line.verified is not None)


def say_there(work: Work, line: Line, now: int, make: Make) -> Event:
    """Say one thing on a line with a third party, within a transaction.

    Raises:
        LineNotOpen: nobody is at its other end.
        BackchannelError: what `make` refuses with.
    """
    kind, body = make(third_party(work.transaction, line), speaker_on(line, now))
    line, event = append_own(work, line, kind, body, now)
    work.transaction.save_line(line)
    return event


def show_deal(ledgers: Ledgers, name: str, typed: str, to: str) -> tuple[Event, Deal]:
    """Show a deal of one line to whoever is at the other end of another, with its signatures once it is in force.

    Args:
        ledgers: of the vault.
        name: the line of the deal.
        typed: the beginning of the deal's hash.
        to: the line to a principal or a witness.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: the line to the third party is not verified.
        DealRefused: there is no such deal, or it was shown there before.
        InputRefused: both are the same line.
    """
    desk = ledgers.desk
    now = desk.clock()
    with desk.work() as work:
        line, other = work.transaction.line_named(name), work.transaction.line_named(to)
        if line.id == other.id:
            raise InputRefused("whoever is there has the deal; name the line to somebody else")
        deal = find_deal(ledgers.of(work.transaction, line), typed)
        both = deal.both if deal.status in (Status.IN_FORCE, Status.AMENDED) else ()
        event = say_there(work, other, now, lambda there, me: show(there, me, deal.draft, both))
    return event, deal


def find_draft(drafts: dict[bytes, Draft], typed: str) -> Draft:
    """Return the deal whose hash begins so, among those that can be read on a line.

    Raises:
        DealRefused: there is none, or more than one.
    """
    beginning = typed.strip().lower()
    found = [draft for deal, draft in drafts.items() if deal.hex().startswith(beginning)]
    if len(beginning) < SHORTEST or not found:
        raise DealRefused(f"there is no deal {typed}", hint="see them: backchannel deal show NAME")
    if len(found) > 1:
        raise DealRefused(f"more than one deal begins with {typed}; type more of it")
    return found[0]


def readable(ledgers: Ledgers, name: str, typed: str) -> Draft:
    """Return a deal of a line, or one that was shown or deposited on it.

    Raises:
        LineUnknown: there is no such line.
        DealRefused: there is none, or more than one.
    """
    _, ledger = ledgers.look(name)
    _, there = look_at(ledgers.desk, name)
    own = {deal: one.draft for deal, one in ledger.deals.items()}
    return find_draft(there.drafts() | own, typed)


def sign_off(ledgers: Ledgers, name: str, typed: str, shown: bytes, words: str = "") -> Event:
    """Sign off a deal that can be read on a line, after the whole text was shown (spec 15.5.3).

    Args:
        ledgers: of the vault.
        name: the line to the go-between.
        typed: the beginning of the deal's hash.
        shown: the hash that was shown beside the whole text, 32 bytes.
        words: what else is said of it.

    Raises:
        NotVerified: the line is not verified.
        DealRefused: there is no such deal there, or another text was shown.
    """
    draft = readable(ledgers, name, typed)
    line, _ = look_at(ledgers.desk, name)
    if line.verified is None:
        raise NotVerified(name)
    if shown != draft.hash:
        raise DealRefused("what was shown is another text")
    return say_body(ledgers.desk, name, Signoff(draft.hash, words))


def copy_shown(there: ThirdParty, line: Line, deal: bytes) -> Copy:
    """Return a deal that the other end has shown with both signatures.

    Raises:
        DealRefused: it was not shown.
        DealVoid: it was shown without both signatures.
    """
    found = there.copies.get((Role(line.role).other, deal))
    if found is None:
        raise DealRefused("the other side has not shown it here")
    if not found.both:
        raise DealVoid("it was shown without both signatures")
    return found


def witness_over_line(
    desk: Desk, name: str, deal: bytes, who: str, capacity: Capacity
) -> tuple[Event, Countersignature]:  # fmt: skip
    """Countersign a deal that a side has shown on a line, by a key that is forgotten at once, and give it back there.

    Args:
        desk: of the vault.
        name: the line to the side.
        deal: hash of the deal whose whole text was read.
        who: the witness's name.
        capacity: as what.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: it is not verified.
        DealRefused: the deal was not shown there.
        DealVoid: it was shown without both signatures.
        TermsRefused: the witness has no name.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.verified is None:
            raise NotVerified(name)
        both = copy_shown(third_party(work.transaction, line), line, deal).both
        one = countersign(deal, both, who, capacity, SigningKey.generate())
        event = say_there(work, line, now, lambda there, me: witness_shown(there, me, deal, one))
    return event, one


def bring_from_line(ledgers: Ledgers, name: str, typed: str, source: str) -> list[Event]:
    """Bring to a deal's line every countersignature that came over another, all in one transaction.

    Args:
        ledgers: of the vault.
        name: the line of the deal.
        typed: the beginning of the deal's hash.
        source: the line to the witness.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: the line to the witness is not verified.
        DealRefused: there is no such deal in force, or nothing new came.
    """
    desk = ledgers.desk
    now = desk.clock()
    events = []
    with desk.work() as work:
        line, other = work.transaction.line_named(name), work.transaction.line_named(source)
        if other.verified is None:
            raise NotVerified(source)
        ledger = ledgers.of(work.transaction, line)
        deal = find_deal(ledger, typed)
        copy = third_party(work.transaction, other).copies.get((Role(other.role), deal.draft.hash))
        known = {one.public for one, _ in deal.witnesses}
        new = [one for one, _ in ([] if copy is None else copy.witnesses) if one.public not in known]
        if not new:
            raise DealRefused(f"no countersignature under it came from {source} that is not here")
        for one in new:
            kind, body = witness(ledger, speaker_on(line, now), deal.draft.hash, one)
            line, event = append_own(work, line, kind, body, now)
            ledger = evolve(ledger, event)
            events.append(event)
        work.transaction.save_line(line)
    return events

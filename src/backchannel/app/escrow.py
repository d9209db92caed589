"""A guarantor who holds the signatures of both sides and releases them together (spec 12.12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from backchannel.app.desk import Desk
from backchannel.app.ledger import Ledgers, find_deal, listings_of
from backchannel.app.line import Line
from backchannel.app.mandate_check import deal_signed_off
from backchannel.app.ports import Transaction
from backchannel.app.say import append_own
from backchannel.app.third import find_draft, say_there, speaker_on, third_party
from backchannel.crypto.sign import SigningKey
from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused, InputRefused, NotVerified
from backchannel.ledger.deal import Capacity, Countersignature, Draft, Signature, countersign
from backchannel.ledger.decide import bring_release, sign_apart
from backchannel.ledger.evolve import evolve
from backchannel.ledger.kinds import Released
from backchannel.ledger.listing import check_lists
from backchannel.ledger.state import Deal
from backchannel.ledger.third import Deposit, Holding
from backchannel.ledger.third_decide import deposit, release, take_back
from backchannel.log.event import Event


@dataclass(frozen=True, slots=True)
class Held:
    """A deal with the signatures that were put into the owner's hands.

    Attributes:
        draft: terms, text and hash.
        deposits: each with the line that it came on.
    """

    draft: Draft
    deposits: tuple[tuple[Line, Deposit], ...]

    @property
    def ready(self) -> bool:
        """Say whether both sides' signatures are held, so that they can be released."""
        return len(self.lines) == len(Role)

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the lines whose signatures are held, by role; of more than one for a side, the first."""
        held = {one.signature.role: line.name for line, one in self.deposits[::-1] if one.holding is Holding.HELD}
        return tuple(held[role] for role in Role if role in held)


def deposits_in(transaction: Transaction, *, mine: bool) -> list[tuple[Line, Deposit]]:
    """Return the deposits on all lines: those that the owner made, or those that were put into the owner's hands."""
    return [
        (line, one)
        for line in transaction.lines()
        for one in third_party(transaction, line).deposits
        if (int(one.deposited.author) == int(line.role)) is mine
    ]


def own_deposits(transaction: Transaction, deal: bytes) -> list[tuple[Line, Deposit]]:
    """Return the owner's deposits under a deal, each with the line to the guarantor."""
    return [(line, one) for line, one in deposits_in(transaction, mine=True) if one.draft.hash == deal]


def holders(desk: Desk, deal: bytes) -> list[str]:
    """Return the lines to guarantors who hold the owner's signature under a deal."""
    with desk.look() as transaction:
        return [line.name for line, one in own_deposits(transaction, deal) if one.holding is Holding.HELD]


def held(desk: Desk) -> list[Held]:
    """Return every deal of which the owner holds a signature, or held one."""
    with desk.look() as transaction:
        found: dict[bytes, list[tuple[Line, Deposit]]] = {}
        for line, one in deposits_in(transaction, mine=False):
            found.setdefault(one.draft.hash, []).append((line, one))
    return [Held(some[0][1].draft, tuple(some)) for some in found.values()]


def deposit_signature(ledgers: Ledgers, name: str, typed: str, shown: bytes, guarantor: str) -> tuple[Event, Signature]:
    """Sign a deal by a key that is forgotten at once, and put the signature into a guarantor's hands; it is void alone.

    Args:
        ledgers: of the vault.
        name: the line of the deal.
        typed: the beginning of the deal's hash.
        shown: the hash that was shown beside the whole text, 32 bytes.
        guarantor: the line to the guarantor.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: one of the two lines is not verified.
        DealRefused: another text was shown, it cannot be signed any more, or a signature under it is deposited already.
        TermsRefused: something in it has become due, or a list is no longer as it was closed.
        BeyondMandate: a principal whose mandate is used for the line has not signed it off.
        InputRefused: both lines are the same.
    """
    now = ledgers.desk.clock()
    with ledgers.desk.work() as work:
        line, other = verified(work.transaction, (name, guarantor))
        ledger = ledgers.of(work.transaction, line)
        draft = find_deal(ledger, typed).draft
        for holder, one in own_deposits(work.transaction, draft.hash):
            if one.holding is not Holding.TAKEN_BACK:
                raise DealRefused(f"your signature was deposited with {holder.name}: it is {one.holding.value}")
        check_lists(draft.terms, listings_of(work.transaction, line))
        deal_signed_off(work.transaction, line, draft.hash)
        made = sign_apart(ledger, speaker_on(line, now), draft.hash, shown, SigningKey.generate())
        event = say_there(work, other, now, lambda there, me: deposit(there, me, draft, made))
    return event, made


def take_deposit_back(desk: Desk, guarantor: str, typed: str) -> tuple[Event, Draft]:
    """Take back a signature that was deposited and not yet released.

    Raises:
        LineUnknown: there is no such line.
        DealRefused: the owner deposited none there, or it was released.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(guarantor)
        draft = find_draft(third_party(work.transaction, line).drafts(), typed)
        event = say_there(work, line, now, lambda there, me: take_back(there, me, draft.hash))
    return event, draft


def release_both(
    desk: Desk, names: tuple[str, str], typed: str, shown: bytes, who: str
) -> tuple[tuple[Event, ...], Countersignature]:  # fmt: skip
    """Give both signatures, with the guarantor's own, out on both lines in one transaction: on both, or on none.

    Args:
        desk: of the guarantor's vault.
        names: the lines to the two sides.
        typed: the beginning of the deal's hash.
        shown: the hash that was shown beside the whole text, 32 bytes.
        who: the guarantor's name.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: one of the two lines is not verified.
        DealRefused: a side's signature is not held, both are of one side, or another text was shown.
        TermsRefused: the guarantor has no name, or something in the deal has become due.
        InputRefused: both lines are the same.
    """
    now = desk.clock()
    with desk.work() as work:
        lines = verified(work.transaction, names)
        draft = find_draft(third_party(work.transaction, lines[0]).drafts(), typed)
        if shown != draft.hash:
            raise DealRefused("what was shown is another text")
        both = _both_held(work.transaction, lines, draft.hash)
        one = countersign(draft.hash, both, who, Capacity.GUARANTOR, SigningKey.generate())
        released = Released(draft.hash, both, one)
        events = tuple(say_there(work, line, now, lambda there, me: release(there, me, released)) for line in lines)
    return events, one


def _both_held(transaction: Transaction, lines: Sequence[Line], deal: bytes) -> tuple[Signature, ...]:
    found = []
    for line in lines:
        some = [one for one in third_party(transaction, line).deposits if one.draft.hash == deal]
        if not some or int(some[-1].deposited.author) == int(line.role):
            raise DealRefused(f"{line.name} has deposited no signature under it; the other is void alone")
        if some[-1].holding is not Holding.HELD:
            raise DealRefused(f"the signature of {line.name} is {some[-1].holding.value}")
        found.append(some[-1].signature)
    if {one.role for one in found} != set(Role):
        raise DealRefused("both lines have deposited a signature of the same side")
    return tuple(sorted(found, key=lambda one: one.role))


def bring_released(ledgers: Ledgers, name: str, typed: str, guarantor: str) -> tuple[Event, Deal]:
    """Bring both signatures, which a guarantor released, to the line of the deal, so that it is in force there.

    Args:
        ledgers: of the vault.
        name: the line of the deal.
        typed: the beginning of the deal's hash.
        guarantor: the line to the guarantor.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: one of the two lines is not verified.
        DealRefused: nothing was released there, or it was brought before.
        TermsRefused: something in it has become due.
        InputRefused: both lines are the same.
    """
    now = ledgers.desk.clock()
    with ledgers.desk.work() as work:
        line, other = verified(work.transaction, (name, guarantor))
        ledger = ledgers.of(work.transaction, line)
        deal = find_deal(ledger, typed).draft.hash
        found = [one.released for one in third_party(work.transaction, other).deposits if one.draft.hash == deal]
        released = next((given for given in reversed(found) if given is not None), None)
        if released is None:
            raise DealRefused(f"{guarantor} has released no signatures under it")
        kind, body = bring_release(ledger, speaker_on(line, now), released[0])
        line, event = append_own(work, line, kind, body, now)
        work.transaction.save_line(line)
    return event, evolve(ledger, event).deal(deal)


def verified(transaction: Transaction, names: tuple[str, str]) -> tuple[Line, Line]:
    """Return two different lines, both verified.

    Raises:
        LineUnknown: there is no such line.
        NotVerified: the safety number of one was not compared.
        InputRefused: both are the same.
    """
    first, second = (transaction.line_named(name) for name in names)
    if first.id == second.id:
        raise InputRefused("these are one line; name two")
    for line in (first, second):
        if line.verified is None:
            raise NotVerified(line.name)
    return first, second

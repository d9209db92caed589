"""A line with a third party to a deal, as a value: what was shown, witnessed, deposited, released on it (spec 12.10).

The same fold on both ends, and the same code before anything is said. A deposit is the signature of one side in the
hands of a guarantor. Taking it back and releasing it can cross; then the signature is out, and both ends see it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType

from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError, DealRefused, DealVoid, SignatureRefused
from backchannel.ledger.deal import (
    MOST_WITNESSES,
    Countersignature,
    Draft,
    Signature,
    check_both,
    check_countersignature,
    check_release,
    check_signature,
    draft_from,
)
from backchannel.ledger.evolve import mark_of
from backchannel.ledger.kinds import Released, Witnessed
from backchannel.ledger.promise import Mark
from backchannel.ledger.state import Ignored
from backchannel.ledger.terms import check_dates
from backchannel.ledger.third_kinds import THIRD_KINDS, Deposited, Shown, TakenBack, ThirdBody, read_third_body
from backchannel.log.event import Event


class Holding(Enum):
    """Where a deposited signature stands; the value is what people read."""

    HELD = "held, and void alone"
    TAKEN_BACK = "taken back"
    RELEASED = "released together with the other side's"
    CROSSED = "released while it was being taken back"
    BROKEN = "released although it had been taken back"


OUT = frozenset({Holding.RELEASED, Holding.CROSSED, Holding.BROKEN})
"""Where both sides have both signatures, or can have."""


@dataclass(frozen=True, slots=True)
class Copy:
    """A deal as it was shown to the other end.

    Attributes:
        draft: terms, text and hash.
        shown: the event that showed it last.
        both: the signatures of both sides, or none.
        witnesses: who of the other end countersigned, each with the event.
    """

    draft: Draft
    shown: Mark
    both: tuple[Signature, ...] = ()
    witnesses: tuple[tuple[Countersignature, Mark], ...] = ()


@dataclass(frozen=True, slots=True)
class Deposit:
    """A side's signature in the hands of a guarantor.

    Attributes:
        draft: terms, text and hash.
        signature: void alone.
        deposited: the event; its author is the side.
        holding: where it stands.
        taken_back: the event that took it back, if there is one.
        released: both signatures with the guarantor's, and the event that gave them out.
    """

    draft: Draft
    signature: Signature
    deposited: Mark
    holding: Holding = Holding.HELD
    taken_back: Mark | None = None
    released: tuple[Released, Mark] | None = None


@dataclass(frozen=True, slots=True)
class ThirdParty:
    """What a line with a third party has.

    Attributes:
        copies: by who showed it and the deal's hash.
        deposits: in the order in which they were made.
        ignored: events that do not count.
    """

    copies: Mapping[tuple[Role, bytes], Copy] = field(default_factory=lambda: MappingProxyType({}))
    deposits: tuple[Deposit, ...] = ()
    ignored: tuple[Ignored, ...] = ()

    def deposit(self, deal: bytes) -> Deposit:
        """Return the last deposit of a deal.

        Raises:
            DealRefused: there is none.
        """
        found = [one for one in self.deposits if one.draft.hash == deal]
        if not found:
            raise DealRefused("no signature under it was deposited here")
        return found[-1]

    def drafts(self) -> dict[bytes, Draft]:
        """Return every deal that can be read here, by its hash."""
        shown = {deal: copy.draft for (_, deal), copy in self.copies.items()}
        return shown | {one.draft.hash: one.draft for one in self.deposits}


def evolve_third(state: ThirdParty, event: Event) -> ThirdParty:
    """Return the state after an event of any kind; events come in the one order (spec 4.3)."""
    if event.kind not in THIRD_KINDS:
        return state
    try:
        return apply_third(state, mark_of(event), read_third_body(event.kind, event.body))
    except BackchannelError as error:
        return replace(state, ignored=(*state.ignored, Ignored(event.id, error.code)))


def apply_third(state: ThirdParty, mark: Mark, body: ThirdBody) -> ThirdParty:
    """Return the state after something was said.

    Args:
        state: before.
        mark: the event that says it.
        body: what it says.

    Raises:
        BackchannelError: it does not follow; each case has its own class.
    """
    match body:
        case Shown():
            return _shown(state, mark, body)
        case Witnessed():
            return _witnessed(state, mark, body)
        case Deposited():
            return _deposited(state, mark, body)
        case TakenBack():
            return _taken_back(state, mark, body)
        case Released():
            return _released(state, mark, body)


def _shown(state: ThirdParty, mark: Mark, body: Shown) -> ThirdParty:
    draft = draft_from(body.terms, body.languages)
    if body.both:
        check_both(draft.hash, body.both)
    before = state.copies.get((mark.author, draft.hash))
    if before is not None and (before.both or not body.both):
        raise DealRefused("it was shown here before")
    return _with_copy(state, mark.author, Copy(draft, mark, body.both))


def _with_copy(state: ThirdParty, author: Role, copy: Copy) -> ThirdParty:
    return replace(state, copies=MappingProxyType({**state.copies, (author, copy.draft.hash): copy}))


def _witnessed(state: ThirdParty, mark: Mark, body: Witnessed) -> ThirdParty:
    copy = state.copies.get((mark.author.other, body.deal))
    if copy is None:
        raise DealRefused("the other side has not shown it here")
    if not copy.both:
        raise DealVoid
    one = Countersignature(body.name, body.capacity, body.public, body.signature)
    used = [*(signature.public for signature in copy.both), *(other.public for other, _ in copy.witnesses)]
    if one.public in used or len(copy.witnesses) >= MOST_WITNESSES:
        raise SignatureRefused("one key twice, or too many witnesses")
    check_countersignature(body.deal, copy.both, one)
    return _with_copy(state, mark.author.other, replace(copy, witnesses=(*copy.witnesses, (one, mark))))


def _deposited(state: ThirdParty, mark: Mark, body: Deposited) -> ThirdParty:
    draft = draft_from(body.terms, body.languages)
    former = [one for one in state.deposits if one.draft.hash == draft.hash]
    if any(one.holding is not Holding.TAKEN_BACK for one in former):
        raise DealRefused(f"a signature under it is here already: {former[-1].holding.value}")
    if any((one.deposited.author, one.signature.role) != (mark.author, body.signature.role) for one in former):
        raise DealRefused("on one line one side deposits, for itself alone")
    if any(one.signature.public == body.signature.public for one in former):
        raise SignatureRefused("a key that was taken back")
    check_dates(draft.terms, mark.clock // 1000)
    check_signature(draft.hash, body.signature)
    return replace(state, deposits=(*state.deposits, Deposit(draft, body.signature, mark)))


def _taken_back(state: ThirdParty, mark: Mark, body: TakenBack) -> ThirdParty:
    one = state.deposit(body.deal)
    if one.deposited.author is not mark.author:
        raise DealRefused("only the side that deposited a signature takes it back")
    if one.holding is Holding.HELD:
        return _changed(state, one, replace(one, holding=Holding.TAKEN_BACK, taken_back=mark))
    if one.holding is Holding.RELEASED and one.released is not None and not mark.saw(one.released[1]):
        return _changed(state, one, replace(one, holding=Holding.CROSSED, taken_back=mark))
    raise DealRefused(f"it is {one.holding.value}")


def _released(state: ThirdParty, mark: Mark, body: Released) -> ThirdParty:
    found = [one for one in state.deposits if one.draft.hash == body.deal and one.signature in body.both]
    if not found:
        raise DealRefused("it holds no signature that was deposited here")
    (one,) = found  # one side deposits here, and each time with another key
    if one.deposited.author is mark.author:
        raise DealRefused("a guarantor releases, not the side that deposited")
    if one.holding in OUT:
        raise DealRefused(f"it is {one.holding.value}")
    check_release(body.deal, body.both, body.guarantor)
    holding = Holding.RELEASED
    if one.taken_back is not None:
        # The signature is out whatever was said, so it is never hidden; what the guarantor knew makes the difference.
        holding = Holding.BROKEN if mark.saw(one.taken_back) else Holding.CROSSED
    return _changed(state, one, replace(one, holding=holding, released=(body, mark)))


def _changed(state: ThirdParty, one: Deposit, other: Deposit) -> ThirdParty:
    return replace(state, deposits=tuple(other if each is one else each for each in state.deposits))

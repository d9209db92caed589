"""Acts: everything that a side can do at the table (spec 10.2). Each becomes one event."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

from backchannel.log.handling import Handling
from backchannel.table.clause import Clause
from backchannel.table.issue import Issue, Value


class OfferKind(IntEnum):
    """How an offer is meant."""

    FEELER = 0
    PROPOSAL = 1
    BINDING = 2


USUAL: Mapping[OfferKind, Handling] = {
    OfferKind.FEELER: Handling.FOR_YOU_ALONE,
    OfferKind.PROPOSAL: Handling.MAY_BE_CONVEYED,
    OfferKind.BINDING: Handling.OFFICIAL,
}
"""The handling of an offer whose author says none."""


@dataclass(frozen=True, slots=True)
class Until:
    """When something ends, as its author says it.

    Attributes:
        moment: milliseconds since 1970.
        zone: minutes east of UTC in which the author thinks of it.
    """

    moment: int
    zone: int = 0


# --- the agenda -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Add:
    """Put a new issue on the agenda."""

    issue: Issue


@dataclass(frozen=True, slots=True)
class Replace:
    """Put another version of an issue in the place of one; `version` is the id of what it replaces."""

    version: bytes
    issue: Issue


@dataclass(frozen=True, slots=True)
class Close:
    """Take an issue off the agenda; `version` is the id of its version."""

    version: bytes


Change: TypeAlias = Add | Replace | Close


@dataclass(frozen=True, slots=True)
class ProposeIssues:
    """Propose changes to the agenda, to be agreed all or none."""

    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class AgreeIssues:
    """Agree to the other side's proposal for the agenda."""

    proposal: bytes


@dataclass(frozen=True, slots=True)
class DeclineIssues:
    """Decline the other side's proposal for the agenda, or take one's own back."""

    proposal: bytes


# --- offers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MakeOffer:
    """Offer a package.

    Attributes:
        kind: how it is meant.
        package: version id -> value; the versions say under which agenda it was made.
        conditions: texts under which alone it holds.
        until: after which it is expired; None is no end.
        replies_to: the event id of the offer that it counters.
        handling: what the other side may do with it; a feeler is for the other side alone.
    """

    kind: OfferKind
    package: Mapping[bytes, Value]
    conditions: tuple[str, ...] = ()
    until: Until | None = None
    replies_to: bytes | None = None
    handling: Handling = Handling.FOR_YOU_ALONE


@dataclass(frozen=True, slots=True)
class AcceptOffer:
    """Accept the other side's offer: whole (`versions` is None), or provisionally for some of its issues."""

    offer: bytes
    versions: tuple[bytes, ...] | None = None


@dataclass(frozen=True, slots=True)
class RejectOffer:
    """Reject the other side's offer."""

    offer: bytes
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """Withdraw an offer of one's own."""

    offer: bytes


@dataclass(frozen=True, slots=True)
class Settle:
    """Say how what crossed is to be settled: this offer holds, or with None, nothing of it does."""

    outcome: bytes | None


# --- the single text ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProposeText:
    """Put a version of the one text on the table; `bases` are the versions that it takes the place of."""

    clauses: tuple[Clause, ...]
    bases: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class CommentText:
    """Comment on a clause of a version."""

    version: bytes
    clause: int
    text: str


@dataclass(frozen=True, slots=True)
class DecideText:
    """Say the final yes or no to a version."""

    version: bytes
    yes: bool


Act: TypeAlias = (
    ProposeIssues
    | AgreeIssues
    | DeclineIssues
    | MakeOffer
    | AcceptOffer
    | RejectOffer
    | WithdrawOffer
    | Settle
    | ProposeText
    | CommentText
    | DecideText
)

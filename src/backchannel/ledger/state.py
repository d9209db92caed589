"""Everything agreed on a line, as a value: deals, promises, and what was said that does not count (spec 12.5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from types import MappingProxyType
from typing import Any

from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused
from backchannel.ledger.deal import Countersignature, Draft, Signature
from backchannel.ledger.growing import grown
from backchannel.ledger.promise import Mark, Promise


class Status(Enum):
    """Where a deal stands; the value is what people read."""

    PROPOSED = "proposed"
    HALF_SIGNED = "signed by one side, and void"
    IN_FORCE = "in force"
    WITHDRAWN = "withdrawn"
    CONTESTED = "contested: one side withdrew while the other signed"
    AMENDED = "replaced by a later deal"


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal and what became of it.

    Attributes:
        draft: terms, text and hash.
        proposed: the event that proposed it.
        status: where it stands.
        signatures: by role, each with its event.
        withdrawn: the withdrawal, if there is one.
        witnesses: who countersigned, each with the event that brought it.
        amended_by: hash of the deal that replaced it.
        released: the events that brought both signatures from a guarantor; either side may, so there can be two.
    """

    draft: Draft
    proposed: Mark
    status: Status = Status.PROPOSED
    signatures: Mapping[Role, tuple[Signature, Mark]] = field(default_factory=lambda: MappingProxyType({}))
    withdrawn: Mark | None = None
    witnesses: tuple[tuple[Countersignature, Mark], ...] = ()
    amended_by: bytes | None = None
    released: tuple[Mark, ...] = ()

    @property
    def both(self) -> tuple[Signature, ...]:
        """Return the signatures there are, by role."""
        return tuple(self.signatures[role][0] for role in Role if role in self.signatures)


@dataclass(frozen=True, slots=True)
class Ignored:
    """An event that does not count, and the code of the error that says why."""

    event: bytes
    code: str


@dataclass(frozen=True, slots=True)
class Ledger:
    """What was agreed on a line, and what became of it.

    Attributes:
        line: 32 bytes that stand for the line; a deal of another line is no deal here.
        deals: by hash, in the order in which they were proposed.
        promises: by deal and id, of deals that came into force.
        ignored: events that do not count.
    """

    line: bytes
    deals: Mapping[bytes, Deal] = field(default_factory=lambda: MappingProxyType({}))
    promises: Mapping[tuple[bytes, str], Promise] = field(default_factory=lambda: MappingProxyType({}))
    ignored: tuple[Ignored, ...] = ()

    def deal(self, deal_hash: bytes) -> Deal:
        """Return a deal.

        Raises:
            DealRefused: nobody proposed it.
        """
        if deal_hash not in self.deals:
            raise DealRefused("nobody proposed it")
        return self.deals[deal_hash]

    def promise(self, deal_hash: bytes, name: str) -> Promise:
        """Return a promise of a deal that came into force.

        Raises:
            DealRefused: there is no such promise.
        """
        if (deal_hash, name) not in self.promises:
            raise DealRefused(f"there is no promise {name} in force")
        return self.promises[deal_hash, name]

    def with_deal(self, deal_hash: bytes, **changes: Any) -> Ledger:
        """Return the ledger with a deal changed."""
        return replace(
            self, deals=MappingProxyType({**self.deals, deal_hash: replace(self.deals[deal_hash], **changes)})
        )

    def with_promises(self, *promises: Promise) -> Ledger:
        """Return the ledger with promises added or changed."""
        more = {(one.deal, one.obligation.id): one for one in promises}
        return replace(self, promises=grown(self.promises, more))

    def of(self, deal_hash: bytes) -> tuple[Promise, ...]:
        """Return the promises of a deal, in the order of its terms."""
        return tuple(promise for (deal, _), promise in self.promises.items() if deal == deal_hash)

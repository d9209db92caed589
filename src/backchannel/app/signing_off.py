"""What principals signed off, each on a line of their own, and whether that is enough to bind (spec 15.5.2, 15.5.3)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.errors import BeyondMandate
from backchannel.ledger.mandate import SIGNOFF, Signoff, signoffs
from backchannel.log.event import Event


@dataclass(frozen=True, slots=True)
class SignedOff:
    """A sign-off, with the line on which it was said."""

    line: Line
    event: Event
    signoff: Signoff

    @property
    def mine(self) -> bool:
        """Say whether the owner said it."""
        return self.event.author == int(self.line.role)


def signed_off_on(transaction: Transaction, line: Line, of: bytes | None = None) -> tuple[SignedOff, ...]:
    """Return the sign-offs of a line, by both ends; or those of one hash."""
    found = signoffs(transaction.of_kinds(line.id, SIGNOFF), of)
    return tuple(SignedOff(line, event, body) for event, body in found)


def demand_signoffs(
    transaction: Transaction, principals: list[Line], of: bytes, what: str, way: Callable[[Line], str]
) -> None:
    """Return if each principal signed something off on a verified line of their own.

    Args:
        transaction: that looks.
        principals: the lines whose mandates are used where it would bind.
        of: its hash.
        what: the word for it.
        way: what to do where a sign-off is missing.

    Raises:
        BeyondMandate: one did not.
    """
    for principal in principals:
        if all(one.mine for one in signed_off_on(transaction, principal, of)):
            raise BeyondMandate(f"{principal.name} has not signed off {what} {of.hex()}", hint=way(principal))
        if principal.verified is None:
            raise BeyondMandate(
                f"{principal.name} signed it off on a line that is not verified",
                hint=f"compare the safety number: backchannel verify {principal.name}",
            )

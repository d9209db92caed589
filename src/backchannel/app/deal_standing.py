"""What else the owner knows of the deals of a line: who signed them off, and where a deposited signature stands."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.app.desk import Desk
from backchannel.app.escrow import deposits_in
from backchannel.app.line import Line
from backchannel.app.mandate_check import principals_of
from backchannel.app.signing_off import SignedOff, signed_off_on
from backchannel.ledger.third import Deposit


@dataclass(frozen=True, slots=True)
class Standing:
    """Gathered once from every line of the vault; the other side of the deal's line learns nothing of it.

    Attributes:
        principals: the lines whose mandates are used for this one.
        signed_off: sign-offs of anything, by the other end of their lines.
        own_sign_offs: what the owner signed off on this line.
        deposits: the owner's, each with the line to the guarantor.
    """

    principals: tuple[Line, ...]
    signed_off: tuple[SignedOff, ...]
    own_sign_offs: frozenset[bytes]
    deposits: tuple[tuple[Line, Deposit], ...]

    def signoffs(self, deal: bytes) -> list[SignedOff]:
        """Return who signed a deal off."""
        return [one for one in self.signed_off if one.signoff.of == deal]

    def missing(self, deal: bytes) -> list[Line]:
        """Return the principals who did not."""
        given = {one.line.id for one in self.signoffs(deal)}
        return [principal for principal in self.principals if principal.id not in given]

    def deposited(self, deal: bytes) -> list[tuple[Line, Deposit]]:
        """Return the owner's deposits under a deal."""
        return [(line, one) for line, one in self.deposits if one.draft.hash == deal]


def standing_on(desk: Desk, name: str) -> Standing:
    """Return it for the deals of a line.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        found = [one for each in transaction.lines() for one in signed_off_on(transaction, each)]
        return Standing(
            tuple(principals_of(transaction, line)),
            tuple(one for one in found if not one.mine),
            frozenset(one.signoff.of for one in found if one.mine and one.line.id == line.id),
            tuple(deposits_in(transaction, mine=True)),
        )

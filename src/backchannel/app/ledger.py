"""The ledger of a line: folded from its events, and one act more."""

from __future__ import annotations

from collections.abc import Callable

from backchannel.app.desk import Desk
from backchannel.app.folded import Folded
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Transaction
from backchannel.app.say import append_own
from backchannel.crypto.suite import Role
from backchannel.errors import DealRefused, LineNotOpen
from backchannel.ledger.deal import deal_line
from backchannel.ledger.decide import Speaker
from backchannel.ledger.evolve import evolve, fold_ledger
from backchannel.ledger.listing import Listings, fold_lists
from backchannel.ledger.promise import Promise
from backchannel.ledger.state import Deal, Ledger
from backchannel.log.event import Event

PREFIXES = ("deal.", "promise.")
LISTS = "list."
SHORTEST = 4
"""Hexadecimal digits that a deal is named by, at least."""

Say = Callable[[Transaction, Line, Ledger, Speaker], "tuple[str, bytes]"]
"""Makes an event of what a transaction sees; raises what a person should read."""


class Ledgers:
    """The ledgers of a vault's lines; what was folded is kept, and only what has come since is folded in."""

    __slots__ = ("_folded", "desk")

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._folded = Folded(PREFIXES, fold_ledger)

    def look(self, name: str) -> tuple[Line, Ledger]:
        """Return a line and its ledger.

        Raises:
            LineUnknown: there is no such line.
        """
        with self.desk.look() as transaction:
            line = transaction.line_named(name)
            return line, self.of(transaction, line)

    def of(self, transaction: Transaction, line: Line) -> Ledger:
        """Return the ledger of a line as a transaction sees it."""
        return self._folded.of(transaction, line, Ledger(deal_line(line.origin)))

    def act(self, name: str, say: Say) -> tuple[Event, Ledger]:
        """Say one thing more, or change nothing.

        Args:
            name: the line.
            say: makes the event.

        Returns:
            The event, and the ledger with it.

        Raises:
            LineUnknown: there is no such line.
            LineNotOpen: nobody is at its other end yet; a deal names the line, which has no name before.
            BackchannelError: what `say` refuses with.
            Oversize: it is too large for one event.
        """
        now = self.desk.clock()
        with self.desk.work() as work:
            line = work.transaction.line_named(name)
            if line.phase is Phase.REFUSED or not line.origin:
                raise LineNotOpen(name)
            ledger = self.of(work.transaction, line)
            speaker = Speaker(Role(line.role), now, line.verified is not None)
            kind, body = say(work.transaction, line, ledger, speaker)
            line, event = append_own(work, line, kind, body, now)
            work.transaction.save_line(line)
        return event, evolve(ledger, event)


def listings_of(transaction: Transaction, line: Line) -> Listings:
    """Return the lists of names of a line as a transaction sees them, folded anew."""
    return fold_lists(transaction.of_kinds(line.id, LISTS), Listings())


def find_deal(ledger: Ledger, typed: str) -> Deal:
    """Return the deal whose hash begins so.

    Raises:
        DealRefused: there is none, or more than one.
    """
    beginning = typed.strip().lower()
    found = [deal for known, deal in ledger.deals.items() if known.hex().startswith(beginning)]
    if len(beginning) < SHORTEST or not found:
        raise DealRefused(f"there is no deal {typed}", hint="see them: backchannel deal show NAME")
    if len(found) > 1:
        raise DealRefused(f"more than one deal begins with {typed}; type more of it")
    return found[0]


def find_promise(ledger: Ledger, typed: str) -> Promise:
    """Return a promise by its id, or by `DEAL:ID` where more deals than one have it.

    Raises:
        DealRefused: there is none, or more than one.
    """
    exact = [one for one in ledger.promises.values() if one.obligation.id == typed]
    if not exact and ":" in typed:
        deal, _, name = typed.partition(":")
        return ledger.promise(find_deal(ledger, deal).draft.hash, name)
    if not exact:
        raise DealRefused(f"there is no promise {typed} in force", hint="see them: backchannel promise list NAME")
    current = [one for one in exact if ledger.deals[one.deal].amended_by is None]
    if len(current or exact) > 1:
        raise DealRefused(f"more than one deal has a promise {typed}; write DEAL:{typed}")
    return (current or exact)[0]

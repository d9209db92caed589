"""The table of a line: folded from its events, and one act more."""

from __future__ import annotations

from collections.abc import Callable

from backchannel.app.desk import Desk
from backchannel.app.folded import Folded
from backchannel.app.line import Line, Phase
from backchannel.app.mandate_check import within_mandates
from backchannel.app.ports import Transaction
from backchannel.app.say import append_own
from backchannel.errors import LineNotOpen
from backchannel.log.event import Event
from backchannel.table.acts import Act
from backchannel.table.bodies import PREFIX
from backchannel.table.decide import Facts, decide
from backchannel.table.evolve import fold_table
from backchannel.table.model import EMPTY, Table


class Tables:
    """The tables of a vault's lines; what was folded once is kept, as long as this is.

    Only what has come since is folded in; where it belongs before what was folded, everything is folded again.
    """

    __slots__ = ("_folded", "desk")

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._folded = Folded((PREFIX,), fold_table)

    def look(self, name: str) -> tuple[Line, Table]:
        """Return a line and its table.

        Raises:
            LineUnknown: there is no such line.
        """
        with self.desk.look() as transaction:
            line = transaction.line_named(name)
            return line, self.of(transaction, line)

    def of(self, transaction: Transaction, line: Line) -> Table:
        """Return the table of a line as a transaction sees it."""
        return self._folded.of(transaction, line, EMPTY)

    def act(self, name: str, choose: Callable[[Line, Table], Act]) -> tuple[Event, Table]:
        """Do one act, or change nothing.

        Args:
            name: the line.
            choose: makes the act of the line and its table; may raise what a person should read.

        Returns:
            The event, and the table with it.

        Raises:
            LineUnknown: there is no such line.
            LineNotOpen: its invitation was refused; it will never open.
            TableRefused: one of its kinds, from `choose` or from `table.decide`.
            BeyondMandate: it would bind beyond the mandate of a principal whose mandate is used for this line.
            NotVerified: it would bind, and the safety number was not compared.
            Oversize: it is too large for one event.
        """
        now = self.desk.clock()
        with self.desk.work() as work:
            line = work.transaction.line_named(name)
            if line.phase is Phase.REFUSED:
                raise LineNotOpen(name, hint="the invitation was refused; ask for a new one")
            table = self.of(work.transaction, line)
            act = choose(line, table)
            within_mandates(work.transaction, line, table, act, now)
            facts = Facts(int(line.role), line.own, line.theirs.upto, now, line.verified is not None)
            ((kind, body),) = decide(table, act, facts)
            line, event = append_own(work, line, kind, body, now)
            work.transaction.save_line(line)
        return event, fold_table([event], table)

"""What the owner's own limits say of a package, before anything is sent: red lines, reservation value, mandate.

`Limits` gathers findings from every limit there is. Today these are the preferences kept beside the line; a mandate
that somebody else has given is one more source: load it in `limits_of`, add its findings in `Limits.weigh`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backchannel.app.agenda_domain import chosen_of
from backchannel.app.desk import Desk
from backchannel.app.preferences import preferences_on, stored_document
from backchannel.errors import BeyondOwnMandate, RedLineCrossed
from backchannel.insight.preferences import reach
from backchannel.insight.scoring import score
from backchannel.insight.wording import crossing
from backchannel.table.issue import Value
from backchannel.table.model import Table


@dataclass(frozen=True, slots=True)
class Weighed:
    """What a package is to the owner.

    Attributes:
        worth: the least and the most utility that can still come of it; None without preferences.
        reservation: the least utility that is better than no agreement; None without preferences.
        best: the utility of the best package; None without preferences.
        never: sentences: what of it the owner can never agree to.
        ask: sentences: what of it the owner may not agree to without asking.
    """

    worth: tuple[int, int] | None = None
    reservation: int | None = None
    best: int | None = None
    never: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()

    def check(self, *, binds: bool, anyway: bool) -> None:
        """Refuse what crosses a limit.

        Args:
            binds: whether the owner would be bound by the act.
            anyway: whether the owner said that it is to be sent all the same.

        Raises:
            RedLineCrossed: it can never be agreed to.
            BeyondOwnMandate: it would bind, and the owner has to ask.
        """
        if anyway:
            return
        if self.never:
            raise RedLineCrossed(" ".join(self.never))
        if self.ask and binds:
            raise BeyondOwnMandate(" ".join(self.ask))


@dataclass(frozen=True, slots=True, repr=False)
class Limits:
    """Every limit of the owner's on one line.

    Attributes:
        document: the preferences as they are kept; None where there are none.
    """

    document: Mapping[str, Any] | None = None

    def __repr__(self) -> str:
        return "<Limits>"  # the figures are private

    def weigh(self, table: Table, package: Mapping[bytes, Value]) -> Weighed:
        """Return what a package is to the owner.

        Args:
            table: the table.
            package: version id -> value.

        Raises:
            PreferencesRefused: the preferences do not fit the agenda any more.
        """
        if self.document is None:
            return Weighed()
        preferences = preferences_on(table, dict(self.document))
        found = score(preferences, chosen_of(preferences.domain, table, package))
        sentences = tuple(crossing(preferences.domain, each) for each in found.crossings)
        grave = found.never
        reached = reach(preferences, (None,) * len(preferences.points))
        return Weighed(
            (found.low, found.high),
            preferences.reservation,
            None if reached is None else reached[1],
            never=sentences if grave else (),
            ask=() if grave else sentences,
        )


def limits_of(desk: Desk, name: str) -> Limits:
    """Return the owner's limits on a line.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        return Limits(stored_document(transaction, transaction.line_named(name)))

"""What a round can be about, taken from the table: the range of an issue, or the packages that both sides offered."""

from __future__ import annotations

from backchannel.app.agenda_domain import option_of
from backchannel.errors import InputRefused
from backchannel.table.issue import IssueType
from backchannel.table.model import Table
from backchannel.table.naming import find_issue
from backchannel.table.status import OfferStatus, covers_agenda, status

_OPEN = frozenset({OfferStatus.STANDING, OfferStatus.PROVISIONAL})


def agenda_range(table: Table, word: str) -> tuple[str, int, int]:
    """Return the key of an issue and the ends of its range.

    Args:
        table: the table.
        word: what stands for the issue.

    Raises:
        IssueUnknown: it is not on the agenda.
        InputRefused: it has no range.
    """
    issue = find_issue(table, word).definition
    if issue.type is not IssueType.RANGE:
        raise InputRefused(f"{issue.key} has no range; a bottom line needs one")
    return issue.key, issue.least, issue.most


def packages_offered(table: Table, now: int) -> tuple[bytes, ...]:
    """Return the whole packages that stand on the table, whoever offered them, as lines; none of them twice.

    Args:
        table: the table.
        now: milliseconds since 1970.

    Raises:
        InputRefused: there is none.
    """
    lines = {
        "; ".join(
            f"{version.definition.key}={option_of(standing.offer.package[version.id])}" for version in table.on_agenda()
        ): None
        for standing in table.offers.values()
        if covers_agenda(table, standing) and status(table, standing, now) in _OPEN
    }
    if not lines:
        raise InputRefused("no offer over the whole agenda stands", hint="give the packages with --packages FILE")
    return tuple(line.encode() for line in lines)

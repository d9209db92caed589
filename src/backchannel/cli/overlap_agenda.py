"""What `overlap open` takes from the table, loaded only when a round is opened."""

from __future__ import annotations

from backchannel.app.table import Tables
from backchannel.cli.context import Session


def range_of(session: Session, name: str, issue: str, low: int | None, high: int | None) -> tuple[str, int, int]:
    """Return what a bottom line is about: the issue's key and both ends, from the agenda where they were not given."""
    if low is not None and high is not None:
        return issue, low, high
    from backchannel.app.overlap_agenda import agenda_range

    _, table = Tables(session.desk()).look(name)
    key, least, most = agenda_range(table, issue)
    return key, least if low is None else low, most if high is None else high


def offered_packages(session: Session, name: str) -> tuple[bytes, ...]:
    """Return the whole packages that stand on the table, as lines."""
    from backchannel.app.overlap_agenda import packages_offered

    _, table = Tables(session.desk()).look(name)
    return packages_offered(table, session.adapters.clock())

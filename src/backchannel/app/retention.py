"""Retention: say for how long words should be kept; it holds once both sides have said the same (spec 16.3)."""

from __future__ import annotations

from backchannel.app.desk import Desk
from backchannel.app.line import Line
from backchannel.app.say import append_own
from backchannel.app.terms import heed
from backchannel.errors import ConfigRefused
from backchannel.log.retention import RETENTION, Rule, retention_body


def propose(desk: Desk, name: str, rule: Rule) -> Line:
    """Say what the owner wants; to say what the other side has proposed is to agree to it.

    Saying again what one said last changes nothing.

    Args:
        desk: where.
        name: the line.
        rule: how long words are kept.

    Raises:
        LineUnknown: there is no such line.
        LineClosed: the owner has closed it.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        if line.retention.agreement.proposals[int(line.role)] == rule:
            return line
        line, event = append_own(work, line, RETENTION, retention_body(rule), now)
        line = heed(line, event, now)
        work.transaction.save_line(line)
    return line


def agree(desk: Desk, name: str) -> Line:
    """Agree to what the other side has proposed.

    Raises:
        LineUnknown: there is no such line.
        LineClosed: the owner has closed it.
        ConfigRefused: they have proposed nothing.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
    theirs = proposed_by_them(line)
    if theirs is None:
        raise ConfigRefused("they have proposed nothing that you could agree to")
    return propose(desk, name, theirs)


def proposed_by_them(line: Line) -> Rule | None:
    """Return what the other side last proposed; None where it never did."""
    return line.retention.agreement.proposals[int(line.role.other)]


def proposed_by_me(line: Line) -> Rule | None:
    """Return what the owner last proposed; None where he never did."""
    return line.retention.agreement.proposals[int(line.role)]

"""Verify: compare the safety number, and remember when."""

from __future__ import annotations

from dataclasses import replace

from backchannel.app.desk import Desk, load_channel
from backchannel.app.line import Line
from backchannel.errors import DigitsDiffer
from backchannel.line.safety_number import DIGITS, read_digits, safety_number, same


def digits_of(desk: Desk, name: str) -> tuple[Line, str]:
    """Return a line and its safety number.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: the other side has not finished joining.
    """
    with desk.look() as transaction:
        line = transaction.line_named(name)
        return line, safety_number(load_channel(transaction, line).context)


def verify(desk: Desk, name: str, typed: str) -> Line:
    """Record that the owner has heard these digits from the other side.

    Args:
        desk: where.
        name: the line.
        typed: as the owner typed them: spaces and Arabic-Indic digits are fine.

    Raises:
        DigitsDiffer: they are not the line's; the line is as it was.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        digits = safety_number(work.channel(line).context)
        if not same(digits, typed):
            count = len(read_digits(typed))
            raise DigitsDiffer(f"{count} of {DIGITS} digits were given" if count != DIGITS else "")
        line = replace(line, verified=now)
        work.transaction.save_line(line)
    return line

"""Status: how each line stands, in one view for people and programs."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.app.attachment import Attachment, State
from backchannel.app.desk import Desk, load_channel
from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.app.steady import Steady, standing


@dataclass(frozen=True, slots=True)
class LineStatus:
    """How a line stands.

    Attributes:
        line: what the vault knows.
        epoch: of the outer seal; None before the line is open.
        session: generation of the Olm session; None before the line is open.
        silenced: whether it must hear the peer before it can say more.
        files: those that are not where they should be: on their way, or waiting for a word.
        steady: how it stands in its slots; None where it is not steady, or not open.
    """

    line: Line
    epoch: int | None = None
    session: int | None = None
    silenced: bool = False
    files: tuple[Attachment, ...] = ()
    steady: Steady | None = None


def status(desk: Desk, name: str | None = None) -> list[LineStatus]:
    """Return how one line stands, or all.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.look() as transaction:
        lines = transaction.lines() if name is None else [transaction.line_named(name)]
        return [_status(transaction, line, desk.clock()) for line in lines]


def _status(transaction: Transaction, line: Line, now: int) -> LineStatus:
    unfinished = (State.MOVING, State.WAITING)
    files = tuple(file for file in transaction.files(line.id) if file.state in unfinished)
    if not line.phase.has_keys:
        return LineStatus(line, files=files)
    channel = load_channel(transaction, line)
    steady = standing(transaction, line, now)
    return LineStatus(line, channel.epochs.writing, channel.generation, channel.silenced, files, steady)

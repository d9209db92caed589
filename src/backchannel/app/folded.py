"""What the events of a line come to, kept as long as the process looks: only what has come since is folded in.

Where something came that belongs before what was folded, or fewer events are there than before, all is folded again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from backchannel.app.line import Line
from backchannel.app.ports import Transaction
from backchannel.log.event import Event
from backchannel.log.order import OrderKey, in_order, order_key

State = TypeVar("State")


@dataclass(frozen=True, slots=True)
class Snapshot(Generic[State]):
    """A state, and how much of the log is in it.

    Attributes:
        position: of the last event that came.
        last: the order key of its last event in the one order; None if there is none.
        start: the state before the first event.
        state: after the last.
    """

    position: int
    last: OrderKey | None
    start: State
    state: State


class Folded(Generic[State]):
    """A state for each line of a vault."""

    __slots__ = ("_beginnings", "_fold", "_kept")

    def __init__(self, beginnings: Sequence[str], fold: Callable[[Iterable[Event], State], State]) -> None:
        """Begin with nothing folded.

        Args:
            beginnings: of the kinds that are folded.
            fold: returns the state after events in the one order.
        """
        self._beginnings = beginnings
        self._fold = fold
        self._kept: dict[bytes, Snapshot[State]] = {}

    def of(self, transaction: Transaction, line: Line, start: State) -> State:
        """Return the state of a line as a transaction sees it.

        Args:
            transaction: that looks.
            line: whose events they are.
            start: the state before the first event.
        """
        kept = self._kept.get(line.id)
        if kept is None or kept.position > line.positions or kept.start != start:
            kept = Snapshot(0, None, start, start)
        if kept.position != line.positions or line.id not in self._kept:
            kept = self._kept[line.id] = self._newer(transaction, line, kept)
        return kept.state

    def _newer(self, transaction: Transaction, line: Line, kept: Snapshot[State]) -> Snapshot[State]:
        news = self._events(transaction, line, kept.position)
        if news and kept.last is not None and order_key(news[0]) <= kept.last:
            news, kept = self._events(transaction, line, 0), Snapshot(0, None, kept.start, kept.start)
        last = order_key(news[-1]) if news else kept.last
        return Snapshot(line.positions, last, kept.start, self._fold(news, kept.state))

    def _events(self, transaction: Transaction, line: Line, after: int) -> list[Event]:
        found = [transaction.of_kinds(line.id, beginning, after=after) for beginning in self._beginnings]
        return found[0] if len(found) == 1 else in_order(event for events in found for event in events)

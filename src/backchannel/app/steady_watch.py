"""Keeping steady lines in their slots: the vault is asked ahead of time, and a thread of its own waits for the moment.

So what this machine does meanwhile, for this line or another, does not move the moment at which an envelope goes out.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Condition, Thread

from backchannel.app.desk import Desk
from backchannel.app.exchange import Exchanged
from backchannel.app.line import Line
from backchannel.app.ports import Clock, Transport
from backchannel.app.slot import Filled, coming_slot, fill, put_out, settle, take_back
from backchannel.errors import TransportError

Outcome = tuple[bool, bool, list[tuple[Transport, TransportError]]]


class _Putter:
    """Puts out one slot's envelope at its moment, in a thread of its own; nothing of the vault is touched."""

    def __init__(self, filled: Filled, transports: Sequence[Transport], clock: Clock) -> None:
        self.filled = filled
        self.outcome: Outcome | None = None
        self._transports = list(transports)
        self._clock = clock
        self._changed = Condition()
        self._cancelled = False
        self._begun = False
        self._thread = Thread(target=self._run, daemon=True, name="backchannel slot")
        self._thread.start()

    def cancel(self) -> bool:
        """Keep it from being put out; return whether that was still possible."""
        with self._changed:
            self._cancelled = True
            self._changed.notify()
            return not self._begun

    def wait(self, seconds: float) -> None:
        """Wait for the end, but not for ever."""
        self._thread.join(seconds)

    def _run(self) -> None:
        with self._changed:
            while not self._cancelled and (left := self.filled.at - self._clock()) > 0:
                self._changed.wait(left / 1000)
            if self._cancelled:
                return
            self._begun = True
        outcome: Outcome = (False, False, [])  # what a fault of ours leaves is said again
        try:
            outcome = put_out(self.filled, self._transports)
        finally:
            self.outcome = outcome


class SlotKeeper:
    """Keeps steady lines in their slots for as long as somebody watches."""

    LEAVING = 5.0
    """Seconds that an envelope which is just going out is waited for at the end."""

    def __init__(self, desk: Desk, failed: Callable[[bytes, str, TransportError], None]) -> None:
        """Prepare.

        Args:
            desk: where.
            failed: is told of a line's transport that failed.
        """
        self._desk = desk
        self._failed = failed
        self._putters: dict[bytes, _Putter] = {}

    def look(self, line: Line, transports: Sequence[Transport]) -> None:
        """Do what is to be done for a steady line now; called often.

        Args:
            line: a steady one.
            transports: those that have not failed.
        """
        putter = self._putters.get(line.id)
        if putter is not None:
            if putter.outcome is None:
                return
            self._settle(self._putters.pop(line.id))
        slot = coming_slot(self._desk, line.id)
        if slot is None or not transports:
            return
        filled = fill(self._desk, line.id, slot, ways=len(transports))
        if filled is not None:
            self._putters[line.id] = _Putter(filled, transports, self._desk.clock)

    def close(self) -> None:
        """Let nothing go out any more; what was made for a slot that has not come waits for the next."""
        for putter in self._putters.values():
            if putter.cancel():
                take_back(self._desk, putter.filled, piece=True, beside=True)
                continue
            putter.wait(self.LEAVING)
            self._settle(putter)
        self._putters.clear()

    def _settle(self, putter: _Putter) -> None:
        if putter.outcome is None:  # it goes out as we leave; what is lost so is repeated
            return
        done = Exchanged()
        settle(self._desk, putter.filled, putter.outcome, done)
        for name, error in done.problems:
            self._failed(putter.filled.line_id, name, error)

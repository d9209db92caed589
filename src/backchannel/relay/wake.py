"""Waking the long polls of this process (spec 6.6)."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Wakes:
    """Who waits on which mailbox; used from one event loop only."""

    def __init__(self, *, per_mailbox: int, total: int) -> None:
        """Start with nobody waiting.

        Args:
            per_mailbox: how many may wait on one mailbox.
            total: how many may wait in all.
        """
        self._per_mailbox = per_mailbox
        self._total = total
        self._waiting: dict[int, set[asyncio.Event]] = {}
        self._count = 0
        self._stopped = False

    @property
    def count(self) -> int:
        """How many wait now."""
        return self._count

    @property
    def stopped(self) -> bool:
        """Whether nobody should wait any longer."""
        return self._stopped

    @contextlib.contextmanager
    def waiting(self, box: int) -> Iterator[asyncio.Event | None]:
        """Join those who wait on `box`.

        Yields:
            An event that is set whenever there may be something new (clear it before looking), or None if too many
            wait already.
        """
        here = self._waiting.setdefault(box, set())
        if len(here) >= self._per_mailbox or self._count >= self._total:
            if not here:
                del self._waiting[box]
            yield None
            return
        event = asyncio.Event()
        here.add(event)
        self._count += 1
        try:
            yield event
        finally:
            self._count -= 1
            here.discard(event)
            if not here:
                del self._waiting[box]

    def wake(self, box: int) -> None:
        """Tell everybody on `box` to look again."""
        for event in self._waiting.get(box, ()):
            event.set()

    def stop(self) -> None:
        """Tell everybody to go home, now and from now on."""
        self._stopped = True
        for events in self._waiting.values():
            for event in events:
                event.set()

"""Something like mail: it takes hours, comes out of order, twice or never, and is thrown away if nobody fetches it."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from random import Random
from typing import Final, TypeAlias

from backchannel.app.ports import Found
from backchannel.errors import TransportError
from backchannel.line.mailbox import Mailbox
from world.plan import DAY, HOUR

MEAN_DELAY: Final = 6 * HOUR
KEPT: Final = 60 * DAY
TWICE, NEVER = 0.1, 0.03

Mail: TypeAlias = tuple[bytes, bytes]
"""What tells its reader that it is for a mailbox, and the envelope."""


class MailServer:
    """The inboxes of both sides, and what is on its way to them."""

    def __init__(self, random: Random, clock: Callable[[], int]) -> None:
        """Start with empty inboxes.

        Args:
            random: decides how long each takes.
            clock: the world's, milliseconds.
        """
        self.calm = False
        self._random = random
        self._clock = clock
        self._count = 0
        self._travelling: list[tuple[int, int, int, Mail]] = []
        self._inboxes: tuple[dict[int, tuple[int, Mail]], ...] = ({}, {})

    def post(self, side: int, mail: Mail) -> None:
        """Take something for one side."""
        if not self.calm and self._random.random() < NEVER:
            return
        for _ in range(2 if self._random.random() < TWICE else 1):
            self._count += 1
            arrives = self._clock() + int(self._random.expovariate(1 / MEAN_DELAY))
            heapq.heappush(self._travelling, (arrives, self._count, side, mail))

    def inbox(self, side: int) -> dict[int, tuple[int, Mail]]:
        """Return what has come for one side and is not too old, in the order in which it came."""
        now = self._clock()
        while self._travelling and self._travelling[0][0] <= now:
            arrived, number, to, mail = heapq.heappop(self._travelling)
            self._inboxes[to][number] = arrived, mail
        box = self._inboxes[side]
        for number in [number for number, (arrived, _) in box.items() if now - arrived > KEPT]:
            del box[number]
        return box


class MailTransport:
    """One side's mail account; a reader knows what is of its mailbox by its tag, as by 5.5.2."""

    name = "mail"
    shared = False

    def __init__(self, server: MailServer, side: int, reachable: Callable[[], bool]) -> None:
        self._server = server
        self._side = side
        self._reachable = reachable

    def _ask(self) -> MailServer:
        if not self._reachable():
            raise TransportError("the mail server does not answer")
        return self._server

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Send each to the other side."""
        server = self._ask()
        for envelope in envelopes:
            server.post(1 - self._side, (mailbox.tag_key, envelope))

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:  # noqa: ARG002  (time does not pass here)
        """Return what lies in the inbox for a mailbox."""
        box = self._ask().inbox(self._side)
        return [Found(envelope, str(at)) for at, (_, (tag, envelope)) in box.items() if tag == mailbox.tag_key]

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:  # noqa: ARG002  (the number is enough)
        """Delete messages."""
        box = self._ask().inbox(self._side)
        for receipt in receipts:
            box.pop(int(receipt), None)

    def close(self) -> None:
        """Nothing to release."""

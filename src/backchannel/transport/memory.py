"""Envelopes in this process's memory: for tests, and as the plainest example of the port."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Final

from backchannel.app.ports import Found
from backchannel.line.mailbox import Mailbox

Boxes = dict[bytes, list[tuple[int, bytes]]]

_CURSORS: Final = count(1)  # a receipt never names a second envelope


class MemoryTransport:
    """Mailboxes that two desks share by sharing `boxes`."""

    name = "memory"
    shared = False

    def __init__(self, boxes: Boxes) -> None:
        self._boxes = boxes

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Hand over envelopes."""
        box = self._boxes.setdefault(mailbox.put_id, [])
        box.extend((next(_CURSORS), envelope) for envelope in envelopes)

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:  # noqa: ARG002  (nothing to wait for)
        """Return the envelopes of a mailbox, the oldest first."""
        return [Found(envelope, str(cursor)) for cursor, envelope in self._boxes.get(mailbox.put_id, [])]

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Let go of envelopes."""
        gone = set(receipts)
        box = self._boxes.get(mailbox.put_id, [])
        box[:] = [(cursor, envelope) for cursor, envelope in box if str(cursor) not in gone]

    def close(self) -> None:
        """Nothing to release."""

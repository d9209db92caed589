"""One envelope on its way."""

from __future__ import annotations

from dataclasses import dataclass

from backchannel.line.mailbox import Mailbox


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One envelope on its way.

    Attributes:
        mailbox: where to.
        envelope: its bytes.
        way: which of the transports it was sealed for; each has seals of its own.
    """

    mailbox: Mailbox
    envelope: bytes
    way: int = 0

"""What the relay asks of its storage (spec 6.12).

Every method is a coroutine and none may block the event loop. Outcomes that are expected come back as values; only what
is not (a full disk, a broken file) is raised. tests/relay/store_contract.py holds every adapter to this page.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence


class Direction(enum.IntEnum):
    """What a credential is good for; the numbers are stored and never change."""

    PUT = 1
    GET = 2


@dataclass(frozen=True, slots=True)
class NewMailbox:
    """The four SHA-256 values that make a mailbox; neither an id nor a capability comes this far (spec 6.2)."""

    put_id: bytes
    put_capability: bytes
    get_id: bytes
    get_capability: bytes


@dataclass(frozen=True, slots=True)
class Door:
    """What an id leads to: a mailbox by its internal number, one direction, and the hash its capability must have."""

    box: int
    direction: Direction
    capability: bytes


@dataclass(frozen=True, slots=True)
class Made:
    """The mailbox is new."""


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    """The mailbox was there, with exactly these four values."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One of the ids is there with something else."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The envelopes are on disk.

    Attributes:
        cursors: one for each envelope, in their order.
        fresh: whether each was new; an envelope that is still held keeps the cursor it had.
    """

    cursors: tuple[int, ...]
    fresh: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class MailboxFull:
    """The mailbox is at its quota; nothing was stored."""


@dataclass(frozen=True, slots=True)
class StoreFull:
    """The relay is at its own quota; nothing was stored."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The mailbox is no longer there."""


@dataclass(frozen=True, slots=True)
class Held:
    """One envelope that waits to be fetched."""

    cursor: int
    envelope: bytes


@dataclass(frozen=True, slots=True)
class Totals:
    """What the store holds now."""

    mailboxes: int
    envelopes: int
    size: int


@dataclass(frozen=True, slots=True)
class Expired:
    """What one round of expiry removed."""

    envelopes: int
    mailboxes: int


Making: TypeAlias = Made | AlreadyThere | Taken | StoreFull
Putting: TypeAlias = Stored | MailboxFull | StoreFull | Gone


class Store(Protocol):
    """The port; `SqliteStore` is the adapter that comes with the relay."""

    async def make(self, mailbox: NewMailbox) -> Making:
        """Make a mailbox, or say why not (spec 6.3)."""
        ...

    async def find(self, id_hash: bytes) -> Door | None:
        """Return what the id with this SHA-256 leads to; whoever calls compares the capability (spec 6.2)."""
        ...

    async def put(self, box: int, envelopes: Sequence[bytes]) -> Putting:
        """Store all of `envelopes` or none; return only when they would survive the loss of power (spec 6.4, 6.5)."""
        ...

    async def read(self, box: int, after: int, limit: int, size: int) -> tuple[Held, ...]:
        """Return the held envelopes behind `after`, by rising cursor (spec 6.6).

        Args:
            box: the mailbox.
            after: only cursors above this one.
            limit: at most so many.
            size: the first always, then more while these are together at most `size` bytes.
        """
        ...

    async def delete(self, box: int, upto: int) -> int:
        """Delete every envelope with a cursor of at most `upto`; return how many there were (spec 6.7)."""
        ...

    async def expire(self) -> Expired:
        """Remove what is past its time to live (spec 6.10)."""
        ...

    async def totals(self) -> Totals:
        """Count what is held."""
        ...

    async def close(self) -> None:
        """Finish what was accepted and let go of the files; nothing may be called afterwards."""
        ...

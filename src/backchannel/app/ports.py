"""What the use cases need of the world; the adapters are above, and only `main` picks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from backchannel.app.line import Line
from backchannel.line.mailbox import Mailbox
from backchannel.log.event import Event

Clock = Callable[[], int]
"""Milliseconds since 1970, by this machine."""

Random = Callable[[int], bytes]
"""That many fresh random bytes, fit for keys."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as the vault holds it.

    Attributes:
        position: in the order in which this vault came to hold the line's events, from 1.
        received: when that was, milliseconds since 1970.
        event: the event.
    """

    position: int
    received: int
    event: Event


@dataclass(frozen=True, slots=True)
class Row:
    """An event as it lies in the store, before anything of it is believed.

    Attributes:
        position: as stored, like all the others.
        author: whose feed.
        number: in that feed.
        height: what the order is made of.
        id: that the event should have.
        raw: the event's bytes, or its tombstone's.
    """

    position: int
    author: int
    number: int
    height: int
    id: bytes
    raw: bytes


class Transaction(Protocol):
    """All or nothing; nobody else writes meanwhile."""

    def lines(self) -> list[Line]:
        """Return every line, by name."""
        ...

    def line(self, line_id: bytes) -> Line:
        """Return one line.

        Raises:
            LineUnknown: there is none.
        """
        ...

    def line_named(self, name: str) -> Line:
        """Return the line that the owner calls `name`.

        Raises:
            LineUnknown: there is none.
        """
        ...

    def add_line(self, line: Line) -> None:
        """Add a line.

        Raises:
            LineExists: there is one of that name.
        """
        ...

    def save_line(self, line: Line) -> None:
        """Replace what is known of a line."""
        ...

    def delete_line(self, line_id: bytes) -> None:
        """Delete a line with everything that belongs to it."""
        ...

    def channel(self, line_id: bytes) -> bytes | None:
        """Return the secret bytes of a line's channel, if it has one."""
        ...

    def channel_revision(self, line_id: bytes) -> int:
        """Return how often a line's channel was saved; 0 is never."""
        ...

    def save_channel(self, line_id: bytes, data: bytes) -> int:
        """Replace a line's channel; return the new revision."""
        ...

    def delete_channel(self, line_id: bytes) -> None:
        """Delete the secret bytes of a line's channel."""
        ...

    def setting(self, name: str) -> str | None:
        """Return one of the owner's settings."""
        ...

    def save_setting(self, name: str, value: str | None) -> None:
        """Keep one of the owner's settings; None forgets it."""
        ...

    def append(self, line_id: bytes, stored: Stored) -> None:
        """Add an event."""
        ...

    def ids_at(self, line_id: bytes, author: int, number: int) -> list[bytes]:
        """Return the ids of the events under an author and number: none, one, or the branches of a fork."""
        ...

    def replace_raw(self, line_id: bytes, event: Event) -> None:
        """Put an event's tombstone where the event was: under the same author, number and id."""
        ...

    def raw_events(self, line_id: bytes, author: int, first: int, last: int) -> Iterator[bytes]:
        """Yield the exact bytes of an author's events, by number."""
        ...

    def rows(self, line_id: bytes) -> Iterator[Row]:
        """Yield every event of a line as it lies in the store, by author, number and id."""
        ...

    def by_position(self, line_id: bytes, after: int, most: int) -> list[Stored]:
        """Return events in the order in which they came, behind a position."""
        ...

    def older(self, line_id: bytes, after: int, received: int, most: int) -> list[Stored]:
        """Return events behind a position that came at a time or before it, in the order in which they came."""
        ...

    def in_order(self, line_id: bytes, *, last: int | None = None) -> Iterator[Stored]:
        """Yield events in the one order of both sides; with `last`, only that many from the end."""
        ...


class Vault(Protocol):
    """One person's encrypted store."""

    def write(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that commits at the end of the block, or leaves no trace.

        Raises:
            VaultBusy: another process is writing.
            StorageFull: there is no room.
        """
        ...

    def read(self) -> AbstractContextManager[Transaction]:
        """Begin a transaction that only looks."""
        ...

    def check(self, *, whole: bool = False) -> list[str]:
        """Return what is wrong with the store; nothing where all is well.

        Args:
            whole: look at everything, which takes long.
        """
        ...

    def scrub(self, *, shrink: bool = False) -> None:
        """Leave nothing of what was deleted in the files, as far as the system lets us.

        Args:
            shrink: also give back the room that it took.

        Raises:
            StorageFull: there is no room.
        """
        ...

    def close(self) -> None:
        """Release the files."""
        ...


@dataclass(frozen=True, slots=True)
class Found:
    """An envelope that a transport holds.

    Attributes:
        envelope: its bytes.
        receipt: what `delete` takes; known to the transport alone.
    """

    envelope: bytes
    receipt: str


class Transport(Protocol):
    """A way for envelopes to travel.

    Attributes:
        name: for people.
        shared: whether others' envelopes may lie there too; those are left alone.
    """

    name: str
    shared: bool

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Hand over envelopes; when this returns they are safe there.

        Raises:
            TransportError: none, or not all, could be handed over.
        """
        ...

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        """Return envelopes of a mailbox, the oldest first; all of them over repeated calls with `delete` between.

        Args:
            mailbox: whose reader we are.
            wait: seconds to wait for one if there is none; a transport that cannot wait returns at once.

        Raises:
            TransportError: it cannot be asked now.
        """
        ...

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Let go of envelopes that are safe in the vault; unknown receipts are passed over.

        Raises:
            TransportError: they will be found again.
        """
        ...

    def close(self) -> None:
        """Release connections."""
        ...


Transports = Callable[[Line], "list[Transport]"]
"""Makes the transports of a line, in the order in which they are tried."""

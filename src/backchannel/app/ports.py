"""What the use cases need of the world; the adapters are above, and only `main` picks them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final, Protocol

from backchannel.app.attachment import Attachment
from backchannel.app.line import Line
from backchannel.line.mailbox import Mailbox
from backchannel.log.event import Event

Clock = Callable[[], int]
"""Milliseconds since 1970, by this machine."""

Random = Callable[[int], bytes]
"""That many fresh random bytes, fit for keys."""

PASSING: Final = "passing "
"""How names of private values begin that no backup holds: used again after a restore, they would say too much."""


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

    def drop_channel(self, line_id: bytes) -> None:
        """Forget a line's channel, and those of its former incarnations."""
        ...

    def formers(self, line_id: bytes) -> list[tuple[int, bytes]]:
        """Return when the former incarnations of a line ended, and the secret bytes of their channels, latest first."""
        ...

    def save_former(self, line_id: bytes, ended: int, data: bytes) -> None:
        """Keep the channel of an incarnation that is over."""
        ...

    def drop_former(self, line_id: bytes, ended: int) -> None:
        """Forget the channel of an incarnation that is over."""
        ...

    def setting(self, name: str) -> str | None:
        """Return one of the owner's settings."""
        ...

    def settings(self) -> list[tuple[str, str]]:
        """Return all of the owner's settings, by name."""
        ...

    def save_setting(self, name: str, value: str | None) -> None:
        """Keep one of the owner's settings; None forgets it."""
        ...

    def private(self, line_id: bytes, name: str) -> bytes | None:
        """Return what the owner keeps for himself beside a line, under a name."""
        ...

    def privates(self, line_id: bytes) -> list[tuple[str, bytes]]:
        """Return everything that the owner keeps for himself beside a line, by name."""
        ...

    def save_private(self, line_id: bytes, name: str, value: bytes | None) -> None:
        """Keep something beside a line that never leaves the vault; None forgets it."""
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

    def raw_by_position(self, line_id: bytes, after: int, most: int) -> list[tuple[int, int, bytes]]:
        """Return events in the order in which they came, behind a position: each one's position, time and exact bytes.

        Raises:
            VaultDamaged: the bytes of one are not those of its id.
        """
        ...

    def of_kinds(self, line_id: bytes, beginning: str, *, after: int = 0) -> list[Event]:
        """Return the events whose kind begins so, in the one order of both sides.

        Args:
            line_id: of the line.
            beginning: of the kinds.
            after: only those that came behind this position.
        """
        ...

    def in_order(self, line_id: bytes, *, last: int | None = None) -> Iterator[Stored]:
        """Yield events in the one order of both sides; with `last`, only that many from the end."""
        ...

    def files(self, line_id: bytes, *, moving: bool = False) -> list[Attachment]:
        """Return a line's files, in the order in which they were announced here; or those that move alone."""
        ...

    def file(self, line_id: bytes, name: bytes) -> Attachment | None:
        """Return one file of a line, by the name that parts call it by."""
        ...

    def save_file(self, file: Attachment) -> None:
        """Add a file, or replace what is known of it."""
        ...

    def drop_file(self, line_id: bytes, name: bytes) -> None:
        """Forget a file and its content, as if it had never been announced."""
        ...

    def write_part(self, content: str, number: int, sealed: bytes) -> None:
        """Keep one part of a content.

        Raises:
            StorageFull: there is no room.
        """
        ...

    def read_part(self, content: str, number: int, size: int) -> bytes:
        """Return one part of a content, of `size` bytes.

        Raises:
            VaultDamaged: it is not there.
        """
        ...

    def drop_content(self, content: str) -> None:
        """Delete a content."""
        ...


class Gathering(Protocol):
    """The content of a new file, while it is written.

    Attributes:
        name: what a file will call it.
    """

    name: str

    def append(self, sealed: bytes) -> None:
        """Write the next part.

        Raises:
            StorageFull: there is no room.
        """
        ...

    def finish(self) -> None:
        """Have it safe, before the transaction that names it."""
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

    def gather(self) -> AbstractContextManager[Gathering]:
        """Begin the content of a new file; what no transaction comes to name is deleted at the end of the block.

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


class Folder(Transport, Protocol):
    """A folder, which may hold more than there is memory for."""

    def pages(self, most: int) -> Iterator[list[Found]]:
        """Yield every envelope in it, the oldest first, at most so many at a time.

        Raises:
            TransportError: it cannot be read.
        """
        ...


Transports = Callable[[Line], "list[Transport]"]
"""Makes the transports of a line, in the order in which they are tried."""

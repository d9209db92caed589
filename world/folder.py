"""A folder that a program keeps alike in two places: files come late, come half, and vanish on both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Final

from backchannel.app.ports import Found
from backchannel.errors import TransportError
from backchannel.line.mailbox import Mailbox
from backchannel.transport.folder import FolderTransport
from backchannel.wire.envelope import BUCKETS
from world.plan import DAY

HALF: Final = 0.15
KEPT: Final = 30 * DAY


class SyncedFolder:
    """Two copies of a folder, and the program between them."""

    def __init__(self, folder: Path, random: Random) -> None:
        """Make both copies, empty.

        Args:
            folder: where.
            random: decides what is copied by halves.
        """
        self.places = (folder / "folder-0", folder / "folder-1")
        for place in self.places:
            place.mkdir(parents=True)
        self._random = random
        self._known: set[str] = set()
        self._half: dict[str, int] = {}
        """Files that are not whole yet, and in which place."""
        self._since: dict[str, int] = {}

    def sync(self, now: int, *, calm: bool = False) -> None:
        """Copy what is new, some of it by halves until the next time, and delete what was deleted on one side."""
        names = self._names()
        for name in sorted(self._known - (names[0] & names[1])):
            self._remove(name)
        names = self._names()
        for source, target in ((0, 1), (1, 0)):
            fresh = {name for name in names[source] - self._known if self._half.get(name) != source}
            for name in sorted(fresh):
                self._copy(name, source, target, now, calm=calm)

    def _names(self) -> list[set[str]]:
        return [{path.name for path in place.iterdir()} for place in self.places]

    def _copy(self, name: str, source: int, target: int, now: int, *, calm: bool) -> None:
        self._since.setdefault(name, now)
        data = (self.places[source] / name).read_bytes()
        if not calm and self._random.random() < HALF:
            # Of a half-written file the worst half has the size of an envelope, and is none.
            sizes = [size for size in (*BUCKETS, 100, 3000) if size < len(data)]
            data = data[: self._random.choice(sizes)]
            self._half[name] = target
        else:
            self._half.pop(name, None)
            self._known.add(name)
        (self.places[target] / name).write_bytes(data)

    def _remove(self, name: str) -> None:
        self._known.discard(name)
        self._half.pop(name, None)
        self._since.pop(name, None)
        for place in self.places:
            (place / name).unlink(missing_ok=True)

    def tidy(self, now: int) -> None:
        """Throw away what has lain there for long, as a person does who wonders what it is."""
        for name in [name for name, since in self._since.items() if now - since > KEPT]:
            self._remove(name)


class SyncedTransport(FolderTransport):
    """One side's copy of the folder, while it is at hand."""

    def __init__(self, folder: Path, reachable: Callable[[], bool]) -> None:
        super().__init__(folder)
        self._reachable = reachable

    def _ask(self) -> None:
        if not self._reachable():
            raise TransportError("the folder is not at hand")

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Write one file for each envelope."""
        self._ask()
        super().put(mailbox, envelopes)

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        """Return every envelope in the folder."""
        self._ask()
        return super().get(mailbox, wait=wait)

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Delete files whose envelopes are safe in the vault."""
        self._ask()
        super().delete(mailbox, receipts)

"""One device of one person: a vault, and a machine that may stop dead at any step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.exchange import exchange
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Stored, Transport
from backchannel.app.read import conversation
from backchannel.app.say import say
from world.crash import Crash, CrashingTransport, CrashingVault, Fuse
from world.fast_vault import FastVault
from world.verdict import words_of

PEER: Final = "peer"
"""What each calls the line."""

Ways = Callable[[Line, bool], list[Transport]]
"""By which ways a line's envelopes go: by all, or only by its relays."""

_ALPHABETS: Final = (
    "in the morning two lorries cross the bridge ",
    "מחר בבוקר יעברו שתי משאיות בגשר ",
    "غدا صباحا ستعبر شاحنتان الجسر ",
)


@dataclass(slots=True)
class Tally:
    """What happened to one person.

    Attributes:
        crashes: times that a machine stopped dead.
        backups: how many were made.
        restores: times that the vault was restored from a backup.
        upgrades: times that the vault was closed and opened again.
        migrated: of these, how often its tables were those of an older version.
        alive: restores after which the old device was used on.
        superseded: of these, how often it was told that the line goes on elsewhere.
        taken_back: times that the device in use was told so, and its owner knew better.
        epochs: steps of the epoch, over all incarnations of the line.
        sessions: renewals of the session, over all incarnations of the line.
        envelopes: how many were handed over.
        problems: times that a way did not work.
    """

    crashes: int = 0
    backups: int = 0
    restores: int = 0
    upgrades: int = 0
    migrated: int = 0
    alive: int = 0
    superseded: int = 0
    taken_back: int = 0
    epochs: int = 0
    sessions: int = 0
    envelopes: int = 0
    problems: int = 0


class Device:
    """A vault on a machine."""

    def __init__(self, folder: Path, key: bytes, clock: Callable[[], int], ways: Ways, tally: Tally) -> None:
        """Open the vault.

        Args:
            folder: the vault's.
            key: 32 bytes.
            clock: the machine's, milliseconds since 1970.
            ways: how it can send and fetch.
            tally: is told what happens.
        """
        self.folder: Final = folder
        self.key: Final = key
        self.fuse = Fuse()
        self._clock = clock
        self._ways = ways
        self._tally = tally
        self._open()

    def _open(self) -> None:
        self.fuse.put_out()
        self.vault = FastVault(self.folder, self.key)
        self.desk = Desk(CrashingVault(self.vault, self.fuse), self._clock, os.urandom)

    def close(self) -> None:
        """Let go of the files."""
        self.vault.close()

    def restart(self) -> None:
        """Close the vault and open it again, as another process would."""
        self.close()
        self._open()

    @contextmanager
    def mortal(self) -> Iterator[None]:
        """Where the machine stops, it is started again; what was not finished is not done."""
        try:
            yield
        except Crash:
            self._tally.crashes += 1
            self.restart()

    @property
    def line(self) -> Line:
        """Return what the vault knows of the line."""
        with self.vault.read() as transaction:
            return transaction.line_named(PEER)

    def log(self) -> Iterator[Stored]:
        """Yield the log in the order that both sides share."""
        with self.vault.read() as transaction:
            yield from transaction.in_order(transaction.line_named(PEER).id)

    def say(self, texts: Sequence[str]) -> None:
        """Say things; after a crash it looks whether they are there, and if not, they are said again."""
        own = self.line.own
        with self.mortal():
            say(self.desk, PEER, texts)
        if self.line.own == own:
            say(self.desk, PEER, texts)

    def exchange(self, *, everything: bool) -> None:
        """Send and fetch, by every way or only by the relays."""
        with self.mortal():
            line = self.line
            transports = [CrashingTransport(way, self.fuse) for way in self._ways(line, everything)]
            outcome = exchange(self.desk, line, transports, by_hand=everything)
            self._tally.envelopes += outcome.sent
            self._tally.problems += len(outcome.problems)


class OldDevice(Device):
    """A device that goes on being used after its owner has restored the vault on another."""

    @property
    def superseded(self) -> bool:
        """Say whether it was told that the line goes on elsewhere."""
        return self.line.phase is Phase.SUPERSEDED

    def heard(self) -> set[tuple[int, str]]:
        """Return author and words of what the other side said to it."""
        events = [stored.event for stored in self.log()]
        return {(event.author, words_of(event)) for event in events if event.author != int(self.line.role)}

    def undelivered(self) -> set[tuple[int, str]]:
        """Return author and words of what it shows as not delivered."""
        events = [entry.stored.event for entry in conversation(self.desk, PEER)[1] if not entry.delivered]
        return {(event.author, words_of(event)) for event in events}


def words(who: str, number: int, size: int) -> str:
    """Return a text of about this size that nobody has said before."""
    alphabet = _ALPHABETS[number % len(_ALPHABETS)]
    return f"{who}:{number} " + (alphabet * (size // len(alphabet) + 1))[:size]

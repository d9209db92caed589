"""One person of the world: a vault, a clock that may be wrong, a machine that may stop, and what was said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.exchange import exchange
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Stored, Transport
from backchannel.app.recover import settled
from backchannel.app.say import say
from backchannel.line.channel import Channel
from backchannel.vault.backup import restore_backup, write_backup
from backchannel.vault.keyfile import read_key
from backchannel.vault.store import create_vault
from world.crash import Crash, CrashingTransport, CrashingVault, Fuse
from world.fast_vault import CHEAP, FastVault

PASSPHRASE: Final = "for a world that is not"
PEER: Final = "peer"
"""What each calls the line."""

_ALPHABETS: Final = (
    "in the morning two lorries cross the bridge ",
    "מחר בבוקר יעברו שתי משאיות בגשר ",
    "غدا صباحا ستعبر شاحنتان الجسر ",
)


@dataclass(slots=True)
class Tally:
    """What happened to one person.

    Attributes:
        crashes: times that the machine stopped dead.
        backups: how many were made.
        restores: times that the vault was restored from a backup.
        upgrades: times that the vault was closed and opened again.
        epochs: steps of the epoch, over all incarnations of the line.
        sessions: renewals of the session, over all incarnations of the line.
        envelopes: how many were handed over.
        problems: times that a way did not work.
    """

    crashes: int = 0
    backups: int = 0
    restores: int = 0
    upgrades: int = 0
    epochs: int = 0
    sessions: int = 0
    envelopes: int = 0
    problems: int = 0


class Person:
    """One person."""

    def __init__(self, side: int, folder: Path, clock: Callable[[], int]) -> None:
        """Make a vault.

        Args:
            side: 0 invites, 1 joins.
            folder: where.
            clock: the world's, milliseconds since 1970.
        """
        self.side = side
        self.offset = 0
        self.fuse = Fuse()
        self.tally = Tally()
        self.said: list[str] = []
        """Everything that this person remembers to have said, in order."""
        self.unsaid: list[int] = []
        """The lengths of what could not be said yet, because a restored line was not whole."""
        self.ways: Callable[[Line, bool], list[Transport]] = lambda _line, _everything: []
        self._folder = folder / f"vault-{side}"
        self._backup = folder / f"backup-{side}"
        self._clock = clock
        create_vault(self._folder, PASSPHRASE, CHEAP).close()
        self._key = read_key(self._folder, PASSPHRASE)
        self._open()

    def _open(self) -> None:
        self.fuse.put_out()
        self.vault = FastVault(self._folder, self._key)
        self.desk = Desk(CrashingVault(self.vault, self.fuse), self.now, os.urandom)

    def now(self) -> int:
        """Return the time by this person's clock."""
        return self._clock() + self.offset

    @property
    def line(self) -> Line:
        """Return what the vault knows of the line."""
        with self.vault.read() as transaction:
            return transaction.line_named(PEER)

    def log(self) -> Iterator[Stored]:
        """Yield the log in the order that both sides share."""
        with self.vault.read() as transaction:
            yield from transaction.in_order(transaction.line_named(PEER).id)

    # --- talking ------------------------------------------------------------------------------------------------------

    def say(self, sizes: Sequence[int]) -> None:
        """Say so many things, or keep them for later where a restored line does not know yet what it had said.

        After a crash it looks whether they are there; if not, they are said again.
        """
        self.unsaid.extend(sizes)
        line = self.line
        if line.unrecovered or not self.unsaid:
            return
        before = len(self.said)
        texts = [_words(self.side, before + number, size) for number, size in enumerate(self.unsaid, start=1)]
        with self._mortal():
            say(self.desk, PEER, texts)
        if self.line.own == line.own:
            say(self.desk, PEER, texts)
        self.said.extend(texts)
        self.unsaid.clear()

    def exchange(self, *, everything: bool) -> None:
        """Send and fetch, by every way or only by the relays."""
        with self._mortal():
            line = self.line
            transports = [CrashingTransport(way, self.fuse) for way in self.ways(line, everything)]
            outcome = exchange(self.desk, line, transports)
            self.tally.envelopes += outcome.sent
            self.tally.problems += len(outcome.problems)

    @contextmanager
    def _mortal(self) -> Iterator[None]:
        """Where the machine stops, it is started again; what was not finished is not done."""
        try:
            yield
        except Crash:
            self.tally.crashes += 1
            self.restart()

    def restart(self) -> None:
        """Close the vault and open it again, as another process would."""
        self.vault.close()
        self._open()

    def upgrade(self) -> None:
        """Go on with another version of the program: the vault is opened anew, and migrated if there is a step."""
        self.tally.upgrades += 1
        self.restart()

    def told_address(self, old: Sequence[str], new: str) -> None:
        """Learn where a relay is now: the line's list is changed, as its owner would."""
        while (set(old) - {new}) & set(self.line.relays):
            with self._mortal(), self.desk.work() as work:
                line = work.transaction.line_named(PEER)
                relays = tuple(new if relay in old else relay for relay in line.relays)
                work.transaction.save_line(replace(line, relays=relays))

    # --- losing -------------------------------------------------------------------------------------------------------

    def back_up(self) -> None:
        """Make a backup and keep it elsewhere, in place of the one before."""
        if self.line.phase is Phase.OPEN:
            write_backup(self.vault, self._backup, PASSPHRASE, os.urandom, _untold, CHEAP)
            self.tally.backups += 1

    def lose_device(self) -> dict[bytes, bytes]:
        """Lose the device, and restore the last backup on another.

        Returns:
            What the backup did not hold: events, by their ids. Empty where there is no backup: then nothing is lost.
        """
        if not self._backup.exists():
            return {}
        self._note_steps()
        before = self.vault.events()
        self.vault.close()
        shutil.rmtree(self._folder)
        restore_backup(self._backup, PASSPHRASE, self._folder, PASSPHRASE, self.now, os.urandom, _untold, CHEAP)
        self._key = read_key(self._folder, PASSPHRASE)
        self._open()
        self.tally.restores += 1
        left = self.vault.events()
        return {event_id: raw for event_id, raw in before.items() if event_id not in left}

    def _note_steps(self) -> None:
        """Add the steps of the line's keys to the tally: they begin anew with each incarnation."""
        with self.vault.read() as transaction:
            data = transaction.channel(transaction.line_named(PEER).id)
        if data is not None:
            channel = Channel.from_bytes(data)
            self.tally.epochs += channel.epochs.writing
            self.tally.sessions += channel.generation

    def close(self) -> None:
        """Count what is left to count, and let go of the files."""
        self._note_steps()
        self.vault.close()

    def waits_for(self, other: Line) -> bool:
        """Say whether anything is still under way between this side and the other."""
        line = self.line
        return (
            line.phase is not Phase.OPEN
            or bool(line.unacknowledged)
            or bool(line.missing)
            or line.theirs.upto != other.own
            or bool(self.unsaid)
            or not settled(line.recovery)
        )


def _words(side: int, number: int, size: int) -> str:
    """Return a text of about this size that nobody has said before."""
    head = f"{side}:{number} "
    alphabet = _ALPHABETS[number % len(_ALPHABETS)]
    return head + (alphabet * (size // len(alphabet) + 1))[:size]


def _untold(_done: int) -> None:
    """Nobody watches how far a backup is."""


def forget(folder: Path) -> None:
    """Leave nothing of a world behind."""
    shutil.rmtree(folder, ignore_errors=True)

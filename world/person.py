"""One person of the world: a device, one that was replaced and goes on, a clock that may be wrong, what was said."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.ports import Stored, Transport
from backchannel.app.recover import restart, settled
from backchannel.line.channel import Channel
from backchannel.line.safety_number import safety_number
from backchannel.vault.backup import restore_backup, write_backup
from backchannel.vault.keyfile import read_key
from backchannel.vault.schema import VERSION
from backchannel.vault.store import create_vault
from world.device import PEER, Device, OldDevice, Tally, Ways, words
from world.fast_vault import CHEAP, FastVault
from world.old_schema import make_old

PASSPHRASE: Final = "for a world that is not"


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
        self.tally = Tally()
        self.said: list[str] = []
        """Everything that this person remembers to have said, in order, on whatever device."""
        self.unsaid: list[int] = []
        """The lengths of what could not be said yet, because a restored line was not whole."""
        self.besides = 0
        """How much of what was said the plan of the talk does not know of."""
        self.undelivered: set[tuple[int, str]] = set()
        """Author and words of what old devices have shown as not delivered."""
        self.heard_by_old: set[tuple[int, str]] = set()
        """Author and words of what the other side had said to old devices, when they were thrown away."""
        self.ways: Ways = lambda _line, _everything: []
        self.old: OldDevice | None = None
        self._folder = folder
        self._backup = folder / f"backup-{side}"
        self._clock = clock
        first = self._place()
        create_vault(first, PASSPHRASE, CHEAP).close()
        self.device = self._device(first)

    def _place(self) -> Path:
        return self._folder / f"vault-{self.side}-{self.tally.restores}"

    def _device(self, place: Path) -> Device:
        return Device(place, read_key(place, PASSPHRASE), self.now, self._all_ways, self.tally)

    def _all_ways(self, line: Line, everything: bool) -> list[Transport]:
        return self.ways(line, everything)

    def now(self) -> int:
        """Return the time by this person's clock."""
        return self._clock() + self.offset

    @property
    def vault(self) -> FastVault:
        """Return the vault that this person uses now."""
        return self.device.vault

    @property
    def desk(self) -> Desk:
        """Return the desk of that vault."""
        return self.device.desk

    @property
    def line(self) -> Line:
        """Return what the vault knows of the line."""
        return self.device.line

    @property
    def digits(self) -> str:
        """Return the line's safety number; nothing where it has none now."""
        line = self.line
        with self.vault.read() as transaction:
            data = transaction.channel(line.id)
        return "" if data is None else safety_number(Channel.from_bytes(data).context)

    def log(self) -> Iterator[Stored]:
        """Yield the log in the order that both sides share."""
        return self.device.log()

    # --- talking ------------------------------------------------------------------------------------------------------

    def say(self, sizes: Sequence[int]) -> None:
        """Say so many things, or keep them for later where a restored line does not know yet what it had said."""
        self.unsaid.extend(sizes)
        line = self.line
        if line.phase is Phase.SUPERSEDED:  # by the device that was replaced, if that was restored itself
            self.tally.taken_back += 1
            restart(self.desk, PEER)
            return
        if not self.unsaid or line.unrecovered:
            return
        before = len(self.said)
        texts = [words(f"{self.side}", before + number, size) for number, size in enumerate(self.unsaid, start=1)]
        self.device.say(texts)
        self.said.extend(texts)
        self.unsaid.clear()

    def exchange(self, *, everything: bool) -> None:
        """Send and fetch, by every way or only by the relays."""
        self.device.exchange(everything=everything)

    def outdo(self, other: Line) -> None:
        """Go on talking where the other side holds more of this side's words than the vault knows: a copy goes on.

        The owner has been told of the copy. Every word of one's own meets one of the copy's, and the fork shows both.
        """
        line = self.line
        ahead = other.theirs.highest - line.own
        told = any(notice is Notice.COPY for _, notice in line.notices)
        if told and ahead > 0 and line.phase is Phase.OPEN and not line.unrecovered:
            self.besides += ahead
            self.say((8,) * ahead)

    def upgrade(self, schema: int) -> None:
        """Go on with this version of the program on what an older one has left: its tables are migrated."""
        self.tally.upgrades += 1
        self.device.close()
        if schema < VERSION:
            make_old(self.device.folder, self.device.key, schema)
            self.tally.migrated += 1
        self.device = self._device(self.device.folder)

    def told_address(self, old: Sequence[str], new: str) -> None:
        """Learn where a relay is now: the line's list is changed on every device, as its owner would."""
        for device in filter(None, (self.device, self.old)):
            while (set(old) - {new}) & set(device.line.relays):
                with device.mortal(), device.desk.work() as work:
                    line = work.transaction.line_named(PEER)
                    relays = tuple(new if relay in old else relay for relay in line.relays)
                    work.transaction.save_line(replace(line, relays=relays))

    # --- losing -------------------------------------------------------------------------------------------------------

    def back_up(self) -> None:
        """Make a backup and keep it elsewhere, in place of the one before."""
        if self.line.phase is Phase.OPEN:
            write_backup(self.vault, self._backup, PASSPHRASE, os.urandom, _untold, CHEAP)
            self.tally.backups += 1

    def replace_device(self, *, alive: bool) -> dict[bytes, bytes]:
        """Restore the last backup on another device; the old one is lost, or `alive` and used on.

        Returns:
            What was on the device before and not in the backup: events, by their ids.
        """
        if not self._backup.exists():
            return {}
        self.throw_away_old()
        self._note_steps()
        self.tally.restores += 1
        place = self._place()
        restore_backup(self._backup, PASSPHRASE, place, PASSPHRASE, self.now, os.urandom, _untold, CHEAP)
        before, self.device = self.device, self._device(place)
        gone, here = before.vault.events(), self.vault.events()
        before.close()
        if alive:
            self.tally.alive += 1
            self.old = OldDevice(before.folder, before.key, self._clock, self._all_ways, self.tally)
        else:
            shutil.rmtree(before.folder)
        return {event_id: raw for event_id, raw in gone.items() if event_id not in here}

    def use_old(self, sizes: Sequence[int]) -> None:
        """Say things on the device that was replaced, unless it was told that this is over, and let it exchange."""
        old = self.old
        if old is None:
            return
        line = old.line
        if sizes and not line.unrecovered and line.phase is Phase.OPEN:
            first = len(self.said) + 1
            texts = [words(f"{self.side} old", number, size) for number, size in enumerate(sizes, start=first)]
            old.say(texts)
            self.said.extend(texts)
            self.besides += len(texts)
        was = old.superseded
        old.exchange(everything=True)
        self.tally.superseded += old.superseded and not was

    def throw_away_old(self) -> None:
        """Look a last time at what the device that was replaced shows as not delivered, and throw it away."""
        if self.old is not None:
            self.undelivered |= self.old.undelivered()
            self.heard_by_old |= self.old.heard()
            self.old.close()
            shutil.rmtree(self.old.folder)
            self.old = None

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
        self.device.close()
        if self.old is not None:
            self.old.close()

    def waits_for(self, other: Line) -> bool:
        """Say whether anything is still under way between this side and the other."""
        line = self.line
        return (
            line.phase is not Phase.OPEN
            or bool(line.unacknowledged)
            or bool(line.missing)
            or line.theirs.upto != other.own
            or bool(self.unsaid)
            or any(not fork.settled for fork in line.forks)
            # An invitation of a device that is gone may be found late: nobody ever answers who wants to join it.
            or not settled(replace(line.recovery, joining=None))
        )


def _untold(_done: int) -> None:
    """Nobody watches how far a backup is."""


def forget(folder: Path) -> None:
    """Leave nothing of a world behind."""
    shutil.rmtree(folder, ignore_errors=True)

"""The desk: a person's vault with what the use cases need around it, and the transaction they all work in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from backchannel.app.line import Line, Phase
from backchannel.app.ports import Clock, Random, Stored, Transaction, Vault
from backchannel.errors import LineClosed, LineNotOpen
from backchannel.line.channel import Channel
from backchannel.log.event import Event


@dataclass(frozen=True, slots=True)
class Kept:
    """A live channel, and what the vault holds of it."""

    revision: int
    channel: Channel
    data: bytes = field(repr=False)


@dataclass(slots=True)
class Work:
    """One transaction: what was loaded, and what must be saved with it."""

    transaction: Transaction
    random: Random
    _kept: dict[bytes, Kept]
    _touched: dict[bytes, Channel] = field(default_factory=dict)
    _loaded: dict[bytes, Kept] = field(default_factory=dict)
    _formers: dict[bytes, list[tuple[int, Channel]]] = field(default_factory=dict)

    def channel(self, line: Line) -> Channel:
        """Return an open line's channel; it is saved at the end of the transaction.

        Raises:
            LineNotOpen: it has none yet.
        """
        if line.id in self._touched:
            return self._touched[line.id]
        known = self._kept.get(line.id)
        if known is None or known.revision != self.transaction.channel_revision(line.id):
            known = _load(self.transaction, line)
        self._loaded[line.id] = known
        self._touched[line.id] = known.channel
        return known.channel

    def opened(self, line: Line, channel: Channel) -> None:
        """Keep the channel of a line that has just opened."""
        self._touched[line.id] = channel
        self._formers.pop(line.id, None)

    def formers(self, line_id: bytes) -> list[tuple[int, Channel]]:
        """Return when the former incarnations of a line ended, and their channels, latest first; read only once.

        What is opened with one of them must be saved with it.
        """
        if line_id not in self._formers:
            kept = self.transaction.formers(line_id)
            self._formers[line_id] = [(ended, Channel.from_bytes(state)) for ended, state in kept]
        return self._formers[line_id]

    def forget(self, line: Line) -> None:
        """Let go of a line's channel, for good."""
        self._touched.pop(line.id, None)
        self.transaction.drop_channel(line.id)

    def append(self, line: Line, event: Event, now: int) -> int:
        """Store an event and return its position."""
        position = line.positions + 1
        self.transaction.append(line.id, Stored(position, now, event))
        return position

    def save_channels(self) -> dict[bytes, Kept]:
        """Write every channel that has changed; return all that were used with their revisions."""
        return {line_id: self._save(line_id, channel) for line_id, channel in self._touched.items()}

    def _save(self, line_id: bytes, channel: Channel) -> Kept:
        data = channel.to_bytes(self.random)
        loaded = self._loaded.get(line_id)
        if loaded is not None and loaded.data == data:
            return loaded
        return Kept(self.transaction.save_channel(line_id, data), channel, data)


class Desk:
    """A vault, a clock and randomness; keeps live channels between transactions as long as nobody else changed them."""

    __slots__ = ("_kept", "clock", "random", "vault")

    def __init__(self, vault: Vault, clock: Clock, random: Random) -> None:
        self.vault = vault
        self.clock = clock
        self.random = random
        self._kept: dict[bytes, Kept] = {}

    @contextmanager
    def work(self) -> Iterator[Work]:
        """Begin a transaction; a channel that was used in one that failed is thrown away with it."""
        work: Work | None = None
        kept, self._kept = self._kept, {}
        with self.vault.write() as transaction:
            work = Work(transaction, self.random, kept)
            yield work
            saved = work.save_channels()
        self._kept = kept | saved

    @contextmanager
    def look(self) -> Iterator[Transaction]:
        """Begin a transaction that only looks."""
        with self.vault.read() as transaction:
            yield transaction

    def channel_now(self, transaction: Transaction, line: Line) -> Channel:
        """Return an open line's channel, to look at only: it may be the live one.

        Raises:
            LineNotOpen: it has none yet.
        """
        known = self._kept.get(line.id)
        if known is not None and known.revision == transaction.channel_revision(line.id):
            return known.channel
        return load_channel(transaction, line)


def load_channel(transaction: Transaction, line: Line) -> Channel:
    """Return an open line's channel as it was last saved.

    Raises:
        LineNotOpen: it has none yet.
        LineClosed: it has none any more.
    """
    return _load(transaction, line).channel


def _load(transaction: Transaction, line: Line) -> Kept:
    data = transaction.channel(line.id)
    if data is None:
        raise LineClosed(line.name) if line.phase is Phase.CLOSED else LineNotOpen(line.name)
    return Kept(transaction.channel_revision(line.id), Channel.from_bytes(data), data)

"""Parts: what of the files of a line goes out now (spec 8.4).

No ratchet moves for a part, so a batch is made by looking alone, and only what a transport took is noted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from backchannel.app.attach import withdrawn
from backchannel.app.attachment import Attachment
from backchannel.app.desk import Desk, load_channel
from backchannel.app.line import Line
from backchannel.app.ports import Random, Transaction
from backchannel.crypto.aead import TAG_SIZE
from backchannel.errors import VaultDamaged
from backchannel.line.file_part import PART_SIZE, FilePart, FileSeal, part_length
from backchannel.line.mailbox import Mailbox

PARTS_AT_ONCE: Final = 16
"""Parts of one batch: a megabyte, after which talk has its turn."""


@dataclass(frozen=True, slots=True)
class PartBatch:
    """Parts on their way.

    Attributes:
        mailbox: where to.
        envelopes: in order.
        last: of each file, by name, the highest part in it, and whether it is sent again.
    """

    mailbox: Mailbox
    envelopes: tuple[bytes, ...] = field(repr=False)
    last: dict[bytes, tuple[int, bool]]

    @property
    def repeated(self) -> bool:
        """Say whether any of it was sent before."""
        return any(again for _, again in self.last.values())


def next_parts(desk: Desk, line_id: bytes, *, most: int = PARTS_AT_ONCE) -> PartBatch | None:
    """Return the parts that go out now; None where there are none.

    Args:
        desk: where.
        line_id: the line.
        most: parts at most.
    """
    with desk.look() as transaction:
        line = transaction.line(line_id)
        if not line.phase.has_keys:
            return None
        wanted = [(file, *_wanted(file, desk.clock())) for file in _outgoing(transaction, line)]
        if not any(runs for _, runs, _ in wanted):
            return None
        seal = FileSeal(load_channel(transaction, line))
        envelopes: list[bytes] = []
        last: dict[bytes, tuple[int, bool]] = {}
        lost = []
        for file, runs, again in wanted:
            try:
                for envelope, number in _sealed(transaction, seal, file, runs, desk.random, most - len(envelopes)):
                    envelopes.append(envelope)
                    last[file.name] = (max(number, last.get(file.name, (0, again))[0]), again)
            except VaultDamaged:
                lost.append(file.name)
    _take_back(desk, line_id, lost)
    return PartBatch(seal.outbox, tuple(envelopes), last) if envelopes else None


def next_part(transaction: Transaction, line: Line, now: int) -> tuple[FilePart, Attachment, bool] | None:
    """Return the one part that goes out next, its file, and whether it is sent again; None where there is none."""
    for file in _outgoing(transaction, line):
        runs, again = _wanted(file, now)
        for number, _ in runs[:1]:
            try:
                return _part(transaction, file, number), file, again
            except VaultDamaged:
                _withdraw(transaction, line.id, file.name)
    return None


def missing_parts(transaction: Transaction, line: Line) -> list[tuple[int, int]]:
    """Return how many parts the other side is not known to hold of the files that go out, with their bytes."""
    found = []
    for file in _outgoing(transaction, line):
        if file.sending is None or not file.sending.may_go:
            continue
        parts = file.sending.parts
        count = sum(last - first + 1 for first, last in _missing(file))
        ends = any(last == parts for _, last in _missing(file))
        found.append((count - ends, PART_SIZE))
        found.append((int(ends), part_length(file.file.size, parts)))
    return found


def _take_back(desk: Desk, line_id: bytes, lost: list[bytes]) -> None:
    """Withdraw files whose content is gone from the disk: the other side must not wait for them, nor talk for that."""
    if not lost:
        return
    with desk.work() as work:
        for name in lost:
            _withdraw(work.transaction, line_id, name)


def _withdraw(transaction: Transaction, line_id: bytes, name: bytes) -> None:
    file = transaction.file(line_id, name)
    if file is not None and file.sending is not None:
        transaction.drop_content(file.content)
        transaction.save_file(withdrawn(file))


def note_sent(desk: Desk, line_id: bytes, batch: PartBatch) -> None:
    """Note that a transport took a batch."""
    with desk.work() as work:
        for name, (last, again) in batch.last.items():
            file = work.transaction.file(line_id, name)
            if file is not None and file.sending is not None:
                sending = file.sending.sent(last, desk.clock(), repeated=again)
                work.transaction.save_file(replace(file, sending=sending))


def has_parts(transaction: Transaction, line: Line, now: int) -> bool:
    """Say, without sealing anything, whether a part of a line's files or a word of them wants to go out now."""
    if not line.phase.has_keys:
        return False
    return any(file.tells(now) or _wanted(file, now)[0] for file in transaction.files(line.id, moving=True))


def everything(desk: Desk, line_id: bytes, *, largest: int, most: int = PARTS_AT_ONCE) -> Iterator[list[bytes]]:
    """Yield, in batches, whatever parts the other side is not known to hold: to be carried by hand.

    Nothing is noted: what is carried may never arrive.

    Args:
        desk: where.
        line_id: the line.
        largest: bytes of the largest file that goes along.
        most: parts of one batch at most.
    """
    with desk.look() as transaction:
        line = transaction.line(line_id)
        if not line.phase.has_keys:
            return
        left = {file.name: _missing(file) for file in _outgoing(transaction, line) if file.file.size <= largest}
    for name, runs in left.items():
        for first, last in runs:
            for at in range(first, last + 1, most):
                with desk.look() as transaction:
                    file = transaction.file(line_id, name)
                    if file is None or not file.content:
                        continue
                    seal = FileSeal(load_channel(transaction, line))
                    run = [(at, min(last, at + most - 1))]
                    try:
                        batch = [envelope for envelope, _ in _sealed(transaction, seal, file, run, desk.random, most)]
                    except VaultDamaged:
                        break  # the next exchange takes it back
                yield batch


def _outgoing(transaction: Transaction, line: Line) -> list[Attachment]:
    """Return the files that still go out, the one with the least left first."""
    files = [file for file in transaction.files(line.id, moving=True) if file.content and _missing(file)]
    return sorted(files, key=lambda file: sum(last - first + 1 for first, last in _missing(file)))


def _missing(file: Attachment) -> list[tuple[int, int]]:
    return [] if file.sending is None else file.sending.missing()


def _wanted(file: Attachment, now: int) -> tuple[list[tuple[int, int]], bool]:
    return ([], False) if file.sending is None or not file.content else file.sending.wanted(now)


def _sealed(
    transaction: Transaction, seal: FileSeal, file: Attachment, runs: list[tuple[int, int]], random: Random, most: int
) -> Iterator[tuple[bytes, int]]:
    for first, last in runs:
        for number in range(first, min(last + 1, first + most)):
            most -= 1
            yield seal.seal(_part(transaction, file, number), random), number


def _part(transaction: Transaction, file: Attachment, number: int) -> FilePart:
    size = part_length(file.file.size, number) + TAG_SIZE
    return FilePart(file.name, number, transaction.read_part(file.content, number, size))

"""Rest: a way that cost its timeout is left alone for a while, so that a dead one does not cost every exchange one.

Only what was slow to fail rests: one that refuses at once costs nothing to ask again. What rests is kept in the vault,
since each command is a process of its own.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backchannel.app.desk import Desk
from backchannel.app.ports import Transaction, Transport

SETTING: Final = "resting"

SLOW: Final = 2000
"""Milliseconds that a failure may cost; what costs more rests."""

PAUSES: Final = tuple(minutes * 60_000 for minutes in (1, 5, 15, 60))
"""Milliseconds of rest after the first, second, ... failure in a row; the last one stands for all after."""

Rests = dict[str, tuple[int, int]]
"""By the name of a transport: how often it failed in a row, and until when it rests."""


@dataclass(frozen=True, slots=True)
class Awake:
    """What there is of a line's transports.

    Attributes:
        transports: those that do not rest, in order.
        resting: (name, until) of those that do.
        failed: the names of all that failed the last time.
    """

    transports: list[Transport]
    resting: list[tuple[str, int]]
    failed: frozenset[str]


def awake(desk: Desk, transports: Sequence[Transport]) -> Awake:
    """Return which transports do not rest."""
    with desk.look() as transaction:
        rests = _rests(transaction)
    now = desk.clock()
    # A pause that no pause can be means that a clock was set.
    until = {name: until for name, (_, until) in rests.items() if 0 < until - now <= PAUSES[-1]}
    return Awake(
        transports=[transport for transport in transports if transport.name not in until],
        resting=[(transport.name, until[transport.name]) for transport in transports if transport.name in until],
        failed=frozenset(rests),
    )


def failed(desk: Desk, name: str, since: int) -> None:
    """Note that a transport failed, and let it rest if that took long.

    Args:
        desk: where.
        name: the transport's.
        since: when it was asked, milliseconds since 1970.
    """
    now = desk.clock()
    if now - since < SLOW:
        return
    with desk.work() as work:
        rests = _rests(work.transaction)
        count = rests.get(name, (0, 0))[0] + 1
        rests[name] = (count, now + PAUSES[min(count, len(PAUSES)) - 1])
        _save(work.transaction, rests)


def worked(desk: Desk, name: str) -> None:
    """Note that a transport works again."""
    with desk.work() as work:
        rests = _rests(work.transaction)
        rests.pop(name, None)
        _save(work.transaction, rests)


def wake_all(desk: Desk) -> None:
    """Let nothing rest: the person wants to know how each of them is."""
    with desk.look() as transaction:
        if transaction.setting(SETTING) is None:
            return
    with desk.work() as work:
        rests = {name: (count, 0) for name, (count, _) in _rests(work.transaction).items()}
        _save(work.transaction, rests)


def _rests(transaction: Transaction) -> Rests:
    text = transaction.setting(SETTING)
    return {} if text is None else {name: (count, until) for name, (count, until) in json.loads(text).items()}


def _save(transaction: Transaction, rests: Rests) -> None:
    transaction.save_setting(SETTING, json.dumps(rests, ensure_ascii=False) if rests else None)

"""Parts: what came on paper or in pasted pieces waits in the vault, over any number of runs, until its set is whole."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from backchannel.app.carry import CarriedIn, carry_in
from backchannel.app.desk import Desk
from backchannel.app.ports import Transaction
from backchannel.errors import Malformed, Oversize
from backchannel.wire.envelope import is_envelope_size
from backchannel.wire.parts import Collector, Kind, Part, put_together, read_text, text_of

SETTING: Final = "parts"

MOST_KEPT: Final = 2048
"""Parts that wait at most: two megabytes, or a sheet of codes that takes two hours to read."""


@dataclass(frozen=True, slots=True)
class TakenParts:
    """What parts brought.

    Attributes:
        carried: what became of the envelopes that are whole.
        waiting: the sets that are not.
        progress: how far those have come, for people; empty where there are none.
    """

    carried: CarriedIn
    waiting: tuple[Collector, ...]
    progress: str


def take_parts(desk: Desk, parts: Sequence[Part]) -> TakenParts:
    """Take the envelopes that are whole with these parts and those of earlier runs; keep the parts of the others.

    Args:
        desk: where.
        parts: in any order.

    Raises:
        Malformed: an invitation, or something of a size that no envelope has; nothing was changed.
        ArmorDamaged: two parts contradict each other; nothing was changed.
        Oversize: more parts would wait than are kept; those of this run are not kept.
    """
    with desk.look() as transaction:
        kept = _kept(transaction)
    made = put_together([*kept, *parts])
    if any(kind is Kind.INVITATION for kind, _ in made.whole) or any(part.kind is Kind.INVITATION for part in parts):
        raise Malformed("there is an invitation in it", hint="use it with: backchannel join NAME --text -")
    envelopes = [envelope for _, envelope in made.whole]
    if not all(is_envelope_size(len(envelope)) for envelope in envelopes):
        raise Malformed("an envelope of a size that none has")
    carried = carry_in(desk, envelopes)  # first: a part is let go of when what it was of is safe
    left = [part for collector in made.waiting for part in collector.parts]
    if len(left) > MOST_KEPT:
        raise Oversize(
            f"{len(left)} parts would wait for others; at most {MOST_KEPT}",
            hint="finish one set before the next, or let go of all: backchannel carry in --forget-parts",
        )
    if left or kept:
        with desk.work() as work:
            _save(work.transaction, left)
    return TakenParts(carried, tuple(made.waiting), made.progress)


def forget_parts(desk: Desk) -> int:
    """Let go of every part that waits; return how many there were."""
    with desk.work() as work:
        count = len(_kept(work.transaction))
        _save(work.transaction, [])
    return count


def _kept(transaction: Transaction) -> list[Part]:
    text = transaction.setting(SETTING)
    return [] if text is None else [read_text(each) for each in json.loads(text)]


def _save(transaction: Transaction, parts: Sequence[Part]) -> None:
    transaction.save_setting(SETTING, json.dumps([text_of(part) for part in parts]) if parts else None)

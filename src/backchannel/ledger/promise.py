"""The life of a promise: what may follow what, and who may say so, in one table (spec 12.6).

    conditional -> in effect -> claimed -> confirmed
                             -> violated   -> disputed -> claimed, confirmed, waived, violated
    waived by the creditor at any time before it is confirmed; replaced when an amendment comes into force

Late is nothing that happens: it is seen at a time (`standing`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final

from backchannel.crypto.suite import Role
from backchannel.errors import MoveRefused, NotYoursToSay
from backchannel.ledger.kinds import Act, Said
from backchannel.ledger.terms import Obligation


class Life(Enum):
    """Where a promise stands; the value is what people read."""

    CONDITIONAL = "conditional"
    IN_EFFECT = "in effect"
    CLAIMED = "claimed"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    WAIVED = "waived"
    VIOLATED = "violated"
    REPLACED = "replaced"


_DEBTOR, _CREDITOR = "debtor", "creditor"

NEXT: Final[dict[tuple[Life, Act, str], Life]] = {
    (Life.IN_EFFECT, Act.CLAIM, _DEBTOR): Life.CLAIMED,
    (Life.DISPUTED, Act.CLAIM, _DEBTOR): Life.CLAIMED,
    (Life.VIOLATED, Act.CLAIM, _DEBTOR): Life.CLAIMED,
    (Life.VIOLATED, Act.DISPUTE, _DEBTOR): Life.DISPUTED,
    (Life.IN_EFFECT, Act.CONFIRM, _CREDITOR): Life.CONFIRMED,
    (Life.CLAIMED, Act.CONFIRM, _CREDITOR): Life.CONFIRMED,
    (Life.DISPUTED, Act.CONFIRM, _CREDITOR): Life.CONFIRMED,
    (Life.VIOLATED, Act.CONFIRM, _CREDITOR): Life.CONFIRMED,
    (Life.CLAIMED, Act.DISPUTE, _CREDITOR): Life.DISPUTED,
    (Life.IN_EFFECT, Act.VIOLATE, _CREDITOR): Life.VIOLATED,
    (Life.DISPUTED, Act.VIOLATE, _CREDITOR): Life.VIOLATED,
    **{
        (life, Act.WAIVE, _CREDITOR): Life.WAIVED
        for life in (Life.CONDITIONAL, Life.IN_EFFECT, Life.CLAIMED, Life.DISPUTED, Life.VIOLATED)
    },
}
"""What may follow, by whom; nothing else may."""

CROSSED: Final[dict[tuple[Life, Act, str], Life]] = {
    (Life.VIOLATED, Act.CLAIM, _DEBTOR): Life.DISPUTED,
    (Life.CLAIMED, Act.VIOLATE, _CREDITOR): Life.DISPUTED,
}
"""What follows if neither had seen what the other said: both stand, so it is disputed, whoever comes first."""

OPEN: Final = frozenset({Life.CONDITIONAL, Life.IN_EFFECT, Life.CLAIMED, Life.DISPUTED, Life.VIOLATED})
"""Where something is still to come."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What of an event matters here.

    Attributes:
        id: the event's.
        author: who said it.
        number: in the author's feed.
        seen: how far the author had the other feed.
        clock: milliseconds since 1970, the author's claim.
    """

    id: bytes
    author: Role
    number: int
    seen: int
    clock: int

    def saw(self, other: Mark) -> bool:
        """Say whether the author had the other event, or wrote it."""
        return other.number <= (self.number if self.author is other.author else self.seen)


@dataclass(frozen=True, slots=True)
class Happened:
    """Something said of a promise, and the event that said it."""

    mark: Mark
    said: Said


@dataclass(frozen=True, slots=True)
class Promise:
    """An obligation of a deal in force, and what became of it.

    Attributes:
        deal: hash of the deal.
        obligation: what was agreed.
        life: where it stands.
        since: clock from which it is in effect; None while it is conditional.
        history: what was said of it, in order.
        origin: the event that brought the deal into force.
    """

    deal: bytes
    obligation: Obligation
    life: Life
    since: int | None
    origin: Mark
    history: tuple[Happened, ...] = ()

    @property
    def due(self) -> int | None:
        """Return when it is due, milliseconds since 1970; None while that is open or if it has no date."""
        if self.since is None:
            return None
        one = self.obligation
        ends = [one.due.instant * 1000] if one.due else []
        ends += [one.ceasefire.ends.instant * 1000] if one.ceasefire else []
        ends += [self.since + one.within * 1000] if one.within is not None else []
        return min(ends, default=None)

    @property
    def done(self) -> int | None:
        """Return the clock at which it was done: the last claim, or the confirmation where nothing was claimed."""
        if self.life not in (Life.CLAIMED, Life.CONFIRMED):
            return None
        claims = [one.mark.clock for one in self.history if one.said.act is Act.CLAIM]
        return claims[-1] if claims else self.history[-1].mark.clock

    @property
    def events(self) -> tuple[bytes, ...]:
        """Return the ids of every event that it follows from."""
        return (self.origin.id, *(one.mark.id for one in self.history))


@dataclass(frozen=True, slots=True)
class Standing:
    """A promise at a time.

    Attributes:
        life: where it stands.
        due: milliseconds since 1970.
        overdue: whether it is in effect or violated, and due before now.
        late: whether it was done, but after it was due.
    """

    life: Life
    due: int | None
    overdue: bool
    late: bool


def standing(promise: Promise, now: int) -> Standing:
    """Return how a promise stands.

    Args:
        promise: the promise.
        now: milliseconds since 1970.
    """
    due, done = promise.due, promise.done
    waiting = promise.life in (Life.IN_EFFECT, Life.VIOLATED)
    return Standing(
        life=promise.life,
        due=due,
        overdue=waiting and due is not None and now > due and promise.obligation.ceasefire is None,
        late=done is not None and due is not None and done > due and promise.obligation.ceasefire is None,
    )


def said_of(promise: Promise, mark: Mark, said: Said) -> Promise:
    """Return the promise after something was said of it.

    Args:
        promise: before.
        mark: the event.
        said: what it says.

    Raises:
        NotYoursToSay: it is for the other side to say.
        MoveRefused: it does not follow.
    """
    side = _DEBTOR if mark.author is promise.obligation.debtor else _CREDITOR
    step = promise.life, said.act, side
    last = promise.history[-1].mark if promise.history else promise.origin
    after = None if mark.saw(last) else CROSSED.get(step)
    after = after or NEXT.get(step)
    if after is None:
        other = _CREDITOR if side == _DEBTOR else _DEBTOR
        if side not in {who for _, act, who in NEXT if act is said.act} or (*step[:2], other) in NEXT:
            raise NotYoursToSay(f"{promise.obligation.id}: {said.act.value} is for the {other}")
        raise MoveRefused(f"{promise.obligation.id} is {promise.life.value}; {said.act.value} does not follow")
    if after is Life.VIOLATED:
        _may_be_violated(promise, mark.clock)
    return replace(promise, life=after, history=(*promise.history, Happened(mark, said)))


def _may_be_violated(promise: Promise, clock: int) -> None:
    truce = promise.obligation.ceasefire
    if truce is not None:
        if clock < truce.begins.instant * 1000:
            raise MoveRefused(f"{promise.obligation.id} has not begun")
    elif promise.due is not None and clock <= promise.due:
        raise MoveRefused(f"{promise.obligation.id} is not due yet")


@dataclass(frozen=True, slots=True)
class Views:
    """What each side last said of a promise.

    Attributes:
        debtor: the last of who owes it.
        creditor: the last of whom it is owed to.
        differ: whether one says it was done, or not broken, and the other says it was not.
    """

    debtor: Happened | None
    creditor: Happened | None
    differ: bool


def views(promise: Promise) -> Views:
    """Return both sides' views of a promise, side by side."""
    owes = promise.obligation.debtor
    said = [[one for one in promise.history if (one.mark.author is owes) is own] for own in (True, False)]
    debtor, creditor = (side[-1] if side else None for side in said)
    return Views(debtor, creditor, promise.life is Life.DISPUTED)


def due_within(promises: Iterable[Promise], now: int, milliseconds: int) -> list[Promise]:
    """Return what is in effect and due from now until then, or overdue, the earliest first: what to remind of."""
    waiting = [one for one in promises if one.life is Life.IN_EFFECT and one.due is not None]
    return sorted(
        (one for one in waiting if one.due is not None and one.due <= now + milliseconds),
        key=lambda one: (one.due or 0, one.deal, one.obligation.id),
    )

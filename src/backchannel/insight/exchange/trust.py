"""The order of an exchange that needs the least trust, where something divisible can balance it.

Two sides hand over rows, one after the other. Row k costs its giver c and is worth v to its receiver, both at least 0.
At any moment a side may walk away: it keeps what it got, and loses its *stake*, a deposit or the reputation that it has
in this. It gains by walking if what it would still get is worth less than what it would still give, by more than its
stake. An order is safe if that never happens, to either side.

Say that rows R are still to be handed over. Let a(R) be the value of what I still get minus the cost of what I still
give, b(R) theirs. Let t be what they still pay me, net, in something divisible (money, days of quiet, a deposit that
is given back bit by bit), which may go either way at any time between two rows. With stakes D1 and D2 nobody walks at
R if  a(R) + t >= -D1  and  b(R) - t >= -D2,  that is, if t is in [-D1 - a(R), D2 + b(R)]. While row k of R is handed
over t stays as it is, so it has to be in the intervals of R and of R without k. If I give k, a(R) = a(R-k) - c and
b(R) = b(R-k) + v: the narrowest limits are -D1 - a(R-k) + c and D2 + b(R-k), so there is such a t if and only if

    c <= D + s(R-k),    D = D1 + D2,    s(R) = a(R) + b(R) = the sum of v - c over R

and it is the same if they give k. Only the sum D matters. Built up from the end, a row "needs" c and then "adds" v - c.

**Theorem.** If any order is safe with D, so is this one, from the end backwards: first the gainers (v >= c) by rising
cost, then the losers (v < c) by falling value. *Proof.* Take a safe order, and two rows x, y that stand next to each
other in it, x placed first, at s: c(x) <= D + s and c(y) <= D + s + v(x) - c(x). They can be swapped if

- x is a loser, y a gainer:  c(y) <= D + s + v(x) - c(x) < D + s, and c(x) <= D + s <= D + s + v(y) - c(y);
- both gain, c(y) <= c(x):  c(y) <= c(x) <= D + s, and c(x) <= D + s <= D + s + v(y) - c(y);
- both lose, v(y) >= v(x):  c(y) <= D + s + v(x) - c(x) < D + s, and, moving c(x) and c(y) to the other sides of the
  second condition, c(x) <= D + s + v(x) - c(y) <= D + s + v(y) - c(y).

Every order becomes this one by such swaps (bubble sort), and stays safe. So its own need, the largest c - s, is the
smallest of all. Sorting makes it O(n log n).

Without anything divisible the question is hard (`pacing`); this one is then a lower limit.

Source: Sandholm and Lesser 1995 and Sandholm 1996 (safe exchange); Abdel-Wahab and Kameda 1978 (the same order, for
scheduling under a cumulative cost).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from backchannel.errors import PlanRefused

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LARGEST_SUM: Final = 2**53


@dataclass(frozen=True, slots=True, eq=False)
class Handovers:
    """What is to be handed over, all of it.

    Attributes:
        mine: (n,), whether my side gives it.
        cost: (n,), points that it costs its giver.
        value: (n,), points that it is worth to its receiver.
    """

    mine: Flags
    cost: Ints
    value: Ints

    def __post_init__(self) -> None:
        if not len(self.mine) == len(self.cost) == len(self.value):
            raise PlanRefused("a giver, a cost and a value for each row")
        if len(self.mine) and (self.cost.min() < 0 or self.value.min() < 0):
            raise PlanRefused("costs and values are at least 0")
        if float(self.cost.sum(dtype=np.float64) + self.value.sum(dtype=np.float64)) >= LARGEST_SUM:
            raise PlanRefused("points are too large")


@dataclass(frozen=True, slots=True, eq=False)
class TrustOrder:
    """An order and the trust that it needs, step by step.

    Attributes:
        order: (n,), rows, the first to be handed over first.
        needed: (n,), the joint stake without which the step cannot be made safe, whatever is paid in between.
        mine: (n,), what I would gain by walking away just before the step, if nothing is paid in between.
        theirs: (n,), the same for them.
    """

    order: Ints
    needed: Ints
    mine: Ints
    theirs: Ints

    @property
    def stake(self) -> int:
        """Return the smallest joint stake that makes the whole order safe."""
        return int(self.needed.max(initial=0))


def least_trust_order(rows: Handovers) -> TrustOrder:
    """Return the order that needs the smallest joint stake of all orders: the theorem of this module."""
    gainer = rows.value >= rows.cost
    backwards = np.lexsort((np.where(gainer, rows.cost, -rows.value), ~gainer))
    return trust_of(rows, backwards[::-1])


def trust_of(rows: Handovers, order: Ints) -> TrustOrder:
    """Return what an order needs at each step.

    Args:
        rows: what is handed over.
        order: (n,), a permutation of the rows, the first to be handed over first.
    """
    mine, cost, value = rows.mine[order], rows.cost[order], rows.value[order]
    after = _left(value - cost) - (value - cost)
    left_to_me = _left(np.where(mine, -cost, value))
    left_to_them = _left(np.where(mine, value, -cost))
    return TrustOrder(
        order=order,
        needed=np.maximum(0, cost - after),
        mine=np.maximum(0, -left_to_me),
        theirs=np.maximum(0, -left_to_them),
    )


def balancing(rows: Handovers, order: Ints, my_stake: int, their_stake: int) -> Ints:
    """Return what is paid to me after each step, net, so that nobody gains by walking away at any moment.

    Args:
        rows: what is handed over.
        order: (n,), the first to be handed over first.
        my_stake: what I lose by walking away.
        their_stake: what they lose; both together are at least the order's `stake`.

    Returns:
        (n,): negative where I pay.
    """
    mine, cost, value = rows.mine[order], rows.cost[order], rows.value[order]
    to_me, to_them = np.where(mine, -cost, value), np.where(mine, value, -cost)
    left_to_me, left_to_them = _left(to_me), _left(to_them)
    low = -my_stake - np.minimum(left_to_me, left_to_me - to_me)
    high = their_stake + np.minimum(left_to_them, left_to_them - to_them)
    still = [0]
    for lowest, highest in zip(low[::-1].tolist(), high[::-1].tolist(), strict=True):
        still.append(min(max(still[-1], lowest), highest))
    after = np.array(still[::-1], dtype=np.int64)
    return after[:-1] - after[1:]


def _left(change: Ints) -> Ints:
    """Return, for each step, the sum from it to the end."""
    return np.cumsum(change[::-1])[::-1]

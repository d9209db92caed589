"""The deal: planning an exchange, the order that needs the least trust, names, signatures. NAME is `deal`."""

from __future__ import annotations

import statistics
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from backchannel.crypto.sign import SigningKey, verify
from backchannel.insight.exchange.clash import Clash
from backchannel.insight.exchange.pacing import pace
from backchannel.insight.exchange.plan import Plan, plan_exchange
from backchannel.insight.exchange.problem import Aim, Candidate, Exchange, HandoverList, Must, PhaseLimit, Quota, Veto
from backchannel.insight.exchange.trust import Handovers, least_trust_order
from backchannel.ledger.name_matching import Named, near_duplicates
from bench.ledger_fold import fold_rows
from bench.name_variants import HELD_OUT, labelled
from bench.rows import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME: Final = "deal"
CATEGORIES: Final = 10


def rows(quick: bool) -> Iterator[Row]:
    """Measure every row; with `quick` at a tenth of the size."""
    yield from _planned(500, 103, 2, full=False) if quick else _planned(5_000, 1_027, 2, full=True)
    if not quick:
        yield from _planned(20_000, 5_000, 20, full=True)
    yield _clashing(500 if quick else 5_000, 103 if quick else 1_027)
    yield from _ordered(100_000 if quick else 1_000_000, full=not quick)
    yield _signed(20 if quick else 100)
    yield from _named(1_000 if quick else 5_000, full=not quick)
    yield from fold_rows(quick)


def question(count: int, choose: int, seed: int) -> Exchange:
    """Return a question with 2 % vetoed, 10 category quotas, 12 named musts, two phases and a budget that binds."""
    drawn = np.random.default_rng(seed)
    kinds = drawn.integers(0, CATEGORIES, count)
    costs = drawn.integers(1, 1_000, count)
    values = (costs * 6) // 10 + drawn.integers(1, 600, count)
    candidates = tuple(
        Candidate(f"row {number}", f"category {kind}", int(cost), int(value))
        for number, (kind, cost, value) in enumerate(zip(kinds, costs, values, strict=True))
    )
    named = [f"row {number}" for number in drawn.permutation(count)]
    share = choose / CATEGORIES
    return Exchange(
        HandoverList(
            candidates,
            least=choose,
            most=choose,
            quotas=tuple(
                Quota(f"category {kind}", int(share * drawn.uniform(0.3, 0.9)), int(share * drawn.uniform(1.0, 1.5)))
                for kind in range(CATEGORIES)
            ),
            musts=tuple(Must(key, number % 2 if number % 3 else None) for number, key in enumerate(named[:12])),
            vetoes=tuple(Veto(key, "north") for key in named[12 : 12 + count // 50]),
            phases=(PhaseLimit(choose // 5, (choose * 2) // 5), PhaseLimit(0, (choose * 3) // 4)),
        ),
        phases=("first", "second"),
        worth=(1000, 900),
        budget=choose * 350,
    )


def _planned(count: int, choose: int, target: float, *, full: bool) -> Iterator[Row]:
    asked = question(count, choose, seed=1)
    started = time.perf_counter()
    plan = plan_exchange(asked, Aim(mine=0, theirs=1))
    seconds = time.perf_counter() - started
    assert isinstance(plan, Plan)
    assert len(plan.giving) == choose
    label = f"choose {choose:,} of {count:,}: vetoes, 10 quotas, 12 musts, two phases, a budget"
    yield Row(NAME, label, round(seconds, 3), "s", target, seconds < target if full else None)
    gap = plan.gap * 100
    yield Row(NAME, f"{label}: from the proven bound", round(gap, 5), "%", 0.1, gap <= 0.1 if full else None)


def _clashing(count: int, choose: int) -> Row:
    asked = replace(question(count, choose, seed=1), budget=choose * 50)
    started = time.perf_counter()
    found = plan_exchange(asked, Aim(mine=0, theirs=1))
    seconds = time.perf_counter() - started
    assert isinstance(found, Clash)
    label = f"the same with a budget too small: name the {len(found.rules)} rules that clash, of {count:,}"
    return Row(NAME, label, round(seconds, 3), "s", None, None)


def _ordered(count: int, *, full: bool) -> Iterator[Row]:
    drawn = np.random.default_rng(3)
    rows = Handovers(drawn.random(count) < 0.5, drawn.integers(1, 1_000, count), drawn.integers(1, 1_200, count))
    started = time.perf_counter()
    order = least_trust_order(rows)
    seconds = time.perf_counter() - started
    assert order.stake >= 0
    yield Row(NAME, f"least-trust order of {count:,} items", round(seconds, 3), "s", 2, seconds < 2 if full else None)
    started = time.perf_counter()
    pace(rows, 2)
    seconds = time.perf_counter() - started
    yield Row(NAME, f"the same in two phases, nothing divisible, {count:,} items", round(seconds, 3), "s", None, None)


def _named(count: int, *, full: bool) -> Iterator[Row]:
    known = labelled(count, HELD_OUT)
    rows = [Named(name, born) for name, born in zip(known.names, known.born, strict=True)]
    near_duplicates(rows[:10])
    started = time.perf_counter()
    told = near_duplicates(rows)
    seconds = time.perf_counter() - started
    right = sum((pair.first, pair.second) in known.pairs for pair in told)
    label = f"near-duplicates among {count:,} names in three scripts"
    yield Row(NAME, label, round(seconds, 3), "s", 3, seconds < 3 if full else None)
    yield Row(NAME, f"{label}: precision, held-out list", round(right / len(told), 3), "", None, None)
    yield Row(NAME, f"{label}: recall, held-out list", round(right / len(known.pairs), 3), "", None, None)


def _signed(count: int) -> Row:
    terms = bytes(20_000)
    times = []
    for _ in range(count):
        started = time.perf_counter()
        key = SigningKey.generate()
        verify(key.public(), key.sign("bench", terms), "bench", terms)
        times.append((time.perf_counter() - started) * 1000)
    milliseconds = statistics.median(times)
    label = "make a key, sign a deal and verify it, median"
    return Row(NAME, label, round(milliseconds, 2), "ms", 50, milliseconds < 50)

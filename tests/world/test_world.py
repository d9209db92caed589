"""Ten small worlds of seventeen years, played whole: nothing lost, nothing doubled, nothing stuck."""

from __future__ import annotations

import pytest

from world.life import play
from world.plan import plan
from world.run import replay

YEARS = 17
MESSAGES = 300


@pytest.mark.parametrize("seed", range(1, 11))
def test_nothing_is_lost_or_doubled_in_seventeen_years(seed: int) -> None:
    report = play(plan(seed, YEARS, MESSAGES))
    again = replay(seed, YEARS, MESSAGES)
    assert report.good, f"{report.verdict}, settled after {report.settled_after}; again: {again}"
    assert report.verdict.sent == report.verdict.received == MESSAGES
    assert min(report.counts[what] for what in ("blackouts", "crashes", "wipes", "resets")) > 0

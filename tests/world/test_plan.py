"""The plan of a world: everything in it follows from the seed, and it holds what it promises."""

from __future__ import annotations

from collections import Counter

import pytest

from backchannel.vault.schema import VERSION
from world.plan import (
    DAY,
    LONGEST_BLACKOUT,
    YEAR,
    ClockSet,
    Dark,
    DeviceLost,
    Light,
    Look,
    OldDeviceUsed,
    Plan,
    Say,
    Struck,
    Upgraded,
    plan,
)

SEEDS = range(1, 6)


@pytest.fixture(scope="module", params=SEEDS)
def seventeen(request: pytest.FixtureRequest) -> Plan:
    return plan(request.param, 17, 2000)


def dark(world: Plan) -> list[tuple[int, int, tuple[int, ...]]]:
    """The blackouts: from, to, whose."""
    found = []
    begun: tuple[int, tuple[int, ...]] | None = None
    for at, step in world.steps:
        match step:
            case Dark(sides):
                assert begun is None, "a blackout within a blackout"
                begun = at, sides
            case Light():
                assert begun is not None
                found.append((begun[0], at, begun[1]))
                begun = None
            case _:
                pass
    assert begun is None
    return found


def test_the_same_seed_is_the_same_world() -> None:
    assert plan(7, 17, 500) == plan(7, 17, 500)
    assert plan(7, 17, 500) != plan(8, 17, 500)


@pytest.mark.parametrize("messages", [1, 2, 39, 40, 41, 1234])
@pytest.mark.parametrize("years", [1, 17])
def test_exactly_so_many_things_are_said(messages: int, years: int) -> None:
    said = [step for _, step in plan(3, years, messages).steps if isinstance(step, Say)]
    assert sum(len(step.sizes) for step in said) == messages
    assert all(size > 0 for step in said for size in step.sizes)


def test_steps_stand_in_time_and_all_lie_ahead(seventeen: Plan) -> None:
    times = [at for at, _ in seventeen.steps]
    assert times == sorted(times)
    assert times[0] >= 0


def test_blackouts_last_from_days_to_fourteen_months(seventeen: Plan) -> None:
    spans = [end - start for start, end, _ in dark(seventeen)]
    assert min(spans) >= 2 * DAY
    assert max(spans) == LONGEST_BLACKOUT
    assert len(spans) >= 8


def test_every_kind_of_trouble_comes_to_both_sides(seventeen: Plan) -> None:
    found = Counter(
        (type(step), step.side) for _, step in seventeen.steps if isinstance(step, Struck | DeviceLost | ClockSet)
    )
    assert len(found) == 6
    assert any(isinstance(step, ClockSet) and abs(step.offset) == 10 * YEAR for _, step in seventeen.steps)


def test_versions_of_all_schemas_are_upgraded(seventeen: Plan) -> None:
    found = {step.schema for _, step in seventeen.steps if isinstance(step, Upgraded)}
    assert found == set(range(1, VERSION + 1))


def test_only_devices_that_are_alive_are_used_on(seventeen: Plan) -> None:
    alive: set[int] = set()
    used = 0
    for _, step in seventeen.steps:
        match step:
            case DeviceLost(side, True):
                alive.add(side)
            case OldDeviceUsed(side, _):
                assert side in alive
                used += 1
            case _:
                pass
    assert used > 0


def test_another_amount_of_talk_is_the_same_weather() -> None:
    weather = [
        [timed for timed in plan(5, 17, messages).steps if not isinstance(timed[1], Say | Look)]
        for messages in (100, 900)
    ]
    assert weather[0] == weather[1]

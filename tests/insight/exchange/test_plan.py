"""The planner against every plan there is, and a bound that anybody can work out again from the prices."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import ExtraMissing, PlanRefused
from backchannel.insight.exchange.clash import Clash, find_clash
from backchannel.insight.exchange.frontier import sweep
from backchannel.insight.exchange.plan import NEAR, Plan, plan_exchange
from backchannel.insight.exchange.problem import (
    Aim,
    Candidate,
    Exchange,
    HandoverList,
    Must,
    PhaseLimit,
    Quota,
    Veto,
    Way,
)  # fmt: skip
from backchannel.insight.exchange.rules import Matrix, matrix_of
from bench.bench_deal import question

STAYS = -1


def kept(matrix: Matrix, choice: tuple[int, ...]) -> bool:
    """Whether a choice (a phase for each row, or -1) keeps every rule; worked out row by row."""
    for line in matrix.lines:
        factors = dict(zip(line.columns.tolist(), line.factors.tolist(), strict=True))
        total = sum(factors.get(row * matrix.phases + phase, 0) for row, phase in enumerate(choice) if phase != STAYS)
        if total < line.rule.limit if line.rule.least else total > line.rule.limit:
            return False
    return True


def every_choice(matrix: Matrix) -> Iterator[tuple[int, ...]]:
    return product(range(-1, matrix.phases), repeat=matrix.rows)


def worth(matrix: Matrix, aim: Aim, choice: tuple[int, ...]) -> float:
    return float(sum(matrix.gain(aim)[row, phase] for row, phase in enumerate(choice) if phase != STAYS))


def choice_of(exchange: Exchange, plan: Plan) -> tuple[int, ...]:
    went = {(way, going.key): going.phase for way in Way for going in getattr(plan, way.value)}
    assert len(went) == len(plan.giving) + len(plan.getting)
    return tuple(went.get((way, row.key), STAYS) for way in Way for row in exchange.of(way).candidates)


@st.composite
def lists(draw: st.DrawFn, name: str, phases: int, most: int) -> HandoverList:
    rows = tuple(
        Candidate(f"{name}{number}", draw(st.sampled_from("ab")), draw(st.integers(0, 9)), draw(st.integers(0, 9)))
        for number in range(draw(st.integers(0, most)))
    )
    keys = st.sampled_from([row.key for row in rows]) if rows else st.nothing()
    phase = st.none() | st.integers(0, phases - 1)

    def limits() -> tuple[int, int | None]:
        least = draw(st.integers(0, 2))
        return least, draw(st.none() | st.integers(least, 4))

    counted = draw(st.lists(st.tuples(st.sampled_from("ab"), phase), unique=True, max_size=2))
    quotas = tuple(Quota(category, *limits(), when) for category, when in counted)
    musts = draw(st.lists(keys, unique=True, max_size=2)) if rows else []
    vetoes = draw(st.lists(keys, max_size=2)) if rows else []
    least, limit = limits()
    return HandoverList(
        rows, least, limit, quotas, tuple(Must(key, draw(phase)) for key in musts),
        tuple(Veto(key, draw(st.sampled_from(["north", "south"]))) for key in vetoes),
        tuple(PhaseLimit(*limits()) for _ in range(phases)) if draw(st.booleans()) else (),
    )  # fmt: skip


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    phases = draw(st.integers(1, 2))
    bound = st.none() | st.integers(-5, 20)
    return Exchange(
        draw(lists("g", phases, 4)), draw(lists("r", phases, 2)), ("first", "second")[:phases], (1000, 500)[:phases],
        draw(bound), draw(bound), draw(bound),
    )  # fmt: skip


@settings(max_examples=120)
@given(exchanges(), st.sampled_from([Aim(1, 1), Aim(0, 1), Aim(1, 0), Aim(2, 3)]), st.sampled_from([1, 2, 250]))
def test_it_is_near_the_best_of_all_plans_or_says_what_clashes(exchange: Exchange, aim: Aim, core: int) -> None:
    """Whether all rows are decided together or, as in a long list, a narrow core first that grows if it must."""
    matrix = matrix_of(exchange)
    good = [worth(matrix, aim, choice) for choice in every_choice(matrix) if kept(matrix, choice)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("backchannel.insight.exchange.plan._FIRST_CORE", core)
        found = plan_exchange(exchange, aim)
    if isinstance(found, Clash):
        assert not good
        clashing = [line for line in matrix.lines if line.rule in found.rules]
        assert not any(kept(replace(matrix, lines=tuple(clashing)), choice) for choice in every_choice(matrix))
        for line in clashing:
            fewer = replace(matrix, lines=tuple(other for other in clashing if other is not line))
            assert any(kept(fewer, choice) for choice in every_choice(matrix))
        return
    choice = choice_of(exchange, found)
    assert kept(matrix, choice)
    assert found.reached == pytest.approx(worth(matrix, aim, choice))
    assert found.reached == pytest.approx(aim.mine * found.mine + aim.theirs * found.theirs)
    assert found.cost == sum(row.cost for row in exchange.giving.candidates if row.key in {g.key for g in found.giving})
    assert found.reached <= max(good) + 1e-6 <= found.bound + 2e-6
    assert found.gap <= NEAR + 1e-6


def test_the_bound_follows_from_the_prices_alone() -> None:
    """Worked out again in exact fractions from what is shown: the prices of the rules, and the list."""
    exchange = question(400, 90, seed=4)
    plan = plan_exchange(exchange, Aim(0, 1))
    assert isinstance(plan, Plan)
    price = {rule: Fraction(value) for rule, value in plan.prices}
    assert all(value < 0 if rule.least else value > 0 for rule, value in price.items())
    matrix = matrix_of(exchange)
    left = {
        (row, phase): Fraction(matrix.theirs[row, phase])
        for row in range(matrix.rows)
        for phase in range(matrix.phases)
    }
    must: dict[int, list[int]] = {}
    vetoed: set[int] = set()
    for line in matrix.lines:
        if line.rule.kind == "must":
            must[int(line.columns[0]) // matrix.phases] = [int(column) % matrix.phases for column in line.columns]
        elif line.rule.kind == "vetoes":
            vetoed |= {int(column) // matrix.phases for column in line.columns}
        elif line.rule in price:
            for column, factor in zip(line.columns.tolist(), line.factors.tolist(), strict=True):
                left[divmod(column, matrix.phases)] -= price[line.rule] * Fraction(factor)
    bound = sum((value * rule.limit for rule, value in price.items()), Fraction(0))
    for row in range(matrix.rows):
        if row in must:
            bound += max(left[row, phase] for phase in must[row])
        elif row not in vetoed:
            bound += max(Fraction(0), *(left[row, phase] for phase in range(matrix.phases)))
    assert plan.bound <= float(bound) * (1 + 1e-9)
    assert plan.reached >= float(bound) * (1 - NEAR)


def test_a_thousand_of_five_thousand_keeps_every_rule() -> None:
    exchange = question(5_000, 1_027, seed=8)
    plan = plan_exchange(exchange, Aim(0, 1))
    assert isinstance(plan, Plan)
    assert kept(matrix_of(exchange), choice_of(exchange, plan))
    assert plan.gap <= NEAR
    assert plan == plan_exchange(exchange, Aim(0, 1))


def test_a_must_that_is_vetoed_is_the_clash() -> None:
    rows = tuple(Candidate(f"row {number}", "a", 1, 1) for number in range(50))
    asked = HandoverList(
        rows, 10, 20, (Quota("a", 1),), (Must("row 3"), Must("row 4")), (Veto("row 3", "south"), Veto("row 5", "north"))
    )
    found = plan_exchange(Exchange(asked, budget=30))
    assert isinstance(found, Clash)
    assert str(found) == ("these cannot all be kept: giving: row 3 must go; giving: what south vetoed may not go")
    assert not found.whole


def test_quotas_that_nobody_can_keep_name_only_themselves() -> None:
    exchange = question(5_000, 1_027, seed=8)
    more = {"category 3": Quota("category 3", 900), "category 4": Quota("category 4", 200)}
    asked = replace(exchange.giving, quotas=tuple(more.get(one.category, one) for one in exchange.giving.quotas))
    found = plan_exchange(replace(exchange, giving=asked), Aim(0, 1))
    assert isinstance(found, Clash)
    assert len(found.rules) <= 3
    assert "giving: quota category 3: at least 900" in {str(rule) for rule in found.rules}


def test_what_clashes_only_in_whole_numbers_says_so() -> None:
    rows = tuple(Candidate(f"row {number}", "a", 2, 2) for number in range(3))
    asked = Exchange(HandoverList(rows, 1), budget=3, their_least=3)
    found = plan_exchange(asked)
    assert isinstance(found, Clash)
    assert found.whole
    assert {str(rule) for rule in found.rules} == {"budget: at most 3", "their gain: at least 3"}


def test_the_frontier_holds_nothing_that_is_worse_for_both() -> None:
    exchange = question(300, 60, seed=2)
    found = sweep(exchange, 6)
    assert not isinstance(found, Clash)
    assert len(found) >= 5
    for better, worse in pairwise(found):
        assert better.mine > worse.mine
        assert better.theirs < worse.theirs


@settings(max_examples=25)
@given(exchanges())
def test_the_ends_of_the_frontier_are_the_best_for_each(exchange: Exchange) -> None:
    matrix = matrix_of(exchange)
    good = [choice for choice in every_choice(matrix) if kept(matrix, choice)]
    found = sweep(exchange, 3)
    assert isinstance(found, Clash) == (not good)
    if isinstance(found, Clash):
        return
    for aim, plan in ((Aim(1, 0), found[0]), (Aim(0, 1), found[-1])):
        best = max(worth(matrix, aim, choice) for choice in good)
        assert worth(matrix, aim, choice_of(exchange, plan)) == pytest.approx(best, abs=max(1.0, abs(best)) * NEAR)


ROW = Candidate("row", "a", 1, 1)


@pytest.mark.parametrize(
    "bad",
    [
        Exchange(HandoverList((ROW, ROW))),
        Exchange(HandoverList((Candidate(" ", "a", 1, 1),))),
        Exchange(HandoverList((Candidate("row", "a", 2**31, 1),))),
        Exchange(HandoverList((ROW,), musts=(Must("nobody"),))),
        Exchange(HandoverList((ROW,), musts=(Must("row"), Must("row")))),
        Exchange(HandoverList((ROW,), musts=(Must("row", 1),))),
        Exchange(HandoverList((ROW,), vetoes=(Veto("nobody", "north"),))),
        Exchange(HandoverList((ROW,), quotas=(Quota("a", phase=1),))),
        Exchange(HandoverList((ROW,), quotas=(Quota("a", 2, 1),))),
        Exchange(HandoverList((ROW,), quotas=(Quota("a", 1), Quota("a", 0, 1)))),
        Exchange(HandoverList((ROW,), least=-1)),
        Exchange(HandoverList((ROW,), phases=(PhaseLimit(), PhaseLimit()))),
        Exchange(HandoverList((ROW,), phases=(PhaseLimit(3, 2),))),
        Exchange(HandoverList((ROW,)), phases=()),
        Exchange(HandoverList((ROW,)), phases=("one", "one")),
        Exchange(HandoverList((ROW,)), worth=(1001,)),
    ],
)
def test_a_question_without_meaning_is_refused(bad: Exchange) -> None:
    with pytest.raises(PlanRefused):
        plan_exchange(bad)


def test_fewer_than_two_levels_are_no_frontier() -> None:
    with pytest.raises(PlanRefused):
        sweep(Exchange(HandoverList((ROW,))), 1)


def test_without_the_solver_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "highspy", None)
    with pytest.raises(ExtraMissing) as caught:
        plan_exchange(Exchange(HandoverList((ROW,))))
    assert caught.value.hint == "pip install 'backchannel[planner]'"


def test_the_solver_is_loaded_only_when_it_is_asked_and_says_nothing() -> None:
    code = (
        "import sys\n"
        "from backchannel.insight.exchange.plan import plan_exchange\n"
        "from backchannel.insight.exchange.problem import Candidate, Exchange, HandoverList\n"
        "assert 'highspy' not in sys.modules\n"
        "rows = tuple(Candidate(str(n), 'a', n, 2 * n) for n in range(40))\n"
        "assert plan_exchange(Exchange(HandoverList(rows, 7, 7), budget=100)).giving\n"
        "assert 'highspy' in sys.modules\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")


def test_a_clash_needs_no_proof_first() -> None:
    """`find_clash` stands alone: it is asked about the matrix, not about what the planner found."""
    found = find_clash(matrix_of(Exchange(HandoverList((ROW,), least=2))))
    assert [str(rule) for rule in found.rules] == ["giving: count: at least 2"]

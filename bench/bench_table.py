"""The table, measured: frontier, links, counterpart model, real talk, overlap rounds, the fold; a function each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from backchannel.errors import ExtraMissing
from backchannel.insight import CounterpartModel, additive_frontier
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.elicitation import points, weights
from backchannel.insight.epsilon import epsilon_frontier
from backchannel.insight.linking import linked_frontier
from backchannel.insight.links import Choice, Excludes, Link, Together
from backchannel.insight.preferences import Preferences
from backchannel.insight.questions import SignOrNot
from backchannel.insight.suggestion import suggest
from bench import casino, overlap_rounds, table_fold
from bench.conceder import Counterpart, counterpart, kendall_tau, some_packages, worths
from bench.respondent import Respondent, interview
from bench.rows import Row

NAME: Final = "table"
HELD_OUT: Final = 10_000
"""Seeds from here on: the model's constants were chosen on seeds below 3,000."""

Matrix = NDArray[np.int64]


def rows(quick: bool) -> Iterator[Row]:
    """Yield one row for each thing measured.

    Args:
        quick: smaller amounts, for a look; the figures are then not those of the issue.
    """
    yield from _against_brute_force(3 if quick else 30)
    yield from _sizes(quick)
    yield from _linked(quick)
    yield from _counterpart(20 if quick else 300)
    yield from _suggestions(10 if quick else 150)
    yield from _elicitation(5 if quick else 40)
    yield from _talk(150 if quick else None)
    yield from overlap_rounds.rows(quick)
    yield from table_fold.rows(quick)


def _seconds(call: Callable[[], Any], times: int) -> float:
    """Return the median time of a call."""
    found = []
    for _ in range(times):
        started = time.perf_counter()
        call()
        found.append(time.perf_counter() - started)
    return statistics.median(found)


def _domain(seed: int, issues: int, options: int, top: int) -> tuple[list[Matrix], list[Matrix]]:
    mine, theirs = np.random.default_rng(seed).integers(0, top + 1, (2, issues, options))
    return list(mine), list(theirs)


# --- additive -------------------------------------------------------------------------------------------------------


def _brute_force(mine: list[Matrix], theirs: list[Matrix]) -> tuple[Matrix, Matrix]:
    """Enumerate all packages with numpy, sort, and keep what is undominated."""
    ours, others = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    for a, b in zip(mine, theirs, strict=True):
        ours, others = np.add.outer(ours, a).ravel(), np.add.outer(others, b).ravel()
    order = np.lexsort((-others, -ours))
    ours, others = ours[order], others[order]
    keep = np.append(True, others[1:] > np.maximum.accumulate(others)[:-1])
    return ours[keep], others[keep]


def _plain_brute_force(mine: list[Matrix], theirs: list[Matrix]) -> list[tuple[int, int]]:
    """The same as anyone would write it first: a loop over all packages."""
    ours, others = [row.tolist() for row in mine], [row.tolist() for row in theirs]
    reached: dict[int, int] = {}
    for package in product(*(range(len(row)) for row in ours)):
        a = sum(row[option] for row, option in zip(ours, package, strict=True))
        b = sum(row[option] for row, option in zip(others, package, strict=True))
        if reached.get(a, -1) < b:
            reached[a] = b
    found: list[tuple[int, int]] = []
    for a in sorted(reached, reverse=True):
        if not found or reached[a] > found[-1][1]:
            found.append((a, reached[a]))
    return found


def _against_brute_force(count: int) -> Iterator[Row]:
    identical, ratios = 0, []
    for seed in range(count):
        mine, theirs = _domain(seed, 6, 10, (10, 100, 10_000)[seed % 3])
        front = additive_frontier(mine, theirs)
        ours, others = _brute_force(mine, theirs)
        identical += np.array_equal(front.mine, ours) and np.array_equal(front.theirs, others)
        slow = _seconds(lambda mine=mine, theirs=theirs: _brute_force(mine, theirs), 1)  # type: ignore[misc]
        fast = _seconds(lambda mine=mine, theirs=theirs: additive_frontier(mine, theirs), 5)  # type: ignore[misc]
        ratios.append(slow / fast)
    label = f"additive frontier of 10^6 packages, {count} random domains"
    yield Row(NAME, f"{label}: identical to brute force", identical, f"of {count}", count, identical == count)
    ratio = statistics.median(ratios)
    yield Row(NAME, f"{label}: against brute force in numpy, median", round(ratio), "times faster", 1000, ratio >= 1000)
    mine, theirs = _domain(1, 6, 10, 100)
    started = time.perf_counter()
    expected = _plain_brute_force(mine, theirs)
    slow = time.perf_counter() - started
    front = additive_frontier(mine, theirs)
    assert list(zip(front.mine.tolist(), front.theirs.tolist(), strict=True)) == expected
    ratio = slow / _seconds(lambda: additive_frontier(mine, theirs), 5)
    yield Row(NAME, "the same against a plain loop over all packages", round(ratio), "times faster", None, None)


def _sizes(quick: bool) -> Iterator[Row]:
    for issues, top, target, unit in ((12, 10_000, 50.0, "ms"), (60, 10_000, 1.0, "s"), (250, 10_000, 4.0, "s")):
        mine, theirs = _domain(7, issues, 10, top)
        seconds = _seconds(lambda mine=mine, theirs=theirs: additive_frontier(mine, theirs), 1 if quick else 5)  # type: ignore[misc]
        value = seconds * 1000 if unit == "ms" else seconds
        label = f"additive frontier, 10^{issues} packages, whole points to {top:,}"
        yield Row(NAME, label, float(f"{value:.3g}"), unit, target, value < target)
    price = np.arange(10_001)
    seconds = _seconds(lambda: additive_frontier([price, 2 * price], [-price, -price]), 1 if quick else 3)
    yield Row(NAME, "additive frontier, two prices of 10,001 steps", float(f"{seconds:.3g}"), "s", None, None)
    mine, theirs = _domain(7, 250, 10, 10_000)
    fractions = [row / 7 for row in mine], [row / 7 for row in theirs]
    seconds = _seconds(lambda: additive_frontier(*fractions), 1 if quick else 3)
    yield Row(NAME, "the same, 10^250 packages, fractions", float(f"{seconds:.3g}"), "s", None, None)


# --- links ----------------------------------------------------------------------------------------------------------


def _links(seed: int, additions: int, exclusions: int) -> list[Link]:
    stream = np.random.default_rng(seed)

    def ends() -> tuple[Choice, Choice]:
        one, other = (int(each) for each in stream.choice(10, 2, replace=False))
        return Choice(one, int(stream.integers(10))), Choice(other, int(stream.integers(10)))

    found: list[Link] = [
        Together(*ends(), *(int(each) for each in stream.integers(-50, 51, 2))) for _ in range(additions)
    ]
    return found + [Excludes(*ends()) for _ in range(exclusions)]


def _linked(quick: bool) -> Iterator[Row]:
    count = 3 if quick else 10
    for additions, exclusions in ((10, 5), (30, 10), (100, 20)):
        seconds = []
        for seed in range(count):
            mine, theirs = _domain(seed, 10, 10, 100)
            links = _links(seed, additions, exclusions)
            seconds.append(_seconds(lambda a=mine, b=theirs, c=links: linked_frontier(a, b, c), 1))  # type: ignore[misc]
        label = f"frontier with {additions + exclusions} links, 10^10 packages, slowest of {count}"
        yield Row(NAME, label, float(f"{max(seconds):.3g}"), "s", 2.0, max(seconds) < 2)
    mine, theirs = _domain(1, 10, 10, 100)
    links = _links(1, 10, 5)
    label = "the same with 15 links by CP-SAT, frontier identical"
    try:
        started = time.perf_counter()
        solved = epsilon_frontier(mine, theirs, links)
        seconds_taken = time.perf_counter() - started
    except ExtraMissing:
        yield Row(NAME, f"{label}: skipped, OR-Tools is not here", 0, "s", None, None)
        return
    merged = linked_frontier(mine, theirs, links)
    assert np.array_equal(solved.mine, merged.mine)
    assert np.array_equal(solved.theirs, merged.theirs)
    yield Row(NAME, label, float(f"{seconds_taken:.3g}"), "s", None, None)


# --- the counterpart ------------------------------------------------------------------------------------------------


def _model(person: Counterpart) -> CounterpartModel:
    model = CounterpartModel(person.sizes)
    for package, when in zip(person.offers, person.times, strict=True):
        model.observe(package, float(when))
    return model


def _counterpart(domains: int) -> Iterator[Row]:
    for offers in (12, 30, 300):
        taus, held, inner = [], [], []
        for seed in range(HELD_OUT, HELD_OUT + domains):
            person = counterpart(seed, offers)
            model = _model(person)
            packages = some_packages(np.random.default_rng(seed), person.sizes, 300)
            taus.append(kendall_tau(worths(model.points(), packages), worths(person.points, packages)))
            for true, interval in zip(person.points, model.interval(0.9), strict=True):
                inside = (true >= interval[:, 0] - 1e-9) & (true <= interval[:, 1] + 1e-9)
                held += inside.tolist()
                inner += inside[true > 0].tolist()
        label = f"counterpart model, {offers} offers of a conceder, {domains} held-out domains"
        tau, share = float(np.mean(taus)), 100 * float(np.mean(held))
        judged = offers == 30
        yield Row(
            NAME,
            f"{label}: Kendall tau, mean",
            round(tau, 3),
            "",
            0.55 if judged else None,
            tau >= 0.55 if judged else None,
        )
        yield Row(
            NAME, f"{label}: 90 % intervals that hold (85 to 95)", round(share, 1), "%", 90 if judged else None,
            85 <= share <= 95 if judged else None,
        )  # fmt: skip
        yield Row(
            NAME,
            f"{label}: the same without the worst option of an issue",
            round(100 * float(np.mean(inner)), 1),
            "%",
            None,
            None,
        )
    yield from _strayed(domains)
    person = counterpart(HELD_OUT, 30)
    seconds = _seconds(lambda: _model(person).points(), 5)
    yield Row(NAME, "counterpart model, 30 offers observed and estimated", round(1000 * seconds, 1), "ms", None, None)


def _strayed(domains: int) -> Iterator[Row]:
    """The same with someone whom the model does not describe: every fifth offer is a package drawn blindly."""
    taus, held = [], []
    for seed in range(HELD_OUT, HELD_OUT + domains):
        person = counterpart(seed, 30, stray=0.2)
        model = _model(person)
        packages = some_packages(np.random.default_rng(seed), person.sizes, 300)
        taus.append(kendall_tau(worths(model.points(), packages), worths(person.points, packages)))
        for true, interval in zip(person.points, model.interval(0.9), strict=True):
            held += ((true >= interval[:, 0] - 1e-9) & (true <= interval[:, 1] + 1e-9)).tolist()
    label = "counterpart model, 30 offers, every fifth a blind one"
    yield Row(NAME, f"{label}: Kendall tau, mean", round(float(np.mean(taus)), 3), "", None, None)
    yield Row(NAME, f"{label}: 90 % intervals that hold", round(100 * float(np.mean(held)), 1), "%", None, None)


# --- suggestions ----------------------------------------------------------------------------------------------------


def _suggestions(domains: int) -> Iterator[Row]:
    """Would they take it? They take what is worth as much to them as the least of their last three offers."""
    taken: dict[str, list[bool]] = {"the first suggestion": [], "a blind package as good for me": [], "any package": []}
    for seed in range(HELD_OUT, HELD_OUT + domains):
        person = counterpart(seed, 30)
        stream = np.random.default_rng(seed)
        rows = [
            stream.dirichlet(np.ones(len(person.sizes)))[at] * stream.random(size)
            for at, size in enumerate(person.sizes)
        ]
        mine = [np.round(1000 * row).astype(np.int64) for row in rows]
        packages = some_packages(stream, person.sizes, 20_000)
        own, true = worths(mine, packages), worths(person.points, packages)
        keep = int(np.quantile(own, 0.99))
        content = worths(person.points, person.offers[-3:]).min() - 1e-9
        domain = Domain(tuple(Issue(str(at), tuple(map(str, range(size)))) for at, size in enumerate(person.sizes)))
        preferences = Preferences(domain, tuple(tuple(row.tolist()) for row in mine), (1,) * len(mine), keep)
        first = suggest(preferences, _model(person))[0]
        taken["the first suggestion"].append(bool(worths(person.points, np.array([first.package]))[0] >= content))
        taken["a blind package as good for me"].append(bool(stream.choice(true[own >= keep]) >= content))
        taken["any package"].append(bool((true[own >= keep] >= content).any()))
    for name, found in taken.items():
        label = "worth their last offers to them, of what is in my best hundredth"
        yield Row(NAME, f"{label}: {name}", round(100 * float(np.mean(found)), 1), "%", None, None)


# --- preferences ----------------------------------------------------------------------------------------------------


def _elicitation(people: int) -> Iterator[Row]:
    domain = Domain(tuple(Issue(f"issue {at}", tuple("abcde")) for at in range(6)))
    for precision in (50, 25, 15, 5):
        counts, taus = [], []
        for seed in range(people):
            stream = np.random.default_rng(seed)
            values = [_values(stream) for _ in domain.issues]
            swings = stream.dirichlet(np.full(6, 2.0))
            person = Respondent(values, [round(100 * each / swings.max()) for each in swings.tolist()], 0.5)
            state, told = interview(domain, person, precision)
            counts.append(sum(not isinstance(asked, SignOrNot) for asked, _ in told))
            packages = some_packages(stream, [5] * 6, 300)
            said, true = (
                worths([weight * np.array(row) for weight, row in zip(scale, table, strict=True)], packages)
                for scale, table in ((weights(state), points(state)), (person.swings, person.values))
            )
            taus.append(kendall_tau(said, true))
        label = f"elicitation of 6 issues of 5 options to +- {precision}"
        yield Row(NAME, f"{label}: questions, mean", round(statistics.mean(counts), 1), "questions", None, None)
        yield Row(NAME, f"{label}: Kendall tau with the truth, mean", round(statistics.mean(taus), 3), "", None, None)


def _values(stream: np.random.Generator) -> list[int]:
    row = stream.integers(0, 101, 5)
    row[row.argmin()], row[row.argmax()] = 0, 100
    return [int(each) for each in row]


# --- real talk ------------------------------------------------------------------------------------------------------


def _talk(limit: int | None) -> Iterator[Row]:
    label = "CaSiNo, the partner's most wanted of three issues"
    if not casino.CORPUS.is_file():
        yield Row(NAME, f"{label}: skipped, ../shared/data/casino is not here", 0, "%", None, None)
        return
    tested = casino.cross_validated(casino.examples(limit))
    ways: tuple[tuple[str, casino.Scorer | None], ...] = (
        ("model, in five folds", None), ("named first", casino.named_first), ("named most", casino.mentions),
        ("last deal put forward", casino.offers_only),
    )  # fmt: skip
    for most in (2, 4, 6, 8, 10, None):
        seen = "all messages" if most is None else f"{most} messages"
        for name, way in ways:
            scores = [(each, (way or scorer)(casino.first_messages(each, most))) for each, scorer in tested]
            top = float(np.mean([casino.top_accuracy(each.order, found) for each, found in scores]))
            pairs = float(np.mean([casino.pair_accuracy(each.order, found) for each, found in scores]))
            yield Row(NAME, f"{label}, {seen}: {name} (chance 33.3)", round(100 * top, 1), "%", None, None)
            if most is None:
                yield Row(
                    NAME,
                    f"the same, pairs in the right order: {name} (chance 50)",
                    round(100 * pairs, 1),
                    "%",
                    None,
                    None,
                )

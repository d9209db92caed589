"""Preferences found out in a few questions, instead of by filling in a matrix.

Ranks first, then swings, then halving (D. von Winterfeldt and W. Edwards, "Decision Analysis and Behavioral Research",
1986; R. L. Keeney and H. Raiffa, "Decisions with Multiple Objectives", 1976, for the bisection and the trade-offs):

1. each issue: its options from best to worst, and which are red lines;
2. all issues: which would be moved first from its worst to its best option, which next;
3. whichever number is still the least known, in points of the most important issue's swing: is this option, or this
   issue's swing, worth more or less than the middle of where it can lie?
4. the reservation value: packages between the worst and the best: sign it, or rather no agreement?

What is known is a span for each number, from 0 to 100. An answer narrows one span, and the ranks carry that on to the
others; the points that come out lie within all spans, so they agree with every answer. Pure: a state, a question from
it, and the next state from an answer.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from backchannel.errors import PreferencesRefused
from backchannel.insight.domain import Domain
from backchannel.insight.frontier import Package
from backchannel.insight.links import Choice
from backchannel.insight.preferences import Preferences
from backchannel.insight.questions import (
    About,
    Answer,
    Between,
    No,
    PlaceOption,
    Question,
    Ranked,
    RankOptions,
    RankSwings,
    SignOrNot,
    WeighSwing,
    Yes,
)

WHOLE: Final = 100
ABOUT: Final = 3
"""How far around the share "about the same" reaches."""

Span: TypeAlias = tuple[int, int]
"""The least and the most that a number can be, both included."""


@dataclass(frozen=True, slots=True, repr=False)
class Elicitation:
    """What the answers so far say.

    Attributes:
        domain: what is negotiated.
        precision: stop halving when every number is known to plus or minus so many hundredths of the most important
            issue's swing.
        orders: options from best to worst, one tuple an issue; None where not asked yet.
        red_lines: what was named so far.
        swings: issues from the most important on; None when not asked yet.
        places: for each issue the spans of its options, in the domain's order.
        weights: the spans of the issues' swings.
        signed: the span of the reservation value, in utility; None before the first question about it.
        asked: how many answers came in.
    """

    domain: Domain
    precision: int = 15
    orders: tuple[tuple[int, ...] | None, ...] = ()
    red_lines: frozenset[Choice] = frozenset()
    swings: tuple[int, ...] | None = None
    places: tuple[tuple[Span, ...], ...] = ()
    weights: tuple[Span, ...] = ()
    signed: Span | None = None
    asked: int = 0

    def __repr__(self) -> str:
        return f"<Elicitation after {self.asked} answers>"  # the figures are private


def begin(domain: Domain, precision: int = 15) -> Elicitation:
    """Return the state before the first question.

    Args:
        domain: what is negotiated.
        precision: see `Elicitation`, 1 to 50; at 50 nothing is asked but the ranks and the reservation value.

    Raises:
        PreferencesRefused: another precision.
    """
    if not 1 <= precision <= WHOLE // 2:
        raise PreferencesRefused(f"precision {precision} is not within 1 to {WHOLE // 2}")
    orders = tuple((0,) if len(issue.options) == 1 else None for issue in domain.issues)
    places = tuple(tuple((0, WHOLE) for _ in issue.options) for issue in domain.issues)
    swings = (0,) if len(domain.issues) == 1 else None
    weights = tuple((WHOLE, WHOLE) if swings else (0, WHOLE) for _ in domain.issues)
    return Elicitation(domain, precision, orders, frozenset(), swings, places, weights)


def question(state: Elicitation) -> Question | None:
    """Return what to ask next; None when everything is known well enough.

    Args:
        state: what the answers so far say.
    """
    for issue, order in enumerate(state.orders):
        if order is None:
            return RankOptions(issue)
    if state.swings is None:
        return RankSwings()
    return _halving(state) or _signing(state)


def answered(state: Elicitation, answer: Answer) -> Elicitation:
    """Return the state after the answer to `question(state)`.

    Args:
        state: what the answers before say.
        answer: of the kind that the question asks for.

    Raises:
        PreferencesRefused: no question is open, or this is no answer to it; the state is as before.
    """
    match question(state), answer:
        case RankOptions(issue), Ranked(order, red_lines) if _all(order, len(state.domain.issues[issue].options)):
            if not red_lines < set(order):
                raise PreferencesRefused("red lines that are no options, or every option a red line")
            orders = (*state.orders[:issue], order, *state.orders[issue + 1 :])
            ends = {order[0]: (WHOLE, WHOLE), order[-1]: (0, 0)}
            spans = tuple(ends.get(option, (0, WHOLE)) for option in range(len(order)))
            crossed = state.red_lines | {Choice(issue, option) for option in red_lines}
            after = replace(state, orders=orders, places=_put(state.places, issue, spans), red_lines=crossed)
        case RankSwings(), Ranked(order, red_lines) if _all(order, len(state.weights)) and not red_lines:
            weights = tuple((WHOLE, WHOLE) if issue == order[0] else (0, WHOLE) for issue in range(len(order)))
            after = replace(state, swings=order, weights=weights)
        case PlaceOption(choice, share), Yes() | No() | About() | Between():
            order = state.orders[choice.issue] or ()
            spans = _narrowed(state.places[choice.issue], order, choice.option, _said(answer, share))
            after = replace(state, places=_put(state.places, choice.issue, spans))
        case WeighSwing(issue, _, share, _), Yes() | No() | About() | Between():
            spans = _narrowed(state.weights, state.swings or (), issue, _said(answer, share))
            after = replace(state, weights=spans)
        case SignOrNot(package), Yes() | No():
            low, high = _signed(state)
            worth = _worth(state, package)
            after = replace(state, signed=(low, worth) if isinstance(answer, Yes) else (worth + 1, high))
        case _:
            raise PreferencesRefused("this is no answer to the question")
    return replace(after, asked=state.asked + 1)


def points(state: Elicitation) -> tuple[tuple[int, ...], ...]:
    """Return points for the options, 0 to 100 within each issue, that agree with every answer."""
    return tuple(
        _within(spans, order or range(len(spans))) for spans, order in zip(state.places, state.orders, strict=True)
    )


def weights(state: Elicitation) -> tuple[int, ...]:
    """Return weights for the issues, 100 for the most important, that agree with every answer."""
    return _within(state.weights, state.swings or range(len(state.weights)))


def preferences(state: Elicitation) -> Preferences:
    """Return the preferences that the answers say.

    Args:
        state: after any number of answers. What was not asked about lies in the middle of its span, and the reservation
            value is the least that would be signed, or 0 as long as nothing was said about it.

    Raises:
        PreferencesContradict: what would be signed lies beyond every package without a red line.
    """
    reservation = state.signed[1] if state.signed else 0
    return Preferences(state.domain, points(state), weights(state), reservation, state.red_lines)


def _halving(state: Elicitation) -> Question | None:
    """Return the question about the number that is the least known, or None when all are known well enough."""
    found: list[tuple[float, int, int, int]] = []
    swings = state.swings or ()
    middle = weights(state)
    for issue, spans in enumerate(state.places):
        found += [
            ((high - low) * middle[issue] / WHOLE, issue, option, (low + high) // 2)
            for option, (low, high) in _middles(spans, state.orders[issue] or ())
        ]
    for issue, (low, high) in _middles(state.weights, swings):
        found.append((high - low, issue, -1, (low + high) // 2))
    width, issue, option, share = max(found, key=lambda each: (each[0], -each[1], -each[2]), default=(0, 0, 0, 0))
    if width <= 2 * state.precision:
        return None
    if option >= 0:
        return PlaceOption(Choice(issue, option), share)
    return WeighSwing(issue, swings[0], share, _like(state, swings[0], share))


def _middles(spans: tuple[Span, ...], order: tuple[int, ...]) -> list[tuple[int, Span]]:
    """Return of each run of equal spans the one in the middle, of which an answer says most about the others."""
    runs: dict[Span, list[int]] = {}
    for index in order:
        if spans[index][1] - spans[index][0] >= 2:
            runs.setdefault(spans[index], []).append(index)
    return [(run[len(run) // 2], span) for span, run in runs.items()]


def _like(state: Elicitation, issue: int, share: int) -> Choice | None:
    near = [
        (abs((low + high) // 2 - share), option)
        for option, (low, high) in enumerate(state.places[issue])
        if high - low <= 2 * ABOUT + 1 and abs((low + high) // 2 - share) <= ABOUT
    ]
    return Choice(issue, min(near)[1]) if near else None


def _signing(state: Elicitation) -> Question | None:
    low, high = _signed(state)
    between = [(package, worth) for package, worth in _ladder(state) if low <= worth < high]
    if not between:
        return None
    return SignOrNot(min(between, key=lambda each: (abs(2 * each[1] - low - high), each[1]))[0])


def _signed(state: Elicitation) -> Span:
    ladder = _ladder(state)
    return state.signed or (0, ladder[-1][1])


def _ladder(state: Elicitation) -> list[tuple[Package, int]]:
    """Return packages without a red line from the worst to the best, one option better at each step, and the worth."""
    found, counts = points(state), weights(state)
    rising = [
        sorted(
            (option for option in range(len(row)) if Choice(issue, option) not in state.red_lines),
            key=lambda option, row=row: (row[option], option),  # type: ignore[misc]
        )
        for issue, row in enumerate(found)
    ]
    at = [0] * len(rising)
    ladder: list[tuple[Package, int]] = []
    while True:
        package = tuple(options[step] for options, step in zip(rising, at, strict=True))
        ladder.append((package, _worth(state, package)))
        behind = [
            (counts[issue] * found[issue][options[at[issue]]], issue)
            for issue, options in enumerate(rising)
            if at[issue] + 1 < len(options)
        ]
        if not behind:
            return ladder
        at[min(behind)[1]] += 1


def _worth(state: Elicitation, package: Package) -> int:
    rows = zip(weights(state), points(state), package, strict=True)
    return sum(weight * row[option] for weight, row, option in rows)


def _said(answer: Answer, share: int) -> Span:
    match answer:
        case Yes():
            return share, WHOLE
        case No():
            return 0, share
        case Between(low, high) if 0 <= low <= high <= WHOLE:
            return low, high
        case About():
            return max(0, share - ABOUT), min(WHOLE, share + ABOUT)
        case _:
            raise PreferencesRefused(f"a number from 0 to {WHOLE}, the lower one first")


def _narrowed(spans: tuple[Span, ...], order: tuple[int, ...], index: int, said: Span) -> tuple[Span, ...]:
    """Narrow one span, and with it those above and below it in the order."""
    low, high = max(spans[index][0], said[0]), min(spans[index][1], said[1])
    if low > high:
        raise PreferencesRefused(f"earlier answers leave {spans[index][0]} to {spans[index][1]}")
    place = order.index(index)
    changed = list(spans)
    changed[index] = (low, high)
    for better in order[:place]:
        changed[better] = (max(spans[better][0], low), spans[better][1])
    for worse in order[place + 1 :]:
        changed[worse] = (spans[worse][0], min(spans[worse][1], high))
    return tuple(changed)


def _within(spans: tuple[Span, ...], order: tuple[int, ...] | range) -> tuple[int, ...]:
    """Return a number within each span, falling along the order, runs of equal spans spread evenly."""
    runs: dict[Span, int] = {}
    for span in spans:
        runs[span] = runs.get(span, 0) + 1
    seen: dict[Span, int] = {}
    found = [0] * len(spans)
    before = WHOLE
    for index in order:
        low, high = span = spans[index]
        seen[span] = seen.get(span, 0) + 1
        before = min(before, high - (high - low) * seen[span] // (runs[span] + 1))
        found[index] = before
    return tuple(found)


def _put(rows: tuple[tuple[Span, ...], ...], at: int, row: tuple[Span, ...]) -> tuple[tuple[Span, ...], ...]:
    return (*rows[:at], row, *rows[at + 1 :])


def _all(order: tuple[int, ...], count: int) -> bool:
    return sorted(order) == list(range(count))

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.errors import PreferencesRefused
from backchannel.insight.domain import Domain, Issue
from backchannel.insight.elicitation import WHOLE, Elicitation, answered, begin, points, preferences, question, weights
from backchannel.insight.links import Choice
from backchannel.insight.questions import (
    About,
    Between,
    No,
    PlaceOption,
    Ranked,
    RankOptions,
    RankSwings,
    SignOrNot,
    WeighSwing,
    Yes,
)
from backchannel.insight.wording import asks
from bench.respondent import Respondent, interview
from tests.insight.prefs import DOMAIN, domains


def respondents(domain: Any, data: Any) -> Any:
    """Someone with true numbers who answers truthfully."""
    values = []
    for issue in domain.issues:
        row = [data.draw(st.integers(0, WHOLE)) for _ in issue.options]
        if len(row) > 1:
            order = sorted(range(len(row)), key=lambda option: row[option])
            row[order[0]], row[order[-1]] = 0, WHOLE
        values.append(row)
    swings = [data.draw(st.integers(0, WHOLE)) for _ in domain.issues]
    swings[data.draw(st.integers(0, len(swings) - 1))] = WHOLE
    return Respondent(values, swings, data.draw(st.floats(0, 1)))


@given(domains(), st.data(), st.sampled_from([2, 5, 20]))
@settings(max_examples=60, deadline=None)
def test_the_points_agree_with_every_answer(domain: Any, data: Any, precision: Any) -> None:
    person = respondents(domain, data)
    state, told = interview(domain, person, precision)
    found, counts = points(state), weights(state)
    for asked, answer in told:
        match asked, answer:
            case RankOptions(issue), Ranked(order, _):
                row = [found[issue][option] for option in order]
                assert row == sorted(row, reverse=True)
            case RankSwings(), Ranked(order, _):
                row = [counts[issue] for issue in order]
                assert row == sorted(row, reverse=True)
                assert row[0] == WHOLE
            case PlaceOption(choice, share), _:
                here = found[choice.issue][choice.option]
                assert here >= share if isinstance(answer, Yes) else here <= share
            case WeighSwing(issue, _, share, _), _:
                assert counts[issue] >= share if isinstance(answer, Yes) else counts[issue] <= share
            case SignOrNot(package), _:
                worth = sum(w * row[option] for w, row, option in zip(counts, found, package, strict=True))
                reservation = preferences(state).reservation
                assert worth >= reservation if isinstance(answer, Yes) else worth < reservation
    # and they lie where the truth lies, as closely as was asked for
    for issue, row in enumerate(person.values):
        if len(row) > 1:
            assert abs(counts[issue] - person.swings[issue]) <= precision
            for option, value in enumerate(row):
                low, high = state.places[issue][option]
                assert low <= value <= high
                assert (high - low) * counts[issue] / WHOLE <= 2 * precision
    assert state.asked == len(told)
    assert question(state) is None


def test_a_few_questions_are_enough_for_six_issues_of_five_options() -> None:
    domain = Domain(tuple(Issue(f"issue {at}", tuple("abcde")) for at in range(6)))
    person = Respondent([[0, 20, 55, 80, 100]] * 6, [100, 70, 40, 25, 10, 5], 0.5)
    _, told = interview(domain, person, 20)
    ranks = [asked for asked, _ in told if isinstance(asked, RankOptions | RankSwings)]
    assert len(ranks) == 7
    assert len(told) <= 30  # a matrix would ask for 36 numbers, each harder to name than to compare


def test_red_lines_are_kept_and_never_offered_for_signature() -> None:
    state = begin(DOMAIN)
    state = answered(state, Ranked((2, 1, 0), frozenset({0})))
    state = answered(state, Ranked((0, 1, 2), frozenset({2})))
    state = answered(state, Ranked((2, 1, 0)))
    state = answered(state, Ranked((2, 0, 1)))
    while (asked := question(state)) is not None:
        if isinstance(asked, SignOrNot):
            assert asked.package[0] != 0
            assert asked.package[1] != 2
        state = answered(state, Yes())
    assert preferences(state).red_lines == {Choice(0, 0), Choice(1, 2)}


def test_numbers_may_be_said_instead() -> None:
    state = begin(Domain((Issue("a", ("x", "y", "z")), Issue("b", ("x", "y")))), precision=10)
    for answer in (Ranked((0, 1, 2)), Ranked((0, 1)), Ranked((0, 1))):
        state = answered(state, answer)
    while (asked := question(state)) is not None and not isinstance(asked, SignOrNot):
        state = answered(state, Between(40, 45) if isinstance(asked, WeighSwing) else About())
    assert 40 <= weights(state)[1] <= 45
    assert points(state)[0] == (100, 50, 0)


def test_a_trade_off_names_a_real_option_when_one_is_known_well_enough() -> None:
    state = begin(Domain((Issue("a", ("x", "y", "z")), Issue("b", ("x", "y")))), precision=5)
    for answer in (Ranked((0, 1, 2)), Ranked((0, 1)), Ranked((0, 1))):
        state = answered(state, answer)
    state = answered(state, About())  # the middle option of a is half way up
    asked = question(state)
    assert asked == WeighSwing(1, 0, 50, Choice(0, 1))
    assert "a: y" in asks(state.domain, asked)


@pytest.mark.parametrize("answer", [Yes(), Between(1, 2), Ranked((0, 1)), Ranked((0, 1, 1)), Ranked((0, 1, 3))])
def test_what_is_no_answer_is_refused(answer: Any) -> None:
    state = begin(DOMAIN)
    with pytest.raises(PreferencesRefused):
        answered(state, answer)


def test_every_option_a_red_line_is_refused() -> None:
    with pytest.raises(PreferencesRefused):
        answered(begin(DOMAIN), Ranked((0, 1, 2), frozenset({0, 1, 2})))


def test_a_number_that_earlier_answers_rule_out_is_refused() -> None:
    state = begin(Domain((Issue("a", ("w", "x", "y", "z")),)), precision=1)
    state = answered(state, Ranked((0, 1, 2, 3)))
    state = answered(state, Yes())
    assert isinstance(question(state), PlaceOption)
    for wrong in (Between(0, 10), Between(60, 50), Between(0, 101)):
        with pytest.raises(PreferencesRefused):
            answered(state, wrong)


@pytest.mark.parametrize("precision", [0, 51])
def test_another_precision_is_refused(precision: Any) -> None:
    with pytest.raises(PreferencesRefused):
        begin(DOMAIN, precision)


def test_an_answer_when_nothing_is_asked_is_refused() -> None:
    state, _ = interview(DOMAIN, Respondent([[0, 50, 100]] * 3, [100, 50, 20], 0.3), 20)
    with pytest.raises(PreferencesRefused):
        answered(state, Yes())


def test_every_question_has_words() -> None:
    state: Elicitation = begin(DOMAIN)
    said = set()
    person = Respondent([[0, 50, 100]] * 3, [100, 50, 20], 0.3)
    state = begin(DOMAIN, 5)
    while (asked := question(state)) is not None:
        said.add(type(asked))
        assert asks(DOMAIN, asked)[-1] in "?17hm" or asks(DOMAIN, asked)
        state = answered(state, person.answer(state, asked))
    assert said == {RankOptions, RankSwings, PlaceOption, WeighSwing, SignOrNot}
    assert repr(state) == f"<Elicitation after {state.asked} answers>"


def test_no_is_less() -> None:
    state = begin(Domain((Issue("a", ("x", "y", "z")),)), precision=49)
    state = answered(state, Ranked((0, 1, 2)))
    state = answered(state, No())
    assert points(state) == ((100, 25, 0),)

from __future__ import annotations

from typing import Any

import pytest

from backchannel.errors import PreferencesRefused
from backchannel.insight.links import Choice, Excludes
from backchannel.insight.scoring import (
    BelowMandate,
    BelowReservation,
    CrossesRedLine,
    OutsideMandate,
    RuledOut,
    Score,
    score,
)
from backchannel.insight.wording import crossing
from tests.insight.prefs import DOMAIN, preferences

LINK = Excludes(Choice(0, 2), Choice(1, 0))


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ((2, 1, 2), Score(51, 51, (OutsideMandate(Choice(1, 1)),))),
        ((1, 0, 2), Score(39, 39, ())),  # 6 + 9 + 30 - 6
        ((1, 0, 1), Score(27, 27, (BelowMandate(8),))),
        ((0, 0, 0), Score(9, 9, (BelowReservation(11), BelowMandate(26)))),
        ((0, 2, 2), Score(30, 30, (CrossesRedLine(Choice(1, 2)), BelowMandate(5)))),
        ((2, 0, 2), Score(55, 55, (RuledOut(LINK),))),
        ((None, None, None), Score(5, 51, ())),
        ((None, None, 0), Score(5, 21, (BelowMandate(14),))),
        ((0, None, 0), Score(5, 9, (BelowReservation(11), BelowMandate(26)))),
        ((2, 0, None), Score(25, 55, (RuledOut(LINK),))),
    ],
)
def test_scores(chosen: Any, expected: Any) -> None:
    assert score(preferences(), chosen) == expected


def test_what_may_be_agreed_to() -> None:
    mine = preferences()
    assert not score(mine, (1, 0, 2)).never
    assert not score(mine, (1, 0, 2)).ask
    assert score(mine, (2, 1, 2)).ask
    never = score(mine, (0, 2, 2))
    assert never.never
    assert not never.ask


def test_what_cannot_be_filled_in_any_more() -> None:
    links = [
        {"not_both": {"crossing": crossing, "inspection": inspection}}
        for crossing in ("ferry",)
        for inspection in ("north", "joint")
    ]
    found = score(preferences(links=links), (1, None, 2))
    assert found.crossings == (RuledOut(None),)
    assert found.never


@pytest.mark.parametrize("chosen", [(0, 0), (0, 0, 3), (0, -1, 0), (0, 0, 0, 0)])
def test_what_is_no_package_is_refused(chosen: Any) -> None:
    with pytest.raises(PreferencesRefused):
        score(preferences(), chosen)


@pytest.mark.parametrize(
    ("what", "words"),
    [
        (CrossesRedLine(Choice(1, 2)), ["red line", "inspection: south"]),
        (RuledOut(LINK), ["crossing: both", "inspection: north"]),
        (RuledOut(None), ["links"]),
        (BelowReservation(11), ["11", "reservation"]),
        (OutsideMandate(Choice(1, 1)), ["inspection: joint", "asking"]),
        (BelowMandate(8), ["8", "mandate"]),
    ],
)
def test_each_is_a_sentence(what: Any, words: Any) -> None:
    sentence = crossing(DOMAIN, what)
    assert sentence.endswith(".")
    assert all(word in sentence for word in words)

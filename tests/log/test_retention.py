"""A rule holds once both have said it, whichever order their words came in (spec 16.3)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.log.event import Event, write_event
from backchannel.log.kinds import Unknown
from backchannel.log.retention import (
    DAY,
    KEEP,
    MOST_DAYS,
    MOST_RULES,
    RETENTION,
    Retention,
    Rule,
    read_retention,
    retention_body,
)
from backchannel.wire.codec import decode, encode

RULES = [KEEP, Rule(on_closing=True), Rule(days=1), Rule(days=30), Rule(days=MOST_DAYS)]
WORDS = st.lists(st.tuples(st.integers(0, 1), st.sampled_from(RULES)), max_size=12)


def events(words: list[tuple[int, Rule]]) -> list[tuple[Event, Rule]]:
    """Words said one after the other, each having seen all before."""
    said, count = [], [0, 0]
    for author, rule in words:
        count[author] += 1
        event = write_event(
            author=author, number=count[author], seen=count[1 - author], clock=0, kind=RETENTION,
            body=retention_body(rule),
        )  # fmt: skip
        said.append((event, rule))
    return said


def after(said: list[tuple[Event, Rule]]) -> Retention:
    state = Retention()
    for event, rule in said:
        state = state.heard(event, rule)
    return state


@given(WORDS, st.randoms(use_true_random=False))
def test_both_sides_agree_on_what_is_agreed(words, random) -> None:  # type: ignore[no-untyped-def]
    said = events(words)
    shuffled = said * 2
    random.shuffle(shuffled)
    assert after(shuffled) == after(said)
    latest: list[Rule | None] = [None, None]
    agreed = KEEP
    for author, rule in words:
        latest[author] = rule
        agreed = rule if latest[0] == latest[1] else agreed
    assert after(said).agreement.rule == agreed
    assert after(said).agreement.proposals == tuple(latest)


@given(WORDS)
def test_the_vault_keeps_it(words) -> None:  # type: ignore[no-untyped-def]
    state = after(events(words))
    assert Retention.from_value(decode(encode(state.to_value()))) == state


def test_one_side_cannot_fill_the_vault_with_it() -> None:
    said = events([(at % 2, RULES[at % 5]) for at in range(5 * MOST_RULES)])
    state = after(said)
    assert len(state.proposals) == MOST_RULES
    assert state.agreement == after(said[-2 * MOST_RULES :]).agreement
    assert Retention.from_value(decode(encode(state.to_value()))) == state


def test_when_words_are_past_their_time() -> None:
    assert Rule(days=3).cutoff(10 * DAY) == 7 * DAY
    assert KEEP.cutoff(10 * DAY) is None
    assert Rule(on_closing=True).cutoff(10 * DAY) is None


@pytest.mark.parametrize(
    "body",
    [
        {}, {"days": 0}, {"days": MOST_DAYS + 1}, {"days": "3"}, {"days": True}, {"days": -1}, {"keep": "for ever"},
        {"keep": "always", "days": 3}, {"keep": None},
    ],
)  # fmt: skip
def test_what_is_no_rule_is_unknown(body: dict[str, object]) -> None:
    with pytest.raises(Malformed):
        Rule.from_value(body)
    event = write_event(author=0, number=1, seen=0, clock=0, kind=RETENTION, body=encode(body))
    assert read_retention(event) == Unknown(RETENTION)


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_reads_as_it_was_written(rule: Rule) -> None:
    event = write_event(author=0, number=1, seen=0, clock=0, kind=RETENTION, body=retention_body(rule))
    assert read_retention(event) == rule
    later = write_event(
        author=0, number=1, seen=0, clock=0, kind=RETENTION, body=encode({**rule.to_value(), "later": 1})
    )
    assert read_retention(later) == rule

"""Two honest sides: what both learn is the plain intersection, or the plain comparison, and nothing else has a form."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, LocalMisuse, Malformed
from backchannel.log.fold import fold
from backchannel.log.order import in_order
from backchannel.table.overlap import ANSWER, BottomLine, Packages, read_said
from backchannel.table.overlap_fold import Rounds, decide_open, evolve
from backchannel.table.overlap_round import Completed, Step
from backchannel.table.overlap_secret import Secret, begin, next_said
from tests.table.rounds import LINE, Play, drawn, play

LIST = tuple(f"package {at}".encode() for at in range(8))
MARKS = st.sets(st.integers(0, 7), max_size=5).map(sorted)


def shape(game: Play) -> list[tuple[int, str, int]]:
    return [(event.author, event.kind, len(event.raw)) for event in game.events]


@settings(max_examples=25, deadline=None)
@given(MARKS, MARKS, st.integers())
def test_both_learn_the_intersection(mine: list[int], theirs: list[int], seed: int) -> None:
    game = play(Packages(LIST, 5), mine, theirs, seed=str(seed))
    assert isinstance(game.last.standing, Completed)
    wanted = tuple(sorted(set(mine) & set(theirs)))
    assert game.results() == [wanted, wanted]
    assert len(game.last.matches()) == len(wanted)


@settings(max_examples=3, deadline=None)
@given(st.sets(st.integers(0, 2)), st.sets(st.integers(0, 2)))
def test_in_a_strict_round_too(mine: set[int], theirs: set[int]) -> None:
    game = play(Packages(LIST[:3], 3, strict=True), sorted(mine), sorted(theirs))
    assert isinstance(game.last.standing, Completed)
    assert game.results() == [tuple(sorted(mine & theirs))] * 2


@settings(max_examples=8, deadline=None)
@given(st.data())
def test_a_bottom_line_is_compared(data: st.DataObject) -> None:
    low = data.draw(st.integers(-50, 50))
    high = data.draw(st.integers(low + 1, low + 12))
    values = st.integers(low, high)
    most, least = data.draw(values), data.draw(values)
    question = BottomLine(low, high, data.draw(st.sampled_from(Role)))
    choices = [[most] if role is question.ceiling else [least] for role in Role]
    game = play(question, *choices)
    assert isinstance(game.last.standing, Completed)
    assert game.results() == [(0,) if most >= least else ()] * 2
    assert len(game.last.matches()) == (most >= least)


def test_the_encoding_compares_every_pair_of_a_range() -> None:
    """Lin and Tzeng's theorem, over the sets themselves."""
    from backchannel.table.overlap_sets import line_set

    question = BottomLine(-3, 9, Role.JOINER)
    ceilings = {value: set(line_set(LINE, Role.JOINER, question, value)) for value in range(-3, 10)}
    floors = {value: set(line_set(LINE, Role.INVITER, question, value)) for value in range(-3, 10)}
    assert {len(each) for each in (*ceilings.values(), *floors.values())} == {question.size}
    for most, least in itertools.product(range(-3, 10), repeat=2):
        assert len(ceilings[most] & floors[least]) == (most >= least), (most, least)


@pytest.mark.parametrize("first", [[], [0], [3, 4], [0, 1, 2, 3, 4]])
def test_what_travels_has_one_form_whatever_was_marked(first: list[int]) -> None:
    usual = play(Packages(LIST, 5), [0, 1], [5, 6])
    other = play(Packages(LIST, 5), first, [7], seed="another")
    assert shape(usual) == shape(other)


def test_what_travels_over_a_bottom_line_has_one_form() -> None:
    lines = [play(BottomLine(0, 100, Role.INVITER), [a], [b], seed=str(a)) for a, b in ((0, 100), (100, 0))]
    assert len({tuple(shape(game)) for game in lines}) == 1


def test_the_same_overlap_with_other_marks_looks_the_same() -> None:
    usual = play(Packages(LIST, 5), [0, 1, 2], [2, 3])
    other = play(Packages(LIST, 5), [2], [2, 4, 5, 6], seed="another")
    assert usual.results() == other.results() == [(2,), (2,)]
    assert shape(usual) == shape(other)
    assert len(usual.last.matches()) == len(other.last.matches())


def test_any_order_of_arrival_gives_the_same_rounds() -> None:
    game = play(Packages(LIST, 5), [0, 1, 2], [2, 3])
    ordered = in_order(game.events)
    for events in (ordered, in_order(reversed(game.events))):
        assert fold(evolve, events, Rounds(LINE)) == game.rounds
    # Behind the opening even the order itself makes no difference to the result.
    for mixed in itertools.islice(itertools.permutations(game.events[1:]), 0, 720, 119):
        found = fold(evolve, [game.events[0], *mixed], Rounds(LINE)).rounds[0]
        assert found.matches() == game.last.matches()
        assert isinstance(found.standing, Completed)


def test_who_answers_first_alternates() -> None:
    game = Play()
    firsts = []
    for number in range(4):
        game.open(Packages(LIST, 5), by=Role(number // 2 % 2))
        for role in Role:
            game.enter(role, [1])
        game.run()
        answers = [event.author for event in game.events if event.kind == ANSWER][-2:]
        assert answers == [game.last.first, game.last.first.other]
        firsts.append(game.last.first)
    assert firsts == [Role.JOINER, Role.INVITER] * 2


def test_few_rounds_of_a_topic() -> None:
    game = Play(rounds=Rounds(LINE, most=2))
    for _ in range(2):
        game.open(Packages(LIST, 5))
        for role in Role:
            game.enter(role, [1])
        game.run()
    with pytest.raises(InputRefused, match="2 rounds"):
        decide_open(game.rounds, "packages", Packages(LIST, 5), bytes(16))
    decide_open(game.rounds, "another", Packages(LIST, 5), bytes(16))


def test_a_round_that_nobody_entered_does_not_count() -> None:
    from backchannel.table.overlap import End

    game = Play()
    game.open(Packages(LIST, 5))
    with pytest.raises(InputRefused, match="under way"):
        decide_open(game.rounds, "packages", Packages(LIST, 5), bytes(16))
    game.say(Role.JOINER, End(game.last.session))
    game.open(Packages(LIST, 5))
    assert [each.terms.number for each in game.rounds.rounds] == [1, 1]


def test_keys_are_fresh_in_every_round() -> None:
    game = Play()
    for _ in range(2):
        game.open(Packages(LIST, 5))
        for role in Role:
            game.enter(role, [1])
        game.run()
    keys = [side.commit.public for each in game.rounds.rounds for side in each.sides if side.commit]
    points = [side.points.elements for each in game.rounds.rounds for side in each.sides if side.points]
    assert len(set(keys)) == len(set(points)) == 4


def test_a_secret_is_kept_and_shown_to_nobody() -> None:
    game = play(Packages(LIST, 5), [0, 1], [1])
    for secret in game.secrets.values():
        assert Secret.from_bytes(secret.to_bytes()) == secret
        assert secret.seed.hex() not in repr(secret)
        assert str(secret.marks) not in repr(secret)
        assert not any(secret.seed in event.raw for event in game.events)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\x85\x02\x40\x40\x80\x40"])
def test_what_is_not_a_kept_secret(data: bytes) -> None:
    with pytest.raises(Malformed):
        Secret.from_bytes(data)


def test_an_interrupted_side_says_the_same_again() -> None:
    game = Play()
    game.open(Packages(LIST, 5))
    game.enter(Role.INVITER, [1])
    once = next_said(game.last, Role.INVITER, game.secrets[Role.INVITER])
    kept = Secret.from_bytes(game.secrets[Role.INVITER].to_bytes())
    assert next_said(game.last, Role.INVITER, kept) == once


@pytest.mark.parametrize("choice", [(8,), (-1,), (0, 1, 2, 3, 4, 5)])
def test_marks_are_of_the_list_and_not_too_many(choice: tuple[int, ...]) -> None:
    game = Play()
    game.open(Packages(LIST, 5))
    with pytest.raises(InputRefused):
        begin(game.last, Role.INVITER, choice, bytes(32))


@pytest.mark.parametrize("choice", [(), (101,), (-1,), (1, 2)])
def test_a_bottom_line_is_one_number_of_the_range(choice: tuple[int, ...]) -> None:
    game = Play()
    game.open(BottomLine(0, 100, Role.INVITER))
    with pytest.raises(InputRefused):
        begin(game.last, Role.INVITER, choice, bytes(32))


def test_a_round_is_entered_once() -> None:
    game = Play()
    game.open(Packages(LIST, 5))
    game.enter(Role.INVITER, [1])
    game.step(Role.INVITER)
    with pytest.raises(LocalMisuse):
        begin(game.last, Role.INVITER, (2,), drawn("again"))


def test_nothing_is_known_before_the_other_has_answered() -> None:
    game = Play()
    game.open(Packages(LIST, 5))
    for role in Role:
        game.enter(role, [1])
    while game.last.due(Role.JOINER) is not Step.ANSWER:
        game.step(Role.INVITER)
        game.step(Role.JOINER)
    assert game.results() == [None, None]
    game.step(Role.JOINER)
    assert game.results() == [(1,), None]
    game.step(Role.INVITER)
    assert game.results() == [(1,), (1,)]


def test_every_body_is_read_as_it_was_written() -> None:
    for game in (play(Packages(LIST, 5), [1], [1]), play(BottomLine(0, 9, Role.JOINER), [4], [5])):
        for event in game.events:
            assert read_said(event.kind, event.body).body() == event.body

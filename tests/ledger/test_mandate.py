"""Mandates and carrying as values: the laws."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given as sampled
from hypothesis import strategies as st

from backchannel.errors import CarryRefused, InputRefused, Malformed
from backchannel.ledger.carrying import NEEDED, carry
from backchannel.ledger.mandate import (
    GIVE,
    Body,
    Limit,
    Mandate,
    Signoff,
    SignoffWithdrawn,
    Withdrawn,
    exceeds,
    given,
    package_hash,
    read_body,
    signoffs,
    text_hash,
    write_body,
)
from backchannel.ledger.questions import Place, Standing, Told, questions
from backchannel.log.carried import Carried, Manner
from backchannel.log.event import Event, write_event
from backchannel.log.handling import Handling
from backchannel.log.kinds import TEXT, text_body
from backchannel.table.acts import Until
from backchannel.wire.codec import encode

LIMITS = {"people": Limit(5, 20), "order": Limit(options=("a", "b")), "named": Limit(1, 2, ("A", "B", "C"))}
GOOD = Mandate(LIMITS, Until(1000), binding=True)


def said(number: int, body: Body, author: int = 0) -> Event:
    kind, raw = write_body(body)
    return write_event(author=author, number=number, seen=0, clock=0, kind=kind, body=raw)


@sampled(
    st.sampled_from(Handling), st.sampled_from(Manner), st.none() | st.sampled_from(Manner),
    st.booleans(), st.sampled_from(Handling),
)  # fmt: skip
def test_no_mark_is_overstepped(
    mark: Handling, came: Manner, manner: Manner | None, named: bool, onward: Handling
) -> None:
    words = None if manner is Manner.VERBATIM else "y"
    allowed = (
        not named if manner is None
        else mark >= NEEDED[manner] and manner >= came and onward <= mark and (mark is Handling.OFFICIAL or not named)
    )  # fmt: skip
    found = Carried(came, "x", mark)
    try:
        made = carry(found, manner, words=words, named="N" if named else None, handling=onward)
    except CarryRefused:
        assert not allowed
    else:
        assert allowed
        assert made.text == (words or "x")


def test_blank_words_are_not_carried() -> None:
    """They may be said, but nobody could read them as carried words."""
    with pytest.raises(InputRefused):
        carry(Carried(Manner.VERBATIM, " ", Handling.OFFICIAL), Manner.VERBATIM)


@pytest.mark.parametrize(
    ("package", "beyond"),
    [
        ({"people": 5, "order": "a", "named": ("A", "C")}, 0), ({"people": 4}, 1), ({"people": 21}, 1),
        ({"order": "c"}, 1), ({"named": ("D",)}, 1), ({"named": ("A", "B", "C")}, 1), ({"other": 1}, 1),
        ({"people": "five"}, 1), ({"order": 1}, 1), ({"people": 4, "order": "c", "other": 1}, 3),
    ],
)  # fmt: skip
def test_what_exceeds(package: dict[str, Any], beyond: int) -> None:
    assert len(exceeds(GOOD, package)) == beyond
    assert len(exceeds(Mandate(LIMITS), package)) == beyond + 1, "it does not allow to bind"
    assert exceeds(None, package)


def test_the_last_mandate_holds_until_it_is_over() -> None:
    first, second = said(1, GOOD), said(2, Mandate({"people": Limit()}))
    one, two = given([first, second], 0)
    assert not one.holds(0)
    assert two.holds(10**12)
    (alone,) = given([first, said(2, GOOD, author=1)], 0)
    assert alone.holds(999)
    assert not alone.holds(1000)


def test_a_withdrawal_counts_for_its_author_alone_and_brings_nothing_back() -> None:
    first, second = said(1, GOOD), said(2, GOOD)
    assert given([first, said(1, Withdrawn(first.id), author=1)], 0)[0].holds(0)
    assert not any(one.holds(0) for one in given([first, second, said(3, Withdrawn(second.id))], 0))


def test_sign_offs_are_found_by_their_hash() -> None:
    mine, other = said(1, Signoff(b"a" * 32)), said(2, Signoff(b"b" * 32))
    assert [event for event, _ in signoffs([mine, other], b"b" * 32)] == [other]
    assert len(signoffs([mine, other, said(3, GOOD)])) == 2


@sampled(st.lists(st.tuples(st.integers(0, 1), st.sampled_from([b"a" * 32, b"b" * 32]), st.booleans()), max_size=12))
def test_a_sign_off_stands_until_its_author_takes_it_back(acts: list[tuple[int, bytes, bool]]) -> None:
    events: list[Event] = []
    standing: set[tuple[int, bytes]] = set()
    for number, (author, of, back) in enumerate(acts, start=1):
        events.append(said(number, SignoffWithdrawn(of) if back else Signoff(of), author))
        (standing.discard if back else standing.add)((author, of))
    assert {(event.author, one.of) for event, one in signoffs(events)} == standing
    assert {event.author for event, _ in signoffs(events, b"a" * 32)} == {who for who, of in standing if of[:1] == b"a"}


def test_a_text_has_one_hash_by_its_clauses() -> None:
    assert text_hash(iter(["a", "b"])) == text_hash(["a", "b"])
    assert len({text_hash(some) for some in (["a", "b"], ["b", "a"], ["ab"], ["a b"], [])}) == 5


def test_a_package_has_one_hash_whatever_the_order() -> None:
    assert package_hash({"a": 1, "b": ("x", "y")}) == package_hash({"b": ("x", "y"), "a": 1})
    assert package_hash({"a": 1}) != package_hash({"a": "1"})
    assert package_hash({"a": ("x", "y")}) != package_hash({"a": ("y", "x")})


@pytest.mark.parametrize(
    "change",
    [
        {"v": 2}, {"limits": {}}, {"limits": []}, {"limits": {" ": {}}}, {"limits": {"a": 1}}, {"binding": 1},
        {"limits": {"a": {"least": 2, "most": 1}}}, {"limits": {"a": {"least": True}}}, {"until": [1]},
        {"limits": {"a": {"options": []}}}, {"limits": {"a": {"options": ["x", "x"]}}}, {"words": 1},
        {"until": [1, 1440]}, {"until": [-1, 0]},
    ],
)  # fmt: skip
def test_another_form_is_no_mandate(change: dict[str, Any]) -> None:
    good = {"v": 1, "limits": {"a": {}}, "until": None, "binding": False, "words": ""}
    assert read_body(GIVE, encode(good)) == Mandate({"a": Limit()})
    with pytest.raises(Malformed):
        read_body(GIVE, encode({**good, **change}))


def talk(author: int, number: int, **marks: Any) -> Event:
    return write_event(author=author, number=number, seen=0, clock=0, kind=TEXT, body=text_body(f"{number}", **marks))


def test_nobody_answers_himself() -> None:
    asked = talk(1, 1, question=True)
    again = Told(b"a", talk(1, 2, answers=asked.id), mine=False)
    (open_,) = questions([Told(b"a", asked, mine=False), again], {})
    assert open_.standing is Standing.OPEN
    (answered,) = questions([Told(b"a", asked, mine=False), Told(b"a", talk(0, 1, answers=asked.id), mine=True)], {})
    assert answered.standing is Standing.ANSWERED


def test_a_carried_question_is_told_once_with_its_origin() -> None:
    asked, copy = talk(1, 1, question=True), talk(0, 1, question=True)
    told = [Told(b"a", asked, mine=False), Told(b"b", copy, mine=True)]
    there = Told(b"b", talk(1, 9, answers=copy.id), mine=False)
    origins = {Place(b"b", copy.id): Place(b"a", asked.id)}
    (one,) = questions([*told, there], origins)
    assert one.standing is Standing.ANSWERED_THERE
    assert [place.line for place in one.carried] == [b"b"]
    assert len(questions(told, {})) == 2

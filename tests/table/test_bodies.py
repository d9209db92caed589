"""Bodies: one act has one body, and what is no act is refused; the vectors hold one defect each."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.log.handling import Handling
from backchannel.table.acts import (
    AcceptOffer,
    Act,
    Add,
    AgreeIssues,
    Close,
    CommentText,
    DecideText,
    DeclineIssues,
    MakeOffer,
    OfferKind,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    Replace,
    Settle,
    Until,
    WithdrawOffer,
)
from backchannel.table.bodies import READERS, body_of, read_act
from backchannel.table.clause import Clause, Mark, Span
from backchannel.table.issue import Issue, IssueType
from backchannel.wire.codec import decode, encode

WORDS = st.text(min_size=1, max_size=20).filter(
    lambda text: text.strip() and not any("\ud800" <= c < "\ue000" for c in text)
)
KEY = st.text("abcאבגدهو-09", min_size=1, max_size=8)
TITLE = st.dictionaries(st.sampled_from(["en", "he", "ar", "pt-BR"]), WORDS, min_size=1)
ID, EVENT = st.binary(min_size=8, max_size=8), st.binary(min_size=32, max_size=32)
OPTIONS = st.lists(WORDS, min_size=2, max_size=4, unique=True)
ISSUE = st.one_of(
    st.builds(Issue, KEY, TITLE, st.just(IssueType.CHOICE), OPTIONS.map(tuple)),
    st.builds(
        lambda key, title, least, span, unit: Issue(
            key, title, IssueType.RANGE, least=least, most=least + span, step=1 + span // 3, unit=unit
        ),
        KEY, TITLE, st.integers(-(2**40), 2**40), st.integers(1, 2**40), st.text("abc", max_size=5),
    ),
    st.builds(lambda key, title, most: Issue(key, title, IssueType.NAMES, most=most), KEY, TITLE, st.integers(1, 1000)),
    st.builds(Issue, KEY, TITLE, st.just(IssueType.CLAUSE)),
)  # fmt: skip
VALUE = st.one_of(WORDS, st.integers(-(2**53) + 1, 2**53 - 1), st.lists(WORDS, max_size=4, unique=True).map(tuple))
CHANGE = st.one_of(st.builds(Add, ISSUE), st.builds(Replace, ID, ISSUE), st.builds(Close, ID))
SPANS = st.lists(
    st.builds(Span, st.sampled_from([Mark.OPEN, Mark.INVITER, Mark.JOINER]), WORDS), min_size=1, max_size=3
)
CLAUSES = st.lists(
    st.builds(Clause, st.integers(0, 2**32 - 1), SPANS.map(tuple)), min_size=1, max_size=3, unique_by=lambda one: one.id
)


@st.composite
def offers(draw: st.DrawFn) -> MakeOffer:
    kind = draw(st.sampled_from(OfferKind))
    return MakeOffer(
        kind=kind,
        package=draw(st.dictionaries(ID, VALUE, min_size=1, max_size=5)),
        conditions=tuple(draw(st.lists(WORDS, max_size=3))),
        until=draw(st.none() | st.builds(Until, st.integers(0, 2**53 - 1), st.integers(-1439, 1439))),
        replies_to=draw(st.none() | EVENT),
        handling=Handling.FOR_YOU_ALONE if kind is OfferKind.FEELER else draw(st.sampled_from(Handling)),
    )


ACTS: st.SearchStrategy[Act] = st.one_of(
    st.builds(ProposeIssues, st.lists(CHANGE, min_size=1, max_size=3).map(tuple)),
    st.builds(AgreeIssues, EVENT),
    st.builds(DeclineIssues, EVENT),
    offers(),
    st.builds(AcceptOffer, EVENT, st.none() | st.sets(ID, min_size=1).map(lambda ids: tuple(sorted(ids)))),
    st.builds(RejectOffer, EVENT, st.text("abc", max_size=5)),
    st.builds(WithdrawOffer, EVENT),
    st.builds(Settle, st.none() | EVENT),
    st.builds(ProposeText, CLAUSES.map(tuple), st.sets(EVENT, max_size=3).map(lambda ids: tuple(sorted(ids)))),
    st.builds(CommentText, EVENT, st.integers(0, 2**32 - 1), WORDS),
    st.builds(DecideText, EVENT, st.booleans()),
)


@given(ACTS)
def test_what_is_written_is_read_again(act: Act) -> None:
    kind, body = body_of(act)
    assert read_act(kind, body) == act


@given(ACTS, st.dictionaries(st.text("xyz", min_size=1, max_size=3), st.integers(-9, 9), min_size=1))
def test_unknown_keys_are_ignored(act: Act, more: dict[str, int]) -> None:
    kind, body = body_of(act)
    assert read_act(kind, encode({**decode(body), **more})) == act


@given(st.sampled_from(sorted(READERS)), st.binary(max_size=60))
def test_other_bytes_are_malformed_and_nothing_else(kind: str, body: bytes) -> None:
    with suppress(Malformed):
        read_act(kind, body)


def test_a_kind_of_a_later_version_is_no_act() -> None:
    assert read_act("table.later", b"\xff") is None


@pytest.mark.parametrize("kind", sorted(READERS))
def test_a_later_version_of_a_body_is_malformed(kind: str) -> None:
    with pytest.raises(Malformed, match="version"):
        read_act(kind, encode({"v": 2}))

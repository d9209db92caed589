"""Bodies of a round's events: one value has one encoding, and nothing that no round can be about is made or read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import x
from backchannel.crypto.suite import Role
from backchannel.errors import Malformed
from backchannel.log.event import LARGEST_EVENT, write_event
from backchannel.table import overlap, overlap_secret
from backchannel.table.overlap import (
    KIND_OF,
    KINDS,
    MOST_PACKAGES,
    Answer,
    BottomLine,
    Commit,
    End,
    Open,
    Packages,
    Points,
    Said,
    read_said,
)
from backchannel.wire.codec import encode

DEFECTS = sorted((x.ROOT / "vectors" / "line" / "fail").glob("overlap-*.json"))
SUBJECTS = st.one_of(
    st.builds(
        lambda packages, most, strict: Packages(tuple(packages), min(most, len(packages)), strict),
        st.lists(st.binary(min_size=1, max_size=9), min_size=1, max_size=9, unique=True),
        st.integers(1, 9),
        st.booleans(),
    ),
    st.builds(lambda low, wide, role: BottomLine(low, low + wide, role), st.integers(-(2**62), 2**62),
              st.integers(1, 2**61), st.sampled_from(Role)),
)  # fmt: skip
TOPICS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=64)
SESSIONS = st.binary(min_size=32, max_size=32)
SAID: st.SearchStrategy[Said] = st.one_of(
    st.builds(Open, TOPICS, st.integers(0, 2**16 - 1), st.binary(min_size=16, max_size=16), SUBJECTS),
    st.builds(Commit, SESSIONS, SESSIONS, SESSIONS),
    st.builds(Points, SESSIONS, st.binary(), st.binary(), st.binary()),
    st.builds(Answer, SESSIONS, st.binary(), st.binary()),
    st.builds(End, SESSIONS),
)


@given(SAID)
def test_what_is_said_is_read_as_it_was_said(said: Said) -> None:
    assert read_said(KIND_OF[type(said)], said.body()) == said


@given(SAID, st.sampled_from(sorted(KINDS)))
def test_the_kind_says_what_a_body_is(said: Said, kind: str) -> None:
    try:
        assert KIND_OF[type(read_said(kind, said.body()))] == kind
    except Malformed:
        assert kind != KIND_OF[type(said)]


@pytest.mark.parametrize("path", DEFECTS, ids=lambda path: path.stem)
def test_one_defect(path: Path) -> None:
    case = json.loads(path.read_text())
    pieces = case["bytes"] if isinstance(case["bytes"], list) else [[case["bytes"], 1]]
    body = b"".join(bytes.fromhex(piece) * times for piece, times in pieces)
    with pytest.raises(Malformed):
        read_said(case["kind"], body)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Packages((), 1),
        lambda: Packages((b"a", b"a"), 1),
        lambda: Packages((b"a",), 0),
        lambda: Packages((b"a",), 2),
        lambda: Packages((b"",), 1),
        lambda: Packages(tuple(at.to_bytes(2) for at in range(MOST_PACKAGES + 1)), 1),
        lambda: BottomLine(1, 1, Role.JOINER),
        lambda: BottomLine(2, 1, Role.JOINER),
        lambda: BottomLine(0, 2**62, Role.JOINER),
        lambda: BottomLine(-(2**63) - 1, 0, Role.JOINER),
    ],
)
def test_what_no_round_can_be_about(make: Any) -> None:
    with pytest.raises(Malformed):
        make()


@pytest.mark.parametrize(("high", "size"), [(1, 2), (2, 2), (3, 3), (6, 3), (7, 4), (2**62 - 1, 63)])
def test_a_bottom_line_has_an_element_for_each_bit(high: int, size: int) -> None:
    assert BottomLine(0, high, Role.JOINER).size == size


def test_the_largest_points_fit_an_event() -> None:
    both = 2 * MOST_PACKAGES
    said = Points(bytes(32), bytes(32 * both), bytes(both // 8), bytes(4128))
    event = write_event(
        author=1, number=2**48, seen=2**48 - 1, clock=2**53 - 1, kind=overlap.POINTS, body=said.body(), before=bytes(8)
    )
    assert len(event.raw) < 37_000 < LARGEST_EVENT


def test_marks_have_no_way_onto_the_line() -> None:
    """No word of a round holds a secret, and the secret is no word of a round."""
    assert not hasattr(overlap_secret.Secret, "body")
    for kind in KIND_OF:
        assert "Secret" not in str(kind.__annotations__)
        assert not {"marks", "seed"} & set(kind.__annotations__)
    kept = overlap_secret.Secret(bytes(32), bytes(32), (1,)).to_bytes()
    for name in KINDS:
        with pytest.raises(Malformed):
            read_said(name, kept)
    with pytest.raises(Malformed):
        read_said("overlap.secret", encode([1, bytes(32)]))

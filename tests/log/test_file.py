"""The `file` event: what is read of one is what was written, and anything else is a kind that is not known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import Malformed
from backchannel.log.event import write_event
from backchannel.log.file import FILE, LARGEST_FILE, LONGEST_NAME, LONGEST_TYPE, File, file_body, file_from_value
from backchannel.log.kinds import Unknown, read_body
from backchannel.wire.codec import decode, encode

GOOD: dict[str, Any] = {"name": "a.txt", "size": 5, "type": "text/plain", "hash": bytes(32), "key": bytes(32)}
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)


def said(body: bytes) -> object:
    return read_body(write_event(author=0, number=1, seen=0, clock=1, kind=FILE, body=body))


@given(name=TEXT, size=st.integers(0, LARGEST_FILE), media_type=TEXT, content=st.binary(min_size=64, max_size=64))
def test_what_is_written_is_read(name: str, size: int, media_type: str, content: bytes) -> None:
    file = File(name, size, media_type, content[:32], content[32:])
    assert said(file_body(file)) == file


def test_keys_of_a_later_version_are_ignored() -> None:
    assert said(encode(GOOD | {"duration": 7})) == file_from_value(GOOD)


@pytest.mark.parametrize(
    "change",
    [
        {"size": LARGEST_FILE + 1}, {"size": -1}, {"size": "5"}, {"size": True}, {"name": b"a"}, {"type": None},
        {"name": "n" * (LONGEST_NAME + 1)}, {"type": "t" * (LONGEST_TYPE + 1)}, {"hash": bytes(31)}, {"key": bytes(33)},
        {"hash": "x" * 32}, {"key": None},
    ],
    ids=str,
)  # fmt: skip
def test_what_is_no_file_is_a_kind_that_is_not_known(change: dict[str, Any]) -> None:
    assert said(encode(GOOD | change)) == Unknown(FILE)
    with pytest.raises(Malformed):
        file_from_value(GOOD | change)


@pytest.mark.parametrize("missing", GOOD)
def test_nothing_may_be_missing(missing: str) -> None:
    assert said(encode({key: value for key, value in GOOD.items() if key != missing})) == Unknown(FILE)


@pytest.mark.parametrize("body", [b"", b"x", encode([1]), encode("name")])
def test_other_bodies(body: bytes) -> None:
    assert said(body) == Unknown(FILE)


def test_the_key_is_not_shown() -> None:
    assert "key" not in repr(file_from_value(GOOD))
    assert decode(file_body(file_from_value(GOOD))) == GOOD

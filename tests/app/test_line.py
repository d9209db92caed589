"""A line's record: what older programs wrote is read, and what is no record is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from backchannel.app.ending import Ending
from backchannel.app.line import Line, Phase
from backchannel.crypto.suite import Role
from backchannel.errors import Malformed
from backchannel.line.recovery import Recovery
from backchannel.wire.codec import decode, encode

LINE = Line(
    id=bytes(16),
    name="bob",
    role=Role.INVITER,
    phase=Phase.OPEN,
    created=7,
    relays=("https://relay.example",),
    folders=("/folder",),
    own=3,
    positions=5,
    last=b"\1" * 32,
    recovery=Recovery(restored=9),
    lost=((0, 2, 3),),
    mails=("bob@south.example", "b@other.example"),
    ending=Ending(ours=2, done=8),
    swept=3,
    retracting=((0, 1, b"\2" * 32, 5),),
)
OLDEST = 15
"""Fields that every program wrote."""


def value() -> Any:
    return decode(encode(LINE.to_value()))


def test_there_and_back() -> None:
    assert Line.from_value(LINE.id, LINE.name, value()) == LINE


def test_a_record_of_an_older_program_is_read() -> None:
    old = value()[: OLDEST + 1]
    first = replace(LINE, recovery=Recovery(), lost=(), mails=(), ending=Ending(), swept=0, retracting=())
    assert Line.from_value(LINE.id, LINE.name, old) == first
    assert Line.from_value(LINE.id, LINE.name, value()[:-1]) == replace(LINE, retracting=())


@pytest.mark.parametrize("change", [lambda v: v[:OLDEST], lambda v: [*v, 1], lambda v: [2, *v[1:]], lambda v: 7])
def test_what_is_no_record_is_refused(change: Any) -> None:
    with pytest.raises(Malformed):
        Line.from_value(LINE.id, LINE.name, change(value()))

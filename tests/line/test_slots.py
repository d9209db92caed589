"""Slots: numbers of times, and how many are used while nobody answers."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import InputRefused
from backchannel.line.slots import (
    DAY,
    LONGEST,
    MINUTE,
    PATIENT,
    SHORTEST,
    Rhythm,
    is_used,
    last_used,
    next_used,
    slot_at,
    start_of,
    stride,
)
from backchannel.relay.limits import Limits
from backchannel.wire.envelope import BUCKETS

rhythms = st.builds(Rhythm, st.integers(SHORTEST, LONGEST), st.sampled_from(BUCKETS))
moments = st.integers(-(2**40), 2**50)


@given(rhythms, st.data(), moments)
def test_every_moment_is_in_one_slot(rhythm: Rhythm, data: st.DataObject, now: int) -> None:
    phase = data.draw(st.integers(0, rhythm.every - 1))
    slot = slot_at(rhythm, phase, now)
    assert start_of(rhythm, phase, slot) <= now < start_of(rhythm, phase, slot + 1)
    assert slot_at(rhythm, phase, start_of(rhythm, phase, slot)) == slot


@given(rhythms, moments)
def test_other_phases_are_other_instants(rhythm: Rhythm, now: int) -> None:
    slot = slot_at(rhythm, 0, now)
    assert start_of(rhythm, 1, slot) - start_of(rhythm, 0, slot) == 1


@given(rhythms, st.integers(-(2**30), 2**22))
def test_the_stride_grows_with_the_silence_alone(rhythm: Rhythm, silent: int) -> None:
    step = stride(rhythm, silent)
    assert step & (step - 1) == 0
    assert stride(rhythm, silent + 1) in (step, 2 * step)
    assert (step == 1) >= (silent < PATIENT)
    assert step * rhythm.every <= LONGEST


@given(rhythms, st.integers(0, 2**40), st.integers(0, 2**20))
def test_the_next_used_slot_is_the_next(rhythm: Rhythm, heard: int, silent: int) -> None:
    slot = heard + silent
    found = next_used(rhythm, slot, heard)
    assert is_used(rhythm, found, heard)
    assert not any(is_used(rhythm, each, heard) for each in range(slot, found))
    assert (found - slot) * rhythm.every <= 2 * LONGEST
    last = last_used(rhythm, slot, heard)
    assert is_used(rhythm, last, heard)
    assert not any(is_used(rhythm, each, heard) for each in range(last + 1, slot + 1))


@pytest.mark.parametrize("every", [MINUTE, 5 * MINUTE, 10 * MINUTE, 16 * MINUTE, 60 * MINUTE, DAY])
def test_no_silence_fills_a_mailbox_and_none_ends_it(every: int) -> None:
    """What a relay holds for 90 days is fewest room for the largest size; and after 400 days there is still a word."""
    limits = Limits()
    most = min(limits.mailbox_envelopes, limits.mailbox_bytes // BUCKETS[-1])
    kept = (limits.envelope_seconds * 1000 + 2 * 60 * MINUTE) // every + 1
    rhythm = Rhythm(every, BUCKETS[-1])
    used = []
    slot = 0
    while slot * every < 400 * DAY:
        used.append(slot)
        slot = next_used(rhythm, slot + 1, 0)
    assert sum(slot < kept for slot in used) <= most
    assert max(later - earlier for earlier, later in pairwise(used)) * every <= DAY
    assert used[:PATIENT] == list(range(PATIENT))[: len(used)]


@pytest.mark.parametrize(("every", "size"), [(MINUTE - 1, 1024), (DAY + 1, 1024), (MINUTE, 1000), (MINUTE, 0)])
def test_other_rhythms_are_refused(every: int, size: int) -> None:
    with pytest.raises(InputRefused):
        Rhythm(every, size)

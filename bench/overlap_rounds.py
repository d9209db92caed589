"""Overlap rounds, measured: the work of both sides together, and what they put on the line."""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from backchannel.crypto.suite import Role
from backchannel.log.event import write_event
from backchannel.table.overlap import KIND_OF, BottomLine, Packages, Subject
from backchannel.table.overlap_fold import Rounds, decide_open, evolve
from backchannel.table.overlap_round import Completed
from backchannel.table.overlap_secret import Secret, begin, next_said, overlap
from bench.rows import Row

NAME: Final = "table"
BEFORE: Final = bytes(8)
CLOCK: Final = 1_900_000_000_000


def rows(quick: bool) -> Iterator[Row]:
    """Yield one row for each thing measured.

    Args:
        quick: fewer repetitions.
    """
    times = 3 if quick else 9
    listed = tuple(f"package {number}".encode() for number in range(100))
    marks = tuple(range(60)), tuple(range(40, 100))
    seconds, size = _measured(Packages(listed, 100), marks, 20, times)
    label = "overlap round, K = 100 of 100, with proofs"
    yield Row(NAME, f"{label}: both sides' work", round(seconds, 3), "s", 0.6, seconds < 0.6)
    yield Row(NAME, f"{label}: events, list included", size, "bytes", 15_000, size < 15_000)
    few = Packages(listed[:20], 5, strict=True)
    seconds, size = _measured(few, ((0, 1, 2), (1, 2, 3, 4)), 2, max(1, times // 3))
    label = "strict round, K = 5 of 20"
    yield Row(NAME, f"{label}: both sides' work", round(seconds, 3), "s")
    yield Row(NAME, f"{label}: events, list included", size, "bytes")
    line = BottomLine(0, 1_000_000, Role.JOINER)
    seconds, size = _measured(line, ((500_000,), (500_001,)), 1, max(1, times // 3))
    label = "bottom line, range of 1,000,000"
    yield Row(NAME, f"{label}: both sides' work", round(seconds, 3), "s")
    yield Row(NAME, f"{label}: events", size, "bytes")


def _measured(subject: Subject, choices: Sequence[Sequence[int]], matches: int, times: int) -> tuple[float, int]:
    """Return the median of seconds and the bytes of the events of one whole round."""
    found = [_round(subject, choices, matches, at) for at in range(times)]
    return statistics.median(seconds for seconds, _ in found), found[0][1]


def _round(subject: Subject, choices: Sequence[Sequence[int]], matches: int, at: int) -> tuple[float, int]:
    started = time.perf_counter()
    both = [Rounds(bytes(32)), Rounds(bytes(32))]  # each side folds, and so checks, everything
    numbers = [0, 0]
    size = 0

    def say(role: Role, body: bytes, kind: str) -> None:
        nonlocal size
        numbers[role] += 1
        event = write_event(
            author=int(role), number=numbers[role], seen=numbers[role.other], clock=CLOCK, kind=kind, body=body,
            before=BEFORE,
        )  # fmt: skip
        size += len(event.raw)
        both[:] = [evolve(state, event) for state in both]

    opening = decide_open(both[0], "packages", subject, sha256(str(at).encode()).digest()[:16])
    say(Role.INVITER, opening.body(), KIND_OF[type(opening)])
    secrets: list[Secret] = [
        begin(both[role].rounds[0], role, tuple(choices[role]), sha256(f"{at} {role}".encode()).digest())
        for role in Role
    ]
    moved = True
    while moved:
        moved = False
        for role in Role:
            step = next_said(both[role].rounds[0], role, secrets[role])
            if step is not None:
                said, secrets[role] = step
                say(role, said.body(), KIND_OF[type(said)])
                moved = True
    results = [overlap(both[role].rounds[0], role, secrets[role]) for role in Role]
    seconds = time.perf_counter() - started
    assert isinstance(both[0].rounds[0].standing, Completed)
    assert results[0] is not None
    assert results[0] == results[1]
    assert len(results[0]) == matches
    return seconds, size

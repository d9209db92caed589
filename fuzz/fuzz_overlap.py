"""Overlap rounds: one word has one encoding, and no word of the other side stops the fold."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from backchannel.crypto.suite import Role
from backchannel.errors import Malformed
from backchannel.log.event import write_event
from backchannel.table.overlap import KIND_OF, KINDS, BottomLine, Open, Packages, read_said
from backchannel.table.overlap_fold import Rounds, evolve
from backchannel.table.overlap_secret import begin, next_said

_KINDS = sorted(KINDS)


def _seed(label: str) -> bytes:
    return sha256(label.encode()).digest()


@cache
def _played() -> tuple[tuple[Rounds, ...], tuple[bytes, ...]]:
    """States of a round, each further on, and what the joiner said in it: its kind as a byte, its state, its body."""
    rounds = Rounds(_seed("line"))
    states: list[Rounds] = []
    said: list[bytes] = []
    openings = [
        Open("packages", 1, bytes(16), Packages((b"one", b"two", b"three"), 2)),
        Open("price", 1, bytes(16), BottomLine(0, 9, Role.JOINER)),
    ]
    said.extend(bytes([_KINDS.index(KIND_OF[Open]), 0]) + opening.body() for opening in openings)
    rounds = _folded(rounds, Role.INVITER, openings[0])
    states.append(rounds)
    secrets = {role: begin(rounds.rounds[0], role, (0, 1), _seed(role.name)) for role in Role}
    while True:
        moved = False
        for role in Role:
            step = next_said(rounds.rounds[0], role, secrets[role])
            if step is None:
                continue
            what, secrets[role] = step
            if role is Role.JOINER:
                said.append(bytes([_KINDS.index(KIND_OF[type(what)]), len(states) - 1]) + what.body())
            rounds = _folded(rounds, role, what)
            moved = True
        if not moved:
            return tuple(states), tuple(said)
        states.append(rounds)


def _folded(rounds: Rounds, role: Role, said: object) -> Rounds:
    kind, body = KIND_OF[type(said)], said.body()  # type: ignore[index, attr-defined]
    return evolve(rounds, write_event(author=int(role), number=1, seen=0, clock=0, kind=kind, body=body))


def examples() -> list[bytes]:
    """Valid inputs to start from: which kind, in which state, and the body."""
    return list(_played()[1])


def one_input(data: bytes) -> None:
    """Read once, and fold once."""
    if len(data) < 2:
        return
    kind, body = _KINDS[data[0] % len(_KINDS)], data[2:]
    states, _ = _played()
    state = states[data[1] % len(states)]
    readable = True
    try:
        assert read_said(kind, body).body() == body
    except Malformed:
        readable = False
    event = write_event(author=1, number=1, seen=0, clock=0, kind=kind, body=body)
    after = evolve(state, event)
    assert readable or after.rounds == state.rounds
    for each in after.rounds:
        assert each.over or each.due(Role.INVITER) or each.due(Role.JOINER)

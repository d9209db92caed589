"""All overlap rounds of a line, folded from its events (spec 11.4)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from backchannel.crypto.suite import Role
from backchannel.errors import InputRefused, Malformed
from backchannel.log.event import Event
from backchannel.table.overlap import KIND_OF, KINDS, End, Open, Said, Subject, read_said, session_of
from backchannel.table.overlap_round import Declined, Proposed, Round

MOST_ROUNDS: Final = 5
"""Rounds of one topic that both sides may enter: each tells something, and few tell little."""

MOST_PROPOSED: Final = 8
"""Rounds that one side may have proposed and that wait to be entered."""

MOST_DECLINED: Final = 16
"""Rounds that nobody entered are forgotten but for the last so many, so that proposing costs the other nothing."""


@dataclass(frozen=True, slots=True)
class Rounds:
    """Every round of a line.

    Attributes:
        line: 32 bytes that stand for the line.
        rounds: in the order of their opening.
        most: how many rounds of one topic both sides may enter.
        numbers: the highest number of each side's events so far, of any kind.
        known: names of proofs that held in an earlier fold of this line; checking them is most of the cost.
    """

    line: bytes
    rounds: tuple[Round, ...] = ()
    most: int = MOST_ROUNDS
    numbers: tuple[int, int] = (0, 0)
    known: frozenset[bytes] = field(default=frozenset(), repr=False, compare=False)

    @property
    def proven(self) -> frozenset[bytes]:
        """Return the names of all proofs that are known to hold."""
        return self.known.union(*(each.proven for each in self.rounds))

    def of(self, session: bytes) -> Round | None:
        """Return the round of a session."""
        for each in reversed(self.rounds):
            if each.session == session:
                return each
        return None

    def about(self, topic: str) -> tuple[Round, ...]:
        """Return the rounds of a topic."""
        return tuple(each for each in self.rounds if each.terms.topic == topic)

    def next_number(self, topic: str) -> int:
        """Return the number that the next round of a topic has; those that nobody entered do not count."""
        return 1 + sum(each.begun for each in self.about(topic))


def evolve(state: Rounds, event: Event) -> Rounds:
    """Return the rounds after an event; what is no word of a round changes nothing but the count.

    Every event of the line must come by, of any kind: an opening that stands before its author's own earlier words was
    dated back, and would take the place of a round that was played.
    """
    author = Role(event.author)
    counted = state
    if event.number > state.numbers[author]:
        own, other = event.number, state.numbers[author.other]
        counted = replace(state, numbers=(own, other) if author is Role.INVITER else (other, own))
    if event.kind not in KINDS:
        return counted
    in_its_place = event.number <= state.numbers[author] + 1
    state = counted
    try:
        said = read_said(event.kind, event.body)
    except Malformed:
        return state
    if isinstance(said, Open):
        return _opened(state, author, said, event.body) if in_its_place else state
    found = state.of(said.session)
    if found is None or (isinstance(said, End) and (found.over or found.ended_by is not None)):
        return state
    # What crossed the end still counts: who has answered must not be shown as the one who withheld it.
    after = replace(found, ended_by=author) if isinstance(said, End) else found.take(author, said)
    return replace(state, rounds=tuple(after if each is found else each for each in state.rounds))


def decide_open(state: Rounds, topic: str, subject: Subject, nonce: bytes) -> Said:
    """Return what to say to propose a round.

    Args:
        state: the rounds so far.
        topic: what rounds that belong together are called.
        subject: what it is about.
        nonce: 16 fresh random bytes.

    Raises:
        InputRefused: one is under way, or there were as many as there may be.
        Malformed: no such topic can be.
    """
    if any(not each.over for each in state.about(topic)):
        raise InputRefused(f"a round on {topic} is under way")
    number = state.next_number(topic)
    if number > state.most:
        raise InputRefused(f"there were {state.most} rounds on {topic} already, and more would tell too much")
    said = Open(topic, number, nonce, subject)
    read_said(KIND_OF[Open], said.body())
    return said


def _opened(state: Rounds, author: Role, said: Open, body: bytes) -> Rounds:
    session = session_of(state.line, author, body)
    under_way = any(not each.over for each in state.about(said.topic))
    wrong = said.number != state.next_number(said.topic) or said.number > state.most
    proposed = sum(each.opener is author and isinstance(each.standing, Proposed) for each in state.rounds)
    if under_way or wrong or proposed >= MOST_PROPOSED or state.of(session) is not None:
        return state
    spent = frozenset(side.commit.public for each in state.rounds for side in each.sides if side.commit is not None)
    declined = [each.session for each in state.rounds if isinstance(each.standing, Declined)]
    forgotten = frozenset(declined[:-MOST_DECLINED])
    kept = tuple(each for each in state.rounds if each.session not in forgotten)
    return replace(state, rounds=(*kept, Round(session, author, said, spent=spent, proven=state.known)))

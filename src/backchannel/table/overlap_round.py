"""One overlap round as both sides see it: who said what, what was checked, and how it stands (spec 11.3, 11.4).

Nothing here is private: it follows from the events alone. What order they came in does not matter: each is checked as
soon as what it is checked against is there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final, TypeAlias

from backchannel.crypto import dleq, shuffle
from backchannel.crypto.dleq import NotProven
from backchannel.crypto.ristretto import Element, element
from backchannel.crypto.suite import Role, digest
from backchannel.errors import Malformed
from backchannel.table.overlap import ELEMENT_SIZE, Answer, BottomLine, Commit, Open, Packages, Points
from backchannel.table.overlap_sets import context_of, universe


class Step(IntEnum):
    """What each side does in a round, in this order."""

    COMMIT = 1
    POINTS = 2
    ANSWER = 3


class Fault(StrEnum):
    """What a side did that no honest program does."""

    KEY = "key"
    COUNT = "count"
    ELEMENT = "element"
    ORDER = "order"
    CHOSEN = "chosen"
    COMMITMENT = "commitment"
    PROOF = "proof"
    TWICE = "twice"


@dataclass(frozen=True, slots=True)
class Side:
    """What one side has said in a round.

    Attributes:
        commit: its key and commitment.
        points: what it said of its set.
        placed: its set, once it was checked.
        answer: what it made of the other's set.
        answered: the elements of that, once they were checked.
    """

    commit: Commit | None = None
    points: Points | None = field(default=None, repr=False)
    placed: tuple[Element, ...] | None = field(default=None, repr=False)
    answer: Answer | None = field(default=None, repr=False)
    answered: tuple[Element, ...] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Proposed:
    """Not both sides have committed yet: nobody has taken part in anything."""


@dataclass(frozen=True, slots=True)
class Running:
    """Under way."""


@dataclass(frozen=True, slots=True)
class Completed:
    """Both sides have answered; both can read the result."""


@dataclass(frozen=True, slots=True)
class Declined:
    """Somebody ended it before both had committed."""

    by: Role


@dataclass(frozen=True, slots=True)
class Stopped:
    """Somebody ended it before both had answered.

    Attributes:
        by: the side that owes a step; if both do, the one that ended it.
        step: the step that it owes.
        ended_by: who ended it.
    """

    by: Role
    step: Step
    ended_by: Role


@dataclass(frozen=True, slots=True)
class Broken:
    """A side broke the protocol; the round is void, and its key is never used again."""

    by: Role
    step: Step
    fault: Fault


Standing: TypeAlias = Proposed | Running | Completed | Declined | Stopped | Broken


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes:
        session: 32 bytes that stand for it.
        opener: who proposed it.
        terms: what was proposed.
        sides: what the inviter said, and the joiner.
        broken: what a side did wrong.
        ended_by: who first said that it is over.
        spent: keys of earlier rounds, which may not come again.
        proven: names of proofs that are known to hold, so that another fold does not check them again.
    """

    session: bytes
    opener: Role
    terms: Open
    sides: tuple[Side, Side] = (Side(), Side())
    broken: Broken | None = None
    ended_by: Role | None = None
    spent: frozenset[bytes] = field(default=frozenset(), repr=False)
    proven: frozenset[bytes] = field(default=frozenset(), repr=False, compare=False)

    @property
    def first(self) -> Role:
        """Return who gives its answer first, and so lets the other see the result first; it alternates."""
        return Role(self.terms.number % 2)

    @property
    def begun(self) -> bool:
        """Say whether both have committed."""
        return all(side.commit is not None for side in self.sides)

    @property
    def complete(self) -> bool:
        """Say whether both have answered, and both answers were checked."""
        return all(side.answered is not None for side in self.sides)

    @property
    def standing(self) -> Standing:
        """Return how the round stands."""
        if self.broken is not None:
            return self.broken
        if self.complete:
            return Completed()
        if self.ended_by is None:
            return Running() if self.begun else Proposed()
        if not self.begun:
            return Declined(self.ended_by)
        by = self.ended_by if self.due(self.ended_by) else self.ended_by.other
        return Stopped(by, self.due(by) or Step.ANSWER, self.ended_by)

    @property
    def over(self) -> bool:
        """Say whether no step is awaited any more."""
        return not isinstance(self.standing, Proposed | Running)

    def due(self, role: Role) -> Step | None:
        """Return the step that a side owes now; None where it waits, or has done its part."""
        mine, theirs = self.sides[role], self.sides[role.other]
        if self.broken is not None:
            return None
        if mine.commit is None:
            return Step.COMMIT
        if self.begun and mine.points is None:
            return Step.POINTS
        placed = mine.placed is not None and theirs.placed is not None
        if placed and mine.answer is None and (role is self.first or theirs.answered is not None):
            return Step.ANSWER
        return None

    def matches(self) -> tuple[tuple[int, int], ...]:
        """Return the places that match: in the inviter's points and in the joiner's, once both have answered.

        Which package a place of one's own points is, only that side knows.
        """
        (inviter, joiner) = (side.answered for side in self.sides)
        if inviter is None or joiner is None:
            return ()
        places = {each: place for place, each in enumerate(inviter)}  # the inviter's answer is of the joiner's points
        return tuple((at, places[each]) for at, each in enumerate(joiner) if each in places)

    def proof_context(self, author: Role, what: str) -> bytes:
        """Return what a proof is bound to: the round, both commits, whose it is and of what (spec 11.3.5)."""
        commits = [side.commit.body() for side in self.sides if side.commit is not None]
        return context_of(digest("overlap proof", self.session, *commits, int(author), what))

    def public(self, role: Role) -> Element:
        """Return a side's key; it was checked when it came."""
        commit = self.sides[role].commit
        assert commit is not None  # noqa: S101  (only asked once both have committed)
        return Element(commit.public)

    # --- what is said -------------------------------------------------------------------------------------------------

    def take(self, author: Role, said: Commit | Points | Answer) -> Round:
        """Return the round after a side said something.

        Who says two different things in one step has broken the round, whatever was said meanwhile: so nobody can
        change its word afterwards, and make the answers of the other look wrong.
        """
        side = self.sides[author]
        step: Step
        before: Commit | Points | Answer | None
        match said:
            case Commit():
                step, before, after = Step.COMMIT, side.commit, replace(side, commit=said)
            case Points():
                step, before, after = Step.POINTS, side.points, replace(side, points=said)
            case Answer():
                step, before, after = Step.ANSWER, side.answer, replace(side, answer=said)
        if before is not None:
            twice = before != said and (self.broken is None or self.broken.fault is not Fault.TWICE)
            return replace(self, broken=Broken(author, step, Fault.TWICE)) if twice else self
        found = self._with(author, after)
        if step is Step.COMMIT:
            found = found._check_key(author)
        return found._check()

    def _with(self, role: Role, side: Side) -> Round:
        sides = (side, self.sides[1]) if role is Role.INVITER else (self.sides[0], side)
        return replace(self, sides=sides)

    def _check_key(self, author: Role) -> Round:
        commit, other = self.sides[author].commit, self.sides[author.other].commit
        assert commit is not None  # noqa: S101  (it has just been said)
        try:
            element(commit.public)
        except Malformed:
            return self._fault(author, Step.COMMIT, Fault.ELEMENT)
        if commit.public in self.spent or (other is not None and other.public == commit.public):
            return self._fault(author, Step.COMMIT, Fault.KEY)
        return self

    def _fault(self, author: Role, step: Step, fault: Fault) -> Round:
        return replace(self, broken=self.broken or Broken(author, step, fault))

    def _check(self) -> Round:
        """Check whatever can be checked now and was not before."""
        found = self
        for role in Role:
            side = found.sides[role]
            if found.broken is None and found.begun and side.points is not None and side.placed is None:
                found = found._check_points(role, side.points)
        for role in Role:
            side, theirs = found.sides[role], found.sides[role.other].placed
            if found.broken is None and side.answer is not None and side.answered is None and theirs is not None:
                found = found._check_answer(role, side.answer, theirs)
        return found

    def _check_points(self, author: Role, said: Points) -> Round:
        try:
            elements = _elements(said.elements)
            _ascending(elements)
            commit = self.sides[author].commit
            if commit is None or said.commitment(author, commit.public) != commit.commitment:
                raise _Faulty(Fault.COMMITMENT)
            subject = self.terms.subject
            if isinstance(subject, Packages) and subject.strict:
                return self._strictly_placed(author, subject, said, elements)
            if said.chosen or said.proof:
                raise _Faulty(Fault.CHOSEN)
            if len(elements) != subject.size:
                raise _Faulty(Fault.COUNT)
        except _Faulty as faulty:
            return self._fault(author, Step.POINTS, faulty.fault)
        return self._with(author, replace(self.sides[author], placed=elements))

    def _strictly_placed(self, author: Role, subject: Packages, said: Points, elements: tuple[Element, ...]) -> Round:
        known = universe(self.session, author, subject)
        bits = int.from_bytes(said.chosen, "little")
        if len(said.chosen) != -(-len(known) // 8) or bits >> len(known):
            raise _Faulty(Fault.CHOSEN)
        if len(elements) != len(known) or bits.bit_count() != subject.most:
            raise _Faulty(Fault.COUNT)
        found = self._proving(shuffle.verify, author, "list", known, elements, said.proof)
        placed = tuple(each for place, each in enumerate(elements) if bits >> place & 1)
        return found._with(author, replace(self.sides[author], placed=placed))

    def _check_answer(self, author: Role, said: Answer, points: tuple[Element, ...]) -> Round:
        try:
            elements = _elements(said.elements)
            if len(elements) != len(points):
                raise _Faulty(Fault.COUNT)
            verify: _Verify = _equal_logs
            if isinstance(self.terms.subject, BottomLine):
                _ascending(elements)
                verify = shuffle.verify
            found = self._proving(verify, author, "answer", points, elements, said.proof)
        except _Faulty as faulty:
            return self._fault(author, Step.ANSWER, faulty.fault)
        return found._with(author, replace(self.sides[author], answered=elements))

    def _proving(
        self,
        verify: _Verify,
        author: Role,
        what: str,
        given: Sequence[Element],
        made: Sequence[Element],
        proof: bytes,
    ) -> Round:
        """Return the round with this proof among those that hold.

        Raises:
            _Faulty: it does not hold.
        """
        context, public = self.proof_context(author, what), self.public(author)
        name = sha256(b"".join((context, public, len(given).to_bytes(4), *given, *made, proof))).digest()
        if name in self.proven:
            return self
        try:
            verify(context, public, given, made, proof)
        except (NotProven, Malformed) as error:
            raise _Faulty(Fault.PROOF) from error
        return replace(self, proven=self.proven | {name})


_Verify: TypeAlias = Callable[[bytes, Element, Sequence[Element], Sequence[Element], bytes], None]


def _equal_logs(
    context: bytes, public: Element, given: Sequence[Element], made: Sequence[Element], proof: bytes
) -> None:
    dleq.verify(dleq.listed(context, given, made), public, given, made, proof)


class _Faulty(Exception):
    """Something that no honest program sends."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault)
        self.fault: Final = fault


def _elements(data: bytes) -> tuple[Element, ...]:
    if not data or len(data) % ELEMENT_SIZE:
        raise _Faulty(Fault.COUNT)
    try:
        return tuple(element(data[at : at + ELEMENT_SIZE]) for at in range(0, len(data), ELEMENT_SIZE))
    except Malformed as error:
        raise _Faulty(Fault.ELEMENT) from error


def _ascending(elements: Sequence[Element]) -> None:
    if not all(left < right for left, right in pairwise(elements)):
        raise _Faulty(Fault.ORDER)

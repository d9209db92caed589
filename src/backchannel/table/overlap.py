"""What is said in an overlap round: five kinds of event and their bodies (spec 11.3).

    overlap.open     [1, topic, number, nonce, [0, most, strict, [package, ...]]]    the frozen list
                     [1, topic, number, nonce, [1, low, high, ceiling]]              a bottom line
    overlap.commit   [1, session, public, commitment]
    overlap.points   [1, session, elements, chosen, proof]
    overlap.answer   [1, session, elements, proof]
    overlap.end      [1, session]

Packages are opaque here: the bytes that both sides hold for the same package are the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final, TypeAlias

from backchannel.crypto.suite import Role, digest
from backchannel.errors import Malformed
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, fields, items, sized, text, whole

OPEN: Final = "overlap.open"
COMMIT: Final = "overlap.commit"
POINTS: Final = "overlap.points"
ANSWER: Final = "overlap.answer"
END: Final = "overlap.end"
KINDS: Final = frozenset({OPEN, COMMIT, POINTS, ANSWER, END})

VERSION: Final = 1
DIGEST_SIZE: Final = 32
NONCE_SIZE: Final = 16
ELEMENT_SIZE: Final = 32
LONGEST_TOPIC: Final = 64
MOST_PACKAGES: Final = 500
"""Packages of one list; a strict round sends an element for each, and one more for each that may be marked."""
LARGEST_PACKAGE: Final = 16 * 1024
WIDEST: Final = 2**62
"""Values between the ends of a range, at most."""

_PACKAGES: Final = 0
_BOTTOM_LINE: Final = 1


@dataclass(frozen=True, slots=True)
class Packages:
    """A round over a frozen list of packages.

    Attributes:
        packages: distinct, in the order in which they are shown.
        most: how many each side may mark; every side's set has exactly this size on the line.
        strict: whether each side proves that all that it puts in is of the list (spec 11.2.4).
    """

    packages: tuple[bytes, ...]
    most: int
    strict: bool = False

    def __post_init__(self) -> None:
        """Refuse what no round can be about."""
        count = len(self.packages)
        if not 1 <= count <= MOST_PACKAGES or len(set(self.packages)) != count or not 1 <= self.most <= count:
            raise Malformed("a list of packages")
        if any(not 1 <= len(package) <= LARGEST_PACKAGE for package in self.packages):
            raise Malformed("a package")

    @property
    def size(self) -> int:
        """Return how many elements each side's set has."""
        return self.most

    def to_value(self) -> list[Any]:
        """Return `[0, most, strict, packages]`."""
        return [_PACKAGES, self.most, self.strict, list(self.packages)]


@dataclass(frozen=True, slots=True)
class BottomLine:
    """A round over one question: is the most that one side would give at least the least that the other would take?

    Attributes:
        low: the lowest value of the range.
        high: the highest.
        ceiling: the side whose bottom line is a most; the other's is a least.
    """

    low: int
    high: int
    ceiling: Role

    def __post_init__(self) -> None:
        """Refuse what no round can be about."""
        if not -(2**63) <= self.low < self.high < 2**63 or self.high - self.low >= WIDEST:
            raise Malformed("a range")

    @property
    def size(self) -> int:
        """Return how many elements each side's set has: the bits of a place in the range, counted from 1."""
        return (self.high - self.low + 1).bit_length()

    def to_value(self) -> list[Any]:
        """Return `[1, low, high, ceiling]`."""
        return [_BOTTOM_LINE, self.low, self.high, int(self.ceiling)]


Subject: TypeAlias = Packages | BottomLine


@dataclass(frozen=True, slots=True)
class Open:
    """The terms of a round; whoever commits agrees to them.

    Attributes:
        topic: what rounds that belong together are called; both sides see it.
        number: of the round, from 1, among those of its topic.
        nonce: 16 fresh random bytes.
        subject: what it is about.
    """

    topic: str
    number: int
    nonce: bytes
    subject: Subject

    def body(self) -> bytes:
        """Return the body of the event."""
        return encode([VERSION, self.topic, self.number, self.nonce, self.subject.to_value()])


@dataclass(frozen=True, slots=True)
class Commit:
    """A side's key of this round, and a commitment to its points."""

    session: bytes
    public: bytes
    commitment: bytes

    def body(self) -> bytes:
        """Return the body of the event."""
        return encode([VERSION, self.session, self.public, self.commitment])


@dataclass(frozen=True, slots=True)
class Points:
    """A side's set, each element under its key.

    Attributes:
        session: which round.
        elements: 32 bytes each, ascending.
        chosen: in a strict round one bit for each element, the first lowest: those of the set; else empty.
        proof: in a strict round that the elements are of the list; else empty.
    """

    session: bytes
    elements: bytes
    chosen: bytes
    proof: bytes

    def body(self) -> bytes:
        """Return the body of the event."""
        return encode([VERSION, self.session, self.elements, self.chosen, self.proof])

    def commitment(self, role: Role, public: bytes) -> bytes:
        """Return what a side said beforehand of these points (spec 11.3.2)."""
        return digest(
            "overlap commitment", self.session, int(role), public, sha256(self.elements + self.chosen).digest()
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """The other side's set, each element under the author's key as well, and the proof of it."""

    session: bytes
    elements: bytes
    proof: bytes

    def body(self) -> bytes:
        """Return the body of the event."""
        return encode([VERSION, self.session, self.elements, self.proof])


@dataclass(frozen=True, slots=True)
class End:
    """Somebody takes no further part, or no longer waits."""

    session: bytes

    def body(self) -> bytes:
        """Return the body of the event."""
        return encode([VERSION, self.session])


Said: TypeAlias = Open | Commit | Points | Answer | End
KIND_OF: Final[dict[type[Said], str]] = {Open: OPEN, Commit: COMMIT, Points: POINTS, Answer: ANSWER, End: END}


def session_of(line: bytes, opener: Role, body: bytes) -> bytes:
    """Return the 32 bytes that stand for one round of one line: its terms, whose they are, and where (spec 11.1.2).

    Args:
        line: 32 bytes that stand for the line, from the handshake of both sides.
        opener: who said it.
        body: of `overlap.open`.
    """
    return digest("overlap round", line, int(opener), body)


def read_said(kind: str, body: bytes) -> Said:
    """Return what an event of these kinds says.

    Raises:
        Malformed: its body has another form.
    """
    value = decode(body)
    if kind == OPEN:
        topic, number, nonce, subject = fields(value, VERSION, 4, kind)
        if not text(topic, "topic", longest=LONGEST_TOPIC):
            raise Malformed("topic")
        return Open(topic, whole(number, "number", below=2**16), sized(nonce, NONCE_SIZE, "nonce"), _subject(subject))
    if kind == COMMIT:
        session, public, commitment = fields(value, VERSION, 3, kind)
        return Commit(
            sized(session, DIGEST_SIZE, kind), sized(public, ELEMENT_SIZE, kind), sized(commitment, DIGEST_SIZE, kind)
        )
    if kind == POINTS:
        session, elements, chosen, proof = fields(value, VERSION, 4, kind)
        return Points(sized(session, DIGEST_SIZE, kind), blob(elements, kind), blob(chosen, kind), blob(proof, kind))
    if kind == ANSWER:
        session, elements, proof = fields(value, VERSION, 3, kind)
        return Answer(sized(session, DIGEST_SIZE, kind), blob(elements, kind), blob(proof, kind))
    if kind == END:
        (session,) = fields(value, VERSION, 1, kind)
        return End(sized(session, DIGEST_SIZE, kind))
    raise Malformed(kind)


def _subject(value: Any) -> Subject:
    if type(value) is not list or len(value) != 4 or type(value[0]) is not int:
        raise Malformed("the subject of a round")
    tag, first, second, third = value
    if tag == _PACKAGES and type(second) is bool:
        packages = tuple(blob(each, "a package") for each in items(third, "a list of packages", most=MOST_PACKAGES))
        return Packages(packages, whole(first, "most"), second)
    if tag == _BOTTOM_LINE and type(first) is int and type(second) is int:
        return BottomLine(first, second, Role(whole(third, "ceiling", below=2)))
    raise Malformed("the subject of a round")

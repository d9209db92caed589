"""What a side keeps for itself in a round, and what it says because of it (spec 11.2, 11.3).

Marks are insight: no event holds this type. `to_bytes` is for the vault alone, and there is no repr. All that is secret
follows from 32 random bytes, so that whatever is said twice is the same both times.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256

from backchannel.crypto import dleq, oprf, ristretto, shuffle
from backchannel.crypto.kdf import derive
from backchannel.crypto.ristretto import Element, Scalar
from backchannel.crypto.suite import Role, info
from backchannel.errors import InputRefused, LocalMisuse
from backchannel.table.overlap import Answer, BottomLine, Commit, Packages, Points, Said
from backchannel.table.overlap_round import Round, Step
from backchannel.table.overlap_sets import context_of, line_set, package_set, universe
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, fields, items, sized, whole

SEED_SIZE = 32
_VERSION = 1


@dataclass(frozen=True, slots=True, repr=False)
class Secret:
    """One side's secret part of one round, from the commitment on.

    Attributes:
        session: the round.
        seed: 32 random bytes, of this round alone.
        marks: places in the list of what this side would sign; of a bottom line the one value, counted from the lowest.
        answered: SHA-256 of the points that were answered; empty before. A key answers one set and never another.
    """

    session: bytes
    seed: bytes
    marks: tuple[int, ...]
    answered: bytes = b""

    def to_bytes(self) -> bytes:
        """Return the secret bytes; they belong in the vault only."""
        return encode([_VERSION, self.session, self.seed, list(self.marks), self.answered])

    @classmethod
    def from_bytes(cls, data: bytes) -> Secret:
        """Read what `to_bytes` wrote."""
        session, seed, marks, answered = fields(decode(data), _VERSION, 4, "the secret of a round")
        places = tuple(whole(mark, "mark") for mark in items(marks, "marks", most=2**16))
        return cls(sized(session, 32, "session"), sized(seed, SEED_SIZE, "seed"), places, blob(answered, "answered"))


def begin(found: Round, role: Role, choice: tuple[int, ...], seed: bytes) -> Secret:
    """Return the secret of a side that enters a round; from here on its choice cannot be changed.

    Args:
        found: the round.
        role: whose.
        choice: places of the marked packages, from 0; or one value of the range.
        seed: 32 fresh random bytes.

    Raises:
        InputRefused: more marks than are allowed, or what is not of the list or the range.
    """
    subject = found.terms.subject
    match subject:
        case Packages():
            marks = tuple(sorted(set(choice)))
            if any(not 0 <= mark < len(subject.packages) for mark in marks):
                raise InputRefused(f"the list has the numbers 1 to {len(subject.packages)}")
            if len(marks) > subject.most:
                raise InputRefused(f"{len(marks)} packages marked; at most {subject.most} may be in this round")
        case BottomLine():
            if len(choice) != 1 or not subject.low <= choice[0] <= subject.high:
                raise InputRefused(f"a bottom line is one number from {subject.low} to {subject.high}")
            marks = (choice[0] - subject.low,)
    if found.due(role) is not Step.COMMIT:
        raise LocalMisuse("a round is entered once")
    return Secret(found.session, sized(seed, SEED_SIZE, "seed"), marks)


def next_said(found: Round, role: Role, secret: Secret) -> tuple[Said, Secret] | None:
    """Return what this side can say now, and its secret after it; None where it waits, or has done its part.

    Args:
        found: the round; what this side says must be folded into it before it is asked again.
        role: whose.
        secret: what `begin` made.

    Raises:
        LocalMisuse: the key has answered another set already, so it must not answer this one.
    """
    if found.session != secret.session or found.over:
        return None
    match found.due(role):
        case Step.COMMIT:
            return _commit(found, role, secret), secret
        case Step.POINTS:
            return _points(found, role, secret), secret
        case Step.ANSWER:
            return _answer(found, role, secret)
        case None:
            return None


def overlap(found: Round, role: Role, secret: Secret) -> tuple[int, ...] | None:
    """Return what a side knows of the result.

    Returns:
        Places in the list that both have marked, ascending; of a bottom line (0,) for yes and () for no. None as long
        as the other side has not answered.
    """
    points, answered = found.sides[role.other].placed, found.sides[role.other].answered
    if points is None or answered is None:
        return None
    subject = found.terms.subject
    key, _ = _key(secret)
    both = {ristretto.times(key, each) for each in points}
    if isinstance(subject, BottomLine):
        return (0,) if both & set(answered) else ()
    mine = found.sides[role].placed
    assert mine is not None  # noqa: S101  (it was answered, so it was checked)
    listed = package_set(secret.session, role, subject, secret.marks)
    place_of = {ristretto.times(key, each): mark for each, mark in zip(listed, secret.marks, strict=False)}
    return tuple(
        sorted(place_of[each] for each, made in zip(mine, answered, strict=True) if made in both and each in place_of)
    )


def _key(secret: Secret) -> tuple[Scalar, Element]:
    return oprf.derive_key_pair(secret.seed, b"", context_of(secret.session))


def _set(found: Round, role: Role, secret: Secret) -> list[Element]:
    subject = found.terms.subject
    match subject:
        case Packages():
            return package_set(secret.session, role, subject, secret.marks)
        case BottomLine():
            return line_set(secret.session, role, subject, subject.low + secret.marks[0])


def _unproven(found: Round, role: Role, secret: Secret) -> Points:
    key, _ = _key(secret)
    own = shuffle.shuffled(key, _set(found, role, secret))
    subject = found.terms.subject
    if not (isinstance(subject, Packages) and subject.strict):
        return Points(secret.session, b"".join(own), b"", b"")
    all_of_it = shuffle.shuffled(key, universe(secret.session, role, subject))
    inside = set(own)
    bits = sum(1 << place for place, each in enumerate(all_of_it) if each in inside)
    return Points(secret.session, b"".join(all_of_it), bits.to_bytes(-(-len(all_of_it) // 8), "little"), b"")


def _commit(found: Round, role: Role, secret: Secret) -> Commit:
    _, public = _key(secret)
    return Commit(secret.session, public, _unproven(found, role, secret).commitment(role, public))


def _points(found: Round, role: Role, secret: Secret) -> Points:
    said = _unproven(found, role, secret)
    subject = found.terms.subject
    if not (isinstance(subject, Packages) and subject.strict):
        return said
    key, public = _key(secret)
    context = found.proof_context(role, "list")
    known = universe(secret.session, role, subject)
    return replace(said, proof=shuffle.prove(context, key, public, known, _seeds(secret, context)))


def _answer(found: Round, role: Role, secret: Secret) -> tuple[Answer, Secret]:
    points = found.sides[role.other].placed
    assert points is not None  # noqa: S101  (an answer is due)
    answered = sha256(b"".join(points)).digest()
    if secret.answered not in (b"", answered):
        raise LocalMisuse("the key of a round answers one set alone")
    key, public = _key(secret)
    context = found.proof_context(role, "answer")
    if isinstance(found.terms.subject, BottomLine):
        made = shuffle.shuffled(key, points)
        proof = shuffle.prove(context, key, public, points, _seeds(secret, context + answered))
    else:
        made = tuple(ristretto.times(key, each) for each in points)
        bound = dleq.listed(context, points, made)
        nonce = ristretto.scalar_from(derive(secret.seed, info("overlap nonce", bound), size=ristretto.WIDE))
        proof = dleq.prove(bound, key, public, points, made, nonce)
    return Answer(secret.session, b"".join(made), proof), replace(secret, answered=answered)


def _seeds(secret: Secret, statement: bytes) -> bytes:
    return derive(secret.seed, info("overlap seeds", statement), size=shuffle.SEEDS_SIZE)

"""Proof that one secret scalar made a set of elements of another set, and not which of which (spec 11.2.3).

    key * generator = public, and { key * each input } = outputs as sets

Cut and choose (Sako and Kilian, Receipt-free mix-type voting, 1995), without interaction by hashing. `ROUNDS` times
the prover multiplies the inputs by a fresh scalar t and commits to the set, written in ascending order, which hides
the way from one to the other. A bit of the challenge then asks for t, which leads there from the inputs, or for t/key,
which leads there from the outputs; either alone is a random number. Who can answer both has the same key for all.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from backchannel.crypto import ristretto
from backchannel.crypto.dleq import NotProven
from backchannel.crypto.oprf import hash_to_scalar
from backchannel.crypto.ristretto import GENERATOR, Element, Scalar
from backchannel.errors import Malformed

ROUNDS: Final = 128
"""A false statement passes with one chance in 2^ROUNDS a try."""

CHALLENGE_SIZE: Final = 32
PROOF_SIZE: Final = CHALLENGE_SIZE + ROUNDS * ristretto.SIZE
SEEDS_SIZE: Final = ROUNDS * ristretto.SIZE
_ZERO: Final = bytes(ristretto.SIZE)


def shuffled(key: Scalar, inputs: Sequence[Element]) -> tuple[Element, ...]:
    """Return the inputs multiplied by the key, in ascending order of their bytes."""
    return tuple(sorted(ristretto.times(key, each) for each in inputs))


def prove(context: bytes, key: Scalar, public: Element, inputs: Sequence[Element], seeds: bytes) -> bytes:
    """Return the proof for `shuffled(key, inputs)`: the challenge, then one scalar for each of its bits.

    Args:
        context: what the proof is for.
        key: the secret scalar.
        public: `key * generator`.
        inputs: distinct elements.
        seeds: `SEEDS_SIZE` fresh secret random bytes, never used for two statements.
    """
    outputs = shuffled(key, inputs)
    size = ristretto.SIZE
    factors = [hash_to_scalar(seeds[at : at + size], b"shuffle-" + context) for at in range(0, SEEDS_SIZE, size)]
    between = [_between(factor, GENERATOR, inputs) for factor in factors]
    challenge = _challenge(context, public, inputs, outputs, between)
    back = ristretto.inverse(key)
    answers = [
        ristretto.product(factor, back) if asked else factor
        for factor, asked in zip(factors, _bits(challenge), strict=True)
    ]
    return challenge + b"".join(answers)


def verify(
    context: bytes, public: Element, inputs: Sequence[Element], outputs: Sequence[Element], proof: bytes
) -> None:
    """Check a proof.

    Raises:
        Malformed: the proof has another size, or holds what is no scalar.
        NotProven: it does not hold.
    """
    if len(proof) != PROOF_SIZE:
        raise Malformed("a proof")
    size = ristretto.SIZE
    challenge = proof[:CHALLENGE_SIZE]
    answers = [ristretto.scalar(proof[at : at + size]) for at in range(CHALLENGE_SIZE, PROOF_SIZE, size)]
    if _ZERO in answers or len(inputs) != len(outputs):
        raise NotProven
    between = [
        _between(answer, public, outputs) if asked else _between(answer, GENERATOR, inputs)
        for answer, asked in zip(answers, _bits(challenge), strict=True)
    ]
    if not compare_digest(_challenge(context, public, inputs, outputs, between), challenge):
        raise NotProven


def _between(factor: Scalar, base: Element, elements: Sequence[Element]) -> bytes:
    """Return what stands for the set between: the base and, in ascending order, the elements, all multiplied."""
    return sha256(ristretto.times(factor, base) + b"".join(shuffled(factor, elements))).digest()


def _challenge(
    context: bytes, public: Element, inputs: Sequence[Element], outputs: Sequence[Element], between: Sequence[bytes]
) -> bytes:
    lists = (inputs, outputs, between)
    hashed = b"".join(sha256(b"".join(each)).digest() for each in lists)
    return sha256(b"shuffle-" + sha256(context).digest() + public + hashed).digest()


def _bits(challenge: bytes) -> list[bool]:
    return [bool(challenge[at // 8] >> at % 8 & 1) for at in range(ROUNDS)]

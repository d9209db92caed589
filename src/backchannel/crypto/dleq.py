"""Proof that one secret scalar made many elements of many others: batched DLEQ (RFC 9497, section 2.2).

    key * generator = public, and key * inputs[i] = outputs[i] for each i        64 bytes, however many there are

The RFC weighs each pair by a hash of that pair alone. With many pairs that leaves a prover room to choose several
wrong outputs whose errors cancel (a generalised birthday: some 2^42 steps for 64 pairs). So whoever batches must bind
the context to the whole of both lists; `listed` does it. The RFC's own vectors are of the plain context.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256, sha512
from hmac import compare_digest
from typing import Final

from backchannel.crypto import ristretto
from backchannel.crypto.oprf import hash_to_scalar, prefixed
from backchannel.crypto.ristretto import GENERATOR, Element, Scalar
from backchannel.errors import Malformed

PROOF_SIZE: Final = 64
MOST: Final = 1 << 16
"""The RFC counts the pairs in two bytes."""


class NotProven(Exception):
    """The proof does not hold for these elements, this key and this context."""


def listed(context: bytes, inputs: Sequence[Element], outputs: Sequence[Element]) -> bytes:
    """Return a context that is bound to every element of a batch: 32 bytes more."""
    return context + sha256(b"".join(inputs) + b"".join(outputs)).digest()


def prove(
    context: bytes, key: Scalar, public: Element, inputs: Sequence[Element], outputs: Sequence[Element], nonce: Scalar
) -> bytes:
    """Return the proof, `c || s` (RFC 9497, section 2.2.1).

    Args:
        context: the context string.
        key: the secret scalar.
        public: `key * generator`.
        inputs: elements, at least one.
        outputs: `key * inputs[i]`, in their order.
        nonce: a fresh secret scalar, never used for two proofs.
    """
    weights = _weights(context, public, inputs, outputs)
    left = ristretto.element(ristretto.combined(list(zip(weights, inputs, strict=True))))
    right = ristretto.times(key, left)
    challenge = _challenge(context, public, left, right, ristretto.times_generator(nonce), ristretto.times(nonce, left))
    return challenge + ristretto.minus(nonce, ristretto.product(challenge, key))


def verify(
    context: bytes, public: Element, inputs: Sequence[Element], outputs: Sequence[Element], proof: bytes
) -> None:
    """Check a proof (RFC 9497, section 2.2.2).

    Raises:
        Malformed: the proof is not two scalars.
        NotProven: it does not hold.
    """
    if len(proof) != PROOF_SIZE:
        raise Malformed("a proof")
    challenge, response = ristretto.scalar(proof[: ristretto.SIZE]), ristretto.scalar(proof[ristretto.SIZE :])
    if not inputs or len(inputs) != len(outputs):
        raise NotProven
    weights = _weights(context, public, inputs, outputs)
    left = ristretto.combined(list(zip(weights, inputs, strict=True)))
    right = ristretto.combined(list(zip(weights, outputs, strict=True)))
    if not any(left) or not any(right):
        raise NotProven  # the identity says nothing of the key
    left, right = Element(left), Element(right)
    of_generator = ristretto.combined([(response, GENERATOR), (challenge, public)])
    of_left = ristretto.combined([(response, left), (challenge, right)])
    if not compare_digest(_challenge(context, public, left, right, of_generator, of_left), challenge):
        raise NotProven


def _weights(context: bytes, public: Element, inputs: Sequence[Element], outputs: Sequence[Element]) -> list[Scalar]:
    if len(inputs) >= MOST:
        raise Malformed("a batch of elements")
    seed = prefixed(sha512(prefixed(public) + prefixed(b"Seed-" + context)).digest())
    return [
        hash_to_scalar(seed + at.to_bytes(2) + prefixed(given) + prefixed(made) + b"Composite", context)
        for at, (given, made) in enumerate(zip(inputs, outputs, strict=True))
    ]


def _challenge(context: bytes, *elements: bytes) -> Scalar:
    return hash_to_scalar(b"".join(map(prefixed, elements)) + b"Challenge", context)

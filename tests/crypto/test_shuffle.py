"""The shuffle proof: it holds for a set and its multiple alone, and says nothing of the order."""

from __future__ import annotations

from hashlib import sha512

import pytest

from backchannel.crypto import ristretto, shuffle
from backchannel.crypto.dleq import NotProven
from backchannel.crypto.ristretto import Element, Scalar
from backchannel.errors import Malformed


def drawn(label: str) -> bytes:
    return sha512(label.encode()).digest()


KEY = ristretto.scalar_from(drawn("key"))
PUBLIC = ristretto.times_generator(KEY)
INPUTS = [ristretto.element_from(drawn(f"input {at}")) for at in range(3)]
OUTPUTS = shuffle.shuffled(KEY, INPUTS)
SEEDS = b"".join(drawn(f"seed {at}") for at in range(shuffle.SEEDS_SIZE // 64))
PROOF = shuffle.prove(b"context", KEY, PUBLIC, INPUTS, SEEDS)
OTHER = ristretto.element_from(drawn("other"))


def scalars(proof: bytes) -> list[bytes]:
    return [proof[at : at + 32] for at in range(32, len(proof), 32)]


def test_it_holds_and_has_one_size() -> None:
    shuffle.verify(b"context", PUBLIC, INPUTS, OUTPUTS, PROOF)
    assert len(PROOF) == shuffle.PROOF_SIZE == 4128
    assert list(OUTPUTS) == sorted(ristretto.times(KEY, each) for each in INPUTS)
    assert not {KEY, ristretto.inverse(KEY)} & set(scalars(PROOF))
    assert len(set(scalars(PROOF))) == shuffle.ROUNDS


@pytest.mark.parametrize(
    ("context", "public", "inputs", "outputs"),
    [
        (b"other", PUBLIC, INPUTS, OUTPUTS),
        (b"context", OTHER, INPUTS, OUTPUTS),
        (b"context", PUBLIC, [*INPUTS[:2], OTHER], OUTPUTS),
        (b"context", PUBLIC, INPUTS[::-1], OUTPUTS),
        (b"context", PUBLIC, INPUTS, (*OUTPUTS[:2], OTHER)),
        (b"context", PUBLIC, INPUTS, (*OUTPUTS[:2], OUTPUTS[0])),
        (b"context", PUBLIC, INPUTS[:2], OUTPUTS[:2]),
        (b"context", PUBLIC, INPUTS, OUTPUTS[:2]),
    ],
)
def test_for_nothing_else(context: bytes, public: Element, inputs: list[Element], outputs: tuple[Element, ...]) -> None:
    with pytest.raises(NotProven):
        shuffle.verify(context, public, inputs, outputs, PROOF)


@pytest.mark.parametrize("at", [0, 40, 4127])
def test_no_bit_of_it_can_change(at: int) -> None:
    changed = bytearray(PROOF)
    changed[at] ^= 1
    with pytest.raises((NotProven, Malformed)):
        shuffle.verify(b"context", PUBLIC, INPUTS, OUTPUTS, bytes(changed))


@pytest.mark.parametrize(
    ("proof", "error"),
    [
        (b"", Malformed),
        (PROOF[:-1], Malformed),
        (PROOF + bytes(32), Malformed),
        (PROOF[:-32] + b"\xff" * 32, Malformed),
        (PROOF[:-32] + bytes(32), NotProven),
    ],
)
def test_what_is_no_proof(proof: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        shuffle.verify(b"context", PUBLIC, INPUTS, OUTPUTS, proof)


def test_who_uses_two_keys_proves_nothing() -> None:
    """An honest program run on outputs of which one has another key: half the draws do not lead there."""
    mixed: tuple[Element, ...] = tuple(sorted([*OUTPUTS[:2], OTHER]))
    with pytest.MonkeyPatch.context() as patch:
        plain = shuffle.shuffled
        patch.setattr(shuffle, "shuffled", lambda key, each: mixed if key == KEY else plain(key, each))
        proof = shuffle.prove(b"context", KEY, PUBLIC, INPUTS, SEEDS)
    with pytest.raises(NotProven):
        shuffle.verify(b"context", PUBLIC, INPUTS, mixed, proof)


def test_both_answers_to_one_draw_would_give_the_key() -> None:
    """Why a seed is never used twice."""
    other = shuffle.prove(b"context", KEY, PUBLIC, INPUTS[:2], SEEDS)
    found = {
        ristretto.product(Scalar(one), ristretto.inverse(Scalar(two)))
        for one, two in zip(scalars(PROOF), scalars(other), strict=True)
        if one != two
    }
    assert found <= {KEY, ristretto.inverse(KEY)}
    assert KEY in found

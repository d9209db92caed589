"""RFC 9497's own vectors, and what must be refused."""

from __future__ import annotations

from hashlib import sha512
from typing import Any

import pytest

from backchannel.crypto import dleq, oprf, ristretto
from backchannel.crypto.oprf import Mode, context_string
from backchannel.crypto.ristretto import Element, Scalar, element, scalar
from backchannel.errors import Malformed
from tests.crypto.vectors import vectors

SUITES: list[dict[str, Any]] = vectors("oprf_ristretto255_sha512")
CASES = [(suite, case) for suite in SUITES for case in suite["cases"]]
VERIFIABLE = [pair for pair in CASES if pair[0]["mode"] == Mode.VOPRF]


def raws(texts: list[str]) -> list[bytes]:
    return [bytes.fromhex(text) for text in texts]


def elements(texts: list[str]) -> list[Element]:
    return [element(data) for data in raws(texts)]


def key_of(suite: dict[str, Any]) -> tuple[Scalar, Element]:
    context = context_string(Mode(suite["mode"]))
    return oprf.derive_key_pair(bytes.fromhex(suite["seed"]), bytes.fromhex(suite["key_info"]), context)


def test_both_modes_and_every_batch_size_are_there() -> None:
    assert [(suite["mode"], len(case["input"])) for suite, case in CASES] == [(0, 1), (0, 1), (1, 1), (1, 1), (1, 2)]


@pytest.mark.parametrize("suite", SUITES)
def test_keys_are_derived(suite: dict[str, Any]) -> None:
    private, public = key_of(suite)
    assert private.hex() == suite["private"]
    assert public.hex() == suite.get("public", public.hex())


@pytest.mark.parametrize(("suite", "case"), CASES)
def test_blind_evaluate_finalize(suite: dict[str, Any], case: dict[str, Any]) -> None:
    context = context_string(Mode(suite["mode"]))
    private, _ = key_of(suite)
    blinds = [scalar(data) for data in raws(case["blind"])]
    inputs = raws(case["input"])
    blinded = [oprf.blind(message, factor, context) for message, factor in zip(inputs, blinds, strict=True)]
    assert blinded == elements(case["blinded"])
    evaluated = [oprf.blind_evaluate(private, each) for each in blinded]
    assert evaluated == elements(case["evaluated"])
    given = zip(inputs, blinds, evaluated, strict=True)
    assert [oprf.finalize(*each) for each in given] == raws(case["output"])
    assert [oprf.evaluate(private, message, context) for message in inputs] == raws(case["output"])


@pytest.mark.parametrize(("suite", "case"), VERIFIABLE)
def test_proofs(suite: dict[str, Any], case: dict[str, Any]) -> None:
    context = context_string(Mode.VOPRF)
    private, public = key_of(suite)
    blinded, evaluated = elements(case["blinded"]), elements(case["evaluated"])
    proof = dleq.prove(context, private, public, blinded, evaluated, scalar(bytes.fromhex(case["nonce"])))
    assert proof.hex() == case["proof"]
    dleq.verify(context, public, blinded, evaluated, proof)


def batch() -> tuple[bytes, Element, list[Element], list[Element], bytes]:
    suite, case = VERIFIABLE[-1]
    _, public = key_of(suite)
    return (
        context_string(Mode.VOPRF), public, elements(case["blinded"]), elements(case["evaluated"]),
        bytes.fromhex(case["proof"]),
    )  # fmt: skip


def test_a_proof_holds_for_its_own_statement_alone() -> None:
    context, public, blinded, evaluated, proof = batch()
    other = ristretto.times_generator(scalar((5).to_bytes(32, "little")))
    for wrong in (
        (context + b"x", public, blinded, evaluated, proof),
        (context, other, blinded, evaluated, proof),
        (context, public, blinded[::-1], evaluated, proof),
        (context, public, blinded[::-1], evaluated[::-1], proof),
        (context, public, blinded, [evaluated[0], other], proof),
        (context, public, [blinded[0], other], evaluated, proof),
        (context, public, blinded[:1], evaluated[:1], proof),
        (context, public, blinded, evaluated[:1], proof),
        (context, public, [], [], proof),
        (context, public, blinded, evaluated, proof[32:] + proof[:32]),
        (context, public, blinded, evaluated, bytes(64)),
    ):
        with pytest.raises(dleq.NotProven):
            dleq.verify(*wrong)


def test_outputs_whose_errors_cancel_are_not_proven() -> None:
    context, public, blinded, evaluated, proof = batch()
    sodium = ristretto._sodium()
    moved = [
        Element(sodium.crypto_core_ristretto255_add(evaluated[0], ristretto.GENERATOR)),
        Element(sodium.crypto_core_ristretto255_sub(evaluated[1], ristretto.GENERATOR)),
    ]
    with pytest.raises(dleq.NotProven):
        dleq.verify(context, public, blinded, moved, proof)


@pytest.mark.parametrize("proof", [b"", bytes(63), bytes(65), b"\xff" * 64, ristretto.ORDER.to_bytes(32, "little") * 2])
def test_a_proof_that_is_not_two_scalars(proof: bytes) -> None:
    context, public, blinded, evaluated, _ = batch()
    with pytest.raises(Malformed):
        dleq.verify(context, public, blinded, evaluated, proof)


def test_a_list_binds_the_context_to_each_element() -> None:
    context, _, blinded, evaluated, _ = batch()
    seen = {
        dleq.listed(context, blinded, evaluated), dleq.listed(context, blinded, evaluated[::-1]),
        dleq.listed(context, blinded[::-1], evaluated), dleq.listed(b"x" + context, blinded, evaluated),
    }  # fmt: skip
    assert len(seen) == 4


@pytest.mark.parametrize("case", vectors("expand_message_xmd_sha512"))
def test_expand_message(case: dict[str, Any]) -> None:
    made = oprf.expand_message_xmd(case["message"].encode(), case["dst"].encode(), case["size"])
    assert made.hex() == case["uniform"]


def test_long_tags_and_long_outputs() -> None:
    tag = sha512(b"H2C-OVERSIZE-DST-" + b"d" * 300).digest()
    assert oprf.expand_message_xmd(b"abc", b"d" * 300, 100) == oprf.expand_message_xmd(b"abc", tag, 100)
    with pytest.raises(ValueError, match="too many"):
        oprf.expand_message_xmd(b"", b"d", 255 * 64 + 1)


@pytest.mark.parametrize("seed", [b"", bytes(31), bytes(33)])
def test_a_seed_has_one_size(seed: bytes) -> None:
    with pytest.raises(Malformed):
        oprf.derive_key_pair(seed, b"", b"")


def test_an_input_has_a_length_of_two_bytes() -> None:
    with pytest.raises(Malformed):
        oprf.prefixed(bytes(1 << 16))

"""The group: RFC 9496's vectors, strict encodings, and that it starts libsodium only when used."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.crypto import ristretto
from backchannel.crypto.ristretto import Scalar, element, scalar
from backchannel.errors import Malformed
from tests.crypto.vectors import vectors

GROUP = vectors("ristretto255")
SCALARS = st.integers(1, ristretto.ORDER - 1).map(lambda number: Scalar(number.to_bytes(32, "little")))


def small(number: int) -> Scalar:
    return scalar(number.to_bytes(32, "little"))


def test_multiples_of_the_generator() -> None:
    assert GROUP["multiples"][1] == ristretto.GENERATOR.hex()
    for number, encoded in enumerate(GROUP["multiples"]):
        assert ristretto.combined([(small(number), ristretto.GENERATOR)]).hex() == encoded
        if number:
            assert ristretto.times_generator(small(number)).hex() == encoded


@pytest.mark.parametrize("encoded", [*GROUP["bad_encodings"], "00" * 32, "", "00", "01" * 33, "ff" * 32])
def test_what_is_not_the_one_encoding_of_an_element(encoded: str) -> None:
    with pytest.raises(Malformed):
        element(bytes.fromhex(encoded))


@pytest.mark.parametrize("case", GROUP["from_uniform"])
def test_elements_from_uniform_bytes(case: dict[str, str]) -> None:
    assert ristretto.element_from(bytes.fromhex(case["input"])).hex() == case["output"]


@pytest.mark.parametrize("number", [ristretto.ORDER, ristretto.ORDER + 1, 2**255, 2**256 - 1])
def test_a_scalar_is_below_the_order(number: int) -> None:
    with pytest.raises(Malformed):
        scalar(number.to_bytes(32, "little"))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_scalar_has_one_size(size: int) -> None:
    with pytest.raises(Malformed):
        scalar(bytes(size))


@given(SCALARS, SCALARS)
def test_the_arithmetic_is_that_of_integers(left: Scalar, right: Scalar) -> None:
    a, b = (int.from_bytes(each, "little") for each in (left, right))
    for made, wanted in (
        (ristretto.plus(left, right), a + b), (ristretto.minus(left, right), a - b),
        (ristretto.product(left, right), a * b), (ristretto.inverse(left), pow(a, -1, ristretto.ORDER)),
    ):  # fmt: skip
        assert int.from_bytes(made, "little") == wanted % ristretto.ORDER
    both = ristretto.times(left, ristretto.times_generator(right))
    assert both == ristretto.times_generator(ristretto.product(left, right))
    assert element(both) == both


def test_nothing_is_loaded_before_it_is_used() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys, backchannel.crypto.dleq; sys.exit('rbcl' in sys.modules)"],
        env={"PYTHONPATH": ":".join(sys.path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0

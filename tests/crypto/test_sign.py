"""Signatures: both hold or none does, and what is signed is written out here again from the standards."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PublicKey
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.sign import PRIVATE_SIZE, PUBLIC_SIZE, SIGNATURE_SIZE, SigningKey, verify
from backchannel.crypto.suite import info
from backchannel.errors import Malformed, SignatureRefused

KEY = SigningKey.from_bytes(bytes(range(64)))
OTHER = SigningKey.generate()
SIGNED = KEY.sign("deal", b"terms")


def test_the_public_key_of_rfc_8032_test_1() -> None:
    secret = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = SigningKey.from_bytes(secret + bytes(32)).public()
    assert public[:32].hex() == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"


def test_what_is_signed_by_the_standards_alone() -> None:
    """Ed25519 over the info string; ML-DSA over mu = H(H(pk) || 0 || |ctx| || ctx || M) (FIPS 204, algorithm 3)."""
    said, context = info("deal", b"terms"), info("deal")
    public = KEY.public()
    Ed25519PublicKey.from_public_bytes(public[:32]).verify(SIGNED[:64], said)
    tr = hashlib.shake_256(public[32:]).digest(64)
    mu = hashlib.shake_256(tr + bytes([0, len(context)]) + context + said).digest(64)
    MLDSA65PublicKey.from_public_bytes(public[32:]).verify_mu(SIGNED[64:], mu)


@settings(deadline=None, max_examples=25)
@given(st.text(max_size=20), st.binary(max_size=200))
def test_there_and_back(label: str, message: bytes) -> None:
    signature = KEY.sign(label, message)
    assert len(signature) == SIGNATURE_SIZE
    verify(KEY.public(), signature, label, message)
    for other in ((label + "x", message), (label, message + b"x")):
        with pytest.raises(SignatureRefused):
            verify(KEY.public(), signature, *other)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 8 * SIGNATURE_SIZE - 1))
def test_any_changed_bit_of_a_signature_is_noticed(bit: int) -> None:
    changed = bytearray(SIGNED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureRefused):
        verify(KEY.public(), bytes(changed), "deal", b"terms")


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 8 * PUBLIC_SIZE - 1))
def test_any_changed_bit_of_a_key_is_noticed(bit: int) -> None:
    changed = bytearray(KEY.public())
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SignatureRefused):
        verify(bytes(changed), SIGNED, "deal", b"terms")


def test_half_of_it_is_nothing() -> None:
    """Each half right beside a wrong other half; and two halves of two keys."""
    theirs = OTHER.sign("deal", b"terms")
    public, other = KEY.public(), OTHER.public()
    for key, signature in (
        (public, SIGNED[:64] + theirs[64:]),
        (public, theirs[:64] + SIGNED[64:]),
        (public[:32] + other[32:], SIGNED),
        (other[:32] + public[32:], SIGNED),
        (public, SIGNED[:64]),
        (public, SIGNED[64:]),
        (public, SIGNED + b"\0"),
        (public, b""),
        (public[:-1], SIGNED),
        (b"", SIGNED),
    ):
        with pytest.raises(SignatureRefused):
            verify(key, signature, "deal", b"terms")


def test_keys_come_back_from_bytes() -> None:
    again = SigningKey.from_bytes(OTHER.to_bytes())
    assert (again.public(), len(again.public())) == (OTHER.public(), PUBLIC_SIZE)
    verify(OTHER.public(), again.sign("deal", b""), "deal", b"")
    for bad in (b"", bytes(PRIVATE_SIZE - 1), bytes(PRIVATE_SIZE + 1)):
        with pytest.raises(Malformed):
            SigningKey.from_bytes(bad)


def test_a_key_does_not_show_itself() -> None:
    assert KEY.to_bytes().hex()[:16] not in repr(KEY)

"""HPKE with X-Wing: against the vectors of both drafts, and against the same written out here step by step."""

from __future__ import annotations

import hashlib
import hmac

import pytest
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from hypothesis import given, settings
from hypothesis import strategies as st

from backchannel.crypto.aead import NotAuthentic
from backchannel.crypto.hybrid import OVERHEAD, PRIVATE_SIZE, PUBLIC_SIZE, HybridKey, encrypt
from backchannel.errors import Malformed
from tests.crypto.vectors import raw, vectors

XWING = vectors("xwing")
HPKE = vectors("hpke_mlkem768_x25519")

ENCAPSULATED = 1088 + 32
SUITE_ID = b"HPKE" + (0x647A).to_bytes(2, "big") + (1).to_bytes(2, "big") + (3).to_bytes(2, "big")
KEY = HybridKey.generate()


# --- the same again, from the drafts ---


def expanded(seed: bytes) -> bytes:
    """ML-KEM d || z (64) || X25519 private key (32) (X-Wing draft, section 5.2)."""
    return hashlib.shake_256(seed).digest(96)


def decapsulated(private: bytes, enc: bytes) -> bytes:
    """The shared secret of X-Wing (X-Wing draft, sections 5.3 and 5.5)."""
    x25519 = X25519PrivateKey.from_private_bytes(private[64:])
    ss_m = MLKEM768PrivateKey.from_seed_bytes(private[:64]).decapsulate(enc[:1088])
    ct_x = enc[1088:]
    ss_x = x25519.exchange(X25519PublicKey.from_public_bytes(ct_x))
    pk_x = x25519.public_key().public_bytes_raw()
    return hashlib.sha3_256(ss_m + ss_x + ct_x + pk_x + rb"\.//^" + b"\\").digest()


def labeled_extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt, b"HPKE-v1" + SUITE_ID + label + ikm, "sha256")


def labeled_expand(prk: bytes, label: bytes, info: bytes, size: int) -> bytes:
    labeled = size.to_bytes(2, "big") + b"HPKE-v1" + SUITE_ID + label + info
    out = block = b""
    for count in range(1, -(-size // 32) + 1):
        block = hmac.digest(prk, block + labeled + bytes([count]), "sha256")
        out += block
    return out[:size]


def key_schedule(shared_secret: bytes, info: bytes) -> tuple[bytes, bytes, bytes]:
    """Key, base nonce and exporter secret of base mode (RFC 9180, section 5.1)."""
    context = b"\0" + labeled_extract(b"", b"psk_id_hash", b"") + labeled_extract(b"", b"info_hash", info)
    secret = labeled_extract(shared_secret, b"secret", b"")
    key, nonce = labeled_expand(secret, b"key", context, 32), labeled_expand(secret, b"base_nonce", context, 12)
    return key, nonce, labeled_expand(secret, b"exp", context, 32)


# --- vectors ---


@pytest.mark.parametrize("vector", XWING)
def test_the_vectors_of_the_xwing_draft(vector: dict[str, str]) -> None:
    sk, pk, ct, ss = raw(vector, "sk", "pk", "ct", "ss")
    private = expanded(sk)
    assert HybridKey.from_bytes(private).public() == pk
    assert decapsulated(private, ct) == ss


@pytest.mark.parametrize("vector", XWING)
def test_our_key_decapsulates_the_vectors_of_the_xwing_draft(vector: dict[str, str]) -> None:
    """The library gives no shared secret away, so what it opens has to show that it found the right one."""
    sk, ct, ss = raw(vector, "sk", "ct", "ss")
    key, nonce, _ = key_schedule(ss, b"info")
    sealed = ct + ChaCha20Poly1305(key).encrypt(nonce, b"for the holder of sk", b"")
    assert HybridKey.from_bytes(expanded(sk)).decrypt(sealed, b"info") == b"for the holder of sk"


def test_the_vector_of_the_hpke_draft() -> None:
    (vector,) = HPKE
    names = ("skRm", "pkRm", "enc", "info", "shared_secret", "key", "base_nonce", "exporter_secret", "suite_id")
    seed, public, enc, info, shared_secret, key, nonce, exporter, suite_id = raw(vector, *names)
    private = expanded(seed)
    assert suite_id == SUITE_ID
    assert HybridKey.from_bytes(private).public() == public
    assert decapsulated(private, enc) == shared_secret
    assert key_schedule(shared_secret, info) == (key, nonce, exporter)
    first, *_ = vector["encryptions"]
    plaintext, aad, ciphertext = raw(first, "pt", "aad", "ct")
    assert ChaCha20Poly1305(key).encrypt(nonce, plaintext, aad) == ciphertext
    # The vector has associated data and single shot has none: the same under the vector's own key and nonce, without.
    sealed = enc + ChaCha20Poly1305(key).encrypt(nonce, plaintext, b"")
    assert HybridKey.from_bytes(private).decrypt(sealed, info) == plaintext


def test_what_we_encrypt_opens_by_the_drafts_alone() -> None:
    sealed = encrypt(KEY.public(), b"said", b"what for")
    enc, ciphertext = sealed[:ENCAPSULATED], sealed[ENCAPSULATED:]
    key, nonce, _ = key_schedule(decapsulated(KEY.to_bytes(), enc), b"what for")
    assert ChaCha20Poly1305(key).decrypt(nonce, ciphertext, b"") == b"said"


# --- laws ---


@given(st.binary(max_size=300), st.binary(max_size=80))
@settings(deadline=None)
def test_there_and_back(plaintext: bytes, info: bytes) -> None:
    sealed = encrypt(KEY.public(), plaintext, info)
    assert len(sealed) == len(plaintext) + OVERHEAD
    assert KEY.decrypt(sealed, info) == plaintext
    with pytest.raises(NotAuthentic):
        KEY.decrypt(sealed, info + b"x")


@given(st.integers(0, 8 * (OVERHEAD + 4) - 1))
@settings(deadline=None)
def test_any_changed_bit_is_noticed(bit: int) -> None:
    sealed = bytearray(encrypt(KEY.public(), b"said", b""))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(NotAuthentic):
        KEY.decrypt(bytes(sealed), b"")


@pytest.mark.parametrize("size", [0, 1, 1088, ENCAPSULATED, OVERHEAD - 1, OVERHEAD, 4096])
def test_what_is_no_ciphertext_is_not_authentic(size: int) -> None:
    with pytest.raises(NotAuthentic):
        KEY.decrypt(bytes(size), b"")


def test_another_key_does_not_open_it() -> None:
    with pytest.raises(NotAuthentic):
        HybridKey.generate().decrypt(encrypt(KEY.public(), b"said", b""), b"")


def test_a_key_in_bytes_and_back() -> None:
    assert len(KEY.to_bytes()) == PRIVATE_SIZE
    assert len(KEY.public()) == PUBLIC_SIZE
    again = HybridKey.from_bytes(KEY.to_bytes())
    assert again.to_bytes() == KEY.to_bytes()
    assert again.public() == KEY.public()
    assert again.decrypt(encrypt(KEY.public(), b"said", b""), b"") == b"said"


@pytest.mark.parametrize("size", [0, 32, PRIVATE_SIZE - 1, PRIVATE_SIZE + 1])
def test_a_private_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(Malformed):
        HybridKey.from_bytes(bytes(size))


def test_a_public_key_that_is_none_is_refused() -> None:
    public = KEY.public()
    for bad in (
        b"",
        public[:-1],
        public + b"\0",
        b"\xff" * PUBLIC_SIZE,  # coefficients that are not reduced (FIPS 203, section 7.2)
        public[:1184] + bytes(32),  # a point of low order
        public[:1184] + (1).to_bytes(32, "little"),
    ):
        with pytest.raises(Malformed):
            encrypt(bad, b"said", b"")

"""HPKE with X-Wing, written out from spec 2.3."""

import hashlib

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from vectors.second.refusal import malformed
from vectors.second.sealing import expand, extract

PUBLIC, PRIVATE, ENC = 1216, 96, 1120
LABEL = bytes.fromhex("5c2e2f2f5e5c")
SUITE = b"HPKE" + bytes.fromhex("647a 0001 0003")


class NotAuthentic(Exception):
    """An HPKE ciphertext does not open; which error that is, the step says (spec 2.3, rule 5)."""


def public_key(private: bytes) -> bytes:
    """The public key of a private one (spec 2.3, rule 4).

    Args:
        private: 96 bytes.

    Returns:
        1,216 bytes.
    """
    lattice = MLKEM768PrivateKey.from_seed_bytes(private[:64]).public_key().public_bytes_raw()
    return lattice + X25519PrivateKey.from_private_bytes(private[64:]).public_key().public_bytes_raw()


def _keys(public: bytes) -> tuple[MLKEM768PublicKey, X25519PublicKey]:
    if len(public) != PUBLIC:
        raise malformed("an X-Wing public key of another size")
    try:
        return MLKEM768PublicKey.from_public_bytes(public[:1184]), X25519PublicKey.from_public_bytes(public[1184:])
    except ValueError:
        raise malformed("an X-Wing public key that is none") from None


def check_public(public: bytes) -> bytes:
    """Refuses what is no public key (spec 2.3, rule 5).

    Args:
        public: the bytes that came.

    Returns:
        The same.

    Raises:
        Refused: `malformed`.
    """
    _, curve = _keys(public)
    _exchange(X25519PrivateKey.generate(), curve)
    return public


def _exchange(private: X25519PrivateKey, public: X25519PublicKey) -> bytes:
    try:
        return private.exchange(public)
    except ValueError:
        raise malformed("an X25519 result of all zeros") from None


def _schedule(shared: bytes, info: bytes) -> tuple[bytes, bytes]:
    """RFC 9180, section 5.1, mode base (spec 2.3, rule 2)."""

    def labeled(salt: bytes, label: bytes, ikm: bytes) -> bytes:
        return extract(salt, b"HPKE-v1" + SUITE + label + ikm)

    context = b"\0" + labeled(b"", b"psk_id_hash", b"") + labeled(b"", b"info_hash", info)
    secret = labeled(shared, b"secret", b"")

    def derive(label: bytes, size: int) -> bytes:
        return expand(secret, size.to_bytes(2, "big") + b"HPKE-v1" + SUITE + label + context, size)

    return derive(b"key", 32), derive(b"base_nonce", 12)


def _combine(lattice: bytes, curve: bytes, ciphertext: bytes, public: bytes) -> bytes:
    return hashlib.sha3_256(lattice + curve + ciphertext + public + LABEL).digest()


def seal(public: bytes, info: bytes, plain: bytes) -> bytes:
    """Encrypts to a public key (spec 2.3).

    Args:
        public: 1,216 bytes.
        info: the info string.
        plain: the plaintext.

    Returns:
        `enc || ciphertext`.

    Raises:
        Refused: `malformed` for a key that is none.
    """
    lattice, curve = _keys(public)
    ephemeral = X25519PrivateKey.generate()
    sent = ephemeral.public_key().public_bytes_raw()
    shared, ciphertext = lattice.encapsulate()
    secret = _combine(shared, _exchange(ephemeral, curve), sent, public[1184:])
    key, nonce = _schedule(secret, info)
    return ciphertext + sent + ChaCha20Poly1305(key).encrypt(nonce, plain, b"")


def unseal(private: bytes, info: bytes, sealed: bytes) -> bytes:
    """Decrypts what was encrypted to our public key (spec 2.3).

    Args:
        private: 96 bytes.
        info: the info string.
        sealed: `enc || ciphertext`.

    Returns:
        The plaintext.

    Raises:
        NotAuthentic: it does not open.
    """
    if len(sealed) < ENC + 16:
        raise NotAuthentic
    ciphertext, sent = sealed[:1088], sealed[1088:ENC]
    curve = X25519PrivateKey.from_private_bytes(private[64:])
    lattice = MLKEM768PrivateKey.from_seed_bytes(private[:64])
    try:
        exchanged = curve.exchange(X25519PublicKey.from_public_bytes(sent))
    except ValueError:
        raise NotAuthentic from None
    own = curve.public_key().public_bytes_raw()
    key, nonce = _schedule(_combine(lattice.decapsulate(ciphertext), exchanged, sent, own), info)
    try:
        return ChaCha20Poly1305(key).decrypt(nonce, sealed[ENC:], b"")
    except InvalidTag:
        raise NotAuthentic from None

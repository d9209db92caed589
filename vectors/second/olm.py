"""Enough of Olm, version 1, to open what the vectors hold (spec 3.3; matrix.org, olm.md).

The vectors keep accounts and sessions as pickles of vodozemac (spec 7.2), whose form is in no specification: AES and
HMAC under keys drawn from the pickle key with the info string "Pickle", around JSON.
"""

import base64
import binascii
import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from vectors.second.sealing import hkdf

MAC = 8
GAP = 2000


class OlmRefused(Exception):
    """Olm does not take this message; which error that is, the step says (spec 3.1.3, 3.3.1)."""


def _decrypt(secret: bytes, label: bytes, sealed: bytes, authenticated: bytes) -> bytes:
    """AES-256-CBC, authenticated by HMAC-SHA-256 cut to 8 bytes that stand at the end of `authenticated`."""
    keys = hkdf(b"", secret, label, 80)
    mac = hmac.digest(keys[32:64], authenticated[:-MAC], "sha256")[:MAC]
    if not hmac.compare_digest(mac, authenticated[-MAC:]) or not sealed or len(sealed) % 16:
        raise OlmRefused("it is not authentic")
    aes = Cipher(algorithms.AES(keys[:32]), modes.CBC(keys[64:80])).decryptor()
    plain = aes.update(sealed) + aes.finalize()
    count = plain[-1]
    if not 1 <= count <= 16 or plain[-count:] != bytes([count]) * count:
        raise OlmRefused("padding")
    return plain[:-count]


def unpickle(raw: bytes) -> Any:
    """What `pickle key(32) || pickle` of vodozemac holds (spec 7.2).

    Args:
        raw: the bytes from a state.

    Returns:
        The JSON value.

    Raises:
        OlmRefused: it is no pickle.
    """
    try:
        sealed = base64.b64decode(raw[32:] + b"=" * (-len(raw[32:]) % 4), validate=True)
    except binascii.Error:
        raise OlmRefused("no base64") from None
    return json.loads(_decrypt(raw[:32], b"Pickle", sealed[:-MAC], sealed))


def public(private: bytes) -> bytes:
    """The public key of a Curve25519 key.

    Args:
        private: 32 bytes.

    Returns:
        32 bytes.
    """
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def agree(private: bytes, other: bytes) -> bytes:
    """Curve25519.

    Args:
        private: ours.
        other: the public key of the other.

    Returns:
        32 bytes.

    Raises:
        OlmRefused: the result is zero.
    """
    try:
        return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(other))
    except ValueError:
        raise OlmRefused("no exchange") from None


def _fields(raw: bytes) -> dict[int, Any]:
    """The fields of an Olm message, by their tags: a version byte, then keys with lengths and integers."""
    if not raw or raw[0] != 3:
        raise OlmRefused("version")
    found: dict[int, Any] = {}
    at = 1
    while at < len(raw):
        tag = raw[at]
        number, at = _varint(raw, at + 1)
        if tag & 7 == 2:
            if number > len(raw) - at:
                raise OlmRefused("cut off")
            found[tag] = raw[at : at + number]
            at += number
        elif tag & 7 == 0:
            found[tag] = number
        else:
            raise OlmRefused("another field")
    return found


def _varint(raw: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(raw) and shift < 64:
        number |= (raw[at] & 127) << shift
        shift += 7
        at += 1
        if raw[at - 1] < 128:
            return number, at
    raise OlmRefused("cut off")


def _key(found: dict[int, Any], tag: int) -> bytes:
    key = found.get(tag)
    if not isinstance(key, bytes) or len(key) != 32:
        raise OlmRefused("a key is missing")
    return key


@dataclass(frozen=True)
class PreKey:
    """A pre-key message (olm.md, Pre-Key Messages)."""

    one_time: bytes
    base: bytes
    identity: bytes
    message: bytes

    @classmethod
    def read(cls, raw: bytes) -> "PreKey":
        """Reads one.

        Args:
            raw: the bytes.

        Returns:
            The message.

        Raises:
            OlmRefused: it is none.
        """
        found = _fields(raw)
        inner = found.get(0x22)
        if not isinstance(inner, bytes):
            raise OlmRefused("no message")
        return cls(_key(found, 0x0A), _key(found, 0x12), _key(found, 0x1A), inner)

    @property
    def tag(self) -> bytes:
        """The tag of the session that it starts (spec 3.3.1)."""
        return session_tag(self.identity, self.base, self.one_time)


def session_tag(identity: bytes, base: bytes, one_time: bytes) -> bytes:
    """The tag of a session (spec 3.3.1).

    Args:
        identity: identity key of the side that started it.
        base: base key of that side.
        one_time: one-time key of the other.

    Returns:
        8 bytes.
    """
    name = base64.b64encode(hashlib.sha256(identity + base + one_time).digest()).rstrip(b"=")
    return hashlib.sha256(name).digest()[:8]


@dataclass
class Chain:
    """A receiving chain: its ratchet key, the key of the next message, and keys of those passed over."""

    ratchet: bytes
    key: bytes
    index: int
    skipped: dict[int, bytes] = field(default_factory=dict)

    def message_key(self, index: int) -> bytes:
        """The key of a message; moves the chain on.

        Args:
            index: which message.

        Returns:
            32 bytes.

        Raises:
            OlmRefused: it was used, or is too far ahead.
        """
        if index < self.index:
            if index not in self.skipped:
                raise OlmRefused("opened before")
            return self.skipped.pop(index)
        if index - self.index > GAP:
            raise OlmRefused("too far ahead")
        while True:
            key = hmac.digest(self.key, b"\x01", "sha256")
            self.key = hmac.digest(self.key, b"\x02", "sha256")
            self.index += 1
            if self.index > index:
                return key
            self.skipped[self.index - 1] = key

    def copy(self) -> "Chain":
        """A chain that may be moved without moving this one.

        Returns:
            The copy.
        """
        return Chain(self.ratchet, self.key, self.index, dict(self.skipped))


@dataclass
class Session:
    """A session, to receive on (olm.md, The Olm Algorithm)."""

    tag: bytes
    chains: list[Chain]
    root: bytes = b""
    ratchet: bytes = b""  # our own ratchet key while it is our turn; else empty

    @classmethod
    def load(cls, raw: bytes) -> "Session":
        """A session from its pickle.

        Args:
            raw: `pickle key || pickle`.

        Returns:
            The session.
        """
        state = unpickle(raw)
        keys = state["session_keys"]
        chains = [
            Chain(bytes(one["ratchet_key"]), bytes(one["hkdf_ratchet"]["key"]), one["hkdf_ratchet"]["index"])
            for one in state["receiving_chains"]["inner"]
        ]
        turn = state["sending_ratchet"].get("active_ratchet")
        root, ratchet = (bytes(turn["root_key"]), bytes(turn["ratchet_key"])) if turn else (b"", b"")
        tag = session_tag(bytes(keys["identity_key"]), bytes(keys["base_key"]), bytes(keys["one_time_key"]))
        return cls(tag, chains, root, ratchet)

    def decrypt(self, raw: bytes) -> bytes:
        """Opens a normal message; nothing changes if it does not open.

        Args:
            raw: the message.

        Returns:
            The plaintext.

        Raises:
            OlmRefused: it does not open.
        """
        if len(raw) < MAC:
            raise OlmRefused("cut off")
        found = _fields(raw[:-MAC])
        theirs, index, sealed = _key(found, 0x0A), found.get(0x10), found.get(0x22)
        if not isinstance(index, int) or not isinstance(sealed, bytes):
            raise OlmRefused("a field is missing")
        for place, chain in enumerate(self.chains):
            if chain.ratchet == theirs:
                moved = chain.copy()
                plain = _decrypt(moved.message_key(index), b"OLM_KEYS", sealed, raw)
                self.chains[place] = moved
                return plain
        if not self.ratchet:
            raise OlmRefused("a ratchet key out of turn")
        both = hkdf(self.root, agree(self.ratchet, theirs), b"OLM_RATCHET", 64)
        moved = Chain(theirs, both[32:], 0)
        plain = _decrypt(moved.message_key(index), b"OLM_KEYS", sealed, raw)
        self.chains, self.root, self.ratchet = [*self.chains, moved], both[:32], b""
        return plain


@dataclass
class Account:
    """An account: an identity key, and one-time keys by their public halves."""

    identity: bytes
    one_time: dict[bytes, bytes]

    @classmethod
    def load(cls, raw: bytes) -> "Account":
        """An account from its pickle.

        Args:
            raw: `pickle key || pickle`.

        Returns:
            The account.
        """
        state = unpickle(raw)
        keys = [bytes(key) for key in state["one_time_keys"]["private_keys"].values()]
        return cls(bytes(state["diffie_hellman_key"]), {public(key): key for key in keys})

    def accept(self, raw: bytes, identity: bytes) -> tuple[Session, bytes]:
        """Starts a session from a pre-key message and uses up its one-time key (spec 3.3.1).

        Args:
            raw: the message.
            identity: the identity key that it must be from.

        Returns:
            The session and the plaintext.

        Raises:
            OlmRefused: it is from another, its one-time key is gone, or it does not open.
        """
        message = PreKey.read(raw)
        if message.identity != identity:
            raise OlmRefused("from another identity key")
        if message.one_time not in self.one_time:
            raise OlmRefused("its one-time key is gone")
        one_time = self.one_time[message.one_time]
        secret = agree(one_time, identity) + agree(self.identity, message.base) + agree(one_time, message.base)
        both = hkdf(b"", secret, b"OLM_ROOT", 64)
        ratchet = _key(_fields(message.message[:-MAC]), 0x0A)
        session = Session(message.tag, [Chain(ratchet, both[32:], 0)])
        plain = session.decrypt(message.message)
        del self.one_time[message.one_time]
        return session, plain

"""Invitation, roots, epochs, safety number (spec 3.1, 3.2, 3.6)."""

import unicodedata
from dataclasses import dataclass
from typing import Any

from vectors.second import cbor, xwing
from vectors.second.refusal import Refused, malformed
from vectors.second.sealing import digest, hkdf, info, mailbox


@dataclass(frozen=True)
class Invitation:
    """An invitation (spec 3.1.1)."""

    curve: bytes
    one_time: bytes
    hybrid: bytes
    secret: bytes
    relays: list[str]
    expires: int
    raw: bytes

    @classmethod
    def read(cls, raw: bytes) -> "Invitation":
        """An invitation from its bytes (spec 3.1.1).

        Args:
            raw: the bytes.

        Returns:
            The invitation.

        Raises:
            Refused: `malformed`.
        """
        suite, curve, one_time, hybrid, secret, relays, expires = cbor.layout(raw, 8)
        cbor.natural(suite, 2, 1)
        for address in cbor.items(relays, 8):
            if not isinstance(address, str) or len(address) > 512:
                raise malformed("no address")
        keys = cbor.octets(curve, 32), cbor.octets(one_time, 32), cbor.octets(hybrid, xwing.PUBLIC)
        return cls(*keys, cbor.octets(secret, 32), relays, cbor.natural(expires, 1 << 40), raw)

    def write(self) -> bytes:
        """The bytes that the fields give (spec 3.1.1).

        Returns:
            The encoding.
        """
        return cbor.encode([1, 1, self.curve, self.one_time, self.hybrid, self.secret, self.relays, self.expires])

    @property
    def hash(self) -> bytes:
        """IH (spec 3.1.1)."""
        return digest("invitation", self.raw)

    def key(self, writer: int) -> bytes:
        """The handshake key of a writer (spec 3.1.1).

        Args:
            writer: the role that seals.

        Returns:
            32 bytes.
        """
        return hkdf(b"", self.secret, info("handshake seal", writer, self.hash), 32)

    def mailbox(self, writer: int) -> dict[str, bytes]:
        """The handshake mailbox of a writer (spec 3.1.1).

        Args:
            writer: the role that puts.

        Returns:
            Ids and capabilities.
        """
        return mailbox(self.secret, writer, self.hash)

    def use(self, now: int) -> None:
        """Asks whether it may still be used (spec 3.1.1).

        Args:
            now: seconds since 1970.

        Raises:
            Refused: `invitation-expired`.
        """
        if now >= self.expires:
            raise Refused("invitation-expired", "now >= expires")


@dataclass(frozen=True)
class Context:
    """What every info string of an open line contains (spec 3.1.5)."""

    curves: tuple[bytes, bytes]
    hybrids: tuple[bytes, bytes]
    transcript: bytes

    def info(self, label: str, *parts: Any) -> bytes:
        """`cinfo` (spec 2.1, 3.1.5).

        Args:
            label: one of the labels of 2.1.
            parts: what the label takes.

        Returns:
            The info string.
        """
        sides = [[1, curve, hybrid] for curve, hybrid in zip(self.curves, self.hybrids, strict=True)]
        return info(label, *sides, self.transcript, *parts)

    def first_root(self, secret: bytes, s1: bytes, s2: bytes) -> bytes:
        """RK[0] (spec 3.1.5).

        Args:
            secret: of the invitation.
            s1: of the request.
            s2: of the reply.

        Returns:
            32 bytes.
        """
        return hkdf(secret, s1 + s2, self.info("root", 0), 32)

    def next_root(self, root: bytes, epoch: int, secret: bytes, public: bytes, sealed: bytes) -> bytes:
        """RK[epoch] from the root below it (spec 3.2.1).

        Args:
            root: RK[epoch - 1].
            epoch: the new one.
            secret: the epoch secret.
            public: the key that was proposed.
            sealed: the answer.

        Returns:
            32 bytes.
        """
        exchange = digest("epoch exchange", public, sealed)
        return hkdf(root, secret, self.info("root", epoch, exchange), 32)

    def epoch(self, root: bytes, epoch: int, writer: int) -> tuple[bytes, bytes, dict[str, bytes]]:
        """Seal key, binding and mailbox (spec 3.2.8).

        Args:
            root: RK[epoch].
            epoch: which.
            writer: the role that seals.

        Returns:
            The three.
        """
        where = self.info("epoch", epoch, writer)
        raw = hkdf(b"", root, where, 48)
        return raw[:32], raw[32:], mailbox(root, writer, where)

    def safety_number(self) -> str:
        """The 60 digits (spec 3.6).

        Returns:
            Without groups.
        """
        ikm = self.curves[0] + self.hybrids[0] + self.curves[1] + self.hybrids[1]
        raw = hkdf(b"", ikm, info("safety number"), 64)
        return f"{int.from_bytes(raw, 'big') % 10**60:060}"


def western_digits(typed: str) -> str:
    """What a person typed, as Western digits (spec 3.6).

    Args:
        typed: the text.

    Returns:
        Its digits alone.
    """
    plain = unicodedata.normalize("NFKC", typed)
    return "".join(str(unicodedata.decimal(one)) for one in plain if one.isdecimal())


def compare(number: str, typed: str) -> None:
    """Compares a safety number with what was typed (spec 3.6).

    Args:
        number: 60 digits.
        typed: the text.

    Raises:
        Refused: `digits-differ`.
    """
    if western_digits(typed) != number:
        raise Refused("digits-differ", "not the 60 digits")

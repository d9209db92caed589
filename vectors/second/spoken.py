"""A spoken code, and SPAKE2 as python-spake2 does it (spec 3.7)."""

import hashlib
import itertools
from dataclasses import dataclass

from vectors.second.line import western_digits
from vectors.second.refusal import Refused
from vectors.second.sealing import digest, hkdf, info, mailbox

Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
ROOT = pow(2, (Q - 1) // 4, Q)
ID_A, ID_B = b"backchannel inviter", b"backchannel joiner"
SIDES, SEEDS = (b"A", b"B"), (b"M", b"N")
Point = tuple[int, int]
ZERO: Point = (0, 1)


def _add(one: Point, two: Point) -> Point:
    (a, b), (c, d) = one, two
    mixed = D * a * b * c * d % Q
    return (a * d + b * c) * pow(1 + mixed, -1, Q) % Q, (b * d + a * c) * pow(1 - mixed, -1, Q) % Q


def _times(point: Point, scalar: int) -> Point:
    found = ZERO
    while scalar:
        if scalar & 1:
            found = _add(found, point)
        point = _add(point, point)
        scalar >>= 1
    return found


def _recover(y: int) -> int | None:
    """The even x of a y, or None if there is no such point."""
    square = (y * y - 1) * pow(D * y * y + 1, -1, Q) % Q
    x = pow(square, (Q + 3) // 8, Q)
    if (x * x - square) % Q:
        x = x * ROOT % Q
    if (x * x - square) % Q:
        return None
    return Q - x if x & 1 else x


def _encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _decode(raw: bytes) -> Point:
    number = int.from_bytes(raw, "little")
    y, odd = number & (1 << 255) - 1, number >> 255
    x = _recover(y)
    if x is None:
        raise Refused("code-refused", "no group element")
    point = (Q - x if odd and x else x, y)
    if _encode(point) != raw or point == ZERO or _times(point, ORDER) != ZERO:
        raise Refused("code-refused", "no group element in its one encoding")
    return point


def _element(seed: bytes) -> Point:
    """The arbitrary element of a seed, as python-spake2 finds it."""
    start = int.from_bytes(hkdf(b"", seed, b"SPAKE2 arbitrary element", 48), "big")
    for more in itertools.count():
        y = (start + more) % Q
        x = _recover(y)
        if x is not None and (point := _times((x, y), 8)) != ZERO:
            return point
    raise AssertionError


def _base() -> Point:
    y = 4 * pow(5, -1, Q) % Q
    x = _recover(y)
    if x is None:
        raise AssertionError
    return x, y


@dataclass(frozen=True)
class Code:
    """A spoken code of twelve digits (spec 3.7.1)."""

    digits: str

    @classmethod
    def typed(cls, text: str) -> "Code":
        """A code as it was typed (spec 3.7.1).

        Args:
            text: what was typed.

        Returns:
            The code.

        Raises:
            Refused: `code-refused`.
        """
        digits = western_digits(text)
        if len(digits) != 12:
            raise Refused("code-refused", "not twelve digits")
        return cls(digits)

    @property
    def plate_secret(self) -> bytes:
        """PS (spec 3.7.1)."""
        return digest("code plate", self.digits[:4])

    @property
    def plate_key(self) -> bytes:
        """The key of offer and answer (spec 3.7.1)."""
        return hkdf(b"", self.plate_secret, info("code seal"), 32)

    def mailbox(self, writer: int) -> dict[str, bytes]:
        """The mailbox of a writer (spec 3.7.1).

        Args:
            writer: the role that puts.

        Returns:
            Ids and capabilities.
        """
        return mailbox(self.plate_secret, writer, b"code")

    @property
    def password(self) -> bytes:
        """The password of SPAKE2 (spec 3.7.1)."""
        return info("code password", self.digits)

    @property
    def scalar(self) -> int:
        """The password as a scalar, as python-spake2 makes it."""
        return int.from_bytes(hkdf(b"", self.password, b"SPAKE2 pw", 48), "big") % ORDER

    def message(self, role: int, secret: int) -> bytes:
        """The message of a side (spec 3.7.1).

        Args:
            role: 0 for the inviter, which is side A.
            secret: its scalar.

        Returns:
            33 bytes.
        """
        return SIDES[role] + _encode(_add(_times(_base(), secret), _times(_element(SEEDS[role]), self.scalar)))

    def key(self, role: int, secret: int, ours: bytes, theirs: bytes) -> bytes:
        """The key of a side (spec 3.7.1).

        Args:
            role: 0 for the inviter, which is side A.
            secret: its scalar.
            ours: its message.
            theirs: the message of the other.

        Returns:
            32 bytes.

        Raises:
            Refused: `code-refused`.
        """
        if len(theirs) != 33 or theirs[:1] != SIDES[1 - role]:
            raise Refused("code-refused", "no message of the other side")
        blind = _times(_element(SEEDS[1 - role]), ORDER - self.scalar)
        shared = _encode(_times(_add(_decode(theirs[1:]), blind), secret))
        first, second = (ours, theirs) if role == 0 else (theirs, ours)
        hashes = b"".join(hashlib.sha256(part).digest() for part in (self.password, ID_A, ID_B))
        return hashlib.sha256(hashes + first[1:] + second[1:] + shared).digest()


def bound(ours: bytes, theirs: bytes) -> bytes:
    """What ties confirmation and invitation to the exchange (spec 3.7.3).

    Args:
        ours: message A.
        theirs: message B.

    Returns:
        32 bytes.
    """
    return digest("code exchange", ours, theirs)

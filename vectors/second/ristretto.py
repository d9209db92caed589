"""The group ristretto255, hashing to it, and the proofs of chapter 11 (RFC 9496, RFC 9380, RFC 9497; spec 11)."""

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from vectors.second.refusal import malformed

Q = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, Q) % Q
ROOT = pow(2, (Q - 1) // 4, Q)
Point = tuple[int, int, int, int]
ZERO: Point = (0, 1, 1, 0)
DRAWS = 128


def _size(number: int) -> int:
    """The root of a square that is not negative, that is, even."""
    number %= Q
    return Q - number if number & 1 else number


def _root(above: int, below: int) -> tuple[bool, int]:
    """SQRT_RATIO_M1 of RFC 9496, 4.2."""
    root = above * pow(below, 3, Q) * pow(above * pow(below, 7, Q), (Q - 5) // 8, Q) % Q
    check = below * root * root % Q
    above %= Q
    if check in (-above % Q, -above * ROOT % Q):
        root = root * ROOT % Q
    return check in (above, -above % Q), _size(root)


MAGIC = _root(1, -1 - D)[1]
SKEW = -_root(-D - 1, 1)[1] % Q


def add(one: Point, two: Point) -> Point:
    """The sum of two points of the curve."""
    a = (one[1] - one[0]) * (two[1] - two[0])
    b = (one[1] + one[0]) * (two[1] + two[0])
    c = 2 * D * one[3] * two[3]
    d = 2 * one[2] * two[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % Q, g * h % Q, f * g % Q, e * h % Q


@cache
def _doubled(point: Point) -> list[Point]:
    found = [point]
    for _ in range(252):
        found.append(add(found[-1], found[-1]))
    return found


@cache
def times(scalar: int, point: Point) -> Point:
    """A multiple of a point."""
    found = ZERO
    for place, power in enumerate(_doubled(point)):
        if scalar >> place & 1:
            found = add(found, power)
    return found


def total(pairs: Sequence[tuple[int, Point]]) -> Point:
    """The sum of multiples."""
    found = ZERO
    for scalar, point in pairs:
        found = add(found, times(scalar, point))
    return found


@cache
def decode(raw: bytes) -> Point | None:
    """The element of 32 bytes, or None if they are none, or the identity (RFC 9496, 4.3.1)."""
    s = int.from_bytes(raw, "little")
    if len(raw) != 32 or s >= Q or s & 1 or not s:
        return None
    u1, u2 = 1 - s * s, 1 + s * s
    v = (-D * u1 * u1 - u2 * u2) % Q
    square, root = _root(1, v * u2 * u2)
    x = _size(2 * s * root * u2)
    y = u1 * root * root * u2 * v % Q
    if not square or x * y % Q & 1 or not y:
        return None
    return x, y, 1, x * y % Q


@cache
def encode(point: Point) -> bytes:
    """The one encoding of an element (RFC 9496, 4.3.2)."""
    x, y, z, t = point
    u1, u2 = (z + y) * (z - y), x * y
    root = _root(1, u1 * u2 * u2)[1]
    one, two = root * u1, root * u2
    inverse = one * two * t
    if t * inverse % Q & 1:
        x, y, two = y * ROOT, x * ROOT, one * MAGIC
    if x * inverse % Q & 1:
        y = -y
    return _size(two * (z - y)).to_bytes(32, "little")


def _mapped(raw: bytes) -> Point:
    t = int.from_bytes(raw, "little") & (1 << 255) - 1
    r = ROOT * t * t % Q
    u, v = (r + 1) * (1 - D * D), (-1 - r * D) * (r + D)
    square, s = _root(u, v)
    c = -1
    if not square:
        s, c = -_size(s * t), r
    n = c * (r - 1) * (D - 1) ** 2 - v
    w0, w1, w2, w3 = 2 * s * v, n * SKEW, 1 - s * s, 1 + s * s
    return w0 * w3 % Q, w2 * w1 % Q, w1 * w3 % Q, w0 * w2 % Q


def from_uniform(raw: bytes) -> Point:
    """The element of 64 bytes (RFC 9496, 4.3.4)."""
    return add(_mapped(raw[:32]), _mapped(raw[32:]))


def expand(message: bytes, tag: bytes, size: int = 64) -> bytes:
    """`expand_message_xmd` with SHA-512 (RFC 9380, 5.3.1)."""
    if len(tag) > 255:
        tag = hashlib.sha512(b"H2C-OVERSIZE-DST-" + tag).digest()
    tag += bytes([len(tag)])
    first = hashlib.sha512(bytes(128) + message + size.to_bytes(2, "big") + b"\0" + tag).digest()
    made, block = b"", bytes(64)
    for number in range(1, -(-size // 64) + 1):
        mixed = bytes(a ^ b for a, b in zip(first, block, strict=True))
        block = hashlib.sha512(mixed + bytes([number]) + tag).digest()
        made += block
    return made[:size]


@cache
def group(message: bytes, context: bytes) -> Point:
    """HashToGroup under a context (spec 11)."""
    return from_uniform(expand(message, b"HashToGroup-" + context))


def scalar(message: bytes, context: bytes, prefix: bytes = b"HashToScalar-") -> int:
    """HashToScalar under a context (spec 11)."""
    return int.from_bytes(expand(message, prefix + context), "little") % ORDER


def key_of(seed: bytes, context: bytes) -> int:
    """DeriveKeyPair with an empty info (RFC 9497, 3.2.1)."""
    for counter in range(256):
        found = scalar(seed + bytes([0, 0, counter]), context, b"DeriveKeyPair")
        if found:
            return found
    raise malformed("no key")


GENERATOR = decode(bytes.fromhex("e2f2ae0a6abc4e71a884a961c500515f58e30b6aa582dd8db6a65945e08d2d76")) or ZERO


def ascending(elements: Sequence[bytes]) -> bool:
    """Whether encodings stand in ascending order, none twice."""
    return all(one < two for one, two in pairwise(elements))


def _long(data: bytes) -> bytes:
    return len(data).to_bytes(2, "big") + data


def _points(elements: Sequence[bytes]) -> list[Point]:
    found = [decode(each) for each in elements]
    if None in found:
        raise malformed("no element")
    return [each for each in found if each is not None]


def _scalars(raw: bytes) -> list[int] | None:
    found = [int.from_bytes(raw[at : at + 32], "little") for at in range(0, len(raw), 32)]
    return None if any(each >= ORDER for each in found) else found


@cache
def equal_logs(context: bytes, public: bytes, given: tuple[bytes, ...], made: tuple[bytes, ...], proof: bytes) -> bool:
    """Whether a batched DLEQ proof holds (RFC 9497, 2.2.2), its context naming both lists (spec 11.3.4)."""
    context += hashlib.sha256(b"".join(given + made)).digest()
    scalars = _scalars(proof)
    if len(proof) != 64 or scalars is None:
        return False
    challenge, response = scalars
    seed = hashlib.sha512(_long(public) + _long(b"Seed-" + context)).digest()
    weights = [
        scalar(_long(seed) + at.to_bytes(2, "big") + _long(one) + _long(two) + b"Composite", context)
        for at, (one, two) in enumerate(zip(given, made, strict=True))
    ]
    left = total(list(zip(weights, _points(given), strict=True)))
    right = total(list(zip(weights, _points(made), strict=True)))
    key = _points([public])[0]
    sums = [
        left, right, total([(response, GENERATOR), (challenge, key)]), total([(response, left), (challenge, right)])
    ]  # fmt: skip
    transcript = _long(public) + b"".join(_long(encode(each)) for each in sums)
    return scalar(transcript + b"Challenge", context) == challenge


@cache
def shuffled(context: bytes, public: bytes, given: tuple[bytes, ...], made: tuple[bytes, ...], proof: bytes) -> bool:
    """Whether a shuffle proof holds (spec 11.2.3)."""
    challenge, answers = proof[:32], _scalars(proof[32:])
    if len(proof) != 32 + 32 * DRAWS or answers is None or 0 in answers or len(given) != len(made):
        return False
    hashes = b""
    sides = [(GENERATOR, _points(given)), (_points([public])[0], _points(made))]
    for place, answer in enumerate(answers):
        base, elements = sides[challenge[place // 8] >> place % 8 & 1]
        many = sorted(encode(times(answer, each)) for each in elements)
        hashes += hashlib.sha256(encode(times(answer, base)) + b"".join(many)).digest()
    lists = b"".join(hashlib.sha256(each).digest() for each in (b"".join(given), b"".join(made), hashes))
    return hashlib.sha256(b"shuffle-" + hashlib.sha256(context).digest() + public + lists).digest() == challenge

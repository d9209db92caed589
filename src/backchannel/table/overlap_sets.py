"""What a side's choice becomes: the elements of its set before they are multiplied by its key (spec 11.2).

A choice is the numbers of the packages that the side would sign, or its bottom line.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Final

from backchannel.crypto.oprf import hash_to_group
from backchannel.crypto.ristretto import Element
from backchannel.crypto.suite import Role
from backchannel.table.overlap import BottomLine, Packages
from backchannel.wire.codec import encode

_PACKAGE: Final = 0
_PADDING: Final = 1
_PREFIX: Final = 2
_CONTEXT: Final = b"backchannel overlap "


def context_of(session: bytes) -> bytes:
    """Return the context string of a round: every hash to the group, and every proof, is bound to it (spec 11.2.1)."""
    return _CONTEXT + session


def package_element(session: bytes, package: bytes) -> Element:
    """Return the element of a package in this round."""
    return hash_to_group(encode([_PACKAGE, sha256(package).digest()]), context_of(session))


def padding(session: bytes, role: Role, count: int) -> list[Element]:
    """Return elements that only this side can put in, so that the other side's set never has them."""
    context = context_of(session)
    return [hash_to_group(encode([_PADDING, int(role), number]), context) for number in range(count)]


def universe(session: bytes, role: Role, packages: Packages) -> list[Element]:
    """Return all that a side's set can have in it: the list, and as much padding as marks are allowed."""
    listed = [package_element(session, package) for package in packages.packages]
    return listed + padding(session, role, packages.most)


def package_set(session: bytes, role: Role, packages: Packages, marks: Iterable[int]) -> list[Element]:
    """Return the elements of a side's marks, padded to as many as are allowed; the marked ones first, in their order.

    Args:
        session: the round.
        role: whose set it is.
        packages: the frozen list.
        marks: places in it, from 0.
    """
    marked = [package_element(session, packages.packages[mark]) for mark in sorted(set(marks))]
    return marked + padding(session, role, packages.most - len(marked))


def line_set(session: bytes, role: Role, question: BottomLine, value: int) -> list[Element]:
    """Return the elements of a side's bottom line, padded to one for each bit (spec 11.2.2; Lin and Tzeng, 2005).

    The ceiling c, counted from 1, is above the floor f, counted from 0, if, and only if, one of the prefixes of c that
    end in 1 is one of the prefixes of f that end in 0, with its end turned to 1; then it is exactly one.

    Args:
        session: the round.
        role: whose bottom line it is.
        question: the range.
        value: in the range, both ends included.
    """
    size = question.size
    ceiling = role is question.ceiling
    place = value - question.low + ceiling
    context = context_of(session)
    found = [
        hash_to_group(encode([_PREFIX, length, place >> (size - length) | 1]), context)
        for length in range(1, size + 1)
        if (place >> (size - length) & 1) == ceiling
    ]
    return found + padding(session, role, size - len(found))

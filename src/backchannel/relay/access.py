"""Credentials: an id and a capability, in a header and nowhere else (spec 6.2)."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from backchannel.errors import Forbidden, MailboxUnknown, Unauthorized

if TYPE_CHECKING:
    from collections.abc import Sequence

    from backchannel.relay.store import Direction, Door

ID_SIZE: Final = 16
CAPABILITY_SIZE: Final = 32
HASH_SIZE: Final = 32

_SHAPE: Final = re.compile(rf"Backchannel ([0-9a-f]{{{2 * ID_SIZE}}})\.([0-9a-f]{{{2 * CAPABILITY_SIZE}}})")


def digest(secret: bytes) -> bytes:
    """Return the SHA-256 under which an id or a capability is stored."""
    return hashlib.sha256(secret).digest()


@dataclass(frozen=True, slots=True)
class Credential:
    """The hashes of what a client showed; the values themselves are forgotten at once."""

    id_hash: bytes = field(repr=False)
    capability_hash: bytes = field(repr=False)


def credential_of(headers: Sequence[str]) -> Credential:
    """Read the `Authorization` headers of one request.

    Raises:
        Unauthorized: there is not exactly one, or it is not of the form of spec 6.2.
    """
    found = _SHAPE.fullmatch(headers[0]) if len(headers) == 1 else None
    if found is None:
        raise Unauthorized
    return Credential(digest(bytes.fromhex(found[1])), digest(bytes.fromhex(found[2])))


def admit(door: Door | None, credential: Credential, wanted: Direction) -> int:
    """Return the number of the mailbox, if `credential` opens `door` in the `wanted` direction.

    Raises:
        MailboxUnknown: the id leads nowhere.
        Forbidden: the capability is another one, or is for the other direction.
    """
    if door is None:
        raise MailboxUnknown
    if not hmac.compare_digest(door.capability, credential.capability_hash) or door.direction is not wanted:
        raise Forbidden
    return door.box


def is_operator(token: str, shown: Sequence[str]) -> bool:
    """Say whether the `Backchannel-Operator` headers of one request show `token`."""
    return len(shown) == 1 and hmac.compare_digest(shown[0].encode(), token.encode())

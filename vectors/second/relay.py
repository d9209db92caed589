"""What a client and a relay say to each other (spec 6.2 to 6.7)."""

import hashlib
import re
from typing import Any

from vectors.second import cbor
from vectors.second.refusal import Refused

FORM = re.compile(r"Backchannel ([0-9a-f]{32})\.([0-9a-f]{64})")


def authorization(identity: bytes, capability: bytes) -> str:
    """The header of a request (spec 6.2).

    Args:
        identity: 16 bytes.
        capability: 32 bytes.

    Returns:
        Its value.
    """
    return f"Backchannel {identity.hex()}.{capability.hex()}"


def read_authorization(headers: list[str]) -> tuple[bytes, bytes]:
    """Id and capability from the headers of a request (spec 6.2).

    Args:
        headers: the values of all `Authorization` headers.

    Returns:
        The two.

    Raises:
        Refused: `unauthorized`.
    """
    found = FORM.fullmatch(headers[0]) if len(headers) == 1 else None
    if found is None:
        raise Refused("unauthorized", "not one header of the form")
    return bytes.fromhex(found[1]), bytes.fromhex(found[2])


def create_body(box: dict[str, bytes]) -> bytes:
    """The body that makes a mailbox (spec 6.3).

    Args:
        box: ids and capabilities.

    Returns:
        104 bytes.
    """
    put, get = (hashlib.sha256(box[name]).digest() for name in ("put_capability", "get_capability"))
    return cbor.encode([1, box["put_id"], put, box["get_id"], get])


def body(raw: bytes) -> Any:
    """The one item behind the format number of a body (spec 6.1, rule 2).

    Args:
        raw: the body.

    Returns:
        The item.
    """
    return cbor.layout(raw, 2)[0]

"""Envelopes: padding that is not ours, and what somebody who has the key could seal."""

from __future__ import annotations

import contextlib

from backchannel.crypto import aead
from backchannel.errors import Malformed, NotForUs
from backchannel.line.seal import ASSOCIATED, ContentType, seal, unseal
from backchannel.wire.envelope import BUCKETS, LARGEST_CONTENT, NONCE_SIZE, TAG_SIZE, pad, unpad

KEY = bytes(range(32))
NONCE = bytes(range(NONCE_SIZE))


def examples() -> list[bytes]:
    """Valid inputs to start from: padded contents, and a whole envelope."""
    contents = [bytes([kind]) + b"body" for kind in ContentType] + [b"\x05", b"\x05" + bytes(range(256)) * 5]
    return [*map(pad, contents), seal(KEY, NONCE, b"\x05whole")]


def one_input(data: bytes) -> None:
    """Unpad it, open it as an envelope, and seal it as what is padded and open that."""
    with contextlib.suppress(Malformed):
        content = unpad(data)
        assert (len(content).to_bytes(4, "big") + content).ljust(len(data), b"\0") == data
    if len(data) <= LARGEST_CONTENT:
        assert unpad(pad(data)) == data
    opened(data)
    for bucket in BUCKETS:
        room = bucket - NONCE_SIZE - TAG_SIZE
        if len(data) <= room:
            opened(aead.seal(KEY, NONCE, data.ljust(room, b"\0"), ASSOCIATED))


def opened(envelope: bytes) -> None:
    """Open one envelope: what opens, is the only envelope of its content under this nonce."""
    try:
        kind, body = unseal(KEY, envelope)
    except (NotForUs, Malformed):
        return
    assert seal(KEY, envelope[:NONCE_SIZE], bytes([kind]) + body) == envelope

"""The relay: whatever a stranger sends, the answer is one that the spec names, and nothing breaks.

input = route (1 byte), query, NUL, authorization, NUL, body        an empty authorization is the right one
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backchannel.errors import Malformed, Oversize, Unauthorized, every_error
from backchannel.relay.access import credential_of
from backchannel.relay.batch import envelopes_of
from backchannel.relay.config import RelayConfig
from backchannel.relay.limits import Limits
from backchannel.relay.routes import Relay
from backchannel.relay.store import (
    AlreadyThere,
    Direction,
    Door,
    Expired,
    Held,
    Made,
    Making,
    NewMailbox,
    Putting,
    Stored,
    Taken,
    Totals,
)
from backchannel.wire.codec import decode, encode

if TYPE_CHECKING:
    from collections.abc import MutableMapping, Sequence

ROUTES = (
    ("POST", "/v1/mailbox"),
    ("POST", "/v1/put"),
    ("POST", "/v1/put-many"),
    ("GET", "/v1/get"),
    ("POST", "/v1/delete"),
    ("GET", "/v1/health"),
    ("GET", "/metrics"),
    ("GET", "/nowhere"),
    ("DELETE", "/v1/put"),
)
PUT, GET = (bytes([n]) * 16 for n in (1, 2))
CAPABILITY = bytes([3]) * 32
WELL = frozenset({200, 201, 499})
REFUSED = frozenset(error.http_status for error in every_error()) - {500} | {405}
CODES = frozenset(error.code for error in every_error()) - {"internal"}
LIMITS = Limits(makes_per_hour=2**40, requests_per_second=2.0**40, requests_burst=2**40)


@dataclass
class Shelf:
    """A store that keeps one mailbox, and nothing longer than one input."""

    mailbox: NewMailbox
    kept: list[bytes] = field(default_factory=list)

    async def make(self, mailbox: NewMailbox) -> Making:
        """Make nothing, and say what a store would."""
        if mailbox == self.mailbox:
            return AlreadyThere()
        ids = {self.mailbox.put_id, self.mailbox.get_id}
        return Taken() if ids & {mailbox.put_id, mailbox.get_id} else Made()

    async def find(self, id_hash: bytes) -> Door | None:
        """Find the one mailbox."""
        if id_hash == self.mailbox.put_id:
            return Door(1, Direction.PUT, self.mailbox.put_capability)
        if id_hash == self.mailbox.get_id:
            return Door(1, Direction.GET, self.mailbox.get_capability)
        return None

    async def put(self, _: int, envelopes: Sequence[bytes]) -> Putting:
        """Keep them."""
        assert all(len(envelope) in {1024, 4096, 16384, 65536} for envelope in envelopes)
        start = len(self.kept)
        self.kept.extend(envelopes)
        return Stored(tuple(range(start + 1, len(self.kept) + 1)), (True,) * len(envelopes))

    async def read(self, _: int, after: int, limit: int, __: int) -> tuple[Held, ...]:
        """Return what there is."""
        assert 0 <= after < 2**63
        assert 1 <= limit <= 64
        return tuple(Held(at, envelope) for at, envelope in enumerate(self.kept, 1) if at > after)[:limit]

    async def delete(self, _: int, upto: int) -> int:
        """Forget them."""
        assert 0 <= upto < 2**63
        count = min(upto, len(self.kept))
        del self.kept[:count]
        return count

    async def expire(self) -> Expired:
        """Do nothing."""
        return Expired(0, 0)

    async def totals(self) -> Totals:
        """Count."""
        return Totals(1, len(self.kept), sum(map(len, self.kept)))

    async def close(self) -> None:
        """Do nothing."""


def digest(data: bytes) -> bytes:
    """As the relay stores ids and capabilities."""
    return hashlib.sha256(data).digest()


def packed(route: int, body: bytes = b"", query: str = "", authorization: str = "") -> bytes:
    """Return an input."""
    return bytes([route]) + query.encode() + b"\0" + authorization.encode() + b"\0" + body


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    envelope = bytes(range(256)) * 4
    mailbox = encode([1, bytes(16), digest(CAPABILITY), b"\7" * 16, digest(CAPABILITY)])
    return [
        packed(0, mailbox),
        packed(1, envelope),
        packed(2, encode([1, [envelope, envelope]])),
        packed(3, query="after=0&limit=64&wait=1.5"),
        packed(3, authorization=f"Backchannel {GET.hex()}.{CAPABILITY.hex()}"),
        packed(4, encode([1, 2**40])),
        *(packed(route) for route in range(5, len(ROUTES))),
    ]


def one_input(data: bytes) -> None:
    """Send one request to a relay of its own, and to the parsers below it."""
    parsed(data)
    head, _, rest = data.partition(b"\0")
    authorization, _, body = rest.partition(b"\0")
    method, path = ROUTES[head[0] % len(ROUTES)] if head else ROUTES[-1]
    right = f"Backchannel {(GET if path in {'/v1/get', '/v1/delete'} else PUT).hex()}.{CAPABILITY.hex()}".encode()
    status, headers, answer = asyncio.run(asked(method, path, head[1:], authorization or right, body))
    judged(status, headers, answer)


def parsed(data: bytes) -> None:
    """Read it as a header and as the body of put-many."""
    try:
        credential_of([data.decode("latin-1")])
    except Unauthorized:
        pass
    else:
        assert data.decode("ascii").startswith("Backchannel ")
    try:
        envelopes = envelopes_of(data)
    except (Malformed, Oversize):
        return
    assert encode([1, envelopes]) == data


async def asked(
    method: str, path: str, query: bytes, authorization: bytes, body: bytes
) -> tuple[int, dict[bytes, bytes], bytes]:
    """Drive the ASGI application with one request whose client then leaves; return its answer."""
    mailbox = NewMailbox(digest(PUT), digest(CAPABILITY), digest(GET), digest(CAPABILITY))
    relay = Relay(Shelf(mailbox), RelayConfig(Path(), limits=LIMITS), clock=lambda: 0.0)
    scope: dict[str, Any] = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query,
        "root_path": "",
        "headers": [(b"authorization", authorization), (b"content-length", str(len(body)).encode())],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8440),
    }
    half = len(body) // 2
    incoming: list[dict[str, Any]] = [
        {"type": "http.request", "body": body[:half], "more_body": True},
        {"type": "http.request", "body": body[half:], "more_body": False},
    ]
    outgoing: list[MutableMapping[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        outgoing.append(message)

    await relay.app()(scope, receive, send)
    start = outgoing[0]
    return start["status"], dict(start["headers"]), b"".join(part.get("body", b"") for part in outgoing[1:])


def judged(status: int, headers: dict[bytes, bytes], answer: bytes) -> None:
    """Hold an answer to spec 6.9."""
    kind = headers.get(b"content-type", b"").partition(b";")[0]
    assert headers[b"cache-control"] == b"no-store"
    if status in WELL:
        assert kind in {b"", b"application/cbor", b"application/json", b"text/plain"}
        assert kind != b"application/cbor" or decode(answer)[0] == 1
        return
    assert status in REFUSED, (status, answer)
    told = json.loads(answer)
    assert told["schema"] == 1
    assert told["error"] in CODES

"""A relay over HTTP: the client's side of spec 6."""

from __future__ import annotations

import json
import threading
from collections.abc import Sequence
from hashlib import sha256
from typing import Any, Final

from backchannel.app.ports import Found
from backchannel.errors import (
    Forbidden,
    MailboxConflict,
    MailboxUnknown,
    Malformed,
    RelayLied,
    SizeRefused,
    SlowDown,
    TransportError,
    Unauthorized,
)
from backchannel.line.mailbox import Mailbox
from backchannel.transport.address import RelayAddress
from backchannel.transport.http import Answer, RelayConnection
from backchannel.wire.codec import decode, encode
from backchannel.wire.envelope import is_envelope_size

PUT_MANY: Final = 16
LONGEST_WAIT: Final = 50.0
_ERRORS: Final = {
    error.code: error for error in (Unauthorized, Forbidden, MailboxUnknown, MailboxConflict, SizeRefused, SlowDown)
}
_LARGEST_CURSOR: Final = 2**63
_LATEST: Final = 2**40


class RelayTransport:
    """Mailboxes on one relay; several threads may use it, each has a connection of its own."""

    shared = False

    def __init__(self, address: RelayAddress, proxy: str | None = None) -> None:
        """Name a relay.

        Args:
            address: where it listens.
            proxy: a SOCKS proxy, `socks5://host:port`, that also resolves the relay's name.
        """
        self.name = f"relay {address.url}"
        self._address = address
        self._proxy = proxy
        self._local = threading.local()
        self._connections: dict[threading.Thread, RelayConnection] = {}

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Hand over envelopes (spec 6.4, 6.5).

        Raises:
            TransportError: none, or not all, could be handed over.
        """
        who = _authorization(mailbox.put_id, mailbox.put_capability)
        for at in range(0, len(envelopes), PUT_MANY):
            batch = list(envelopes[at : at + PUT_MANY])
            if len(batch) == 1:
                self._on_mailbox(mailbox, "POST", "/v1/put", who, batch[0])
            else:
                self._on_mailbox(mailbox, "POST", "/v1/put-many", who, encode([1, batch]))

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        """Return envelopes of a mailbox, the oldest first (spec 6.6).

        Args:
            mailbox: whose reader we are.
            wait: seconds to wait for one if there is none.

        Raises:
            TransportError: the relay cannot be asked now.
        """
        who = _authorization(mailbox.get_id, mailbox.get_capability)
        wait = min(wait, LONGEST_WAIT)
        path = f"/v1/get?wait={wait:.3f}" if wait > 0 else "/v1/get"
        answer = self._on_mailbox(mailbox, "GET", path, who, None, wait=wait)
        found = []
        last = 0
        for item in self._list(answer):
            if type(item) is not list or len(item) != 2 or type(item[0]) is not int or type(item[1]) is not bytes:
                raise RelayLied(self.name)
            cursor, envelope = item
            if not last < cursor < _LARGEST_CURSOR or not is_envelope_size(len(envelope)):
                raise RelayLied(self.name)
            found.append(Found(envelope, str(cursor)))
            last = cursor
        return found

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Let go of envelopes that are safe in the vault, and of all before them (spec 6.7).

        Raises:
            TransportError: they will be found again.
        """
        cursors = [int(receipt) for receipt in receipts if receipt.isascii() and receipt.isdigit()]
        if cursors:
            who = _authorization(mailbox.get_id, mailbox.get_capability)
            self._on_mailbox(mailbox, "POST", "/v1/delete", who, encode([1, max(cursors)]))

    def health(self) -> int:
        """Return the relay's clock, seconds since 1970 (spec 6.8).

        Raises:
            TransportError: it cannot be asked now, or is no relay.
        """
        answer = self._ask("GET", "/v1/health", "", None, 0.0)
        try:
            value = json.loads(answer.body)
            status, now = value["status"], value["time"]
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise RelayLied(self.name) from error
        if status != "ok" or type(now) is not int or not 0 <= now < _LATEST:
            raise RelayLied(self.name)
        return now

    def _on_mailbox(
        self, mailbox: Mailbox, method: str, path: str, who: str, body: bytes | None, *, wait: float = 0.0
    ) -> Answer:
        try:
            return self._ask(method, path, who, body, wait)
        except MailboxUnknown:
            self._make(mailbox)
            return self._ask(method, path, who, body, wait)

    def _make(self, mailbox: Mailbox) -> None:
        hashes = sha256(mailbox.put_capability).digest(), sha256(mailbox.get_capability).digest()
        self._ask("POST", "/v1/mailbox", "", encode([1, mailbox.put_id, hashes[0], mailbox.get_id, hashes[1]]), 0.0)

    def _ask(self, method: str, path: str, who: str, body: bytes | None, wait: float) -> Answer:
        connection: RelayConnection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = RelayConnection(self._address, self._proxy)
            self._local.connection = connection
            self._let_go()
            self._connections[threading.current_thread()] = connection
        answer = connection.ask(method, path, authorization=who, body=body, wait=wait)
        if answer.status not in (200, 201):
            raise self._refusal(answer)
        return answer

    def _refusal(self, answer: Answer) -> TransportError:
        try:
            code = json.loads(answer.body)["error"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return RelayLied(f"{self.name}: status {answer.status}")
        known = _ERRORS.get(code) if isinstance(code, str) else None
        return known(self.name) if known is not None else TransportError(f"{self.name}: status {answer.status}")

    def _list(self, answer: Answer) -> list[Any]:
        try:
            value = decode(answer.body)
        except Malformed as error:
            raise RelayLied(self.name) from error
        if type(value) is not list or len(value) != 2 or type(value[1]) is not list:
            raise RelayLied(self.name)
        if type(value[0]) is not int or value[0] != 1:
            raise RelayLied(self.name)
        return value[1]

    def close(self) -> None:
        """Close every connection."""
        for connection in list(self._connections.values()):
            connection.close()

    def _let_go(self) -> None:
        """Close the connections of threads that have ended: a watch has a new one for each mailbox."""
        for thread in list(self._connections):
            if not thread.is_alive() and (connection := self._connections.pop(thread, None)) is not None:
                connection.close()


def _authorization(name: bytes, capability: bytes) -> str:
    return f"Backchannel {name.hex()}.{capability.hex()}"

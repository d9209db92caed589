"""One kept-alive HTTP connection to a relay, direct or through a SOCKS proxy that resolves the name (spec 6.1).

The standard library's client: no redirects, no cookies, no proxies from the environment, nothing that was not named.
"""

from __future__ import annotations

import io
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException, HTTPResponse
from typing import Any, Final

from backchannel.errors import RelayLied, RelayUnreachable
from backchannel.transport.address import RelayAddress
from backchannel.transport.dialing import dial
from backchannel.transport.pacing import Paced

ANSWER_TIMEOUT: Final = 60.0
LARGEST_ANSWER: Final = 2 * 1024 * 1024
LARGEST_HEAD: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What a relay answered."""

    status: int
    body: bytes


class RelayConnection:
    """A connection that is opened when needed and kept; for one thread at a time."""

    __slots__ = ("_address", "_connection", "_given_up", "_in_use", "_proxy")

    def __init__(self, address: RelayAddress, proxy: str | None) -> None:
        self._address = address
        self._proxy = proxy
        self._connection: HTTPConnection | None = None
        self._in_use = threading.Lock()
        self._given_up = False

    def ask(self, method: str, path: str, *, authorization: str, body: bytes | None, wait: float) -> Answer:
        """Send a request and return the answer.

        Args:
            method: GET or POST.
            path: behind the relay's prefix.
            authorization: the header's value; empty for none.
            body: of the request.
            wait: seconds that the relay may take on top of the usual.

        Raises:
            RelayUnreachable: no connection, no answer in time, or an onion and no proxy.
            RelayLied: an answer that is not HTTP, or larger than any answer is.
        """
        with self._in_use:
            self._given_up = False
            try:
                return self._ask(method, path, authorization, body, wait)
            finally:
                if self._given_up:
                    self._drop()

    def _ask(self, method: str, path: str, authorization: str, body: bytes | None, wait: float) -> Answer:
        fresh = self._connection is None
        try:
            return self._ask_once(method, path, authorization, body, wait)
        except (HTTPException, OSError) as error:
            self._drop()
            if not (fresh or self._given_up) and isinstance(error, HTTPException | ConnectionError):
                # A kept connection may have been closed meanwhile; a fresh one decides.
                return self._ask(method, path, authorization, body, wait)
            raise self._ours(error) from error
        except BaseException:
            self._drop()  # what is left of the answer must not be taken for that to the next question
            raise

    def _ask_once(self, method: str, path: str, authorization: str, body: bytes | None, wait: float) -> Answer:
        connection = self._connection or self._connect()
        self._connection = connection
        connection.sock.settimeout(ANSWER_TIMEOUT + wait)
        headers = {"Authorization": authorization} if authorization else {}
        if body is not None:
            headers["Content-Type"] = "application/octet-stream"
        connection.request(method, self._address.prefix + path, body, headers)
        response = connection.getresponse()
        try:
            data = _read_capped(response)
        finally:
            response.close()
        if response.will_close:
            self._drop()
        return Answer(response.status, data)

    def _connect(self) -> HTTPConnection:
        sock = self._socket()
        try:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._address.secure:
                import ssl  # costs start-up time that only TLS needs

                sock = ssl.create_default_context().wrap_socket(sock, server_hostname=self._address.host)
        except BaseException:
            sock.close()
            raise
        connection = HTTPConnection(self._address.host, self._address.port)
        connection.sock = sock
        connection.auto_open = 0  # it would connect by itself, past the proxy
        connection.response_class = _PacedResponse
        return connection

    def _socket(self) -> socket.socket:
        if self._proxy is None and self._address.onion:
            raise RelayUnreachable(
                f"{self._address.host} is reached through Tor alone",
                hint="set the proxy, for instance: backchannel proxy socks5://127.0.0.1:9050",
            )
        return dial(self._address.host, self._address.port, self._proxy)

    def _ours(self, error: Exception) -> RelayUnreachable | RelayLied:
        if isinstance(error, HTTPException) and not isinstance(error, ConnectionError):
            return RelayLied(f"{self._address.url}: not HTTP")
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        return RelayUnreachable(f"{self._address.url}: {reason}")

    def close(self) -> None:
        """Close the connection, if there is one; if another thread is using it, wake that one, which closes it."""
        if self._in_use.acquire(blocking=False):
            try:
                self._drop()
            finally:
                self._in_use.release()
            return
        self._given_up = True
        connection = self._connection
        sock: socket.socket | None = connection.sock if connection is not None else None
        if sock is not None:
            with suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _PacedResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **named: Any) -> None:
        super().__init__(sock, *args, **named)
        self.fp.close()
        seconds = sock.gettimeout() or ANSWER_TIMEOUT
        self.fp = io.BufferedReader(Paced(sock, LARGEST_HEAD + LARGEST_ANSWER, seconds, HTTPException))


def _read_capped(response: HTTPResponse) -> bytes:
    data = response.read(LARGEST_ANSWER + 1)
    if len(data) > LARGEST_ANSWER:
        raise HTTPException("an answer without end")
    return data

"""A relay that stands in front of a real one, passes everything on, and lies when it is told to."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


Lie = Callable[[Asked], "Iterable[bytes] | None"]
"""What goes onto the wire in answer, before the connection is closed; None passes the request on."""


def answer(status: int, body: bytes = b"", **headers: str) -> list[bytes]:
    """A well-formed answer with any content."""
    lines = [f"HTTP/1.1 {status} Whatever", f"content-length: {len(body)}"]
    lines.extend(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())
    return ["\r\n".join([*lines, "", ""]).encode() + body]


class Liar:
    """The server; one thread for each connection."""

    def __init__(self, upstream: str) -> None:
        parts = urlsplit(upstream)
        assert parts.hostname is not None
        assert parts.port is not None
        self._upstream = parts.hostname, parts.port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lie: Lie | None = None
        self.asked: list[Asked] = []
        self.sent = 0
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, connection.makefile("rb") as reader:
                while (asked := _read(reader.readline, reader.read)) is not None:
                    self.asked.append(asked)
                    said = self.lie(asked) if self.lie is not None else None
                    if said is None:
                        connection.sendall(self._honest(asked))
                        continue
                    for piece in said:
                        connection.sendall(piece)
                        self.sent += len(piece)
                    return
        except (OSError, ValueError, http.client.HTTPException):
            return

    def _honest(self, asked: Asked) -> bytes:
        upstream = http.client.HTTPConnection(*self._upstream, timeout=60)
        try:
            kept = {name: value for name, value in asked.headers.items() if name not in ("host", "content-length")}
            upstream.request(asked.method, asked.path, asked.body or None, kept)
            response = upstream.getresponse()
            return answer(response.status, response.read())[0]
        finally:
            upstream.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for connection in self._open:
            connection.close()


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Asked | None:
    first = readline().decode().split()
    if len(first) != 3:
        return None
    headers = {}
    while line := readline().strip():
        name, _, value = line.decode().partition(":")
        headers[name.lower()] = value.strip()
    return Asked(first[0], first[1], headers, read(int(headers.get("content-length", 0))))


@contextmanager
def lying(upstream: str) -> Iterator[Liar]:
    liar = Liar(upstream)
    try:
        yield liar
    finally:
        liar.close()

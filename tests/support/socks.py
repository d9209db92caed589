"""A SOCKS proxy on the loopback, that misbehaves as told."""

from __future__ import annotations

import socket
import threading
from dataclasses import dataclass, field

BY_NAME, BY_ADDRESS = 3, 1
GRANTED, REFUSED, NO_WAY = 0, 2, 0xFF


@dataclass
class Proxy:
    """A SOCKS5 proxy that knows one name more than this machine does."""

    target: tuple[str, int]
    misbehave: str = ""
    user: tuple[bytes, bytes] | None = None
    asked: list[tuple[int, str, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"socks5://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept)
        self._thread.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            with client:
                self._negotiate(client)
        except OSError:
            return

    def _negotiate(self, client: socket.socket) -> None:
        if self.misbehave == "hang up":
            return
        if self.misbehave == "nonsense":
            client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            return
        _, count = _exactly(client, 2)
        methods = _exactly(client, count)
        if self.user is None:
            client.sendall(b"\x05\x00")
        else:
            assert 2 in methods
            client.sendall(b"\x05\x02")
            name = _exactly(client, _exactly(client, 2)[1])
            word = _exactly(client, _exactly(client, 1)[0])
            client.sendall(b"\x01" + bytes([(name, word) != self.user]))
        _, _, _, kind = _exactly(client, 4)
        if kind == BY_NAME:
            host = _exactly(client, _exactly(client, 1)[0]).decode()
        else:
            host = socket.inet_ntoa(_exactly(client, 4))
        port = int.from_bytes(_exactly(client, 2), "big")
        self.asked.append((kind, host, port))
        if self.misbehave == "refuse":
            client.sendall(b"\x05" + bytes([REFUSED]) + b"\x00\x01" + bytes(6))
            return
        with socket.create_connection(self.target) as server:
            client.sendall(b"\x05\x00\x00\x01" + bytes(6))
            back = threading.Thread(target=_pump, args=(server, client), daemon=True)
            back.start()
            _pump(client, server)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()
        for client in self._open:
            client.close()


def _exactly(source: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        piece = source.recv(count - len(data))
        if not piece:
            raise OSError("it ended early")
        data += piece
    return data


def _pump(source: socket.socket, target: socket.socket) -> None:
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return

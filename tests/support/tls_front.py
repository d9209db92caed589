"""TLS in front of a server that speaks none: at once, or after STARTTLS as SMTP or IMAP has it."""

from __future__ import annotations

import select
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

BUFFER = 65536


class Front:
    """Listens on the loopback and carries what it decrypts to `target`."""

    def __init__(self, target: int, certificate: tuple[str, str], kind: str) -> None:
        self._target = target
        self._kind = kind
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(*certificate)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.in_clear: list[bytes] = []
        """What clients said before TLS."""
        self._threads: list[threading.Thread] = []
        self._open: list[socket.socket] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._open.append(client)
            thread = threading.Thread(target=self._serve, args=(client,))
            thread.start()
            self._threads.append(thread)

    def _serve(self, client: socket.socket) -> None:
        with suppress(OSError), client:
            if self._kind != "tls" and not (self._smtp if self._kind == "smtp" else self._imap)(client):
                return
            with self._context.wrap_socket(client, server_side=True) as inside:
                self._open.append(inside)
                with socket.create_connection(("127.0.0.1", self._target)) as server:
                    self._open.append(server)
                    if self._kind != "tls":
                        _line(server)  # its greeting: the client has had one
                    _carry(inside, server)

    def _smtp(self, client: socket.socket) -> bool:
        client.sendall(b"220 front\r\n")
        while line := _line(client):
            self.in_clear.append(line)
            word = line.split()[0].upper()
            if word == b"STARTTLS":
                client.sendall(b"220 go on\r\n250 injected\r\n")
                return True
            client.sendall(b"250-front\r\n250 STARTTLS\r\n" if word == b"EHLO" else b"530 first STARTTLS\r\n")
        return False

    def _imap(self, client: socket.socket) -> bool:
        client.sendall(b"* OK front\r\n")
        while line := _line(client):
            self.in_clear.append(line)
            tag, word = line.split()[:2]
            if word.upper() == b"STARTTLS":
                client.sendall(tag + b" OK go on\r\n* CAPABILITY injected\r\n")
                return True
            if word.upper() == b"CAPABILITY":
                client.sendall(b"* CAPABILITY IMAP4rev1 STARTTLS LOGINDISABLED\r\n" + tag + b" OK done\r\n")
            else:
                client.sendall(tag + b" NO first STARTTLS\r\n")
        return False

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for each in self._open:
            with suppress(OSError):
                socket.socket.shutdown(each, socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(10)


def _line(source: socket.socket) -> bytes:
    line = b""
    while not line.endswith(b"\r\n"):
        piece = source.recv(1)
        if not piece:
            return b""
        line += piece
    return line


def _carry(inside: ssl.SSLSocket, server: socket.socket) -> None:
    while True:
        ready = [inside] if inside.pending() else select.select([inside, server], [], [])[0]
        for source, target in ((inside, server), (server, inside)):
            if source in ready:
                piece = source.recv(BUFFER)
                if not piece:
                    return
                target.sendall(piece)


@contextmanager
def fronting(target: int, certificate: tuple[str, str], kind: str) -> Iterator[Front]:
    front = Front(target, certificate, kind)
    try:
        yield front
    finally:
        front.close()

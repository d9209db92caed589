"""One kept-alive connection: when it is opened, kept, opened again, and when it is given up."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest

from backchannel.errors import RelayLied, RelayUnreachable, TransportError
from backchannel.transport import http
from backchannel.transport.address import relay_address
from backchannel.transport.http import Answer, RelayConnection
from tests.support.certificates import self_signed

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Server:
    """Serves each connection with the next script; a script gets the socket and does what it wants."""

    def __init__(self, *scripts: Callable[[socket.socket], None]) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0
        self._scripts = scripts
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self) -> None:
        for script in self._scripts:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            with connection, suppress(OSError):
                script(connection)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join()


@contextmanager
def serving(*scripts: Callable[[socket.socket], None]) -> Iterator[Server]:
    server = Server(*scripts)
    try:
        yield server
    finally:
        server.close()


@contextmanager
def connected(url: str, proxy: str | None = None) -> Iterator[RelayConnection]:
    connection = RelayConnection(relay_address(url), proxy)
    try:
        yield connection
    finally:
        connection.close()


def request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            raise OSError("the client left")
        data += piece
    return data


def answers(*replies: bytes) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        for reply in replies:
            request(connection)
            connection.sendall(reply)

    return script


def ask(connection: RelayConnection, *, wait: float = 0.0) -> Answer:
    return connection.ask("GET", "/v1/get", authorization="", body=None, wait=wait)


def test_a_connection_is_kept() -> None:
    with serving(answers(OK, OK, OK)) as server, connected(server.url) as connection:
        for _ in range(3):
            assert ask(connection) == Answer(200, b"ok")
        assert server.connections == 1


def test_a_kept_connection_that_the_server_closed_is_opened_again() -> None:
    with serving(answers(OK), answers(OK, OK)) as server, connected(server.url) as connection:
        ask(connection)
        time.sleep(0.05)
        assert ask(connection) == Answer(200, b"ok")
        assert ask(connection) == Answer(200, b"ok")
        assert server.connections == 2


def test_a_fresh_connection_that_is_closed_is_no_reason_to_go_on_for_ever() -> None:
    scripts = [lambda connection: None] * 5
    with serving(answers(OK), *scripts) as server, connected(server.url) as connection:
        ask(connection)
        with pytest.raises(TransportError):
            ask(connection)
        assert server.connections == 2


def test_a_server_that_wants_to_close_is_let() -> None:
    closing = b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nall until the end"
    with serving(answers(closing), answers(OK)) as server, connected(server.url) as connection:
        assert ask(connection) == Answer(200, b"all until the end")
        assert ask(connection) == Answer(200, b"ok")


def test_chunks() -> None:
    chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    with serving(answers(chunked, OK)) as server, connected(server.url) as connection:
        assert ask(connection) == Answer(200, b"abcde")
        assert ask(connection) == Answer(200, b"ok")


def test_an_answer_as_large_as_any_may_be() -> None:
    size = http.LARGEST_ANSWER
    for extra, fits in ((0, True), (1, False)):
        large = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (size + extra) + bytes(size + extra)
        with serving(answers(large)) as server, connected(server.url) as connection:
            if fits:
                assert len(ask(connection).body) == size
            else:
                with pytest.raises(RelayLied):
                    ask(connection)


def test_no_answer_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT", 0.2)
    with serving(lambda connection: time.sleep(1)) as server, connected(server.url) as connection:
        began = time.monotonic()
        with pytest.raises(RelayUnreachable):
            ask(connection)
        assert time.monotonic() - began < 0.9


def test_a_wait_is_on_top_of_the_usual(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT", 0.1)

    def slow(connection: socket.socket) -> None:
        request(connection)
        time.sleep(0.3)
        connection.sendall(OK)

    with serving(slow) as server, connected(server.url) as connection:
        assert ask(connection, wait=5.0).status == 200


def drips(pause: float, size: int, count: int) -> Callable[[socket.socket], None]:
    def script(connection: socket.socket) -> None:
        request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % (size * count))
        for _ in range(count):
            time.sleep(pause)
            connection.sendall(bytes(size))

    return script


def test_a_slow_road_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind Tor a megabyte may take longer than any one answer: what counts is that it comes."""
    monkeypatch.setattr(http, "ANSWER_TIMEOUT", 0.2)
    with serving(drips(0.05, 1024, 12)) as server, connected(server.url) as connection:
        assert len(ask(connection).body) == 12 * 1024


def test_an_answer_that_drips_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "ANSWER_TIMEOUT", 0.2)
    with serving(drips(0.05, 1, 100)) as server, connected(server.url) as connection:
        began = time.monotonic()
        with pytest.raises(RelayUnreachable):
            ask(connection)
        assert time.monotonic() - began < 2


def test_nobody_who_knows_nothing_of_tls_is_talked_to() -> None:
    def script(connection: socket.socket) -> None:
        hello = connection.recv(4096)
        assert b"secret" not in hello
        connection.sendall(OK)

    with (
        serving(script) as server,
        connected(server.url.replace("http:", "https:")) as connection,
        pytest.raises(RelayUnreachable),
    ):
        connection.ask("GET", "/", authorization="secret", body=None, wait=0)


def test_a_certificate_that_nobody_signed_is_refused(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(folder))
    heard: list[bytes] = []

    def script(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as wrapped:
            heard.append(wrapped.recv(4096))

    with (
        serving(script) as server,
        connected(server.url.replace("http:", "https:")) as connection,
        pytest.raises(RelayUnreachable, match="certificate"),
    ):
        connection.ask("GET", "/", authorization="secret", body=None, wait=0)
    assert heard == []


def test_a_name_that_nobody_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> object:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with connected("http://relay.invalid-test") as connection, pytest.raises(RelayUnreachable, match="not known"):
        ask(connection)


def test_it_never_connects_by_itself() -> None:
    """http.client opens a lost connection again without asking, and would go past the proxy."""
    with serving(answers(OK), answers(OK)) as server, connected(server.url) as connection:
        ask(connection)
        assert connection._connection is not None
        connection._connection.sock.close()
        inner = connection._connection
        inner.close()
        assert inner.auto_open == 0


def test_closed_by_another_thread_it_gives_up() -> None:
    """The end of a watch: its pollers are in the middle of something, and none of them may fall over it."""
    outcomes: list[BaseException] = []

    def go_on(connection: RelayConnection, stop: threading.Event) -> None:
        try:
            while not stop.is_set():
                ask(connection)
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test looks at it
            outcomes.append(error)

    with serving(*[answers(*[OK] * 1000)] * 1000) as server:
        for turn in range(40):
            connection, stop = RelayConnection(relay_address(server.url), None), threading.Event()
            thread = threading.Thread(target=go_on, args=(connection, stop))
            thread.start()
            time.sleep(0.002 + turn * 0.0001)
            connection.close()
            stop.set()
            thread.join(10)
            assert not thread.is_alive()
            connection.close()
    assert all(isinstance(outcome, TransportError) for outcome in outcomes), outcomes

"""Relays through a SOCKS proxy: it is given the relay's name, and nobody on this machine looks it up."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from backchannel.crypto.suite import Role
from backchannel.errors import RelayUnreachable
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.relay.config import RelayConfig
from backchannel.relay.serve import running
from backchannel.transport.address import relay_address
from backchannel.transport.relay import RelayTransport

NAME = "relay.invalid-test"
ONION = "a" * 56 + ".onion"
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


@contextmanager
def proxying(url: str, **options: Any) -> Iterator[Proxy]:
    address = relay_address(url)
    proxy = Proxy((address.host, address.port), **options)
    try:
        yield proxy
    finally:
        proxy.close()


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with running(RelayConfig(tmp_path_factory.mktemp("relay"), port=0)) as url:
        yield url


@pytest.fixture
def looked_up(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that this machine looks up; those that only the proxy knows fail."""
    names: list[str] = []
    real = socket.getaddrinfo

    def watched(host: Any, *rest: Any, **named: Any) -> Any:
        names.append(str(host))
        if str(host) not in ("127.0.0.1", "localhost"):
            raise socket.gaierror(socket.EAI_NONAME, "nobody on this machine knows that name")
        return real(host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    for function in ("gethostbyname", "gethostbyname_ex"):
        monkeypatch.setattr(socket, function, lambda host: names.append(host))
    return names


@pytest.fixture
def box() -> Mailbox:
    return mailbox_from(os.urandom(32), Role.INVITER, b"test")


@contextmanager
def through(proxy: str | None, url: str) -> Iterator[RelayTransport]:
    transport = RelayTransport(relay_address(url), proxy)
    try:
        yield transport
    finally:
        transport.close()


@pytest.mark.parametrize("name", [NAME, ONION])
def test_the_proxy_is_given_the_name(url: str, looked_up: list[str], box: Mailbox, name: str) -> None:
    with proxying(url) as proxy, through(proxy.url, f"http://{name}:8440") as transport:
        sealed = [os.urandom(1024)]
        transport.put(box, sealed)
        assert [each.envelope for each in transport.get(box, wait=5.0)] == sealed
        transport.health()
        assert proxy.asked == [(BY_NAME, name, 8440)], "one connection, kept"
    assert not {name} & set(looked_up)


def test_without_the_proxy_the_name_is_unknown(looked_up: list[str], box: Mailbox) -> None:
    with through(None, f"http://{NAME}") as transport, pytest.raises(RelayUnreachable):
        transport.get(box)
    assert looked_up == [NAME]


@pytest.mark.parametrize("name", [ONION, ONION.upper(), f"{ONION}."])
def test_an_onion_without_a_proxy_is_refused_and_never_looked_up(looked_up: list[str], box: Mailbox, name: str) -> None:
    with through(None, f"http://{name}") as transport:
        for _ in range(2):
            with pytest.raises(RelayUnreachable, match="Tor alone") as refused:
                transport.get(box)
            assert "backchannel proxy" in refused.value.hint
    assert looked_up == []


def test_after_the_server_closed_the_proxy_is_asked_again(url: str, looked_up: list[str], box: Mailbox) -> None:
    with proxying(url) as proxy, through(proxy.url, f"http://{NAME}") as transport:
        transport.get(box)
        for client in proxy._open:
            client.shutdown(socket.SHUT_RDWR)
        transport.get(box)
        assert proxy.asked == [(BY_NAME, NAME, 80)] * 2
    assert NAME not in looked_up


@pytest.mark.parametrize("how", ["refuse", "hang up", "nonsense"])
def test_a_proxy_that_does_not_do_it(url: str, looked_up: list[str], box: Mailbox, how: str) -> None:
    with (
        proxying(url, misbehave=how) as proxy,
        through(proxy.url, f"http://{NAME}") as transport,
        pytest.raises(RelayUnreachable),
    ):
        transport.get(box)
    assert NAME not in looked_up, "nobody falls back to the open road"


def test_a_proxy_that_is_not_there(looked_up: list[str], box: Mailbox) -> None:
    with through("socks5://127.0.0.1:9", f"http://{NAME}") as transport, pytest.raises(RelayUnreachable):
        transport.get(box)
    assert NAME not in looked_up


def test_a_proxy_that_wants_a_name_and_a_word(url: str, box: Mailbox) -> None:
    with proxying(url, user=(b"me", b"p@ss")) as proxy:
        with through(proxy.url.replace("//", "//me:p%40ss@"), f"http://{NAME}") as transport:
            transport.get(box)
        with through(proxy.url.replace("//", "//me:wrong@"), f"http://{NAME}") as transport:
            with pytest.raises(RelayUnreachable) as refused:
                transport.get(box)
            assert "wrong" not in str(refused.value)


def test_a_line_through_the_proxy(url: str, looked_up: list[str], tmp_path: Path) -> None:
    """The whole of it, as a person would: a relay that only Tor can reach."""
    from tests.cli.people import Person, open_line

    people = [Person(tmp_path, name) for name in ("ann", "bob")]
    with proxying(url) as proxy:
        for person in people:
            person.runs("init", "--proxy", proxy.url)
        ann, bob = people
        open_line(ann, bob, f"http://{ONION}")
        ann.says("bob", "שלום")
        bob.runs("sync")
        assert bob.texts("ann") == ["שלום"]
        assert "clocks agree" in ann.runs("doctor").out
        assert {asked[:2] for asked in proxy.asked} == {(BY_NAME, ONION)}
    assert not any("onion" in name for name in looked_up)

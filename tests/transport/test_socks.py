"""Relays through a SOCKS proxy: it is given the relay's name, and nobody on this machine looks it up."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
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
from tests.support.socks import BY_NAME, Proxy

NAME = "relay.invalid-test"
ONION = "a" * 56 + ".onion"


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

"""Quotas, rates, full disks, bodies without an end, and faults of our own."""

from __future__ import annotations

import contextlib
import logging
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel.relay.config import RelayConfig
from backchannel.relay.limits import Limits
from backchannel.relay.serve import running
from backchannel.relay.store import Totals
from backchannel.relay.store_sqlite import SqliteStore
from tests.relay.loopback import Client, Secrets, client_of, envelope, until
from tests.relay.store_contract import DAY, FakeClock

SMALL = Limits(
    mailbox_envelopes=2, total_bytes=4 * 1024, makes_per_hour=3, requests_burst=40, requests_per_second=0.001,
    body_seconds=0.2,
)  # fmt: skip


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with running(RelayConfig(tmp_path, port=0, limits=SMALL)) as url, client_of(url) as client:
        yield client


def test_a_full_mailbox_asks_for_patience_and_a_full_relay_for_room(client: Client) -> None:
    boxes = [client.mailbox() for _ in range(3)]
    assert client.put_many(boxes[0], [envelope(1), envelope(2)]).status == 201
    full = client.put(boxes[0], envelope(3))
    assert (full.status, full.error) == (429, "slow-down")
    assert int(full.headers["retry-after"]) > 0
    assert client.put(boxes[0], envelope(1)).status == 200
    assert client.put_many(boxes[1], [envelope(1), envelope(2)]).status == 201
    assert (client.put(boxes[2], envelope(1)).status, client.put(boxes[2], envelope(1)).error) == (507, "storage-full")
    client.delete(boxes[0], 2**63 - 1)
    assert client.put(boxes[2], envelope(1)).status == 201


def test_mailboxes_are_made_at_a_rate(client: Client) -> None:
    for _ in range(3):
        client.mailbox()
    reply = client.ask("POST", "/v1/mailbox", Secrets().body)
    assert (reply.status, reply.error) == (429, "slow-down")
    assert 1100 < int(reply.headers["retry-after"]) <= 1200
    assert client.ask("GET", "/v1/health").status == 200


def test_requests_are_answered_at_a_rate(client: Client) -> None:
    statuses = [client.ask("GET", "/v1/health").status for _ in range(45)]
    assert statuses[:38] == [200] * 38
    assert statuses[-4:] == [429] * 4


def test_a_full_disk(tmp_path: Path) -> None:
    config = RelayConfig(tmp_path, port=0, limits=Limits(file_bytes=500_000))
    with running(config) as url, client_of(url) as client:
        secrets = client.mailbox()
        assert client.put(secrets, envelope(0, 65536)).status == 201
        reply = client.put_many(secrets, [envelope(seed, 65536) for seed in range(1, 16)])
        assert (reply.status, reply.error) == (507, "storage-full")
        assert len(client.get(secrets).value[1]) == 1


def test_a_fault_of_ours_tells_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(self: SqliteStore) -> Totals:
        raise RuntimeError("the secret of 127.0.0.1")

    monkeypatch.setattr(SqliteStore, "totals", broken)
    with caplog.at_level(logging.DEBUG), running(RelayConfig(tmp_path, port=0)) as url, client_of(url) as client:
        reply = client.ask("GET", "/metrics")
        assert (reply.status, reply.error) == (500, "internal")
        assert b"secret" not in reply.body
        assert client.ask("GET", "/v1/health").status == 200
    assert "RuntimeError at test_relay_refusals.py" in caplog.text
    assert "secret" not in caplog.text


def test_a_body_without_an_end_is_cut(client: Client) -> None:
    secrets = client.mailbox()
    head = f"POST /v1/put HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n{as_line(secrets.put)}\r\n".encode()
    sent = 0
    with socket.create_connection(client.address, timeout=20) as connection:
        connection.sendall(head)
        with contextlib.suppress(ConnectionError):
            while sent < 64 * 2**20:
                connection.sendall(b"10000\r\n" + bytes(65536) + b"\r\n")
                sent += 65536
    assert sent < 32 * 2**20, "the rest is what the kernel holds"
    assert client.put(secrets, envelope(1)).status == 201


def test_an_announced_body_that_is_too_long_is_not_read(client: Client) -> None:
    secrets = client.mailbox()
    head = f"POST /v1/put HTTP/1.1\r\nHost: x\r\nContent-Length: {10**15}\r\n{as_line(secrets.put)}\r\n".encode()
    with socket.create_connection(client.address, timeout=20) as connection:
        connection.sendall(head + bytes(5 * 2**20))
        answer = b""
        with contextlib.suppress(ConnectionError):
            while part := connection.recv(65536):
                answer += part
    assert not answer or answer.startswith(b"HTTP/1.1 413 ")


def test_a_body_that_comes_too_slowly(client: Client) -> None:
    secrets = client.mailbox()
    head = f"POST /v1/put HTTP/1.1\r\nHost: x\r\nContent-Length: 1024\r\n{as_line(secrets.put)}\r\n".encode()
    with socket.create_connection(client.address, timeout=20) as connection:
        connection.sendall(head + bytes(1000))
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"connection: close" in answer


def test_who_leaves_in_the_middle_stores_nothing(client: Client) -> None:
    secrets = client.mailbox()
    head = f"POST /v1/put HTTP/1.1\r\nHost: x\r\nContent-Length: 1024\r\n{as_line(secrets.put)}\r\n".encode()
    with socket.create_connection(client.address, timeout=20) as connection:
        connection.sendall(head + bytes(1000))
    until(lambda: client.metric('requests_total{operation="put",status="499"}') == 1)
    assert client.get(secrets).value == [1, []]


def test_metrics_may_be_off_or_elsewhere(tmp_path: Path) -> None:
    with running(RelayConfig(tmp_path / "off", port=0, metrics=False)) as url, client_of(url) as client:
        assert client.ask("GET", "/metrics").status == 404
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = RelayConfig(tmp_path / "elsewhere", port=0, metrics_port=port)
    with running(config) as url, client_of(url) as client, client_of(f"http://127.0.0.1:{port}") as operator:
        assert client.ask("GET", "/metrics").status == 404
        assert client.ask("GET", "/v1/health").status == 200
        assert operator.ask("GET", "/metrics").status == 200
        assert operator.ask("GET", "/v1/health").status == 404


def test_expiry_runs_by_itself(tmp_path: Path) -> None:
    clock = FakeClock()
    config = RelayConfig(tmp_path, port=0, expiry_every=0.01)
    with running(config, clock=clock) as url, client_of(url) as client:
        secrets = client.mailbox()
        client.put(secrets, envelope(1))
        clock.now += 91 * DAY
        until(lambda: client.metric("envelopes_held") == 0)
        assert client.metric("mailboxes") == 1
        clock.now += 402 * DAY
        until(lambda: client.metric("mailboxes") == 0)
        assert (client.get(secrets).status, client.get(secrets).error) == (404, "mailbox-unknown")


def test_expiry_runs_at_the_start(tmp_path: Path) -> None:
    clock = FakeClock()
    with running(RelayConfig(tmp_path, port=0), clock=clock) as url, client_of(url) as client:
        client.put(client.mailbox(), envelope(1))
    clock.now += 91 * DAY
    with running(RelayConfig(tmp_path, port=0), clock=clock) as url, client_of(url) as client:
        assert (client.metric("envelopes_held"), client.metric("mailboxes")) == (0, 1)


def as_line(headers: dict[str, str]) -> str:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items())

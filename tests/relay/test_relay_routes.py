"""The API against a real server on loopback (docs/spec/relay.md)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backchannel import __version__
from backchannel.relay.config import RelayConfig
from backchannel.relay.limits import Limits
from backchannel.relay.serve import running
from backchannel.wire import codec
from backchannel.wire.envelope import BUCKETS
from tests.relay.loopback import Client, Reply, Secrets, authorization, client_of, envelope, until


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    limits = Limits(makes_per_hour=100_000, waiters_per_mailbox=2)
    with running(RelayConfig(tmp_path_factory.mktemp("relay"), port=0, limits=limits)) as url:
        yield url


@pytest.fixture
def client(url: str) -> Iterator[Client]:
    with client_of(url) as client:
        yield client


def refused(reply: Reply, status: int, code: str) -> None:
    assert (reply.status, reply.error) == (status, code)
    assert reply.headers["content-type"] == "application/json"


# --- mailboxes (spec 6.3) ---


def test_a_mailbox_is_made_once(client: Client) -> None:
    secrets = Secrets()
    assert client.ask("POST", "/v1/mailbox", secrets.body).status == 201
    assert client.ask("POST", "/v1/mailbox", secrets.body).status == 200
    other = Secrets(put_id=secrets.put_id)
    refused(client.ask("POST", "/v1/mailbox", other.body), 409, "mailbox-conflict")


HASH = bytes(32)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        codec.encode([2, bytes(16), HASH, b"1" * 16, HASH]),
        codec.encode([True, bytes(16), HASH, b"1" * 16, HASH]),
        codec.encode([1, bytes(16), HASH, b"1" * 16]),
        codec.encode([1, bytes(15), HASH, b"1" * 16, HASH]),
        codec.encode([1, bytes(16), "x" * 32, b"1" * 16, HASH]),
        codec.encode([1, bytes(16), HASH, bytes(16), HASH]),
        codec.encode([1, bytes(16), HASH, b"1" * 16, HASH]) + b"\x00",
        codec.encode({1: bytes(16)}),
    ],
)
def test_a_body_that_makes_no_mailbox(client: Client, body: bytes) -> None:
    refused(client.ask("POST", "/v1/mailbox", body), 400, "malformed")


def test_a_body_that_is_too_long_for_a_mailbox(client: Client) -> None:
    refused(client.ask("POST", "/v1/mailbox", bytes(257)), 413, "oversize")


def test_an_operator_may_keep_mailboxes_to_themselves(tmp_path: Path) -> None:
    with running(RelayConfig(tmp_path, port=0, operator_token="t0ken")) as url, client_of(url) as client:
        secrets = Secrets()
        refused(client.ask("POST", "/v1/mailbox", secrets.body), 403, "forbidden")
        refused(client.ask("POST", "/v1/mailbox", secrets.body, {"Backchannel-Operator": "t0ke"}), 403, "forbidden")
        assert client.ask("POST", "/v1/mailbox", secrets.body, {"Backchannel-Operator": "t0ken"}).status == 201
        assert client.put(secrets, envelope()).status == 201


# --- credentials (spec 6.2) ---


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/v1/put"), ("POST", "/v1/put-many"), ("GET", "/v1/get"), ("POST", "/v1/delete")]
)
def test_who_is_let_in(client: Client, method: str, path: str) -> None:
    secrets = client.mailbox()
    putting = "put" in path
    right = secrets.put if putting else secrets.get
    wrong_way = secrets.get if putting else secrets.put
    wrong_id = (secrets.put_id if putting else secrets.get_id, bytes(32))
    body = b"\x00" if method == "POST" else None
    reply = client.ask(method, path, body)
    refused(reply, 401, "unauthorized")
    assert reply.headers["www-authenticate"] == "Backchannel"
    refused(client.ask(method, path, body, {"Authorization": right["Authorization"].upper()}), 401, "unauthorized")
    refused(client.ask(method, path, body, authorization(*wrong_id)), 403, "forbidden")
    refused(client.ask(method, path, body, wrong_way), 403, "forbidden")
    refused(client.ask(method, path, body, authorization(bytes(16), bytes(32))), 404, "mailbox-unknown")
    admitted = {"/v1/get": 200, "/v1/put": 413, "/v1/put-many": 400, "/v1/delete": 400}
    assert client.ask(method, path, body, right).status == admitted[path]


# --- put and get (spec 6.4 to 6.7) ---


@pytest.mark.parametrize("size", BUCKETS)
def test_an_envelope_goes_through(client: Client, size: int) -> None:
    secrets = client.mailbox()
    put = client.put(secrets, envelope(1, size))
    assert (put.status, put.headers["content-type"], put.headers["cache-control"]) == (
        201,
        "application/cbor",
        "no-store",
    )
    version, cursor = put.value
    assert version == 1
    got = client.get(secrets)
    assert (got.status, got.value) == (200, [1, [[cursor, envelope(1, size)]]])
    assert client.get(secrets, f"after={cursor}").value == [1, []]
    assert client.delete(secrets, cursor - 1).value == [1, 0]
    assert client.delete(secrets, cursor).value == [1, 1]
    assert client.get(secrets).value == [1, []]


def test_the_same_envelope_twice_is_one(client: Client) -> None:
    secrets = client.mailbox()
    first, again = client.put(secrets, envelope(1)), client.put(secrets, envelope(1))
    assert (first.status, again.status) == (201, 200)
    assert first.body == again.body
    assert len(client.get(secrets).value[1]) == 1


@pytest.mark.parametrize("size", [0, 1, 1023, 1025, 65535, 65537])
def test_a_size_that_no_envelope_has(client: Client, size: int) -> None:
    secrets = client.mailbox()
    refused(client.put(secrets, bytes(size)), 413, "size-refused")
    assert client.put(secrets, envelope(2)).status == 201, "the connection is still in step"


def test_many_at_once(client: Client) -> None:
    secrets = client.mailbox()
    many = [envelope(seed, BUCKETS[seed % 4]) for seed in range(16)]
    put = client.put_many(secrets, many)
    assert put.status == 201
    version, cursors = put.value
    assert version == 1
    assert cursors == sorted(set(cursors))
    assert client.get(secrets).value == [1, [[cursor, body] for cursor, body in zip(cursors, many, strict=True)]]
    assert client.put_many(secrets, many).value == [1, cursors]


def test_the_largest_batch_fits_and_one_answer_holds_all_but_no_more(client: Client) -> None:
    secrets = client.mailbox()
    assert client.put_many(secrets, [envelope(seed, 65536) for seed in range(16)]).status == 201
    assert client.put_many(secrets, [envelope(seed, 65536) for seed in range(16, 32)]).status == 201
    first = client.get(secrets).value[1]
    assert len(first) == 17
    assert len(client.get(secrets, f"after={first[-1][0]}").value[1]) == 15
    assert len(client.get(secrets, "limit=3").value[1]) == 3


def test_many_are_stored_all_or_none(client: Client) -> None:
    secrets = client.mailbox()
    refused(client.put_many(secrets, [envelope(1), bytes(5)]), 413, "size-refused")
    refused(client.put_many(secrets, [envelope(seed) for seed in range(17)]), 413, "oversize")
    refused(client.put_many(secrets, []), 400, "malformed")
    refused(client.ask("POST", "/v1/put-many", codec.encode([1, ["x" * 1024]]), secrets.put), 400, "malformed")
    refused(client.ask("POST", "/v1/put-many", codec.encode([1, envelope(1)]), secrets.put), 400, "malformed")
    refused(client.ask("POST", "/v1/put-many", bytes(1_100_001), secrets.put), 413, "oversize")
    assert client.get(secrets).value == [1, []]


@pytest.mark.parametrize(
    "query",
    [
        "after=-1", "after=x", "after=", "after=9223372036854775808", "after=1&after=2", "limit=0", "limit=65",
        "limit=1.5", "wait=56", "wait=-1", "wait=1e1", "wait=nan", "after=%D9%A3", "colour=red",
    ],
)  # fmt: skip
def test_a_query_that_is_none(client: Client, query: str) -> None:
    refused(client.get(client.mailbox(), query), 400, "malformed")


@pytest.mark.parametrize("body", [b"", codec.encode([1]), codec.encode([1, -1]), codec.encode([1, 2**63])])
def test_a_delete_that_is_none(client: Client, body: bytes) -> None:
    refused(client.ask("POST", "/v1/delete", body, client.mailbox().get), 400, "malformed")


# --- long polls (spec 6.6) ---


def test_a_long_poll_is_woken(url: str, client: Client) -> None:
    secrets = client.mailbox()
    other = client.mailbox()
    replies: list[tuple[float, Reply]] = []

    def poll() -> None:
        with client_of(url) as reader:
            reply = reader.get(secrets, "wait=55")
            replies.append((time.monotonic(), reply))

    thread = threading.Thread(target=poll)
    thread.start()
    until(lambda: client.metric("waiting") == 1)
    assert client.put(other, envelope(1)).status == 201
    assert client.metric("waiting") == 1, "mail for somebody else wakes nobody"
    start = time.monotonic()
    cursor = client.put(secrets, envelope(1)).value[1]
    thread.join()
    ended, reply = replies[0]
    assert reply.value == [1, [[cursor, envelope(1)]]]
    assert ended - start < 5.0


def test_a_long_poll_ends_with_nothing(client: Client) -> None:
    secrets = client.mailbox()
    start = time.monotonic()
    assert client.get(secrets, "wait=0.2").value == [1, []]
    assert time.monotonic() - start >= 0.2
    assert client.metric("waiting") == 0


def test_what_is_there_is_not_waited_for(client: Client) -> None:
    secrets = client.mailbox()
    client.put(secrets, envelope(1))
    assert len(client.get(secrets, "wait=55").value[1]) == 1


def test_who_leaves_waits_no_longer_and_too_many_may_not(url: str, client: Client) -> None:
    secrets = client.mailbox()
    readers = [Client(url), Client(url)]
    for reader in readers:
        reader._connection.request("GET", "/v1/get?wait=55", headers=secrets.get)
    until(lambda: client.metric("waiting") == 2)
    full = client.get(secrets, "wait=1")
    refused(full, 429, "slow-down")
    assert int(full.headers["retry-after"]) >= 1
    for reader in readers:
        reader.close()
    until(lambda: client.metric("waiting") == 0)


# --- the rest (spec 6.8, 6.9) ---


def test_health(client: Client) -> None:
    reply = client.ask("GET", "/v1/health")
    told = json.loads(reply.body)
    assert abs(told.pop("time") - time.time()) < 60
    assert told == {"schema": 1, "status": "ok", "version": __version__}
    assert {name.lower() for name in reply.headers} == {"content-type", "content-length", "cache-control"}


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/put/", "/v1/seen", "/docs", "/v1/get/../put"])
def test_nothing_else_is_there(client: Client, path: str) -> None:
    refused(client.ask("GET", path), 404, "input-refused")
    refused(client.ask("POST", path, bytes(100_000)), 404, "input-refused")


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/put"), ("POST", "/v1/get"), ("PUT", "/v1/put")])
def test_methods(client: Client, method: str, path: str) -> None:
    reply = client.ask(method, path)
    refused(reply, 405, "input-refused")
    assert reply.headers["allow"] == ("GET" if path == "/v1/get" else "POST")
    assert client.ask("HEAD", "/v1/get").status == 405


def test_metrics_have_numbers_and_nobody(client: Client) -> None:
    secrets = client.mailbox()
    bucket = 'envelopes_seen_total{bucket="4096"}', 'bytes_seen_total{bucket="4096"}'
    before = [client.metric(name) for name in (*bucket, "envelopes_held", "bytes_held", "mailboxes")]
    client.put(secrets, envelope(1, 4096))
    client.put(secrets, envelope(1, 4096))
    after = [client.metric(name) for name in (*bucket, "envelopes_held", "bytes_held", "mailboxes")]
    assert [new - old for old, new in zip(before, after, strict=True)] == [1, 4096, 1, 4096, 0]
    page = client.ask("GET", "/metrics")
    assert page.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert client.metric('requests_total{operation="put",status="200"}') >= 1
    assert b"127.0.0.1" not in page.body
    assert not any(secret.hex().encode() in page.body for secret in secrets.all)

"""Starting, stopping, crashing, and what is left behind."""

from __future__ import annotations

import contextlib
import http.client
import signal
import socket
import threading
import time
from pathlib import Path

import pytest
from uvicorn.protocols.http.h11_impl import H11Protocol

from backchannel.errors import ConfigRefused
from backchannel.relay import access, serve
from backchannel.relay.config import RelayConfig
from backchannel.relay.serve import running
from tests.relay.loopback import Client, Reply, Secrets, client_of, envelope, process, until


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    config = RelayConfig(tmp_path, port=0)
    with running(config) as url, client_of(url) as client:
        secrets = client.mailbox()
        cursors = client.put_many(secrets, [envelope(1), envelope(2)]).value[1]
        client.delete(secrets, cursors[0])
    with running(config) as url, client_of(url) as client:
        assert client.ask("POST", "/v1/mailbox", secrets.body).status == 200
        assert client.get(secrets).value == [1, [[cursors[1], envelope(2)]]]
        assert client.put(secrets, envelope(1)).value[1] > cursors[1]


def test_a_stop_answers_who_waits(tmp_path: Path) -> None:
    replies: list[Reply] = []

    def poll(url: str, secrets: Secrets) -> None:
        with client_of(url) as reader:
            replies.append(reader.get(secrets, "wait=55"))

    with running(RelayConfig(tmp_path, port=0)) as url, client_of(url) as client:
        secrets = client.mailbox()
        threads = [threading.Thread(target=poll, args=(url, secrets)) for _ in range(3)]
        for thread in threads:
            thread.start()
        until(lambda: client.metric("waiting") == 3)
        start = time.monotonic()
    assert time.monotonic() - start < 8
    for thread in threads:
        thread.join()
    assert [reply.value for reply in replies] == [[1, []]] * 3


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_cleanly(tmp_path: Path, number: int) -> None:
    with process(tmp_path) as relay, client_of(relay.url) as client:
        reader = Client(relay.url)
        secrets = client.mailbox()
        client.put(secrets, envelope(1))
        reader._connection.request("GET", f"/v1/get?after={2**62}&wait=55", headers=secrets.get)
        until(lambda: client.metric("waiting") == 1)
        code, out, _ = relay.signal(number)
        response = reader._connection.getresponse()
        assert response.status == 200
        response.read()
        reader.close()
    assert (code, out) == (0, "closed\n")
    assert [path.name for path in tmp_path.iterdir()] == ["relay.sqlite3"]


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    acknowledged: dict[int, bytes] = {}

    def put_until_it_dies(url: str, secrets: Secrets, lane: int) -> None:
        with client_of(url) as client, contextlib.suppress(OSError, http.client.HTTPException):
            for number in range(100_000):
                bodies = [envelope(lane * 10**6 + 2 * number + part, 4096) for part in (0, 1)]
                reply = client.put_many(secrets, bodies) if lane % 2 else client.put(secrets, bodies[0])
                if reply.status == 429:  # faster than the rate allows
                    continue
                assert reply.status == 201
                cursors = reply.value[1] if lane % 2 else [reply.value[1]]
                acknowledged.update(zip(cursors, bodies, strict=False))

    with process(tmp_path) as relay:
        with client_of(relay.url) as client:
            secrets = client.mailbox()
        lanes = [threading.Thread(target=put_until_it_dies, args=(relay.url, secrets, lane)) for lane in range(4)]
        for thread in lanes:
            thread.start()
        until(lambda: len(acknowledged) > 300)
        relay.kill()
        for thread in lanes:
            thread.join()
    assert len(acknowledged) > 300

    held: dict[int, bytes] = {}
    with process(tmp_path) as relay, client_of(relay.url) as client:
        while page := client.get(secrets, f"after={max(held, default=0)}").value[1]:
            held.update((cursor, body) for cursor, body in page)
        assert acknowledged.items() <= held.items()
        assert client.put(secrets, envelope(5)).value[1] > max(held)


def test_nothing_is_logged_and_no_secret_is_stored(tmp_path: Path) -> None:
    with process(tmp_path) as relay, client_of(relay.url) as client:
        made = [client.mailbox() for _ in range(2)]
        stranger = Secrets()
        for secrets in made:
            client.put(secrets, envelope(1))
            client.get(secrets, "wait=0.01")
            client.put(secrets, bytes(5))
            client.get(secrets, "after=x")
            client.ask("POST", "/v1/put", envelope(1), secrets.get)
            client.ask("GET", f"/v1/{secrets.get_id.hex()}", headers=secrets.get)
            client.ask("POST", "/v1/mailbox", Secrets(put_id=secrets.put_id).body)
        client.put(stranger, envelope(1))
        with socket.create_connection(client.address) as raw:
            raw.sendall(f"nonsense {stranger.put_id.hex()}\r\n\r\n".encode())
            raw.recv(65536)
        secret_bytes = [secret for secrets in (*made, stranger) for secret in secrets.all]

        def stored() -> bytes:
            return b"".join(path.read_bytes() for path in tmp_path.iterdir())

        while_running = stored()
        code, out, err = relay.signal(signal.SIGTERM)
        assert (code, out) == (0, "closed\n")
        for content in (while_running, stored(), err.encode()):
            for secret in secret_bytes:
                assert secret not in content
                assert secret.hex().encode() not in content
        assert access.digest(made[0].put_id) in while_running, "the search does find what is there"
        assert "127.0.0.1" not in err
        assert str(client.address[1]) not in err


def test_what_was_deleted_is_overwritten(tmp_path: Path) -> None:
    with process(tmp_path) as relay, client_of(relay.url) as client:
        secrets = client.mailbox()
        cursor = client.put(secrets, envelope(1, 16384)).value[1]
        client.put(secrets, envelope(2, 16384))
        client.delete(secrets, cursor)
        relay.signal(signal.SIGTERM)
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert envelope(1, 16384)[5000:5100] not in content
    assert envelope(2, 16384)[5000:5100] in content


def test_who_comes_in_while_the_door_shuts_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a connection is not told of the end, and would outlive the data that it asks for."""
    monkeypatch.setattr(serve, "_GRACE", 0.1)
    monkeypatch.setattr(H11Protocol, "shutdown", lambda _: None)
    with running(RelayConfig(tmp_path, port=0)) as url, client_of(url) as client:
        assert client.ask("GET", "/v1/health").status == 200
        with socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2]))) as late:
            late.sendall(b"GET /v1/health HTTP/1.1\r\nHost: relay\r\n\r\n")
            assert late.recv(9) == b"HTTP/1.1 "
            kept = late.dup()
    with kept, contextlib.suppress(ConnectionResetError):
        kept.settimeout(10)
        while kept.recv(4096):
            pass


def test_an_address_in_use_is_refused(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigRefused, match=f"cannot listen on http://127.0.0.1:{port}"):  # noqa: SIM117
            with running(RelayConfig(tmp_path, port=port)):
                pass


def test_ipv6_has_its_own_form(tmp_path: Path) -> None:
    if not socket.has_ipv6:
        pytest.skip("no IPv6 here")
    try:
        with running(RelayConfig(tmp_path, host="::1", port=0)) as url, client_of(url) as client:
            assert url.startswith("http://[::1]:")
            assert client.ask("GET", "/v1/health").status == 200
    except ConfigRefused:
        pytest.skip("no IPv6 here")

"""`relay serve`: a relay from the command line."""

from __future__ import annotations

import signal
import socket
from pathlib import Path

import pytest

from backchannel.errors import ConfigRefused
from tests.cli.people import Person, open_line
from tests.relay.loopback import client_of


@pytest.fixture
def operator(home: Path) -> Person:
    return Person(home, "operator")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_tells_its_address_serves_and_stops_cleanly(operator: Person, ann: Person, bob: Person, number: int) -> None:
    data = operator.home / "relay"
    with operator.keeps_running("relay", "serve", "--port", "0", "--data", str(data)) as serving:
        url = serving.line()
        assert url.startswith("http://127.0.0.1:")
        serving.talk("ready")
        open_line(ann, bob, url)
        ann.says("bob", "hello")
        ended = serving.stops(number)
    assert ended.code == 0
    assert not ended.out
    assert not ended.err, "a relay has nothing to say about who came"
    with operator.keeps_running("relay", "serve", "--port", url.rpartition(":")[2], "--data", str(data)) as serving:
        assert serving.line() == url
        bob.runs("sync")
    assert bob.texts("ann") == ["hello"]


def test_it_needs_no_vault(operator: Person) -> None:
    with operator.keeps_running("relay", "serve", "--port", "0", "--data", str(operator.home / "relay")) as serving:
        serving.line()
    assert not operator.vault.exists()


def test_a_port_that_is_taken(operator: Person) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = operator.tries("relay", "serve", "--port", str(port), "--data", str(operator.home / "relay"))
    assert done.code == ConfigRefused.exit_code
    assert str(port) in done.err
    assert not done.out


@pytest.mark.parametrize("host", ["no.such.host.invalid", "256.1.1.1", "192.0.2.1"])
def test_an_address_that_is_not_ours(operator: Person, host: str) -> None:
    arguments = ["--host", host, "--port", "0", "--data", str(operator.home / "relay")]
    assert operator.tries("relay", "serve", *arguments).code == ConfigRefused.exit_code


def test_a_folder_that_cannot_be_used(operator: Person) -> None:
    (operator.home / "file").touch()
    done = operator.tries("relay", "serve", "--port", "0", "--data", str(operator.home / "file" / "relay"))
    assert done.code == ConfigRefused.exit_code


def test_a_token_file_that_cannot_be_read(operator: Person) -> None:
    path = operator.home / "token"
    arguments = [
        "relay",
        "serve",
        "--port",
        "0",
        "--data",
        str(operator.home / "r"),
        "--operator-token-file",
        str(path),
    ]
    assert operator.tries(*arguments).code == ConfigRefused.exit_code
    path.write_bytes(b"\xff\xff")
    assert operator.tries(*arguments).code == ConfigRefused.exit_code
    path.write_bytes(b"\n")
    assert operator.tries(*arguments).code == ConfigRefused.exit_code


def test_with_a_token_strangers_make_no_mailbox(operator: Person, ann: Person) -> None:
    path = operator.home / "token"
    path.write_text("secret of the operator\n")
    arguments = ["--port", "0", "--data", str(operator.home / "r"), "--operator-token-file", str(path)]
    with operator.keeps_running("relay", "serve", *arguments) as serving:
        url = serving.line()
        ann.runs("invite", "bob", "--relay", url)
        done = ann.tries("sync", "--json")
        assert done.value["problems"] == ["forbidden"]
        ended = serving.stops(signal.SIGTERM)
    assert "secret" not in ended.err


def test_metrics_are_where_the_operator_wants_them(operator: Person) -> None:
    for flags, answered in (([], True), (["--no-metrics"], False)):
        arguments = ["--port", "0", "--data", str(operator.home / "r"), *flags]
        with operator.keeps_running("relay", "serve", *arguments) as serving:
            url = serving.line()
            with client_of(url) as client:
                reply = client.ask("GET", "/metrics")
        assert reply.status == (200 if answered else 404)
        assert (b"backchannel_relay_" in reply.body) is answered


def test_the_data_is_for_its_owner(operator: Person) -> None:
    data = operator.home / "relay"
    with operator.keeps_running("relay", "serve", "--port", "0", "--data", str(data)) as serving:
        serving.line()
        assert not any(path.stat().st_mode & 0o077 for path in data.iterdir())

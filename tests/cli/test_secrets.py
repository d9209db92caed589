"""No secret where others can see it, and no network but what was named."""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import RelayUnreachable
from tests.cli.people import PASSPHRASE, Person, open_line

DEAD = "http://127.0.0.1:9"


def secrets_of(person: Person) -> list[str]:
    return [PASSPHRASE, person.passphrase_file.read_text("utf-8").strip()]


def test_no_file_of_a_vault_has_a_readable_word(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    words = "a sentence that nobody else would write"
    ann.says("bob", words)
    bob.runs("sync")
    relay = ann.status("bob")["relays"][0]
    for person in (ann, bob):
        everything = b"".join(path.read_bytes() for path in person.vault.iterdir())
        for secret in (words, *secrets_of(person), relay, "a sentence", "CREATE TABLE"):
            for encoding in ("utf-8", "utf-16-le"):
                assert secret.encode(encoding) not in everything


def test_errors_repeat_no_secret(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    words = "what was said in confidence"
    invitation = ann.runs("invite", "carl", "--text").out
    line = next(row for row in invitation.splitlines() if len(row) > 40)
    digits = ann.runs("verify", "bob", "--json").value["digits"]
    ann.says("bob", words)
    tries = [
        (["say", "nobody", words], b""),
        (["say", "bob", "-"], words.encode() + b"\xff"),
        (["say", "bob", words * 5000], b""),
        (["verify", "bob", "--digits", digits[:-1] + str((int(digits[-1]) + 1) % 10)], b""),
        (["join", "x", "--text", "-"], invitation.replace(line, line[:-1]).encode()),
        (["join", "x", "--text", "-"], invitation.encode() * 2),
        (["join", "x", "--text", invitation], b""),
        (["carry", "in", "--text"], invitation.encode()),
        (["passphrase", "--new-passphrase-file", str(ann.home / "none")], b""),
        (["lines", "--passphrase-file", str(bob.passphrase_file)], b""),
    ]
    for json in ([], ["--json"]):
        for arguments, stdin in tries:
            done = ann.tries(*arguments, *json, stdin=stdin)
            assert done.code != 0
            for secret in (words, line[:30], digits[:12], *secrets_of(ann), *secrets_of(bob)):
                assert secret not in done.err + done.out, arguments


def test_an_invitation_on_the_command_line_is_refused(ann: Person, bob: Person) -> None:
    text = ann.runs("invite", "bob").out
    done = bob.tries("join", "ann", "--text", text)
    assert done.code == 2
    assert "--text -" in done.err


def test_there_is_no_way_to_give_a_passphrase_as_an_argument(ann: Person) -> None:
    for flag in ("--passphrase", "--password", "-p", "--new-passphrase"):
        done = ann.tries("lines", flag, PASSPHRASE)
        assert done.code == 2
        assert PASSPHRASE not in done.err


# --- no network but what was named ------------------------------------------------------------------------------------


class Guard:
    """Sees every look-up of a name and every connection; lets nothing leave this machine."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        self.places: list[tuple[Any, ...]] = []
        connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

        def guarded(sock: socket.socket, address: Any) -> None:
            self.places.append(address)
            if not ip_address(address[0]).is_loopback:
                raise OSError(errno.ENETUNREACH, "Network is unreachable")
            connect(sock, address)

        def looked_up(host: Any, *rest: Any, **named: Any) -> Any:
            self.names.append(str(host))
            try:
                ip_address(str(host))
            except ValueError as error:
                raise socket.gaierror(socket.EAI_NONAME, "Name or service not known") from error
            return getaddrinfo(host, *rest, **named)

        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket, "getaddrinfo", looked_up)


@pytest.fixture
def guard(monkeypatch: pytest.MonkeyPatch) -> Guard:
    return Guard(monkeypatch)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://relay.invalid-test", "relay.invalid-test"),
        ("http://192.0.2.7:8440", "192.0.2.7"),
        ("https://[2001:db8::7]", "2001:db8::7"),
    ],
)
def test_only_the_relay_that_was_named_is_asked(ann: Person, bob: Person, guard: Guard, url: str, host: str) -> None:
    text = ann.runs("invite", "bob", "--relay", url).out
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    assert bob.runs("say", "ann", "one", "--json").value["sent"] is False
    done = bob.tries("sync", "--json")
    assert done.code == RelayUnreachable.exit_code
    assert done.error["error"] == "relay-unreachable"
    assert host in done.error["message"]
    bob.runs("read", "ann")
    bob.runs("doctor")
    assert set(guard.names) == {host}
    assert {place[0] for place in guard.places} <= {host}


def test_a_line_without_a_relay_touches_no_network(ann: Person, bob: Person, home: Path, guard: Guard) -> None:
    text = ann.runs("invite", "bob").out
    bob.runs("join", "ann", "--text", "-", stdin=text)
    for giver, line, taker in ((bob, "ann", ann), (ann, "bob", bob), (bob, "ann", ann)):
        taker.runs("carry", "in", "--text", stdin=giver.runs("carry", "out", line, "--text").out)
    ann.runs("say", "bob", "one")
    for command in (
        ["sync"], ["read", "bob"], ["lines"], ["status"], ["doctor"], ["verify", "bob"], ["proxy"], ["--help"],
        ["carry", "out", "bob", str(home), "--qr"], ["carry", "out", "bob", str(home)], ["--version"],
    ):  # fmt: skip
        ann.runs(*command)
    assert guard.names == []
    assert guard.places == []


def test_offline_is_offline(ann: Person, bob: Person, relay: str, monkeypatch: pytest.MonkeyPatch) -> None:
    open_line(ann, bob, relay)
    guard = Guard(monkeypatch)
    ann.runs("say", "bob", "one", "--offline")
    ann.runs("read", "bob", "--offline")
    ann.runs("doctor", "--offline")
    ann.runs("lines")
    ann.runs("status")
    ann.runs("verify", "bob")
    assert guard.places == []


def test_proxies_of_the_environment_are_nobodys_wish(
    ann: Person, bob: Person, relay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, DEAD)
    open_line(ann, bob, relay)
    guard = Guard(monkeypatch)
    assert ann.runs("say", "bob", "one", "--json").value["sent"] is True
    assert {place[1] for place in guard.places} == {int(relay.rpartition(":")[2])}

"""`sync`, `lines`, `status`, `doctor`: how things stand, and a relay that is away for a while."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from backchannel.errors import RelayUnreachable
from backchannel.relay.config import RelayConfig
from backchannel.relay.serve import running
from tests.cli.conftest import GENEROUS
from tests.cli.people import Person, open_line, until

SYNC = {"schema", "line", "phase", "sent", "fetched", "events", "refused", "unacknowledged", "problems", "resting"}
STATUS = {
    "restored", "peer_restored", "recovering", "lost",
    "schema", "line", "phase", "role", "created", "verified", "relays", "folders", "mails", "said", "unacknowledged",
    "heard", "missing", "last_heard", "next_repeat", "epoch", "session", "silenced", "forks", "notices", "files",
    "closing", "retention", "steady",
}  # fmt: skip
DEAD = "http://127.0.0.1:9"


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_sync_says_what_it_did(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "one", "--offline")
    value = ann.runs("sync", "bob", "--json").value
    assert set(value) == SYNC
    assert value["line"] == "bob"
    assert value["phase"] == "open"
    assert value["sent"] >= 1
    assert value["unacknowledged"] == 1
    assert value["problems"] == []
    assert bob.runs("sync", "--json").value["events"] == 1
    done = ann.runs("sync")
    assert not done.out
    assert "bob: " in done.err


def test_sync_takes_all_lines_or_one(ann: Person, bob: Person, relay: str) -> None:
    open_line(ann, bob, relay)
    ann.runs("invite", "carl", "--relay", relay)
    assert [value["line"] for value in ann.runs("sync", "--json").values] == ["bob", "carl"]
    assert ann.runs("sync", "carl", "--json").value["line"] == "carl"
    assert ann.runs("sync", "carl", "--json").value["phase"] == "inviting"


def test_a_vault_without_lines_has_nothing_to_do(ann: Person) -> None:
    for command in ("sync", "lines", "status"):
        assert ann.runs(command, "--json").out == ""


# --- a relay that is away ---------------------------------------------------------------------------------------------


def test_what_is_said_while_the_relay_is_away_goes_out_when_it_is_back(ann: Person, bob: Person, home: Path) -> None:
    config = RelayConfig(home / "relay", port=free_port(), limits=GENEROUS)
    with running(config) as url:
        open_line(ann, bob, url)
    done = ann.runs("say", "bob", "into the dark", "--json")
    assert done.value["sent"] is False
    assert done.err.startswith("warning: The relay does not answer")
    assert ann.texts("bob") == ["into the dark"]
    done = ann.tries("sync", "--json")
    assert done.code == RelayUnreachable.exit_code == 6
    assert done.value["problems"] == ["relay-unreachable"]
    assert done.error["error"] == "relay-unreachable"
    read = ann.runs("read", "bob")
    assert "into the dark" in read.out
    assert "warning" in read.err
    assert "does not answer" in ann.runs("doctor").out
    with running(config):
        ann.runs("sync")
        bob.runs("sync")
        assert bob.texts("ann") == ["into the dark"]


def test_one_of_two_relays_is_enough(ann: Person, bob: Person, relay: str) -> None:
    open_line(ann, bob, DEAD, relay)
    done = ann.runs("say", "bob", "one", "--json")
    assert done.value["sent"] is True
    done = bob.runs("sync", "--json")
    assert done.value["problems"] == ["relay-unreachable"]
    assert bob.texts("ann") == ["one"]


def test_an_onion_without_a_proxy_is_never_looked_up(
    ann: Person, bob: Person, relay: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    real = socket.getaddrinfo

    def watched(host: object, *rest: object, **named: object) -> object:
        asked.append(host)
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    onion = "http://" + "a" * 56 + ".onion"
    open_line(ann, bob, onion, onion + ".", relay)
    done = ann.runs("say", "bob", "one", "--json")
    assert done.value["sent"] is True, "the other relay is used"
    assert "Tor alone" in done.err
    assert "backchannel proxy" in done.err, "and it says what to do"
    assert "Tor alone" in ann.runs("doctor").out
    bob.runs("sync")
    assert bob.texts("ann") == ["one"]
    assert not any("onion" in str(host) for host in asked)
    ann.runs("invite", "carl", "--relay", onion)
    assert ann.tries("sync", "carl").code == 6


def test_repeats_go_to_every_relay(ann: Person, bob: Person, home: Path, relay: str) -> None:
    """What was confirmed by nobody is given to all of them: one may be keeping it to itself."""
    with running(RelayConfig(home / "second", port=0, limits=GENEROUS)) as second:
        open_line(ann, bob, relay, second)
        bob.runs("sync")
        ann.runs("sync")
        ann.runs("say", "bob", "again and again")
        ann.years += 1 / 365
        value = ann.runs("sync", "--json").value
        assert value["sent"] >= 2
        assert bob.runs("sync", "--json").value["fetched"] >= 2
        assert bob.texts("ann") == ["again and again"]


# --- watch ------------------------------------------------------------------------------------------------------------


def test_watching_answers_sends_and_fetches_until_told_to_stop(ann: Person, bob: Person, home: Path) -> None:
    config = RelayConfig(home / "relay", port=free_port(), limits=GENEROUS)
    with running(config) as url:
        text = ann.runs("invite", "bob", "--relay", url).out
        with ann.keeps_running("sync", "--watch") as watching:
            watching.talk("bob: ")
            bob.runs("join", "ann", "--text", "-", "--wait", "30", stdin=text)
            bob.says("ann", "one")
            until(lambda: ann.texts("bob") == ["one"])
            assert ann.alone("say", "bob", "two", "--offline").code == 0
            until(lambda: bob.runs("read", "ann", "--json").values[-1]["text"] == "two")
            ended = watching.stops()
        assert ended.code == 130
        assert not ended.out
        assert "Traceback" not in ended.err, ended.err[-2000:]


def test_watching_outlives_the_relay(ann: Person, bob: Person, home: Path) -> None:
    config = RelayConfig(home / "relay", port=free_port(), limits=GENEROUS)
    with running(config) as url:
        open_line(ann, bob, url)
        watching = ann.keeps_running("sync", "--watch")
        process = watching.__enter__()
        process.talk("bob: ")
    try:
        process.talk("does not answer")
        with running(config):
            bob.says("ann", "you are back")
            process.talk("is back")
            until(lambda: ann.texts("bob") == ["you are back"])
            assert process.stops().code == 130
    finally:
        watching.__exit__(None, None, None)


def test_watching_json_is_data_alone(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    with ann.keeps_running("sync", "--watch", "--json") as watching:
        assert '"line": "bob"' in watching.line()
        assert not watching.stops().out


# --- how things stand -------------------------------------------------------------------------------------------------


def test_lines_and_status_have_the_same_fields(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.says("bob", "one")
    bob.runs("sync")
    for command in ("lines", "status"):
        value = ann.runs(command, "--json").value
        assert set(value) == STATUS
        assert (value["said"], value["unacknowledged"], value["heard"]) == (1, 1, 0)
        assert value["role"] == "inviter"
        assert value["next_repeat"] is not None
    ann.runs("sync")
    value = ann.status("bob")
    assert (value["unacknowledged"], value["next_repeat"]) == (0, None)


def test_lines_for_people_stand_in_columns(ann: Person, bob: Person, relay: str) -> None:
    open_line(ann, bob, relay)
    for name in ("אמל", "dan", "名前"):
        ann.runs("invite", name)
    head, *rows = ann.runs("lines").out.splitlines()
    assert head.split()[0] == "line"
    assert len(rows) == 4
    assert "unverified" in next(row for row in rows if row.startswith("bob"))


def test_status_tells_what_is_missing(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.runs("say", "bob", "one")
    done = bob.runs("status")
    assert "they said" in done.out
    assert not done.err
    out = ann.runs("status", "bob").out
    assert "1 not confirmed yet" in out
    assert ann.status("bob")["relays"][0] in out


def test_the_doctor_finds_what_to_do(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    values = ann.runs("doctor", "--json").values
    assert all(set(value) == {"schema", "what", "finding", "detail"} for value in values)
    assert {value["finding"] for value in values} == {"good", "warning"}
    assert any("verify bob" in value["detail"] for value in values)
    ann.runs("verify", "bob", "--digits", ann.runs("verify", "bob", "--json").value["digits"])
    assert {value["finding"] for value in ann.runs("doctor", "--json").values} == {"good"}


def test_the_doctor_asks_no_relay_if_told_so(ann: Person) -> None:
    ann.runs("invite", "bob", "--relay", DEAD)
    assert DEAD not in ann.runs("doctor", "--offline").out
    done = ann.runs("doctor")
    assert DEAD in done.out
    assert "does not answer" in done.out


# --- proxy ------------------------------------------------------------------------------------------------------------


def test_the_proxy_is_set_shown_and_taken_back(ann: Person) -> None:
    assert ann.runs("proxy").out == "none\n"
    done = ann.runs("proxy", "socks5h://127.0.0.1:9050/")
    assert not done.out
    assert ann.runs("proxy").out == "socks5://127.0.0.1:9050\n"
    ann.runs("proxy", "none")
    assert ann.runs("proxy").out == "none\n"


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080", "127.0.0.1:9050", "socks5://127.0.0.1", "socks5://:1", "", "socks5://h:x"]
)
def test_a_proxy_that_is_none(ann: Person, url: str) -> None:
    ann.runs("proxy", "socks5://127.0.0.1:9050")
    assert ann.tries("proxy", url).code == 9
    assert ann.runs("proxy").out == "socks5://127.0.0.1:9050\n"


def test_the_proxy_can_be_named_from_the_start(home: Path) -> None:
    person = Person(home, "ann")
    assert person.tries("init", "--proxy", "nonsense").code == 9
    assert not person.vault.exists()
    person.runs("init", "--proxy", "socks5://127.0.0.1:9")
    assert person.runs("proxy").out == "socks5://127.0.0.1:9\n"


def test_everything_goes_through_the_proxy_or_nowhere(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    ann.runs("proxy", DEAD.replace("http", "socks5"))
    done = ann.runs("say", "bob", "one", "--json")
    assert done.value["sent"] is False
    assert ann.tries("sync").code == 6
    ann.runs("sync", BACKCHANNEL_PROXY="")
    assert ann.tries("sync", BACKCHANNEL_PROXY="socks5://127.0.0.1:9").code == 6
    assert ann.tries("sync", BACKCHANNEL_PROXY="nonsense").code == 9
    ann.runs("proxy", "none")
    ann.runs("sync")

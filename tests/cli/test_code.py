"""`invite --code` and `join --code`: twelve digits over the phone, while both are online."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backchannel.app import code as code_module
from backchannel.errors import CodeRefused, ConfigRefused
from tests.cli.people import Person, Running


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(code_module.invitation_by_code, "__defaults__", (1.5,))


@contextmanager
def inviting(ann: Person, relay: str, wait: str = "60") -> Iterator[tuple[Running, str]]:
    with ann.keeps_running("invite", "bob", "--relay", relay, "--code", "--wait", wait) as running:
        yield running, running.line()


def test_twelve_digits_and_a_relay_make_a_line(ann: Person, bob: Person, relay: str) -> None:
    with inviting(ann, relay) as (running, shown):
        digits, _, url = shown.partition("@")
        assert url == relay
        assert len(digits.replace("-", "")) == 12
        done = bob.runs("join", "ann", "--code", shown, "--wait", "30")
        assert "The line is open" in done.err
        ended = running.ends()
    assert ended.code == 0
    assert not ended.out
    assert ann.status("bob")["phase"] == "open"
    assert ann.runs("verify", "bob", "--json").value["digits"] == bob.runs("verify", "ann", "--json").value["digits"]


@pytest.mark.parametrize("form", ["spaces", "arabic", "option", "environment"])
def test_the_code_as_people_type_it(ann: Person, bob: Person, relay: str, form: str) -> None:
    with inviting(ann, relay) as (_, shown):
        digits = shown.partition("@")[0]
        named = {"BACKCHANNEL_RELAY": relay} if form == "environment" else {}
        match form:
            case "spaces":
                typed = [digits.replace("-", " ") + "@" + relay]
            case "arabic":
                typed = [digits.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")) + "@" + relay]
            case "option":
                typed = [digits, "--relay", relay]
            case _:
                typed = [digits]
        done = bob.runs("join", "ann", "--code", *typed, "--wait", "30", **named)
        assert "The line is open" in done.err


def test_a_wrong_guess_kills_the_code_and_is_noticed(ann: Person, bob: Person, relay: str) -> None:
    with inviting(ann, relay) as (running, shown):
        digits = shown.partition("@")[0]
        wrong = digits[:-1] + str((int(digits[-1]) + 1) % 10)
        done = bob.tries("join", "ann", "--code", f"{wrong}@{relay}")
        assert done.code == CodeRefused.exit_code == 7
        assert bob.runs("lines", "--json").out == ""
        ended = running.ends()
    assert ended.code == CodeRefused.exit_code
    assert "somebody answered" in ended.err
    assert digits not in ended.err.replace(shown, "")
    done = bob.tries("join", "ann", "--code", shown)
    assert done.code == CodeRefused.exit_code, "the right one comes too late"


def test_a_code_is_good_once(ann: Person, bob: Person, relay: str) -> None:
    with inviting(ann, relay) as (_, shown):
        bob.runs("join", "ann", "--code", shown, "--wait", "30")
        assert bob.tries("join", "again", "--code", shown).code == CodeRefused.exit_code


def test_nobody_comes(ann: Person, relay: str) -> None:
    done = ann.tries("invite", "bob", "--relay", relay, "--code", "--wait", "1")
    assert done.code == CodeRefused.exit_code
    assert "in time" in done.err


def test_interrupted_it_takes_its_offer_back(ann: Person, bob: Person, relay: str) -> None:
    with inviting(ann, relay) as (running, shown):
        ended = running.stops()
    assert ended.code == 130
    assert "Traceback" not in ended.err
    done = bob.tries("join", "ann", "--code", shown)
    assert done.code == CodeRefused.exit_code


@pytest.mark.parametrize("typed", ["1", "1234-5678-901", "1234-5678-9012-3", "hello", ""])
def test_digits_that_are_no_code(bob: Person, relay: str, typed: str) -> None:
    done = bob.tries("join", "ann", "--code", f"{typed}@{relay}")
    assert done.code == CodeRefused.exit_code


def test_a_code_without_its_relay(bob: Person) -> None:
    done = bob.tries("join", "ann", "--code", "1234-5678-9012")
    assert done.code == ConfigRefused.exit_code
    assert "--relay" in done.err


def test_the_relay_of_a_code_is_away(ann: Person, bob: Person) -> None:
    dead = "http://127.0.0.1:9"
    done = bob.tries("join", "ann", "--code", f"1234-5678-9012@{dead}")
    assert done.code == 6
    assert "1234" not in done.err
    done = ann.tries("invite", "bob", "--relay", dead, "--code")
    assert done.code == 6
    assert "hint" in done.err

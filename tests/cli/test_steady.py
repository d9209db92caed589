"""`steady`: set, shown, kept, and what the other commands do meanwhile."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import ConfigRefused, LineUnknown
from backchannel.vault.keyfile import read_key
from tests.cli.people import PASSPHRASE, Person
from tests.support.world import FastVault

USAGE = 2


def shown(person: Person, line: str) -> Any:
    return person.runs("steady", line, "--json").value["steady"]


def test_it_is_set_shown_changed_and_taken_back(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    assert shown(ann, "bob") is None
    assert "at once" in ann.runs("steady", "bob").err
    told = ann.runs("steady", "bob", "--every", "10m")
    assert "4 KiB every 10 minutes" in told.out
    assert "sync --watch" in told.err
    assert (shown(ann, "bob")["every_seconds"], shown(ann, "bob")["size"]) == (600, 4096)
    assert ann.status("bob")["steady"] == shown(ann, "bob")
    ann.runs("steady", "bob", "--size", "64")
    ann.runs("steady", "bob", "--every", "2h")
    assert (shown(ann, "bob")["every_seconds"], shown(ann, "bob")["size"]) == (7200, 65536)
    assert re.search(r"steady +one envelope of 64 KiB every 2 hours, next at ", ann.runs("status", "bob").out)
    assert "sends at once again" in ann.runs("steady", "bob", "--off").err
    assert ann.status("bob")["steady"] is None


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("bob", "--every", "59s"), USAGE),
        (("bob", "--every", "0m"), USAGE),
        (("bob", "--every", "2d"), USAGE),
        (("bob", "--every", "ten"), USAGE),
        (("bob", "--size", "2"), USAGE),
        (("bob", "--off", "--every", "10m"), USAGE),
        (("carl", "--every", "10m"), LineUnknown.exit_code),
    ],
)
def test_what_cannot_be_done_changes_nothing(
    pair: tuple[Person, Person], arguments: tuple[str, ...], code: int
) -> None:
    ann, _ = pair
    assert ann.tries("steady", *arguments).code == code
    assert shown(ann, "bob") is None


def test_a_line_that_goes_by_hand_is_not_steady(ann: Person, home: Path) -> None:
    ann.runs("invite", "bob", "--file", str(home / "invitation.txt"))
    done = ann.tries("steady", "bob", "--every", "10m", "--json")
    assert (done.code, done.error["error"]) == (ConfigRefused.exit_code, "config-refused")


def test_a_line_that_is_not_open_begins_when_it_is(ann: Person, bob: Person, home: Path, relay: str) -> None:
    ann.runs("invite", "bob", "--relay", relay, "--file", str(home / "invitation.txt"))
    assert "will be steady" in ann.runs("steady", "bob", "--every", "10m").err
    bob.runs("join", "ann", "--file", str(home / "invitation.txt"), "--wait", "0")
    ann.runs("sync")  # answers at once: nothing of the line is there yet to be hidden
    assert ann.status("bob")["phase"] == "open"
    assert ann.status("bob")["steady"]["every_seconds"] == 600


def test_by_hand_nothing_goes_out_and_the_words_say_when(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    ann.runs("steady", "bob", "--every", "1h", "--size", "1")
    done = ann.runs("say", "bob", "in its slot")
    assert re.search(r"bob is steady: it goes out at 20\d\d-\d\d-\d\d \d\d:\d\d, if `backchannel sync", done.err)
    assert ann.runs("say", "bob", "x" * 3000, "--json").value["sent"] is False
    assert "(in 6 envelopes)" in ann.runs("say", "bob", "y", "--offline").err
    assert "6 envelopes to say" in ann.runs("sync", "bob").err
    assert "nothing keeps it" in ann.runs("read", "bob").err
    assert "nothing keeps it" in ann.runs("doctor", "--offline").out
    assert ann.runs("sync", "--json").value["sent"] == 0
    (home / "a.txt").write_text("a file", "utf-8")
    assert "1 envelope, 1 hour or more" in ann.runs("attach", "bob", str(home / "a.txt")).err
    bob.runs("sync")
    assert bob.texts("ann") == []
    ann.runs("steady", "bob", "--off")
    ann.runs("sync")
    bob.runs("sync")
    assert len(bob.log("ann")) == 4


def test_a_hand_still_carries(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    ann.runs("steady", "bob", "--every", "1h")
    ann.runs("say", "bob", "on a stick")
    (home / "stick").mkdir()
    ann.runs("carry", "out", "bob", str(home / "stick"))
    bob.runs("carry", "in", str(home / "stick"))
    assert bob.texts("ann") == ["on a stick"]


def test_the_rhythm_is_in_a_backup_and_the_phase_is_not(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    ann.runs("steady", "bob", "--every", "3h", "--size", "16")
    ann.runs("backup", str(home / "backup"))
    back = Person(home, "back")
    back.environment["BACKCHANNEL_PASSPHRASE_FILE"] = str(ann.passphrase_file)
    back.runs("restore", str(home / "backup"))
    vault = FastVault(back.vault, read_key(back.vault, f"{PASSPHRASE} but ann"))
    with vault.read() as transaction:
        names = [name for name, _ in transaction.privates(transaction.line_named("bob").id)]
    vault.close()
    assert names == ["steady"]

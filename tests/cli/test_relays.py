"""`relays`: a relay is gone, and the line moves to another."""

from __future__ import annotations

from pathlib import Path

from backchannel.errors import ConfigRefused, LineUnknown
from backchannel.relay.config import RelayConfig
from backchannel.relay.serve import running
from tests.cli.conftest import GENEROUS
from tests.cli.people import Person, open_line


def test_a_line_moves_to_another_relay_and_nothing_is_lost(ann: Person, bob: Person, home: Path, relay: str) -> None:
    with running(RelayConfig(home / "first", port=0, limits=GENEROUS)) as first:
        open_line(ann, bob, first)
        ann.says("bob", "by the first")
        bob.runs("sync")
    ann.runs("say", "bob", "while it was gone", "--offline")
    for person, name in ((ann, "bob"), (bob, "ann")):
        done = person.runs("relays", name, "--add", relay, "--remove", first)
        assert done.out.split() == [relay]
        assert "the same" in done.err
    for _ in range(2):
        ann.years += 1 / 365
        ann.runs("sync")
        bob.years += 1 / 365
        bob.runs("sync")
    assert bob.texts("ann") == ["by the first", "while it was gone"]
    assert ann.runs("relays", "bob", "--json").value["relays"] == [relay]


def test_what_cannot_be_done_changes_nothing(pair: tuple[Person, Person], relay: str) -> None:
    ann, _ = pair
    assert ann.tries("relays", "bob", "--remove", "http://127.0.0.1:9").code == ConfigRefused.exit_code
    assert ann.tries("relays", "bob", "--add", "nonsense").code == ConfigRefused.exit_code
    many = [part for number in range(9) for part in ("--add", f"http://127.0.0.1:{number + 1}")]
    assert ann.tries("relays", "bob", *many).code == ConfigRefused.exit_code
    assert ann.tries("relays", "carl").code == LineUnknown.exit_code
    assert ann.runs("relays", "bob").out.split() == [relay]
    assert "by hand" in ann.runs("relays", "bob", "--remove", relay).err

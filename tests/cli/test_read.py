"""`read`: what was said, shown so that it does no harm, and exactly in JSON; `--follow` beside other processes."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import time

import pytest

from backchannel.app.desk import Desk
from backchannel.app.say import append_own
from backchannel.vault.keyfile import read_key
from backchannel.wire.codec import encode
from tests.cli.people import BACKCHANNEL, PASSPHRASE, Person
from tests.support.world import FastVault

FIELDS = {
    "schema": int, "id": str, "author": str, "number": int, "sent": str, "received": str, "kind": str, "text": str,
    "position": int, "delivered": bool, "forked": bool, "act": type(None), "handling": str, "question": bool,
    "answers": type(None), "carried": type(None),
}  # fmt: skip
MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00"


def conversation(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    ann, bob = pair
    ann.says("bob", "one", "two")
    bob.runs("sync")
    bob.says("ann", "three")
    ann.runs("sync")
    ann.says("bob", "four")
    bob.runs("sync")
    return ann, bob


def test_json_has_exactly_these_fields(pair: tuple[Person, Person]) -> None:
    for person, line in zip(conversation(pair), ("bob", "ann"), strict=True):
        for value in person.runs("read", line, "--json").values:
            assert {name: type(found) for name, found in value.items()} == FIELDS
            assert value["author"] in ("me", "them")
            assert value["kind"] == "text"
            assert re.fullmatch(r"[0-9a-f]{64}", value["id"])
            assert re.fullmatch(MOMENT, value["sent"])
            assert re.fullmatch(MOMENT, value["received"])


def test_both_read_the_same_in_the_same_order(pair: tuple[Person, Person]) -> None:
    ann, bob = conversation(pair)
    assert ann.texts("bob") == bob.texts("ann") == ["one", "two", "three", "four"]
    assert [event["id"] for event in ann.log("bob")] == [event["id"] for event in bob.log("ann")]
    assert [event["author"] for event in ann.log("bob")] == ["me", "me", "them", "me"]
    assert [event["author"] for event in bob.log("ann")] == ["them", "them", "me", "them"]
    assert [event["number"] for event in bob.log("ann")] == [1, 2, 1, 3]


def test_what_they_have_confirmed_is_marked(pair: tuple[Person, Person]) -> None:
    ann, bob = conversation(pair)
    assert [event["delivered"] for event in ann.log("bob")] == [True, True, True, False]
    bob.runs("sync")
    ann.runs("sync")
    assert all(event["delivered"] for event in ann.log("bob"))
    assert ann.runs("read", "bob").out.count("✓") == 3


def test_reading_fetches_unless_told_not_to(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.says("bob", "hello")
    assert bob.runs("read", "ann", "--offline").out == ""
    assert "hello" in bob.runs("read", "ann").out


def test_since_is_a_position_in_the_order_of_coming(pair: tuple[Person, Person]) -> None:
    ann, _ = conversation(pair)
    positions = [event["position"] for event in ann.log("bob")]
    assert sorted(positions) == [1, 2, 3, 4]
    for since in range(6):
        found = ann.runs("read", "bob", "--json", "--since", str(since)).values
        assert [event["position"] for event in found] == list(range(since + 1, 5))


def test_last(pair: tuple[Person, Person]) -> None:
    ann, _ = conversation(pair)
    for last, expected in ((1, ["four"]), (3, ["two", "three", "four"]), (99, ["one", "two", "three", "four"])):
        found = ann.runs("read", "bob", "--json", "--last", str(last)).values
        assert [event["text"] for event in found] == expected


def test_for_people_it_is_a_line_each(pair: tuple[Person, Person]) -> None:
    ann, _ = conversation(pair)
    rows = ann.runs("read", "bob").out.splitlines()
    assert [re.sub(r"\s+", " ", row).split(" ")[4] for row in rows] == ["me", "me", "them", "me"]
    assert all("\u2068" in row and row.endswith("\u2069") for row in rows)


# --- words that would do something ------------------------------------------------------------------------------------

HARMFUL = (
    "\x1b[2J\x1b[H gone",
    "\x1b]0;title\x07",
    "\x1b]8;;http://evil\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m eight bits",
    "back\b\b\b\bover",
    "carriage\rreturn",
    "\u202egnp.exe",
    "\u2066\u2067\u2068 unbalanced",
    "\u2069\u2069\u2069 out of the isolate",
    "\u2028\u2029 separators",
    "\ufeff\x00\x7f",
    "fake\n     9  2026-01-01 00:00  me   ✓ I promise",
)
FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066\u2067\ufeff]")
ISOLATES, POP = "\u2066\u2067\u2068", "\u2069"


def is_closed(row: str) -> bool:
    """Whether every isolate is closed, and none that was not opened."""
    depth = 0
    for character in row:
        depth += (character in ISOLATES) - (character == POP)
        if depth < 0:
            return False
    return depth == 0


def without_names(out: str) -> str:
    """What is shown, with the names of characters freed of the isolate that each of them stands in."""
    return re.sub("\u2066(‹[A-Z0-9+]+›)\u2069", r"\1", out)


def test_what_the_other_side_says_cannot_touch_the_screen(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    for text in HARMFUL:
        bob.runs("say", "ann", "--", text)
    done = ann.runs("read", "bob")
    shown = without_names(done.out)
    assert not FORBIDDEN.search(shown)
    for row in shown.splitlines():
        assert is_closed(row), "every row keeps its own direction"
    assert "‹U+001B›" in done.out
    assert "‹RLO›" in done.out
    heads = [row for row in done.out.splitlines() if re.match(r" +\d+  \d{4}-", row)]
    assert len(heads) == len(HARMFUL), "nobody else's words look like a row of ours"
    assert ann.texts("bob") == list(HARMFUL), "and in JSON they are what they are"


def test_json_stays_one_object_a_line(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    bob.runs("say", "ann", "a\nb\u2028c\r\n")
    out = ann.runs("read", "bob", "--json").out
    assert len(out.splitlines()) == 1, "also for those who know the line ends of Unicode"
    assert json.loads(out)["text"] == "a\nb\u2028c\r\n"


def test_json_on_a_terminal_does_no_harm_either(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    for text in HARMFUL:
        bob.runs("say", "ann", "--", text)
    out = ann.runs("read", "bob", "--json").out
    assert not FORBIDDEN.search(out)
    assert not any(mark in out for mark in ISOLATES + POP)


@pytest.mark.parametrize("kind", ["offer", "x\x1b[31m", "\u202e"])
def test_a_kind_that_a_newer_peer_uses_is_shown_as_such(pair: tuple[Person, Person], kind: str) -> None:
    ann, bob = pair
    vault = FastVault(bob.vault, read_key(bob.vault, f"{PASSPHRASE} but bob"))
    desk = Desk(vault, lambda: int(time.time() * 1000), lambda size: bytes(size))
    with desk.work() as work:
        line, _ = append_own(work, work.transaction.line_named("ann"), kind, encode({"x": 1}), 2**40)
        work.transaction.save_line(line)
    vault.close()
    bob.runs("sync")
    done = ann.tries("read", "bob")
    (event,) = ann.log("bob")
    assert event["kind"] == kind
    assert event["text"] is None
    assert "this version cannot show it" in done.out
    assert not FORBIDDEN.search(without_names(done.out))


# --- follow -----------------------------------------------------------------------------------------------------------


def test_follow_shows_what_both_sides_say_while_it_runs(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    ann.says("bob", "before")
    with ann.keeps_running("read", "bob", "--follow", "--json") as following:

        def next_said() -> tuple[str, str]:
            value = json.loads(following.line())
            assert set(value) == set(FIELDS)
            return value["author"], value["text"]

        assert next_said() == ("me", "before")
        bob.says("ann", "from the other side")
        assert next_said() == ("them", "from the other side")
        done = ann.alone("say", "bob", "from another process of mine", "--json")
        assert (done.code, done.value["sent"]) == (0, True)
        assert next_said() == ("me", "from another process of mine")
        bob.runs("sync")
        assert bob.texts("ann")[-1] == "from another process of mine"
        ann.alone("say", "bob", "the follower sends this", "--offline")
        assert next_said() == ("me", "the follower sends this")
        for count in range(3):
            bob.says("ann", f"quickly {count}")
            assert next_said() == ("them", f"quickly {count}")
        ended = following.stops()
    assert ended.code == 130
    assert not ended.out
    assert not ended.err, "a person who presses Ctrl-C wants no stack of anything"
    bob.runs("sync")
    assert "the follower sends this" in bob.texts("ann")
    assert ann.status("bob")["missing"] == []


def test_follow_from_a_position(pair: tuple[Person, Person]) -> None:
    ann, _ = conversation(pair)
    with ann.keeps_running("read", "bob", "--follow", "--json", "--since", "3", "--offline") as following:
        assert json.loads(following.line())["text"] == "four"
        ann.says("bob", "five")
        assert json.loads(following.line())["text"] == "five"
        assert following.stops(signal.SIGINT).code == 130


def test_a_reader_that_has_seen_enough_is_no_error(pair: tuple[Person, Person]) -> None:
    """`read | head -1`"""
    ann, bob = pair
    ann.says("bob", "one")
    command = " ".join(shlex.quote(part) for part in BACKCHANNEL)
    shell = f"{command} read bob --follow --json; echo ended $? >&2"
    with subprocess.Popen(
        ["bash", "-c", f"({shell}) | head -n 1"],
        env=ann.process_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None
        assert json.loads(running.stdout.readline())["text"] == "one"
        bob.says("ann", "two")
        _, talk = running.communicate(timeout=30)
    assert talk == "ended 0\n"


def test_told_to_end_it_ends(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    with ann.keeps_running("read", "bob", "--follow", "--json") as following:
        bob.says("ann", "one")
        following.line()
        assert following.stops(signal.SIGTERM).code == -signal.SIGTERM
    assert ann.texts("bob") == ["one"]

"""`overlap`: two vaults run a round over a relay, by commands alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import InputRefused
from tests.cli.people import Person

LIST = ("ten for ten, at the north gate", "twelve for ten", "רשימה א׳", "قائمة ب")


def open_packages(ann: Person, *more: str, packages: tuple[str, ...] = LIST) -> dict[str, Any]:
    path = ann.home / "packages.txt"
    path.write_text("\n".join(packages) + "\n", "utf-8")
    more = more if "--strict" in more else (*more, "--plain")
    return ann.runs("overlap", "open", "bob", "--packages", str(path), "--json", *more).value


def marks(person: Person, line: str, typed: str, *more: str) -> None:
    person.runs("overlap", "mark", line, *more, stdin=typed)


def play(ann: Person, bob: Person, *more: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Take turns until neither has anything to do."""
    for _ in range(4):
        mine = ann.runs("overlap", "go", "bob", "--json", *more).value
        theirs = bob.runs("overlap", "go", "ann", "--json", *more).value
    return mine, theirs


@pytest.mark.parametrize("more", [(), ("--strict",)], ids=["plain", "strict"])
def test_only_what_both_marked_is_seen_by_both(pair: tuple[Person, Person], more: tuple[str, ...]) -> None:
    ann, bob = pair
    value = open_packages(ann, "--most", "3", *more)
    assert (value["state"], value["owed"], value["opened_by"]) == ("proposed", {"me": 1, "them": 1}, "me")
    marks(ann, "bob", "1 2, 4")
    marks(bob, "ann", "4\n3\n")
    for who, value in zip(("bob", "ann"), play(ann, bob), strict=True):
        assert (value["state"], value["result"]) == ("completed", [4]), who
        assert value["packages"] == list(LIST)
    assert ann.runs("overlap", "show", "bob", "--json").value["marks"] == [1, 2, 4]
    shown = bob.runs("overlap", "show", "ann")
    assert "==    4" in shown.out
    assert " *    3" in shown.out
    assert " *    1" not in shown.out
    assert "1 package marked by both" in shown.err


@pytest.mark.parametrize(("mine", "theirs", "meet"), [(70, 70, True), (70, 71, False), (100, 0, True), (0, 100, False)])
def test_of_a_bottom_line_only_yes_or_no(pair: tuple[Person, Person], mine: int, theirs: int, meet: bool) -> None:
    ann, bob = pair
    ann.runs(
        "overlap", "open", "bob", "--issue", "price", "--low", "0", "--high", "100", "--ceiling", "me", "--offline"
    )
    marks(ann, "bob", str(mine))
    marks(bob, "ann", str(theirs))
    for value in play(ann, bob):
        assert (value["state"], value["result"], value["topic"]) == ("completed", meet, "price")
    assert ("yes" if meet else "no") in ann.runs("overlap", "show", "bob").out


def test_a_second_round_on_a_topic_alternates_and_marks_only_grow(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    firsts = []
    for given in ("1 2", "1 2 3"):
        value = open_packages(ann)
        firsts.append(value["first"])
        marks(ann, "bob", given)
        marks(bob, "ann", "2 3")
        play(ann, bob)
    assert sorted(firsts) == ["me", "them"]
    first, second = ann.runs("overlap", "show", "bob", "--json").values
    assert (first["result"], second["result"], second["round"]) == ([2], [2, 3], 2)
    open_packages(ann)
    done = ann.tries("overlap", "mark", "bob", "--json", stdin="1 3")
    assert done.code == InputRefused.exit_code
    assert "left out now: 2" in done.error["message"]
    with_another_name = bob.tries("overlap", "go", "ann", "--topic", "another")
    assert with_another_name.code == InputRefused.exit_code


def test_short_lists_are_strict_and_long_ones_plain(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    path = ann.home / "list"
    for count, strict in ((30, True), (31, False)):
        path.write_text("\n".join(map(str, range(count))))
        value = ann.runs("overlap", "open", "bob", "--packages", str(path), "--topic", str(count), "--json").value
        assert (value["strict"], value["most"]) == (strict, count)
        assert ("could look" in value["reveals"]) is not strict


def test_what_cannot_be_marked(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    for name in ("mark", "go", "end"):
        done = ann.tries("overlap", name, "bob", "--json", stdin="1")
        assert (done.code, done.error["error"]) == (InputRefused.exit_code, "input-refused")
    open_packages(ann, "--most", "2")
    assert "nothing is marked" in ann.tries("overlap", "go", "bob", "--json").error["message"]
    for typed in ("5", "0", "1 2 3", "one", "-1"):
        assert ann.tries("overlap", "mark", "bob", stdin=typed).code == InputRefused.exit_code, typed
    assert ann.runs("overlap", "show", "bob", "--json").value["marks"] is None
    marks(ann, "bob", "1")
    marks(ann, "bob", "2")
    ann.runs("overlap", "go", "bob")
    done = ann.tries("overlap", "mark", "bob", "--json", stdin="1")
    assert "cannot be changed" in done.error["message"]
    assert ann.runs("overlap", "show", "bob", "--json").value["marks"] == [2]
    marks(bob, "ann", "")  # to mark nothing is an answer too
    _, theirs = play(ann, bob)
    assert (theirs["state"], theirs["result"]) == ("completed", [])
    assert ann.tries("overlap", "mark", "bob", stdin="1").code == InputRefused.exit_code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("--packages", "x", "--issue", "y"), 2),
        (("--issue", "y"), 2),
        (("--issue", "y", "--low", "5", "--high", "5", "--ceiling", "me"), InputRefused.exit_code),
    ],
)
def test_what_no_round_can_be_about(pair: tuple[Person, Person], arguments: tuple[str, ...], code: int) -> None:
    ann, _ = pair
    assert ann.tries("overlap", "open", "bob", *arguments).code == code
    assert ann.log("bob") == []


@pytest.mark.parametrize("content", [b"", b"one\none\n", b"\xff\n"])
def test_a_list_that_is_none(pair: tuple[Person, Person], content: bytes) -> None:
    ann, _ = pair
    path = ann.home / "list"
    path.write_bytes(content)
    assert ann.tries("overlap", "open", "bob", "--packages", str(path)).code == InputRefused.exit_code
    assert ann.log("bob") == []


def test_one_round_of_a_topic_at_a_time(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    open_packages(ann)
    path = ann.home / "packages.txt"
    done = ann.tries("overlap", "open", "bob", "--packages", str(path), "--json")
    assert "under way" in done.error["message"]
    ann.runs("overlap", "open", "bob", "--packages", str(path), "--topic", "other")
    assert "several" in ann.tries("overlap", "go", "bob", "--json").error["message"]
    marks(ann, "bob", "1", "--topic", "other")
    ann.runs("overlap", "go", "bob", "--topic", "other")


def test_who_ends_it_is_on_the_record(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    open_packages(ann)
    assert ann.runs("overlap", "end", "bob", "--json").value["state"] == "declined"
    open_packages(ann)
    marks(ann, "bob", "1")
    marks(bob, "ann", "1")
    for _ in range(2):  # the joiner answers first in the first round; then the inviter owes an answer
        ann.runs("overlap", "go", "bob")
        bob.runs("overlap", "go", "ann")
    bob.runs("overlap", "end", "ann")
    value = ann.runs("overlap", "show", "bob", "--json").values[-1]
    assert (value["state"], value["by"], value["ended_by"], value["step"]) == ("stopped", "me", "them", 3)
    assert "stopped by me at step 3 (answer); ended by them" in ann.runs("overlap", "show", "bob").out


def test_marks_are_in_no_event_and_no_argument(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    for person, line in ((ann, "bob"), (bob, "ann")):
        if person is ann:
            ann.runs("overlap", "open", "bob", "--issue", "p", "--low", "0", "--high", "99", "--ceiling", "me")
        marks(person, line, "57")
    play(ann, bob)
    for person, line in ((ann, "bob"), (bob, "ann")):
        assert [event["kind"] for event in person.log(line)].count("overlap.answer") == 2
        said = person.runs("read", line, "--offline").out
        assert "answered in overlap round" in said
        assert "bottom lines from 0 to 99" in said
        for event in person.log(line):
            assert event["text"] is None
    assert "--file" in ann.runs("overlap", "mark", "--help").out
    assert "[NUMBERS]" not in ann.runs("overlap", "mark", "--help").out


def test_marks_from_a_file(pair: tuple[Person, Person], tmp_path: Path) -> None:
    ann, _ = pair
    open_packages(ann)
    path = tmp_path / "marks"
    path.write_text("1,2\n")
    assert ann.runs("overlap", "mark", "bob", "--file", str(path), "--json").value["marks"] == [1, 2]
    assert ann.tries("overlap", "mark", "bob", "--file", str(tmp_path / "none")).code != 0


def agree_on_price(ann: Person, bob: Person) -> None:
    ann.runs("issue", "add", "bob", "price", "--range", "0..100")
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")


def test_a_bottom_line_takes_its_range_from_the_agenda(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    agree_on_price(ann, bob)
    value = ann.runs("overlap", "open", "bob", "--issue", "PRICE", "--ceiling", "them", "--json").value
    assert (value["topic"], value["bottom_line"]) == (
        "price", {"low": 0, "high": 100, "ceiling": "them", "mine": None}
    )  # fmt: skip
    refused = ann.tries("overlap", "open", "bob", "--issue", "toll", "--ceiling", "me", "--json")
    assert refused.error["error"] == "issue-unknown"
    assert "bottom lines from 0 to 100" in bob.runs("read", "ann").out


def test_packages_that_both_have_offered(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    agree_on_price(ann, bob)
    assert ann.tries("overlap", "open", "bob", "--from-offers").code == InputRefused.exit_code
    ann.runs("issue", "add", "bob", "who", "--names", "3")
    bob.runs("sync")
    bob.runs("issue", "agree", "ann")
    ann.runs("sync")
    for price in ("10", "20", "10"):
        ann.runs("offer", "make", "bob", f"price={price}", "who=A. North,B")
    ann.runs("offer", "make", "bob", "price=30")
    bob.runs("sync")
    bob.runs("offer", "make", "ann", "price=40", "who=C")
    value = ann.runs("overlap", "open", "bob", "--from-offers", "--json").value
    assert sorted(value["packages"]) == ["price=10; who=A. North, B", "price=20; who=A. North, B", "price=40; who=C"]

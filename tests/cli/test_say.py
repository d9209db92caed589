"""`say`: whatever a person wants to say, byte for byte, or a clear word why not."""

from __future__ import annotations

import pytest

from backchannel.errors import ConfigRefused, InputRefused, LineUnknown, Oversize
from backchannel.log.event import write_event
from backchannel.log.kinds import text_body
from tests.cli.people import Person

ODD = (
    "שלום",
    "مساء الخير",
    "שָׁלוֹם with marks",
    "e\u0301 is not é",
    "  spaces  stay  ",
    "tab\tand\nnew\r\nlines",
    "👩‍👩‍👧‍👦 🇵🇸🇮🇱",
    "\ufeffa mark of byte order",
    "\u202eturned\u202c",
    "\x1b[31mred\x07",
    "\x00",
    "-",
    "'; DROP TABLE event; --",
    "%s {} \\n",
)


def test_words_arrive_byte_for_byte(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    for text in ODD:
        if text == "-":
            ann.runs("say", "bob", "-", stdin="-")
        else:
            ann.runs("say", "bob", "--", text)
    bob.runs("sync")
    assert bob.texts("ann") == list(ODD)


def test_words_that_begin_with_a_hyphen_are_no_option(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    assert ann.tries("say", "bob", "--all the best").code == 2
    ann.runs("say", "bob", "--", "--all the best")
    assert ann.texts("bob") == ["--all the best"]


@pytest.mark.parametrize(
    ("given", "said"),
    [(b"one\n", "one"), (b"one\r\n", "one"), (b"one", "one"), (b"one\n\n", "one\n"), (b" one\ntwo\n", " one\ntwo")],
)
def test_from_standard_input_only_the_last_line_ends(pair: tuple[Person, Person], given: bytes, said: str) -> None:
    ann, _ = pair
    done = ann.runs("say", "bob", "-", stdin=given)
    assert not done.out
    assert ann.texts("bob") == [said]


def test_from_a_file_byte_for_byte(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    path = ann.home / "letter.txt"
    content = "שורה\r\nسطر\n\n".encode()
    path.write_bytes(content)
    ann.runs("say", "bob", "--file", str(path))
    bob.runs("sync")
    assert [text.encode() for text in bob.texts("ann")] == [content]


@pytest.mark.parametrize("what", ["nothing there", "a folder"])
def test_a_file_that_cannot_be_read(pair: tuple[Person, Person], what: str) -> None:
    ann, _ = pair
    path = ann.home / "letter"
    if what == "a folder":
        path.mkdir()
    assert ann.tries("say", "bob", "--file", str(path)).code in (2, ConfigRefused.exit_code)
    assert ann.texts("bob") == []


def test_json_says_what_became_of_it(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    value = ann.runs("say", "bob", "one", "--json").value
    assert set(value) == {"schema", "id", "number", "said", "sent"}
    assert value["number"] == 1
    assert value["sent"] is True
    again = ann.runs("say", "bob", "two", "--json", "--offline").value
    assert (again["number"], again["sent"]) == (2, False)
    assert [event["id"] for event in ann.log("bob")] == [value["id"], again["id"]]
    bob.runs("sync")
    assert bob.texts("ann") == ["one"]


def test_offline_is_kept_for_later(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    done = ann.runs("say", "bob", "later", "--offline")
    assert "next sync" in done.err
    bob.runs("sync")
    assert bob.texts("ann") == []
    ann.runs("sync")
    bob.runs("sync")
    assert bob.texts("ann") == ["later"]


def test_before_the_line_is_open_it_is_kept(ann: Person, bob: Person, relay: str) -> None:
    text = ann.runs("invite", "bob", "--relay", relay).out
    assert ann.runs("say", "bob", "early", "--json").value["sent"] is False
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    assert bob.runs("say", "ann", "-", "--each-line", "--json", stdin="also early\n").value["sent"] is False
    for _ in range(2):
        ann.runs("sync")
        bob.runs("sync")
    assert sorted(ann.texts("bob")) == sorted(bob.texts("ann")) == ["also early", "early"]


def test_without_a_relay_it_says_how_it_travels(ann: Person, bob: Person) -> None:
    text = ann.runs("invite", "bob").out
    bob.runs("join", "ann", "--text", "-", "--wait", "0", stdin=text)
    assert "carry out ann" in bob.runs("say", "ann", "by hand").err


# --- each line --------------------------------------------------------------------------------------------------------


def test_each_line_is_said_by_itself(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    done = ann.runs("say", "bob", "-", "--each-line", "--json", stdin="אחת\n\nاثنان\r\n  three  \nfour")
    assert [value["number"] for value in done.values] == [1, 2, 3, 4]
    assert all(value["sent"] for value in done.values)
    bob.runs("sync")
    assert bob.texts("ann") == ["אחת", "اثنان", "  three  ", "four"]


def test_each_line_goes_out_at_once(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    with ann.keeps_running("say", "bob", "-", "--each-line", "--json") as running:
        for count in range(3):
            running.type(f"line {count}\n")
            assert f'"number": {count + 1}' in running.line()
            bob.runs("sync")
            assert bob.texts("ann")[-1] == f"line {count}"
        assert running.ends().code == 0


def test_each_line_stops_where_it_is_no_text(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    done = ann.tries("say", "bob", "-", "--each-line", stdin=b"good\nbad \xff\xfe\nnever\n")
    assert done.code == InputRefused.exit_code
    assert "line 2" in done.err
    assert ann.texts("bob") == ["good"], "nobody's words are changed for them"


# --- what cannot be said ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["argument", "input", "file"])
def test_nothing_is_not_said(pair: tuple[Person, Person], way: str) -> None:
    ann, _ = pair
    path = ann.home / "empty"
    path.touch()
    arguments = {"argument": [""], "input": ["-"], "file": ["--file", str(path)]}[way]
    done = ann.tries("say", "bob", *arguments, "--json")
    assert done.code == InputRefused.exit_code == 9
    assert done.error["error"] == "input-refused"
    assert ann.texts("bob") == []


@pytest.mark.parametrize("way", ["input", "file"])
def test_bytes_that_are_no_text_are_not_said(pair: tuple[Person, Person], way: str) -> None:
    ann, _ = pair
    path = ann.home / "bytes"
    path.write_bytes(b"caf\xe9")
    done = ann.tries("say", "bob", *(["-"] if way == "input" else ["--file", str(path)]), stdin=path.read_bytes())
    assert done.code == InputRefused.exit_code
    assert ann.texts("bob") == []


def test_an_argument_in_another_encoding_is_not_said(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    done = ann.tries("say", "bob", "caf\udce9")
    assert done.code == InputRefused.exit_code
    assert ann.texts("bob") == []


def longest() -> int:
    """How many letters one message can have."""
    low, high = 1, 100_000
    while low < high:
        middle = (low + high + 1) // 2
        try:
            write_event(author=0, number=1, seen=0, clock=2**41, kind="text", body=text_body("x" * middle))
            low = middle
        except Oversize:
            high = middle - 1
    return low


def test_the_longest_message_arrives_and_one_more_letter_is_refused(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    size = longest()
    assert size > 10_000
    done = ann.tries("say", "bob", "-", "--json", stdin="x" * (size + 16))
    assert done.code == Oversize.exit_code == 9
    assert done.error["error"] == "oversize"
    assert "xxx" not in done.err
    assert ann.texts("bob") == []
    ann.runs("say", "bob", "-", stdin="x" * (size - 16))
    bob.runs("sync")
    assert bob.texts("ann") == ["x" * (size - 16)]
    assert bob.status("ann")["heard"] == 1


def test_a_very_large_file_is_refused_in_a_moment(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    path = ann.home / "large"
    path.write_bytes(b"x" * 20_000_000)
    assert ann.tries("say", "bob", "--file", str(path)).code == Oversize.exit_code


def test_a_line_that_is_not_there(ann: Person) -> None:
    for command in (["say", "bob", "x"], ["read", "bob"], ["sync", "bob"], ["status", "bob"], ["verify", "bob"]):
        done = ann.tries(*command, "--json")
        assert done.code == LineUnknown.exit_code == 5
        assert done.error["error"] == "line-unknown"
    for command in (["carry", "out", "bob", str(ann.home)], ["folder", "bob", str(ann.home)]):
        assert ann.tries(*command).code == 5

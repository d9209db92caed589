"""Lists of names, by commands alone: from a file to the last family told, and every way to be refused."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from backchannel.errors import (
    InputRefused,
    LimitBroken,
    ListFrozen,
    ListRefused,
    MoveRefused,
    NotYoursToSay,
    Oversize,
)
from tests.cli.people import Person
from tests.cli.test_table import meet

NAMES = "id,name,category,born,note,cost\n1,Salim Nadir,wounded,1980,,977\n2,نادر سليم,wounded,,بعيد,977\n3,טלאל,elderly,1950,,977\n"
TWO = ["1", "3"]


def written(home: Path, text: str | bytes, name: str = "names.csv") -> str:
    file = home / name
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return str(file)


def imported(pair: tuple[Person, Person], *options: str, text: str = NAMES) -> tuple[Person, Person]:
    ann, bob = pair
    ann.runs("list", "import", "bob", "people", "--file", written(ann.home, text), *options)
    bob.runs("sync")
    return pair


def frozen(pair: tuple[Person, Person]) -> tuple[Person, Person]:
    ann, bob = imported(pair)
    bob.runs("list", "veto", "ann", "people", "2")
    bob.runs("list", "agree", "ann", "people", "--all")
    bob.runs("list", "freeze", "ann", "people")
    ann.runs("sync")
    assert "Frozen by both" in ann.runs("list", "freeze", "bob", "people").err
    bob.runs("sync")
    return ann, bob


def show(person: Person, line: str, *options: str) -> dict[str, Any]:
    return person.runs("list", "show", line, "people", "--json", *options).value


def stands(person: Person, line: str) -> dict[str, str]:
    return {row["key"]: row["stands"] for row in show(person, line)["rows"]}


def refused(person: Person, error: type[InputRefused], said: str, *arguments: str) -> None:
    """It is refused with this error and sentence, and nothing in the vault is new."""
    before = person.log(arguments[2]) if arguments[0] == "list" else []
    done = person.tries(*arguments, "--json")
    assert done.code == error.exit_code
    assert (done.error["error"], said in done.error["message"]) == (error.code, True), done.err
    assert before == (person.log(arguments[2]) if arguments[0] == "list" else [])


def test_from_a_file_to_the_last_family_told(pair: tuple[Person, Person]) -> None:
    ann, bob = frozen(pair)
    for life in ("identity checked", "proof of life", "medical check", "in custody of the carrier", "handed over"):
        ann.runs("list", "row", "bob", "people", *TWO, "--life", life)
    bob.runs("sync")
    for life in ("confirmed", "family told"):
        bob.runs("list", "row", "ann", "people", *TWO, "--life", life)
    meet(ann, bob)
    assert stands(ann, "bob") == {"1": "family told", "2": "vetoed", "3": "family told"}
    mine, theirs = show(ann, "bob"), show(bob, "ann")
    assert (mine["giver"], theirs["giver"]) == ("me", "them")
    assert mine["hash"] == theirs["hash"]
    assert mine["going"] == 2
    assert [row["note"] for row in theirs["rows"]] == ["", "بعيد", ""]


def test_no_column_but_the_known_ones_travels(pair: tuple[Person, Person]) -> None:
    ann, bob = imported(pair)
    for person in (ann, bob):
        assert b"977" not in b"".join(cell for row in person.rows() for cell in row if isinstance(cell, bytes))


def test_read_tells_it_in_sentences(pair: tuple[Person, Person]) -> None:
    ann, bob = frozen(pair)
    ann.runs("list", "row", "bob", "people", "1", "--life", "identity checked")
    told = [event["act"].replace("\u2068", "").replace("\u2069", "") for event in ann.log("bob")]
    assert told[0] == "opened list people, of people whom I hand over"
    assert told[1] == "proposed Salim Nadir, نادر سليم, טלאל for list people"
    assert told[2] == "said of نادر سليم on list people: vetoed"
    assert told[3] == "said of Salim Nadir, טלאל on list people: agreed"
    assert told[4].startswith("closed list people as ")
    assert told[6] == "said of Salim Nadir on list people: identity checked"
    assert bob.log("ann")[0]["act"].endswith("of people whom they hand over")

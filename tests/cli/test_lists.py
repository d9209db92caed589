"""Lists of names, by commands alone: from a file to the last family told, and every way to be refused."""

from __future__ import annotations

import os
import runpy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.desk import Desk
from backchannel.app.lists import alike
from backchannel.app.say import append_own
from backchannel.errors import (
    InputRefused,
    LimitBroken,
    ListFrozen,
    ListRefused,
    MoveRefused,
    NotYoursToSay,
)
from backchannel.ledger.list_kinds import RowsMoved, write_list_body
from backchannel.ledger.name_folding import Script, fold, script_of
from backchannel.ledger.name_list import rows_from_cells
from backchannel.ledger.row_life import Stage
from backchannel.vault.keyfile import read_key
from tests.cli.people import Person
from tests.cli.test_table import meet
from tests.support.world import FastVault

NAMES = (
    "id,name,category,born,note,cost\n1,Salim Nadir,wounded,1980,,977\n2,نادر سليم,wounded,,بعيد,977\n"
    "3,טלאל,elderly,1950,,977\n"
)
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


@contextmanager
def opened(person: Person) -> Iterator[Desk]:
    """The desk of a person whose program is not ours."""
    vault = FastVault(person.vault, read_key(person.vault, person.passphrase_file.read_text("utf-8").rstrip("\n")))
    try:
        yield Desk(vault, lambda: 1_900_000_000_000, os.urandom)
    finally:
        vault.close()


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


def test_counts_and_quotas_are_checked_at_every_step(pair: tuple[Person, Person]) -> None:
    _, bob = imported(pair, "--count", "2..2", "--quota", "wounded=1..1", "--giver", "them")
    assert show(bob, "ann")["giver"] == "me"
    refused(
        bob, LimitBroken, "wounded: at least 1, at most 1; there would be 2", "list", "agree", "ann", "people", "1", "2"
    )
    refused(bob, LimitBroken, "there would be", "list", "agree", "ann", "people", "--all")
    told = bob.runs("list", "agree", "ann", "people", "Salim  NADIR").out.replace("\u2068", "").replace("\u2069", "")
    assert "wounded: at least 1, at most 1: 1 go, 1 wait; kept" in told
    assert "all: at least 2, at most 2: 1 go, 2 wait; not yet" in told
    bob.runs("list", "veto", "ann", "people", "2", "3")
    assert [(one["going"], one["kept"], one["possible"]) for one in show(bob, "ann")["counts"]] == [
        (1, False, False), (1, True, True),
    ]  # fmt: skip
    refused(bob, LimitBroken, "all: at least 2, at most 2; there would be 1", "list", "freeze", "ann", "people")
    bob.runs("list", "propose", "ann", "people", "3")
    bob.runs("list", "agree", "ann", "people", "3")
    assert bob.runs("list", "freeze", "ann", "people", "--json").value["frozen"] is False


def test_nothing_of_a_frozen_list_changes(pair: tuple[Person, Person]) -> None:
    ann, bob = frozen(pair)
    file = written(ann.home, "name\nSomebody Else\n", "more.csv")
    refused(ann, ListFrozen, "", "list", "import", "bob", "people", "--file", file)
    refused(ann, ListFrozen, "", "list", "propose", "bob", "people", "--name", "Somebody Else")
    refused(ann, ListFrozen, "", "list", "substitute", "bob", "people", "1", "--name", "Somebody Else")
    refused(ann, ListFrozen, "", "list", "freeze", "bob", "people")
    refused(bob, MoveRefused, "does not follow", "list", "agree", "ann", "people", "2")
    refused(bob, NotYoursToSay, "", "list", "row", "ann", "people", "1", "--life", "identity checked")
    refused(ann, MoveRefused, "does not follow", "list", "row", "bob", "people", "1", "--life", "handed over")


def test_who_may_say_what(pair: tuple[Person, Person]) -> None:
    ann, bob = imported(pair)
    refused(ann, NotYoursToSay, "does not agree", "list", "agree", "bob", "people", "1")
    refused(ann, InputRefused, "no row of theirs", "list", "agree", "bob", "people", "--all")
    bob.runs("list", "veto", "ann", "people", "1")
    ann.runs("sync")
    refused(ann, NotYoursToSay, "lifts the veto", "list", "propose", "bob", "people", "1")
    refused(ann, ListRefused, "there is no list nothing", "list", "veto", "bob", "nothing", "1")
    refused(ann, ListRefused, "there is no row 99", "list", "veto", "bob", "people", "99")
    refused(ann, ListRefused, "open already", "list", "import", "bob", "people", "--file",
            written(ann.home, "name\nx\n", "x.csv"), "--giver", "me")  # fmt: skip


def test_somebody_stands_for_somebody(pair: tuple[Person, Person]) -> None:
    ann, bob = imported(pair)
    bob.runs("list", "agree", "ann", "people", "--all")
    done = bob.runs("list", "substitute", "ann", "people", "2", "--name", "Tolan Rimat", "--key", "9")
    assert done.code == 0
    ann.runs("sync")
    assert stands(ann, "bob") == {"1": "agreed", "2": "substituted", "3": "agreed", "9": "proposed"}
    shown = {row["key"]: row for row in show(ann, "bob")["rows"]}
    assert shown["2"]["replaced_by"] == "9"
    assert (shown["9"]["category"], shown["9"]["by"]) == ("wounded", "them")
    assert "Tolan" in ann.runs("list", "show", "bob", "people").out
    assert "people" in ann.runs("list", "show", "bob").out
    assert [one["list"] for one in ann.runs("list", "show", "bob", "--json").value["lists"]] == ["people"]
    found = ann.runs("list", "diff", "bob", "people", "--json").value
    assert ([row["key"] for row in found["new"]], [row["key"] for row in found["gone"]]) == (["9"], ["2"])
    assert (found["from"], found["to"], found["same"]) == (3, 4, 2)
    first = ann.runs("list", "diff", "bob", "people", "2", "3", "--json").value
    assert [one["after"]["stands"] for one in first["changed"]] == ["agreed"] * 3
    assert "stands" not in ann.runs("list", "diff", "bob", "people").out
    refused(ann, ListRefused, "no version 9", "list", "diff", "bob", "people", "9")


def test_a_list_and_a_file_are_compared(pair: tuple[Person, Person]) -> None:
    ann, _ = imported(pair, text="name,category\nSalim Nadir,wounded\nטלאל,elderly\n")
    file = written(ann.home, "name,category\nسليم نادر,wounded\nטלאל,wounded\n", "new.csv")
    found = ann.runs("list", "diff", "bob", "people", "--file", file, "--json").value
    assert [one["after"]["category"] for one in found["changed"]] == ["wounded"]
    assert "written in two scripts" in found["renamed"][0]["reasons"]
    assert "may be" in ann.runs("list", "diff", "bob", "people", "--file", file).out


def test_who_may_stand_there_twice_is_told_and_left(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    file = written(ann.home, "שם;קטגוריה\nSalim Nadir;x\nسليم نادر;x\nTolan Rimat;y\n")
    checked = ann.runs("list", "import", "bob", "people", "--file", file, "--check", "--json").value
    assert checked["rows"] == 3
    assert [one["names"] for one in checked["alike"]] == [["Salim Nadir", "سليم نادر"]]
    assert "written in two scripts" in checked["alike"][0]["reasons"]
    assert "nothing was proposed" in ann.runs("list", "import", "bob", "people", "--file", file, "--check").out
    assert ann.runs("list", "show", "bob", "--json").value["lists"] == []
    done = ann.runs("list", "import", "bob", "people", "--file", file)
    assert "nothing was merged" in done.err
    assert len(show(ann, "bob", "--alike")["alike"]) == 1
    assert "same person" in ann.runs("list", "show", "bob", "people", "--alike").out
    later = ann.runs("list", "propose", "bob", "people", "--name", "Toolan Rimat")
    assert "may be the same person" in later.err


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        ("name\nSalim\n\nSALIM\n", ListRefused, "rows 2 and 4 have the same number or are the same person"),
        ("id,name\n1,Salim\n1,Nadir\n", ListRefused, "rows 2 and 3"),
        ("name,category\nSalim,x\n,y\n", ListRefused, "row 3 has no name"),
        ("people\nSalim\n", ListRefused, "no column is headed `name`"),
        ("name\n", ListRefused, "no rows under the heading"),
        ("", ListRefused, "no column is headed `name`"),
        ('name,note\n"Salim,x\n', ListRefused, "it is damaged"),
        (f"name\n{'x' * 501}\n", ListRefused, "more than 500 characters"),
        ("name\nשם\n".encode("utf-16"), InputRefused, "neither XLSX nor text in UTF-8"),
        ("name\nשם\n".encode("cp1255"), InputRefused, "neither XLSX nor text in UTF-8"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", InputRefused, "an old .xls file"),
        (b"PK\x03\x04 and then nothing", InputRefused, "no XLSX file"),
    ],
)
def test_a_wrong_file(ann: Person, content: str | bytes, error: type[InputRefused], said: str) -> None:
    ann.runs("invite", "bob", "--text")
    refused(ann, error, said, "list", "import", "bob", "people", "--file", written(ann.home, content))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--count", "3"), "LEAST..MOST"),
        (("--count", "3..2"), "cannot both be"),
        (("--quota", "3..2"), "CATEGORY=LEAST..MOST"),
        (("--quota", "a=1..", "--quota", "a=..2"), "two quotas"),
    ],
)
def test_a_wrong_limit(ann: Person, options: tuple[str, ...], said: str) -> None:
    ann.runs("invite", "bob", "--text")
    file = written(ann.home, NAMES)
    refused(ann, InputRefused, said, "list", "import", "bob", "people", "--file", file, *options)


def test_a_thousand_names_travel_in_a_few_events(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    file = Path(__file__).parents[2] / "examples" / "exchange" / "names.csv"
    done = ann.runs("list", "import", "bob", "people", "--file", str(file), "--count", "1000..1000", "--json").value
    assert len(done["ids"]) <= 4
    bob.runs("sync")
    bob.runs("list", "agree", "ann", "people", "--all", "--offline")
    found = show(bob, "ann")
    assert found["going"] == 1000
    assert found["counts"] == [
        {"category": "", "least": 1000, "most": 1000, "going": 1000, "waiting": 0, "kept": True, "possible": True}
    ]


def test_what_crossed_or_came_wrong_is_told_and_counts_for_nothing(pair: tuple[Person, Person]) -> None:
    ann, bob = imported(pair)
    bob.runs("list", "agree", "ann", "people", "1", "--offline")
    ann.runs("list", "veto", "bob", "people", "1", "--offline")
    meet(ann, bob)
    meet(ann, bob)
    assert stands(ann, "bob")["1"] == stands(bob, "ann")["1"] == "vetoed"
    with opened(bob) as desk, desk.work() as work:
        line = work.transaction.line_named("ann")
        for kind, body in (("list.move", b"?"), write_list_body(RowsMoved("people", ("1",), Stage.AGREED))):
            line, _ = append_own(work, line, kind, body, 1_900_000_000_000)
        work.transaction.save_line(line)
    meet(bob, ann)
    for person, name in ((ann, "bob"), (bob, "ann")):
        told = [event["act"] for event in person.log(name)][-2:]
        assert "cannot be read; it counts for nothing" in told[0]
        assert told[1].endswith("it counts for nothing: move-refused")
        assert stands(person, name)["1"] == "vetoed"
        ignored = person.runs("list", "show", name, "--json").value["ignored"]
        assert [one["why"] for one in ignored][-1] == "move-refused"
        assert "counted for nothing" in person.runs("list", "show", name).out


def test_the_example_is_what_its_program_makes() -> None:
    folder = Path(__file__).parents[2] / "examples" / "exchange"
    made = runpy.run_path(str(folder / "make_names.py"))["people"]()
    assert (folder / "names.csv").read_text("utf-8") == "".join(",".join(row) + "\n" for row in made)
    rows = rows_from_cells(made)
    assert len(rows) == 1000
    assert {script_of(fold(row.name)) for row in rows} == {Script.LATIN, Script.HEBREW, Script.ARABIC}
    told = {(int(one.key[2:]), int(other.key[2:])) for one, other, _ in alike((), rows)}
    assert {(number - 1, number) for number in range(200, 1001, 200)} <= told
    assert len(told) < 10

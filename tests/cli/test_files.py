"""`attach`, `files`, `save` and `file`, as a new user would try them."""

from __future__ import annotations

import hashlib
import os
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from backchannel.errors import ConfigRefused, FileRefused, FileUnknown, LineUnknown, StorageFull
from backchannel.line.file_part import PART_SIZE
from tests.cli.people import Person, open_line, until

FIELDS = {
    "schema", "id", "direction", "position", "name", "safe_name", "size", "type", "sha256", "state", "arrived",
    "percent", "here",
}  # fmt: skip
LETTER = "שלום مساء الخير\n".encode() * 1000


@pytest.fixture
def letter(home: Path) -> Path:
    path = home / "letter.txt"
    path.write_bytes(LETTER)
    return path


def syncs(*people: Person) -> None:
    for _ in range(2):
        for person in people:
            person.runs("sync")


def only(person: Person, line: str) -> dict[str, Any]:
    return person.runs("files", line, "--json").value


def sent(ann: Person, bob: Person, path: Path, *more: str) -> str:
    """Attach, and have it arrive; return its id."""
    ann.runs("attach", "bob", str(path), *more)
    syncs(bob, ann)
    return str(only(bob, "ann")["id"])


def test_a_file_is_sent_listed_and_saved(pair: tuple[Person, Person], letter: Path, tmp_path: Path) -> None:
    ann, bob = pair
    value = ann.runs("attach", "bob", str(letter), "--json").value
    assert set(value) == FIELDS | {"event", "number"}
    assert value["event"].startswith(value["id"])
    syncs(bob, ann)
    for person, line, way in ((ann, "bob", "out"), (bob, "ann", "in")):
        found = only(person, line)
        assert set(found) == FIELDS
        assert (found["direction"], found["name"], found["size"]) == (way, "letter.txt", len(LETTER))
        assert (found["state"], found["percent"], found["arrived"]) == ("whole", 100, len(LETTER))
        assert (found["type"], found["sha256"]) == ("text/plain", hashlib.sha256(LETTER).hexdigest())
        assert found["here"] is True
    table = bob.runs("files", "ann").out
    assert all(word in table for word in ("letter.txt", "whole", "text/plain", value["id"][:8], "to me"))
    done = bob.runs("save", "ann", value["id"][:8], "--to", str(tmp_path))
    assert not done.out
    assert all(word in done.err for word in ("text/plain", hashlib.sha256(LETTER).hexdigest(), "not opened"))
    (saved,) = tmp_path.iterdir()
    assert saved.read_bytes() == LETTER
    assert saved.name == "letter.txt"
    if os.name == "posix":
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600, "it may not be run, or read by others"


def test_read_shows_a_file_in_one_line(pair: tuple[Person, Person], letter: Path) -> None:
    ann, bob = pair
    name = sent(ann, bob, letter)
    ann.runs("attach", "bob", str(letter), "--as", "note.ogg", "--type", "audio/ogg", "--offline")
    first, second = ann.runs("read", "bob", "--offline").out.splitlines()
    assert all(word in first for word in ("[file", name[:8], "letter.txt", "text/plain", "whole", "KiB"))
    assert all(word in second for word in ("[voice note", "note.ogg", "moving 0 %"))
    values = ann.log("bob")
    assert [value["kind"] for value in values] == ["file", "file"]
    assert [value["text"] for value in values] == [None, None]
    shown = ann.runs("files", "bob", "--json").values[0]
    assert values[0]["file"] == {key: found for key, found in shown.items() if key != "schema"}


@pytest.mark.parametrize("force", [False, True])
def test_save_never_writes_over_what_is_there_unless_told(
    pair: tuple[Person, Person], letter: Path, tmp_path: Path, force: bool
) -> None:
    ann, bob = pair
    name = sent(ann, bob, letter)
    there = tmp_path / "letter.txt"
    there.write_text("mine")
    for to in (tmp_path, there):
        done = bob.tries("save", "ann", name, "--to", str(to), *(["--force"] if force else []))
        assert done.code == (0 if force else ConfigRefused.exit_code)
    assert there.read_bytes() == (LETTER if force else b"mine")
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"], "no draft is left"


def test_a_name_that_lies_is_shown_for_what_it_is(pair: tuple[Person, Person], letter: Path, tmp_path: Path) -> None:
    ann, bob = pair
    name = sent(ann, bob, letter, "--as", "../../photo\u202egpj.exe")
    done = bob.runs("files", "ann")
    assert "‹RLO›" in done.out
    assert "\u202e" not in done.out + done.err
    assert "photogpj.exe" in done.err
    assert "‹RLO›" in bob.runs("read", "ann", "--offline").out
    (tmp_path / "inner").mkdir()
    bob.runs("save", "ann", name, "--to", str(tmp_path / "inner"))
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.exe")] == ["inner/photogpj.exe"]
    assert only(bob, "ann")["safe_name"] == "photogpj.exe"


def test_a_large_file_waits_for_a_word(
    pair: tuple[Person, Person], letter: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("backchannel.app.arrivals.UNASKED", 100)
    monkeypatch.setattr("backchannel.line.transfer.UNASKED", 100)
    ann, bob = pair
    assert "accept" in ann.runs("attach", "bob", str(letter)).err
    syncs(bob, ann)
    assert only(bob, "ann")["state"] == only(ann, "bob")["state"] == "waiting"
    assert "file accept ann" in bob.runs("files", "ann").err
    name = only(bob, "ann")["id"]
    assert bob.tries("save", "ann", name, "--to", str(tmp_path)).code == FileRefused.exit_code
    bob.runs("file", "accept", "ann", name[:6])
    syncs(bob, ann)
    assert only(bob, "ann")["state"] == "whole"


def test_cancel_and_drop(pair: tuple[Person, Person], letter: Path) -> None:
    ann, bob = pair
    ann.runs("attach", "bob", str(letter), "--offline")
    name = only(ann, "bob")["id"]
    ann.runs("file", "cancel", "bob", name)
    assert (only(ann, "bob")["state"], only(ann, "bob")["here"]) == ("withdrawn", False)
    ann.runs("attach", "bob", str(letter))
    syncs(bob, ann)
    states = {value["id"]: value["state"] for value in bob.runs("files", "ann", "--json").values}
    assert sorted(states.values()) == ["whole", "withdrawn"]
    whole = next(key for key, state in states.items() if state == "whole")
    assert bob.tries("file", "cancel", "ann", whole).code == FileRefused.exit_code
    bob.runs("file", "drop", "ann", whole)
    assert bob.tries("save", "ann", whole).code == FileRefused.exit_code


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["files", "nobody"], LineUnknown.exit_code),
        (["attach", "nobody", "LETTER"], LineUnknown.exit_code),
        (["attach", "bob", "/nowhere/at/all"], ConfigRefused.exit_code),
        (["save", "bob", "12345678"], FileUnknown.exit_code),
        (["file", "accept", "bob", "no id"], FileUnknown.exit_code),
    ],
    ids=str,
)
def test_one_clear_line_and_an_untouched_vault(
    pair: tuple[Person, Person], letter: Path, arguments: list[str], code: int
) -> None:
    ann, _ = pair
    before = ann.rows()
    done = ann.tries(*[str(letter) if part == "LETTER" else part for part in arguments])
    assert done.code == code
    assert done.err.startswith("error:")
    assert ann.rows() == before


def test_no_room_where_it_is_saved(
    pair: tuple[Person, Person], letter: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ann, bob = pair
    name = sent(ann, bob, letter)

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert bob.tries("save", "ann", name, "--to", str(tmp_path)).code == StorageFull.exit_code
    assert list(tmp_path.iterdir()) == []


def test_nothing_of_a_bar_goes_into_a_pipe(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    large = home / "large"
    large.write_bytes(bytes(9 * 2**20))
    done = ann.runs("attach", "bob", str(large), "--offline")
    assert not done.out
    assert "\r" not in done.err
    assert len(done.err.splitlines()) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_a_bar_on_a_terminal(pair: tuple[Person, Person], home: Path) -> None:
    from tests.cli.terminal import Terminal

    ann, _ = pair
    large = home / "large"
    large.write_bytes(bytes(9 * 2**20))
    code, shown = Terminal(ann, "attach", "bob", str(large), "--offline").ends()
    assert code == 0
    assert "100%" in shown


def test_sync_says_how_far_files_are(pair: tuple[Person, Person], home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.line.transfer.WINDOW", 2)
    monkeypatch.setattr("backchannel.line.transfer.TELL_EVERY", 1)
    ann, bob = pair
    path = home / "file"
    path.write_bytes(bytes(8 * PART_SIZE))
    ann.runs("attach", "bob", str(path))
    bob.runs("sync")
    assert "1 file on the way, 25 %" in ann.runs("sync").err


@pytest.fixture
def apart(ann: Person, bob: Person) -> tuple[Person, Person]:
    """A line without any relay."""
    invitation = ann.home / "invitation"
    ann.runs("invite", "bob", "--file", str(invitation))
    bob.runs("join", "ann", "--file", str(invitation), "--wait", "0")
    for giver, taker, line in ((bob, ann, "ann"), (ann, bob, "bob"), (bob, ann, "ann")):
        taker.runs("carry", "in", "--text", stdin=giver.runs("carry", "out", line, "--text").out)
    return ann, bob


def test_a_file_goes_on_a_stick_in_one_journey(apart: tuple[Person, Person], home: Path) -> None:
    ann, bob = apart
    large, stick = home / "large", home / "stick"
    data = os.urandom(9 * 2**20 + 5)
    large.write_bytes(data)
    stick.mkdir()
    ann.runs("attach", "bob", str(large))
    assert ann.runs("carry", "out", "bob", str(stick), "--json").value["envelopes"] == 1 + len(data) // PART_SIZE + 1
    value = bob.runs("carry", "in", str(stick), "--json").value
    assert (value["opened"], value["waiting"]) == (1, len(data) // PART_SIZE + 1), "more than comes without a word"
    bob.runs("file", "accept", "ann", only(bob, "ann")["id"])
    assert "new message" in bob.runs("carry", "in", str(stick)).err
    assert only(bob, "ann")["state"] == "whole"
    assert list(stick.iterdir()) == []
    bob.runs("save", "ann", only(bob, "ann")["id"], "--to", str(home / "copy"))
    assert (home / "copy").read_bytes() == data
    bob.runs("carry", "out", "ann", str(stick))
    ann.runs("carry", "in", str(stick))
    assert only(ann, "bob")["state"] == "whole"


def test_half_a_stick_and_then_the_rest(apart: tuple[Person, Person], home: Path) -> None:
    ann, bob = apart
    file, stick = home / "file", home / "stick"
    file.write_bytes(os.urandom(6 * PART_SIZE))
    stick.mkdir()
    ann.runs("attach", "bob", str(file))
    ann.runs("carry", "out", "bob", str(stick))
    for path in sorted(stick.iterdir())[4:]:
        path.unlink()
    bob.runs("carry", "in", str(stick))
    assert (only(bob, "ann")["state"], only(bob, "ann")["percent"]) == ("moving", 50)
    bob.runs("carry", "out", "ann", str(stick))
    ann.runs("carry", "in", str(stick))
    assert only(ann, "bob")["percent"] == 50
    assert ann.runs("carry", "out", "bob", str(stick), "--json").value["envelopes"] == 3, "only what is missing"
    bob.runs("carry", "in", str(stick))
    assert only(bob, "ann")["state"] == "whole"


def test_a_small_file_as_pasted_text_and_a_large_one_stays(apart: tuple[Person, Person], home: Path) -> None:
    ann, bob = apart
    small, large = home / "small", home / "large"
    small.write_bytes(b"small")
    large.write_bytes(bytes(5 * 2**20))
    for path in (small, large):
        ann.runs("attach", "bob", str(path))
    done = ann.runs("carry", "out", "bob", "--text")
    assert "large" in done.err
    assert "too large" in done.err
    bob.runs("carry", "in", "--text", stdin=done.out)
    states = {value["name"]: value["state"] for value in bob.runs("files", "ann", "--json").values}
    assert states == {"small": "whole", "large": "moving"}


def test_a_small_file_on_paper(apart: tuple[Person, Person], home: Path) -> None:
    ann, bob = apart
    small, paper = home / "small", home / "paper"
    small.write_bytes(LETTER[:500])
    paper.mkdir()
    ann.runs("attach", "bob", str(small))
    ann.runs("carry", "out", "bob", str(paper), "--qr")
    bob.runs("carry", "in", str(paper), "--qr")
    assert only(bob, "ann")["state"] == "whole"


def test_through_a_synced_folder(apart: tuple[Person, Person], letter: Path, home: Path) -> None:
    ann, bob = apart
    shared = home / "shared"
    shared.mkdir()
    ann.runs("folder", "bob", str(shared))
    bob.runs("folder", "ann", str(shared))
    sent(ann, bob, letter)
    assert only(bob, "ann")["state"] == only(ann, "bob")["state"] == "whole"


def test_status_and_doctor_tell_of_what_is_on_its_way(ann: Person, bob: Person, relay: str, letter: Path) -> None:
    open_line(ann, bob, relay)
    ann.runs("attach", "bob", str(letter), "--offline")
    (moving,) = ann.status("bob")["files"]
    assert (moving["name"], moving["state"], moving["percent"]) == ("letter.txt", "moving", 0)
    assert "letter.txt" in ann.runs("status", "bob").out
    assert "1 file" in ann.runs("doctor", "--offline").out
    syncs(ann, bob)
    assert ann.status("bob")["files"] == []


def test_two_who_keep_in_touch_need_no_other_command(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    path = home / "file"
    path.write_bytes(os.urandom(40 * PART_SIZE))
    with bob.keeps_running("sync", "--watch"), ann.keeps_running("sync", "--watch"):
        name = ann.runs("attach", "bob", str(path), "--offline", "--json").value["id"]
        until(lambda: only(ann, "bob")["state"] == "whole")
    bob.runs("save", "ann", name, "--to", str(home / "copy"))
    assert (home / "copy").read_bytes() == path.read_bytes()

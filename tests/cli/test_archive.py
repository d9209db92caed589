"""`archive`: a file of its own, under a passphrase of its own."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from backchannel.errors import ConfigRefused, FileDamaged, FileExists, FilePassphraseWrong, LineUnknown
from tests.cli.people import Person
from tests.cli.terminal import Terminal


@pytest.fixture
def words(home: Path) -> Path:
    path = home / "words"
    path.write_text("words of the archive alone\n", "utf-8")
    return path


def test_an_archive_is_made_and_verified(pair: tuple[Person, Person], home: Path, words: Path) -> None:
    ann, _ = pair
    ann.says("bob", "one", "שתיים")
    ann.runs("retention", "bob", "--days", "90", "--offline")
    file = home / "line.archive"
    made = ann.runs("archive", "bob", str(file), "--archive-passphrase-file", str(words), "--json").value
    assert (made["line"], made["events"], made["removed"]) == ("bob", 3, 0)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in home.iterdir() if path.name.endswith(".part")] == []
    again = ann.runs("archive", "verify", str(file), "--archive-passphrase-file", str(words), "--json").value
    assert again == made
    stranger = Person(home, "stranger")
    assert (
        "is whole: 3 events"
        in stranger.runs("archive", "verify", str(file), "--archive-passphrase-file", str(words)).err
    )


def test_it_refuses_in_one_line(pair: tuple[Person, Person], home: Path, words: Path) -> None:
    ann, _ = pair
    file, other = home / "line.archive", home / "other"
    other.write_text("something else entirely", "utf-8")
    given = ("--archive-passphrase-file", str(words))
    ann.runs("archive", "bob", str(file), *given)
    data = file.read_bytes()
    assert ann.tries("archive", "bob", str(file), *given).code == FileExists.exit_code
    assert file.read_bytes() == data
    assert ann.tries("archive", "nobody", str(home / "new"), *given).code == LineUnknown.exit_code
    assert ann.tries("archive", "bob", str(home / "no" / "folder"), *given).code == ConfigRefused.exit_code
    wrong = ann.tries("archive", "verify", str(file), "--archive-passphrase-file", str(other), "--json")
    assert (wrong.code, wrong.error["error"]) == (FilePassphraseWrong.exit_code, "file-passphrase-wrong")
    foreign = ann.tries("archive", "verify", str(other), *given, "--json")
    assert foreign.error["error"] == "file-foreign"
    file.write_bytes(data[:-1])
    damaged = ann.tries("archive", "verify", str(file), *given)
    assert (damaged.code, len(damaged.err.splitlines())) == (FileDamaged.exit_code, 1)
    file.write_bytes(data[:23] + b"\x07" + data[24:])
    assert ann.tries("archive", "verify", str(file), *given, "--json").error["error"] == "file-newer"
    assert ann.tries("archive", "verify", str(home / "nothing"), *given).code == LineUnknown.exit_code
    assert ann.tries("archive", "bob", str(home / "new")).code == ConfigRefused.exit_code, "nobody to ask"
    assert not (home / "new").exists()


def test_a_full_disk_leaves_nothing(pair: tuple[Person, Person], home: Path, words: Path) -> None:
    ann, _ = pair
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("this system has no full disk")
    real = os.open

    def opened(path: object, flags: int, mode: int = 0o777) -> int:
        return real(full, os.O_WRONLY) if str(path).endswith(".part") else real(str(path), flags, mode)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "open", opened)
        done = ann.tries("archive", "bob", str(home / "new"), "--archive-passphrase-file", str(words), "--json")
    assert done.error["error"] == "storage-full"
    assert not (home / "new").exists()


def test_a_person_is_asked_for_its_passphrase_twice(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    file = home / "line.archive"
    screen = Terminal(ann, "archive", "bob", str(file))
    screen.answers("new passphrase of the archive", "words of the archive alone")
    screen.answers("repeat", "words of the archive alone")
    code, shown = screen.ends()
    assert code == 0, shown
    assert "words of the archive" not in shown
    screen = Terminal(ann, "archive", "verify", str(file))
    screen.answers("passphrase of the archive", "words of the archive alone")
    code, shown = screen.ends()
    assert code == 0, shown

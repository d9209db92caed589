"""`init`, `passphrase`, and every way in which a vault does not open."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from backchannel.errors import ConfigRefused, PassphraseWrong, VaultBusy, VaultDamaged, VaultExists, VaultMissing
from backchannel.errors import VaultNewer as Newer
from backchannel.vault.connection import DATABASE
from backchannel.vault.keyfile import read_key
from backchannel.wire.codec import decode, encode
from tests.cli.people import PASSPHRASE, Person
from tests.cli.terminal import Terminal
from tests.support.world import FastVault


def files(person: Person) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(person.vault.iterdir())}


def test_init_makes_a_vault_and_says_where(home: Path) -> None:
    done = Person(home, "ann").runs("init")
    assert not done.out
    assert str(home / "ann") in done.err


def test_init_twice_leaves_the_vault_as_it_is(ann: Person) -> None:
    before = files(ann)
    done = ann.tries("init", "--vault", str(ann.vault))
    assert done.code == VaultExists.exit_code == 4
    assert files(ann) == before


def test_only_the_owner_can_look_into_the_folder(home: Path) -> None:
    person = Person(home, "ann")
    assert person.alone("init").code == 0  # as the real adapters make it
    for path in (person.vault, *person.vault.iterdir()):
        assert not path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO), path


def test_the_vault_is_where_the_nearest_word_says(home: Path) -> None:
    """An option of the command, before one of the program, before the environment, before the home directory."""
    person = Person(home, "ann")
    places = [home / name for name in ("option", "program", "environment")]
    person.runs("--vault", str(places[1]), "init", "--vault", str(places[0]), BACKCHANNEL_VAULT=str(places[2]))
    assert [place.exists() for place in places] == [True, False, False]
    person.runs("--vault", str(places[1]), "init", BACKCHANNEL_VAULT=str(places[2]))
    assert [place.exists() for place in places] == [True, True, False]
    person.runs("init", BACKCHANNEL_VAULT=str(places[2]))
    assert places[2].exists()
    person.runs("init", BACKCHANNEL_VAULT=None, HOME=str(home))
    assert (home / ".backchannel").exists()


def test_the_passphrase_file_is_the_one_that_the_nearest_word_names(ann: Person) -> None:
    wrong = ann.home / "wrong"
    wrong.write_text("not it")
    assert ann.tries("lines", "--passphrase-file", str(wrong)).code == 3
    assert ann.tries("--passphrase-file", str(wrong), "lines").code == 3
    right = str(ann.passphrase_file)
    ann.runs("--passphrase-file", str(wrong), "lines", "--passphrase-file", right)
    ann.runs("lines", "--passphrase-file", right, BACKCHANNEL_PASSPHRASE_FILE=str(wrong))


@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_the_end_of_the_line_is_no_part_of_a_passphrase(ann: Person, ending: str) -> None:
    ann.passphrase_file.write_bytes(f"{PASSPHRASE} but ann{ending}".encode())
    ann.runs("lines")


def test_a_wrong_passphrase_is_3_and_changes_nothing(ann: Person) -> None:
    before = files(ann)
    ann.passphrase_file.write_text("something else entirely")
    done = ann.tries("lines", "--json")
    assert done.code == PassphraseWrong.exit_code == 3
    assert done.error["error"] == "passphrase-wrong"
    assert "something else" not in done.err
    assert not done.out
    assert files(ann) == before


def test_no_passphrase_and_no_terminal_names_the_way_out(ann: Person) -> None:
    done = ann.tries("lines", BACKCHANNEL_PASSPHRASE_FILE=None)
    assert done.code == ConfigRefused.exit_code == 9
    assert "hint: " in done.err
    assert "--passphrase-file" in done.err


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00", "folder"])
def test_a_passphrase_file_that_cannot_be_read(ann: Person, content: bytes | str | None) -> None:
    path = ann.home / "odd"
    if content == "folder":
        path.mkdir()
    elif isinstance(content, bytes):
        path.write_bytes(content)
    done = ann.tries("lines", BACKCHANNEL_PASSPHRASE_FILE=str(path))
    assert done.code == ConfigRefused.exit_code
    assert str(path) in done.err


def test_an_empty_passphrase_is_refused(home: Path) -> None:
    person = Person(home, "ann")
    person.passphrase_file.write_text("\n")
    done = person.tries("init", "--vault", str(person.vault))
    assert done.code == ConfigRefused.exit_code
    assert "does not open" not in done.err
    assert not person.vault.exists()


def test_a_short_passphrase_is_warned_of(home: Path) -> None:
    person = Person(home, "ann")
    person.passphrase_file.write_text("short\n")
    done = person.runs("init")
    assert "warning" in done.err
    assert "short" not in done.err


def test_two_keyboards_that_compose_letters_differently_agree(home: Path) -> None:
    person = Person(home, "ann")
    person.passphrase_file.write_text("caf\u00e9 au lait et autre chose", "utf-8")
    person.runs("init")
    person.passphrase_file.write_text("cafe\u0301 au lait et autre chose", "utf-8")
    person.runs("lines")


@pytest.mark.parametrize("command", [["lines"], ["status"], ["doctor"], ["read", "x"], ["say", "x", "y"], ["sync"]])
def test_no_vault_is_said_before_anybody_is_asked_for_a_passphrase(home: Path, command: list[str]) -> None:
    person = Person(home, "ann")
    done = person.tries(*command, BACKCHANNEL_PASSPHRASE_FILE=None)
    assert done.code == VaultMissing.exit_code == 4
    assert "backchannel init" in done.err
    assert not person.vault.exists()


# --- damaged, newer, busy ---------------------------------------------------------------------------------------------


def damage(path: Path, at: int) -> None:
    data = bytearray(path.read_bytes())
    for offset in range(at, min(at + 64, len(data))):
        data[offset] ^= 0xFF
    path.write_bytes(data)


@pytest.mark.parametrize("at", [0, 20, 100])
def test_a_damaged_key_file(ann: Person, at: int) -> None:
    damage(ann.vault / "vault.key", at)
    done = ann.tries("lines", "--json")
    assert done.code == VaultDamaged.exit_code == 4
    assert done.error["error"] == "vault-damaged"


@pytest.mark.parametrize("size", [0, 1, 31, 32, 33, 90])
def test_a_key_file_that_was_cut(ann: Person, size: int) -> None:
    path = ann.vault / "vault.key"
    path.write_bytes(path.read_bytes()[:size])
    assert ann.tries("lines").code == VaultDamaged.exit_code


@pytest.mark.parametrize("at", [0, 17, 4096, 8200])
def test_a_damaged_database(pair: tuple[Person, Person], at: int) -> None:
    ann, _ = pair
    ann.says("bob", *(f"word {count}" for count in range(5)))
    damage(ann.vault / DATABASE, at)
    done = ann.tries("doctor", "--offline")
    assert done.code == VaultDamaged.exit_code, (at, done)
    assert "damaged" in done.err
    done = ann.tries("read", "bob", "--offline", "--json")
    if done.code == 0:  # the damage is in a page that it does not need
        assert [value["text"] for value in done.values] == [f"word {count}" for count in range(5)]
    else:
        assert (done.code, done.error["error"]) == (4, "vault-damaged")


def test_a_database_that_is_gone(ann: Person) -> None:
    (ann.vault / DATABASE).unlink()
    done = ann.tries("lines")
    assert done.code == VaultDamaged.exit_code
    assert DATABASE in done.err


def test_somebody_elses_database_under_our_key(ann: Person, bob: Person) -> None:
    shutil.copy(bob.vault / DATABASE, ann.vault / DATABASE)
    assert ann.tries("lines").code == VaultDamaged.exit_code


def test_a_vault_of_a_newer_version_is_not_touched(ann: Person) -> None:
    key = read_key(ann.vault, f"{PASSPHRASE} but ann")
    vault = FastVault(ann.vault, key)
    vault._connection.pragma("user_version", 99)
    vault.close()
    before = files(ann)
    done = ann.tries("lines", "--json")
    assert done.code == Newer.exit_code == 4
    assert done.error["error"] == "vault-newer"
    assert "99" in done.error["message"]
    assert files(ann) == before


def test_a_key_file_of_a_newer_version(ann: Person) -> None:
    from hashlib import sha256

    path = ann.vault / "vault.key"
    value = decode(path.read_bytes()[:-32])
    value[0] = 2
    body = encode([*value, "something that only the newer one knows"])
    path.write_bytes(body + sha256(body).digest())
    assert ann.tries("lines", "--json").error["error"] == "vault-newer"


def test_a_vault_that_another_process_writes_to_can_still_be_read(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    vault = FastVault(ann.vault, read_key(ann.vault, f"{PASSPHRASE} but ann"))
    try:
        with vault.write():
            assert ann.texts("bob") == []
            done = ann.tries("say", "bob", "words", "--json")
            assert done.code == VaultBusy.exit_code == 4
            assert done.error["error"] == "vault-busy"
    finally:
        vault.close()
    assert ann.texts("bob") == []


# --- passphrase -------------------------------------------------------------------------------------------------------


def test_the_passphrase_changes_and_the_store_does_not(ann: Person) -> None:
    before = files(ann)
    fresh = ann.home / "fresh"
    fresh.write_text("quite another six words now\n")
    done = ann.runs("passphrase", "--new-passphrase-file", str(fresh))
    assert not done.out
    assert "quite another" not in done.err
    assert ann.tries("lines").code == 3
    ann.runs("lines", "--passphrase-file", str(fresh))
    after = files(ann)
    assert after[DATABASE] == before[DATABASE]
    assert after["vault.key"] != before["vault.key"]


@pytest.mark.parametrize(("content", "code"), [(None, 9), (b"\xff", 9), (b"\n", 9)])
def test_a_new_passphrase_that_cannot_be(ann: Person, content: bytes | None, code: int) -> None:
    before = files(ann)
    fresh = ann.home / "fresh"
    if content is not None:
        fresh.write_bytes(content)
    assert ann.tries("passphrase", "--new-passphrase-file", str(fresh)).code == code
    assert files(ann) == before


def test_the_old_passphrase_must_be_right(ann: Person) -> None:
    before = files(ann)
    fresh = ann.home / "fresh"
    fresh.write_text("quite another six words now\n")
    ann.passphrase_file.write_text("wrong")
    assert ann.tries("passphrase", "--new-passphrase-file", str(fresh)).code == 3
    assert files(ann) == before


# --- at a terminal ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals here")
def test_at_a_terminal_the_passphrase_is_asked_for_twice_and_never_shown(home: Path) -> None:
    person = Person(home, "ann", environment={"BACKCHANNEL_PASSPHRASE_FILE": ""})
    terminal = Terminal(person, "init")
    terminal.answers("New passphrase", "as typed by hand")
    terminal.answers("Repeat|confirm", "as typed by hand")
    code, shown = terminal.ends()
    assert code == 0, shown
    assert "as typed" not in shown
    terminal = Terminal(person, "lines", "--json")
    terminal.answers("Passphrase", "as typed by hand")
    assert terminal.ends()[0] == 0
    terminal = Terminal(person, "lines", "--json")
    terminal.answers("Passphrase", "as typed by foot")
    code, shown = terminal.ends()
    assert code == 3
    assert json.loads(shown.splitlines()[-1])["error"] == "passphrase-wrong"


@pytest.mark.skipif(os.name != "posix", reason="there are no pseudo-terminals here")
@pytest.mark.parametrize(("no_color", "coloured"), [("", True), ("1", False)])
def test_a_terminal_is_coloured_unless_it_wants_none(home: Path, no_color: str, *, coloured: bool) -> None:
    person = Person(home, "ann", environment={"NO_COLOR": no_color})
    code, shown = Terminal(person, "lines").ends()
    assert code == VaultMissing.exit_code
    assert ("\x1b[" in shown) is coloured

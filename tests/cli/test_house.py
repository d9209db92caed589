"""`vault check`, `vault rekey`, `vault move` at the keyboard."""

from __future__ import annotations

from pathlib import Path

from backchannel.errors import PassphraseWrong, VaultDamaged, VaultExists, VaultMoved
from backchannel.vault.keyfile import read_key
from tests.cli.people import Person
from tests.support.world import FastVault


def test_a_vault_moves_and_the_line_goes_on(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    ann.says("bob", "from the old place")
    new = home / "new place"
    assert "new place" in ann.runs("vault", "move", str(new)).err
    refused = ann.tries("say", "bob", "from nowhere")
    assert refused.code == VaultMoved.exit_code
    assert ann.tries("init", "--json").code != 0
    assert ann.tries("lines").code == VaultMoved.exit_code
    ann.runs("say", "bob", "from the new place", "--vault", str(new))
    bob.runs("sync")
    assert bob.texts("ann") == ["from the old place", "from the new place"]
    assert not bob.status("ann")["notices"]


def test_a_fresh_key_and_the_line_goes_on(pair: tuple[Person, Person]) -> None:
    ann, bob = pair
    words = ann.passphrase_file.read_text("utf-8").strip()
    before = read_key(ann.vault, words)
    ann.runs("vault", "rekey")
    assert read_key(ann.vault, words) != before
    ann.says("bob", "under a fresh key")
    bob.runs("sync")
    assert bob.texts("ann") == ["under a fresh key"]


def test_what_is_refused(ann: Person, bob: Person, home: Path) -> None:
    assert ann.tries("vault", "move", str(bob.vault)).code == VaultExists.exit_code
    wrong = home / "wrong"
    wrong.write_text("something else", "utf-8")
    for command in (("vault", "rekey"), ("vault", "move", str(home / "new")), ("vault", "check")):
        assert ann.tries(*command, "--passphrase-file", str(wrong)).code == PassphraseWrong.exit_code
    assert not (home / "new").exists()


def test_check_prints_a_line_for_each_finding(pair: tuple[Person, Person]) -> None:
    ann, _ = pair
    ann.says("bob", "one", "two")
    done = ann.runs("vault", "check")
    assert (done.out, "whole" in done.err) == ("", True)
    vault = FastVault(ann.vault, read_key(ann.vault, ann.passphrase_file.read_text("utf-8").strip()))
    vault._connection.execute("DELETE FROM event WHERE number = 1")
    vault.close()
    done = ann.tries("vault", "check")
    assert done.code == VaultDamaged.exit_code
    assert all(line.startswith("bob: ") for line in done.out.splitlines())
    assert len(done.out.splitlines()) == 2
    found = ann.tries("vault", "check", "--json")
    assert {value["line"] for value in found.values} == {"bob"}
    assert found.error["error"] == "vault-damaged"

"""`backup`, `restore`, `reset`: as somebody who lost a device uses them."""

from __future__ import annotations

import shutil
from pathlib import Path

from backchannel.errors import BackupDamaged, BackupUnfinished, LineNotOpen, LineUnknown, VaultExists, VaultRolledBack
from tests.cli.people import Person


def meet(ann: Person, bob: Person, *, times: int = 4) -> None:
    for _ in range(times):
        ann.runs("sync", "bob")
        bob.years += 1 / 365
        bob.runs("sync", "ann")
        ann.years += 1 / 365


def test_a_lost_device_is_restored_and_everything_comes_back(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    ann.says("bob", "شكرا", "before")
    meet(ann, bob)
    done = ann.runs("backup", str(home / "safe"))
    assert "1 line, 2 messages" in done.err
    value = ann.runs("backup", "verify", str(home / "safe"), "--json").value
    assert (value["lines"], value["events"]) == (1, 2)
    ann.says("bob", "after the backup")
    bob.says("ann", "an answer")
    meet(ann, bob)
    log = ann.texts("bob")
    shutil.rmtree(ann.vault)
    done = ann.runs("restore", str(home / "safe"))
    assert "safety numbers" in done.err
    assert ann.texts("bob") == ["شكرا", "before"]
    assert "restored" in ann.runs("lines").out
    assert ann.tries("say", "bob", "too early").code == 5
    meet(ann, bob)
    assert ann.texts("bob") == bob.texts("ann") == log
    assert "restored, unverified" in ann.runs("lines").out
    assert "restored, unverified" in bob.runs("lines").out
    assert "compare the safety number" in bob.runs("status").out
    digits = ann.runs("verify", "bob", "--json").value["digits"]
    assert digits == bob.runs("verify", "ann", "--json").value["digits"]
    bob.runs("verify", "ann", "--digits", digits)
    assert "restored, unverified" not in bob.runs("lines").out
    ann.says("bob", "and on")
    meet(ann, bob)
    assert bob.texts("ann")[-1] == "and on"


def test_whoever_syncs_by_hand_finds_a_restored_side_within_minutes(pair: tuple[Person, Person], home: Path) -> None:
    """They are on the phone: nobody waits six hours. But a relay is not asked at every keystroke for what stays."""
    ann, bob = pair
    minute = 1 / 365 / 24 / 60
    ann.runs("backup", str(home / "safe"))
    shutil.rmtree(ann.vault)
    ann.runs("restore", str(home / "safe"))
    bob.years += 11 * minute
    bob.runs("sync", "ann")
    ann.runs("sync", "bob")
    for wait, heard in ((0, False), (9, False), (2, True)):
        bob.years += wait * minute
        bob.says("ann", "is it you")  # what is said looks there no more often than ever
        bob.runs("sync", "ann")
        ann.runs("sync", "bob")
        bob.runs("sync", "ann")
        assert (ann.status("bob")["phase"] == "open") is heard
    assert "restored, unverified" in bob.runs("lines").out


def test_a_backup_has_a_passphrase_of_its_own_if_wanted(pair: tuple[Person, Person], home: Path) -> None:
    ann, _ = pair
    own = home / "own"
    own.write_text("another passphrase\n")
    ann.runs("backup", str(home / "safe"), "--backup-passphrase-file", str(own))
    assert ann.tries("backup", "verify", str(home / "safe")).code == 3
    ann.runs("backup", "verify", str(home / "safe"), "--backup-passphrase-file", str(own))
    shutil.rmtree(ann.vault)
    ann.runs("restore", str(home / "safe"), "--backup-passphrase-file", str(own))


def test_what_cannot_be_restored_changes_nothing(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    ann.runs("backup", str(home / "safe"))
    assert ann.tries("restore", str(home / "safe")).code == VaultExists.exit_code
    shutil.rmtree(bob.vault)
    (home / "spoilt").write_bytes((home / "safe").read_bytes()[:-1])
    spoilt = bob.tries("restore", str(home / "spoilt"), "--backup-passphrase-file", str(ann.passphrase_file))
    assert spoilt.code == BackupUnfinished.exit_code
    assert "cut off" in spoilt.err
    done = bob.tries("restore", str(bob.passphrase_file))
    assert done.code == BackupDamaged.exit_code
    assert not bob.vault.exists()


def test_files_that_were_put_back_are_noticed_and_reset_goes_on(pair: tuple[Person, Person], home: Path) -> None:
    ann, bob = pair
    shutil.copytree(ann.vault, home / "copy")
    ann.says("bob", "one", "two")
    meet(ann, bob)
    shutil.rmtree(ann.vault)
    shutil.copytree(home / "copy", ann.vault)
    done = ann.tries("say", "bob", "with old keys")
    assert done.code == VaultRolledBack.exit_code
    assert "reset --all" in done.err
    assert ann.tries("reset", "--all").code == 9, "nobody is there to say yes"
    ann.runs("reset", "--all", "--yes")
    meet(ann, bob)
    assert ann.texts("bob") == ["one", "two"]
    ann.says("bob", "three")
    meet(ann, bob)
    assert bob.texts("ann") == ["one", "two", "three"]


def test_reset_of_what_cannot_be_reset(ann: Person, relay: str) -> None:
    ann.runs("invite", "bob", "--relay", relay)
    assert ann.tries("reset", "bob", "--yes").code == LineNotOpen.exit_code
    assert ann.tries("reset", "carl", "--yes").code == LineUnknown.exit_code
    assert ann.tries("reset", "--yes").code == 2
    ann.runs("reset", "--all", "--yes")

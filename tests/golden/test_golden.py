"""What released versions have written is read for ever: their vaults, their backups, and envelopes to those vaults."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.archive import verify_archive
from backchannel.app.carry import carry_in
from backchannel.app.compose import compose
from backchannel.app.desk import Desk
from backchannel.app.files import content, files
from backchannel.app.receive import Fate
from backchannel.app.say import say
from backchannel.log.kinds import Text, read_body
from backchannel.log.tombstone import Tombstone
from backchannel.vault.backup import restore_backup, verify_backup
from backchannel.vault.schema import VERSION
from backchannel.vault.store import SqliteVault, open_vault
from tests.app.test_archive import READER
from tests.golden import make
from tests.support.world import CHEAP

OLDEST_WITH_ARCHIVE = "0.1"
VERSIONS = sorted(path.parent for path in Path(__file__).parent.glob("*/envelopes.json"))


@pytest.fixture(params=VERSIONS, ids=lambda path: path.name)
def golden(request: pytest.FixtureRequest) -> Path:
    """The folder of one version."""
    folder: Path = request.param
    return folder


@pytest.fixture
def state(golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What stands beside the vault; no test knows that another one went on in a copy of it."""
    monkeypatch.setenv("BACKCHANNEL_STATE", str(tmp_path / "marks"))
    found: dict[str, Any] = json.loads((golden / "envelopes.json").read_text(encoding="utf-8"))
    return found


def opened(golden: Path, state: dict[str, Any], to: Path) -> tuple[SqliteVault, Desk]:
    """Open a copy: what lies there stays as it is."""
    shutil.copytree(golden / "vault", to)
    vault = open_vault(to, state["passphrase"])
    return vault, Desk(vault, lambda: state["now"] + 1000, os.urandom)


def texts(desk: Desk, name: str) -> list[list[Any]]:
    """Return what was said on a line, with who said it."""
    with desk.look() as transaction:
        log = list(transaction.in_order(transaction.line_named(name).id))
    said = [(each.event.author, read_body(each.event)) for each in log]
    return [[author, body.text] for author, body in said if isinstance(body, Text)]


def marks(desk: Desk, name: str) -> list[list[Any]]:
    """Return what of a line was removed, and why."""
    with desk.look() as transaction:
        log = [each.event for each in transaction.in_order(transaction.line_named(name).id)]
    return [[event.author, event.number, event.why.name] for event in log if isinstance(event, Tombstone)]


def check_holds(desk: Desk, state: dict[str, Any], *, phases: dict[str, str] | None = None) -> None:
    """Compare what a vault holds with what it must."""
    holds = state["holds"]
    with desk.look() as transaction:
        lines = transaction.lines()
        assert transaction.setting("proxy") == "socks5://localhost:9050"
        assert transaction.private(transaction.line_named("bob").id, "kept") == b"for myself"
    assert {line.name: str(line.phase) for line in lines} == (phases or holds["phases"])
    assert {line.name: texts(desk, line.name) for line in lines} == holds["texts"]
    removed = holds.get("removed", {})
    assert {line.name: marks(desk, line.name) for line in lines} == {line.name: [] for line in lines} | removed
    rules = holds.get("rules", {line.name: {"keep": "always"} for line in lines})
    assert {line.name: line.retention.agreement.rule.to_value() for line in lines} == rules
    found = files(desk, "bob")
    assert [[file.file.name, file.file.hash.hex(), str(file.state)] for file in found] == holds["files"]
    for file in found:
        assert sha256(b"".join(content(desk, "bob", file.name.hex())[1])).digest() == file.file.hash


def test_there_is_one() -> None:
    assert VERSIONS


def test_a_vault(golden: Path, state: dict[str, Any], tmp_path: Path) -> None:
    vault, desk = opened(golden, state, tmp_path / "vault")
    assert vault._connection.pragma("user_version") == VERSION
    assert vault.check() == []
    check_holds(desk, state)
    say(desk, "bob", ["and on"])
    with desk.look() as transaction:
        line = transaction.line_named("bob")
    assert compose(desk, line.id).outgoing
    vault.close()


def test_envelopes(golden: Path, state: dict[str, Any], tmp_path: Path) -> None:
    vault, desk = opened(golden, state, tmp_path / "vault")
    for case in state["envelopes"]:
        fates = carry_in(desk, [bytes.fromhex(each) for each in case["envelopes"]]).fates
        assert fates == (Fate.OPENED,) * len(fates), case["what"]
    with desk.look() as transaction:
        phases = {line.name: str(line.phase) for line in transaction.lines()}
        assert transaction.line_named("bob").recovery.joining is not None
    assert phases == state["holds"]["phases"] | {"cid": "open", "dan": "open", "eve": "refused"}
    assert [1, "four"] in texts(desk, "bob")
    name, digest = state["soon"]
    (soon,) = [file for file in files(desk, "bob") if file.file.name == name]
    assert sha256(b"".join(content(desk, "bob", soon.name.hex())[1])).hexdigest() == digest
    vault.close()


def test_a_backup(golden: Path, state: dict[str, Any], tmp_path: Path) -> None:
    backup, passphrase = golden / "backup", state["passphrase"]
    contents = verify_backup(backup, passphrase, lambda _: None)
    assert contents.lines == len(state["holds"]["phases"])
    restore_backup(
        backup, passphrase, tmp_path / "vault", passphrase, lambda: state["now"], os.urandom, lambda _: None, CHEAP
    )
    vault = open_vault(tmp_path / "vault", passphrase)
    before = state["holds"]["phases"]
    phases = {name: "closed" if phase == "closed" else "refused" for name, phase in before.items()}
    phases["bob"] = "restoring"
    check_holds(Desk(vault, lambda: state["now"], os.urandom), state, phases=phases)
    vault.close()


def test_what_is_there_is_not_written_over(golden: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in golden.rglob("*") if path.is_file()}
    assert make.main([golden.name]) == 1
    assert "stays as it is" in capsys.readouterr().err
    assert {path: path.read_bytes() for path in golden.rglob("*") if path.is_file()} == before


def test_an_archive(golden: Path, state: dict[str, Any], tmp_path: Path) -> None:
    """Read by this program, and by the one that knows only the spec."""
    if golden.name < OLDEST_WITH_ARCHIVE:
        assert not (golden / "archive").exists(), "there were none yet"
        return
    holds = state["holds"]
    with (golden / "archive").open("rb") as file:
        done = verify_archive(state["passphrase"], file.read)
    assert (done.line, done.removed, done.files) == ("bob", len(holds["removed"]["bob"]), len(holds["files"]))
    words, out = tmp_path / "words", tmp_path / "out"
    words.write_text(state["passphrase"], "utf-8")
    out.mkdir()
    shown = subprocess.run(
        [sys.executable, "-P", str(READER), str(golden / "archive"), str(words), str(out)],
        capture_output=True, encoding="utf-8", check=True,
    ).stdout  # fmt: skip
    assert all(text in shown for _, text in holds["texts"]["bob"])
    assert {sha256(path.read_bytes()).hexdigest() for path in out.iterdir()} == {file[1] for file in holds["files"]}


def test_they_can_be_made(tmp_path: Path) -> None:
    """This version writes the same kinds of things, so that the next one can be added."""
    state = json.loads((VERSIONS[-1] / "envelopes.json").read_text(encoding="utf-8"))
    (tmp_path / "new").mkdir()
    make.make(tmp_path / "new", tmp_path / "scratch")
    made = json.loads((tmp_path / "new" / "envelopes.json").read_text(encoding="utf-8"))
    assert made["holds"] == state["holds"]
    assert [case["what"] for case in made["envelopes"]] == [case["what"] for case in state["envelopes"]]

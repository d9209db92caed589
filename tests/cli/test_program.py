"""The program as a whole: its help, its names, its colours, and what it says of wrong command lines."""

from __future__ import annotations

import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from backchannel import __version__
from backchannel.cli.program import COMMANDS, program
from backchannel.errors import every_error
from tests.cli.people import Person

ROOT = Path(__file__).resolve().parents[2]
EVERY = [*([name] for name in COMMANDS), ["carry", "out"], ["carry", "in"], ["relay", "serve"]]
PROMISED = {
    "init": set(),
    "invite": {"--relay", "--file", "--text", "--qr", "--code"},
    "join": {"--file", "--text", "--qr", "--code"},
    "verify": {"--digits"},
    "say": {"--file"},
    "read": {"--json", "--follow", "--since"},
    "sync": {"--watch"},
    "lines": {"--json"},
    "status": {"--json"},
    "doctor": {"--json"},
    "carry out": {"--text", "--qr"},
    "carry in": {"--text", "--qr"},
    "relay serve": {"--host", "--port", "--data"},
}
"""The contract: these names stay."""


def command_at(path: list[str]) -> click.Command:
    command: click.Command = program
    for name in path:
        assert isinstance(command, click.Group)
        found = command.get_command(click.Context(command), name)
        assert found is not None
        command = found
    return command


def someone(tmp_path: Path) -> Person:
    return Person(tmp_path, "ann")


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_has_help(tmp_path: Path, path: list[str]) -> None:
    for flag in ("--help", "-h"):
        done = someone(tmp_path).runs(*path, flag)
        assert done.out.startswith(f"Usage: backchannel {' '.join(path)} ")
        assert not done.err
        assert not any(len(line) > 80 for line in done.out.splitlines())


def test_the_help_names_every_command_with_its_sentence(tmp_path: Path) -> None:
    done = someone(tmp_path).runs("--help")
    told = dict(re.findall(r"^  (\w+) {2,}(\S.*)$", done.out, re.MULTILINE))
    assert told == {name: sentence for name, (_, sentence) in COMMANDS.items()}
    assert list(told) == list(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_the_table_says_is_what_the_command_says(name: str) -> None:
    """The table stands in for docstrings that the help must not load."""
    module, attribute = COMMANDS[name][0].split(":")
    command = getattr(importlib.import_module(f"backchannel.cli.{module}"), attribute)
    assert inspect.cleandoc(command.help or "").splitlines()[0] == COMMANDS[name][1]


@pytest.mark.parametrize("path", PROMISED)
def test_the_names_of_the_contract_are_there(path: str) -> None:
    command = command_at(path.split())
    options = {name for parameter in command.params for name in parameter.opts}
    assert PROMISED[path] <= options


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_command_that_opens_the_vault_can_be_told_which(path: list[str]) -> None:
    options = {name for parameter in command_at(path).params for name in parameter.opts}
    if path[-1] not in ("carry", "relay", "serve", "vault"):
        assert {"--vault", "--passphrase-file"} <= options
    assert not {"--passphrase", "--password"} & options, "no secret in argv"


@pytest.mark.parametrize("path", EVERY, ids=" ".join)
def test_every_option_is_explained(path: list[str]) -> None:
    command = command_at(path)
    assert inspect.cleandoc(command.help or "").splitlines()[0]
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name
            assert parameter.help.endswith((".", "-")), parameter.help


def test_the_readme_names_what_a_newcomer_needs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    for name in ("init", "invite", "join", "sync", "verify", "say", "read", "lines", "carry", "proxy", "relay serve"):
        assert re.search(rf"backchannel\s+{name}\b", readme), name


def test_the_guide_names_every_command() -> None:
    text = (ROOT / "docs" / "guide.md").read_text("utf-8")
    for path in EVERY:
        assert re.search(rf"(backchannel|`) ?{' '.join(path)}\b", text), path


def test_the_version(tmp_path: Path) -> None:
    assert someone(tmp_path).runs("--version").out == f"backchannel, version {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["frobnicate"],
        ["init", "--frobnicate"],
        ["init", "too", "much"],
        ["invite"],
        ["invite", "bob", "--file", "f", "--text"],
        ["invite", "bob", "--qr", "p.png", "--code", "--relay", "http://127.0.0.1:1"],
        ["invite", "bob", "--code"],
        ["invite", "bob", "--days", "0"],
        ["join", "ann"],
        ["join", "ann", "--file", "f", "--code", "1"],
        ["join", "ann", "--text", "BACKCHANNEL INVITATION and so on"],
        ["verify"],
        ["say", "bob"],
        ["say", "bob", "words", "--file", "f"],
        ["say", "bob", "words", "--each-line"],
        ["read"],
        ["read", "bob", "--since", "-1"],
        ["read", "bob", "--since", "x"],
        ["read", "bob", "--last", "0"],
        ["carry"],
        ["carry", "out"],
        ["carry", "out", "bob"],
        ["carry", "out", "bob", ".", "--text", "--qr"],
        ["carry", "out", "bob", "--text", "--json"],
        ["carry", "in"],
        ["carry", "in", "--qr"],
        ["carry", "in", ".", "--text", "--qr"],
        ["folder", "bob"],
        ["relay", "serve"],
        ["relay", "serve", "--data", "d", "--port", "65536"],
    ],
    ids=" ".join,
)
def test_a_wrong_command_line_is_2_and_says_how_it_is_done(tmp_path: Path, arguments: list[str]) -> None:
    person = someone(tmp_path)
    done = person.tries(*arguments)
    assert done.code == 2
    assert not done.out
    assert "Usage: backchannel" in done.err
    assert not person.vault.exists()


def test_no_error_of_ours_has_the_exit_code_of_a_wrong_command_line() -> None:
    assert 2 not in {error.exit_code for error in every_error()}


def test_colour_is_for_terminals_and_for_those_who_want_it(ann: Person) -> None:
    """No escape sequence goes into a file; FORCE_COLOR is nobody's business but a terminal's."""
    ann.runs("invite", "bob")
    for arguments in (["lines"], ["status"], ["read", "bob"], ["read", "nobody"], ["doctor"]):
        done = ann.tries(*arguments)
        assert "\x1b" not in done.out + done.err
    assert "error: " in ann.tries("read", "nobody").err


def test_the_help_loads_no_command_and_no_cryptography() -> None:
    code = (
        "import sys\nfrom backchannel.main import _run\n_run(['--help'])\n"
        "heavy = [m for m in sys.modules if m.split('.')[0] in "
        "('cryptography', 'nacl', 'vodozemac', 'apsw', 'PIL', 'segno', 'zxingcpp', 'starlette', 'uvicorn', 'argon2')]\n"
        "print(heavy, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=30)
    assert done.stderr.strip() == "[]"


def test_ctrl_c_that_a_library_drops_is_pressed_again() -> None:
    """Now and then it falls into a callback of cbor2's, which ignores whatever is raised there."""
    code = (
        "import time\nfrom backchannel import main\n"
        "class Dropper:\n"
        "    def __del__(self): raise KeyboardInterrupt\n"
        "with main._interrupts_kept():\n"
        "    Dropper()\n"
        "    time.sleep(20)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=15)
    assert done.returncode != 0
    assert done.stderr.endswith("KeyboardInterrupt\n")
    assert "ignored" not in done.stderr

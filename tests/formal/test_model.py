"""The models of the line hold in every state within their bounds, and each that is broken on purpose is found out."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from formal import run as model
from formal.run import CHECKS, FOLDER, Check, main, missing, search


def needs_checker() -> None:
    """Skip where spin or gcc is not here; where the run is for all, that is a failure."""
    if gone := missing():
        told = f"{' and '.join(gone)} is not here: python3 x.py model installs it, or says how"
        if os.environ.get("CI") == "true":
            pytest.fail(told)
        pytest.skip(told)


def name_of(check: Check) -> str:
    return check.name.replace(" ", "-")


@pytest.mark.parametrize("check", [check for check in CHECKS if not (check.broken or check.deep)], ids=name_of)
def test_the_model_holds(check: Check) -> None:
    needs_checker()
    outcome = search(check)
    assert outcome.good, outcome
    assert outcome.found == ""
    assert outcome.states > 1000


@pytest.mark.parametrize("check", [check for check in CHECKS if check.broken], ids=name_of)
def test_what_is_broken_on_purpose_is_found_out(check: Check) -> None:
    needs_checker()
    outcome = search(check)
    assert outcome.good, f"broken, and nothing was found in {outcome.states} states"


def test_every_way_to_break_a_model_is_one_that_the_model_knows() -> None:
    for check in CHECKS:
        text = (FOLDER / f"{check.model}.pml").read_text(encoding="utf-8")
        for define in check.defines:
            name = define.partition("=")[0]
            assert f"#ifdef {name}\n" in text or f"#ifndef {name}\n" in text or name == "SLOTS", check.name


def test_every_way_to_break_a_model_is_tried() -> None:
    for path in FOLDER.glob("*.pml"):
        told = {
            line.split()[1][2:] for line in path.read_text(encoding="utf-8").splitlines() if line.startswith(" *   -D")
        }
        assert told == {check.defines[-1] for check in CHECKS if check.broken and check.model == path.stem}


# --- the reading of what spin says


class Spoken:
    """In place of the programs: what the search prints."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __call__(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        said = self.text if command[0].endswith("pan") else ""
        return subprocess.CompletedProcess(command, 0, said, "")


WHOLE = "State-vector 44 byte, depth reached 652, errors: 0\n  1246 states, stored\n"
ONE_ERROR = "pan:1: invalid end state (at depth 58)\n" + WHOLE.replace("errors: 0", "errors: 1")


@pytest.mark.parametrize(
    ("said", "broken", "good"),
    [
        (WHOLE, False, True),
        (WHOLE, True, False),
        (ONE_ERROR, False, False),
        (ONE_ERROR, True, True),
        (ONE_ERROR.replace("invalid end state", "assertion violated - invalid array index"), False, False),
        ("error: max search depth too small\n" + WHOLE, False, False),
        ("Warning: Search not completed\n" + WHOLE, False, False),
        ("pan: out of memory\n" + WHOLE, False, False),
        ("pan: cannot run", False, False),
        ("pan: cannot run", True, False),
    ],
)
def test_only_a_whole_search_is_good_and_only_a_breach_finds_out(
    said: str, broken: bool, good: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subprocess, "run", Spoken(said))
    assert search(Check("delivery", broken=broken)).good is good


def test_a_model_that_does_not_compile_is_a_failure_with_its_reason(tmp_path: Path) -> None:
    needs_checker()
    outcome = search(Check("delivery", ("EVENTS=(",)))
    assert not outcome.good
    assert "rror" in outcome.found


def test_the_command_chooses_and_prints_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(subprocess, "run", Spoken(WHOLE))
    monkeypatch.setattr(model, "missing", list)
    assert main(["delivery", "--json"]) == 1, "those that are broken on purpose were not found out"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["check"] for line in lines] == [c.name for c in CHECKS if c.model == "delivery" and not c.deep]
    assert {line["good"] for line in lines} == {True, False}


def test_the_command_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(model, "missing", lambda: ["spin"])
    assert main([]) == 1
    assert capsys.readouterr().err == "this needs spin; try: sudo apt-get install -y spin gcc\n"
    assert main(["poem"]) == 2
    assert "there is no model poem; there are: delivery, epochs, restore, sessions" in capsys.readouterr().err

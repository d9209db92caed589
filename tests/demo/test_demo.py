"""The demo, as a newcomer runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DEMO = ROOT / "examples" / "demo" / "demo.py"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    # As a newcomer's: with nothing of ours in it, and nobody counting lines.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("BACKCHANNEL", "COVERAGE_PROCESS"))
    }
    return subprocess.run(
        [sys.executable, str(DEMO), *arguments], env=environment, capture_output=True, text=True, encoding="utf-8",
        timeout=280, check=False,
    )  # fmt: skip


def conversation() -> list[str]:
    sys.path.insert(0, str(DEMO.parent))
    try:
        from conversation import AFTER_THE_CUT, BEFORE_THE_CUT, DURING_THE_CUT
    finally:
        sys.path.remove(str(DEMO.parent))
    return [text for _, text in (*BEFORE_THE_CUT, *DURING_THE_CUT, *AFTER_THE_CUT)]


@pytest.mark.timeout(300)
def test_it_loses_nothing_doubles_nothing_and_says_so(tmp_path: Path) -> None:
    home = tmp_path / "kept"
    done = run("--json", "--keep", str(home))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, "one object, and nothing else"
    summary = json.loads(done.stdout)
    spoken = conversation()
    assert summary["schema"] == 1
    assert summary["lost"] == summary["doubled"] == 0
    assert summary["sent"] == summary["received"] > len(spoken), "words, and acts at the table"
    assert summary["overlap"]["packages"] == 4
    assert summary["overlap"]["both"] == [
        "quiet=48; begins=Tuesday 06:00; insulin=4; driver=one whom both know; people=1000; order=in two phases"
    ]
    assert summary["agreed"] == {
        "quiet": 48, "begins": "Tuesday 06:00", "insulin": 4, "driver": "one whom both know", "people": 1000,
        "order": "in two phases",
    }  # fmt: skip
    assert summary["deal"]["promises"] == {"confirmed": 4}
    assert summary["deal"]["disputed_and_settled"] == ["second-phase"]
    assert summary["same_order"] is True
    assert summary["confirmed"] is True
    assert summary["envelopes"] == sum(summary["relay_saw"].values()) + sum(summary["by_hand"].values())
    assert sum(summary["by_hand"].values()) > 0, "a stick was needed"
    on_wire = sum(int(size) * count for way in ("relay_saw", "by_hand") for size, count in summary[way].items())
    assert summary["bytes_on_wire"] == on_wire
    assert any("א" <= letter <= "ת" for text in spoken for letter in text)
    assert any("ا" <= letter <= "ي" for text in spoken for letter in text)
    everything = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for text in spoken:
        assert text.encode() not in everything, "not a word of it lies about, in a vault or on the relay"


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    done = run("--json", "--keep", str(tmp_path))
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert not done.stdout


@pytest.mark.parametrize("flags", [["--frobnicate"], ["--keep"], ["extra"]])
def test_a_wrong_flag_is_told(flags: list[str]) -> None:
    done = run(*flags)
    assert done.returncode == 2
    assert "usage: x.py demo" in done.stderr
    assert not done.stdout


def test_help_names_its_flags() -> None:
    done = run("--help")
    assert done.returncode == 0
    for flag in ("--no-ui", "--json", "--keep"):
        assert flag in done.stdout

"""Ten small worlds of seventeen years, played whole: nothing lost, nothing doubled, nothing stuck."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from backchannel.app.desk import Work
from backchannel.app.line import Line
from backchannel.line.delivery import Delivery
from backchannel.log.event import Event
from world import run
from world.life import Report, play
from world.plan import plan
from world.run import main, replay

YEARS = 17
MESSAGES = 250


def world(seed: int, messages: int = MESSAGES) -> Report:
    return play(plan(seed, YEARS, messages))


@pytest.mark.parametrize("seed", range(1, 11))
def test_nothing_is_lost_or_doubled_in_seventeen_years(seed: int) -> None:
    report = world(seed)
    again = replay(seed, YEARS, MESSAGES)
    assert report.good, f"{report.verdict}, settled after {report.settled_after}; again: {again}"
    verdict = report.verdict
    assert verdict.sent == MESSAGES + report.counts["besides"]
    assert verdict.received + verdict.gone + verdict.stranded == verdict.sent
    what = ("blackouts", "crashes", "wipes", "resets", "restores", "alive", "migrated")
    assert min(report.counts[each] for each in what) > 0
    if seed == 9:  # a device that was replaced comes through: its words are branches of forks, and it is told
        assert report.counts["superseded"] > 0
        assert verdict.forks > 0


def test_the_same_seed_tells_the_same_story() -> None:
    left, right = (play(plan(3, 3, 60)) for _ in range(2))
    for what in ("blackouts", "wipes", "moves", "clock_changes", "backups", "restores", "upgrades"):
        assert left.counts[what] == right.counts[what]
    for what in ("sent", "lost", "doubled", "misplaced"):
        assert getattr(left.verdict, what) == getattr(right.verdict, what)


def test_a_world_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("world.life.fast_folder", lambda: tmp_path / "world")
    play(plan(1, 1, 10))
    assert not (tmp_path / "world").exists()


# --- a product that is broken is found out


def test_an_acknowledgement_of_what_is_not_held_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Work.append

    def forgetful(self: Work, line: Line, event: Event, now: int) -> int:
        """Note some of the peer's events as held, and do not keep them."""
        if event.author != int(line.role) and event.number % 11 == 0:
            return line.positions + 1
        return real(self, line, event, now)

    monkeypatch.setattr(Work, "append", forgetful)
    assert not play(plan(4, 6, 80)).good


def test_words_that_go_out_only_once_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Delivery, "is_due", lambda self, now: False)
    assert not play(plan(4, 6, 80)).good


# --- the command


def test_the_command_prints_json_and_is_content(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--seed", "2", "--years", "1", "--messages", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    wanted = {"schema", "seed", "years", "sent", "received", "lost", "doubled", "restores", "resets", "blackouts"}
    assert wanted | {"wall_seconds"} <= set(told)
    assert (told["sent"], told["lost"], told["doubled"]) == (20, 0, 0)


def result(seed: int, *, good: bool = True, **more: Any) -> dict[str, Any]:
    return {"seed": seed, "years": 17, "good": good, "sent": 5, "lost": 0, "wall_seconds": 1.0, **more}


def test_a_world_that_lost_something_prints_how_to_play_it_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(run, "one", lambda seed, _years, _messages: result(seed, good=False, lost=1, examples=["it"]))
    assert main(["--seed", "9", "--messages", "77"]) == 1
    out, err = capsys.readouterr()
    assert "1 lost" in out
    assert "  it\n  again: python3 x.py world --seed 9 --years 17 --messages 77\n" in err


def test_a_world_that_breaks_is_a_finding_and_the_others_go_on(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(_plan: object) -> Report:
        raise RuntimeError("a bug")

    monkeypatch.setattr(run, "play", broken)
    monkeypatch.setattr(run, "many", lambda seeds, years, messages: (run.one(s, years, messages) for s in seeds))
    assert main(["--seeds", "2"]) == 1
    out, err = capsys.readouterr()
    assert re.findall(r"^seed (\d): broke: RuntimeError: a bug$", out, re.MULTILINE) == ["1", "2"]
    assert err.count("again: python3 x.py world --seed") == 2


def test_many_worlds_are_summed_up(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    found = [result(1), result(2, good=False, lost=3), result(3)]
    monkeypatch.setattr(run, "many", lambda *_: iter(found))
    assert main(["--seeds", "3", "--json"]) == 1
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert told[:3] == found
    assert (told[3]["worlds"], told[3]["bad"], told[3]["sent"], told[3]["lost"]) == (3, [2], 15, 3)


@pytest.mark.parametrize("wrong", [["--seeds", "0"], ["--years", "0"], ["--seed", "1", "--seeds", "2"], ["again"]])
def test_a_wrong_command_line_is_refused(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(wrong)
    assert left.value.code == 2
    assert capsys.readouterr().out == ""

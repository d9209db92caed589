"""Every fuzz target over a few thousand inputs, the same each time; the long, guided run is ``python3 x.py fuzz``."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest

from fuzz import run
from fuzz.mutate import heads, inputs
from fuzz.targets import NAMES, Target, target

COUNTS = {"backup": 600, "mail": 3000, "names": 800, "relay": 2000, "deal": 1500, "envelope": 2000, "paper": 60}
OTHERWISE = 6000
REACH = {"backup": 2, "mail": 8, "names": 1, "relay": 2, "deal": 2, "envelope": 5, "paper": 1}
SEED = 20250101


@pytest.fixture(params=NAMES)
def each(request: pytest.FixtureRequest) -> Target:
    return target(str(request.param))


def test_nothing_breaks_it(each: Target) -> None:
    examples = each.examples()
    reach = REACH.get(each.name, 16)
    for data in chain(heads(examples, reach), inputs(examples, COUNTS.get(each.name, OTHERWISE), SEED)):
        try:
            each.one_input(data)
        except BaseException as error:
            error.add_note(f"target {each.name}, input {data.hex()}")
            raise


def test_there_are_examples_and_they_differ(each: Target) -> None:
    examples = each.examples()
    assert len(examples) == len(set(examples)) > 2


def test_every_parser_has_a_target() -> None:
    parsers = {"armor", "backup", "carrying", "codec", "config", "deal", "domain", "envelope", "event", "file_part"}
    parsers |= {"frame", "invitation", "keyfile", "mail", "names", "overlap", "paper", "relay", "rendezvous", "table"}
    parsers |= {"archive", "ending", "pieces"}
    assert set(NAMES) == parsers


def test_the_inputs_are_the_same_each_time() -> None:
    assert list(inputs([b"abc", b"de"], 50, 1)) == list(inputs([b"abc", b"de"], 50, 1))
    assert list(inputs([b"abc", b"de"], 50, 1)) != list(inputs([b"abc", b"de"], 50, 2))


def test_one_input_can_be_tried_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "input"
    file.write_bytes(b"\x80")
    assert run.main(["codec", "--input", str(file)]) == 0
    assert run.main(["nothing"]) == 2
    assert "codec" in capsys.readouterr().err

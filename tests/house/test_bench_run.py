from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench.rows import Row, as_json, as_table, figure
from bench.run import Bench, discover, main

QUICK = Row("alpha", "seal", 0.01234, "ms", 0.02, met=True)
SLOW = Row("alpha", "open everything", 123456.7, "1/s", 200000, met=False)
FREE = Row("beta", "size", 41, "MB")


def alpha(quick: bool) -> Iterator[Row]:
    yield QUICK
    if not quick:
        yield SLOW


def beta(quick: bool) -> Iterator[Row]:
    yield FREE


FOUND = {"alpha": Bench("alpha", alpha), "beta": Bench("beta", beta)}


def test_json_is_one_object_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--json"], FOUND) == 0
    first, second, third = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert first == {
        "schema": 1, "bench": "alpha", "row": "seal", "value": 0.01234, "unit": "ms", "target": 0.02, "met": True,
    }  # fmt: skip
    assert second["met"] is False
    assert third["target"] is None
    assert third["met"] is None


def test_json_comes_out_as_it_is_measured(capsys: pytest.CaptureFixture[str]) -> None:
    def watched(quick: bool) -> Iterator[Row]:
        yield QUICK
        assert json.loads(capsys.readouterr().out)["row"] == "seal"
        yield SLOW

    assert main(["--json"], {"alpha": Bench("alpha", watched)}) == 0


def test_a_figure_that_is_no_number_is_no_json() -> None:
    with pytest.raises(ValueError, match="JSON"):
        as_json(Row("alpha", "seal", float("nan"), "ms"))


def test_the_table_is_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], FOUND) == 0
    assert capsys.readouterr().out.splitlines() == [
        "bench  row                value  unit   target  met",
        "alpha  seal              0.0123  ms       0.02  yes",
        "alpha  open everything  123,457  1/s   200,000  no",
        "beta   size                  41  MB          -  -",
    ]


def test_only_the_last_column_has_colour() -> None:
    head, good, bad, free = as_table([QUICK, SLOW, FREE], colour=True).splitlines()
    assert "\x1b" not in head + free
    assert good.endswith("\x1b[32myes\x1b[0m")
    assert bad.endswith("\x1b[31mno \x1b[0m")


@pytest.mark.parametrize(("no_colour", "coloured"), [("", True), ("1", False)])
def test_no_color_is_honoured(
    no_colour: str, coloured: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NO_COLOR", no_colour)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["alpha"], FOUND) == 0
    out, err = capsys.readouterr()
    assert ("\x1b[" in out) is coloured
    assert err == "bench: alpha ...\n"


def test_a_name_chooses_and_quick_is_passed_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alpha", "--quick", "--json"], FOUND) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1


def test_an_unknown_name_lists_those_that_there_are(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["alpha", "gamma"], FOUND) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: there is no bench gamma\nhint: there are: alpha, beta\n"


def test_no_bench_at_all_is_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([], {}) == 0
    assert main(["alpha"], {}) == 2
    assert capsys.readouterr().err.endswith("there are: none yet\n")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "-"),
        (0, "0"),
        (3, "3"),
        (0.5, "0.5"),
        (12.345, "12.3"),
        (99.99, "100"),
        (1234.5, "1,234"),
        (1e7, "10,000,000"),
    ],
)
def test_figures_as_a_person_reads_them(value: float | None, shown: str) -> None:
    assert figure(value) == shown


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    folder = tmp_path / "bench_package_of_this_test"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder, folder.name


def test_benches_are_found_by_their_file_names(package: tuple[Path, str]) -> None:
    folder, name = package
    text = "NAME = {!r}\ndef rows(quick):\n    yield from ()\n"
    (folder / "bench_z.py").write_text(text.format("a-last-file"), encoding="utf-8")
    (folder / "bench_a.py").write_text(text.format("b-first-file"), encoding="utf-8")
    (folder / "rows.py").write_text("raise RuntimeError", encoding="utf-8")
    assert list(discover(folder, name)) == ["a-last-file", "b-first-file"]


def test_two_benches_of_one_name_are_refused(package: tuple[Path, str]) -> None:
    folder, name = package
    for stem in ("bench_one", "bench_two"):
        (folder / f"{stem}.py").write_text("NAME = 'same'\nrows = None\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"two benches are called 'same'; one is bench_two\.py"):
        discover(folder, name)


def test_the_benches_of_the_house_have_names() -> None:
    assert all(name == bench.name and callable(bench.rows) for name, bench in discover().items())

from __future__ import annotations

import json
from pathlib import Path

from tests.house.thin import report_path, thin_files


def test_only_thin_files_are_named_worst_first(tmp_path: Path) -> None:
    covered = {"a.py": 89.9, "b.py": 90.0, "c.py": 12.0, "d.py": 100.0}
    files = {name: {"summary": {"percent_covered": percent}} for name, percent in covered.items()}
    (tmp_path / "coverage.json").write_text(json.dumps({"files": files}), encoding="utf-8")
    assert thin_files(tmp_path / "coverage.json") == [(12.0, "c.py"), (89.9, "a.py")]


def test_without_a_json_report_there_is_nothing_to_read() -> None:
    assert report_path(None) is None
    assert report_path({"term": None}) is None
    assert report_path({"json": "some.json"}) == Path("some.json")

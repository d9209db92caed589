from __future__ import annotations

import doctest
from typing import Any

import x


def test_every_example_of_the_page_is_true(monkeypatch: Any) -> None:
    monkeypatch.chdir(x.ROOT)
    page = x.ROOT / "docs" / "insight.md"
    failed, tried = doctest.testfile(str(page), module_relative=False, encoding="utf-8", report=True)
    assert failed == 0
    assert tried > 30

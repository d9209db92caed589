"""A pytest plugin for the whole run: name the files that tests cover thinly, and no others.

``x.py test`` loads it. It prints in the summary, so that pytest's own closing line stays the last one.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

THIN = 90.0


def thin_files(report: Path) -> list[tuple[float, str]]:
    """Return (percent, file) of what is covered to less than THIN, the worst first."""
    files = json.loads(report.read_text(encoding="utf-8"))["files"]
    return sorted(
        (file["summary"]["percent_covered"], name)
        for name, file in files.items()
        if file["summary"]["percent_covered"] < THIN
    )


def report_path(options: dict[str, str | None] | None) -> Path | None:
    """Return where pytest-cov was told to leave its JSON report, if it was."""
    path = (options or {}).get("json")
    return Path(path) if path else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Add the thin files to the summary."""
    path = report_path(config.getoption("cov_report", default=None))
    if path is None or not path.is_file():
        return
    for percent, name in thin_files(path):
        terminalreporter.write_line(f"thinly covered: {percent:3.0f} %  {name}")

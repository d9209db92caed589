"""Writes the pages that are made from the code: ``python3 x.py docs``; with ``--check``, only says which are stale."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from backchannel.errors import every_error
from backchannel.ledger import wording

DOCS: Final = Path(__file__).resolve().parent

USAGE: Final = 2


class Page(NamedTuple):
    """One generated page."""

    path: Path
    text: Callable[[], str]


def errors_page() -> str:
    """Return docs/errors.md: the table of every error."""
    rows = [
        f"| `{error.code}` | {error.sentence()} | {error.exit_code} | {error.http_status} |" for error in every_error()
    ]
    return "\n".join(
        [
            "# Errors",
            "",
            "<!-- Made by docs/make.py from src/backchannel/errors/: change the docstrings there. -->",
            "",
            "Every error has a code that never changes, one sentence that says what happened and what to do, the exit",
            "code of the command line, and the status that a relay or the window answers with. Exit code 0 is success,",
            "2 is a command line that cannot be read.",
            "",
            "| code | what it says | exit | HTTP |",
            "|---|---|---|---|",
            *rows,
            "",
        ]
    )


def wording_page() -> str:
    """Return docs/spec/12-wording.json: the sentences of spec 12.2, for programs that do not read ours."""
    value = {"version": wording.VERSION, "wording": {name: wording.WORDING[name] for name in wording.LANGUAGES}}
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


PAGES: tuple[Page, ...] = (
    Page(DOCS / "errors.md", errors_page),
    Page(DOCS / "spec" / "12-wording.json", wording_page),
)
"""Every generated page: where it stands, and what makes it."""


def main(arguments: Sequence[str]) -> int:
    """Write the pages, or with ``--check`` compare them; return the exit code."""
    if set(arguments) - {"--check"}:
        sys.stderr.write("usage: python3 x.py docs [--check]\n")
        return USAGE
    stale = [page for page in PAGES if not page.path.is_file() or page.path.read_text("utf-8") != page.text()]
    if "--check" not in arguments:
        for page in stale:
            page.path.write_text(page.text(), encoding="utf-8", newline="\n")
        return 0
    for page in stale:
        sys.stderr.write(f"{page.path.name} is stale; run: python3 x.py docs\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

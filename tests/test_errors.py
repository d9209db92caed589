"""The one error tree: each error is one code, one sentence, one exit code, one status, and stands in docs/errors.md."""

from __future__ import annotations

import re
from http import HTTPStatus
from pathlib import Path

import pytest

from backchannel import errors
from backchannel.errors import BackchannelError, every_error
from docs import make

EVERY = every_error()


def of(error: type[BackchannelError]) -> str:
    return error.__name__


@pytest.mark.parametrize("error", EVERY, ids=of)
def test_an_error_is_whole(error: type[BackchannelError]) -> None:
    own = vars(error)
    assert own["code"] == error.code  # never inherited: two errors with one code could not be told apart
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", error.code)
    assert 1 <= error.exit_code <= 63
    assert error.exit_code != 2  # the exit code of a wrong command line
    assert HTTPStatus(error.http_status) >= HTTPStatus.BAD_REQUEST


@pytest.mark.parametrize("error", EVERY, ids=of)
def test_its_docstring_is_one_sentence_for_people(error: type[BackchannelError]) -> None:
    sentence = (error.__doc__ or "").strip()
    assert error.sentence() == sentence  # one line
    assert re.fullmatch(r"[A-Z`][^\n]*[^.\s]\.", sentence)
    assert not re.search(r"[.!?] [A-Z]", sentence)
    assert sentence.count("`") % 2 == 0


def test_codes_are_unique() -> None:
    codes = [error.code for error in EVERY]
    assert len(set(codes)) == len(codes)


def test_every_error_is_in_the_one_tree() -> None:
    assert {error.__module__.rpartition(".")[0] for error in EVERY} == {errors.__name__}
    defined = {each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, BackchannelError)}
    assert set(EVERY) == defined
    assert len(EVERY) == len(defined)


def test_parents_stand_before_children() -> None:
    place = {error: at for at, error in enumerate(EVERY)}
    assert all(place[base] < place[error] for error in EVERY for base in error.__bases__ if base in place)


def test_what_is_shown() -> None:
    plain = errors.Malformed()
    assert str(plain) == errors.Malformed.sentence()
    told = errors.Malformed("the third byte", hint="Ask for it again.")
    assert str(told) == f"{errors.Malformed.sentence()} (the third byte)"
    assert (told.detail, told.hint) == ("the third byte", "Ask for it again.")


# --- the page ---


@pytest.mark.parametrize("page", make.PAGES, ids=lambda page: page.path.name)
def test_the_page_is_what_docs_make_writes(page: make.Page) -> None:
    assert page.path.read_text(encoding="utf-8") == page.text(), "stale: run python3 x.py docs"


def test_the_page_has_a_row_for_each_error() -> None:
    rows = [line for line in make.errors_page().splitlines() if line.startswith("| `")]
    assert len(rows) == len(EVERY)
    for error, row in zip(EVERY, rows, strict=True):
        assert f"`{error.code}`" in row
        assert error.sentence() in row
        assert f"| {error.exit_code} | {error.http_status} |" in row


def test_a_stale_page_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    page = make.Page(tmp_path / "page.md", lambda: "new\n")
    monkeypatch.setattr(make, "PAGES", (page,))
    assert make.main(["--check"]) == 1
    assert "page.md" in capsys.readouterr().err
    assert not page.path.exists()
    assert make.main([]) == 0
    assert page.path.read_text(encoding="utf-8") == "new\n"
    assert make.main(["--check"]) == 0
    assert make.main(["--unknown"]) == 2

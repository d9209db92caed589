"""Names made safe: in one folder, on any system, reading as they are."""

from __future__ import annotations

import unicodedata
from pathlib import Path, PureWindowsPath

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backchannel.app.safe_name import LONGEST, is_disguised, safe_name

NAMES = [
    ("report.pdf", "report.pdf"),
    ("דוח סופי.pdf", "דוח סופי.pdf"),
    ("تقرير.docx", "تقرير.docx"),
    ("../../etc/passwd", "passwd"),
    ("/etc/shadow", "shadow"),
    ("C:\\Windows\\system.ini", "system.ini"),
    ("C:evil.exe", "C_evil.exe"),
    ("..", "file"),
    (".", "file"),
    ("", "file"),
    ("a/", "file"),
    (".bashrc", "bashrc"),
    ("...hidden", "hidden"),
    ("photo\u202egpj.exe", "photogpj.exe"),
    ("a\u2066b\u2069\u200b\u200e.txt", "ab.txt"),
    ("new\nline\x00\x1b[31m.txt", "newline[31m.txt"),
    ("  spaces . ", "spaces"),
    ("tab\there", "tabhere"),
    ("CON", "_CON"),
    ("con.txt", "_con.txt"),
    ("nul.tar.gz", "_nul.tar.gz"),
    ("COM1", "_COM1"),
    ("lpt9.log", "_lpt9.log"),
    ("COM¹.txt", "_COM¹.txt"),
    ("console.txt", "console.txt"),
    ('a<b>:"|?*c', "a_b______c"),
    ("stream.txt:hidden", "stream.txt_hidden"),
    ("\u00a0nbsp\u2003.txt", "nbsp .txt"),
]


@pytest.mark.parametrize(("name", "safe"), NAMES)
def test_known_tricks(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@pytest.mark.parametrize("name", ["x" * 500 + ".pdf", "ש" * 500 + ".pdf", "😀" * 300 + ".tar.gz"])
def test_a_long_name_keeps_its_ending(name: str) -> None:
    safe = safe_name(name)
    assert len(safe.encode()) <= LONGEST
    assert safe.endswith(Path(name).suffix)
    assert safe[:10] == name[:10]


def test_an_ending_without_end() -> None:
    assert len(safe_name("a." + "b" * 500).encode()) <= LONGEST


@example(". .0")
@given(st.text(max_size=400) | st.text("./\\ \u202e\0conCON1.:", max_size=12))
def test_whatever_it_was_it_is_one_name_in_one_folder(name: str) -> None:
    safe = safe_name(name)
    assert safe
    assert len(safe.encode()) <= LONGEST
    assert not set(safe) & set('/\\<>:"|?*\0')
    assert safe == safe.strip(" ")
    assert not safe.startswith(".")
    assert not safe.endswith(".")
    assert all(unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in safe)
    assert not PureWindowsPath(safe).is_reserved()
    assert (Path("folder") / safe).parent == Path("folder")
    assert safe_name(safe) == safe, "a safe name stays as it is"


def test_a_disguise_is_seen() -> None:
    assert is_disguised("photo\u202egpj.exe")
    assert is_disguised("a\u200b.txt")
    assert not is_disguised("דוח سلام report.pdf")

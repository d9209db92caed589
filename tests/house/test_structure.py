from __future__ import annotations

import ast
import re
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest

import x

SOURCE = x.ROOT / "src"
MODULES = sorted(SOURCE.rglob("*.py"))
LONGEST = 400
BUCKETS = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "handler", "handlers", "misc"}

PERMISSIVE = re.compile(
    r"MIT(-0|-CMU)?|BSD|0BSD|BSD-[234]-Clause|Apache([ -]2\.0)?|ISC|PSF(-2\.0)?|MPL-2\.0|HPND|Zlib|Unlicense|CC0-1\.0"
    r"|(MIT|BSD|Apache Software|ISC|zlib/libpng|Python Software Foundation) License.*"
    r"|Mozilla Public License 2\.0 \(MPL 2\.0\)|Historical Permission Notice and Disclaimer \(HPND\)",
    re.IGNORECASE,
)

# Packages whose metadata name no licence; each was read in the licence file that the package brings.
READ_BY_HAND = {
    "apsw-sqlite3mc": "Zlib",  # "any OSI approved licence": the file offers zlib's; SQLite itself is public domain
    "protobuf": "BSD-3-Clause",  # it says so in other words
    "vodozemac": "MIT",  # the binding; the Rust crate below it is Apache-2.0
}


def shown(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_no_module_is_longer_than_one_idea(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_no_module_is_a_bucket(path: Path) -> None:
    words = {word for part in path.relative_to(SOURCE).with_suffix("").parts for word in part.split("_")}
    assert not words & BUCKETS


@pytest.mark.parametrize("path", MODULES, ids=shown)
def test_every_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))


def run_time_packages() -> list[str]:
    lock = (x.ROOT / "requirements" / "run.txt").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"^([a-z0-9-]+)==", lock, re.MULTILINE)))


def licences(name: str) -> list[str]:
    """The licences that a package offers: any one of them will do."""
    metadata = distribution(name).metadata
    if "License-Expression" in metadata:
        return re.split(r"\s+OR\s+", metadata["License-Expression"])
    classifiers = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if "License ::" in line]
    return classifiers or metadata.get_all("License") or []


def permissive(offered: list[str]) -> bool:
    return any(all(PERMISSIVE.fullmatch(part) for part in re.split(r"\s+AND\s+", one)) for one in offered)


@pytest.mark.parametrize("name", run_time_packages())
def test_what_we_stand_on_may_be_given_on(name: str) -> None:
    try:
        offered = [READ_BY_HAND[name]] if name in READ_BY_HAND else licences(name)
    except PackageNotFoundError:
        pytest.skip("for another platform")
    assert permissive(offered), offered


@pytest.mark.parametrize("name", sorted(READ_BY_HAND))
def test_only_silent_metadata_is_read_by_hand(name: str) -> None:
    assert not permissive(licences(name))


@pytest.mark.parametrize(
    "offered", [["GPL-3.0-only"], ["AGPL-3.0-or-later"], ["LGPL-2.1-only"], ["MIT AND GPL-2.0-only"], [""], ["GPLv3"]]
)
def test_what_may_not_be_given_on_is_seen(offered: list[str]) -> None:
    assert not permissive(offered)


@pytest.mark.parametrize("offered", [["MIT"], ["Apache-2.0", "BSD-3-Clause"], ["GPL-2.0-only", "MIT"], ["MIT AND ISC"]])
def test_what_may_be_given_on_is_seen(offered: list[str]) -> None:
    assert permissive(offered)

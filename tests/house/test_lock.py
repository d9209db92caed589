from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest

import x

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
PINNED = re.compile(r"([a-z0-9-]+)==([^ ]+)( ; .+?)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")


def lines(lock: str) -> list[str]:
    return (x.ROOT / "requirements" / lock).read_text(encoding="utf-8").splitlines()


def pinned(lock: str) -> set[tuple[str, str]]:
    """(name, version) of everything in a lock."""
    found = (PINNED.fullmatch(line) for line in lines(lock))
    return {(match[1], match[2]) for match in found if match}


def normal(requirement: str) -> str:
    match = NAME.match(requirement)
    assert match is not None
    return re.sub(r"[-_.]+", "-", match[0]).lower()


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return tomllib.loads((x.ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_a_lock_holds_versions_with_hashes_and_nothing_else(lock: str) -> None:
    content = [line for line in lines(lock) if not line.lstrip().startswith("#")]
    for before, line in zip([None, *content], content, strict=False):
        if HASH.fullmatch(line):
            assert before is not None
            assert before.endswith("\\"), f"a hash of nothing: {line}"
        else:
            assert PINNED.fullmatch(line), line
            assert before is None or not before.endswith("\\"), f"no hash: {before}"
    assert HASH.fullmatch(content[-1])


@pytest.mark.parametrize("lock", ["run.txt", "dev.txt"])
def test_a_lock_names_no_place(lock: str) -> None:
    text = "\n".join(lines(lock)).replace("-r requirements/build.in", "")
    for mark in ("://", "file:", "--index", "--extra-index", "--find-links", "--trusted-host", " @ ", "/", "-e "):
        assert mark not in text


def test_what_runs_is_what_was_tested() -> None:
    assert pinned("run.txt") < pinned("dev.txt")


def test_every_dependency_is_locked(project: dict[str, Any]) -> None:
    run = {name for name, _ in pinned("run.txt")}
    dev = {name for name, _ in pinned("dev.txt")}
    assert {normal(requirement) for requirement in project["project"]["dependencies"]} <= run
    assert {normal(requirement) for requirement in project["dependency-groups"]["dev"]} <= dev


def test_what_builds_the_project_is_locked(project: dict[str, Any]) -> None:
    asked = [line for line in lines("build.in") if not line.startswith("#")]
    assert set(project["build-system"]["requires"]) <= set(asked)
    assert {normal(requirement) for requirement in asked} <= {name for name, _ in pinned("run.txt")}

"""The second program, written from docs/spec alone, agrees with every vector and owes nothing to the first one."""

import ast
import copy
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from vectors import check
from vectors.second.matching import Mismatch

ROOT = Path(__file__).parents[2]
LINE = ROOT / "vectors" / "line"
LONG = os.environ.get("BACKCHANNEL_HYPOTHESIS") == "long"
FEW = 200
"""Values of a file that is small enough to change each of them every time."""
SOURCES = [ROOT / "vectors" / "check.py", *sorted((ROOT / "vectors" / "second").glob("*.py"))]
ALLOWED = (set(sys.stdlib_module_names) - {"importlib", "runpy", "pkgutil"}) | {"cryptography", "nacl", "argon2"}
FILES = sorted(path.relative_to(LINE).as_posix() for path in LINE.rglob("*") if path.is_file())

# Keys of good vectors of which a change need not be seen: words for people, bytes that nothing here follows from (the
# `z` of an ML-KEM seed, a zero behind an HMAC key), a wish that the same cuts fulfil, inputs that lead to the same end
# (talk around a block, another way not to be a text).
FREE = {
    "archive": {"what"},
    "backup": {"what"},
    "carrying": {
        "what",
        "talk.kind",
        "talk.body",
        "carried.kind",
        "carried.body",
        "wish",
        "questions.lines.events",
        "limits.value",
        "limit",
        "mandates.now",
        "mandates.packages",
    },
    "coverage": {"upto"},
    "ending": {
        "what",
        "bodies.kind",
        "bodies.number",
        "bodies.body",
        "placing.event",
        *(
            f"states.steps.{name}"
            for name in ("do", "number", "sequence", "held", "acknowledged", "heard", "asks", "now")
        ),
    },
    "epochs": {"private"},
    "file": {"bodies.what", "bodies.body"},
    "forks": {"what", "own", "frames.frame"},
    "frame": {"what", "held"},
    "handshake": {"later.what", "later.now", "inviter.hybrid_private", "joiner.hybrid_private"},
    "kinds": {"what", "kind", "body"},
    "labels": {"salt"},
    "ledger": {"what"},
    "lists": {"what"},
    "open": {"what"},
    "overlap": {"what", "faults.said"},
    "paper": {"what", "made.part_size", "read.text", "scanned.codes"},
    "recovery": {"kept.epochs"},
    "release": {"what"},
    "removal": {"what", "role", "events", "delivered", "forks", "destroyed", "moving", "now"},
    "retention": {"what"},
    "safety": {"transcript"},
    "steady": {"slots.now", "strides.every", "strides.silent"},
    "table": {"what", "now"},
    "third": {"what"},
}


def test_every_file_is_checked() -> None:
    """Each file has its line, each line says ok, and the exit code is 0."""
    ran = subprocess.run([sys.executable, "-m", "vectors.check"], cwd=ROOT, capture_output=True, text=True, check=False)
    *lines, last = ran.stdout.splitlines()
    found = [re.fullmatch(r"(\S+) +(\d+)  ok", line) for line in lines]
    assert [line for line, one in zip(lines, found, strict=True) if one is None] == []
    assert sorted(one[1] for one in found if one is not None) == FILES
    cases = [int(one[2]) for one in found if one is not None]
    assert min(cases) > 0
    assert last == f"{len(FILES)} files, {sum(cases)} cases, 0 failed"
    assert (ran.returncode, ran.stderr) == (0, "")


def test_it_imports_nothing_of_the_first_program() -> None:
    """Not by name, and not by way of something else: neither the house nor the libraries it stands on."""
    assert len(SOURCES) > 10
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [one.name for one in node.names]
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0
                names = [node.module or ""]
                names = [f"vectors.{one.name}" for one in node.names] if names == ["vectors"] else names
            else:
                continue
            for name in names:
                assert name.split(".")[0] in ALLOWED or name.startswith("vectors.second"), (path.name, name)
        assert "__import__" not in path.read_text(encoding="utf-8")
    code = "import sys, vectors.check; vectors.check.main([]); print(*sys.modules, sep='\\n', file=sys.stderr)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in ran.stderr.splitlines()}
    assert "nacl" in loaded
    assert not loaded & {"backchannel", "cbor2", "vodozemac", "spake2"}
    assert "vectors.make" not in ran.stderr.splitlines()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the vectors that may be spoilt."""
    return shutil.copytree(LINE, tmp_path / "line")


@cache
def as_they_are() -> set[str]:
    """What fails among the vectors as they lie there, which should be nothing."""
    return {name for name, _, wrong in check.report(LINE) if wrong}


def failed(folder: Path) -> set[str]:
    """What fails in a spoilt folder and not in the one that it was copied from: that is the first test's matter."""
    return {name for name, _, wrong in check.report(folder) if wrong} - as_they_are()


@pytest.mark.parametrize("name", ["new.json", "fail/new.txt", "more/codec.json", "notes"])
def test_a_file_of_unknown_type_is_a_failure(folder: Path, name: str) -> None:
    """Nothing that lies among the vectors is passed over."""
    (folder / name).parent.mkdir(exist_ok=True)
    (folder / name).write_text('{"schema": 1, "steps": [], "vectors": []}', encoding="utf-8")
    assert failed(folder) == {name}


def test_the_exit_code_tells_of_a_failure(tmp_path: Path) -> None:
    """Among few files, which take less time."""
    (tmp_path / "fail").mkdir()
    (tmp_path / "fail" / "new.txt").write_text("{}", encoding="utf-8")
    assert check.main([str(tmp_path)]) == 1


def test_a_missing_or_empty_file_is_a_failure(folder: Path) -> None:
    """Neither a file that is gone nor one without cases counts as good."""
    (folder / "seal.json").unlink()
    (folder / "mailbox.json").write_text('{"schema": 1, "steps": [], "vectors": []}', encoding="utf-8")
    assert failed(folder) == {"seal.json", "mailbox.json"}


@pytest.mark.parametrize("name", [name for name in FILES if name.startswith("fail/")])
def test_another_code_or_step_is_a_failure(tmp_path: Path, name: str) -> None:
    """A refusal counts only for the reason that the vector names."""
    data = json.loads((LINE / name).read_text(encoding="utf-8"))
    path = tmp_path / name
    path.parent.mkdir()
    for change in ({"error": "internal"}, {"do": "nothing"}, {"more": 1}):
        path.write_text(json.dumps(data | change), encoding="utf-8")
        with pytest.raises(Mismatch):
            check.check(path, tmp_path)


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    if isinstance(value, dict | list) and value:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, (*path, key))
    else:
        yield path, value


def changed(value: Any) -> Any:
    match value:
        case bool():
            return not value
        case int():
            return value + 1
        case "":
            return "00"
        case str():
            middle = len(value) // 2
            return value[:middle] + ("2" if value[middle] == "1" else "1") + value[middle + 1 :]
    return [1]


@pytest.mark.parametrize("stem", sorted(check.GOOD))
def test_every_change_is_seen(stem: str) -> None:
    """Change any one value of a good vector and the second program objects, but for those in FREE.

    Each eighth value of a large file, or with BACKCHANNEL_HYPOTHESIS=long each.
    """
    data = json.loads((LINE / f"{stem}.json").read_text(encoding="utf-8"))["vectors"]
    found = list(leaves(data))
    for path, value in found if LONG or len(found) < FEW else found[len(stem) % 8 :: 8]:
        spoilt = copy.deepcopy(data)
        place = spoilt
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = changed(value)
        try:
            check.GOOD[stem](spoilt)
        except check.WRONG:
            continue
        names = [key for key in path if isinstance(key, str)]
        assert {*names, ".".join(names)} & FREE.get(stem, set()), path

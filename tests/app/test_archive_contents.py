"""Files in an archive: their contents come out as they went in, if they are what was announced (spec 9.2)."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from backchannel.app.archive import MAGIC, Wanted, _line_of, archive, verify_archive
from backchannel.app.files import drop, files
from backchannel.crypto.chunks import CHUNK, open_chunks
from backchannel.errors import FileDamaged
from backchannel.line.file_part import PART_SIZE
from backchannel.vault.contents import FOLDER
from tests.app.test_archive import READER, WORDS, plain, sealed, verify
from tests.app.test_files import data_of, send
from tests.support.world import CHEAP, World

SIZES = (0, 1, PART_SIZE, 3 * PART_SIZE + 17)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(root=tmp_path_factory.mktemp("world")).opened()
    for seed, size in enumerate(SIZES):
        send(world.ann, data_of(size, seed), f"../../{seed} תמונה.jpg")
    world.ann.say("after the files")
    world.settle()
    world.rounds(4)
    return world


def archived(world: World, who: str, wanted: Wanted | None = None) -> bytes:
    side = getattr(world, who)
    pieces: list[bytes] = []
    done = archive(side.desk, side.peer, WORDS, pieces.append, CHEAP, wanted)
    assert done == verify(b"".join(pieces))
    return b"".join(pieces)


@pytest.mark.parametrize("who", ["ann", "bob"])
def test_both_sides_keep_every_content(world: World, who: str, tmp_path: Path) -> None:
    whole = archived(world, who)
    assert verify(whole).files == len(SIZES)
    (tmp_path / "archive").write_bytes(whole)
    (tmp_path / "words").write_text(WORDS, "utf-8")
    out = tmp_path / "out"
    out.mkdir()
    done = subprocess.run(
        [sys.executable, "-P", str(READER), str(tmp_path / "archive"), str(tmp_path / "words"), str(out)],
        capture_output=True, encoding="utf-8", check=True,
    )  # fmt: skip
    assert done.stdout.endswith(f"# whole: {len(SIZES) + 1} events, {len(SIZES)} files\n")
    found = {path.name.partition("-")[2]: path.read_bytes() for path in out.iterdir()}
    assert found == {f".._.._{seed}_תמונה.jpg": data_of(size, seed) for seed, size in enumerate(SIZES)}


def test_it_can_do_without_them(world: World) -> None:
    small = archived(world, "ann", Wanted(files=False))
    assert verify(small).files == 0
    assert len(small) < PART_SIZE


def test_what_is_told_of_acts_is_kept(world: World) -> None:
    whole = archived(world, "ann", Wanted(files=False, tell=lambda event: f"number {event.number}"))
    assert [json.loads(line).get("act") for line in plain(whole)][1:-1] == [f"number {at}" for at in range(1, 6)]


def test_what_is_not_here_is_left_out(world: World, tmp_path: Path) -> None:
    """A content that was dropped, and one that the disk has lost."""
    bob = world.bob
    before = verify(archived(world, "bob")).files
    large = files(bob.desk, "ann")[-1]
    stored = next(path for path in (bob.folder / FOLDER).rglob("*") if path.is_file() and path.stat().st_size > 65536)
    data = stored.read_bytes()
    stored.write_bytes(data[:70_000])
    cut = archived(world, "bob")
    assert verify(cut).files < before
    stored.write_bytes(data)
    drop(bob.desk, "ann", large.name.hex())
    assert verify(archived(world, "bob")).files == before - 1


def _first(lines: list[bytes], key: str) -> int:
    return next(at for at, line in enumerate(lines) if key in json.loads(line))


def _changed(lines: list[bytes], at: int, **change: object) -> list[bytes]:
    return [*lines[:at], _line_of({**json.loads(lines[at]), **change}), *lines[at + 1 :]]


def _other_bytes(lines: list[bytes]) -> list[bytes]:
    return _changed(lines, _first(lines, "data"), data=b64encode(b"!").decode())


def _no_bytes(lines: list[bytes]) -> list[bytes]:
    return _changed(lines, _first(lines, "data"), data="?")


def _number(lines: list[bytes]) -> list[bytes]:
    return _changed(lines, _first(lines, "data"), data=7)


def _other_name(lines: list[bytes]) -> list[bytes]:
    return _changed(lines, _first(lines, "sha256"), name="another")


def _other_size(lines: list[bytes]) -> list[bytes]:
    return _changed(lines, _first(lines, "sha256"), size=77)


def _of_another(lines: list[bytes]) -> list[bytes]:
    return _changed(lines, _first(lines, "data"), content="00" * 32)


def _twice(lines: list[bytes]) -> list[bytes]:
    at = _first(lines, "sha256")
    return [*lines[: at + 1], *lines[at:]]


def _missing(lines: list[bytes]) -> list[bytes]:
    at = _first(lines, "sha256")
    return [*lines[:at], *lines[at + 1 :]]


def _before_all(lines: list[bytes]) -> list[bytes]:
    at = _first(lines, "data")
    return [lines[0], lines[at], *lines[1:]]


def _behind_words(lines: list[bytes]) -> list[bytes]:
    at = _first(lines, "data")
    return [*lines[:-1], lines[at], lines[-1]]


@pytest.mark.parametrize(
    "defect",
    [
        _other_bytes, _no_bytes, _number, _other_name, _other_size, _of_another, _twice, _missing, _before_all,
        _behind_words,
    ],
)  # fmt: skip
def test_a_content_that_is_not_what_was_announced(world: World, defect: Callable[[list[bytes]], list[bytes]]) -> None:
    lines = plain(archived(world, "ann"))
    with pytest.raises(FileDamaged):
        verify(sealed(defect(lines)))


def test_it_is_written_piece_by_piece(world: World) -> None:
    """Nothing as large as a file is ever in memory."""
    pieces: list[bytes] = []
    archive(world.ann.desk, "bob", WORDS, pieces.append, CHEAP)
    assert max(map(len, pieces)) <= CHUNK + 16
    assert sum(map(len, open_chunks(MAGIC, WORDS, io.BytesIO(b"".join(pieces)).read))) > sum(SIZES)
    assert verify_archive(WORDS, io.BytesIO(b"".join(pieces)).read).files

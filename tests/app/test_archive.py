"""The archive: whole, checked, read by a program of its own, or refused in one clear line (spec 9)."""

from __future__ import annotations

import ast
import io
import json
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

import x
from backchannel.app.archive import MAGIC, Archived, _line_of, archive, verify_archive
from backchannel.app.close import close
from backchannel.crypto.chunks import CHUNK, HEAD_SIZE, ChunkSealer, open_chunks
from backchannel.errors import (
    BackchannelError,
    FileDamaged,
    FileForeign,
    FileNewer,
    FilePassphraseWrong,
    LineUnknown,
)
from tests.support.world import CHEAP, World

READER = x.ROOT / "examples" / "archive" / "read_archive.py"
WORDS = "a passphrase of its own"
SAID = ("one", "שָׁלוֹם", "مساء الخير", 'quotes " and \\ and \x01 and \u2028', "two\nlines", "\u202eturned", "👩‍👩‍👧")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    world = World(root=tmp_path_factory.mktemp("world")).opened()
    world.ann.say(*SAID)
    world.rounds(2)
    world.bob.say(*(f"{at} " + "words " * 300 for at in range(200)))
    world.rounds(3)
    close(world.ann.desk, "bob", "a last word")
    world.rounds(3)
    return world


@pytest.fixture(scope="module")
def whole(world: World) -> bytes:
    return archived(world)


def archived(world: World, who: str = "ann") -> bytes:
    side = getattr(world, who)
    pieces: list[bytes] = []
    done = archive(side.desk, side.peer, WORDS, pieces.append, CHEAP)
    assert done.events == len(side.log())
    assert max(map(len, pieces)) <= CHUNK + 16, "it is written chunk by chunk"
    return b"".join(pieces)


def verify(data: bytes, words: str = WORDS) -> Archived:
    return verify_archive(words, io.BytesIO(data).read)


def plain(data: bytes) -> list[bytes]:
    return b"".join(open_chunks(MAGIC, WORDS, io.BytesIO(data).read)).splitlines(keepends=True)


def sealed(lines: list[bytes], magic: bytes = MAGIC) -> bytes:
    pieces: list[bytes] = []
    sealer = ChunkSealer(magic, WORDS, CHEAP, os.urandom, pieces.append)
    sealer.add(b"".join(lines))
    sealer.finish()
    return b"".join(pieces)


def test_it_holds_every_event_byte_for_byte(world: World, whole: bytes) -> None:
    done = verify(whole)
    assert (done.line, done.events, done.removed, done.made) == ("bob", len(SAID) + 201, 0, world.now)
    values = [json.loads(line) for line in plain(whole)]
    assert [b64decode(value["raw"]) for value in values[1:-1]] == world.ann.raws()
    assert [value["text"] for value in values[1:8]] == list(SAID)
    assert len(whole) > 3 * CHUNK
    assert verify(archived(world, "bob")).events == done.events


def test_nothing_of_it_can_be_read_without_the_passphrase(whole: bytes) -> None:
    for word in ("words words", "שָׁלוֹם", "received"):
        assert word.encode() not in whole
    with pytest.raises(FilePassphraseWrong):
        verify(whole, WORDS + "!")


def test_a_passphrase_is_the_same_however_its_letters_are_composed(world: World) -> None:
    pieces: list[bytes] = []
    archive(world.ann.desk, "bob", "e\u0301galite\u0301 for all of us", pieces.append, CHEAP)
    assert verify(b"".join(pieces), "\u00e9galit\u00e9 for all of us").events


def test_an_unknown_line_writes_nothing(world: World) -> None:
    pieces: list[bytes] = []
    with pytest.raises(LineUnknown):
        archive(world.ann.desk, "nobody", WORDS, pieces.append, CHEAP)
    assert not pieces


@pytest.mark.parametrize("at", [*range(0, HEAD_SIZE, 3), HEAD_SIZE, HEAD_SIZE + 70_000, -1])
def test_a_changed_byte_is_told(whole: bytes, at: int) -> None:
    at %= len(whole)
    changed = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
    with pytest.raises((FileDamaged, FileForeign, FileNewer)):
        verify(changed)


@pytest.mark.parametrize("size", [0, 10, 20, 24, 131, 132, 133, 147, 132 + CHUNK, 132 + CHUNK + 16, 200_000, -1, -17])
def test_a_cut_is_told(whole: bytes, size: int) -> None:
    with pytest.raises((FileDamaged, FileForeign)) as told:
        verify(whole[:size])
    if size in (24, 131, 132, 132 + CHUNK + 16):
        assert told.value.detail == "cut short"


def test_chunks_stand_at_their_place_only(whole: bytes) -> None:
    size = CHUNK + 16
    first, second = whole[HEAD_SIZE:][:size], whole[HEAD_SIZE + size :][:size]
    rest = whole[HEAD_SIZE + 2 * size :]
    for pieces in ((second, first, rest), (first, first, second, rest), (first, rest), (first, second, rest, rest)):
        with pytest.raises(FileDamaged):
            verify(whole[:HEAD_SIZE] + b"".join(pieces))


def test_a_later_version_or_another_file_is_told(whole: bytes) -> None:
    later = whole[:20] + (2).to_bytes(4, "big") + whole[24:]
    with pytest.raises(FileNewer):
        verify(later)
    with pytest.raises(FileNewer):
        verify(later[:60])
    with pytest.raises(FileForeign):
        verify(sealed([], magic=b"backchannel anything"))
    with pytest.raises(FileForeign):
        verify(b"PK\x03\x04 something else entirely")


def test_costs_that_would_hang_the_machine_are_refused() -> None:
    body = MAGIC + b"".join(n.to_bytes(4, "big") for n in (1, 3, 2**32 - 1, 4)) + bytes(64)
    with pytest.raises(FileDamaged):
        verify(body + sha256(body).digest() + bytes(100))


def _without_end(lines: list[bytes]) -> list[bytes]:
    return lines[:-1]


def _without_head(lines: list[bytes]) -> list[bytes]:
    return lines[1:]


def _swapped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2], lines[1], *lines[3:]]


def _doubled(lines: list[bytes]) -> list[bytes]:
    return [*lines[:2], *lines[1:]]


def _dropped(lines: list[bytes]) -> list[bytes]:
    return [lines[0], *lines[2:]]


def _behind_the_end(lines: list[bytes]) -> list[bytes]:
    return [*lines, lines[1]]


def _other_words(lines: list[bytes]) -> list[bytes]:
    value = json.loads(lines[1])
    value["text"] = "never said"
    return [lines[0], _line_of(value), *lines[2:]]


def _other_id(lines: list[bytes]) -> list[bytes]:
    value = json.loads(lines[1])
    value["id"] = "00" * 32
    return [lines[0], _line_of(value), *lines[2:]]


def _no_raw(lines: list[bytes]) -> list[bytes]:
    value = json.loads(lines[1])
    del value["raw"]
    return [lines[0], _line_of(value), *lines[2:]]


def _spaced(lines: list[bytes]) -> list[bytes]:
    return [lines[0], json.dumps(json.loads(lines[1])).encode() + b"\n", *lines[2:]]


def _endless(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b'"' + b"x" * 2_000_000]


def _no_json(lines: list[bytes]) -> list[bytes]:
    return [lines[0], b"[" * 50_000 + b"\n"]


@pytest.mark.parametrize(
    "defect",
    [
        _without_end, _without_head, _swapped, _doubled, _dropped, _behind_the_end, _other_words, _other_id, _no_raw,
        _spaced, _endless, _no_json,
    ],
)  # fmt: skip
def test_what_is_inside_is_checked_too(whole: bytes, defect: Callable[[list[bytes]], list[bytes]]) -> None:
    with pytest.raises(FileDamaged):
        verify(sealed(defect(plain(whole))))


def test_a_later_format_inside_is_told(whole: bytes) -> None:
    lines = plain(whole)
    head = {**json.loads(lines[0]), "archive": 2}
    with pytest.raises(FileNewer):
        verify(sealed([_line_of(head), *lines[1:]]))


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 5])
def test_a_stream_of_any_size_comes_back(size: int) -> None:
    data = os.urandom(size)
    file = sealed([data])
    assert len(file) == HEAD_SIZE + size + 16 * max(1, -(-size // CHUNK))
    assert b"".join(open_chunks(MAGIC, WORDS, io.BytesIO(file).read)) == data


# --- the independent reader -------------------------------------------------------------------------------------------


def reads(path: Path, words: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-P", str(READER), str(path), str(words)],
        capture_output=True, encoding="utf-8", check=False, env={**os.environ, "PYTHONUTF8": "1"},
    )  # fmt: skip


def test_a_reader_that_knows_only_the_spec_prints_the_conversation(world: World, whole: bytes, tmp_path: Path) -> None:
    tree = ast.parse(READER.read_text("utf-8"))
    modules = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    modules |= {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert not any(module.startswith("backchannel") for module in modules)
    path, words = tmp_path / "archive", tmp_path / "words"
    path.write_bytes(whole)
    words.write_text(WORDS + "\n", "utf-8")
    done = reads(path, words)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[-1] == f"# whole: {len(SAID) + 201} events, 0 files"
    assert sum("  them  " in line for line in lines) == 200
    for text in ("one", "שָׁלוֹם", "مساء الخير", "<U+202E>turned", "[close] a last word"):
        assert any(line.endswith("me    " + text) for line in lines), text
    for damaged, told in (
        (whole[:-1], "damaged"),
        (whole[:200_000], "damaged"),
        (b"x" + whole, "not an archive"),
        (whole[:23] + b"\x02" + whole[24:], "version 2"),
    ):
        path.write_bytes(damaged)
        done = reads(path, words)
        assert done.returncode == 1
        assert told in done.stderr
    path.write_bytes(whole)
    words.write_text("another", "utf-8")
    assert "passphrase" in reads(path, words).stderr


def test_every_refusal_is_one_of_ours(whole: bytes) -> None:
    for at in range(0, len(whole), 9973):
        with pytest.raises(BackchannelError):
            verify(whole[:at] + whole[at + 1 :])

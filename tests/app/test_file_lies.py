"""A peer that lies about files: it cannot fill the disk, put words where none were, or have a false whole given out."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest

from backchannel.app import arrivals
from backchannel.app.attach import attach
from backchannel.app.attachment import State
from backchannel.app.files import accept, content, files
from backchannel.app.line import Notice
from backchannel.app.receive import Fate
from backchannel.app.say import append_own
from backchannel.errors import FileRefused
from backchannel.line.file_part import PART_SIZE, FilePart, FileSeal, protect
from backchannel.line.file_word import FileWord, Standing
from backchannel.line.frame import Frame
from backchannel.log.file import FILE, LARGEST_FILE, File, file_body
from backchannel.vault.contents import FOLDER
from backchannel.wire.codec import encode
from backchannel.wire.coverage import Coverage
from tests.support.world import Side, World

KEY = bytes(range(32))


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(root=tmp_path).opened()
    yield world
    world.close()


def announces(liar: Side, size: int, *, digest: bytes = bytes(32), name: str = "f", body: bytes | None = None) -> bytes:
    """Have somebody announce a file that they do not have; return what its parts are called by."""
    said = file_body(File(name, size, "x/y", digest, KEY)) if body is None else body
    with liar.desk.work() as work:
        line, event = append_own(work, work.transaction.line_named(liar.peer), FILE, said, liar.now())
        work.transaction.save_line(line)
    return event.id[:16]


def part(liar: Side, name: bytes, number: int, plaintext: bytes, *, key: bytes = KEY) -> bytes:
    return FileSeal(liar.channel).seal(FilePart(name, number, protect(key, number, plaintext)), os.urandom)


def on_disk(side: Side) -> int:
    folder = side.folder / FOLDER
    return sum(path.stat().st_size for path in folder.iterdir()) if folder.is_dir() else 0


def test_a_whole_with_another_hash_is_never_given_out(world: World) -> None:
    name = announces(world.ann, 5, digest=sha256(b"right").digest())
    world.rounds(2)
    world.bob.take(part(world.ann, name, 1, b"wrong"))
    world.rounds(1)
    (file,) = files(world.bob.desk, "ann")
    assert (file.state, on_disk(world.bob)) == (State.BROKEN, 0)
    with pytest.raises(FileRefused):
        content(world.bob.desk, "ann", file.name.hex())
    accept(world.bob.desk, "ann", file.name.hex())
    world.bob.take(part(world.ann, name, 1, b"right"))
    world.rounds(1)
    _, parts = content(world.bob.desk, "ann", file.name.hex())
    assert b"".join(parts) == b"right", "it may be tried again"


@pytest.mark.parametrize(
    ("number", "plaintext", "key"),
    [(2, b"right", KEY), (1, b"longer", KEY), (1, b"less", KEY), (1, b"right", bytes(32)), (2**32 - 1, b"", KEY)],
    ids=["more parts than said", "longer", "shorter", "another key", "the last number"],
)
def test_a_part_that_is_none_is_refused_and_told_and_others_are_kept(
    world: World, number: int, plaintext: bytes, key: bytes
) -> None:
    name = announces(world.ann, 5, digest=sha256(b"right").digest())
    world.rounds(2)
    bad, good = part(world.ann, name, number, plaintext, key=key), part(world.ann, name, 1, b"right")
    assert world.bob.take(bad, good).fates == (Fate.REFUSED, Fate.OPENED)
    assert [notice for _, notice in world.bob.line.notices] == [Notice.MISBEHAVED]
    world.rounds(1)
    assert files(world.bob.desk, "ann")[0].state is State.WHOLE


def test_what_nobody_announced_is_not_kept(world: World) -> None:
    before = world.bob.vault.rows()
    received = world.bob.take(*(part(world.ann, os.urandom(16), 1, bytes(PART_SIZE)) for _ in range(3)))
    assert received.fates == (Fate.WAITING,) * 3
    assert (world.bob.vault.rows(), on_disk(world.bob)) == (before, 0)


def test_what_was_not_accepted_is_not_kept(world: World) -> None:
    name = announces(world.ann, LARGEST_FILE)
    world.rounds(2)
    received = world.bob.take(*(part(world.ann, name, number, bytes(PART_SIZE)) for number in range(1, 5)))
    assert received.fates == (Fate.WAITING,) * 4
    assert on_disk(world.bob) == 0
    assert files(world.bob.desk, "ann")[0].state is State.WAITING


@pytest.mark.parametrize(
    "body",
    [
        encode({"name": "f", "size": LARGEST_FILE + 1, "type": "", "hash": bytes(32), "key": KEY}),
        encode({"name": "f" * 2000, "size": 1, "type": "", "hash": bytes(32), "key": KEY}),
        encode({"name": "f"}),
        b"nothing",
    ],
    ids=["too large", "a long name", "half", "no body"],
)
def test_an_announcement_that_is_none_is_shown_as_not_known_and_fetched_never(world: World, body: bytes) -> None:
    announces(world.ann, 1, body=body)
    world.rounds(3)
    assert files(world.bob.desk, "ann") == []
    assert len(world.bob.log()) == 1


def test_many_small_files_do_not_fill_the_disk(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "QUOTA", 10 * PART_SIZE)
    for _ in range(14):
        data = os.urandom(PART_SIZE)
        attach(world.ann.desk, "bob", name="f", media_type="x/y", source=io.BytesIO(data))
    world.rounds(5)
    found = [file.state for file in files(world.bob.desk, "ann")]
    assert found == [State.WHOLE] * 10 + [State.WAITING] * 4
    assert on_disk(world.bob) <= 10 * (PART_SIZE + 16)
    accept(world.bob.desk, "ann", files(world.bob.desk, "ann")[-1].name.hex())
    world.rounds(3)
    assert files(world.bob.desk, "ann")[-1].state is State.WHOLE, "what was asked for is not counted"


def test_a_flood_of_announcements_is_counted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrivals, "QUOTA_FILES", 5)
    for _ in range(8):
        announces(world.ann, 1)
    world.rounds(3)
    assert [file.state for file in files(world.bob.desk, "ann")].count(State.WAITING) == 3


def test_parts_everywhere_but_where_they_go_on_cost_little(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backchannel.line.transfer.MOST_ISLANDS", 3)
    name = announces(world.ann, 20 * PART_SIZE)
    world.rounds(2)
    world.bob.take(*(part(world.ann, name, number, bytes(PART_SIZE)) for number in range(2, 20, 2)))
    (file,) = files(world.bob.desk, "ann")
    assert file.fetching is not None
    assert file.fetching.held == Coverage(0, ((2, 2), (4, 4), (6, 6)))


def test_the_same_parts_again_and_again_change_nothing(world: World) -> None:
    name = announces(world.ann, 5, digest=sha256(b"right").digest())
    world.rounds(2)
    one = part(world.ann, name, 1, b"right")
    assert world.bob.take(one, one, one).fates == (Fate.OPENED, Fate.STALE, Fate.STALE)
    size = on_disk(world.bob)
    assert world.bob.take(one, part(world.ann, name, 1, b"wrong")).fates == (Fate.STALE, Fate.STALE)
    assert on_disk(world.bob) == size
    world.rounds(2)
    assert files(world.bob.desk, "ann")[0].state is State.WHOLE


@pytest.mark.parametrize("standing", Standing)
def test_words_of_files_that_are_not_theirs_to_say(world: World, standing: Standing) -> None:
    """Of an own file only the other side says how it stands there, and of nobody's file nobody."""
    attach(world.ann.desk, "bob", name="mine", media_type="x/y", source=io.BytesIO(bytes(9 * 2**20)))
    name = announces(world.ann, 5)
    world.rounds(2)
    (own,) = files(world.ann.desk, "bob")
    claims = [FileWord(own.name, standing, Coverage(2**48)), FileWord(os.urandom(16), standing, Coverage(3))]
    envelope = world.ann.sealed(Frame(own=world.ann.line.own, held=Coverage(), controls=tuple(claims)))
    before = files(world.bob.desk, "ann")
    world.bob.take(envelope)
    changed = [(then, now) for then, now in zip(before, files(world.bob.desk, "ann"), strict=True) if then != now]
    if standing is Standing.WITHDRAWN:
        assert [now.state for _, now in changed] == [State.WITHDRAWN]
    elif standing is Standing.OFFERED:
        assert all(replace(now, fetching=then.fetching) == then for then, now in changed)
    else:
        assert not changed
    assert name in [file.name for file in before]


def test_a_side_says_its_own_file_is_whole_and_the_receiver_is_not_fooled(world: World) -> None:
    name = announces(world.ann, 5)
    world.rounds(2)
    lie = FileWord(name, Standing.WHOLE, Coverage(1))
    world.bob.take(world.ann.sealed(Frame(own=world.ann.line.own, held=Coverage(), controls=(lie,))))
    (file,) = files(world.bob.desk, "ann")
    assert (file.state, file.arrived) == (State.MOVING, 0)

"""The vault on disk: damaged, newer, full, busy, interrupted (spec 7.2, 7.3)."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import FrameType

import pytest

from backchannel.app.desk import Desk
from backchannel.app.invite import invite
from backchannel.app.line import Line, Phase
from backchannel.app.ports import Stored
from backchannel.app.read import conversation, news
from backchannel.app.recover import restored
from backchannel.app.say import append_own, say
from backchannel.crypto.suite import Role
from backchannel.errors import (
    BackchannelError,
    LineExists,
    LineUnknown,
    PassphraseWrong,
    StorageFull,
    VaultBusy,
    VaultDamaged,
    VaultError,
    VaultExists,
    VaultMissing,
    VaultNewer,
)
from backchannel.log.event import write_event
from backchannel.vault import store as store_module
from backchannel.vault.connection import DATABASE
from backchannel.vault.keyfile import read_key
from backchannel.vault.schema import MIGRATIONS, VERSION
from backchannel.vault.store import SqliteVault, create_vault, open_vault
from backchannel.vault.transaction import SqliteTransaction
from backchannel.wire.codec import decode, encode
from tests.support.crash import Crash
from tests.support.vaults import PASSPHRASE, talked
from tests.support.world import CHEAP, FastVault, World


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vault with one line and some events in it."""
    return talked(tmp_path / "vault", 200)


def read_everything(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE, patience=0.2)
    try:
        desk = Desk(vault, lambda: 0, os.urandom)
        assert len(conversation(desk, "bob")[1]) == 200
        assert len(list(news(desk, "bob", 0))) == 200
        assert vault.check() == []
    finally:
        vault.close()


# --- damage ----------------------------------------------------------------------------------------------------------


def test_damage_anywhere_in_the_database_is_told_and_never_a_crash(folder: Path) -> None:
    path = folder / DATABASE
    good = path.read_bytes()
    told = 0
    for at in [*range(0, 120, 7), *range(200, len(good), 1499), len(good) - 1]:
        path.write_bytes(good[:at] + bytes([good[at] ^ 0xFF]) + good[at + 1 :])
        try:
            read_everything(folder)
        except VaultDamaged:
            told += 1
    assert told > 50
    path.write_bytes(good)
    read_everything(folder)


def test_a_page_of_noise_or_zeros_is_damage(folder: Path) -> None:
    path = folder / DATABASE
    good = path.read_bytes()
    for page in range(len(good) // 4096):
        for bad in (os.urandom(4096), bytes(4096)):
            path.write_bytes(good[: page * 4096] + bad + good[(page + 1) * 4096 :])
            with pytest.raises(VaultDamaged):
                read_everything(folder)


def test_pages_that_changed_places_are_damage(folder: Path) -> None:
    path = folder / DATABASE
    good = path.read_bytes()
    pages = [good[at : at + 4096] for at in range(0, len(good), 4096)]
    pages[3], pages[4] = pages[4], pages[3]
    path.write_bytes(b"".join(pages))
    with pytest.raises(VaultDamaged):
        read_everything(folder)


@pytest.mark.parametrize("size", [0, 1, 100, 1024, 4095, 4096, 4097, 12_000, 40_960])
def test_a_truncated_database_is_damage(folder: Path, size: int) -> None:
    path = folder / DATABASE
    path.write_bytes(path.read_bytes()[:size])
    before = path.read_bytes()
    with pytest.raises(VaultDamaged):
        read_everything(folder)
    assert path.read_bytes() == before, "what is left of it is not touched"


def test_a_damaged_vault_refuses_to_be_written(folder: Path) -> None:
    path = folder / DATABASE
    good = path.read_bytes()
    path.write_bytes(good[:8192] + bytes(len(good) - 8192))
    with pytest.raises(VaultDamaged):
        open_vault(folder, PASSPHRASE)  # it cannot even say how often it saved keys
    vault = FastVault(folder, read_key(folder, PASSPHRASE))
    with pytest.raises(VaultDamaged):
        say(Desk(vault, lambda: 0, os.urandom), "bob", ["x"])
    vault.close()


def test_a_missing_database_is_damage_and_is_not_made_anew(folder: Path) -> None:
    (folder / DATABASE).unlink()
    with pytest.raises(VaultDamaged):
        open_vault(folder, PASSPHRASE)
    assert not (folder / DATABASE).exists()


def test_a_database_that_was_emptied_is_damage_and_is_not_filled_anew(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    for table in ("event", "channel", "line"):
        vault._connection.execute(f"DROP TABLE {table}")
    vault._connection.pragma("user_version", 0)
    vault.close()
    with pytest.raises(VaultDamaged):
        open_vault(folder, PASSPHRASE)


def test_the_database_of_another_vault_does_not_open(folder: Path, tmp_path: Path) -> None:
    create_vault(tmp_path / "other", PASSPHRASE, CHEAP).close()
    shutil.copy(tmp_path / "other" / DATABASE, folder / DATABASE)
    with pytest.raises(VaultDamaged):
        open_vault(folder, PASSPHRASE)


def test_a_damaged_record_of_a_line_is_told(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    with vault.read() as transaction:
        line_id = transaction.line_named("bob").id
    vault._connection.execute("UPDATE line SET record = X'8101'")
    vault._connection.execute("UPDATE event SET raw = X'00' WHERE position = 7")
    with pytest.raises(VaultDamaged), vault.read() as transaction:
        transaction.lines()
    with pytest.raises(VaultDamaged), vault.read() as transaction:
        list(transaction.in_order(line_id))
    vault.close()


# --- versions --------------------------------------------------------------------------------------------------------


def test_a_newer_store_is_told_and_not_touched(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    vault._connection.pragma("user_version", VERSION + 1)
    vault.close()
    before = (folder / DATABASE).read_bytes()
    with pytest.raises(VaultNewer):
        open_vault(folder, PASSPHRASE)
    assert (folder / DATABASE).read_bytes() == before


def test_a_migration_that_is_interrupted_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create_vault(tmp_path, PASSPHRASE, CHEAP).close()
    steps = (*MIGRATIONS, "CREATE TABLE later (x INTEGER NOT NULL) STRICT; SELECT no_such_function();")
    monkeypatch.setattr(store_module, "MIGRATIONS", steps)
    monkeypatch.setattr(store_module, "VERSION", VERSION + 1)
    with pytest.raises(VaultError):
        open_vault(tmp_path, PASSPHRASE)
    monkeypatch.setattr(store_module, "MIGRATIONS", (*steps[:-1], "CREATE TABLE later (x INTEGER NOT NULL) STRICT;"))
    vault = open_vault(tmp_path, PASSPHRASE)
    assert vault._connection.pragma("user_version") == VERSION + 1
    vault.close()


# --- missing, existing, interrupted ----------------------------------------------------------------------------------


def test_there_is_none_and_there_is_one(tmp_path: Path) -> None:
    with pytest.raises(VaultMissing):
        open_vault(tmp_path, PASSPHRASE)
    assert list(tmp_path.iterdir()) == []
    create_vault(tmp_path, PASSPHRASE, CHEAP).close()
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(VaultExists):
        create_vault(tmp_path, "another", CHEAP)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_folder_that_cannot_be_made_is_told_in_our_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"mine")
    for folder in (tmp_path / "file", tmp_path / "file" / "vault", tmp_path / ("x" * 300)):
        with pytest.raises(VaultError):
            create_vault(folder, PASSPHRASE, CHEAP)
    assert (tmp_path / "file").read_bytes() == b"mine"


class _Stop:
    """Raises `Crash` at the n-th line that the program executes in the vault's own files."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, frame: FrameType, event: str, _: object) -> _Stop | None:
        if "/backchannel/vault/" not in frame.f_code.co_filename:
            return None
        if event == "line":
            self.left -= 1
            if self.left == 0:
                raise Crash
        return self


def _traced(stop: _Stop, call: Callable[[], object]) -> bool:
    """Run until the stop; say whether the call came to its end."""
    before = sys.gettrace()
    sys.settrace(stop)
    try:
        call()
    except Crash:
        return False
    finally:
        sys.settrace(before)
    return True


@pytest.mark.filterwarnings("ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning")
def test_init_interrupted_at_any_line_leaves_nothing_or_a_vault(tmp_path: Path) -> None:
    """An interrupt (Ctrl-C) may come between any two lines: afterwards there is a vault that opens, or none."""
    at, outcomes = 1, []
    while True:
        folder = tmp_path / str(at)
        made: list[SqliteVault] = []
        finished = _traced(_Stop(at), lambda: made.append(create_vault(folder, PASSPHRASE, CHEAP)))  # noqa: B023
        for vault in made:
            vault.close()
        outcomes.append(_opens(folder))
        if not outcomes[-1]:
            create_vault(folder, PASSPHRASE, CHEAP).close()
            assert _opens(folder)
        if finished:
            break
        at += 1
    assert at > 50
    assert outcomes[-1]
    assert not outcomes[0]


def _opens(folder: Path) -> bool:
    """Whether there is a vault; anything between a vault and none is an error."""
    try:
        open_vault(folder, PASSPHRASE).close()
    except VaultMissing:
        return False
    return True


KILLED = f"""
import os, sys
from pathlib import Path
from backchannel.crypto.passphrase import Cost
from backchannel.vault import files, store
real = {{name: getattr(os, name) for name in ("open", "fsync", "close")}}
left = int(sys.argv[2])
def dying(name):
    def call(*args, **named):
        global left
        left -= 1
        if left == 0:
            os._exit(9)
        return real[name](*args, **named)
    return call
for name in real:
    setattr(os, name, dying(name))
store.create_vault(Path(sys.argv[1]), {PASSPHRASE!r}, Cost(1, 64, 1)).close()
"""


@pytest.mark.parametrize("step", range(1, 9))
def test_init_killed_between_system_calls_leaves_nothing_or_a_vault(tmp_path: Path, step: int) -> None:
    folder = tmp_path / "vault"
    code = subprocess.run([sys.executable, "-c", KILLED, str(folder), str(step)], check=False).returncode
    assert code in (0, 9)
    assert (code == 0) <= _opens(folder)
    if not _opens(folder):
        create_vault(folder, PASSPHRASE, CHEAP).close()
        assert _opens(folder)


def test_a_store_that_fails_to_be_made_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFull):
        create_vault(tmp_path / "vault", PASSPHRASE, CHEAP)
    assert list((tmp_path / "vault").iterdir()) == []


# --- a full disk -----------------------------------------------------------------------------------------------------

FULL = f"""
import os, resource, signal, sys
from pathlib import Path
from backchannel.app.desk import Desk
from backchannel.app.read import conversation
from backchannel.app.say import append_own, say
from backchannel.errors import StorageFull
from backchannel.vault.store import open_vault
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
vault = open_vault(Path(sys.argv[1]), {PASSPHRASE!r})
desk = Desk(vault, lambda: 1, os.urandom)
room = 400_000
resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
said = 200
full = 0
for at in range(12):
    try:
        say(desk, "bob", ["x" * 10_000] * 6)
        said += 6
    except StorageFull:
        full += 1
    assert len(conversation(desk, "bob")[1]) == said, "half-written"
assert full, "there was room for everything"
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
say(desk, "bob", ["room again"])
assert len(conversation(desk, "bob")[1]) == said + 1
vault.close()
print(said + 1)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_is_told_and_nothing_is_half_written(folder: Path) -> None:
    run = subprocess.run([sys.executable, "-c", FULL, str(folder)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    vault = open_vault(folder, PASSPHRASE)
    assert vault.check() == []
    assert len(conversation(Desk(vault, lambda: 1, os.urandom), "bob")[1]) == int(run.stdout)
    vault.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system with little room, where we may make one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.name != "posix" or os.geteuid() != 0:
        pytest.skip("may not mount")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=600k", "tmpfs", place], check=False).returncode:
        pytest.skip("may not mount")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def test_a_disk_that_is_really_full(small_disk: Path) -> None:
    vault = create_vault(small_disk / "vault", PASSPHRASE, CHEAP)
    desk = Desk(vault, lambda: 1, os.urandom)
    invite(desk, "bob")
    said = 0
    with suppress(StorageFull):
        while True:
            say(desk, "bob", ["x" * 9000])
            said += 1
    assert said > 10
    with pytest.raises(StorageFull):
        create_vault(small_disk / "second", PASSPHRASE, CHEAP)
    assert list((small_disk / "second").iterdir()) == []
    assert len(conversation(desk, "bob")[1]) == said
    vault.close()
    vault = open_vault(small_disk / "vault", PASSPHRASE)
    assert len(conversation(Desk(vault, lambda: 1, os.urandom), "bob")[1]) == said
    assert vault.check() == []
    vault.close()


# --- two processes ---------------------------------------------------------------------------------------------------


def test_a_second_writer_is_told_within_its_patience(folder: Path) -> None:
    first, second = (open_vault(folder, PASSPHRASE, patience=0.3) for _ in range(2))
    with first.write():
        begun = time.monotonic()
        with pytest.raises(VaultBusy), second.write():
            pass
        assert 0.2 < time.monotonic() - begun < 2
        with second.read() as transaction:
            assert transaction.line_named("bob").own == 200
        third = open_vault(folder, PASSPHRASE, patience=0.3)
        third.close()
    with second.write() as transaction:
        transaction.save_line(transaction.line_named("bob"))
    first.close()
    second.close()


def test_a_second_writer_waits_for_its_turn(folder: Path) -> None:
    key = read_key(folder, PASSPHRASE)
    holding, done = threading.Event(), threading.Event()

    def hold() -> None:
        vault = SqliteVault(folder, key)
        with vault.write():
            holding.set()
            done.wait(0.3)
        vault.close()

    thread = threading.Thread(target=hold)
    thread.start()
    holding.wait(5)
    vault = SqliteVault(folder, key, patience=5)
    with vault.write():
        pass
    done.set()
    thread.join()
    vault.close()


def test_two_desks_on_one_vault_use_no_channel_state_twice(tmp_path: Path) -> None:
    """Each transaction looks whether the other process has moved the ratchet; it never seals from an old state."""
    world = World(root=tmp_path).opened()
    ann = world.ann
    vault = FastVault(ann.folder, ann._key)
    other = Desk(vault, ann.now, os.urandom)
    desks = [ann.desk, other]
    from backchannel.app.exchange import exchange

    for at in range(12):
        say(desks[at % 2], "bob", [f"{at}"])
        exchange(desks[at % 2], ann.line, [world.wire(ann).faulty])
        world.exchange(world.bob)
    assert world.bob.line.theirs.upto == 12
    assert world.ann.raws() == world.bob.raws()
    vault.close()
    world.close()


def test_a_transaction_that_fails_leaves_no_trace(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    event = write_event(author=0, number=201, seen=0, clock=1, kind="text", body=b"")

    def failing(error: type[BaseException]) -> None:
        with vault.write() as transaction:
            transaction.append(transaction.line_named("bob").id, Stored(201, 1, event))
            raise error

    for error in (RuntimeError, KeyboardInterrupt, Crash, VaultError):
        with pytest.raises(error):
            failing(error)
    with vault.read() as transaction:
        assert len(transaction.by_position(transaction.line_named("bob").id, 0, 1000)) == 200
    with vault.write() as transaction:
        assert transaction.line_named("bob").own == 200
    vault.close()


# --- what a transaction can do ---------------------------------------------------------------------------------------


def test_lines_have_one_name_each(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    with vault.write() as transaction:
        line = transaction.line_named("bob")
        with pytest.raises(LineExists):
            transaction.add_line(Line(b"x" * 16, "bob", Role.JOINER, Phase.OPEN, 0))
        with pytest.raises(LineUnknown):
            transaction.line(b"nobody")
        with pytest.raises(LineUnknown):
            transaction.line_named("nobody")
        assert transaction.line(line.id) == line
        assert transaction.lines() == [line]
        assert transaction.channel(line.id) is None
        assert transaction.channel_revision(line.id) == 0
        assert [transaction.save_channel(line.id, b"%d" % at) for at in range(3)] == [1, 2, 3]
        assert transaction.channel(line.id) == b"2"
    vault.close()


def test_the_last_events_are_the_end_of_all(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    with vault.read() as transaction:
        line_id = transaction.line_named("bob").id
        whole = list(transaction.in_order(line_id))
        assert list(transaction.in_order(line_id, last=7)) == whole[-7:]
        assert list(transaction.in_order(line_id, last=500)) == whole
        assert transaction.by_position(line_id, 190, 5) == whole[190:195]
        assert transaction.raw_by_position(line_id, 190, 5) == [
            (stored.position, stored.received, stored.event.raw) for stored in whole[190:195]
        ]
        assert list(transaction.raw_events(line_id, 0, 3, 4)) == [stored.event.raw for stored in whole[2:4]]
        assert transaction.ids_at(line_id, 0, 5) == [whole[4].event.id]
        assert transaction.ids_at(line_id, 1, 5) == []
    vault.close()


def test_bytes_that_do_not_have_the_id_under_which_they_lie_are_damage(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    vault._connection.execute("UPDATE event SET raw = CAST(raw || x'00' AS BLOB) WHERE position = 7")
    with vault.read() as transaction:
        line_id = transaction.line_named("bob").id
        assert len(transaction.raw_by_position(line_id, 7, 1000)) == 193
        with pytest.raises(VaultDamaged):
            transaction.raw_by_position(line_id, 0, 7)
    vault.close()


def test_a_line_is_read_again_when_another_process_has_written_it(folder: Path) -> None:
    vault, other = (open_vault(folder, PASSPHRASE) for _ in range(2))
    with vault.write() as transaction:
        line = transaction.line_named("bob")
        transaction.save_line(replace(line, own=1))
    with other.write() as transaction:
        assert transaction.line_named("bob").own == 1
        transaction.save_line(replace(line, own=2))
    with vault.read() as transaction:
        assert transaction.line(line.id).own == 2
    with suppress(RuntimeError), vault.write() as transaction:
        transaction.save_line(replace(line, own=3))
        raise RuntimeError
    with vault.read() as transaction:
        assert transaction.line(line.id) == replace(line, own=2)
    vault.close()
    other.close()


def test_a_line_is_read_as_it_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was saved stands for what would be read: so the two must be equal, whatever happens to a line."""
    real = SqliteTransaction.save_line
    saved: set[Phase] = set()

    def compared(self: SqliteTransaction, line: Line) -> None:
        assert Line.from_value(line.id, line.name, decode(encode(line.to_value()))) == line
        saved.add(line.phase)
        real(self, line)

    monkeypatch.setattr(SqliteTransaction, "save_line", compared)
    world = World(root=tmp_path).opened()
    for who in (world.ann, world.bob):
        old = who.copied(tmp_path / f"old {who.peer}")
        for side in world.sides:
            side.say("one", "two")
        world.rounds(3)
        who.put_back(old)
        with who.desk.work() as work:
            line = work.transaction.line_named(who.peer)
            work.forget(line)
            work.transaction.save_line(restored(line, who.now(), os.urandom))
        world.settle()
    assert {Phase.OPEN, Phase.RESTORING} <= saved
    world.close()


def test_opening_does_not_hang_on_how_much_is_in_it(tmp_path: Path) -> None:
    """Opening looks at one page: a hundred times the events may not cost even five times as long."""
    times = []
    for count in (200, 20_000):
        folder = tmp_path / str(count)
        vault = create_vault(folder, PASSPHRASE, CHEAP)
        desk = Desk(vault, lambda: 1, os.urandom)
        invite(desk, "bob")
        say(desk, "bob", ["some words, of about the usual length"] * count)
        vault.close()
        key = read_key(folder, PASSPHRASE)
        best = 1.0
        for _ in range(9):
            begun = time.perf_counter()
            vault = SqliteVault(folder, key)
            with vault.read() as transaction:
                transaction.line_named("bob")
            best = min(best, time.perf_counter() - begun)
            vault.close()
        times.append(best)
    assert times[1] < max(5 * times[0], 0.05), times


def test_a_wrong_key_is_never_half_open(folder: Path) -> None:
    with pytest.raises(PassphraseWrong):
        open_vault(folder, "wrong")
    with pytest.raises(VaultDamaged):
        SqliteVault(folder, bytes(32))
    read_everything(folder)


def test_every_failure_is_one_of_ours(folder: Path) -> None:
    vault = open_vault(folder, PASSPHRASE)
    vault._connection.execute("DROP TABLE event")
    with pytest.raises(BackchannelError), vault.read() as transaction:
        transaction.by_position(b"", 0, 1)
    vault.close()
    with suppress(BackchannelError):
        vault.close()


def test_events_are_found_by_the_beginning_of_their_kind(folder: Path) -> None:
    vault = FastVault(folder, read_key(folder, PASSPHRASE))
    desk = Desk(vault, lambda: 0, os.urandom)
    say(desk, "bob", ["a word about table.offer"])
    with desk.work() as work:
        line = work.transaction.line_named("bob")
        for kind in ("table.offer.make", "tablet", "no table.", "table.text.comment"):
            line, _ = append_own(work, line, kind, b"\xa0", 0)
        work.transaction.save_line(line)
    with vault.read() as transaction:
        found = [event.kind for event in transaction.of_kinds(line.id, "table.")]
        assert found == ["table.offer.make", "table.text.comment"]
        (last,) = transaction.of_kinds(line.id, "table.", after=202)
        assert (last.kind, last.number) == ("table.text.comment", 205)
        assert transaction.of_kinds(line.id, "table.", after=205) == []
        assert len(transaction.of_kinds(line.id, "")) == 205
    vault.close()

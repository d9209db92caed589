from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from backchannel.errors import ConfigRefused, StorageFull
from backchannel.relay import schema
from backchannel.relay.group_commit import GroupCommit
from backchannel.relay.limits import Limits
from backchannel.relay.store import Store
from backchannel.relay.store_sqlite import SqliteStore
from tests.relay.loopback import envelope
from tests.relay.store_contract import FakeClock, Opener, StoreContract, made, stored


@pytest.fixture
def opener(tmp_path: Path) -> Opener:
    @contextlib.asynccontextmanager
    async def opened(limits: Limits, clock: FakeClock) -> AsyncIterator[Store]:
        store = await SqliteStore.open(tmp_path / "data", limits, clock)
        try:
            yield store
        finally:
            await store.close()

    return opened


class TestSqliteStore(StoreContract):
    pass


def test_the_files_are_for_their_owner_alone(tmp_path: Path, opener: Opener) -> None:
    async def scenario() -> None:
        async with opener(Limits(), FakeClock()) as store:
            await made(store)
            modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "data").iterdir()}
            assert modes == {0o600}
        assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
        assert [path.name for path in (tmp_path / "data").iterdir()] == [schema.FILE_NAME]

    asyncio.run(scenario())


def test_a_lost_file_takes_no_cursor_back(tmp_path: Path, opener: Opener) -> None:
    async def scenario() -> None:
        clock = FakeClock()
        async with opener(Limits(), clock) as store:
            before = await stored(store, await made(store), *range(50))
        (tmp_path / "data" / schema.FILE_NAME).unlink()
        clock.now += 1
        async with opener(Limits(), clock) as store:
            assert await stored(store, await made(store), 99) > before[-1:]

    asyncio.run(scenario())


def test_a_full_file_stores_nothing_and_heals(opener: Opener) -> None:
    async def scenario() -> None:
        async with opener(Limits(file_bytes=400_000), FakeClock()) as store:
            box = await made(store)
            cursors = await stored(store, box, 1, 2, size=65536)
            before = await store.totals()
            with pytest.raises(StorageFull):
                await store.put(box, [envelope(seed, 65536) for seed in range(3, 9)])
            assert await store.totals() == before
            assert len(await store.read(box, 0, 64, 2**20)) == 2
            await store.delete(box, cursors[-1])
            await stored(store, box, 3, 4, size=65536)

    asyncio.run(scenario())


def test_everybody_in_a_group_that_the_disk_refused_is_told(opener: Opener) -> None:
    async def scenario() -> None:
        async with opener(Limits(file_bytes=400_000), FakeClock()) as store:
            box = await made(store)
            puts = [store.put(box, [envelope(seed, 65536)]) for seed in range(12)]
            outcomes = await asyncio.gather(*puts, return_exceptions=True)
            acknowledged = [outcome for outcome in outcomes if not isinstance(outcome, BaseException)]
            assert len(acknowledged) < 12
            assert all(isinstance(outcome, StorageFull) for outcome in outcomes if outcome not in acknowledged)
            assert (await store.totals()).envelopes == len(acknowledged)

    asyncio.run(scenario())


def test_another_programs_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / schema.FILE_NAME
    with contextlib.closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE theirs (a)")
    with pytest.raises(ConfigRefused, match="another program"):
        asyncio.run(SqliteStore.open(tmp_path, Limits(), FakeClock()))


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    path = schema.create_file(tmp_path)
    with contextlib.closing(schema.connect_writer(path, None)) as db:
        db.execute(f"PRAGMA user_version = {schema.VERSION + 1}")
    with pytest.raises(ConfigRefused, match="newer"):
        asyncio.run(SqliteStore.open(tmp_path, Limits(), FakeClock()))


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / schema.FILE_NAME).write_bytes(envelope(1, 65536))
    with pytest.raises(ConfigRefused, match="damaged"):
        asyncio.run(SqliteStore.open(tmp_path, Limits(), FakeClock()))


def test_a_file_in_the_place_of_the_directory_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigRefused, match="cannot be used"):
        asyncio.run(SqliteStore.open(tmp_path / "file", Limits(), FakeClock()))


@pytest.fixture
def table(tmp_path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(tmp_path / "x.sqlite3", isolation_level=None, check_same_thread=False)
    db.execute("CREATE TABLE t (a INTEGER UNIQUE)")
    return db


def test_a_job_that_fails_is_undone_alone_and_the_rest_is_written(tmp_path: Path, table: sqlite3.Connection) -> None:
    def insert(db: sqlite3.Connection, *numbers: int) -> int:
        db.executemany("INSERT INTO t (a) VALUES (?)", [(number,) for number in numbers])
        return numbers[-1]

    writer = GroupCommit(table)
    jobs = [(1,), (2, 3), (4, 1), (5,)]
    futures = [writer.submit(lambda db, numbers=numbers: insert(db, *numbers)) for numbers in jobs]  # type: ignore[misc]
    writer.close()
    assert [future.result() for future in (*futures[:2], futures[3])] == [1, 3, 5]
    assert isinstance(futures[2].exception(), sqlite3.IntegrityError)
    with contextlib.closing(sqlite3.connect(tmp_path / "x.sqlite3")) as db:
        assert db.execute("SELECT a FROM t ORDER BY a").fetchall() == [(1,), (2,), (3,), (5,)]


def test_a_job_that_nobody_waits_for_any_longer_is_not_done(tmp_path: Path, table: sqlite3.Connection) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def occupy(_: sqlite3.Connection) -> bool:
        busy.set()
        return go_on.wait(20)

    writer = GroupCommit(table)
    first = writer.submit(occupy)
    assert busy.wait(20)
    second = writer.submit(lambda db: db.execute("INSERT INTO t (a) VALUES (9)"))
    assert second.cancel()
    go_on.set()
    writer.close()
    assert first.result()
    with contextlib.closing(sqlite3.connect(tmp_path / "x.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM t").fetchone() == (0,)

"""One thread that writes, and one commit for all that waits at the moment.

A commit costs a flush to the disk whatever it holds. Jobs that arrive while one is under way share the next, each in
a savepoint of its own, so that one that fails takes nobody along. A job's future is done only after the commit.
"""

from __future__ import annotations

import contextlib
import queue
import sqlite3
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar

from backchannel.errors import StorageFull

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_LARGEST_GROUP: Final = 32
_PRIMARY_CODE: Final = 0xFF


@dataclass(frozen=True, slots=True)
class _Task:
    job: Callable[[sqlite3.Connection], Any]
    future: Future[Any]


@dataclass(frozen=True, slots=True)
class _Done:
    result: Any


@dataclass(frozen=True, slots=True)
class _Failed:
    error: Exception


class GroupCommit:
    """The writer: owns the connection until it is closed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Start the thread.

        Args:
            db: a connection in autocommit mode that nobody else uses.
        """
        self._db = db
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="relay-writer", daemon=True)
        self._thread.start()

    def submit(self, job: Callable[[sqlite3.Connection], T]) -> Future[T]:
        """Run `job` inside a transaction; the future has its result once that is durable.

        The job may raise to be undone alone; a job that returns has what it wrote committed.
        """
        future: Future[T] = Future()
        self._tasks.put(_Task(job, future))
        return future

    def close(self) -> None:
        """Finish every job that was submitted, move the log into the database, close it."""
        self._tasks.put(None)
        self._thread.join()
        with contextlib.suppress(sqlite3.Error):  # a reader elsewhere may hold the log; the next start does it then
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        self._db.close()

    def _run(self) -> None:
        while (first := self._tasks.get()) is not None:
            group = [first]
            last = False
            with contextlib.suppress(queue.Empty):
                while len(group) < _LARGEST_GROUP and not last:
                    task = self._tasks.get_nowait()
                    if task is None:
                        last = True
                    else:
                        group.append(task)
            self._commit([task for task in group if task.future.set_running_or_notify_cancel()])
            if last:
                return

    def _commit(self, group: list[_Task]) -> None:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            outcomes = [self._attempt(task) for task in group]
            self._db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - it is handed to whoever waits; the thread must live on
            with contextlib.suppress(sqlite3.Error):
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
            for task in group:
                task.future.set_exception(_translated(error))
            return
        for task, outcome in zip(group, outcomes, strict=True):
            if isinstance(outcome, _Failed):
                task.future.set_exception(_translated(outcome.error))
            else:
                task.future.set_result(outcome.result)

    def _attempt(self, task: _Task) -> _Done | _Failed:
        self._db.execute("SAVEPOINT job")
        try:
            result = task.job(self._db)
        except Exception as error:
            if not self._db.in_transaction:  # a full disk can undo the whole transaction: then nobody was stored
                raise
            self._db.execute("ROLLBACK TO job")
            self._db.execute("RELEASE job")
            return _Failed(error)
        self._db.execute("RELEASE job")
        return _Done(result)


def _translated(error: Exception) -> Exception:
    code = getattr(error, "sqlite_errorcode", None)
    if isinstance(error, sqlite3.Error) and code is not None and code & _PRIMARY_CODE == sqlite3.SQLITE_FULL:
        return StorageFull()
    return error

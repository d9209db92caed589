"""Crashes on purpose: a fuse that counts steps, and a vault and a transport that burn it.

A `Crash` is no `Exception`: nothing in the house may catch it, as nothing catches a power cut. What a transaction has
done until then is rolled back by the real vault, as it would be by the next process that opens it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, cast

from backchannel.app.ports import Found, Gathering, Transaction, Transport, Vault
from backchannel.line.mailbox import Mailbox


class Crash(BaseException):
    """The machine stopped here."""


class Fuse:
    """Raises `Crash` at the n-th step after it was lit."""

    def __init__(self) -> None:
        self._left = 0
        self.steps: list[str] = []

    def light(self, steps: int) -> None:
        self._left = steps
        self.steps = []

    def put_out(self) -> None:
        self._left = 0

    def burn(self, where: str) -> None:
        self.steps.append(where)
        if self._left:
            self._left -= 1
            if not self._left:
                raise Crash(where)


class _CrashingTransaction:
    def __init__(self, inner: Transaction | Gathering, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if not callable(method):
            return method

        def call(*args: Any, **named: Any) -> Any:
            self._fuse.burn(name)
            return method(*args, **named)

        return call


class CrashingVault:
    """Another vault, with a step before every call of a transaction, before the commit and after it."""

    def __init__(self, inner: Vault, fuse: Fuse) -> None:
        self._inner = inner
        self._fuse = fuse

    @contextmanager
    def write(self) -> Iterator[Transaction]:
        self._fuse.burn("begin")
        with self._inner.write() as transaction:
            yield cast("Transaction", _CrashingTransaction(transaction, self._fuse))
            self._fuse.burn("commit")
        self._fuse.burn("committed")

    @contextmanager
    def read(self) -> Iterator[Transaction]:
        with self._inner.read() as transaction:
            yield cast("Transaction", _CrashingTransaction(transaction, self._fuse))

    @contextmanager
    def gather(self) -> Iterator[Gathering]:
        self._fuse.burn("gather")
        with self._inner.gather() as content:
            yield cast("Gathering", _CrashingTransaction(content, self._fuse))

    def check(self, *, whole: bool = False) -> list[str]:
        return self._inner.check(whole=whole)

    def scrub(self, *, shrink: bool = False) -> None:
        self._fuse.burn("scrub")
        self._inner.scrub(shrink=shrink)

    def close(self) -> None:
        self._inner.close()


class CrashingTransport:
    """Another transport, with a step before and after every call."""

    def __init__(self, inner: Transport, fuse: Fuse) -> None:
        self.name = inner.name
        self.shared = inner.shared
        self._inner = inner
        self._fuse = fuse

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        self._fuse.burn("put")
        self._inner.put(mailbox, envelopes)
        self._fuse.burn("was put")

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        self._fuse.burn("get")
        found = self._inner.get(mailbox, wait=wait)
        self._fuse.burn("was got")
        return found

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        self._fuse.burn("delete")
        self._inner.delete(mailbox, receipts)
        self._fuse.burn("was deleted")

    def close(self) -> None:
        self._inner.close()

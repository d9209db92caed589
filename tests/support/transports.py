"""The transports that the contract suite runs over: add a factory to the list, and the suite runs over it too.

A factory is given an empty folder and yields an opener: each call of it is another client of the same place, as the
other side, or a second process, would have it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from backchannel.app.ports import Transport
from backchannel.transport.faulty import Faults, FaultyTransport
from backchannel.transport.folder import FolderTransport
from backchannel.transport.mail import MailTransport
from backchannel.transport.memory import Boxes, MemoryTransport
from tests.support.mail_imap import Store
from tests.support.mail_server import Provider, shuffled, troubled

Opener = Callable[[], Transport]
Factory = Callable[[Path], AbstractContextManager[Opener]]


@contextmanager
def memory(folder: Path) -> Iterator[Opener]:
    boxes: Boxes = {}
    yield lambda: MemoryTransport(boxes)


@contextmanager
def faultless(folder: Path) -> Iterator[Opener]:
    boxes: Boxes = {}
    yield lambda: FaultyTransport(MemoryTransport(boxes), Faults(), 0)


@contextmanager
def folder(folder: Path) -> Iterator[Opener]:
    yield lambda: FolderTransport(folder)


@contextmanager
def mail(folder: Path) -> Iterator[Opener]:
    with Provider(Store()).running() as provider:
        account = provider.account("both@mail.example")
        yield lambda: MailTransport(account, "both@mail.example")


@contextmanager
def mail_in_trouble(folder: Path) -> Iterator[Opener]:
    """A provider that doubles and reorders, and changes what it can."""
    with Provider(Store(troubled(1), shuffled(2))).running() as provider:
        account = provider.account("both@mail.example")
        yield lambda: MailTransport(account, "both@mail.example")


FACTORIES: list[Factory] = [memory, faultless, folder, mail, mail_in_trouble]

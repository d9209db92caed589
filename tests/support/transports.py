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
from backchannel.transport.memory import Boxes, MemoryTransport

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


FACTORIES: list[Factory] = [memory, faultless, folder]

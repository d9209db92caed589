"""The IMAP half of the provider on the loopback: twisted's server over a store in memory."""

# ruff: noqa: N802, N815  (twisted names its methods so)

from __future__ import annotations

import atexit
import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.utils import formatdate
from importlib import import_module
from io import BytesIO
from typing import Any, BinaryIO, Final

DELETED: Final = "\\Deleted"
PASSWORD: Final = "a word that nobody may see"

Spoil = Callable[[bytes], list[bytes]]
"""What a provider makes of one mail that it is given: the mails that it keeps."""

# Twisted says little of its types: here it is used without them.
imap4: Any = import_module("twisted.mail.imap4")
protocol: Any = import_module("twisted.internet.protocol")
reactor: Any = import_module("twisted.internet.reactor")
threads: Any = import_module("twisted.internet.threads")
portal: Any = import_module("twisted.cred.portal")
checkers: Any = import_module("twisted.cred.checkers")
refusals: Any = import_module("twisted.cred.error")
implementer: Any = import_module("zope.interface").implementer


@dataclass
class Kept:
    """A mail in an account."""

    uid: int
    raw: bytes
    flags: set[str] = field(default_factory=set)


class Store:
    """The accounts of a provider: by address, each with folders of mails."""

    def __init__(self, spoil: Spoil = lambda raw: [raw], uids: Iterator[int] | None = None) -> None:
        self.lock = threading.RLock()
        self.folders: dict[tuple[str, str], list[Kept]] = {}
        self.validity = 7
        self.spoil = spoil
        self.refuse: Callable[[str], str | None] = lambda address: None
        self.uidplus = True
        self._uids = uids or itertools.count(1)

    def of(self, address: str, folder: str = "INBOX") -> list[Kept]:
        return self.folders.setdefault((address, folder), [])

    def deliver(self, address: str, raw: bytes, folder: str = "INBOX") -> None:
        with self.lock:
            for each in self.spoil(raw):
                self.keep(address, each, folder)

    def keep(self, address: str, raw: bytes, folder: str = "INBOX") -> None:
        with self.lock:
            mails = self.of(address, folder)
            mails.append(Kept(next(self._uids), raw))
            mails.sort(key=lambda kept: kept.uid)

    def raws(self, address: str) -> list[bytes]:
        with self.lock:
            return [kept.raw for kept in self.of(address) if DELETED not in kept.flags]


@implementer(imap4.IMessage, imap4.IMessageFile)
class Shown:
    """A mail as twisted wants it."""

    def __init__(self, kept: Kept, message: Message | None = None) -> None:
        self.kept = kept
        self.message = message or message_from_bytes(kept.raw)

    def getUID(self) -> int:
        return self.kept.uid

    def getFlags(self) -> list[str]:
        return sorted(self.kept.flags)

    def getInternalDate(self) -> str:
        return formatdate(0)

    def getHeaders(self, negate: bool, *names: str) -> dict[str, str]:
        wanted = {name.lower() if isinstance(name, str) else name.decode().lower() for name in names}
        return {
            name.lower(): str(value) for name, value in self.message.items() if (name.lower() in wanted) is not negate
        }

    def getBodyFile(self) -> BinaryIO:
        return BytesIO(str(self.message.get_payload()).encode("ascii", "replace"))

    def getSize(self) -> int:
        return len(self.kept.raw)

    def isMultipart(self) -> bool:
        return self.message.is_multipart()

    def getSubPart(self, part: int) -> Shown:
        inner = self.message.get_payload(part)
        assert isinstance(inner, Message)
        return Shown(self.kept, inner)

    def open(self) -> BinaryIO:
        return BytesIO(self.kept.raw)


@implementer(imap4.IMailbox, imap4.ISearchableMailbox)
class Folder:
    """One folder of an account as twisted wants it."""

    def __init__(self, store: Store, address: str, name: str) -> None:
        self._store = store
        self._key = (address, name)

    @property
    def mails(self) -> list[Kept]:
        return self._store.of(*self._key)

    def getUIDValidity(self) -> int:
        return self._store.validity

    def getUIDNext(self) -> int:
        return max((kept.uid for kept in self.mails), default=0) + 1

    def getUID(self, number: int) -> int:
        return self.mails[number - 1].uid

    def getMessageCount(self) -> int:
        return len(self.mails)

    def getRecentCount(self) -> int:
        return 0

    def getUnseenCount(self) -> int:
        return 0

    def getFlags(self) -> list[str]:
        return [DELETED, "\\Seen"]

    def getHierarchicalDelimiter(self) -> str:
        return "/"

    def isWriteable(self) -> bool:
        return True

    def requestStatus(self, names: Sequence[str]) -> Any:
        return imap4.statusRequestHelper(self, names)

    def addListener(self, listener: Any) -> None:
        pass

    def removeListener(self, listener: Any) -> None:
        pass

    def destroy(self) -> None:
        pass

    def addMessage(self, message: Any, flags: Any = (), date: Any = None) -> None:
        raise NotImplementedError

    def search(self, query: list[Any], uid: bool) -> list[int]:
        """The numbers of those that fit: the few keys that a test needs, and an error for any other."""
        words = [word if isinstance(word, bytes) else str(word).encode() for word in query]
        found = []
        with self._store.lock:
            for number, kept in enumerate(self.mails, 1):
                left = list(words)
                fits = True
                while left:
                    match left.pop(0).upper():
                        case b"UNDELETED":
                            fits &= DELETED not in kept.flags
                        case b"LARGER":
                            fits &= len(kept.raw) > int(left.pop(0))
                        case b"SMALLER":
                            fits &= len(kept.raw) < int(left.pop(0))
                        case other:
                            raise imap4.IllegalQueryError(other)
                if fits:
                    found.append(number)
        return found

    def _chosen(self, numbers: Any, uid: bool) -> list[tuple[int, Kept]]:
        with self._store.lock:
            numbers.last = self.getUIDNext() if uid else len(self.mails)
            wanted = set(numbers)
            return [
                (number, kept) for number, kept in enumerate(self.mails, 1) if (kept.uid if uid else number) in wanted
            ]

    def fetch(self, numbers: Any, uid: bool) -> list[tuple[int, Shown]]:
        return [(number, Shown(kept)) for number, kept in self._chosen(numbers, uid)]

    def store(self, numbers: Any, flags: Sequence[Any], mode: int, uid: bool) -> dict[int, list[str]]:
        words = {flag.decode() if isinstance(flag, bytes) else flag for flag in flags}
        changed = {}
        with self._store.lock:
            for number, kept in self._chosen(numbers, uid):
                kept.flags = words if mode == 0 else kept.flags | words if mode > 0 else kept.flags - words
                changed[number] = sorted(kept.flags)
        return changed

    def expunge(self) -> list[int]:
        with self._store.lock:
            gone = [number for number, kept in enumerate(self.mails, 1) if DELETED in kept.flags]
            self.mails[:] = [kept for kept in self.mails if DELETED not in kept.flags]
        return gone

    def expunge_uids(self, numbers: Any) -> list[int]:
        with self._store.lock:
            gone = [(number, kept) for number, kept in self._chosen(numbers, True) if DELETED in kept.flags]
            for _, kept in gone:
                self.mails.remove(kept)
        return [number - at for at, (number, _) in enumerate(gone)]


@implementer(imap4.IAccount)
class Account:
    """An account as twisted wants it."""

    def __init__(self, store: Store, address: str) -> None:
        self._store = store
        self._address = address

    def select(self, name: Any, rw: bool = True) -> Folder | None:
        named = name.decode() if isinstance(name, bytes) else str(name)
        known = {folder for address, folder in self._store.folders if address == self._address} | {"INBOX"}
        return Folder(self._store, self._address, named) if named in known else None


class Realm:
    """Gives an account to who has logged in."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def requestAvatar(self, name: bytes, mind: Any, *interfaces: Any) -> tuple[Any, Account, Callable[[], None]]:
        return imap4.IAccount, Account(self._store, name.decode()), lambda: None


class Imap(imap4.IMAP4Server):  # type: ignore[misc]
    """An IMAP server that writes down what it is asked, and can expunge by uid where its store says so."""

    mail_store: Store
    asked: list[bytes]

    def lineReceived(self, line: bytes) -> None:
        self.asked.append(line)
        super().lineReceived(line)

    def capabilities(self) -> dict[bytes, Any]:
        found: dict[bytes, Any] = super().capabilities()
        if self.mail_store.uidplus:
            found[b"UIDPLUS"] = None
        return found

    def do_UID(self, tag: bytes, command: bytes, line: bytes) -> None:
        if command.upper() == b"EXPUNGE" and self.mail_store.uidplus:
            for number in self.mbox.expunge_uids(imap4.parseIdList(line)):
                self.sendUntaggedResponse(b"%d EXPUNGE" % number)
            self.sendPositiveResponse(tag, b"UID EXPUNGE completed")
        else:
            super().do_UID(tag, command, line)

    select_UID = (do_UID, imap4.IMAP4Server.arg_atom, imap4.IMAP4Server.arg_line)


class _Everybody(checkers.InMemoryUsernamePasswordDatabaseDontUse):  # type: ignore[misc]
    """Whoever has the word."""

    def requestAvatarId(self, credentials: Any) -> Any:
        if not credentials.checkPassword(PASSWORD.encode()):
            raise refusals.UnauthorizedLogin
        return credentials.username


@contextmanager
def serving_imap(store: Store, asked: list[bytes]) -> Iterator[int]:
    """Serve a store; yield the port."""
    servers: list[Imap] = []

    def make() -> Imap:
        server = Imap()
        server.portal = portal.Portal(Realm(store), [_Everybody()])
        server.mail_store = store
        server.asked = asked
        server.timeOut = None
        servers.append(server)
        return server

    def hang_up() -> None:
        for server in servers:
            if server.transport is not None:
                server.transport.abortConnection()

    factory = protocol.Factory.forProtocol(make)
    port = threads.blockingCallFromThread(turning(), turning().listenTCP, 0, factory, interface="127.0.0.1")
    try:
        yield port.getHost().port
    finally:
        threads.blockingCallFromThread(turning(), port.stopListening)
        threads.blockingCallFromThread(turning(), hang_up)


_turning: list[threading.Thread] = []


def turning() -> Any:
    """The reactor, which runs in a thread of its own from the first need to the end of the process."""
    if not _turning:
        started = threading.Event()
        reactor.callWhenRunning(started.set)
        thread = threading.Thread(target=reactor.run, kwargs={"installSignalHandlers": False}, daemon=True)
        thread.start()
        _turning.append(thread)
        assert started.wait(30)
        atexit.register(lambda: reactor.callFromThread(reactor.stop))
    return reactor

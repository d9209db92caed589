"""Fetching mail: one kept connection to the account's IMAP server (RFC 3501), bounded in time and in size.

The standard library's client speaks the protocol. Nothing here marks a mail as read, and only what is named is deleted.
"""

from __future__ import annotations

import imaplib
import io
import re
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from backchannel.app.mail import MailAccount, Security
from backchannel.errors import MailLied, MailRefused, MailUnreachable
from backchannel.transport.dialing import dial, is_onion
from backchannel.transport.mail_message import LARGEST_MAIL, SMALLEST_MAIL
from backchannel.transport.mail_tag import TAG
from backchannel.transport.pacing import Paced

ANSWER_TIMEOUT: Final = 60.0
LARGEST_ANSWER: Final = 16 * 1024 * 1024
LOOKED_AT_ONCE: Final = 200
FETCHED_AT_ONCE: Final = 16
MOST_TAGS: Final = 16
"""Tags in what is said of one mail; ours has three, and one that was answered or returned a few more."""

Result = TypeVar("Result")

_UID: Final = re.compile(rb"\bUID (\d{1,10})\b")
_ATOM: Final = re.compile(r"[A-Za-z0-9@._+=/-]+")
_QUOTED: Final = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BEGINS: Final = re.compile(rb"\d+ \(")
_LOOK: Final = "(UID BODYSTRUCTURE BODY.PEEK[HEADER.FIELDS (SUBJECT)])"


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a mail lies in an account: the server never gives the three to another one."""

    folder: str
    validity: int
    uid: int


class ImapConnection:
    """A connection that is opened when needed and kept; for one thread at a time, but for `interrupt`."""

    def __init__(self, account: MailAccount, proxy: str | None) -> None:
        self._account = account
        self._proxy = proxy
        self._imap: _Imap | None = None
        self._at: tuple[str, bool] | None = None
        self._validity = 0
        self._tags: dict[Place, frozenset[str]] = {}

    def look(self) -> dict[Place, frozenset[str]]:
        """Return the tags of every mail that has any; other people's are looked at once, and by their outside alone.

        Raises:
            TransportError: the server cannot be asked now.
        """
        return self._ask(self._look)

    def fetch(self, places: Sequence[Place]) -> dict[Place, bytes]:
        """Return mails as they are kept, without marking them; those that are gone are left out.

        Raises:
            TransportError: the server cannot be asked now.
        """
        found: dict[Place, bytes] = {}
        for folder in self._account.folders:
            here = [place for place in places if place.folder == folder]
            for at in range(0, len(here), FETCHED_AT_ONCE):
                batch = here[at : at + FETCHED_AT_ONCE]
                found |= self._ask(lambda imap, batch=batch: self._fetch(imap, batch))  # type: ignore[misc]
        return found

    def delete(self, places: Sequence[Place]) -> None:
        """Delete these mails and no other.

        Raises:
            TransportError: the server cannot be asked now.
        """
        for folder in self._account.folders:
            here = [place for place in places if place.folder == folder]
            for at in range(0, len(here), LOOKED_AT_ONCE):
                batch = here[at : at + LOOKED_AT_ONCE]
                self._ask(lambda imap, batch=batch: self._delete(imap, batch))  # type: ignore[misc]

    def close(self) -> None:
        """Close the connection, if there is one."""
        imap, self._imap, self._at = self._imap, None, None
        if imap is not None:
            imap.hang_up()

    def interrupt(self) -> None:
        """Wake a thread that waits for an answer; for other threads than the one that uses the connection."""
        imap = self._imap
        if imap is not None:
            with suppress(OSError):
                socket.socket.shutdown(imap.sock, socket.SHUT_RDWR)

    # --- one question -------------------------------------------------------------------------------------------------

    def _ask(self, question: Callable[[_Imap], Result]) -> Result:
        fresh = self._imap is None
        name = f"mail server {self._account.imap}"
        try:
            if self._imap is None:
                self._imap = _Imap(self._account, self._proxy)
            return question(self._imap)
        except (imaplib.IMAP4.abort, OSError) as error:
            self.close()
            if not fresh:
                return self._ask(question)  # a kept connection may have been closed meanwhile; a fresh one decides
            if isinstance(error, imaplib.IMAP4.abort):
                raise MailUnreachable(f"{name}: it broke off") from error
            reason = error.strerror or str(error) or type(error).__name__
            raise MailUnreachable(f"{name}: {reason}") from error
        except imaplib.IMAP4.error as error:
            self.close()
            raise MailRefused(f"{name}: it does not do what it was asked") from error
        except (MailRefused, MailUnreachable, MailLied) as error:
            self.close()
            raise type(error)(f"{name}: {error.detail}" if error.detail else name, hint=error.hint) from error
        except (
            ValueError,
            TypeError,
            LookupError,
            AttributeError,
        ) as error:  # so the library breaks on a strange answer
            self.close()
            raise MailLied(name) from error
        except BaseException:
            self.close()  # what is left of the answer must not be taken for that to the next question
            raise

    def _open(self, imap: _Imap, folder: str, *, write: bool) -> None:
        """Open a folder; to look into it, so that nothing at all changes by it."""
        if self._at == (folder, write):
            imap.catch_up()
            return
        quoted = '"' + folder.replace("\\", "\\\\").replace('"', '\\"') + '"'
        kind, _ = imap.select(quoted, readonly=not write)
        if kind != "OK":
            raise MailRefused("there is no such folder in the account")
        validity = imap.untagged("UIDVALIDITY")
        self._validity = int(validity) if validity.isdigit() else 0
        self._at = (folder, write)

    def _look(self, imap: _Imap) -> dict[Place, frozenset[str]]:
        there: set[Place] = set()
        for folder in self._account.folders:
            self._open(imap, folder, write=False)
            answer = imap.asked("SEARCH", f"UNDELETED LARGER {SMALLEST_MAIL} SMALLER {LARGEST_MAIL}")
            uids = b" ".join(line for line in answer if isinstance(line, bytes)).split()
            here = [Place(folder, self._validity, int(uid)) for uid in uids]
            fresh = [place for place in here if place not in self._tags]
            for at in range(0, len(fresh), LOOKED_AT_ONCE):
                batch = fresh[at : at + LOOKED_AT_ONCE]
                for uid, pieces in _by_uid(imap.asked("FETCH", f"{_set(batch)} {_LOOK}")):
                    self._tags[Place(folder, self._validity, uid)] = _tags(pieces)
            there.update(here)
        self._tags = {place: tags for place, tags in self._tags.items() if place in there}
        return {place: tags for place, tags in self._tags.items() if tags}

    def _fetch(self, imap: _Imap, places: Sequence[Place]) -> dict[Place, bytes]:
        self._open(imap, places[0].folder, write=False)
        wanted = {place.uid: place for place in places if place.validity == self._validity}
        if not wanted:
            return {}
        answer = imap.asked("FETCH", f"{_set(list(wanted.values()))} (UID BODY.PEEK[])")
        found = {}
        for uid, pieces in _by_uid(answer):
            bodies = [piece[1] for piece in pieces if isinstance(piece, tuple)]
            if uid in wanted and bodies:
                found[wanted[uid]] = bodies[0]
        return found

    def _delete(self, imap: _Imap, places: Sequence[Place]) -> None:
        self._open(imap, places[0].folder, write=True)
        wanted = [place for place in places if place.validity == self._validity]
        if not wanted:
            return
        imap.asked("STORE", f"{_set(wanted)} +FLAGS.SILENT (\\Deleted)")
        if "UIDPLUS" in imap.capabilities:
            # Without it there is only an expunge of all that anybody has marked: then our marks must do.
            imap.asked("EXPUNGE", _set(wanted))
        for place in wanted:
            self._tags.pop(place, None)


class _Imap(imaplib.IMAP4):
    """A client that is connected by us, reads within bounds, and keeps no record of what it said."""

    def __init__(self, account: MailAccount, proxy: str | None) -> None:
        self._server = account.imap
        self._proxy = proxy
        super().__init__(account.imap.host, account.imap.port)
        try:
            if self._server.security is Security.STARTTLS:
                self._start_tls()
            self._log_in(account)
        except BaseException:
            self.hang_up()
            raise

    def open(self, host: str = "", port: int = 0, timeout: float | None = None) -> None:  # noqa: ARG002
        """Connect, as the account says."""
        self.host, self.port = host, port
        if self._proxy is None and is_onion(host):
            raise MailUnreachable("it is reached through Tor alone", hint="set the proxy with: backchannel proxy")
        self.sock = dial(host, port, self._proxy)
        try:
            if self._server.security is Security.TLS:
                self._protect()
            self._listen()
        except BaseException:
            self.sock.close()
            raise

    def _protect(self) -> None:
        import ssl  # costs start-up time that only TLS needs

        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def _listen(self) -> None:
        self._paced = Paced(self.sock, LARGEST_ANSWER, ANSWER_TIMEOUT, imaplib.IMAP4.abort)
        self._reader = io.BufferedReader(self._paced)

    def _start_tls(self) -> None:
        if "STARTTLS" not in self.capabilities or self.xatom("STARTTLS")[0] != "OK":
            raise MailRefused("it does not offer STARTTLS")
        self._protect()
        self._listen()  # what came before is not what the protected server said
        self._ask_capabilities()

    def _ask_capabilities(self) -> None:
        _, lines = self.capability()
        self.capabilities = tuple(str(lines[-1], "ascii").upper().split())

    def _log_in(self, account: MailAccount) -> None:
        """Log in; what the server says of it is not shown, it might repeat what it was given."""
        word = f"\0{account.user}\0{account.password}".encode()
        try:
            if "AUTH=PLAIN" in self.capabilities:
                self.authenticate("PLAIN", lambda _: word)
            elif not (_ATOM.fullmatch(account.user) and account.password.isascii()):
                raise MailRefused("it takes no name or password with such characters")
            else:
                self.login(account.user, account.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error:
            raise MailRefused("name or password") from None
        finally:
            self._cmd_log: dict[int, object] = {}  # the library keeps what it sent last
        self._ask_capabilities()

    def asked(self, command: str, arguments: str) -> list[Any]:
        """Send a command about mails by their uids, and return the lines of its answer."""
        self._paced.renew(ANSWER_TIMEOUT)
        kind, lines = self.uid(command, arguments)
        if kind != "OK":
            raise MailRefused("it does not do what it was asked")
        return [line for line in lines if line is not None]

    def catch_up(self) -> None:
        """Let the server say what has changed in the folder; what it says is not needed, the next search sees it."""
        self._paced.renew(ANSWER_TIMEOUT)
        self.noop()
        for name in ("EXISTS", "RECENT", "EXPUNGE", "FETCH"):
            self.response(name)

    def untagged(self, name: str) -> bytes:
        """Return the last value that the server gave by itself."""
        _, lines = self.response(name)
        return lines[-1] if lines and isinstance(lines[-1], bytes) else b""

    def read(self, size: int) -> bytes:
        """Read a literal, if it is not larger than any that we want."""
        if size > LARGEST_ANSWER:
            raise self.abort("a literal without end")
        return self._reader.read(size)

    def readline(self) -> bytes:
        """Read a line."""
        return self._reader.readline(LARGEST_ANSWER)

    def shutdown(self) -> None:
        """Close the socket."""
        self._reader.close()
        self.sock.close()

    def hang_up(self) -> None:
        """Leave, politely where that costs nothing."""
        with suppress(Exception):
            self.sock.settimeout(1.0)
            self.send(b"bye LOGOUT\r\n")
        with suppress(Exception):
            self.shutdown()


def _by_uid(answer: Sequence[Any]) -> Iterator[tuple[int, list[Any]]]:
    """Yield what a FETCH said of each mail: uid and pieces, each a line or a (line, literal)."""
    pieces: list[Any] = []
    for piece in [*answer, b"0 ("]:
        if _BEGINS.match(piece[0] if isinstance(piece, tuple) else piece) and pieces:
            said = b" ".join(each[0] if isinstance(each, tuple) else each for each in pieces)
            uid = _UID.search(_QUOTED.sub(b'""', said))
            if uid and b"BODY" in said:  # else a server's own word about flags
                yield int(uid[1]), pieces
            pieces = []
        pieces.append(piece)


def _tags(pieces: Sequence[Any]) -> frozenset[str]:
    said = b" ".join(b" ".join(piece) if isinstance(piece, tuple) else piece for piece in pieces)
    return frozenset(tag.decode("ascii") for tag in TAG.findall(said)[:MOST_TAGS])


def _set(places: Sequence[Place]) -> str:
    return ",".join(str(place.uid) for place in places)


def check_imap(account: MailAccount, proxy: str | None) -> int:
    """Log in, look, and leave; return how many mails with tags there are.

    Raises:
        TransportError: that does not work.
    """
    connection = ImapConnection(account, proxy)
    try:
        return len(connection.look())
    finally:
        connection.close()

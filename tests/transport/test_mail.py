"""Mail: what a provider may do to it, what it must not cost, and what nobody on the way may see (spec 5.5)."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backchannel.app.mail import MailAccount, MailServer, Security
from backchannel.app.ports import Found
from backchannel.crypto.suite import Role
from backchannel.errors import MailLied, MailRefused, MailUnreachable, TransportError
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.transport import imap, mail, smtp
from backchannel.transport.imap import check_imap
from backchannel.transport.mail import MailTransport
from backchannel.transport.mail_tag import TAG, Tags
from backchannel.transport.smtp import check_smtp
from tests.support.certificates import self_signed
from tests.support.mail_imap import DELETED, PASSWORD, Store
from tests.support.mail_server import LOOPBACK, Provider
from tests.support.socks import BY_NAME, Proxy
from tests.support.tls_front import fronting

NORTH, SOUTH = "north@mail.example", "south@mail.example"


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider(Store()).running() as provider:
        yield provider


@pytest.fixture
def box() -> Mailbox:
    return mailbox_from(os.urandom(32), Role.INVITER, b"mail")


@contextmanager
def client(account: MailAccount, to: str = SOUTH, proxy: str | None = None) -> Iterator[MailTransport]:
    transport = MailTransport(account, to, proxy)
    try:
        yield transport
    finally:
        transport.close()


def bytes_of(found: list[Found]) -> list[bytes]:
    return [each.envelope for each in found]


def sealed(count: int) -> list[bytes]:
    return [os.urandom(1024) for _ in range(count)]


# --- what it looks like -----------------------------------------------------------------------------------------------


def test_mails_say_nothing_of_lines_and_have_one_form(provider: Provider, box: Mailbox) -> None:
    other = mailbox_from(os.urandom(32), Role.JOINER, b"")
    with client(provider.account(NORTH)) as north:
        for mailbox in (box, box, other):
            north.put(mailbox, sealed(1))
    raws = provider.store.raws(SOUTH)
    assert len({len(raw) for raw in raws}) == 1
    words = [set(re.findall(rb"[0-9a-f]{8,}", raw)) for raw in raws]
    assert not words[0] & words[1]
    assert not words[0] & words[2]
    for raw in raws:
        for secret in (box.put_id, box.get_id, box.put_capability, box.get_capability):
            assert secret.hex()[:8].encode() not in raw
        head = raw.partition(b"\r\n\r\n")[0]
        names = [line.partition(b":")[0] for line in head.split(b"\r\n")]
        assert names == [
            b"Received", b"From", b"To", b"Date", b"Message-ID", b"Subject", b"MIME-Version", b"Content-Type",
        ]  # fmt: skip
        assert re.search(rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]0000\r\n", raw), "no zone"
        assert len(set(TAG.findall(raw))) == 1
    assert set(provider.taking.names) == {"[127.0.0.1]"}, "this machine's name is nobody's business"


# --- several lines, one account ---------------------------------------------------------------------------------------


def test_lines_that_share_an_account_do_not_see_each_other(provider: Provider) -> None:
    boxes = [mailbox_from(bytes([at]) * 32, role, b"") for at in range(3) for role in Role]
    contents = [sealed(2) for _ in boxes]
    account = provider.account(NORTH)
    with client(account, NORTH) as north:
        for mailbox, content in zip(boxes, contents, strict=True):
            north.put(mailbox, content)
        for mailbox, content in zip(boxes, contents, strict=True):
            found = north.get(mailbox)
            assert bytes_of(found) == content
            north.delete(boxes[0], [each.receipt for each in found])
        assert len(provider.store.raws(NORTH)) == 10, "a receipt deletes in its own mailbox only"


def test_only_bodies_of_ours_are_fetched_and_nothing_is_marked(provider: Provider, box: Mailbox) -> None:
    letter = b"Subject: dinner\r\n\r\n" + b"Come at eight.\r\n" * 200
    provider.store.keep(NORTH, letter)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, sealed(1))
        found = north.get(box)
        north.delete(box, [found[0].receipt])
    (left,) = provider.store.of(NORTH)
    assert (left.raw, left.flags) == (letter, set())
    bodies = [line for line in provider.asked if b"BODY.PEEK[])" in line]
    assert len(bodies) == 1
    assert b"," not in bodies[0]
    assert not any(b"BODY[" in line or b"RFC822 " in line for line in provider.asked)


def test_what_another_program_marked_is_not_expunged_by_us(provider: Provider, box: Mailbox) -> None:
    """Without UIDPLUS there is only an expunge of everything: then ours is marked, and no more."""
    provider.store.uidplus = False
    provider.store.keep(NORTH, b"Subject: x\r\n\r\n" + b"x" * 2000)
    provider.store.of(NORTH)[0].flags.add(DELETED)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, sealed(2))
        found = north.get(box)
        north.delete(box, [found[0].receipt])
        assert bytes_of(north.get(box)) == [found[1].envelope]
    assert len(provider.store.of(NORTH)) == 3
    assert not any(b"EXPUNGE" in line for line in provider.asked)


def test_other_folders_can_be_looked_into(provider: Provider, box: Mailbox) -> None:
    content = sealed(3)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, content)
        provider.store.of(NORTH, "Junk").append(provider.store.of(NORTH).pop(0))
        assert bytes_of(north.get(box)) == content[1:]
    with client(provider.account(NORTH, folders=("INBOX", "Junk")), NORTH) as north:
        found = north.get(box)
        assert bytes_of(found) == content
        north.delete(box, [each.receipt for each in found])
    assert not provider.store.of(NORTH)
    assert not provider.store.of(NORTH, "Junk")
    with client(provider.account(NORTH, folders=("None",)), NORTH) as north, pytest.raises(MailRefused, match="folder"):
        north.get(box)


# --- what a provider does ---------------------------------------------------------------------------------------------


def test_a_mail_that_was_spoiled_is_left_and_its_copy_is_read(provider: Provider, box: Mailbox) -> None:
    content = sealed(3)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, content)
        first, second, third = provider.store.raws(NORTH)
        mails = provider.store.of(NORTH)
        mails[0].raw = first[: len(first) // 2]
        provider.store.keep(NORTH, first)
        mails[1].raw = second.replace(b"application/octet-stream", b"text/plain")
        assert bytes_of(north.get(box)) == [content[0], content[2]]
        asked = len([line for line in provider.asked if b"BODY.PEEK[])" in line])
        assert bytes_of(north.get(box)) == [content[0], content[2]]
        again = [line for line in provider.asked if b"BODY.PEEK[])" in line][asked:]
        assert len(again) == 1, "the spoiled ones are not asked for twice"
        found = north.get(box)
        north.delete(box, [each.receipt for each in found])
    assert [kept.raw for kept in provider.store.of(NORTH)] == [mails[0].raw], "each copy of what is safe is gone"
    assert third not in provider.store.raws(NORTH)


def test_a_copy_that_comes_late_is_let_go_of(provider: Provider, box: Mailbox) -> None:
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, sealed(1))
        (raw,) = provider.store.raws(NORTH)
        north.delete(box, [each.receipt for each in north.get(box)])
        provider.store.keep(NORTH, raw)
        assert north.get(box) == []
        assert provider.store.raws(NORTH) == []


def test_uids_that_begin_anew_are_no_matter(provider: Provider, box: Mailbox) -> None:
    content = sealed(2)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, content)
        found = north.get(box)
        provider.store.validity += 1
        for kept, uid in zip(provider.store.of(NORTH), (2, 1), strict=True):
            kept.uid = uid
        provider.store.of(NORTH).reverse()
        north.close()
        assert bytes_of(north.get(box)) == content
        north.delete(box, [found[0].receipt])
        assert bytes_of(north.get(box)) == content[1:]


def test_it_stops_in_the_middle_of_a_batch(provider: Provider, box: Mailbox) -> None:
    """What was taken is there; what was not is told, and the next try doubles nothing that a tag would not show."""
    content = sealed(5)
    answers = iter([None, None, "452 4.2.2 Mailbox full"])
    provider.store.refuse = lambda what: next(answers, "452 still full") if what == "DATA" else None
    with client(provider.account(NORTH), NORTH) as north:
        with pytest.raises(MailRefused, match="452"):
            north.put(box, content)
        assert bytes_of(north.get(box)) == content[:2]
        provider.store.refuse = lambda what: None
        north.put(box, content[2:])
        assert bytes_of(north.get(box)) == content


def test_many_mails_take_several_connections(provider: Provider, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "MOST_PER_CONNECTION", 2)
    content = sealed(5)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, content)
        assert bytes_of(north.get(box)) == content
    assert len(provider.taking.names) == 3


def test_an_address_that_is_none_is_said_without_a_secret(provider: Provider, box: Mailbox) -> None:
    provider.store.refuse = lambda what: "550 no such person\x1b[31m" if what == SOUTH else None
    with client(provider.account(NORTH)) as north, pytest.raises(MailRefused) as refused:
        north.put(box, sealed(1))
    assert "550 no such person" in str(refused.value)
    assert "\x1b" not in str(refused.value)
    assert PASSWORD not in str(refused.value)


def test_a_wrong_password(provider: Provider, box: Mailbox) -> None:
    account = provider.account(NORTH, password="not this one")
    for check in (check_smtp, check_imap):
        with pytest.raises(MailRefused, match="name or password") as refused:
            check(account, None)
        assert "not this one" not in str(refused.value)
    assert "not this one" not in repr(account)


def test_a_password_of_any_letters(provider: Provider) -> None:
    """It is refused as wrong, not as something that cannot be said."""
    account = provider.account(NORTH, password="סיסמה ٣")
    for check in (check_smtp, check_imap):
        with pytest.raises(MailRefused):
            check(account, None)


def test_a_provider_that_is_away(box: Mailbox) -> None:
    with Provider(Store()).running() as provider:
        account = provider.account(NORTH)
    with client(account, NORTH) as north:
        for call in (lambda: north.put(box, sealed(1)), lambda: north.get(box), lambda: north.delete(box, ["0" * 56])):
            try:
                call()
            except TransportError as error:
                assert type(error) is MailUnreachable  # noqa: PT017  (a receipt of nobody asks nobody)


def test_a_kept_connection_that_was_closed_is_opened_again(provider: Provider, box: Mailbox) -> None:
    content = sealed(1)
    with client(provider.account(NORTH), NORTH) as north:
        north.put(box, content)
        assert bytes_of(north.get(box)) == content
        north._imap.interrupt()
        assert bytes_of(north.get(box)) == content


def test_one_who_waits_is_woken_by_closing(provider: Provider, box: Mailbox) -> None:
    transport = MailTransport(provider.account(NORTH), NORTH)
    outcomes: list[object] = []

    def wait() -> None:
        try:
            outcomes.append(transport.get(box, wait=600.0))
        except TransportError as error:
            outcomes.append(error)

    thread = threading.Thread(target=wait)
    thread.start()
    while thread.is_alive() and not any(b"SEARCH" in line for line in provider.asked):
        thread.join(0.005)
    while thread.is_alive():
        transport.close()
        thread.join(0.05)
    assert outcomes == [[]] or isinstance(outcomes[0], TransportError)
    transport.close()


def test_waiting_finds_what_comes_meanwhile(provider: Provider, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LOOK_EVERY", 0.01)
    content = sealed(1)
    with client(provider.account(NORTH), NORTH) as north, client(provider.account(SOUTH), NORTH) as south:
        later = threading.Thread(target=lambda: south.put(box, content))
        later.start()
        assert bytes_of(north.get(box, wait=30.0)) == content
        later.join()


# --- servers that lie -------------------------------------------------------------------------------------------------


class Liar:
    """Serves every connection with one script: lines to say, and after each what to wait for."""

    def __init__(self, script: Callable[[socket.socket], None]) -> None:
        self._script = script
        self._listener = socket.create_server((LOOPBACK, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads: list[threading.Thread] = []
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        with connection:
            try:
                self._script(connection)
                while connection.recv(65536):
                    pass
            except OSError:
                return

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._accepting.join()
        for thread in self._threads:
            thread.join(10)


@contextmanager
def lying(script: Callable[[socket.socket], None]) -> Iterator[MailAccount]:
    liar = Liar(script)
    server = MailServer(LOOPBACK, liar.port, Security.PLAIN)
    try:
        yield MailAccount(NORTH, server, server, NORTH, PASSWORD)
    finally:
        liar.close()


def says(*lines: bytes) -> Callable[[socket.socket], None]:
    """Say the first line; then each next one when something was heard. `%t` is the tag that was heard."""

    def script(connection: socket.socket) -> None:
        connection.sendall(lines[0])
        for line in lines[1:]:
            heard = connection.recv(65536)
            if not heard:
                return
            connection.sendall(line.replace(b"%t", heard.split()[0]))

    return script


HELLO = b"* OK hello\r\n"
CAPABLE = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n%t OK x\r\n"


def answers(answer: Callable[[bytes], bytes]) -> Callable[[socket.socket], None]:
    """Say the right thing to everything but what comes by uid, which `answer` answers."""

    def script(connection: socket.socket) -> None:
        connection.sendall(HELLO)
        with connection.makefile("rb") as heard:
            for line in heard:
                tag, word, *_ = line.upper().split()
                said = b""
                if word == b"CAPABILITY":
                    said = b"* CAPABILITY IMAP4rev1 AUTH=PLAIN UIDPLUS\r\n"
                elif word == b"AUTHENTICATE":
                    connection.sendall(b"+ \r\n")
                    heard.readline()
                elif word in (b"SELECT", b"EXAMINE"):
                    said = b"* 1 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n"
                elif word == b"UID":
                    said = answer(line)
                connection.sendall(said + tag + b" OK x\r\n")

    return script


@pytest.mark.parametrize(
    "lines",
    [
        (b"",),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (b"\x16\x03\x01" + bytes(500) + b"\r\n",),
        (b"* OK " + b"x" * 2_000_000,),
        (HELLO, b"%t OK x\r\n"),
        (HELLO, b"* CAPABILITY \xff\xfe\r\n%t OK x\r\n"),
        (HELLO, b"* CAPABILITY {99999999999}\r\n"),
        (HELLO, b"* CAPABILITY {3}\r\nabc\r\n%t OK x\r\n"),
        (HELLO, b"* BYE go away\r\n"),
        (HELLO, b"%t BAD what\r\n"),
        (HELLO, CAPABLE, b"%t NO \xff" + PASSWORD.encode() + b"\r\n"),
        (HELLO, CAPABLE, b"* " * 500_000 + b"\r\n"),
    ],
    ids=range(12),
)
def test_an_imap_server_that_is_none(lines: tuple[bytes, ...], box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap, "ANSWER_TIMEOUT", 0.5)
    monkeypatch.setattr(imap, "LARGEST_ANSWER", 500_000)
    with lying(says(*lines)) as account, client(account, NORTH) as north, pytest.raises(TransportError) as error:
        north.get(box)
    assert type(error.value) in (MailLied, MailRefused, MailUnreachable)
    assert PASSWORD not in str(error.value)


@pytest.mark.parametrize(
    "lines",
    [
        (b"",),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n",),
        (b"220-" + b"x" * 9000,),
        (b"220-again\r\n" * 20_000,),
        (b"554 not today\r\n",),
        (b"220 hello\r\n", b"250-x\r\n250 AUTH\r\n"),
        (b"220 hello\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"535 " + PASSWORD.encode() + b"\r\n"),
        (b"220 hello\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"\xff\xff\r\n"),
        (b"220 hello\r\n", b"250-x\r\n250 AUTH LOGIN\r\n", b"334 VQ\r\n", b"334 UA\r\n", b"535 no\r\n"),
        (b"220 hello\r\n", b"250-x\r\n250 AUTH PLAIN\r\n", b"235 in\r\n", b"550 " + b"y" * 5000 + b"\r\n"),
        (b"220 hello\r\n", b"502 what\r\n", b"502 what\r\n"),
    ],
    ids=range(11),
)
def test_an_smtp_server_that_is_none(lines: tuple[bytes, ...], box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "ANSWER_TIMEOUT", 0.5)
    with lying(says(*lines)) as account, client(account) as north, pytest.raises(TransportError) as error:
        north.put(box, sealed(1))
    assert type(error.value) in (MailLied, MailRefused, MailUnreachable)
    assert PASSWORD not in str(error.value)
    assert len(str(error.value)) < 500


def test_mail_that_goes_on_for_ever_is_given_up(box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that answers a fetch with more than any answer is."""
    monkeypatch.setattr(imap, "LARGEST_ANSWER", 200_000)
    monkeypatch.setattr(imap, "ANSWER_TIMEOUT", 5.0)

    def answer(line: bytes) -> bytes:
        return b"* SEARCH 1\r\n" if b"SEARCH" in line else b"* 1 FETCH (UID 1 BODYSTRUCTURE NIL)\r\n" * 10_000

    with lying(answers(answer)) as account, client(account, NORTH) as north, pytest.raises(MailUnreachable):
        north.get(box)


@pytest.mark.parametrize(
    "said",
    [
        b"* SEARCH x\r\n",
        b"* SEARCH 1 99999999999999999999999\r\n",
        b"* SEARCH {3}\r\nabc\r\n",
        b"* SEARCH -1\r\n",
        b"* 1 FETCH\r\n",
        b"* 1 FETCH (UID 1\r\n",
        b"* 1 FETCH (UID 1 BODY[] {5}\r\nabcde)\r\n",
        b'* 1 FETCH (BODY[] "abc" UID 1)\r\n',
        b"* 1 FETCH (UID 4294967296999 BODY[] NIL)\r\n",
        b"* SEARCH 1\r\n* 1 FETCH (FLAGS () UID 1)\r\n",
        b"* SEARCH 1\r\n* 1 FETCH (UID 1 BODY[] {2}\r\nab BODYSTRUCTURE NIL)\r\n* 1 FETCH (FLAGS (\\Seen))\r\n",
        b"* BYE\r\n",
    ],
    ids=range(12),
)
def test_answers_that_are_none_bring_nothing(box: Mailbox, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr(imap, "ANSWER_TIMEOUT", 0.5)
    with lying(answers(lambda line: said)) as account, client(account, NORTH) as north:
        for call in (lambda: north.get(box), lambda: north.delete(box, [Tags(box).make(1, bytes(4))])):
            try:
                assert not call()
            except TransportError as error:
                assert type(error) in (MailLied, MailRefused, MailUnreachable)  # noqa: PT017  (either will do)


# --- the way there ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["tls", "starttls"])
def test_the_connection_is_protected_before_anything_is_said(
    provider: Provider, box: Mailbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    certificate = self_signed(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", certificate[0])
    names = ("tls", "tls") if kind == "tls" else ("smtp", "imap")
    with (
        fronting(provider.smtp_port, certificate, names[0]) as out,
        fronting(provider.imap_port, certificate, names[1]) as back,
    ):
        account = provider.account(
            NORTH,
            smtp=MailServer(LOOPBACK, out.port, Security(kind)),
            imap=MailServer(LOOPBACK, back.port, Security(kind)),
        )
        with client(account, NORTH) as north:
            content = sealed(2)
            north.put(box, content)
            assert bytes_of(north.get(box)) == content
        said = b"".join(out.in_clear + back.in_clear).upper()
        assert b"AUTH" not in said
        assert b"LOGIN" not in said
        assert (b"STARTTLS" in said) == (kind == "starttls")


@pytest.mark.parametrize("kind", ["tls", "starttls"])
def test_a_certificate_that_nobody_signed_is_refused(provider: Provider, tmp_path: Path, kind: str) -> None:
    certificate = self_signed(tmp_path)
    names = ("tls", "tls") if kind == "tls" else ("smtp", "imap")
    with (
        fronting(provider.smtp_port, certificate, names[0]) as out,
        fronting(provider.imap_port, certificate, names[1]) as back,
    ):
        account = provider.account(
            NORTH,
            smtp=MailServer(LOOPBACK, out.port, Security(kind)),
            imap=MailServer(LOOPBACK, back.port, Security(kind)),
        )
        for check in (check_smtp, check_imap):
            with pytest.raises(MailUnreachable, match="certificate"):
                check(account, None)


def test_a_server_that_takes_starttls_away_is_not_trusted(provider: Provider) -> None:
    """Whoever is on the way may strike it out of the greeting: nothing goes on in clear."""
    account = provider.account(
        NORTH,
        smtp=MailServer(LOOPBACK, provider.smtp_port, Security.STARTTLS),
        imap=MailServer(LOOPBACK, provider.imap_port, Security.STARTTLS),
    )
    for check in (check_smtp, check_imap):
        with pytest.raises(MailRefused, match="STARTTLS"):
            check(account, None)
    assert not any(b"AUTH" in line or b"LOGIN" in line for line in provider.asked)


@pytest.mark.parametrize("name", ["mail.invalid-test", "a" * 56 + ".onion"])
def test_the_proxy_is_given_the_name(
    provider: Provider, box: Mailbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def watched(host: object, *rest: object, **named: object) -> object:
        looked_up.append(str(host))
        return real(host, *rest, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", watched)
    for port in (provider.smtp_port, provider.imap_port):
        proxy = Proxy((LOOPBACK, port))
        server = MailServer(name, port, Security.PLAIN)
        account = provider.account(NORTH, smtp=server, imap=server)
        try:
            (check_smtp if port == provider.smtp_port else check_imap)(account, proxy.url)
        finally:
            proxy.close()
        assert proxy.asked == [(BY_NAME, name, port)]
    assert name not in looked_up


def test_an_onion_is_reached_through_tor_alone(provider: Provider) -> None:
    server = MailServer("a" * 56 + ".onion", 993, Security.TLS)
    for check in (check_smtp, check_imap):
        with pytest.raises(MailUnreachable, match="Tor") as error:
            check(provider.account(NORTH, smtp=server, imap=server), None)
        assert "proxy" in error.value.hint

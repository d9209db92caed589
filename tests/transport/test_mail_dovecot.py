"""Mail over Dovecot: the same promises, kept by a server that we did not write."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from backchannel.app.mail import MailAccount, MailServer, Security
from backchannel.crypto.suite import Role
from backchannel.errors import MailRefused
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.transport.imap import check_imap
from backchannel.transport.mail import MailTransport
from tests.support.dovecot import deliver, serving_dovecot, why_not
from tests.support.mail_imap import Store
from tests.support.mail_server import LOOPBACK, Provider
from tests.support.world import fast_folder
from tests.transport.test_mail import bytes_of

WHY_NOT = why_not()
pytestmark = pytest.mark.skipif(WHY_NOT is not None, reason=str(WHY_NOT))

NORTH = "north@mail.example"
WORD = "some-word"


class MaildirStore(Store):
    """What SMTP brings goes into the maildir that dovecot serves."""

    def __init__(self, place: Path) -> None:
        super().__init__()
        self.place = place

    def deliver(self, address: str, raw: bytes, folder: str = "INBOX") -> None:
        deliver(self.place, address, raw)


@pytest.fixture(scope="module")
def served() -> Iterator[tuple[Path, int]]:
    place = fast_folder()
    place.chmod(0o711)  # its processes have users of their own
    with serving_dovecot(place, WORD) as port:
        yield place, port
    shutil.rmtree(place)


@pytest.fixture
def account(served: tuple[Path, int]) -> Iterator[MailAccount]:
    place, port = served
    with Provider(MaildirStore(place)).running() as provider:
        provider.word = WORD
        server = MailServer(LOOPBACK, port, Security.PLAIN)
        address = f"{os.urandom(4).hex()}@mail.example"
        yield provider.account(address, imap=server, password=WORD)


@contextmanager
def client(account: MailAccount) -> Iterator[MailTransport]:
    transport = MailTransport(account, account.address)
    try:
        yield transport
    finally:
        transport.close()


def fresh() -> Mailbox:
    return mailbox_from(os.urandom(32), Role.INVITER, b"mail")


def test_what_is_put_is_got_in_order_and_deleted(account: MailAccount, served: tuple[Path, int]) -> None:
    box = fresh()
    content = [os.urandom(size) for size in (1024, 65536, 4096, 1024, 16384)]
    letter = b"Subject: dinner\r\nX-Tag: " + b"0f" * 28 + b"\r\n\r\n" + b"Come at eight.\r\n" * 200
    deliver(served[0], account.address, letter)
    with client(account) as here, client(account) as there:
        here.put(box, content)
        found = here.get(box)
        assert bytes_of(found) == content
        assert here.get(box) == there.get(box) == found
        there.delete(box, [found[1].receipt, found[3].receipt])
        assert bytes_of(here.get(box)) == [content[0], content[2], content[4]]
        here.put(box, content[:1])
        left = there.get(box)
        assert bytes_of(left) == [content[0], content[2], content[4], content[0]]
        here.delete(box, [each.receipt for each in left])
        assert there.get(box) == here.get(box) == []
        assert there.get(fresh()) == []
    files = [path for path in (served[0] / "mail" / account.address).rglob("*") if path.parent.name in ("cur", "new")]
    (only,) = files
    assert only.read_bytes().replace(b"\r\n", b"\n") == letter.replace(b"\r\n", b"\n")
    assert "S" not in only.name.rpartition(",")[2], "nothing marks it as read"


def test_a_wrong_password_and_a_folder_that_is_none(account: MailAccount) -> None:
    plain = {"address": account.address, "smtp": account.smtp, "imap": account.imap, "user": account.user}
    with pytest.raises(MailRefused, match="password"):
        check_imap(MailAccount(**plain, password="not it"), None)  # type: ignore[arg-type]
    with pytest.raises(MailRefused, match="folder"):
        check_imap(MailAccount(**plain, password=WORD, folders=("No such thing",)), None)  # type: ignore[arg-type]
    assert check_imap(account, None) == 0

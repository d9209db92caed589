"""Mail, measured on the loopback: what a mail weighs, how fast mails go and come, what an account full of others costs.

The rows that look use Dovecot and are left out where it is not installed: a server in Python would measure itself.
"""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from backchannel.app.mail import MailAccount, MailServer, Security
from backchannel.crypto.suite import Role
from backchannel.line.mailbox import mailbox_from
from backchannel.transport.mail import MailTransport
from backchannel.transport.mail_message import write_mail
from backchannel.transport.mail_tag import Tags
from backchannel.wire.envelope import BUCKETS
from bench.rows import Row
from tests.support.dovecot import deliver, serving_dovecot, why_not
from tests.support.mail_imap import Store
from tests.support.mail_server import LOOPBACK, Provider
from tests.support.world import fast_folder

NAME: Final = "mail"
WORD: Final = "some-word"
ADDRESS: Final = "bench@mail.example"
BOX: Final = mailbox_from(bytes(32), Role.INVITER, b"bench")


def rows(quick: bool) -> Iterator[Row]:
    """Yield one row for each thing measured.

    Args:
        quick: smaller amounts, for a look.
    """
    for size in BUCKETS:
        mail = write_mail(bytes(size), "0" * 56, ADDRESS, ADDRESS, seconds=0, noise=bytes(32))
        yield Row(NAME, f"bytes of a mail with {size:,} of envelope", len(mail), "bytes")
    count = 100 if quick else 1000
    with Provider(Store()).running() as provider:
        began = time.perf_counter()
        _transport(provider.account(ADDRESS)).put(BOX, _sealed(count))
        yield Row(NAME, "mails sent, to a server in Python", count / (time.perf_counter() - began), "1/s")
    if why_not() is None:
        yield from _over_dovecot(count, 1_000 if quick else 10_000)


def _over_dovecot(count: int, others: int) -> Iterator[Row]:
    place = fast_folder()
    place.chmod(0o711)
    letter = b"From: x@mail.example\r\nSubject: dinner\r\n\r\n" + b"Come at eight.\r\n" * 200
    with serving_dovecot(place, WORD) as port, Provider(Store()).running() as provider:
        server = MailServer(LOOPBACK, port, Security.PLAIN)
        account = replace(provider.account(ADDRESS), imap=server, password=WORD)
        for envelope in _sealed(count):
            deliver(place, ADDRESS, _mail(envelope))
        transport = _transport(account)
        began, got = time.perf_counter(), 0
        while found := transport.get(BOX):
            got += len(found)
            transport.delete(BOX, [each.receipt for each in found])
        assert got == count
        yield Row(NAME, "mails fetched and deleted, from Dovecot", count / (time.perf_counter() - began), "1/s")
        for _ in range(others):
            deliver(place, ADDRESS, letter)
        transport.get(BOX)  # Dovecot makes its index once
        transport.close()
        fresh = _transport(account)
        for what in ("first look of a process", "next look of it"):
            began = time.perf_counter()
            fresh.get(BOX)
            yield Row(NAME, f"{what}, {others:,} other mails", (time.perf_counter() - began) * 1000, "ms")
        fresh.close()
    shutil.rmtree(place)


def _transport(account: MailAccount) -> MailTransport:
    return MailTransport(account, ADDRESS)


def _sealed(count: int) -> Sequence[bytes]:
    return [os.urandom(1024) for _ in range(count)]


def _mail(envelope: bytes) -> bytes:
    tag = Tags(BOX).make(time.time_ns(), os.urandom(4))
    return write_mail(envelope, tag, ADDRESS, ADDRESS, seconds=0, noise=os.urandom(32))

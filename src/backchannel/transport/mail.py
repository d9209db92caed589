"""Mail: one envelope is one mail with one attachment, sent by SMTP and fetched by IMAP (spec 5.5).

A mail has a tag that only the two who know the mailbox can tell from noise. So one account can serve many lines and
other people's mail beside them: what is not ours is neither opened nor touched. The tag also says the order, so that a
server may double and reorder as it likes.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from typing import Final

from backchannel.app.mail import MailAccount
from backchannel.app.ports import Found
from backchannel.errors import Malformed
from backchannel.line.mailbox import Mailbox
from backchannel.transport import mail_tag
from backchannel.transport.imap import ImapConnection, Place
from backchannel.transport.mail_message import read_mail, write_mail
from backchannel.transport.mail_tag import Tags
from backchannel.transport.smtp import send_mails

MOST_AT_ONCE: Final = 64
LOOK_EVERY: Final = 20.0
"""Seconds between two looks while one waits: mail takes its time."""

_LONGEST_TAG: Final = 2 * mail_tag.TAG_SIZE


class MailTransport:
    """Mailboxes of the lines of one account, towards one address."""

    shared = False

    def __init__(self, account: MailAccount, to: str, proxy: str | None = None) -> None:
        """Name an account and an address.

        Args:
            account: by which we send and fetch.
            to: the other side's address.
            proxy: a SOCKS proxy, `socks5://host:port`, that also resolves the servers' names.
        """
        self.name = f"mail to {to}"
        self._account = account
        self._to = to
        self._proxy = proxy
        self._imap = ImapConnection(account, proxy)
        self._in_use = threading.Lock()
        self._woken = threading.Event()
        self._sequence = mail_tag.Sequence()
        self._let_go: set[str] = set()
        self._without: set[Place] = set()

    def put(self, mailbox: Mailbox, envelopes: Sequence[bytes]) -> None:
        """Hand over envelopes, each as a mail of its own.

        Raises:
            TransportError: none, or not all, could be handed over.
        """
        tags = Tags(mailbox)
        mails = [
            write_mail(
                envelope,
                tags.make(self._sequence.next(), os.urandom(mail_tag.NOISE_SIZE)),
                self._account.address,
                self._to,
                seconds=int(time.time()),
                noise=os.urandom(32),
            )
            for envelope in envelopes
        ]
        if mails:
            send_mails(self._account, self._to, mails, self._proxy)

    def get(self, mailbox: Mailbox, *, wait: float = 0.0) -> list[Found]:
        """Return envelopes of a mailbox, the oldest first.

        Raises:
            TransportError: the account cannot be asked now.
        """
        self._woken.clear()
        tags = Tags(mailbox)
        until = time.monotonic() + wait
        while True:
            with self._in_use:
                found = self._get(tags)
            left = until - time.monotonic()
            if found or left <= 0 or self._woken.wait(min(left, LOOK_EVERY)):
                return found

    def _get(self, tags: Tags) -> list[Found]:
        copies = self._copies(tags)
        self._imap.delete([place for tag in self._let_go & copies.keys() for place in copies.pop(tag)])
        found: list[Found] = []
        waiting = sorted(copies, key=lambda tag: tags.order(tag) or b"")
        while waiting and len(found) < MOST_AT_ONCE:
            batch, waiting = waiting[:MOST_AT_ONCE], waiting[MOST_AT_ONCE:]
            found.extend(self._read({tag: copies[tag] for tag in batch}))
        return found[:MOST_AT_ONCE]

    def _read(self, copies: dict[str, list[Place]]) -> list[Found]:
        """Read one mail of each tag; where a server has spoiled it, the next copy of it."""
        envelopes: dict[str, bytes] = {}
        while wanted := {
            tag: left[0]
            for tag, places in copies.items()
            if tag not in envelopes and (left := [place for place in places if place not in self._without])
        }:
            raws = self._imap.fetch(list(wanted.values()))
            for tag, place in wanted.items():
                try:
                    envelopes[tag] = read_mail(raws[place])
                except (Malformed, KeyError):  # not as we wrote it, or gone: it is left alone, and not asked for again
                    self._without.add(place)
        return [Found(envelopes[tag], tag) for tag in copies if tag in envelopes]

    def _copies(self, tags: Tags) -> dict[str, list[Place]]:
        """Return where the mails of a mailbox lie, by tag; a server may have made several of one."""
        copies: dict[str, list[Place]] = {}
        for place, said in sorted(self._imap.look().items()):
            for tag in said:
                if tags.order(tag) is not None:
                    copies.setdefault(tag, []).append(place)
        return copies

    def delete(self, mailbox: Mailbox, receipts: Sequence[str]) -> None:
        """Delete the mails of envelopes that are safe in the vault, every copy of them.

        Raises:
            TransportError: they will be found again.
        """
        tags = Tags(mailbox)
        named = {receipt for receipt in receipts if len(receipt) == _LONGEST_TAG and tags.order(receipt) is not None}
        if not named:
            return
        with self._in_use:
            copies = self._copies(tags)
            self._let_go |= named
            self._imap.delete([place for tag in named & copies.keys() for place in copies[tag]])

    def close(self) -> None:
        """Close the connection; if another thread is using it, wake that one."""
        self._woken.set()
        if self._in_use.acquire(blocking=False):
            try:
                self._imap.close()
            finally:
                self._in_use.release()
        else:
            self._imap.interrupt()

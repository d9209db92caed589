"""A mail provider on the loopback: real SMTP (aiosmtpd) and real IMAP (twisted) over one store, with faults at will."""

# ruff: noqa: N802  (aiosmtpd names its hooks so)

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import Message
from random import Random
from typing import Any, Final

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from backchannel.app.mail import MailAccount, MailServer, Security
from tests.support.mail_imap import PASSWORD, Spoil, Store, serving_imap

LOOPBACK: Final = "127.0.0.1"

logging.getLogger("mail.log").setLevel(logging.ERROR)  # at each login aiosmtpd warns of what it does itself


# --- SMTP -------------------------------------------------------------------------------------------------------------


class Taking:
    """What aiosmtpd asks of us."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.names: list[str] = []
        self.taken = 0

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, answers: list[str]) -> list[str]:
        session.host_name = name
        self.names.append(name)
        return answers

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        refusal = self.store.refuse(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        refusal = self.store.refuse("DATA")
        if refusal is not None:
            return refusal
        for address in envelope.rcpt_tos:
            self.store.deliver(address, b"Received: from nowhere\r\n" + envelope.content)
        self.taken += 1
        return "250 OK"


class _Controller(Controller):
    """Takes any free port, and greets itself there."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


class Provider:
    """A running provider."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.word = PASSWORD
        self.asked: list[bytes] = []
        self.taking = Taking(store)

    def _checks(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        good = isinstance(data, LoginPassword) and data.password == self.word.encode()
        return AuthResult(success=good, handled=False)

    @contextmanager
    def running(self) -> Iterator[Provider]:
        controller = _Controller(
            self.taking, hostname=LOOPBACK, port=0, authenticator=self._checks, auth_require_tls=False
        )
        controller.start()
        self.smtp_port = controller.port
        try:
            with serving_imap(self.store, self.asked) as self.imap_port:
                yield self
        finally:
            controller.stop()

    def account(self, address: str, **changes: Any) -> MailAccount:
        plain = Security.PLAIN
        given: dict[str, Any] = {
            "address": address,
            "smtp": MailServer(LOOPBACK, self.smtp_port, plain),
            "imap": MailServer(LOOPBACK, self.imap_port, plain),
            "user": address,
            "password": PASSWORD,
        }
        return MailAccount(**(given | changes))


# --- faults -----------------------------------------------------------------------------------------------------------


def troubled(seed: int) -> Spoil:
    """A provider that doubles, holds back and reorders, writes headers anew, encodes anew and adds a footer."""
    chance = Random(seed)

    def spoil(raw: bytes) -> list[bytes]:
        return [rewritten(raw, chance) for _ in range(chance.choice((1, 1, 2, 3)))]

    return spoil


def shuffled(seed: int) -> Iterator[int]:
    """Uids without an order: what came first stands anywhere."""
    chance = Random(seed)
    while True:
        yield chance.randrange(1, 2**31)


def rewritten(raw: bytes, chance: Random) -> bytes:
    """A mail as a gateway may leave it."""
    mail = message_from_bytes(raw)
    del mail["Message-ID"]
    mail["Message-ID"] = f"<{chance.randrange(10**9)}@gateway.example>"
    mail.replace_header("Subject", f"[external] {mail['Subject']}")
    attached = mail.get_payload(1)
    assert isinstance(attached, Message)
    text = "".join(str(attached.get_payload()).split())
    width = chance.choice((60, 64, 72, 76))
    attached.set_payload("\n".join(text[at : at + width] for at in range(0, len(text), width)))
    footer = Message()
    footer["Content-Type"] = "text/plain; charset=utf-8"
    footer.set_payload("This mail was looked at by a gateway.\n" * chance.randrange(1, 30))
    mail.attach(footer)
    return mail.as_bytes()

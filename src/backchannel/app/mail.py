"""Mail: the account by which a vault sends and fetches, and the other side's addresses (spec 5.5)."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from backchannel.app.desk import Desk
from backchannel.app.ports import Transaction
from backchannel.errors import Malformed

SETTING: Final = "mail"
"""The vault's setting that holds the account, password and all."""


class Security(StrEnum):
    """How a connection to a mail server is kept from those on the way."""

    TLS = "tls"
    STARTTLS = "starttls"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where a mail server listens.

    Attributes:
        host: name or address.
        port: TCP port.
        security: how the connection is protected.
    """

    host: str
    port: int
    security: Security

    def __str__(self) -> str:
        return f"{self.security}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class MailAccount:
    """An account with a mail provider.

    Attributes:
        address: what the other side sends to, and what stands in From.
        smtp: the server that takes mail.
        imap: the server that keeps it.
        user: the name to log in with.
        password: its password.
        folders: where envelopes may lie, in the account.
    """

    address: str
    smtp: MailServer
    imap: MailServer
    user: str
    password: str = field(repr=False)
    folders: tuple[str, ...] = ("INBOX",)

    def to_text(self) -> str:
        """Return the account as secret text for the vault."""
        return json.dumps({"version": 1, **asdict(self)}, ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> MailAccount:
        """Read what `to_text` wrote.

        Raises:
            Malformed: another form, or another version.
        """
        try:
            value = json.loads(text)
            if value.pop("version") != 1:
                raise Malformed("mail account")
            smtp, imap = (_server(value.pop(name)) for name in ("smtp", "imap"))
            return cls(smtp=smtp, imap=imap, folders=tuple(value.pop("folders")), **value)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Malformed("mail account") from error


def _server(value: dict[str, Any]) -> MailServer:
    return MailServer(value["host"], value["port"], Security(value["security"]))


def account_in(transaction: Transaction) -> MailAccount | None:
    """Return the vault's mail account, if it has one."""
    text = transaction.setting(SETTING)
    return None if text is None else MailAccount.from_text(text)


def mail_account(desk: Desk) -> MailAccount | None:
    """Return the vault's mail account, if it has one."""
    with desk.look() as transaction:
        return account_in(transaction)


def save_mail_account(desk: Desk, account: MailAccount | None) -> None:
    """Keep an account in the vault, in place of the one before; None forgets it."""
    with desk.work() as work:
        work.transaction.save_setting(SETTING, None if account is None else account.to_text())


def mail_to(desk: Desk, name: str, address: str, *, remove: bool = False) -> tuple[str, ...]:
    """Let a line also travel by mail to an address, or no longer; return the addresses that it then has.

    Args:
        desk: where.
        name: the line.
        address: the other side's.
        remove: do not use it any more.

    Raises:
        LineUnknown: there is no such line.
    """
    with desk.work() as work:
        line = work.transaction.line_named(name)
        others = tuple(known for known in line.mails if known != address)
        line = replace(line, mails=others if remove else (*others, address))
        work.transaction.save_line(line)
        return line.mails

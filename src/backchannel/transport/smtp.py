"""Sending mail: one connection to the account's SMTP server (RFC 5321, 6409), bounded in time and in size.

The standard library's client speaks the protocol; what it does by itself and we do not want is left out: it does not
look up this machine's name, does not connect past the proxy, and shows nothing of the password.
"""

from __future__ import annotations

import base64
import io
import smtplib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final

from backchannel.app.mail import MailAccount, Security
from backchannel.errors import MailLied, MailRefused, MailUnreachable, TransportError
from backchannel.transport.dialing import dial, is_onion
from backchannel.transport.pacing import Paced

ANSWER_TIMEOUT: Final = 120.0
LARGEST_ANSWER: Final = 64 * 1024
MOST_PER_CONNECTION: Final = 50
"""Mails; providers end a connection that brings many more."""

OURSELVES: Final = "[127.0.0.1]"
"""What the server is told of this machine."""

_SHOWN: Final = 120


def send_mails(account: MailAccount, to: str, mails: Sequence[bytes], proxy: str | None) -> None:
    """Hand mails over to the account's server; when this returns it has taken every one.

    Raises:
        TransportError: none, or not all, could be handed over.
    """
    for at in range(0, len(mails), MOST_PER_CONNECTION):
        with _connected(account, proxy) as smtp:
            for mail in mails[at : at + MOST_PER_CONNECTION]:
                smtp.sendmail(account.address, to, mail)


def check_smtp(account: MailAccount, proxy: str | None) -> None:
    """Log in and out again.

    Raises:
        TransportError: that does not work.
    """
    with _connected(account, proxy):
        pass


@contextmanager
def _connected(account: MailAccount, proxy: str | None) -> Iterator[_Smtp]:
    name = f"mail server {account.smtp}"
    smtp = _Smtp(local_hostname=OURSELVES)
    try:
        smtp.dial(account, proxy)
        smtp.log_in(account.user, account.password)
        yield smtp
        with suppress(smtplib.SMTPException, OSError):
            smtp.quit()
    except TransportError as error:
        raise type(error)(f"{name}: {error.detail}" if error.detail else name, hint=error.hint) from error
    except smtplib.SMTPRecipientsRefused as error:
        code, text = next(iter(error.recipients.values()))
        raise MailRefused(f"{name}: it takes no mail for this address; {_told(code, text)}") from error
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 0:
            raise MailLied(name) from error
        raise MailRefused(f"{name}: {_told(error.smtp_code, error.smtp_error)}") from error
    except (smtplib.SMTPServerDisconnected, OSError) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise MailUnreachable(f"{name}: {reason}") from error
    except (ValueError, TypeError, LookupError, AttributeError) as error:  # so the library breaks on a strange answer
        raise MailLied(name) from error
    finally:
        smtp.close()


class _Smtp(smtplib.SMTP):
    """A client that reads within bounds."""

    def dial(self, account: MailAccount, proxy: str | None) -> None:
        """Connect, greet, and protect the connection as the account says."""
        server = account.smtp
        if proxy is None and is_onion(server.host):
            raise MailUnreachable("it is reached through Tor alone", hint="set the proxy with: backchannel proxy")
        self.sock = dial(server.host, server.port, proxy)
        if server.security is Security.TLS:
            self._protect(server.host)
        code, text = self.getreply()
        if code != 220:
            raise smtplib.SMTPResponseException(code, text)
        self.ehlo_or_helo_if_needed()
        if server.security is Security.STARTTLS:
            code, text = self.docmd("STARTTLS")
            if code != 220:
                raise MailRefused(f"it does not offer STARTTLS; {_told(code, text)}")
            self._protect(server.host)
            self.ehlo_resp = self.helo_resp = None
            self.esmtp_features = {}
            self.ehlo_or_helo_if_needed()

    def _protect(self, host: str) -> None:
        import ssl  # costs start-up time that only TLS needs

        assert self.sock is not None  # noqa: S101  (dial has connected it)
        self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=host)
        self.file = None  # what came before is not what the protected server said

    def log_in(self, user: str, password: str) -> None:
        """Log in; what the server says of it is not shown, it might repeat what it was given."""
        ways = str(self.esmtp_features.get("auth", "")).upper().split()
        if "PLAIN" in ways:
            code, _ = self.docmd("AUTH", f"PLAIN {_encoded(chr(0) + user + chr(0) + password)}")
        elif "LOGIN" in ways:
            code, _ = self.docmd("AUTH", "LOGIN")
            for word in (user, password):
                code = self.docmd(_encoded(word))[0] if code == 334 else code
        else:
            raise MailRefused("it offers no login by password")
        if code < 0:
            raise MailLied
        if code != 235:
            raise MailRefused(f"name or password; status {code}")

    def getreply(self) -> tuple[int, bytes]:
        """Read one answer, within its budget."""
        if self.file is None:
            assert self.sock is not None  # noqa: S101  (nothing is read before dial)
            self._paced = Paced(self.sock, LARGEST_ANSWER, ANSWER_TIMEOUT, smtplib.SMTPServerDisconnected)
            self.file = io.BufferedReader(self._paced)
        self._paced.renew(ANSWER_TIMEOUT)
        return super().getreply()


def _encoded(word: str) -> str:
    return base64.b64encode(word.encode()).decode("ascii")


def _told(code: int, text: bytes | str) -> str:
    """Return what a server said, in characters that do nothing."""
    said = text.decode("ascii", "replace") if isinstance(text, bytes) else text
    shown = "".join(character if " " <= character <= "~" else " " for character in said)[:_SHOWN]
    return f"it says {code} {shown}".rstrip()

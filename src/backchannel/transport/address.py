"""Addresses: what a person may name as a relay, a proxy, a mail server or a mailbox of mail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from backchannel.app.mail import MailServer, Security
from backchannel.errors import ConfigRefused
from backchannel.transport.dialing import is_onion

SUBMISSION_PORTS: Final = {465: Security.TLS, 587: Security.STARTTLS, 25: Security.STARTTLS}
IMAP_PORTS: Final = {993: Security.TLS, 143: Security.STARTTLS}

_MAIL: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")


@dataclass(frozen=True, slots=True)
class RelayAddress:
    """Where a relay listens.

    Attributes:
        secure: whether to speak TLS.
        host: name or address.
        port: TCP port.
        prefix: path in front of every request, without a slash at its end.
    """

    secure: bool
    host: str
    port: int
    prefix: str

    @property
    def url(self) -> str:
        """Return the address in its one spelling."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = self.port == (443 if self.secure else 80)
        return f"http{'s' * self.secure}://{host}{'' if usual else f':{self.port}'}{self.prefix}"

    @property
    def onion(self) -> bool:
        """Say whether it is reached through Tor alone."""
        return is_onion(self.host)

    @property
    def exposed(self) -> bool:
        """Say whether others on the way would see the capabilities that are shown to the relay."""
        return not (self.secure or self.onion or _is_loopback(self.host))


def relay_address(url: str) -> RelayAddress:
    """Return the parts of a relay's address.

    Raises:
        ConfigRefused: it is not an address of the form http(s)://host[:port][/path].
    """
    try:
        parts = urlsplit(url.strip())
        port = (443 if parts.scheme == "https" else 80) if parts.port is None else parts.port
        host = parts.hostname
    except ValueError as error:
        raise ConfigRefused(f"{url!r} is not an address") from error
    odd = not port or "@" in parts.netloc or parts.query or parts.fragment
    if parts.scheme not in ("http", "https") or not host or odd:
        raise ConfigRefused(f"{url!r} is not of the form https://host:port")
    if any(character <= " " or character > "~" for character in parts.path + host):
        raise ConfigRefused(f"{url!r} has characters that an address cannot have")
    return RelayAddress(parts.scheme == "https", host, port, parts.path.rstrip("/"))


def proxy_address(url: str) -> str:
    """Return a SOCKS proxy's address in its one spelling.

    Raises:
        ConfigRefused: it is not of the form socks5://host:port.
    """
    try:
        parts = urlsplit(url.strip())
        port, host = parts.port, parts.hostname
    except ValueError as error:
        raise ConfigRefused(f"{url!r} is not an address") from error
    if parts.scheme not in ("socks5", "socks5h") or not host or not port or parts.path.strip("/") or parts.query:
        raise ConfigRefused(f"{url!r} is not of the form socks5://host:port")
    user = f"{parts.username}:{parts.password or ''}@" if parts.username else ""
    return f"socks5://{user}{f'[{host}]' if ':' in host else host}:{port}"


def mail_server(text: str, ports: dict[int, Security]) -> MailServer:
    """Return a mail server: `host`, `host:port`, or `tls://`, `starttls://` or `plain://` in front of it.

    Args:
        text: what the person wrote.
        ports: the usual ports, the best first, and how they are protected.

    Raises:
        ConfigRefused: it is not of that form.
    """
    named = text.strip()
    try:
        parts = urlsplit(named if "://" in named else f"//{named}")
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise ConfigRefused(f"{text!r} is not a mail server") from error
    odd = parts.path.strip("/") or parts.query or parts.fragment or "@" in parts.netloc or port == 0
    schemes = {"", *Security}
    if parts.scheme not in schemes or odd or not host or not re.fullmatch(r"[A-Za-z0-9.:_-]{1,255}", host):
        raise ConfigRefused(f"{text!r} is not of the form host:port, or starttls://host:port")
    if parts.scheme:
        security = Security(parts.scheme)
        usual = next((known for known, how in ports.items() if how is security), min(ports))
        return MailServer(host, port or usual, security)
    port = port or next(iter(ports))
    return MailServer(host, port, ports.get(port, Security.TLS))


def is_exposed(server: MailServer) -> bool:
    """Say whether others on the way would see the password."""
    return server.security is Security.PLAIN and not (is_onion(server.host) or _is_loopback(server.host))


def mail_address(text: str) -> str:
    """Return an address of mail.

    Raises:
        ConfigRefused: it is not of the form name@domain, in plain characters.
    """
    address = text.strip()
    if not _MAIL.fullmatch(address) or ".." in address:
        raise ConfigRefused(f"{text!r} is not of the form name@domain", hint="write other letters as the xn-- form")
    return address


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""Relay addresses: what a person may name as a relay or a proxy."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from backchannel.errors import ConfigRefused


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
        return self.host.rstrip(".").endswith(".onion")

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


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")

"""A TCP connection, direct or through a SOCKS proxy that resolves the name: nobody on this machine looks it up."""

from __future__ import annotations

import socket
from typing import Final

CONNECT_TIMEOUT: Final = 15.0
CONNECT_TIMEOUT_PROXY: Final = 90.0


def dial(host: str, port: int, proxy: str | None) -> socket.socket:
    """Return a connected socket.

    Args:
        host: name or address.
        port: TCP port.
        proxy: `socks5://host:port`, or None for a direct way.

    Raises:
        OSError: no connection; what a proxy said of it stands in its text.
    """
    if proxy is None:
        return socket.create_connection((host, port), timeout=CONNECT_TIMEOUT)
    from python_socks import ProxyError  # costs start-up time that only proxies need
    from python_socks.sync import Proxy

    try:
        return Proxy.from_url(proxy, rdns=True).connect(host, port, timeout=CONNECT_TIMEOUT_PROXY)
    except ProxyError as error:
        raise OSError(f"the proxy says: {error}") from error


def is_onion(host: str) -> bool:
    """Say whether a host is reached through Tor alone."""
    return host.rstrip(".").endswith(".onion")

"""What a person or an operator sets: addresses of relays and proxies; each has one spelling, or is refused."""

from __future__ import annotations

from backchannel.errors import ConfigRefused
from backchannel.transport.address import proxy_address, relay_address


def examples() -> list[bytes]:
    """Valid inputs to start from."""
    return [
        b"http://127.0.0.1:8440",
        b"https://relay.example/some/path/",
        b"https://[2001:db8::1]:8440",
        b"http://aaaaaaaaaaaaaaaa.onion",
        b"socks5://127.0.0.1:9050",
        b"socks5h://user:word@[::1]:9150",
    ]


def one_input(data: bytes) -> None:
    """Read the same text as a relay's address and as a proxy's."""
    text = data.decode("utf-8", errors="surrogateescape")
    try:
        address = relay_address(text)
    except ConfigRefused:
        pass
    else:
        assert 0 < address.port < 65536
        assert relay_address(address.url) == address
        assert not (address.onion and address.exposed)
    try:
        proxy = proxy_address(text)
    except ConfigRefused:
        return
    assert proxy_address(proxy) == proxy

"""Addresses of relays and proxies: one spelling, or a clear no."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backchannel.errors import ConfigRefused
from backchannel.transport.address import RelayAddress, proxy_address, relay_address


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://relay.example", RelayAddress(secure=True, host="relay.example", port=443, prefix="")),
        ("http://127.0.0.1:8440", RelayAddress(secure=False, host="127.0.0.1", port=8440, prefix="")),
        ("http://127.0.0.1:8440/", RelayAddress(secure=False, host="127.0.0.1", port=8440, prefix="")),
        ("HTTPS://Relay.Example:443/some/where/", RelayAddress(True, "relay.example", 443, "/some/where")),
        ("http://[::1]:5", RelayAddress(secure=False, host="::1", port=5, prefix="")),
        ("  http://h  ", RelayAddress(secure=False, host="h", port=80, prefix="")),
    ],
)
def test_addresses_are_read(url: str, address: RelayAddress) -> None:
    assert relay_address(url) == address
    assert relay_address(address.url) == address


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("HTTP://H:80/", "http://h"),
        ("https://h:443", "https://h"),
        ("https://h:80", "https://h:80"),
        ("http://h:443/x/", "http://h:443/x"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_each_address_has_one_spelling(url: str, spelling: str) -> None:
    assert relay_address(url).url == spelling


@pytest.mark.parametrize(
    "url",
    [
        "", "relay.example", "relay.example:8440", "ftp://h", "file:///etc/passwd", "http://", "http:///path", "https://:443",
        "http://h:0", "http://h:65536", "http://h:-1", "http://h:x", "http://u@h", "http://u:p@h", "http://:p@h", "http://@h",
        "http://h/?q=1", "http://h/#f", "http://h/sp ace", "http://רילאי.example", "http://h/\x1b[31m", "http://[::1",
        "http://h\u202e", "javascript:alert(1)", "http://\x00",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(ConfigRefused) as refused:
        relay_address(url)
    assert str(refused.value).isprintable()


@given(st.text() | st.text().map("http://{}".format))
def test_nothing_that_a_person_types_does_worse_than_be_refused(url: str) -> None:
    try:
        address = relay_address(url)
    except ConfigRefused:
        return
    assert relay_address(address.url) == address
    assert address.url.isascii()
    assert address.url.isprintable()


@pytest.mark.parametrize("host", ["abc.onion", "ABC.Onion", "abc.onion.", "a.b.onion"])
def test_an_onion_is_known_however_it_is_written(host: str) -> None:
    assert relay_address(f"http://{host}:80").onion


@pytest.mark.parametrize(
    ("url", "exposed"),
    [
        ("https://relay.example", False),
        ("http://relay.example", True),
        ("http://10.0.0.1", True),
        ("http://0.0.0.0", True),
        ("http://127.0.0.1:1", False),
        ("http://127.5.5.5", False),
        ("http://[::1]", False),
        ("http://localhost", False),
        ("http://a.localhost", False),
        ("http://localhost.example", True),
        ("http://onion.example", True),
        ("http://x.onion", False),
    ],
)
def test_an_open_road_is_known(url: str, *, exposed: bool) -> None:
    assert relay_address(url).exposed is exposed


@pytest.mark.parametrize(
    ("url", "spelling"),
    [
        ("socks5://127.0.0.1:9050", "socks5://127.0.0.1:9050"),
        ("socks5h://127.0.0.1:9050/", "socks5://127.0.0.1:9050"),
        ("socks5://[::1]:9050", "socks5://[::1]:9050"),
        ("socks5://user:word@h:1", "socks5://user:word@h:1"),
        (" socks5://h:1 ", "socks5://h:1"),
    ],
)
def test_proxies_are_read(url: str, spelling: str) -> None:
    assert proxy_address(url) == spelling
    assert proxy_address(spelling) == spelling


@pytest.mark.parametrize(
    "url",
    [
        "",
        "h:1",
        "http://h:1",
        "socks4://h:1",
        "socks5://h",
        "socks5://:1",
        "socks5://h:x",
        "socks5://h:0",
        "socks5://h:1/p",
    ],
)
def test_what_is_no_proxy_is_refused(url: str) -> None:
    with pytest.raises(ConfigRefused):
        proxy_address(url)


@given(st.text() | st.text().map("socks5://{}".format))
def test_a_proxy_is_read_or_refused(url: str) -> None:
    try:
        spelling = proxy_address(url)
    except ConfigRefused:
        return
    assert proxy_address(spelling) == spelling

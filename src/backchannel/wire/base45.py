"""Base45: bytes in the alphanumeric alphabet of QR codes, one text for each (spec 5.2.2, RFC 9285)."""

from __future__ import annotations

from typing import Final

from backchannel.errors import ArmorDamaged

_BASE45: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_BASE45_VALUES: Final = {symbol: value for value, symbol in enumerate(_BASE45)}


def base45_encode(data: bytes) -> str:
    """Return `data` in base45 (RFC 9285, section 4)."""
    out = []
    for at in range(0, len(data) - 1, 2):
        rest, first = divmod(data[at] << 8 | data[at + 1], 45)
        third, second = divmod(rest, 45)
        out.append(_BASE45[first] + _BASE45[second] + _BASE45[third])
    if len(data) % 2:
        second, first = divmod(data[-1], 45)
        out.append(_BASE45[first] + _BASE45[second])
    return "".join(out)


def base45_decode(text: str) -> bytes:
    """Return the bytes of `text`; each byte string has one text (RFC 9285, section 4).

    Raises:
        ArmorDamaged: a symbol, a length or a value that base45 does not have.
    """
    try:
        values = [_BASE45_VALUES[symbol] for symbol in text]
    except KeyError:
        raise ArmorDamaged("a symbol that is not in base45") from None
    out = bytearray()
    for at in range(0, len(values), 3):
        group = values[at : at + 3]
        width = len(group) - 1
        value = sum(digit * 45**power for power, digit in enumerate(group))
        if width == 0 or value >= 256**width:
            raise ArmorDamaged("not base45")
        out += value.to_bytes(width, "big")
    return bytes(out)

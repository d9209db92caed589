"""The safety number: sixty digits, read out loud, that show that nobody sits in between (spec 3.6)."""

from __future__ import annotations

import unicodedata
from hmac import compare_digest
from typing import Final

from backchannel.crypto.kdf import derive
from backchannel.crypto.suite import info
from backchannel.line.identity import LineContext

DIGITS: Final = 60
GROUP: Final = 5


def safety_number(context: LineContext) -> str:
    """Return the sixty digits of a line: the same on both sides if, and only if, the identity keys are."""
    raw = derive(
        context.inviter.curve + context.inviter.hybrid + context.joiner.curve + context.joiner.hybrid,
        info("safety number"),
        size=64,
    )
    return str(int.from_bytes(raw, "big") % 10**DIGITS).zfill(DIGITS)


def grouped(digits: str) -> list[str]:
    """Return the digits in groups of five, to be read out loud."""
    return [digits[at : at + GROUP] for at in range(0, len(digits), GROUP)]


def read_digits(typed: str) -> str:
    """Return the digits in what a person typed, as Western digits.

    Western, Arabic-Indic and Persian digits are taken; spaces, hyphens, marks of direction and the like are passed
    over, and so is everything else that is no digit.
    """
    values = (unicodedata.digit(character, None) for character in unicodedata.normalize("NFKC", typed))
    return "".join(str(value) for value in values if value is not None)


def same(digits: str, typed: str) -> bool:
    """Say whether a person typed exactly these digits."""
    return compare_digest(digits, read_digits(typed))

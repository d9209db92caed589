"""Names folded, so that two ways to write the same letters are one (the original is kept beside it, always).

Marks, format characters, tatweel, geresh and quotes go; forms of one letter become one; final letters, digits of any
script and case as well. What stands between words becomes one blank.

Source: UAX 15 (NFKC); the folding of Lucene's Arabic normaliser; Hebrew finals and geresh by hand.
"""

from __future__ import annotations

import unicodedata
from enum import Enum
from typing import Final

_LETTERS: Final = {
    **dict.fromkeys("ٱأإآ", "ا"),
    **dict(zip("ىیؤئةۀہکڪګڤپچگ", "ييويهههكككفبجج", strict=True)),
    **dict(zip("ךםןףץ", "כמנפצ", strict=True)),
    "װ": "וו", "ױ": "וי", "ײ": "יי",
    "ø": "o", "đ": "d", "ł": "l", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th", "ð": "d",
}  # fmt: skip
_GONE: Final = frozenset("ـء'’‘`´ʼʾʿ׳״\"“”„ʻˈ.·")


class Script(Enum):
    """What a word is mostly written in."""

    LATIN = "Latin"
    ARABIC = "Arabic"
    HEBREW = "Hebrew"
    OTHER = "other"


def fold(text: str) -> str:
    """Return the folded form of a name or of any text; nothing but letters, digits and single blanks.

    Args:
        text: as it was written, in any script.
    """
    out: list[str] = []
    for letter in unicodedata.normalize("NFKD", text).casefold():
        kind = unicodedata.category(letter)
        if letter in _GONE or (kind in ("Mn", "Me", "Cf", "Cc") and not letter.isspace()):
            continue
        if kind == "Nd":
            out.append(str(unicodedata.digit(letter)))
        elif kind[0] == "L":
            out.append(_LETTERS.get(letter, letter))
        else:
            out.append(" ")
    return " ".join(unicodedata.normalize("NFKC", "".join(out)).split())


def script_of(word: str) -> Script:
    """Return the script of a word's first letter that has one of ours."""
    for letter in word:
        if "\u0600" <= letter <= "\u06ff":
            return Script.ARABIC
        if "\u0590" <= letter <= "\u05ff":
            return Script.HEBREW
        if "a" <= letter <= "z":
            return Script.LATIN
    return Script.OTHER

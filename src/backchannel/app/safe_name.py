"""Names of files that came from somebody else, made fit for this machine's disk (spec 8.7).

A name is a claim. It must not lead out of the folder, hide what kind of file it is, or mean something to the system.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

LONGEST: Final = 150
"""Bytes of a safe name in UTF-8 at most: encrypted file systems take no more than 143, others 255."""

NAMELESS: Final = "file"
_FORBIDDEN: Final = frozenset('<>:"|?*')
_RESERVED: Final = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|com[0-9¹²³]|lpt[0-9¹²³])", re.IGNORECASE)
_UNSEEN: Final = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))


def safe_name(name: str) -> str:
    """Return a name that is a file's in one folder, on any system, and reads as it is written.

    Folders in front of it are left out, and characters that steer, reorder or do not show are: so `photo<RLO>gpj.exe`,
    which a screen shows as `photoexe.jpg`, becomes `photogpj.exe`. Spaces and dots at its ends go, names that Windows
    keeps for devices get a mark in front, and a long one loses its middle and keeps its ending.

    Args:
        name: as the other side gave it.
    """
    last = re.split(r"[/\\]", name)[-1]
    shown = "".join(character for character in last if unicodedata.category(character) not in _UNSEEN)
    spaced = "".join(" " if character.isspace() else character for character in shown)
    plain = "".join("_" if character in _FORBIDDEN else character for character in spaced)
    kept = plain.strip(". ")
    if not kept:
        return NAMELESS
    if _RESERVED.fullmatch(kept.split(".")[0].rstrip(" ")):
        kept = f"_{kept}"
    return _shortened(kept)


def is_disguised(name: str) -> bool:
    """Say whether a name shows otherwise than it is: whether it holds characters that reorder or do not show."""
    return any(unicodedata.category(character) in _UNSEEN for character in name)


def _shortened(name: str) -> str:
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, ending = name.rpartition(".")
    tail = dot + ending if stem and len(ending.encode()) <= 16 else ""
    head = name[: len(name) - len(tail)].encode()[: LONGEST - len(tail.encode())].decode(errors="ignore")
    return head.rstrip(". ") + tail

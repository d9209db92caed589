"""The `file` event: a file that its author offers, and the key that its content travels under (spec 8.1).

    body = {"name": T, "size": N, "type": T, "hash": SHA-256 of the content, "key": 32 random bytes}

The content is no event: it travels beside, in parts, so that talk never waits behind it. Everything here is what the
author claims; the hash is checked before anybody is given the content.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from backchannel.errors import Malformed
from backchannel.wire.codec import encode
from backchannel.wire.shape import sized, text, whole

FILE: Final = "file"
LARGEST_FILE: Final = 2**30
"""Bytes of the largest file."""

LONGEST_NAME: Final = 1024
LONGEST_TYPE: Final = 255
HASH_SIZE: Final = 32
KEY_SIZE: Final = 32


@dataclass(frozen=True, slots=True)
class File:
    """A file, as its author describes it.

    Attributes:
        name: as the author's machine had it; never a path for ours.
        size: bytes of the content.
        media_type: what the author says that it is, such as `image/png`; nothing depends on it.
        hash: SHA-256 of the content.
        key: what the parts of the content are encrypted under; secret, 32 bytes, never used for another content.
    """

    name: str
    size: int
    media_type: str
    hash: bytes
    key: bytes = field(repr=False)


def file_body(file: File) -> bytes:
    """Return the body of a `file` event."""
    return encode({"name": file.name, "size": file.size, "type": file.media_type, "hash": file.hash, "key": file.key})


def file_from_value(value: Any) -> File:
    """Return the file that a decoded body describes; keys that are not known are ignored.

    Raises:
        Malformed: a field is missing, of another type or out of its limits.
    """
    if type(value) is not dict:
        raise Malformed("file")
    return File(
        name=text(value.get("name"), "file name", longest=LONGEST_NAME),
        size=whole(value.get("size"), "file size", below=LARGEST_FILE + 1),
        media_type=text(value.get("type"), "media type", longest=LONGEST_TYPE),
        hash=sized(value.get("hash"), HASH_SIZE, "file hash"),
        key=sized(value.get("key"), KEY_SIZE, "file key"),
    )

"""Reads an archive of a line and prints the conversation. Needs argon2-cffi and PyNaCl, and nothing of Backchannel.

    python3 read_archive.py FILE                       asks for the archive's passphrase
    python3 read_archive.py FILE PASSPHRASE_FILE
    python3 read_archive.py FILE PASSPHRASE_FILE FOLDER    writes the contents of files into FOLDER as well

It was written from docs/spec/9-archive.md alone, so that an archive can be read when the program that made it is gone.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sys
import unicodedata
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from getpass import getpass
from pathlib import Path
from typing import Any, BinaryIO

from argon2.low_level import Type, hash_secret_raw
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_decrypt as decrypt
from nacl.exceptions import CryptoError

MAGIC = b"backchannel archive\n"
HEAD = 132
CHUNK = 65536 + 16
MOST_MEMORY = 4 * 1024 * 1024


def chunks(file: BinaryIO, passphrase: str) -> Iterator[bytes]:
    """Yield the plaintext of each chunk (9.1)."""
    head = file.read(HEAD)
    if not head.startswith(MAGIC):
        sys.exit("this is not an archive")
    version, time, memory, lanes = (int.from_bytes(head[at : at + 4], "big") for at in (20, 24, 28, 32))
    if version > 1:
        sys.exit(f"this archive has version {version}; its own description is needed to read it")
    salt, prefix, check = head[36:52], head[52:68], head[68:100]
    if len(head) < HEAD or version != 1 or hashlib.sha256(head[:100]).digest() != head[100:]:
        sys.exit("the archive is damaged, or was cut short")
    if not (1 <= time <= 64 and 1 <= lanes <= 64 and 8 * lanes <= memory <= MOST_MEMORY):
        sys.exit("the archive is damaged")
    secret = unicodedata.normalize("NFC", passphrase).encode()
    output = hash_secret_raw(secret, salt, time, memory, lanes, 64, Type.ID)
    key = output[:32]
    if not hmac.compare_digest(output[32:], check):
        sys.exit("the passphrase does not open this archive")
    counter, here, last = 0, file.read(CHUNK), False
    while not last:
        after = file.read(CHUNK)
        last = not after
        try:
            yield decrypt(here, head + bytes([last]), prefix + counter.to_bytes(8, "big"), key)
        except (CryptoError, ValueError):
            sys.exit(f"the archive is damaged, or was cut short, at chunk {counter}")
        counter, here = counter + 1, after


def lines(pieces: Iterator[bytes]) -> Iterator[dict[str, Any]]:
    """Yield the value of each line (9.2)."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield json.loads(line)
    if rest:
        sys.exit("the archive is damaged: its last line has no end")


def shown(milliseconds: int) -> str:
    """Return a time for people."""
    try:
        return datetime.fromtimestamp(milliseconds / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    except (ValueError, OverflowError, OSError):
        return f"{milliseconds} ms"


def visible(text: str) -> str:
    """Return a text that cannot move the cursor or reorder the line."""
    unsafe = ("Cc", "Cf", "Zl", "Zp")
    return "".join(c if c == "\n" or unicodedata.category(c) not in unsafe else f"<U+{ord(c):04X}>" for c in text)


class Contents:
    """The contents of files (9.2): each is written beside its name, and gets its name once it is whole."""

    def __init__(self, folder: Path | None) -> None:
        """Begin; without a folder they are only checked."""
        self.folder, self.whole, self._id = folder, 0, ""
        self._hash, self._size = hashlib.sha256(), 0

    def take(self, value: dict[str, Any]) -> None:
        """Take one line."""
        if value["content"] != self._id:
            self._id, self._hash, self._size = value["content"], hashlib.sha256(), 0
        draft = None if self.folder is None else self.folder / f".{self._id}.part"
        data = b64decode(value.get("data", ""))
        self._hash.update(data)
        self._size += len(data)
        if draft is not None:
            with draft.open("ab" if self._size > len(data) else "wb") as file:
                file.write(data)
        if "sha256" not in value:
            return
        if (self._size, self._hash.hexdigest()) != (value["size"], value["sha256"]):
            sys.exit(f"the content of {visible(value['name'])} is not what was announced")
        self.whole += 1
        name = "".join(c if c.isalnum() or c in ".-_" else "_" for c in value["name"])[-80:]
        place = ""
        if self.folder is not None and draft is not None:
            place = f" as {self._id[:8]}-{name}"
            draft.replace(self.folder / f"{self._id[:8]}-{name}")
        print(f"{'':24}# its content is here{place}: {value['size']} bytes, {visible(value['type'])}")


def read(path: Path, passphrase: str, folder: Path | None = None) -> None:
    """Print the conversation, and say at the end whether it is whole."""
    contents = Contents(folder)
    with path.open("rb") as file:
        values = lines(chunks(file, passphrase))
        head = next(values)
        if head["archive"] > 1:
            sys.exit("this archive was written by a later program")
        print(f"# {visible(head['line'])}, since {shown(head['created'])}; archived on {shown(head['made'])}")
        count, ids, end = 0, hashlib.sha256(), None
        for value in values:
            if "end" in value:
                end = value
                continue
            if "content" in value:
                contents.take(value)
                continue
            raw = b64decode(value["raw"])
            gone = value.get("removed")
            if gone is None and hashlib.sha256(raw).hexdigest() != value["id"]:
                sys.exit(f"event {count + 1} is not what its id says")
            count += 1
            ids.update(bytes.fromhex(value["id"]))
            what = f"[removed on {shown(gone['when'])}: {gone['why']}]" if gone else f"[{value['kind']}]"
            text = visible(value.get("text", value.get("act", "")).replace("\u2068", "").replace("\u2069", ""))
            said = text if value["kind"] == "text" and not gone else f"{what} {text}".rstrip()
            print(f"{shown(value['clock'])}  {'me  ' if value['mine'] else 'them'}  {said}")
    if end != {"end": 1, "events": count, "files": contents.whole, "ids": ids.hexdigest()}:
        sys.exit("the archive is not whole")
    print(f"# whole: {count} events, {contents.whole} files")


def main(arguments: list[str]) -> None:
    """Read the archive that is named."""
    if len(arguments) not in (1, 2, 3):
        sys.exit(f"usage: {sys.argv[0]} FILE [PASSPHRASE_FILE [FOLDER]]")
    named = Path(arguments[1]).read_text("utf-8").rstrip("\r\n") if len(arguments) > 1 else getpass("Passphrase: ")
    read(Path(arguments[0]), named, Path(arguments[2]) if len(arguments) > 2 else None)


if __name__ == "__main__":
    main(sys.argv[1:])

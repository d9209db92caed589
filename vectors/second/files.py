"""Files: what announces one, and its parts (spec 8.1 to 8.3)."""

from typing import Any

import nacl.bindings
import nacl.exceptions

from vectors.second import cbor, sealing
from vectors.second.line import Context
from vectors.second.refusal import Refused

PART = 65_408
LARGEST = 1 << 30
HEAD = 20


def announced(body: bytes) -> list[Any] | None:
    """What a `file` event says (spec 8.1).

    Args:
        body: its body.

    Returns:
        Name, size, type, hash and key, or None for what is treated as an unknown kind.
    """
    try:
        said = cbor.decode(body)
        if not isinstance(said, dict):
            return None
        name, kind = said.get("name"), said.get("type")
        if not isinstance(name, str) or not isinstance(kind, str) or len(name) > 1024 or len(kind) > 255:
            return None
        size = cbor.natural(said.get("size"), LARGEST + 1)
        return [name, size, kind, cbor.octets(said.get("hash"), 32), cbor.octets(said.get("key"), 32)]
    except Refused:
        return None


def cut(size: int) -> tuple[int, int]:
    """How a content is cut (spec 8.1).

    Args:
        size: its bytes.

    Returns:
        How many parts it has, and how many bytes the last one.
    """
    count = max(1, (size + PART - 1) // PART)
    return count, size - PART * (count - 1)


def keys(line: Context, root: bytes, epoch: int, writer: int) -> tuple[bytes, dict[str, bytes]]:
    """Seal key and mailbox of the parts of one writer (spec 8.3).

    Args:
        line: who is on the line.
        root: RK of the epoch.
        epoch: its number.
        writer: who sends.

    Returns:
        Key and mailbox.
    """
    where = line.info("epoch files", epoch, writer)
    return sealing.hkdf(b"", root, where, 32), sealing.mailbox(root, writer, where)


def protect(key: bytes, number: int, plain: bytes) -> bytes:
    """A part under its file's key (spec 8.2).

    Args:
        key: of the announcement.
        number: of the part.
        plain: its bytes.

    Returns:
        Ciphertext and tag.
    """
    nonce = number.to_bytes(24, "big")
    where = sealing.info("file part")
    return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_encrypt(plain, where, nonce, key)


def reveal(key: bytes, number: int, sealed: bytes) -> bytes | None:
    """The bytes of a part (spec 8.2).

    Args:
        key: of the announcement.
        number: of the part.
        sealed: ciphertext and tag.

    Returns:
        The bytes, or None if it is another part or another file's.
    """
    nonce = number.to_bytes(24, "big")
    try:
        return nacl.bindings.crypto_aead_xchacha20poly1305_ietf_decrypt(sealed, sealing.info("file part"), nonce, key)
    except nacl.exceptions.CryptoError:
        return None


def write(name: bytes, number: int, sealed: bytes) -> bytes:
    """The content of an envelope (spec 8.2).

    Args:
        name: of the file.
        number: of the part.
        sealed: the part under the file's key.

    Returns:
        Type and body.
    """
    return b"\x0b" + name + number.to_bytes(4, "big") + sealed


def read(body: bytes) -> tuple[bytes, int, bytes]:
    """What stands behind the type (spec 8.3).

    Args:
        body: that.

    Returns:
        Name, number, and the part under the file's key.

    Raises:
        Refused: `peer-misbehaved`.
    """
    number = int.from_bytes(body[16:HEAD], "big")
    if not HEAD + 16 <= len(body) <= HEAD + PART + 16 or number == 0:
        raise Refused("peer-misbehaved", "no part")
    return body[:16], number, body[HEAD:]

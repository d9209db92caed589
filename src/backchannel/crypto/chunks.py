"""A long file under a passphrase, sealed and opened chunk by chunk (spec 9.1).

    head  = magic(20) || version(4) || time(4) || memory(4) || lanes(4)
            || salt(16) || prefix(16) || check(32) || sum(32)
    key || check = Argon2id(passphrase, salt, time, memory, lanes), 64 bytes
    chunk = XChaCha20-Poly1305(key, nonce = prefix || counter(8), associated data = head || last(1))

Every chunk but the last holds 65,536 bytes. The counter makes each stand at its place only, the mark of the last one
tells an end from a cut. It is the STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015). `sum` tells a damaged
head from a wrong passphrase, and `check` tells a wrong passphrase; integers are big-endian.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from hmac import compare_digest
from typing import Final

from backchannel.crypto import aead
from backchannel.crypto.passphrase import SALT_SIZE, Cost, stretch
from backchannel.errors import FileDamaged, FileForeign, FileNewer, FilePassphraseWrong, LocalMisuse, Malformed

VERSION: Final = 1
MAGIC_SIZE: Final = 20
PREFIX_SIZE: Final = 16
CHUNK: Final = 65536
"""Bytes of plaintext in every chunk but the last."""

_SUM: Final = 32
_CHECK: Final = 32
HEAD_SIZE: Final = MAGIC_SIZE + 16 + SALT_SIZE + PREFIX_SIZE + _CHECK + _SUM

Read = Callable[[int], bytes]
"""Returns up to that many bytes; fewer, or none, only at the end."""

Write = Callable[[bytes], object]


class ChunkSealer:
    """Seals a stream of bytes as they come; holds one chunk at most."""

    __slots__ = ("_counter", "_head", "_key", "_pending", "_prefix", "_write")

    def __init__(
        self, magic: bytes, passphrase: str, cost: Cost, randomness: Callable[[int], bytes], write: Write
    ) -> None:
        """Write the head.

        Args:
            magic: 20 bytes that say what kind of file this is.
            passphrase: as typed.
            cost: of one guess.
            randomness: source of fresh bytes.
            write: is given the file's bytes, in order.
        """
        salt, self._prefix = randomness(SALT_SIZE), randomness(PREFIX_SIZE)
        stretched = stretch(passphrase, salt, cost, aead.KEY_SIZE + _CHECK)
        self._key, check = stretched[: aead.KEY_SIZE], stretched[aead.KEY_SIZE :]
        numbers = b"".join(number.to_bytes(4, "big") for number in (VERSION, cost.time, cost.memory, cost.lanes))
        body = magic + numbers + salt + self._prefix + check
        self._head = body + sha256(body).digest()
        self._counter = 0
        self._pending = bytearray()
        self._write = write
        write(self._head)

    def add(self, data: bytes) -> None:
        """Seal more bytes."""
        self._pending += data
        while len(self._pending) > CHUNK:
            self._seal(CHUNK, last=False)

    def finish(self) -> None:
        """Seal what is left, as the last chunk."""
        self._seal(len(self._pending), last=True)

    def _seal(self, size: int, *, last: bool) -> None:
        plaintext = bytes(self._pending[:size])
        del self._pending[:size]
        nonce = self._prefix + self._counter.to_bytes(8, "big")
        sealed = aead.seal(self._key, nonce, plaintext, self._head + bytes((last,)))
        self._counter += 1
        self._write(sealed[aead.NONCE_SIZE :])  # the nonce follows from the place


def open_chunks(magic: bytes, passphrase: str, read: Read) -> Iterator[bytes]:
    """Yield the plaintext of a sealed file, chunk by chunk; what was yielded is authentic, the end only at the end.

    Args:
        magic: the kind of file that is wanted.
        passphrase: as typed.
        read: reads the file.

    Raises:
        FileForeign: another kind of file.
        FileNewer: a later version wrote it.
        FilePassphraseWrong: the passphrase does not open it.
        FileDamaged: it was changed or cut short.
    """
    head, key, prefix = _open_head(magic, passphrase, read)
    counter, last = 0, False
    ahead = read(CHUNK + aead.TAG_SIZE)
    while not last:
        sealed, ahead = ahead, read(CHUNK + aead.TAG_SIZE)
        last = not ahead
        nonce = prefix + counter.to_bytes(8, "big")
        try:
            yield aead.open_sealed(key, nonce + sealed, head + bytes((last,)))
        except aead.NotAuthentic as error:
            cut = last and _opens(key, nonce + sealed, head + b"\0")
            raise FileDamaged("cut short" if cut or not sealed else f"chunk {counter + 1}") from error
        counter += 1


def _open_head(magic: bytes, passphrase: str, read: Read) -> tuple[bytes, bytes, bytes]:
    if len(magic) != MAGIC_SIZE:
        raise LocalMisuse("the magic of a file")
    head = read(HEAD_SIZE)
    if not head.startswith(magic):
        raise FileForeign
    body, total = head[:-_SUM], head[-_SUM:]
    version = int.from_bytes(body[MAGIC_SIZE : MAGIC_SIZE + 4], "big")
    if len(head) < HEAD_SIZE and version <= VERSION:
        raise FileDamaged("cut short")
    if version > VERSION:
        raise FileNewer(f"version {version}, this program knows {VERSION}")
    if version != VERSION or sha256(body).digest() != total:
        raise FileDamaged("its head")
    time, memory, lanes = (int.from_bytes(body[at : at + 4], "big") for at in range(MAGIC_SIZE + 4, MAGIC_SIZE + 16, 4))
    at = MAGIC_SIZE + 16
    salt, prefix = body[at : at + SALT_SIZE], body[at + SALT_SIZE : at + SALT_SIZE + PREFIX_SIZE]
    check = body[at + SALT_SIZE + PREFIX_SIZE :]
    try:
        cost = Cost(time, memory, lanes)
    except Malformed as error:
        raise FileDamaged("its head") from error
    stretched = stretch(passphrase, salt, cost, aead.KEY_SIZE + _CHECK)
    if not compare_digest(stretched[aead.KEY_SIZE :], check):
        raise FilePassphraseWrong
    return head, stretched[: aead.KEY_SIZE], prefix


def _opens(key: bytes, sealed: bytes, associated: bytes) -> bool:
    try:
        aead.open_sealed(key, sealed, associated)
    except aead.NotAuthentic:
        return False
    return True

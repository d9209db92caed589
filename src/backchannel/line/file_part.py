"""Parts of files: what of a content travels in one envelope (spec 8.2, 8.3).

    content = 0b || name(16) || number(4) || XChaCha20-Poly1305(file key, number, plaintext)

A part is sealed twice. The inner key came in the `file` event, so a part is as secret as what was said, and stays
unreadable to who learns an epoch's key later. The outer key is the epoch's, for files alone, with a mailbox of its
own: talk does not wait behind them, and a reader of version 0.1 does not take them for frames. No ratchet moves: parts
may be lost, doubled and come in any order, a whole gigabyte of them, and no word is held up.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from backchannel.crypto import aead
from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import Randomness
from backchannel.crypto.suite import Role, info
from backchannel.errors import Malformed, NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.file_word import NAME_SIZE
from backchannel.line.identity import LineContext
from backchannel.line.mailbox import Mailbox, mailbox_from
from backchannel.line.seal import ContentType, seal, unseal

NUMBER_SIZE: Final = 4
PART_SIZE: Final = 65408
"""Bytes of content in every part but the last; one fills the largest envelope."""

SEALED_SIZE: Final = PART_SIZE + aead.TAG_SIZE
_ASSOCIATED: Final = info("file part")
_HEAD: Final = bytes((ContentType.FILE_PART,))


@dataclass(frozen=True, slots=True)
class FilePart:
    """One part.

    Attributes:
        name: the first 16 bytes of the id of the event that announced the file.
        number: from 1.
        sealed: the part's content under the file's key.
    """

    name: bytes
    number: int
    sealed: bytes = field(repr=False)


def part_count(size: int) -> int:
    """Return how many parts a content of `size` bytes has; an empty one has one, so that it too is confirmed."""
    return max(1, -(-size // PART_SIZE))


def part_length(size: int, number: int) -> int:
    """Return how many bytes of a content of `size` bytes are in the part of this number."""
    return min(PART_SIZE, size - (number - 1) * PART_SIZE)


def protect(key: bytes, number: int, plaintext: bytes) -> bytes:
    """Return a part under its file's key.

    A key is drawn for one content and a number is used for one part of it, so no nonce comes twice.

    Args:
        key: 32 bytes, of the `file` event.
        number: of the part, from 1.
        plaintext: its bytes.
    """
    return aead.seal(key, _nonce(number), plaintext, _ASSOCIATED)[aead.NONCE_SIZE :]


def reveal(key: bytes, number: int, sealed: bytes) -> bytes:
    """Return the bytes of a part.

    Raises:
        NotAuthentic: it is not this part of this content.
    """
    return aead.open_sealed(key, _nonce(number) + sealed, _ASSOCIATED)


def _nonce(number: int) -> bytes:
    return number.to_bytes(aead.NONCE_SIZE, "big")


class FileSeal:
    """The outer seal of files on an open line, as its channel stands now; nothing of the channel changes."""

    __slots__ = ("_channel", "_known")

    def __init__(self, channel: Channel) -> None:
        self._channel: Final = channel
        self._known: dict[tuple[int, Role], tuple[bytes, Mailbox]] = {}

    @property
    def outbox(self) -> Mailbox:
        """Return the mailbox that our parts go to now."""
        return self._keys(self._channel.epochs.writing, self._channel.role)[1]

    @property
    def inboxes(self) -> list[Mailbox]:
        """Return the mailboxes that the peer's parts may lie in, the latest epoch first."""
        return [self._keys(epoch, self._channel.role.other)[1] for epoch in self._alive]

    def seal(self, part: FilePart, randomness: Randomness) -> bytes:
        """Return a part as an envelope."""
        key, _ = self._keys(self._channel.epochs.writing, self._channel.role)
        return seal(key, randomness(aead.NONCE_SIZE), content_of(part))

    def open(self, envelope: bytes) -> FilePart:
        """Return the part that is in an envelope.

        Raises:
            NotForUs: it is no part of this line's, or was changed.
            PeerMisbehaved: the peer sealed what is no part.
        """
        for epoch in self._alive:
            try:
                content_type, body = unseal(self._keys(epoch, self._channel.role.other)[0], envelope)
            except NotForUs:
                continue
            except Malformed as error:
                raise PeerMisbehaved(str(error)) from error
            if content_type is not ContentType.FILE_PART:
                raise PeerMisbehaved("no part of a file")
            return part_from_body(body)
        raise NotForUs

    @property
    def _alive(self) -> list[int]:
        return [epoch for epoch, _ in reversed(self._channel.epochs.roots)]

    def _keys(self, epoch: int, writer: Role) -> tuple[bytes, Mailbox]:
        known = self._known.get((epoch, writer))
        if known is None:
            known = file_keys_of(self._channel.context, self._channel.epochs.root(epoch), epoch, writer)
            self._known[epoch, writer] = known
        return known


def file_keys_of(context: LineContext, root: bytes, epoch: int, writer: Role) -> tuple[bytes, Mailbox]:
    """Return the seal key and the mailbox of the parts that one writer sends in an epoch (spec 8.3)."""
    where = context.info("epoch files", epoch, int(writer))
    return derive(root, where), mailbox_from(root, writer, where)


def content_of(part: FilePart) -> bytes:
    """Return what of a part stands in an envelope."""
    return _HEAD + part.name + part.number.to_bytes(NUMBER_SIZE, "big") + part.sealed


def part_from_body(body: bytes) -> FilePart:
    """Return the part that stands behind the type of an envelope's content.

    Raises:
        PeerMisbehaved: it is none.
    """
    head = NAME_SIZE + NUMBER_SIZE
    number = int.from_bytes(body[NAME_SIZE:head], "big")
    if not head + aead.TAG_SIZE <= len(body) <= head + SEALED_SIZE or not number:
        raise PeerMisbehaved("no part of a file")
    return FilePart(body[:NAME_SIZE], number, body[head:])

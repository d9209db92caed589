"""Contents of files in an archive: lines behind the event that announced the file (spec 9.2)."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

from backchannel.app.attachment import Attachment, State
from backchannel.app.files import parts_now
from backchannel.app.ports import Transaction
from backchannel.errors import FileDamaged, VaultDamaged
from backchannel.log.file import File

Values = Iterator[dict[str, Any]]


def content_values(transaction: Transaction, file: Attachment, event_id: bytes) -> Values:
    """Yield the lines of a file's content; the last one is there only if all of it was.

    Args:
        transaction: one moment of the vault.
        file: the file.
        event_id: of the event that announced it.
    """
    if not file.content or not (file.mine or file.state is State.WHOLE):
        return
    try:
        for part in parts_now(transaction, file):
            yield {"content": event_id.hex(), "data": b64encode(part).decode()}
    except VaultDamaged:
        return  # everything else must not be lost for that
    yield {"content": event_id.hex(), **_announced(file.file)}


def _announced(file: File) -> dict[str, Any]:
    return {"name": file.name, "sha256": file.hash.hex(), "size": file.size, "type": file.media_type}


class ContentReader:
    """Checks the lines behind one event that announced a file."""

    def __init__(self, event_id: bytes, said: object, take: Callable[[bytes], object] = len) -> None:
        """Begin.

        Args:
            event_id: of the event before them.
            said: what it says; only a file has a content.
            take: is given the content, piece by piece, before it is known to be whole.
        """
        self._id = event_id.hex()
        self._said = said
        self._take = take
        self._hash, self._size, self.whole = sha256(), 0, False

    def add(self, value: dict[str, Any]) -> None:
        """Take one line.

        Raises:
            FileDamaged: it does not belong here, or the content is not what was announced.
        """
        if not isinstance(self._said, File) or self.whole or value["content"] != self._id:
            raise FileDamaged("a content out of place")
        if "data" in value:
            try:
                part = b64decode(value["data"], validate=True)
            except (TypeError, ValueError) as error:
                raise FileDamaged("a content that is none") from error
            self._hash.update(part)
            self._size += len(part)
            self._take(part)
            return
        came = (self._size, self._hash.hexdigest()) == (self._said.size, self._said.hash.hex())
        if not came or value != {"content": self._id, **_announced(self._said)}:
            raise FileDamaged("a content that is not what was announced")
        self.whole = True

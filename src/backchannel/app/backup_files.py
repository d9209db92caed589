"""Files in a backup: what is known of each, and the contents that are whole (spec 13.2).

A content stays sealed under its file's own key, as it lies in the vault. One that had not arrived whole is not in a
backup: after a restore it comes again from its beginning. One that the disk has lost is left away where it ends.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from backchannel.app.attachment import Attachment, State
from backchannel.app.ports import Random, Transaction
from backchannel.crypto.aead import TAG_SIZE, NotAuthentic
from backchannel.errors import Malformed, VaultDamaged
from backchannel.line.file_part import part_count, part_length, reveal
from backchannel.line.file_word import NAME_SIZE, Standing
from backchannel.wire.codec import decode, encode
from backchannel.wire.coverage import NOTHING
from backchannel.wire.shape import blob, fields, sized, whole

PARTS_AT_ONCE: Final = 4
"""Parts of one message: just under 256 KiB."""

CONTENT_NAME: Final = 16


def file_messages(transaction: Transaction, file: Attachment) -> Iterator[bytes]:
    """Yield a file's record, and its content if that is whole.

    Args:
        transaction: one moment of the vault.
        file: the file.
    """
    has = _is_whole(file)
    yield encode([6, file.line, file.name, file.position, has, encode(_kept(file).to_value())])
    if not has:
        return
    count = part_count(file.file.size)
    for first in range(1, count + 1, PARTS_AT_ONCE):
        numbers = range(first, min(first + PARTS_AT_ONCE, count + 1))
        try:
            parts = [transaction.read_part(file.content, number, _sealed_size(file, number)) for number in numbers]
        except VaultDamaged:
            return  # everything else must not be lost for that
        yield encode([7, file.line, file.name, first, b"".join(parts)])


def _is_whole(file: Attachment) -> bool:
    return bool(file.content) and (file.mine or file.state is State.WHOLE)


def _sealed_size(file: Attachment, number: int) -> int:
    return part_length(file.file.size, number) + TAG_SIZE


def _kept(file: Attachment) -> Attachment:
    """Return a file as it is once the parts of what had not arrived are gone."""
    fetching = file.fetching
    if fetching is None or fetching.standing not in (Standing.WAITING, Standing.WANTED):
        return file
    return replace(file, fetching=replace(fetching, held=NOTHING, told=0, repeats=0, due=None, tell=True))


class FilesReader:
    """Reads the messages of files; with a transaction, puts them into a vault."""

    def __init__(self, random: Random | None = None) -> None:
        """Begin.

        Args:
            random: for the names of contents in the new vault.
        """
        self._random = random
        self._file: Attachment | None = None
        self._next = 0

    def take(self, value: list[Any], transaction: Transaction | None) -> bool:
        """Take the next message; return whether it was one of files.

        Raises:
            Malformed: it is one, and not one that a backup can have here.
        """
        if value[0] == 7:
            self._parts(value, transaction)
            return True
        self._end_content(transaction)
        if value[0] == 6:
            self._record(value, transaction)
        return bool(value[0] == 6)

    def _record(self, value: list[Any], transaction: Transaction | None) -> None:
        line_id, name, position, has, record = fields(value, 6, 5, "file")
        if type(has) is not bool:
            raise Malformed("file")
        named = sized(line_id, 16, "line"), sized(name, NAME_SIZE, "name of a file"), whole(position, "position")
        file = Attachment.from_value(*named, "", decode(blob(record, "record")))
        waits = file.fetching is not None and file.fetching.standing in (Standing.WAITING, Standing.WANTED)
        if (has and waits) or (file.sending is None) == (file.fetching is None):
            raise Malformed("file")
        if (has or waits) and self._random is not None:
            file = replace(file, content=self._random(CONTENT_NAME).hex())
        if has:
            self._file, self._next = file, 1
        if transaction is not None:
            transaction.save_file(file)

    def _parts(self, value: list[Any], transaction: Transaction | None) -> None:
        line_id, name, first, sealed = fields(value, 7, 4, "parts of a file")
        file = self._file
        if file is None or (line_id, name, whole(first, "number")) != (file.line, file.name, self._next):
            raise Malformed("parts of a file")
        left = memoryview(blob(sealed, "parts of a file"))
        count = part_count(file.file.size)
        for number in range(self._next, min(self._next + PARTS_AT_ONCE, count + 1)):
            part, left = bytes(left[: _sealed_size(file, number)]), left[_sealed_size(file, number) :]
            try:
                reveal(file.file.key, number, part)
            except NotAuthentic as error:
                raise Malformed("parts of a file") from error
            if transaction is not None:
                transaction.write_part(file.content, number, part)
            self._next = number + 1
        if left:
            raise Malformed("parts of a file")
        if self._next > count:
            self._file = None

    def _end_content(self, transaction: Transaction | None) -> None:
        """Let go of a content that does not go on: the vault had lost the rest of it."""
        file, self._file = self._file, None
        if file is not None and transaction is not None:
            transaction.drop_content(file.content)
            transaction.save_file(replace(file, content=""))

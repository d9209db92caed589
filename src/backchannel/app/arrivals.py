"""Arrivals: files that the other side announces, their parts, and what it says of ours (spec 8.4, 8.6).

A peer may lie about everything. What was not announced is thrown away; what was not accepted is not kept beyond a
quota; a part is kept only under the key that came with the announcement, where it belongs; and the whole is checked
before anybody is given it.
"""

from __future__ import annotations

from dataclasses import replace
from enum import Enum, auto
from typing import Final

from backchannel.app.attachment import Attachment, name_of
from backchannel.app.desk import Work
from backchannel.app.line import Line
from backchannel.crypto.aead import TAG_SIZE, NotAuthentic
from backchannel.errors import NotForUs, PeerMisbehaved
from backchannel.line.delivery import PAUSES
from backchannel.line.file_part import FilePart, FileSeal, part_count, part_length, reveal
from backchannel.line.file_word import OF_THE_SENDER, FileWord, Standing
from backchannel.line.transfer import UNASKED, Fetching, Sending
from backchannel.log.event import Event
from backchannel.log.file import File
from backchannel.log.kinds import read_body

QUOTA: Final = 64 * 2**20
"""Bytes of files that a line may bring without having been asked for."""

QUOTA_FILES: Final = 256
"""Files that a line may bring so."""

CONTENT_NAME: Final = 16


class Use(Enum):
    """What became of a part."""

    KEPT = auto()
    HELD = auto()
    """It was here already, or is not wanted any more."""

    WAITING = auto()
    """Its file waits for its owner's word."""

    UNANNOUNCED = auto()


class Arrivals:
    """The files of one line during one transaction of receiving."""

    __slots__ = (
        "_changed", "_files", "_former_seals", "_line", "_line_id", "_now", "_seal", "_taken", "_unasked", "_work",
    )  # fmt: skip

    def __init__(self, work: Work, line: Line, now: int) -> None:
        self._work = work
        self._line = line
        self._line_id = line.id
        self._seal: FileSeal | None = None
        self._former_seals: list[FileSeal] | None = None
        self._taken: list[FilePart] = []
        self._now = now
        self._files: dict[bytes, Attachment | None] = {}
        self._changed: dict[bytes, Attachment] = {}
        self._unasked: tuple[int, int] | None = None

    def take(self, envelope: bytes) -> None:
        """Take an envelope that may be a part; it is kept only by `keep_taken`.

        Raises:
            NotForUs: it is no part of this line's.
            PeerMisbehaved: the peer sealed what is no part.
        """
        if self._seal is None:
            self._seal = FileSeal(self._work.channel(self._line))
        self._taken.append(self._seal.open(envelope))

    def take_former(self, envelope: bytes) -> None:
        """Take an envelope that may be a part which was under way when another incarnation began.

        Raises:
            NotForUs: it is no part of this line's.
            PeerMisbehaved: the peer sealed what is no part.
        """
        if self._former_seals is None:
            self._former_seals = [FileSeal(channel) for _, channel in self._work.formers(self._line_id)]
        for seal in self._former_seals:
            try:
                self._taken.append(seal.open(envelope))
            except NotForUs:
                continue
            return
        raise NotForUs

    def keep_taken(self) -> list[Use]:
        """Keep the parts that were taken, and write what was learnt of files; return what became of each part.

        All frames come first: one of them may announce the file.

        Raises:
            PeerMisbehaved: one is no part of its file; the transaction must not be saved.
        """
        uses = [self.keep(part) for part in self._taken]
        self.save()
        return uses

    def keys_changed(self) -> None:
        """Note that the channel may seal parts otherwise from now on."""
        self._seal = None

    def reopened(self) -> None:
        """Another incarnation has begun: what the other side holds of each file must be learnt anew (spec 8.4)."""
        self.keys_changed()
        self._former_seals = None
        for file in self._work.transaction.files(self._line_id):
            known = self._file(file.name)
            if known is not None:
                self._save(known.anew(self._now))

    def regained(self, event: Event, position: int) -> None:
        """Take note of a file of the owner's own that was announced before a loss; its content is gone."""
        file = read_body(event)
        name = name_of(event.id)
        if isinstance(file, File) and self._file(name) is None:
            sending = Sending(file.size, part_count(file.size), Standing.WAITING).anew(self._now)
            self._save(Attachment(self._line_id, name, position, file, "", sending=sending, asked=True))

    def announce(self, event: Event, position: int) -> None:
        """Take note of a file of the other side's."""
        file = read_body(event)
        name = name_of(event.id)
        if not isinstance(file, File) or self._file(name) is not None:
            return
        standing = Standing.WANTED if self._fits(file) else Standing.WAITING
        waits = standing is Standing.WAITING
        due = None if waits else self._now + PAUSES[0]
        fetching = Fetching(part_count(file.size), standing, tell=waits, due=due)
        content = self._work.random(CONTENT_NAME).hex()
        self._save(Attachment(self._line_id, name, position, file, content, fetching=fetching))

    def hear(self, word: FileWord) -> None:
        """Take what the other side says of a file."""
        found = self._file(word.name)
        if found is None:
            return
        if found.sending is not None and word.standing not in OF_THE_SENDER:
            sending = found.sending.heard(word, self._now)
            if not found.content and sending.standing in (Standing.WAITING, Standing.WANTED):
                sending = sending.withdrawn()  # it is not here any more: nobody must wait for it
            self._save(replace(found, sending=sending))
        elif found.fetching is not None and word.standing is Standing.WITHDRAWN:
            self._take_back(found, found.fetching)
        elif found.fetching is not None and word.standing is Standing.OFFERED:
            self._save(replace(found, fetching=replace(found.fetching, tell=True)))

    def _take_back(self, file: Attachment, fetching: Fetching) -> None:
        if fetching.standing not in (Standing.WAITING, Standing.WANTED):
            return  # what has arrived has arrived
        self._work.transaction.drop_content(file.content)
        self._save(replace(file, content="", fetching=replace(fetching.stands(Standing.WITHDRAWN), tell=False)))

    def keep(self, part: FilePart) -> Use:
        """Take a part.

        Raises:
            PeerMisbehaved: it is none of the file that was announced.
        """
        found = self._file(part.name)
        if found is None or found.fetching is None:
            return Use.UNANNOUNCED
        fetching = found.fetching
        if part.number > fetching.parts:
            raise PeerMisbehaved("a part that the file does not have")
        if fetching.standing is not Standing.WANTED:
            self._save(replace(found, fetching=replace(fetching, tell=True)))
            return Use.WAITING if fetching.standing is Standing.WAITING else Use.HELD
        after = fetching.took(part.number, self._now)
        if part.number in fetching.held or part.number not in after.held:
            self._save(replace(found, fetching=after))
            return Use.HELD
        if len(part.sealed) != part_length(found.file.size, part.number) + TAG_SIZE:
            raise PeerMisbehaved("a part of another size")
        try:
            reveal(found.file.key, part.number, part.sealed)
        except NotAuthentic as error:
            raise PeerMisbehaved("a part under another key") from error
        self._work.transaction.write_part(found.content, part.number, part.sealed)
        self._save(replace(found, fetching=after))
        return Use.KEPT

    def save(self) -> None:
        """Write what has changed."""
        for file in self._changed.values():
            self._work.transaction.save_file(file)

    def _file(self, name: bytes) -> Attachment | None:
        if name not in self._files:
            self._files[name] = self._work.transaction.file(self._line_id, name)
        return self._files[name]

    def _save(self, file: Attachment) -> None:
        self._files[file.name] = self._changed[file.name] = file

    def _fits(self, file: File) -> bool:
        """Say whether a file may come without its owner's word; if it may, it counts from now on."""
        if self._unasked is None:
            sizes = [each.file.size for each in self._work.transaction.files(self._line_id) if _is_unasked(each)]
            self._unasked = sum(sizes), len(sizes)
        size, count = self._unasked
        if file.size > min(UNASKED, QUOTA - size) or count >= QUOTA_FILES:
            return False
        self._unasked = size + file.size, count + 1
        return True


def _is_unasked(file: Attachment) -> bool:
    """Say whether a file's content may be here although its owner never asked for it."""
    if file.fetching is None or file.asked or not file.content:
        return False
    return file.fetching.standing in (Standing.WANTED, Standing.WHOLE)

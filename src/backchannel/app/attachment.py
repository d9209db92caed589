"""A file on a line, as the vault keeps it: what was announced, where its content is, how far it is (spec 8.5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from backchannel.line.file_word import NAME_SIZE, FileWord, Standing
from backchannel.line.transfer import Fetching, Sending
from backchannel.log.file import File, file_from_value
from backchannel.wire.shape import fields


class State(StrEnum):
    """How a file stands, for people and programs."""

    WAITING = "waiting"
    """Incoming: it waits for its owner's word. Outgoing: for the other owner's."""

    MOVING = "moving"
    WHOLE = "whole"
    """Every byte is there, and the hash is right; for an outgoing file, says the other side."""

    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    BROKEN = "broken"
    """Every part is there, and the whole is not what was announced."""

    DROPPED = "dropped"
    """It was whole; its content is no longer in this vault."""


@dataclass(frozen=True, slots=True)
class Attachment:
    """One file of one line.

    Attributes:
        line: the line's id.
        name: the first 16 bytes of the id of the event that announced it.
        position: of that event.
        file: what was announced.
        content: the name under which the vault keeps the content; empty if it keeps none.
        sending: how it goes out, if it is the owner's.
        fetching: how it comes in, if it is the other side's.
        asked: whether the owner asked for it: it was accepted or saved, and counts towards no quota.
    """

    line: bytes
    name: bytes
    position: int
    file: File
    content: str = field(repr=False)
    sending: Sending | None = None
    fetching: Fetching | None = None
    asked: bool = False

    @property
    def mine(self) -> bool:
        """Say whether the owner sent it."""
        return self.sending is not None

    @property
    def moving(self) -> bool:
        """Say whether anything about it may still have to go out."""
        if self.sending is not None:
            return self.sending.tell or not self.sending.over
        return self.fetching is not None and (self.fetching.tell or self.fetching.standing is Standing.WANTED)

    @property
    def state(self) -> State:
        """Return how it stands."""
        standing = self.fetching.standing if self.fetching else self.sending.standing if self.sending else None
        match standing:
            case None | Standing.WANTED:
                waits = self.sending is not None and not self.sending.may_go
                return State.WAITING if waits else State.MOVING
            case Standing.WHOLE:
                return State.WHOLE if self.content else State.DROPPED
            case _:
                return State[standing.name]

    @property
    def arrived(self) -> int:
        """Return how many bytes are here; for an outgoing file, at the other side."""
        if self.state in (State.WHOLE, State.DROPPED):
            return self.file.size
        held = self.fetching.held if self.fetching else self.sending.theirs if self.sending else None
        parts = self.fetching.parts if self.fetching else self.sending.parts if self.sending else 0
        return 0 if held is None or not parts else self.file.size * min(held.count, parts) // parts

    def word(self) -> FileWord:
        """Return what is to be told of it."""
        if self.fetching is not None:
            return FileWord(self.name, self.fetching.standing, self.fetching.held)
        taken_back = self.sending is not None and self.sending.over
        return FileWord(self.name, Standing.WITHDRAWN if taken_back else Standing.OFFERED)

    def tells(self, now: int) -> bool:
        """Say whether something is to be told of it now."""
        return self.fetching.tells(now) if self.fetching else self.sending is not None and self.sending.tells(now)

    def was_told(self, now: int) -> Attachment:
        """Return it after that was told."""
        if self.fetching is not None:
            return replace(self, fetching=self.fetching.was_told(now))
        return replace(self, sending=self.sending and self.sending.was_told(now))

    def anew(self, now: int) -> Attachment:
        """Return it at the beginning of another incarnation of the line."""
        if self.fetching is not None:
            return replace(self, fetching=self.fetching.anew(now))
        return replace(self, sending=self.sending and self.sending.anew(now))

    def to_value(self) -> list[Any]:
        """Return it as secret values for the vault; line, name, position and content are columns of their own."""
        file = self.file
        return [
            1,
            {"name": file.name, "size": file.size, "type": file.media_type, "hash": file.hash, "key": file.key},
            self.sending and self.sending.to_value(),
            self.fetching and self.fetching.to_value(),
            self.asked,
        ]

    @classmethod
    def from_value(cls, line: bytes, name: bytes, position: int, content: str, value: Any) -> Attachment:
        """Read what `to_value` wrote."""
        file, sending, fetching, asked = fields(value, 1, 4, "file record")
        return cls(
            line=line,
            name=name,
            position=position,
            file=file_from_value(file),
            content=content,
            sending=sending and Sending.from_value(sending),
            fetching=fetching and Fetching.from_value(fetching),
            asked=asked,
        )


def name_of(event_id: bytes) -> bytes:
    """Return what parts call the file that an event announced."""
    return event_id[:NAME_SIZE]

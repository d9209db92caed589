"""What a socket brings of one answer, as long as it is not too much and does not come too slowly."""

from __future__ import annotations

import io
import socket
import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

SLOWEST: Final = 1024
"""Bytes a second: a server behind Tor may be slow, but one that drips to hold us up is left."""


class Paced(io.RawIOBase):
    """Reads a socket within a budget of bytes and of time; `renew` begins the next answer."""

    def __init__(self, sock: socket.socket, most: int, seconds: float, too_much: type[Exception]) -> None:
        """Begin to read.

        Args:
            sock: what is read; its timeout is changed.
            most: bytes of one answer.
            seconds: until the first byte, and for every `SLOWEST` bytes one more.
            too_much: what is raised for an answer without end.
        """
        self._sock = sock
        self._raw = sock.makefile("rb", buffering=0)
        self._most = most
        self._too_much = too_much
        self.renew(seconds)

    def renew(self, seconds: float) -> None:
        """Begin the next answer, with a whole budget."""
        self._until = time.monotonic() + seconds
        self._left = self._most

    def readable(self) -> bool:
        """Say that it is."""
        return True

    def readinto(self, buffer: WriteableBuffer) -> int | None:
        """Read what has come.

        Raises:
            TimeoutError: it comes too slowly.
        """
        seconds = self._until - time.monotonic()
        if seconds <= 0:
            raise TimeoutError("it answers too slowly")
        if self._left <= 0:
            raise self._too_much("an answer without end")
        self._sock.settimeout(seconds)
        count = self._raw.readinto(buffer)
        if count:
            self._left -= count
            self._until += count / SLOWEST
        return count

    def close(self) -> None:
        """Close the reading side."""
        self._raw.close()
        super().close()

"""A long secret in pieces: libsodium's secretstream, which notices pieces that are changed, moved, missing or cut off.

A stream that was cut off can be gone on with: whoever has read its pieces again is where the writer was.
"""

from __future__ import annotations

from typing import Final

from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_ABYTES as _ADDED,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_HEADERBYTES as _HEADER_SIZE,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_pull as _init_pull,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_init_push as _init_push,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_pull as _pull,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_push as _push,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_state as _State,  # noqa: N812  (a class)
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_FINAL as _FINAL,
)
from nacl.bindings import (
    crypto_secretstream_xchacha20poly1305_TAG_MESSAGE as _MESSAGE,
)
from nacl.exceptions import CryptoError

from backchannel.crypto.aead import NotAuthentic

HEADER_SIZE: Final = _HEADER_SIZE
ADDED: Final = _ADDED
"""Bytes that a sealed piece is longer than the piece."""


class SecretStream:
    """One stream, to be written or read piece by piece, in order."""

    __slots__ = ("_associated", "_state", "header")

    def __init__(self, state: _State, header: bytes, associated: bytes) -> None:
        self._state = state
        self._associated = associated
        self.header: Final = header

    @classmethod
    def begin(cls, key: bytes, associated: bytes) -> SecretStream:
        """Begin to write a stream.

        Args:
            key: 32 bytes.
            associated: what every piece is bound to.
        """
        state = _State()
        return cls(state, _init_push(state, key), associated)

    @classmethod
    def reading(cls, key: bytes, header: bytes, associated: bytes) -> SecretStream:
        """Begin to read a stream.

        Args:
            key: 32 bytes.
            header: the stream's, HEADER_SIZE bytes.
            associated: what every piece is bound to.
        """
        state = _State()
        _init_pull(state, header, key)
        return cls(state, header, associated)

    def seal(self, piece: bytes, *, last: bool = False) -> bytes:
        """Return the next piece, sealed; with `last`, nothing can follow it."""
        return _push(self._state, piece, self._associated, _FINAL if last else _MESSAGE)

    def open(self, sealed: bytes) -> tuple[bytes, bool]:
        """Return the next piece, and whether it is the last.

        Raises:
            NotAuthentic: it is not the next piece of this stream.
        """
        try:
            piece, tag = _pull(self._state, sealed, self._associated)
        except (CryptoError, ValueError, TypeError) as error:
            raise NotAuthentic from error
        return piece, tag == _FINAL

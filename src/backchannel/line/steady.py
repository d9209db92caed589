"""The outer seal of a steady line: every envelope alike, whether it says something or nothing (spec 18.2).

    content = 0d || body of a piece (pieces.py)

The key is the epoch's, for this alone, and the mailbox the line's own: who holds no key sees envelopes of one size in
one place. Nothing of Olm moves for an envelope that says nothing, so a line may say nothing for years. What is put
together from pieces is sealed as the ordinary envelope that it stands for, and taken as such.
"""

from __future__ import annotations

from typing import Final

from backchannel.crypto.kdf import derive
from backchannel.crypto.olm import Randomness
from backchannel.crypto.suite import Role
from backchannel.errors import Malformed, NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.file_part import file_keys_of
from backchannel.line.identity import LineContext
from backchannel.line.pieces import Piece, piece_from_body
from backchannel.line.seal import ContentType, seal, unseal

_HEAD: Final = bytes((ContentType.STEADY,))
_FRAMES: Final = frozenset(
    (
        ContentType.PRE_KEY_FRAME,
        ContentType.FRAME,
        ContentType.PRE_KEY_FRAME_AGAIN,
        ContentType.FRAME_AGAIN,
    )
)


class SteadySeal:
    """The steady seal of an open line, as its channel stands now; nothing of the channel changes."""

    __slots__ = ("_channel", "_known")

    def __init__(self, channel: Channel) -> None:
        self._channel: Final = channel
        self._known: dict[tuple[int, Role], bytes] = {}

    def seal(self, body: bytes, randomness: Randomness) -> bytes:
        """Return a body as an envelope under the epoch that is written."""
        return seal(self._key(self._channel.epochs.writing, self._channel.role), randomness(24), _HEAD + body)

    def open(self, envelope: bytes) -> tuple[int, Piece | None]:
        """Return the epoch of an envelope and the piece in it; None where it says nothing.

        Raises:
            NotForUs: it was not sealed so by the peer, or was changed.
            PeerMisbehaved: the peer sealed what is no piece.
        """
        for epoch, _ in reversed(self._channel.epochs.roots):
            try:
                content_type, body = unseal(self._key(epoch, self._channel.role.other), envelope)
            except NotForUs:
                continue
            except Malformed as error:
                raise PeerMisbehaved(str(error)) from error
            if content_type is not ContentType.STEADY:
                raise PeerMisbehaved("no piece")
            try:
                return epoch, piece_from_body(body)
            except Malformed as error:
                raise PeerMisbehaved(str(error)) from error
        raise NotForUs

    def content_of(self, envelope: bytes) -> bytes:
        """Return the content of an ordinary envelope that our channel has just sealed, to be cut."""
        channel = self._channel
        content_type, body = unseal(channel.keys(channel.epochs.writing, channel.role).seal, envelope)
        return bytes((content_type,)) + body

    def whole(self, epoch: int, content: bytes, randomness: Randomness) -> bytes:
        """Return what the peer cut, as the ordinary envelope that it stands for.

        Raises:
            PeerMisbehaved: it is neither a frame nor a part of a file.
        """
        channel, writer = self._channel, self._channel.role.other
        if content[0] in _FRAMES:
            key = channel.keys(epoch, writer).seal
        elif content[0] == ContentType.FILE_PART:
            key, _ = file_keys_of(channel.context, channel.epochs.root(epoch), epoch, writer)
        else:
            raise PeerMisbehaved("pieces of what does not travel so")
        return seal(key, randomness(24), content)

    def _key(self, epoch: int, writer: Role) -> bytes:
        known = self._known.get((epoch, writer))
        if known is None:
            known = steady_key_of(self._channel.context, self._channel.epochs.root(epoch), epoch, writer)
            self._known[epoch, writer] = known
        return known


def steady_key_of(context: LineContext, root: bytes, epoch: int, writer: Role) -> bytes:
    """Return the key of the steady envelopes that one writer sends in an epoch (spec 18.2)."""
    return derive(root, context.info("epoch steady", epoch, int(writer)))

"""Pieces that come: kept until their message is whole, then given on as the envelope that it is (spec 18.4)."""

from __future__ import annotations

from typing import Final

from backchannel.app.desk import Work
from backchannel.app.line import Line
from backchannel.app.ports import PASSING
from backchannel.errors import Malformed, NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.pieces import Piece, Waiting
from backchannel.line.steady import SteadySeal
from backchannel.wire.codec import decode, encode

WAITING: Final = PASSING + "steady pieces"


def take_piece(work: Work, line: Line, envelope: bytes) -> tuple[bool, bytes | None]:
    """Take an envelope of a steady peer; what says nothing leaves no mark.

    Args:
        work: the transaction.
        line: an open line.
        envelope: as it came.

    Returns:
        Whether it was for a former incarnation, and the ordinary envelope that it made whole, if it did.

    Raises:
        NotForUs: no steady peer sealed it.
        PeerMisbehaved: the peer sealed what is no piece, or contradicts itself.
    """
    former, seal, epoch, piece = _opened(work, line, envelope)
    if piece is None:
        return former, None
    data = work.transaction.private(line.id, WAITING)
    before = Waiting() if data is None else Waiting.from_value(decode(data))
    try:
        after, content = before.with_piece(piece)
    except Malformed as error:
        raise PeerMisbehaved(str(error)) from error
    if after != before:
        work.transaction.save_private(line.id, WAITING, encode(after.to_value()) if len(after) else None)
    return former, None if content is None else seal.whole(epoch, content, work.random)


def _opened(work: Work, line: Line, envelope: bytes) -> tuple[bool, SteadySeal, int, Piece | None]:
    seal = SteadySeal(work.channel(line))
    try:
        return (False, seal, *seal.open(envelope))
    except NotForUs:
        if line.recovery.former_until is None:
            raise
    for _, state in work.transaction.formers(line.id):
        seal = SteadySeal(Channel.from_bytes(state))
        try:
            return (True, seal, *seal.open(envelope))
        except NotForUs:
            continue
    raise NotForUs

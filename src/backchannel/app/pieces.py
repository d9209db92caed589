"""Pieces that come: kept until their message is whole, then given on as the envelope that it is (spec 18.4)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from backchannel.app.desk import Work
from backchannel.app.line import Line
from backchannel.app.ports import PASSING
from backchannel.errors import Malformed, NotForUs, PeerMisbehaved
from backchannel.line.channel import Channel
from backchannel.line.pieces import Piece, Waiting
from backchannel.line.seal import ContentType
from backchannel.line.steady import SteadySeal
from backchannel.wire.codec import decode, encode

WAITING: Final = PASSING + "steady pieces"


@dataclass(frozen=True, slots=True)
class Takes:
    """What takes the ordinary envelopes of one incarnation; each raises NotForUs where it is not one of those."""

    frame: Callable[[bytes], None]
    part: Callable[[bytes], None]


def take_piece(work: Work, line: Line, envelope: bytes, now: Takes, former: Takes) -> bool:
    """Take an envelope of a steady peer; what says nothing leaves no mark.

    Args:
        work: the transaction.
        line: an open line.
        envelope: as it came.
        now: takes what it made whole, if it did.
        former: takes what it made whole for an incarnation that is over.

    Returns:
        Whether it made a part of a file whole.

    Raises:
        NotForUs: no steady peer sealed it.
        PeerMisbehaved: the peer sealed what is no piece, or contradicts itself.
    """
    takes, seal, epoch, piece = _opened(work, line, envelope, now, former)
    if piece is None:
        return False
    data = work.transaction.private(line.id, WAITING)
    before = Waiting() if data is None else Waiting.from_value(decode(data))
    try:
        after, content = before.with_piece(piece)
    except Malformed as error:
        raise PeerMisbehaved(str(error)) from error
    if after != before:
        work.transaction.save_private(line.id, WAITING, encode(after.to_value()) if len(after) else None)
    if content is None:
        return False
    is_part = content[0] == ContentType.FILE_PART
    try:
        (takes.part if is_part else takes.frame)(seal.whole(epoch, content, work.random))
    except NotForUs as error:
        raise PeerMisbehaved("pieces of what is no frame") from error
    return is_part


def _opened(
    work: Work, line: Line, envelope: bytes, now: Takes, former: Takes
) -> tuple[Takes, SteadySeal, int, Piece | None]:
    seal = SteadySeal(work.channel(line))
    try:
        return (now, seal, *seal.open(envelope))
    except NotForUs:
        if line.recovery.former_until is None:
            raise
    for _, state in work.transaction.formers(line.id):
        seal = SteadySeal(Channel.from_bytes(state))
        try:
            return (former, seal, *seal.open(envelope))
        except NotForUs:
            continue
    raise NotForUs

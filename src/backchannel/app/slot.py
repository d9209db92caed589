"""One slot of a steady line: its envelope, made ahead, kept before it leaves, and put out at its moment (spec 18.3).

A slot is taken in the transaction that makes its envelope. So no second process fills it, and none fills it again after
a crash; what was lost with it is repeated like anything that is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from backchannel.app.compose import acknowledgement, compose_open
from backchannel.app.desk import Desk, Work
from backchannel.app.exchange import Exchanged
from backchannel.app.file_parts import next_part
from backchannel.app.line import Line, Phase
from backchannel.app.outgoing import Outgoing
from backchannel.app.ports import Transport
from backchannel.app.steady import (
    LEAD,
    Pace,
    drawn,
    event_room,
    heard_slot,
    pace_of,
    rhythm_of,
    said_anew,
    save_pace,
)
from backchannel.errors import TransportError
from backchannel.line.channel import Channel
from backchannel.line.delivery import PAUSES, Delivery
from backchannel.line.epochs import Answered
from backchannel.line.file_part import content_of
from backchannel.line.mailbox import Mailbox
from backchannel.line.pieces import MESSAGE_SIZE, MOST_PIECES, cut, nothing
from backchannel.line.slots import DAY, Rhythm, is_used, slot_at, start_of
from backchannel.line.steady import SteadySeal

LATE: Final = 2000
"""Milliseconds after its moment at which a slot is still filled; a later one is left empty, and not made up for."""

EMPTY_FRAMES: Final = 256
"""Frames without an answer up to which an idle slot acknowledges; then it says nothing, and no ratchet moves."""

ANSWER_SLOTS: Final = 4
"""Slots in which an answer may come, after the last piece of what asks for it, before anything is repeated."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What goes out in one slot.

    Attributes:
        line_id: whose.
        at: when, milliseconds since 1970.
        mailbox: the line's own.
        envelopes: the same, sealed afresh for each transport.
        piece: the body in them, if it says something.
        outbox: names the mailbox that the piece was made for.
        beside: what goes to other mailboxes: of a handshake, or of a recovery.
    """

    line_id: bytes
    at: int
    mailbox: Mailbox
    envelopes: tuple[bytes, ...] = field(repr=False)
    piece: bytes | None = field(repr=False)
    outbox: bytes = field(repr=False)
    beside: tuple[Outgoing, ...] = ()


def coming_slot(desk: Desk, line_id: bytes) -> int | None:
    """Return the slot whose envelope is to be made now; None where it is not time for one."""
    now = desk.clock()
    with desk.look() as transaction:
        line = transaction.line(line_id)
        rhythm, pace = rhythm_of(transaction, line_id), pace_of(transaction, line_id)
    if rhythm is None or not line.phase.has_keys:
        return None
    if pace is None:  # restored: the next look has a phase
        with desk.work() as work:
            save_pace(work.transaction, line_id, drawn(rhythm, work.random))
        return None
    slot = slot_at(rhythm, pace.phase, now + LEAD)
    if now > start_of(rhythm, pace.phase, slot) + LATE or not _is_free(rhythm, pace, slot):
        return None
    return slot if is_used(rhythm, slot, heard_slot(rhythm, pace.phase, line)) else None


def _is_free(rhythm: Rhythm, pace: Pace, slot: int) -> bool:
    """Say whether a slot was not taken; one taken that lies more than a day ahead means that a clock was set."""
    return pace.slot is None or slot > pace.slot or (pace.slot - slot) * rhythm.every > DAY


def fill(desk: Desk, line_id: bytes, slot: int, *, ways: int) -> Filled | None:
    """Take a slot and make its envelope; saved before any of it leaves.

    Args:
        desk: where.
        line_id: the line.
        slot: which.
        ways: how many transports there are; each gets the envelope under a seal of its own.

    Returns:
        What goes out; None where somebody else has taken the slot, or the line is not steady any more.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line(line_id)
        rhythm, pace = rhythm_of(work.transaction, line_id), pace_of(work.transaction, line_id)
        if not line.phase.has_keys or rhythm is None or pace is None or not _is_free(rhythm, pace, slot):
            return None
        channel = work.channel(line)
        frames, outbox = channel.epoch_frames, channel.outbox.put_id
        waiting, beside = pace.waiting, list[Outgoing]()
        if waiting and pace.outbox != outbox:  # the keys have moved on, and what was cut was for the old ones
            line, waiting = said_anew(line, now), ()
            work.transaction.save_line(line)
        seal = SteadySeal(channel)
        wants = line.phase is Phase.OPEN and channel.wants_step(now)
        keys = wants or (line.delivery.owes and isinstance(channel.epochs.step, Answered))
        if not waiting or keys or (line.delivery.owes and slot % 2 == 0):
            said, beside, again = _said(work, line, rhythm, pace, slot, now)
            # The keys step in their time, and an acknowledgement does not wait for the rest of something long.
            waiting = (*said, *waiting) if keys or len(said) == 1 else (*waiting, *said)
            pace = replace(pace, again=again)
        parts = pace.parts
        if not waiting and not parts:
            parts = _part(work, line_id, rhythm, now)
        stepped = channel.epochs.writing > 0 and frames == 0
        idle = not waiting and not parts
        if channel.can_speak() and (stepped or (idle and _may_acknowledge(channel, line))):
            # The first envelope of an epoch is whole in itself: by it the other side knows that the keys have stepped.
            bare = channel.seal(acknowledgement(work, work.transaction.line(line_id)), work.random)
            waiting = (*_cut(seal, bare, rhythm, work), *waiting)
        channel.epoch_frames = frames + 1  # an epoch has so many slots, whatever was said in them
        piece = waiting[0] if waiting else parts[0] if parts else None
        waiting, parts = waiting[1:], parts if waiting else parts[1:]
        body = nothing(rhythm.size) if piece is None else piece
        envelopes = tuple(seal.seal(body, work.random) for _ in range(ways))
        pace = replace(pace, slot=slot, outbox=outbox, waiting=waiting, parts=parts)
        save_pace(work.transaction, line_id, pace)
    at = start_of(rhythm, pace.phase, slot)
    return Filled(line_id, at, channel.outbox, envelopes, piece, outbox, tuple(beside))


def _said(
    work: Work, line: Line, rhythm: Rhythm, pace: Pace, slot: int, now: int
) -> tuple[list[bytes], list[Outgoing], int]:
    """Return the pieces of the next frame, what goes beside them, and the first slot that may repeat something."""
    channel = work.channel(line)
    delivery = line.delivery
    if delivery.is_due(now) and 0 < pace.again - slot < ANSWER_SLOTS + MOST_PIECES:
        later = min(start_of(rhythm, pace.phase, pace.again), now + PAUSES[-1])
        delivery = replace(delivery, due=later)
    line = replace(line, delivery=delivery)
    said: list[bytes] = []
    beside: list[Outgoing] = []
    repeated, outstanding = False, delivery.due is not None
    for _ in range(3):  # a warning and a request to join stand before the frames
        composed = compose_open(work, line, now, most=1, room=event_room(rhythm))
        line = work.transaction.line(line.id)
        repeated = repeated or composed.repeated
        beside.extend(out for out in composed.outgoing if out.mailbox != channel.outbox)
        said = [
            body
            for out in composed.outgoing
            if out.mailbox == channel.outbox
            for body in _cut(SteadySeal(channel), out.envelope, rhythm, work)
        ]
        if said or not composed.more:
            break
    asks = repeated or (not outstanding and line.delivery.due is not None)
    return said, beside, slot + len(said) - 1 + ANSWER_SLOTS if asks else pace.again


def _part(work: Work, line_id: bytes, rhythm: Rhythm, now: int) -> tuple[bytes, ...]:
    """Return the pieces of the next part of a file, and note that it goes out."""
    found = next_part(work.transaction, work.transaction.line(line_id), now)
    if found is None:
        return ()
    part, file, again = found
    pieces = cut(content_of(part), rhythm.size, work.random(MESSAGE_SIZE))
    if file.sending is not None:
        sending = file.sending.sent(part.number, now, repeated=again)
        until = now + min(PAUSES[-1], (len(pieces) + ANSWER_SLOTS) * rhythm.every)
        sending = replace(sending, due=until if sending.due is None else max(sending.due, until))
        work.transaction.save_file(replace(file, sending=sending))
    return tuple(pieces)


def _cut(seal: SteadySeal, envelope: bytes, rhythm: Rhythm, work: Work) -> list[bytes]:
    return cut(seal.content_of(envelope), rhythm.size, work.random(MESSAGE_SIZE))


def _may_acknowledge(channel: Channel, line: Line) -> bool:
    """Say whether an idle slot acknowledges: while there is nobody to hear it, no ratchet moves for nothing."""
    return line.delivery.last_heard is not None and channel.sequence - channel.heard_by_peer < EMPTY_FRAMES


def put_out(
    filled: Filled, transports: Sequence[Transport]
) -> tuple[bool, bool, list[tuple[Transport, TransportError]]]:
    """Give each transport its envelope; nothing of the vault is touched.

    Returns:
        Whether any took it, whether any took what goes beside, and which failed.
    """
    taken, problems = False, []
    besides = not filled.beside
    for transport, envelope in zip(transports, filled.envelopes, strict=True):
        try:
            transport.put(filled.mailbox, [envelope])
            taken = True
            for out in filled.beside:
                transport.put(out.mailbox, [out.envelope])
            besides = True
        except TransportError as error:
            problems.append((transport, error))
    return taken, besides, problems


def take_back(desk: Desk, filled: Filled, *, piece: bool, beside: bool) -> None:
    """Keep for the next slots what no transport took; the slot itself is gone."""
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line(filled.line_id)
        pace = pace_of(work.transaction, filled.line_id)
        if piece and filled.piece is not None:
            if pace is not None and pace.outbox == filled.outbox:
                save_pace(work.transaction, line.id, replace(pace, waiting=(filled.piece, *pace.waiting)))
            else:
                line = said_anew(line, now)
        if beside and filled.beside:
            line = said_anew(line, now)
            line = replace(line, recovery=replace(line.recovery, post=Delivery()))
        work.transaction.save_line(line)


def run_slot(desk: Desk, line_id: bytes, transports: Sequence[Transport]) -> Exchanged:
    """Fill the slot whose time it is and put it out; nothing where it is not time for one.

    Args:
        desk: where.
        line_id: the line.
        transports: each gets the envelope.
    """
    done = Exchanged()
    slot = coming_slot(desk, line_id)
    filled = fill(desk, line_id, slot, ways=len(transports)) if slot is not None and transports else None
    if filled is None:
        return done
    settle(desk, filled, put_out(filled, transports), done)
    return done


def settle(
    desk: Desk,
    filled: Filled,
    outcome: tuple[bool, bool, list[tuple[Transport, TransportError]]],
    done: Exchanged,
) -> None:
    """Note what became of a slot's envelope."""
    taken, besides, problems = outcome
    done.problems.extend((transport.name, error) for transport, error in problems)
    done.sent += len(filled.envelopes) - len(problems)
    if not (taken and besides):
        take_back(desk, filled, piece=not taken, beside=not besides)

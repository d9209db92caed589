"""Compose: everything a line wants to say now, framed and sealed; saved before any of it leaves (spec 3.4.3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from backchannel.app.attachment import Attachment
from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Phase
from backchannel.app.outgoing import Outgoing
from backchannel.app.recover import without
from backchannel.app.rendezvous import asking, owed_back, post, recovery_controls, recovery_is_due, warn_formers
from backchannel.crypto.suite import Role
from backchannel.line.channel import Channel
from backchannel.line.epochs import Answered
from backchannel.line.frame import (
    CONTROL_ROOM,
    EVENT_HEAD,
    EVENT_ROOM,
    FILES_AT_ONCE,
    FILES_ROOM,
    HEAD_SIZE,
    Control,
    ForkNotice,
    Frame,
)
from backchannel.log.tombstone import read_kept

BATCH: Final = 64
"""Frames of one transaction at most, and of one repetition."""

FORKS_AT_ONCE: Final = 16
BRANCHES_AT_ONCE: Final = 48
"""Forks of which one frame tells at most, and ids of events in that: with key steps they fit CONTROL_ROOM."""


@dataclass(frozen=True, slots=True)
class Composed:
    """What goes out now.

    Attributes:
        outgoing: in order.
        repeated: whether it repeats what went out before; then every transport gets it.
        more: whether there is more to compose at once.
    """

    outgoing: tuple[Outgoing, ...] = ()
    repeated: bool = False
    more: bool = False


def compose(desk: Desk, line_id: bytes, *, ways: int = 1, everything: bool = False, most: int = BATCH) -> Composed:
    """Frame and seal what a line wants to say now, and save that it was said.

    Args:
        desk: where.
        line_id: the line.
        ways: how many transports there are; what is repeated is sealed afresh for each of them.
        everything: also what is unacknowledged and not due yet.
        most: frames at most.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line(line_id)
        match line.phase:
            case Phase.INVITING:
                line, outgoing = _handshake_leftovers(work, line, ways=1, repeated=False)
                work.transaction.save_line(replace(line, delivery=replace(line.delivery, owes=False)))
                return Composed(tuple(outgoing))
            case Phase.JOINING:
                return _request(work, line, now, ways=ways, everything=everything)
            case Phase.OPEN | Phase.CLOSING:
                return compose_open(work, line, now, ways=ways, everything=everything, most=most)
            case Phase.RESTORING:
                line, outgoing, repeated = post(work, line, now, ways=ways, everything=everything)
                work.transaction.save_line(line)
                return Composed(tuple(outgoing), repeated)
            case _:
                return Composed()


def _request(work: Work, line: Line, now: int, *, ways: int, everything: bool) -> Composed:
    first = line.delivery.due is None
    if line.joining is None or not (first or everything or line.delivery.is_due(now)):
        return Composed()
    mailbox = line.joining.invitation.mailbox(Role.JOINER)
    outgoing = tuple(Outgoing(mailbox, line.joining.envelope(work.random), way) for way in range(1 if first else ways))
    delivery = line.delivery.framed_upto(0, now, outstanding=True, repeated=not first)
    work.transaction.save_line(replace(line, delivery=delivery))
    return Composed(outgoing, repeated=not first)


def compose_open(
    work: Work,
    line: Line,
    now: int,
    *,
    ways: int = 1,
    everything: bool = False,
    most: int = BATCH,
    room: int = EVENT_ROOM,
) -> Composed:
    """Say what an open line has to say, and what is left of a recovery.

    Args:
        work: the transaction; the line is saved in it.
        line: as it is.
        now: milliseconds since 1970.
        ways: as in `compose`.
        everything: as in `compose`.
        most: frames at most.
        room: bytes of events in one frame, beside one event that is larger.
    """
    if line.recovery.former_until is not None:
        line, warnings = warn_formers(work, line, now)
        if warnings:
            return Composed(tuple(warnings), more=True)
    if line.recovery.joining is not None:
        line, requests, repeated = post(work, line, now, ways=ways, everything=everything)
        if requests:
            work.transaction.save_line(line)
            return Composed(tuple(requests), repeated, more=True)
    return _frames(work, line, now, ways=ways, everything=everything, most=most, room=room)


def _frames(work: Work, line: Line, now: int, *, ways: int, everything: bool, most: int, room: int) -> Composed:
    channel = work.channel(line)
    delivery = line.delivery
    proposed = line.phase is Phase.OPEN and channel.wants_step(now)
    if proposed:
        channel.propose_step()
    repeated = delivery.is_due(now) or everything
    echoes = _echoes(work, line) if repeated or delivery.owes else []
    controls = _controls(channel, echoes, speak=proposed or repeated, answer=delivery.owes)
    if repeated or delivery.owes:
        controls = (*controls, *recovery_controls(line))
    line, outgoing = _handshake_leftovers(work, line, ways=ways if repeated else 1, repeated=repeated)
    unheard = not everything and line.recovery.unheard
    wanted = [] if unheard else delivery.wanted(line.own, now, everything=everything)
    runs = without(wanted, line.gone(int(line.role)))
    back = owed_back(line, again=repeated)
    files = _files_to_tell(work, line, now, everything=everything)
    owes = delivery.owes and delivery.last_heard is not None
    if not (runs or back or controls or files or owes or (unheard and repeated)):
        if outgoing:
            work.transaction.save_line(replace(line, delivery=replace(delivery, owes=False)))
        return Composed(tuple(outgoing), repeated)
    if not channel.can_speak():
        if channel.can_repeat and (repeated or delivery.owes or delivery.due is None):
            outgoing.extend(_last_words(work, line, channel, now, ways=ways))
        return Composed(tuple(outgoing), repeated=bool(outgoing))

    highest, given, more, first = delivery.framed, line.recovery.given, False, channel.sequence + 1
    for last, frame in _packed(work, line, runs, controls, echoes, back, files, room):
        if len(outgoing) >= most * (ways if repeated else 1) or not channel.can_speak():
            more = not repeated
            break
        for way in range(ways if repeated else 1):
            if channel.can_speak():
                outgoing.append(Outgoing(channel.outbox, channel.seal(frame, work.random), way))
        highest, given = max(highest, last[0]), max(given, last[1])
    if outgoing:
        _note_told(work, files, now)
    delivery = delivery.framed_upto(highest, now, outstanding=_outstanding(channel, line), repeated=repeated)
    ending = line.ending.framed(first, line.theirs.upto) if channel.sequence >= first else line.ending
    line = replace(line, recovery=replace(line.recovery, given=given)) if back else line
    work.transaction.save_line(replace(_told(line, controls), delivery=delivery, ending=ending))
    return Composed(tuple(outgoing), repeated, more)


def _last_words(work: Work, line: Line, channel: Channel, now: int, *, ways: int) -> list[Outgoing]:
    """Say the last words of a session once more, which is all that it can still say (spec 3.3.5)."""
    delivery = line.delivery.framed_upto(line.delivery.framed, now, outstanding=True, repeated=True)
    work.transaction.save_line(replace(line, delivery=delivery))
    return [Outgoing(channel.outbox, channel.repeat(work.random), way) for way in range(ways)]


def _note_told(work: Work, files: Iterable[Attachment], now: int) -> None:
    for file in files:
        work.transaction.save_file(file.was_told(now))


def _outstanding(channel: Channel, line: Line) -> bool:
    """Say whether an answer is waited for, so that it has to be said again if none comes."""
    return channel.epochs.step is not None or line.delivery.theirs.upto < line.own or line.unfinished


def _handshake_leftovers(work: Work, line: Line, *, ways: int, repeated: bool) -> tuple[Line, list[Outgoing]]:
    """Return what the inviter still owes the joiner, and others, on the invitation's mailbox."""
    if line.inviting is None:
        return line, []
    mailbox = line.inviting.invitation.mailbox(Role.INVITER)
    inviting, envelopes = line.inviting.refuse(work.random)
    outgoing = [Outgoing(mailbox, envelope) for envelope in envelopes]
    unheard = line.delivery.last_heard is None
    for way in range(ways if unheard and (repeated or line.delivery.owes) else 0):
        reply = inviting.reply(work.random)
        if reply is not None:
            outgoing.append(Outgoing(mailbox, reply, way))
    return (replace(line, inviting=inviting) if envelopes else line), outgoing


def _told(line: Line, controls: tuple[Control, ...]) -> Line:
    """Return the line after these controls went out: what the peer asked of forks is answered."""
    told = {(control.author, control.number) for control in controls if isinstance(control, ForkNotice)}
    forks = tuple(replace(fork, asked=False) if (fork.author, fork.number) in told else fork for fork in line.forks)
    return replace(line, forks=forks)


def _controls(
    channel: Channel, echoes: list[tuple[ForkNotice, list[bytes]]], *, speak: bool, answer: bool
) -> tuple[Control, ...]:
    controls: list[Control] = []
    if speak or (answer and isinstance(channel.epochs.step, Answered)):
        controls.extend(channel.controls())
    controls.extend(notice for notice, _ in echoes)
    return tuple(controls)


def _files_to_tell(work: Work, line: Line, now: int, *, everything: bool) -> list[Attachment]:
    """Return the files of which the peer is told in the first frame."""
    moving = work.transaction.files(line.id, moving=True)
    return [file for file in moving if file.tells(now) or (everything and not file.mine)][:FILES_AT_ONCE]


def _echoes(work: Work, line: Line) -> list[tuple[ForkNotice, list[bytes]]]:
    """Return what the peer must be shown of forks: the ids that we hold, and every branch whole unless it has them."""
    found: list[tuple[ForkNotice, list[bytes]]] = []
    told = 0
    for fork in [fork for fork in line.forks if not fork.settled or fork.asked][:FORKS_AT_ONCE]:
        ids = tuple(work.transaction.ids_at(line.id, fork.author, fork.number))
        told += len(ids)
        if found and told > BRANCHES_AT_ONCE:
            break
        branches = [] if fork.settled else work.transaction.raw_events(line.id, fork.author, fork.number, fork.number)
        found.append((ForkNotice(fork.author, fork.number, ids, answer=fork.settled), list(branches)))
    return found


def _packed(
    work: Work,
    line: Line,
    runs: list[tuple[int, int]],
    controls: tuple[Control, ...],
    echoes: list[tuple[ForkNotice, list[bytes]]],
    back: tuple[int, int] | None,
    files: list[Attachment],
    room: int,
) -> Iterator[tuple[tuple[int, int], Frame]]:
    """Yield frames as full as they can be, each with the highest number in it of ours, and of theirs."""
    asks = asking(line)
    controls = (*(control for control in controls if control not in asks), *(file.word() for file in files), *asks)
    bare = acknowledgement(work, line)
    pending: list[bytes] = []
    room -= (CONTROL_ROOM if controls else 0) + (FILES_ROOM if files else 0)
    left, last, yielded = room, (0, 0), False

    def frame() -> Frame:
        said = asks if yielded else controls
        return replace(bare, controls=said, events=tuple(pending))

    for numbers, raw in _outbound(work, line, runs, echoes, back):
        if (pending or (controls and not yielded)) and len(raw) + EVENT_HEAD > left:
            yield last, frame()
            pending, left, yielded = [], EVENT_ROOM, True
        pending.append(raw)
        left -= len(raw) + EVENT_HEAD
        last = max(last[0], numbers[0]), max(last[1], numbers[1])
    if pending or not yielded:
        yield last, frame()


def acknowledgement(work: Work, line: Line) -> Frame:
    """Return the frame that says what we have, and nothing else: nobody answers it."""
    held = work.transaction.ids_at(line.id, int(line.role.other), line.theirs.upto) if line.theirs.upto else [b""]
    return Frame(own=line.own, held=line.theirs, head=held[0][:HEAD_SIZE] if held else b"")


def _outbound(
    work: Work,
    line: Line,
    runs: list[tuple[int, int]],
    echoes: list[tuple[ForkNotice, list[bytes]]],
    back: tuple[int, int] | None,
) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Yield events to say, each with its number if it is ours, and if it is theirs that we give back."""
    for _, branches in echoes:
        for raw in branches:
            yield (0, 0), raw
    if back is not None:
        for raw in work.transaction.raw_events(line.id, int(line.role.other), *back):
            yield (0, read_kept(raw).number), raw
    twice = {
        fork.number: len(work.transaction.ids_at(line.id, fork.author, fork.number))
        for fork in line.forks
        if fork.author == int(line.role)
    }
    for first, last in runs:
        numbers = (number for number in range(first, last + 1) for _ in range(twice.get(number, 1)))
        raws = work.transaction.raw_events(line.id, int(line.role), first, last)
        yield from (((number, 0), raw) for number, raw in zip(numbers, raws, strict=True))


def has_something(line: Line, now: int) -> bool:
    """Say, without sealing anything, whether a line wants to say something now."""
    match line.phase:
        case Phase.INVITING:
            return line.delivery.owes
        case Phase.JOINING:
            return line.delivery.due is None or line.delivery.is_due(now)
        case Phase.OPEN | Phase.CLOSING:
            wanted = without(line.delivery.wanted(line.own, now), line.gone(int(line.role)))
            return line.delivery.owes or line.delivery.is_due(now) or bool(wanted) or recovery_is_due(line, now)
        case Phase.RESTORING:
            return recovery_is_due(line, now)
        case _:
            return False

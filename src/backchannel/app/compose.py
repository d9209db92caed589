"""Compose: everything a line wants to say now, framed and sealed; saved before any of it leaves (spec 3.4.3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Phase
from backchannel.line.channel import Channel
from backchannel.line.epochs import Answered
from backchannel.line.frame import CONTROL_ROOM, EVENT_HEAD, EVENT_ROOM, HEAD_SIZE, Control, ForkNotice, Frame
from backchannel.line.mailbox import Mailbox

BATCH: Final = 64
"""Frames of one transaction at most, and of one repetition."""

FORKS_AT_ONCE: Final = 4


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One envelope on its way.

    Attributes:
        mailbox: where to.
        envelope: its bytes.
        way: which of the transports it was sealed for; each has seals of its own.
    """

    mailbox: Mailbox
    envelope: bytes
    way: int = 0


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
                return _frames(work, line, now, ways=ways, everything=everything, most=most)
            case _:
                return Composed()


def _request(work: Work, line: Line, now: int, *, ways: int, everything: bool) -> Composed:
    first = line.delivery.due is None
    if line.joining is None or not (first or everything or line.delivery.is_due(now)):
        return Composed()
    mailbox = line.joining.invitation.mailbox(line.role)
    outgoing = tuple(Outgoing(mailbox, line.joining.envelope(work.random), way) for way in range(1 if first else ways))
    delivery = line.delivery.framed_upto(0, now, outstanding=True, repeated=not first)
    work.transaction.save_line(replace(line, delivery=delivery))
    return Composed(outgoing, repeated=not first)


def _frames(work: Work, line: Line, now: int, *, ways: int, everything: bool, most: int) -> Composed:
    channel = work.channel(line)
    delivery = line.delivery
    proposed = line.phase is Phase.OPEN and channel.wants_step(now)
    if proposed:
        channel.propose_step()
    repeated = delivery.is_due(now) or everything
    echoes = _echoes(work, line) if repeated or delivery.owes else []
    controls = _controls(channel, echoes, speak=proposed or repeated, answer=delivery.owes)
    line, outgoing = _handshake_leftovers(work, line, ways=ways if repeated else 1, repeated=repeated)
    runs = delivery.wanted(line.own, now, everything=everything)
    if not runs and not controls and not (delivery.owes and delivery.last_heard is not None):
        if outgoing:
            work.transaction.save_line(replace(line, delivery=replace(delivery, owes=False)))
        return Composed(tuple(outgoing), repeated)
    if not channel.can_speak():
        if channel.can_repeat and (repeated or delivery.owes or delivery.due is None):
            outgoing.extend(Outgoing(channel.outbox, channel.repeat(work.random), way) for way in range(ways))
            delivery = delivery.framed_upto(delivery.framed, now, outstanding=True, repeated=True)
            work.transaction.save_line(replace(line, delivery=delivery))
        return Composed(tuple(outgoing), repeated=bool(outgoing))

    highest, more, first = delivery.framed, False, channel.sequence + 1
    for last, frame in _packed(work, line, runs, controls, echoes):
        if len(outgoing) >= most * (ways if repeated else 1) or not channel.can_speak():
            more = not repeated
            break
        for way in range(ways if repeated else 1):
            if channel.can_speak():
                outgoing.append(Outgoing(channel.outbox, channel.seal(frame, work.random), way))
        highest = max(highest, last)
    unsettled = any(not fork.settled for fork in line.forks)
    outstanding = channel.epochs.step is not None or delivery.theirs.upto < line.own or unsettled
    delivery = delivery.framed_upto(highest, now, outstanding=outstanding, repeated=repeated)
    if channel.sequence >= first:
        line = replace(line, ending=line.ending.framed(first, line.theirs.upto))
    work.transaction.save_line(replace(_told(line, controls), delivery=delivery))
    return Composed(tuple(outgoing), repeated, more)


def _handshake_leftovers(work: Work, line: Line, *, ways: int, repeated: bool) -> tuple[Line, list[Outgoing]]:
    """Return what the inviter still owes the joiner, and others, on the invitation's mailbox."""
    if line.inviting is None:
        return line, []
    mailbox = line.inviting.invitation.mailbox(line.role)
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


def _echoes(work: Work, line: Line) -> list[tuple[ForkNotice, list[bytes]]]:
    """Return what the peer must be shown of forks: the ids that we hold, and every branch whole unless it has them."""
    found = []
    for fork in [fork for fork in line.forks if not fork.settled or fork.asked][:FORKS_AT_ONCE]:
        ids = tuple(work.transaction.ids_at(line.id, fork.author, fork.number))
        branches = [] if fork.settled else work.transaction.raw_events(line.id, fork.author, fork.number, fork.number)
        found.append((ForkNotice(fork.author, fork.number, ids, answer=fork.settled), list(branches)))
    return found


def _packed(
    work: Work,
    line: Line,
    runs: list[tuple[int, int]],
    controls: tuple[Control, ...],
    echoes: list[tuple[ForkNotice, list[bytes]]],
) -> Iterator[tuple[int, Frame]]:
    """Yield frames as full as they can be, each with the highest of our numbers in it."""
    held = work.transaction.ids_at(line.id, int(line.role.other), line.theirs.upto) if line.theirs.upto else [b""]
    head = held[0][:HEAD_SIZE]
    pending: list[bytes] = []
    room = EVENT_ROOM - (CONTROL_ROOM if controls else 0)
    left, last, yielded = room, 0, False

    def frame() -> Frame:
        said = () if yielded else controls
        return Frame(own=line.own, held=line.theirs, head=head, controls=said, events=tuple(pending))

    for number, raw in _outbound(work, line, runs, echoes):
        if (pending or (controls and not yielded)) and len(raw) + EVENT_HEAD > left:
            yield last, frame()
            pending, left, yielded = [], EVENT_ROOM, True
        pending.append(raw)
        left -= len(raw) + EVENT_HEAD
        last = max(last, number)
    if pending or not yielded:
        yield last, frame()


def _outbound(
    work: Work, line: Line, runs: list[tuple[int, int]], echoes: list[tuple[ForkNotice, list[bytes]]]
) -> Iterator[tuple[int, bytes]]:
    for _, branches in echoes:
        for raw in branches:
            yield 0, raw
    twice = {
        fork.number: len(work.transaction.ids_at(line.id, fork.author, fork.number))
        for fork in line.forks
        if fork.author == int(line.role)
    }
    for first, last in runs:
        numbers = (number for number in range(first, last + 1) for _ in range(twice.get(number, 1)))
        yield from zip(numbers, work.transaction.raw_events(line.id, int(line.role), first, last), strict=True)


def has_something(line: Line, now: int) -> bool:
    """Say, without sealing anything, whether a line wants to say something now."""
    match line.phase:
        case Phase.INVITING:
            return line.delivery.owes
        case Phase.JOINING:
            return line.delivery.due is None or line.delivery.is_due(now)
        case Phase.OPEN | Phase.CLOSING:
            return line.delivery.owes or line.delivery.is_due(now) or bool(line.delivery.wanted(line.own, now))
        case _:
            return False

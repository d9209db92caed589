"""Exchange: fetch and send by every transport of a line; the courier between the vault and the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from backchannel.app.compose import Composed, compose
from backchannel.app.desk import Desk
from backchannel.app.file_parts import PARTS_AT_ONCE, next_parts, note_sent
from backchannel.app.files import look_at_arrived
from backchannel.app.line import Line
from backchannel.app.ports import Found, Transport
from backchannel.app.receive import Fate, receive
from backchannel.app.rendezvous import looked, places
from backchannel.app.resting import awake, failed, worked
from backchannel.app.steady import goes_steady, rhythm_of
from backchannel.app.tidy import tidy
from backchannel.crypto.suite import Role
from backchannel.errors import TransportError
from backchannel.line.channel import Channel
from backchannel.line.delivery import Delivery
from backchannel.line.file_part import FileSeal
from backchannel.line.mailbox import Mailbox

MOST_FETCHED: Final = 100_000
"""Envelopes fetched from one mailbox in one go at most."""

MOST_IN_VAIN: Final = 1024
"""Envelopes fetched in a row that bring nothing; a relay that invents them without end is left after that."""


@dataclass(slots=True)
class Exchanged:
    """What one exchange did.

    Attributes:
        sent: envelopes handed over.
        fetched: envelopes that were opened.
        events: new events in the vault.
        refused: envelopes that the peer's software got wrong.
        parts_sent: parts of files handed over.
        parts: new parts of files in the vault.
        problems: (transport, error) for each that failed.
        resting: (transport, until when) for each that was not asked, since it cost a timeout not long ago.
    """

    sent: int = 0
    fetched: int = 0
    events: int = 0
    refused: int = 0
    parts_sent: int = 0
    parts: int = 0
    problems: list[tuple[str, TransportError]] = field(default_factory=list)
    resting: list[tuple[str, int]] = field(default_factory=list)


def inboxes(desk: Desk, line_id: bytes) -> list[Mailbox]:
    """Return the mailboxes in which something for this line may lie."""
    with desk.look() as transaction:
        line = transaction.line(line_id)
        found = []
        if line.phase.has_keys:
            channel = desk.channel_now(transaction, line)
            found.extend(channel.inboxes)
        if line.phase.is_over:
            return found
        if line.inviting is not None:
            found.append(line.inviting.invitation.mailbox(Role.JOINER))
        found.extend(
            handshake.invitation.mailbox(Role.INVITER)
            for handshake in (line.joining, line.recovery.joining)
            if handshake is not None
        )
        if line.recovery.former_until is not None:
            for _, state in transaction.formers(line_id):
                found.extend(Channel.from_bytes(state).inboxes)
        if line.phase.has_keys and (
            rhythm_of(transaction, line.id) is not None  # that a file is awaited must not show
            or any(not file.mine for file in transaction.files(line.id, moving=True))
        ):
            found.extend(FileSeal(channel).inboxes)  # last: words come before files
        return found


def exchange(desk: Desk, line: Line, transports: Sequence[Transport], *, by_hand: bool = False) -> Exchanged:
    """Fetch what has come and send what is wanted, by every transport.

    A transport that fails is reported, and the others go on; what could not be sent stays due. One that rests is not
    asked. A steady line is left alone: what keeps it in its rhythm does both (app/steady_watch.py).

    Args:
        desk: where.
        line: the line.
        transports: in the order in which they are tried.
        by_hand: whether the owner asks for it; then it is soon time again to look into the rendezvous (spec 3.8.4).
    """
    done = Exchanged()
    if goes_steady(desk, line.id):
        return done
    alive = fetch_all(desk, line, transports, done, by_hand=by_hand)
    _send(desk, line.id, alive, done)
    tidy(desk, line.id)
    return done


def fetch_all(
    desk: Desk, line: Line, transports: Sequence[Transport], done: Exchanged, *, by_hand: bool = False
) -> list[Transport]:
    """Fetch what has come by every transport that does not rest; return those that answered."""
    ways = awake(desk, transports)
    done.resting = ways.resting
    met = meet(desk, line, ways.transports, done, by_hand=by_hand)
    alive = [transport for transport in met if _fetch_by(desk, line, transport, done)]
    for transport in alive:
        if transport.name in ways.failed:
            worked(desk, transport.name)
    return alive


def meet(
    desk: Desk, line: Line, transports: Sequence[Transport], done: Exchanged, *, by_hand: bool = False
) -> list[Transport]:
    """Look into the rendezvous where it is time for it (spec 3.8.4); return the transports that have not failed."""
    meetings = places(desk, line.id, by_hand=by_hand)
    if not meetings or not transports:
        return list(transports)
    alive = []
    for transport in transports:
        since = desk.clock()
        try:
            for mailbox in meetings[:1] if transport.shared else meetings:
                _fetch(desk, line.id, transport, mailbox, done)
        except TransportError as error:
            done.problems.append((transport.name, error))
            failed(desk, transport.name, since)
            continue
        alive.append(transport)
    if alive:
        looked(desk, line.id)
    return alive


def _fetch_by(desk: Desk, line: Line, transport: Transport, done: Exchanged) -> bool:
    since = desk.clock()
    try:
        seen: set[bytes] = set()
        while fresh := [box for box in inboxes(desk, line.id) if box.get_id not in seen]:
            seen.update(box.get_id for box in fresh)
            for mailbox in fresh[:1] if transport.shared else fresh:  # what is shared gives out everything every time
                _fetch(desk, line.id, transport, mailbox, done)
    except TransportError as error:
        done.problems.append((transport.name, error))
        failed(desk, transport.name, since)
        return False
    return True


def _fetch(desk: Desk, line_id: bytes, transport: Transport, mailbox: Mailbox, done: Exchanged) -> None:
    """Fetch until nothing new comes: a relay that gives out the same for ever is left.

    Where it is left too early, the rest comes the next time: what was taken is deleted.
    """
    known: set[bytes] = set()
    in_vain = 0
    while found := transport.get(mailbox):
        fresh = {sha256(each.envelope).digest() for each in found} - known
        if not fresh or len(known) > MOST_FETCHED or in_vain > MOST_IN_VAIN:
            return
        known |= fresh
        before = done.fetched
        if not take(desk, line_id, transport, mailbox, found, done):
            return
        in_vain = in_vain + len(found) if done.fetched == before else 0


def take(
    desk: Desk, line_id: bytes, transport: Transport, mailbox: Mailbox, found: Sequence[Found], done: Exchanged
) -> bool:
    """Put what a transport holds into the vault, and only then let it delete.

    Returns:
        Whether the transport let go of anything, so that asking again brings something else.
    """
    received = receive(desk, line_id, [each.envelope for each in found])
    done.fetched += received.fates.count(Fate.OPENED)
    done.refused += received.fates.count(Fate.REFUSED)
    done.events += received.events
    done.parts += received.parts
    if received.parts:
        look_at_arrived(desk, line_id)
    finished = [
        each.receipt
        for each, fate in zip(found, received.fates, strict=True)
        if not (transport.shared and fate in (Fate.FOREIGN, Fate.WAITING))
    ]
    if finished:
        transport.delete(mailbox, finished)
    return bool(finished)


def send(
    desk: Desk,
    line_id: bytes,
    transports: Sequence[Transport],
    done: Exchanged,
    *,
    most_parts: int | None = None,
    insist: bool = False,
) -> None:
    """Send what a line wants to say by the first transport that takes it; what is repeated, by all of them.

    Parts of files go after everything that is said, and what is said meanwhile goes before the next of them. On a
    steady line nothing goes: it waits for its slot.

    Args:
        desk: where.
        line_id: the line.
        transports: in the order in which they are tried.
        done: is told what was done.
        most_parts: parts of files at most; None is all that may be in flight.
        insist: also ask those that rest.
    """
    if goes_steady(desk, line_id):
        return
    if not insist:
        ways = awake(desk, transports)
        transports, done.resting = ways.transports, ways.resting
    _send(desk, line_id, transports, done, most_parts)


def _send(
    desk: Desk, line_id: bytes, transports: Sequence[Transport], done: Exchanged, most_parts: int | None = None
) -> None:
    if most_parts != 0:
        look_at_arrived(desk, line_id)  # where a crash came between the last part and the look
    alive = _send_words(desk, line_id, list(transports), done)
    until = None if most_parts is None else done.parts_sent + most_parts
    while alive and (until is None or done.parts_sent < until):
        most = PARTS_AT_ONCE if until is None else min(PARTS_AT_ONCE, until - done.parts_sent)
        batch = next_parts(desk, line_id, most=most)
        if batch is None:
            return
        if batch.repeated:  # what went the first way was not heard of: the next one is tried
            alive = [*alive[1:], alive[0]]
        since = desk.clock()
        try:
            alive[0].put(batch.mailbox, batch.envelopes)
        except TransportError as error:
            done.problems.append((alive[0].name, error))
            failed(desk, alive[0].name, since)
            alive = alive[1:]
            continue
        note_sent(desk, line_id, batch)
        done.parts_sent += len(batch.envelopes)
        done.sent += len(batch.envelopes)
        alive = _send_words(desk, line_id, alive, done)


def _send_words(desk: Desk, line_id: bytes, alive: list[Transport], done: Exchanged) -> list[Transport]:
    """Send everything that is no part of a file; return the transports that are left."""
    while alive:
        composed = compose(desk, line_id, ways=len(alive))
        if not composed.outgoing:
            break
        safe, dead = _put(desk, alive, composed, done)
        alive = [transport for transport in alive if transport not in dead]
        if not safe:
            # What was sealed went nowhere; what the next transport gets is sealed afresh.
            _keep_due(desk, line_id)
        elif composed.repeated and not composed.more:
            break
    return alive


def _put(
    desk: Desk, transports: Sequence[Transport], composed: Composed, done: Exchanged
) -> tuple[bool, list[Transport]]:
    """Hand over what each transport should have; return whether any took it, and those that did not."""
    safe, dead = False, []
    for way, transport in enumerate(transports if composed.repeated else transports[:1]):
        batch = [out for out in composed.outgoing if out.way == way]
        if not batch:
            continue
        since = desk.clock()
        try:
            for mailbox in dict.fromkeys(out.mailbox for out in batch):
                transport.put(mailbox, [out.envelope for out in batch if out.mailbox == mailbox])
        except TransportError as error:
            done.problems.append((transport.name, error))
            failed(desk, transport.name, since)
            dead.append(transport)
            continue
        done.sent += len(batch)
        safe = True
    return safe, dead


def _keep_due(desk: Desk, line_id: bytes) -> None:
    """What was sealed went nowhere: it is due again at once, and the next exchange seals it afresh."""
    with desk.work() as work:
        line = work.transaction.line(line_id)
        delivery = replace(line.delivery, due=desk.clock(), owes=True)
        recovery = replace(line.recovery, post=Delivery())
        work.transaction.save_line(replace(line, delivery=delivery, recovery=recovery))

"""Exchange: fetch and send by every transport of a line; the courier between the vault and the world."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Final

from backchannel.app.compose import Composed, compose
from backchannel.app.desk import Desk, load_channel
from backchannel.app.line import Line
from backchannel.app.ports import Found, Transport
from backchannel.app.receive import Fate, receive
from backchannel.app.tidy import tidy
from backchannel.errors import TransportError
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
        problems: (transport, error) for each that failed.
    """

    sent: int = 0
    fetched: int = 0
    events: int = 0
    refused: int = 0
    problems: list[tuple[str, TransportError]] = field(default_factory=list)


def inboxes(desk: Desk, line_id: bytes) -> list[Mailbox]:
    """Return the mailboxes in which something for this line may lie."""
    with desk.look() as transaction:
        line = transaction.line(line_id)
        found = []
        if line.phase.has_keys:
            found.extend(load_channel(transaction, line).inboxes)
        handshake = line.inviting or line.joining
        if handshake is not None and not line.phase.is_over:
            found.append(handshake.invitation.mailbox(line.role.other))
        return found


def exchange(desk: Desk, line: Line, transports: Sequence[Transport]) -> Exchanged:
    """Fetch what has come and send what is wanted, by every transport.

    A transport that fails is reported, and the others go on; what could not be sent stays due.
    """
    done = Exchanged()
    alive = [transport for transport in transports if _fetch_all(desk, line, transport, done)]
    send(desk, line.id, alive, done)
    tidy(desk, line.id)
    return done


def _fetch_all(desk: Desk, line: Line, transport: Transport, done: Exchanged) -> bool:
    try:
        seen: set[bytes] = set()
        while fresh := [box for box in inboxes(desk, line.id) if box.get_id not in seen]:
            for mailbox in fresh:
                seen.add(mailbox.get_id)
                _fetch(desk, line.id, transport, mailbox, done)
    except TransportError as error:
        done.problems.append((transport.name, error))
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
    finished = [
        each.receipt
        for each, fate in zip(found, received.fates, strict=True)
        if not (transport.shared and fate is Fate.FOREIGN)
    ]
    if finished:
        transport.delete(mailbox, finished)
    return bool(finished)


def send(desk: Desk, line_id: bytes, transports: Sequence[Transport], done: Exchanged) -> None:
    """Send what a line wants to say by the first transport that takes it; what is repeated, by all of them."""
    alive = list(transports)
    while alive:
        composed = compose(desk, line_id, ways=len(alive))
        if not composed.outgoing:
            return
        safe, failed = _put(alive, composed, done)
        alive = [transport for transport in alive if transport not in failed]
        if not safe:
            # What was sealed went nowhere; what the next transport gets is sealed afresh.
            _keep_due(desk, line_id)
        elif composed.repeated and not composed.more:
            return


def _put(transports: Sequence[Transport], composed: Composed, done: Exchanged) -> tuple[bool, list[Transport]]:
    """Hand over what each transport should have; return whether any took it, and those that did not."""
    safe, failed = False, []
    for way, transport in enumerate(transports if composed.repeated else transports[:1]):
        batch = [out for out in composed.outgoing if out.way == way]
        if not batch:
            continue
        try:
            for mailbox in dict.fromkeys(out.mailbox for out in batch):
                transport.put(mailbox, [out.envelope for out in batch if out.mailbox == mailbox])
        except TransportError as error:
            done.problems.append((transport.name, error))
            failed.append(transport)
            continue
        done.sent += len(batch)
        safe = True
    return safe, failed


def _keep_due(desk: Desk, line_id: bytes) -> None:
    """What was sealed went nowhere: it is due again at once, and the next exchange seals it afresh."""
    with desk.work() as work:
        line = work.transaction.line(line_id)
        work.transaction.save_line(replace(line, delivery=replace(line.delivery, due=desk.clock(), owes=True)))

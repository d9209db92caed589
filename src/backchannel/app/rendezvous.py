"""The rendezvous: what a recovery puts out, where it looks, and what it still has to say (spec 3.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Phase
from backchannel.app.outgoing import Outgoing
from backchannel.app.recover import owed_lost
from backchannel.crypto.suite import Role
from backchannel.line.channel import Channel
from backchannel.line.delivery import Delivery
from backchannel.line.frame import Control, Frame, Recount, Superseded
from backchannel.line.handshake import invite
from backchannel.line.mailbox import Mailbox
from backchannel.line.recovery import LIFETIME, LOOK_BY_HAND, LOOK_EVERY, rendezvous, seal_invitation

PATIENCE: Final = 5
"""Repetitions of a request after which a restored side invites again; by the pauses of delivery, seven hours."""


def places(desk: Desk, line_id: bytes, *, by_hand: bool = False) -> list[Mailbox]:
    """Return the rendezvous mailboxes to look into now; none where it is not time yet (spec 3.8.4).

    An open line looks rarely, a restored one always: the other side may have been restored as well.

    Args:
        desk: where.
        line_id: the line.
        by_hand: whether its owner asks for it: the other side may be on the phone.
    """
    with desk.look() as transaction:
        line = transaction.line(line_id)
    return _places(line) if _is_time(line, desk.clock(), LOOK_BY_HAND if by_hand else LOOK_EVERY) else []


def looked(desk: Desk, line_id: bytes) -> None:
    """Note that every rendezvous was looked into."""
    with desk.work() as work:
        line = work.transaction.line(line_id)
        if line.phase.has_keys:
            work.transaction.save_line(replace(line, recovery=replace(line.recovery, looked=desk.clock())))


def _places(line: Line) -> list[Mailbox]:
    return [rendezvous(secret, line.role.other) for secret in reversed(line.recovery.secrets)]


def _is_time(line: Line, now: int, pause: int) -> bool:
    if line.phase is Phase.RESTORING:
        return True
    seen = line.recovery.looked
    return line.phase.has_keys and (seen is None or not 0 <= now - seen < pause)


def post(work: Work, line: Line, now: int, *, ways: int, everything: bool) -> tuple[Line, list[Outgoing], bool]:
    """Return what a recovery puts out now: our invitation, or our request to join the other side's.

    Args:
        work: the transaction.
        line: as it is.
        now: milliseconds since 1970.
        ways: how many transports there are.
        everything: due or not.

    Returns:
        The line, the envelopes, and whether they repeat what went out before.
    """
    recovery = line.recovery
    first = recovery.post.due is None
    if not (first or everything or recovery.post.is_due(now)):
        return line, [], False
    outgoing: list[Outgoing] = []
    if recovery.joining is not None:
        joining = recovery.joining
        # Whoever invited may have lost that device too, and have passed over what we put out ourselves meanwhile.
        # That it has expired by our clock is no reason: they may have answered, and our clock be wrong.
        if line.phase is Phase.RESTORING and recovery.post.repeats >= PATIENCE:
            return replace(line, recovery=replace(recovery, joining=None, post=Delivery())), [], False
        mailbox = joining.invitation.mailbox(Role.JOINER)
        outgoing = [Outgoing(mailbox, joining.envelope(work.random), way) for way in range(1 if first else ways)]
    else:
        inviting = line.inviting
        if inviting is None or now // 1000 >= inviting.invitation.expires - LIFETIME // 2:
            inviting = invite(line.relays, now // 1000 + LIFETIME, work.random)
            line = replace(line, inviting=inviting)
        outgoing = [
            Outgoing(
                rendezvous(secret, line.role),
                seal_invitation(secret, line.role, inviting.invitation, work.random),
                way,
            )
            for secret in recovery.secrets
            for way in range(ways)
        ]
    later = recovery.post.framed_upto(0, now, outstanding=True, repeated=not first)
    return replace(line, recovery=replace(recovery, post=later)), outgoing, not (first and recovery.joining)


def recovery_is_due(line: Line, now: int) -> bool:
    """Say whether a recovery wants to put something out now."""
    recovery = line.recovery
    waits = line.phase is Phase.RESTORING or recovery.joining is not None
    posts = waits and (recovery.post.due is None or recovery.post.is_due(now))
    return posts or owed_back(line, again=False) is not None or (recovery.warn is not None and now >= recovery.warn)


def owed_back(line: Line, *, again: bool) -> tuple[int, int] | None:
    """Return the run (first, last) of the peer's own numbers to give back now.

    Args:
        line: as it is.
        again: also those that went out before.
    """
    last = line.owed_back
    after = line.recovery.gives_after or 0
    first = (after if again else max(after, line.recovery.given)) + 1
    return (first, last) if first <= last else None


def recovery_controls(line: Line) -> tuple[Control, ...]:
    """Return what a recovery has to say where it answers, or says something again."""
    return (*asking(line), *owed_lost(line))


def asking(line: Line) -> tuple[Control, ...]:
    """Return what every frame says as long as this side waits for what it had said itself (spec 3.8.6)."""
    return (Recount(),) if line.recovery.returned is not None else ()


def warn_formers(work: Work, line: Line, now: int) -> tuple[Line, list[Outgoing]]:
    """Tell whoever still uses the keys of a former incarnation that it is over; forget those keys in time; saved."""
    recovery = line.recovery
    if recovery.former_until is not None and now >= recovery.former_until:
        for ended, _ in work.transaction.formers(line.id):
            work.transaction.drop_former(line.id, ended)
        line = replace(line, recovery=replace(recovery, former_until=None, warn=None))
        work.transaction.save_line(line)
        return line, []
    if recovery.warn is None or now < recovery.warn:
        return line, []
    outgoing = []
    for ended, state in work.transaction.formers(line.id):
        channel = Channel.from_bytes(state)
        if not channel.can_speak():
            continue
        frame = Frame(own=line.own, held=line.theirs, controls=(Superseded(ended),))
        outgoing.append(Outgoing(channel.outbox, channel.seal(frame, work.random)))
        work.transaction.save_former(line.id, ended, channel.to_bytes(work.random))
    line = replace(line, recovery=replace(recovery, warn=None, warned=now))
    work.transaction.save_line(line)
    return line, outgoing

"""Recover: begin a new incarnation of a line after a loss, and take one that the other side begins (spec 3.8)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from backchannel.app.desk import Desk, Work
from backchannel.app.line import Line, Notice, Phase
from backchannel.crypto.olm import Randomness
from backchannel.errors import AlreadyOpened, LineNotOpen, NotForUs
from backchannel.line.channel import Channel
from backchannel.line.delivery import Delivery
from backchannel.line.frame import MAX_ISLANDS_TOLD, MAX_LOST, Frame, Lost, Recount
from backchannel.line.handshake import invite, join
from backchannel.line.invitation import Invitation
from backchannel.line.recovery import FORMER_KEPT, LIFETIME, MOST_TAKEN, Recovery, find_invitation
from backchannel.wire.coverage import Coverage
from backchannel.wire.envelope import BUCKETS

MOST_FORMERS: Final = 2


def restart(desk: Desk, name: str) -> Line:
    """Give up a line's keys and begin another incarnation from what this vault holds.

    For whoever put back an old copy of the vault, or was told that the line goes on elsewhere and knows better.

    Raises:
        LineUnknown: there is no such line.
        LineNotOpen: it never opened, so there is nothing to begin from.
    """
    now = desk.clock()
    with desk.work() as work:
        line = work.transaction.line_named(name)
        opened = line.phase.has_keys or line.phase in (Phase.SUPERSEDED, Phase.RESTORING)
        if not (opened and line.recovery.secrets):
            raise LineNotOpen(name)
        line = restored(line, now, desk.random).noted(now, Notice.RESTORED)
        work.forget(line)
        work.transaction.save_line(line)
    return line


def restored(line: Line, now: int, randomness: Randomness) -> Line:
    """Return a line as it is in a vault that holds its log and none of its keys (spec 3.8.3).

    Args:
        line: as it was.
        now: milliseconds since 1970.
        randomness: source of fresh bytes.
    """
    if line.phase is Phase.CLOSED:
        return replace(line, inviting=None, joining=None)
    if line.phase in (Phase.INVITING, Phase.JOINING) or not line.recovery.secrets:
        return replace(line, phase=Phase.REFUSED, inviting=None, joining=None)
    return replace(
        line,
        phase=Phase.RESTORING,
        inviting=invite(line.relays, now // 1000 + LIFETIME, randomness),
        joining=None,
        delivery=Delivery(claimed=line.delivery.claimed),
        verified=None,
        recovery=replace(
            line.recovery,
            joining=None,
            post=Delivery(),
            restored=now,
            returned=Coverage(line.own),
            gives=False,
            gives_after=None,
            warn=None,
            former_until=None,
        ),
    )


def take_invitation(line: Line, envelope: bytes, now: int, randomness: Randomness) -> Line:
    """Take what may be an invitation from the rendezvous (spec 3.8.4, 3.8.5).

    Args:
        line: open, or restored itself.
        envelope: the bytes that came.
        now: milliseconds since 1970.
        randomness: source of fresh bytes.

    Raises:
        NotForUs: it is none of ours.
        AlreadyOpened: it was taken before, is too old, or ours stands against it.
        Malformed: sealed for us, but no invitation.
    """
    if len(envelope) <= BUCKETS[0]:  # not even its X-Wing key fits, and most of what travels is so small
        raise NotForUs
    recovery = line.recovery
    invitation = find_invitation(recovery.secrets, line.role.other, envelope)
    known = recovery.taken if recovery.joining is None else (*recovery.taken, recovery.joining.invitation.hash)
    if invitation.hash in known or now // 1000 >= invitation.expires:
        raise AlreadyOpened("an invitation that was answered before")
    own = line.inviting if line.phase is Phase.RESTORING else None
    if own is not None and stands_against(own.invitation, invitation):
        raise AlreadyOpened("an invitation that ours stands against")
    recovery = replace(
        recovery,
        joining=join(invitation, now // 1000, randomness),
        post=Delivery(),
    )
    return replace(line, inviting=None if own is not None else line.inviting, recovery=recovery)


def answered(recovery: Recovery) -> Recovery:
    """Return the state after the invitation that we wanted to join was answered, one way or the other."""
    if recovery.joining is None:
        return recovery
    taken = (*recovery.taken, recovery.joining.invitation.hash)[-MOST_TAKEN:]
    return replace(recovery, joining=None, taken=taken)


def stands_against(own: Invitation, found: Invitation) -> bool:
    """Say whether our own invitation stands against one that was found (spec 3.8.5)."""
    return own.hash < found.hash


def reopened(work: Work, line: Line, channel: Channel, now: int, *, joined: bool) -> Line:
    """Return the line at the beginning of another incarnation; the keys before stay only to open what is under way.

    Args:
        work: the transaction.
        line: as it was.
        channel: the new one.
        now: milliseconds since 1970.
        joined: whether the other side invited.
    """
    recovery = line.recovery
    if line.phase.has_keys:
        work.transaction.save_former(line.id, now, work.channel(line).to_bytes(work.random))
        for ended, _ in work.transaction.formers(line.id)[MOST_FORMERS:]:
            work.transaction.drop_former(line.id, ended)
        recovery = replace(recovery, warn=now, former_until=now + FORMER_KEPT)
    work.opened(line, channel)
    recovery = replace(
        answered(recovery),
        noted=None,
        post=Delivery(),
        peer_restored=now if joined else recovery.peer_restored,
        gives=True,
        gives_after=None,
        given=0,
    ).noting(channel.context, channel.epochs)
    line = replace(
        line,
        phase=Phase.OPEN if line.ending.ours is None else Phase.CLOSING,
        joining=None,
        verified=None,
        # A backup may lack branches that both had: what each holds of a fork is told anew.
        forks=tuple(replace(fork, settled=False) for fork in line.forks),
        # What the peer has must be heard anew; nothing of ours goes out before.
        delivery=Delivery(
            framed=line.own, owes=True, last_heard=now if joined else None, claimed=line.delivery.claimed
        ),
        recovery=recovery,
    )
    return line.noted(now, Notice.PEER_RESTORED) if joined else line


def hear(line: Line, frame: Frame, before: Line) -> Line:
    """Return the line after the recovery's part of a frame from the peer (spec 3.8.6, 3.8.7).

    Args:
        line: with everything else that the frame said.
        frame: what came.
        before: the line before this frame.
    """
    recovery = line.recovery
    asks = any(isinstance(control, Recount) for control in frame.controls)
    if not (recovery.gives or asks):
        return line
    if recovery.gives_after is None and before.recovery.returned is None:
        # Now it is known what the peer has: the rest may go out.
        line = replace(line, delivery=replace(line.delivery, framed=line.delivery.theirs.upto))
    after = frame.own if asks or recovery.gives_after is None else max(frame.own, recovery.gives_after)
    # Who does not ask takes nothing in its own name: what we hold beyond is of another copy of its vault.
    return replace(line, recovery=replace(recovery, gives=asks, gives_after=after))


def regained(line: Line, frame: Frame) -> Line:
    """Return the line after a frame, if we wait for what we had said ourselves and lost (spec 3.8.6).

    Where the peer holds nothing that we lack, the feed is whole again: what neither has is lost, and said to be.
    """
    returned = line.recovery.returned
    if returned is None:
        return line
    told_all = not frame.events or len(frame.held.islands) < MAX_ISLANDS_TOLD
    whole = returned.union(frame.held) == returned
    if not told_all or not whole:
        return replace(line, own=max(line.own, returned.upto))
    own = max(line.own, returned.highest)
    gaps = tuple((int(line.role), first, last) for first, last in returned.missing(own))
    return replace(
        line,
        own=own,
        lost=(*line.lost, *gaps),
        delivery=replace(line.delivery, framed=own, owes=True),
        recovery=replace(line.recovery, returned=None),
    )


def owed_lost(line: Line) -> tuple[Lost, ...]:
    """Return what the peer must be told of our own numbers that exist nowhere any more."""
    theirs = line.delivery.theirs
    untold = [run for run in line.gone(int(line.role)) if theirs.union(Coverage(0, (run,))) != theirs]
    return (Lost(tuple(untold[:MAX_LOST])),) if untold else ()


def hear_lost(line: Line, frame: Frame) -> Line:
    """Return the line after the peer has said which numbers of its own exist nowhere any more."""
    author = int(line.role.other)
    for control in frame.controls:
        if not isinstance(control, Lost):
            continue
        for first, last in control.runs:
            known = line.theirs.union(Coverage(0, ((first, last),)))
            if last > frame.own or known == line.theirs or len(line.gone(author)) >= MAX_LOST:
                continue
            holes = [
                (author, max(first, low), min(last, high)) for low, high in line.theirs.missing(last) if high >= first
            ]
            line = replace(line, theirs=known, lost=(*line.lost, *holes))
    return line


def without(runs: list[tuple[int, int]], gone: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return runs of numbers without those that exist nowhere any more; all ascending."""
    for low, high in gone:
        cut = [part for first, last in runs for part in ((first, min(last, low - 1)), (max(first, high + 1), last))]
        runs = [(first, last) for first, last in cut if first <= last]
    return runs


def settled(recovery: Recovery) -> bool:
    """Say whether nothing of a recovery is under way."""
    return recovery.joining is None and recovery.returned is None and not recovery.gives

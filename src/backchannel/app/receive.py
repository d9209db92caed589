"""Receive: open what came, keep what it says, note what the peer has; all in one transaction (spec 3.4.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from backchannel.app.arrivals import Arrivals, Use
from backchannel.app.desk import Desk, Work
from backchannel.app.forks import Forks
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.offered import offered
from backchannel.app.pieces import Takes, take_piece
from backchannel.app.recover import answered, hear, hear_lost, regained, reopened, take_invitation
from backchannel.app.terms import heard_end, heed
from backchannel.errors import (
    AlreadyOpened,
    InvitationExpired,
    InvitationUsed,
    Malformed,
    NotForUs,
    PeerMisbehaved,
)
from backchannel.line.channel import Channel
from backchannel.line.delivery import Delivery
from backchannel.line.file_word import FileWord
from backchannel.line.frame import MAX_BRANCHES, ForkNotice, Frame, Superseded
from backchannel.line.handshake import Opened, Refused, Repeated
from backchannel.line.identity import origin_of
from backchannel.line.recovery import WARN_EVERY
from backchannel.log.event import Event
from backchannel.log.file import FILE
from backchannel.log.placing import Appended, Duplicate, Forked, Gap, place
from backchannel.wire.coverage import NOTHING, Coverage

MOST_ISLANDS: Final = 1024
"""Runs of events beyond gaps that are kept; more than a peer ever makes, and few enough to be looked through."""


class Fate(StrEnum):
    """What became of an envelope."""

    OPENED = "opened"
    STALE = "stale"
    FOREIGN = "foreign"
    REFUSED = "refused"
    WAITING = "waiting"
    """A part of a file that its owner has not accepted, or that was not announced yet."""


_FATES: Final = {
    Use.KEPT: Fate.OPENED, Use.HELD: Fate.STALE, Use.WAITING: Fate.WAITING, Use.UNANNOUNCED: Fate.WAITING,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Received:
    """What envelopes brought.

    Attributes:
        fates: one for each envelope.
        events: how many new events are kept.
        doubled: how many events came that were held already.
        parts: how many new parts of files are kept.
    """

    fates: tuple[Fate, ...]
    events: int = 0
    doubled: int = 0
    parts: int = 0


def receive(desk: Desk, line_id: bytes, envelopes: Sequence[bytes]) -> Received:
    """Take envelopes that may be for a line.

    An envelope from the peer that breaks the protocol spoils the transaction; the others are then taken one by one.

    Args:
        desk: where.
        line_id: the line.
        envelopes: as they came.

    Returns:
        What became of each, once everything that they brought is safe in the vault.
    """
    if not envelopes:
        return Received(())
    try:
        return _together(desk, line_id, envelopes)
    except PeerMisbehaved:
        if len(envelopes) == 1:
            _note(desk, line_id, Notice.MISBEHAVED)
            return Received((Fate.REFUSED,))
    parts = [receive(desk, line_id, [envelope]) for envelope in envelopes]
    return Received(
        fates=tuple(fate for part in parts for fate in part.fates),
        events=sum(part.events for part in parts),
        doubled=sum(part.doubled for part in parts),
        parts=sum(part.parts for part in parts),
    )


def _note(desk: Desk, line_id: bytes, notice: Notice) -> None:
    with desk.work() as work:
        line = work.transaction.line(line_id)
        work.transaction.save_line(line.noted(desk.clock(), notice))


def _together(desk: Desk, line_id: bytes, envelopes: Sequence[bytes]) -> Received:
    with desk.work() as work:
        reader = _Reader(work, work.transaction.line(line_id), desk.clock())
        before = reader.line
        taken = [reader.take(envelope) for envelope in envelopes]
        uses = iter(reader.keep_parts())
        fates = tuple(_FATES[next(uses)] if fate is None else fate for fate in taken)
        if reader.line is not before:
            work.transaction.save_line(reader.line)
    return Received(fates, reader.events, reader.doubled, reader.kept)


class _Reader:
    """One line during one transaction of receiving."""

    __slots__ = ("_files", "doubled", "events", "kept", "line", "now", "work")

    def __init__(self, work: Work, line: Line, now: int) -> None:
        self.work = work
        self.line = line
        self.now = now
        self.events = 0
        self.doubled = 0
        self.kept = 0
        self._files = Arrivals(work, line, now)

    def take(self, envelope: bytes) -> Fate | None:
        """Take one envelope; None is a part of a file, which `keep_parts` takes later.

        Raises:
            PeerMisbehaved: the peer broke the protocol; the transaction must not be saved.
        """
        try:
            for way in self._ways():
                try:
                    part = way(envelope)
                except NotForUs:
                    continue
                return None if part or way in (self._files.take, self._files.take_former) else Fate.OPENED
        except (AlreadyOpened, InvitationExpired):
            return Fate.STALE
        except Malformed:
            return Fate.REFUSED
        return Fate.FOREIGN

    def _ways(self) -> Iterator[Callable[[bytes], bool | None]]:
        """Yield what an envelope may be, the likeliest first."""
        line = self.line
        if line.phase.has_keys:
            yield self._frame
            yield self._files.take
            yield self._piece
        if line.inviting is not None:
            yield self._request
        if line.joining is not None and line.phase is Phase.JOINING:
            yield self._reply
        if line.recovery.joining is not None:
            yield self._reply_again
        if line.recovery.former_until is not None:
            yield self._former_frame
            yield self._files.take_former
        if line.phase.has_keys or line.phase is Phase.RESTORING:
            yield self._recovery_invitation

    # --- the handshake ------------------------------------------------------------------------------------------------

    def _request(self, envelope: bytes) -> None:
        inviting = self.line.inviting
        assert inviting is not None  # noqa: S101  (the callers have looked)
        outcome = inviting.receive(envelope, now=self.now // 1000, randomness=self.work.random)
        match outcome:
            case Opened(state, channel) if self.line.recovery.secrets:
                self.line = replace(reopened(self.work, self.line, channel, self.now, joined=False), inviting=state)
                self._files.reopened()
            case Opened(state, channel):
                self.work.opened(self.line, channel)
                recovery = self.line.recovery.noting(channel.context, channel.epochs)
                origin = origin_of(channel.context)
                self.line = replace(self.line, phase=Phase.OPEN, inviting=state, recovery=recovery, origin=origin)
            case Refused(state):
                late = Notice.LATE_REQUEST if state.answered is None else Notice.SECOND_REQUEST
                self.line = replace(self.line, inviting=state).noted(self.now, late)
            case Repeated():
                pass
        self.line = replace(self.line, delivery=replace(self.line.delivery, owes=True))

    def _reply(self, envelope: bytes) -> None:
        joining = self.line.joining
        assert joining is not None  # noqa: S101  (the caller has looked)
        try:
            channel = joining.receive(envelope, now=self.now // 1000)
        except (InvitationUsed, InvitationExpired):
            self.line = replace(self.line, phase=Phase.REFUSED).noted(self.now, Notice.REFUSED)
            return
        self.work.opened(self.line, channel)
        # The inviter repeats its reply until it hears the joiner: so the joiner owes a first frame.
        delivery = replace(self.line.delivery, due=None, repeats=0, owes=True, last_heard=self.now)
        recovery = self.line.recovery.noting(channel.context, channel.epochs)
        origin = origin_of(channel.context)
        self.line = replace(self.line, phase=Phase.OPEN, delivery=delivery, recovery=recovery, origin=origin)

    def _recovery_invitation(self, envelope: bytes) -> None:
        self.line = take_invitation(self.line, envelope, self.now, self.work.random)

    def _reply_again(self, envelope: bytes) -> None:
        joining = self.line.recovery.joining
        assert joining is not None  # noqa: S101  (the caller has looked)
        try:
            channel = joining.receive(envelope, now=self.now // 1000)
        except (InvitationUsed, InvitationExpired):
            self.line = replace(self.line, recovery=replace(answered(self.line.recovery), post=Delivery()))
            return
        self.line = reopened(self.work, self.line, channel, self.now, joined=True)
        self._files.reopened()

    # --- frames -------------------------------------------------------------------------------------------------------

    def _frame(self, envelope: bytes) -> None:
        channel = self.work.channel(self.line)
        try:
            frame = channel.open(envelope, now=self.now, randomness=self.work.random)
        except AlreadyOpened:
            if channel.asks_again(envelope):
                self.line = replace(self.line, delivery=self.line.delivery.asked_again(self.now))
            raise
        self._keep_events(frame)
        unsettled = self.line.unsettled
        self._match_forks(frame)
        for control in frame.controls:
            if isinstance(control, FileWord):
                self._files.hear(control)
        self._files.keys_changed()
        self._regain(frame)
        self._note_delivery(channel, frame)
        if 0 < self.line.unsettled < unsettled:  # the next of many forks need not wait for a repetition
            self.line = replace(self.line, delivery=replace(self.line.delivery, owes=True))
        if any(isinstance(control, Superseded) for control in frame.controls):
            self.line = replace(self.line, phase=Phase.SUPERSEDED).noted(self.now, Notice.SUPERSEDED)

    def _piece(self, envelope: bytes) -> bool:
        former = Takes(self._former_frame, self._files.take_former)
        return take_piece(self.work, self.line, envelope, Takes(self._frame, self._files.take), former)

    def _former_frame(self, envelope: bytes) -> None:
        """Take what was under way when another incarnation began, or comes from a device that goes on in it."""
        for ended, channel in self.work.formers(self.line.id):
            try:
                frame = channel.open(envelope, now=self.now, randomness=self.work.random)
            except NotForUs:
                continue
            self._keep_events(frame)
            self.work.transaction.save_former(self.line.id, ended, channel.to_bytes(self.work.random))
            warned = self.line.recovery.warned
            warn = self.now if warned is None or not 0 <= self.now - warned < WARN_EVERY else warned + WARN_EVERY
            self.line = replace(self.line, recovery=replace(self.line.recovery, warn=warn))
            return
        raise NotForUs

    def _regain(self, frame: Frame) -> None:
        before = self.line
        self.line = regained(self.line, frame)
        if before.recovery.returned is not None and self.line.recovery.returned is None:
            ids = self.work.transaction.ids_at(self.line.id, int(self.line.role), self.line.own)
            self.line = replace(self.line, last=ids[0] if ids else b"")
            if self.line.lost != before.lost:
                self.line = self.line.noted(self.now, Notice.LOST)

    def _keep_events(self, frame: Frame) -> None:
        events, copied = offered(self.line, frame)
        line = self.line.noted(self.now, Notice.COPY) if copied else self.line
        theirs, returned, positions = line.theirs, line.recovery.returned, line.positions
        mine = int(line.role)
        forks = Forks(self.work.transaction, line)
        kept: list[Event] = []
        for event in events:
            coverage = (returned or Coverage(line.own)) if event.author == mine else theirs
            fresh = event.author != mine and event.number > theirs.highest
            held = [] if fresh else self.work.transaction.ids_at(line.id, event.author, event.number)
            match place(coverage, event, held):
                case Duplicate():
                    self.doubled += 1
                    continue
                case Forked(branches):
                    if len(branches) >= MAX_BRANCHES:
                        raise PeerMisbehaved("more branches of a fork than can be told")
                    forks.add(event.author, event.number)
                case Gap(after, _) if len(after.islands) > MOST_ISLANDS:
                    continue  # not kept and not acknowledged: it comes again when what is before it is there
                case Appended(after) | Gap(after, _):
                    if event.author != mine:
                        theirs = after
                    elif returned is not None:
                        returned = after
            positions = self.work.append(replace(line, positions=positions), event, self.now)
            forks.check_chain(event, last=fresh)
            kept.append(event)
            self._note_file(event, positions, returning=returned is not None)
        self.events += len(kept)
        self.line = line
        if kept:
            self._note_kept(kept, replace(line, theirs=theirs, positions=positions), returned)
        self._note_forks(forks)

    def _note_kept(self, kept: Sequence[Event], line: Line, returned: Coverage | None) -> None:
        if returned is not line.recovery.returned:
            line = replace(line, recovery=replace(line.recovery, returned=returned))
        self.line = line
        for event in kept:
            self.line = heed(self.line, event, self.now)

    def _match_forks(self, frame: Frame) -> None:
        forks = Forks(self.work.transaction, self.line)
        for control in frame.controls:
            if isinstance(control, ForkNotice):
                forks.match(control)
        self._note_forks(forks)

    def _note_forks(self, forks: Forks) -> None:
        self.line = replace(self.line, forks=forks.found)
        if forks.new:
            self.line = self.line.noted(self.now, Notice.FORK)

    def _confirmed(self, frame: Frame) -> Frame:
        """Return the frame, without its acknowledgement where that is of another copy's words (spec 4.2.4)."""
        if self.line.recovery.returned is not None:
            return replace(frame, held=NOTHING)  # it may have heard what we said and lost
        upto, own = frame.held.upto, self.line.own
        if upto <= self.line.delivery.theirs.upto or (upto <= own and not frame.head):
            return frame
        at = min(upto, own)
        held = self.work.transaction.ids_at(self.line.id, int(self.line.role), at)
        if upto <= own and any(event_id.startswith(frame.head) for event_id in held):
            self._note_forks(Forks(self.work.transaction, self.line).unsuspected(int(self.line.role), upto))
            return frame
        if upto > own:
            self.line = self.line.noted(self.now, Notice.COPY)
        if held:
            forks = Forks(self.work.transaction, self.line)
            forks.add(int(self.line.role), at)
            self._note_forks(forks)
        return replace(frame, held=NOTHING)

    def _note_delivery(self, channel: Channel, frame: Frame) -> None:
        before = self.line
        frame = self._confirmed(frame)
        self.line = hear_lost(self.line, frame)
        outstanding = channel.epochs.step is not None or self.line.unfinished
        delivery = self.line.delivery.heard(frame, self.line.own, self.now, outstanding=outstanding)
        inviting = self.line.inviting
        spent = self.line.recovery.restored is not None
        if inviting is not None and (spent or self.now // 1000 >= inviting.invitation.expires):
            inviting = None  # heard, and nobody else can use the invitation any more
        recovery = self.line.recovery.noting(channel.context, channel.epochs)
        self.line = replace(self.line, delivery=delivery, inviting=inviting, joining=None, recovery=recovery)
        self.line = hear(self.line, frame, before)
        self.line = heard_end(self.line, channel.heard_by_peer, self.now)
        if delivery.claimed <= self.line.theirs.upto:
            channel.forget_epochs()

    # --- files --------------------------------------------------------------------------------------------------------

    def _note_file(self, event: Event, position: int, *, returning: bool) -> None:
        if event.kind != FILE:
            return
        if event.author != int(self.line.role):
            self._files.announce(event, position)
        elif returning:
            self._files.regained(event, position)

    def keep_parts(self) -> list[Use]:
        """Keep the parts that came, and what was learnt of files; return what became of each.

        Raises:
            PeerMisbehaved: one is no part of its file; the transaction must not be saved.
        """
        uses = self._files.keep_taken()
        self.kept = uses.count(Use.KEPT)
        return uses

"""Receive: open what came, keep what it says, note what the peer has; all in one transaction (spec 3.4.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from backchannel.app.desk import Desk, Work
from backchannel.app.forks import Forks
from backchannel.app.line import Line, Notice, Phase
from backchannel.app.terms import heed
from backchannel.errors import (
    AlreadyOpened,
    InvitationExpired,
    InvitationUsed,
    Malformed,
    NotForUs,
    Oversize,
    PeerMisbehaved,
)
from backchannel.line.channel import Channel
from backchannel.line.frame import MAX_BRANCHES, ForkNotice, Frame
from backchannel.line.handshake import Opened, Refused, Repeated
from backchannel.log.event import Event
from backchannel.log.placing import Appended, Duplicate, Forked, Gap, place
from backchannel.log.tombstone import read_kept
from backchannel.wire.coverage import NOTHING, Coverage

MOST_ISLANDS: Final = 1024
"""Runs of events beyond gaps that are kept; more than a peer ever makes, and few enough to be looked through."""


class Fate(StrEnum):
    """What became of an envelope."""

    OPENED = "opened"
    STALE = "stale"
    FOREIGN = "foreign"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Received:
    """What envelopes brought.

    Attributes:
        fates: one for each envelope.
        events: how many new events are kept.
        doubled: how many events came that were held already.
    """

    fates: tuple[Fate, ...]
    events: int = 0
    doubled: int = 0


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
    )


def _note(desk: Desk, line_id: bytes, notice: Notice) -> None:
    with desk.work() as work:
        line = work.transaction.line(line_id)
        work.transaction.save_line(line.noted(desk.clock(), notice))


def _together(desk: Desk, line_id: bytes, envelopes: Sequence[bytes]) -> Received:
    with desk.work() as work:
        reader = _Reader(work, work.transaction.line(line_id), desk.clock())
        before = reader.line
        fates = tuple(reader.take(envelope) for envelope in envelopes)
        if reader.line is not before:
            work.transaction.save_line(reader.line)
    return Received(fates, reader.events, reader.doubled)


class _Reader:
    """One line during one transaction of receiving."""

    __slots__ = ("doubled", "events", "line", "now", "work")

    def __init__(self, work: Work, line: Line, now: int) -> None:
        self.work = work
        self.line = line
        self.now = now
        self.events = 0
        self.doubled = 0

    def take(self, envelope: bytes) -> Fate:
        """Take one envelope.

        Raises:
            PeerMisbehaved: the peer broke the protocol; the transaction must not be saved.
        """
        try:
            if self.line.phase.has_keys:
                try:
                    self._frame(envelope)
                except NotForUs:
                    if self.line.inviting is None:
                        raise
                    self._request(envelope)
            elif self.line.inviting is not None:
                self._request(envelope)
            elif self.line.joining is not None and self.line.phase is Phase.JOINING:
                self._reply(envelope)
            else:
                return Fate.FOREIGN
        except NotForUs:
            return Fate.FOREIGN
        except (AlreadyOpened, InvitationExpired):
            return Fate.STALE
        except Malformed:
            return Fate.REFUSED
        return Fate.OPENED

    # --- the handshake ------------------------------------------------------------------------------------------------

    def _request(self, envelope: bytes) -> None:
        inviting = self.line.inviting
        assert inviting is not None  # noqa: S101  (the callers have looked)
        outcome = inviting.receive(envelope, now=self.now // 1000, randomness=self.work.random)
        match outcome:
            case Opened(state, channel):
                self.work.opened(self.line, channel)
                self.line = replace(self.line, phase=Phase.OPEN, inviting=state)
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
        self.line = replace(self.line, phase=Phase.OPEN, delivery=delivery)

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
        self._match_forks(frame)
        self._note_delivery(channel, frame)

    def _keep_events(self, frame: Frame) -> None:
        line = self.line
        theirs, positions = line.theirs, line.positions
        mine = int(line.role)
        forks = Forks(self.work.transaction, line)
        kept: list[Event] = []
        for raw in frame.events:
            try:
                event = read_kept(raw)
            except (Malformed, Oversize) as error:
                raise PeerMisbehaved("an event that is none") from error
            if event.author == mine and event.number > line.own:
                raise PeerMisbehaved("words put into our mouth")
            coverage = Coverage(line.own) if event.author == mine else theirs
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
                    theirs = theirs if event.author == mine else after
            positions = self.work.append(replace(line, positions=positions), event, self.now)
            forks.check_chain(event, last=fresh)
            kept.append(event)
        self.events += len(kept)
        if kept:
            self.line = replace(line, theirs=theirs, positions=positions)
        for event in kept:
            self.line = heed(self.line, event, self.now)
        self._note_forks(forks)

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
        upto, own = frame.held.upto, self.line.own
        if upto <= self.line.delivery.theirs.upto or (upto <= own and not frame.head):
            return frame
        at = min(upto, own)
        held = self.work.transaction.ids_at(self.line.id, int(self.line.role), at)
        if upto <= own and any(event_id.startswith(frame.head) for event_id in held):
            return frame
        if upto > own:
            self.line = self.line.noted(self.now, Notice.COPY)
        if held:
            forks = Forks(self.work.transaction, self.line)
            forks.add(int(self.line.role), at)
            self._note_forks(forks)
        return replace(frame, held=NOTHING)

    def _note_delivery(self, channel: Channel, frame: Frame) -> None:
        frame = self._confirmed(frame)
        outstanding = channel.epochs.step is not None or any(not fork.settled for fork in self.line.forks)
        delivery = self.line.delivery.heard(frame, self.line.own, self.now, outstanding=outstanding)
        inviting = self.line.inviting
        if inviting is not None and self.now // 1000 >= inviting.invitation.expires:
            inviting = None  # heard, and nobody else can use the invitation any more
        self.line = replace(self.line, delivery=delivery, inviting=inviting, joining=None)
        self._note_ending(channel)
        if delivery.claimed <= self.line.theirs.upto:
            channel.forget_epochs()

    def _note_ending(self, channel: Channel) -> None:
        line = self.line
        ending = line.ending.heard(
            acknowledged=line.delivery.theirs.upto,
            held=line.theirs.upto,
            opened=channel.heard_by_peer,
            now=self.now,
        )
        if ending is not line.ending:
            # Whoever is done says so once more: from that the peer learns that it need not wait (spec 16.1.3).
            owes = line.delivery.owes or (line.ending.done is None and ending.done is not None)
            self.line = replace(line, ending=ending, delivery=replace(line.delivery, owes=owes))

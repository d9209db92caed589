"""What a vault knows of one line, beside its events and its channel."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from backchannel.app.ending import Ending
from backchannel.crypto.suite import Role
from backchannel.line.delivery import Delivery
from backchannel.line.handshake import Inviting, Joining
from backchannel.line.recovery import Recovery
from backchannel.log.retention import Retention
from backchannel.wire.coverage import NOTHING, Coverage
from backchannel.wire.shape import fields, grown

_ADDED: Final[tuple[Any, ...]] = (
    Recovery().to_value(),
    [],
    b"",
    [],
    Ending().to_value(),
    Retention().to_value(),
    0,
    [],
)
"""What older records leave out: the fields behind the first 15, in order, as they are when they were never set."""


class Phase(StrEnum):
    """How far a line is."""

    INVITING = "inviting"
    JOINING = "joining"
    OPEN = "open"
    CLOSING = "closing"
    CLOSED = "closed"
    REFUSED = "refused"
    RESTORING = "restoring"
    SUPERSEDED = "superseded"

    @property
    def has_keys(self) -> bool:
        """Say whether a line that is so far has a channel: it can send and open frames."""
        return self in (Phase.OPEN, Phase.CLOSING)

    @property
    def is_over(self) -> bool:
        """Say whether a line that is so far has nothing to send or fetch any more."""
        return self in (Phase.CLOSED, Phase.REFUSED)


class Notice(StrEnum):
    """Something that a person should know about a line."""

    SECOND_REQUEST = "second-request"
    LATE_REQUEST = "late-request"
    REFUSED = "refused"
    MISBEHAVED = "misbehaved"
    FORK = "fork"
    COPY = "copy"
    CLOSED = "closed"
    RESTORED = "restored"
    PEER_RESTORED = "peer-restored"
    SUPERSEDED = "superseded"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Fork:
    """A number of a feed under which more than one event is held.

    Attributes:
        author: whose feed.
        number: which number.
        settled: whether the peer is known to hold the same branches.
        asked: whether the peer waits to hear which branches we hold.
    """

    author: int
    number: int
    settled: bool = False
    asked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        id: 16 random bytes; never leaves the vault.
        name: what the owner calls it; never leaves the vault.
        role: the owner's.
        phase: how far it is.
        created: milliseconds since 1970.
        relays: addresses, in the order in which they are tried.
        folders: paths of folders that some other program carries to the peer.
        inviting: the inviter's handshake, until the invitation expires.
        joining: the joiner's handshake, until the reply came.
        own: how many events the owner's feed has.
        theirs: what is held of the peer's feed.
        delivery: what the peer has of ours.
        verified: when the safety number was compared, milliseconds since 1970.
        forks: numbers that hold more than one event.
        notices: (when, what), the oldest first.
        positions: how many events are stored; the last one's position.
        last: the id of the owner's last event.
        recovery: how the two ends find each other again after a loss.
        lost: runs of numbers (author, first, last) that exist nowhere any more.
        origin: 32 bytes that name the line on both sides, whatever incarnation it is in; empty before it opened.
        mails: the other side's addresses of mail, in the order in which they are tried.
        ending: who has closed the line, and who knows it.
        retention: how long talk is kept, by the word of both.
        swept: the position up to which nothing is left that retention could remove.
        retracting: events taken back whose words are still to be removed, as (author, number, id, when).
    """

    id: bytes
    name: str
    role: Role
    phase: Phase
    created: int
    relays: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    inviting: Inviting | None = field(default=None, repr=False)
    joining: Joining | None = field(default=None, repr=False)
    own: int = 0
    theirs: Coverage = NOTHING
    delivery: Delivery = field(default_factory=Delivery)
    verified: int | None = None
    forks: tuple[Fork, ...] = ()
    notices: tuple[tuple[int, Notice], ...] = ()
    positions: int = 0
    last: bytes = field(default=b"", repr=False)
    recovery: Recovery = field(default_factory=Recovery)
    lost: tuple[tuple[int, int, int], ...] = ()
    origin: bytes = b""
    mails: tuple[str, ...] = ()
    ending: Ending = field(default_factory=Ending)
    retention: Retention = field(default_factory=Retention)
    swept: int = 0
    retracting: tuple[tuple[int, int, bytes, int], ...] = ()

    @property
    def missing(self) -> list[tuple[int, int]]:
        """Return the runs of the peer's numbers that it has said and that have not come."""
        return list(self.theirs.missing(max(self.delivery.claimed, self.theirs.highest)))

    @property
    def unacknowledged(self) -> int:
        """Return how many of the owner's events the peer has not confirmed."""
        return self.own - self.delivery.theirs.count

    @property
    def unsettled(self) -> int:
        """Return of how many forks it is not known that the peer holds the same branches."""
        return sum(not fork.settled for fork in self.forks)

    @property
    def unfinished(self) -> bool:
        """Say whether the peer has to answer to more than words: to forks, or to what comes or goes back."""
        return self.unsettled > 0 or self.owed_back > 0 or self.recovery.returned is not None

    @property
    def unrecovered(self) -> bool:
        """Say whether the owner's feed may have had more than this vault holds, so that nothing can be said yet."""
        return self.phase is Phase.RESTORING or self.recovery.returned is not None

    def gone(self, author: int) -> list[tuple[int, int]]:
        """Return the runs of an author's numbers that exist nowhere any more, ascending."""
        return [(first, last) for whose, first, last in self.lost if whose == author]

    @property
    def owed_back(self) -> int:
        """Return the highest number of the peer's own feed that it lacks and we hold; 0 where there is none."""
        after = self.recovery.gives_after
        if not self.recovery.gives or after is None or self.theirs.highest <= after:
            return 0
        return self.theirs.highest

    def noted(self, when: int, notice: Notice) -> Line:
        """Return the line with a notice; the same one twice in a row is kept once, with the later time."""
        kept = self.notices[:-1] if self.notices and self.notices[-1][1] is notice else self.notices
        return replace(self, notices=(*kept[-31:], (when, notice)))

    def to_value(self) -> list[Any]:
        """Return the line as secret values for the vault; id and name are columns of their own."""
        return [
            1,
            int(self.role),
            str(self.phase),
            self.created,
            list(self.relays),
            list(self.folders),
            self.inviting and self.inviting.to_bytes(),
            self.joining and self.joining.to_bytes(),
            self.own,
            self.theirs.to_value(),
            self.delivery.to_value(),
            self.verified,
            [[fork.author, fork.number, fork.settled, fork.asked] for fork in self.forks],
            [[when, str(notice)] for when, notice in self.notices],
            self.positions,
            self.last,
            self.recovery.to_value(),
            [list(run) for run in self.lost],
            self.origin,
            list(self.mails),
            self.ending.to_value(),
            self.retention.to_value(),
            self.swept,
            [list(each) for each in self.retracting],
        ]

    @classmethod
    def from_value(cls, line_id: bytes, name: str, value: Any) -> Line:
        """Read what `to_value` wrote."""
        (
            role, phase, created, relays, folders, inviting, joining, own, theirs, delivery, verified, forks, notices,
            positions, last, recovery, lost, origin, mails, ending, retention, swept, retracting,
        ) = fields(grown(value, 15, _ADDED), 1, 15 + len(_ADDED), "line record")  # fmt: skip
        return cls(
            id=line_id,
            name=name,
            role=Role(role),
            phase=Phase(phase),
            created=created,
            relays=tuple(relays),
            folders=tuple(folders),
            inviting=inviting and Inviting.from_bytes(inviting),
            joining=joining and Joining.from_bytes(joining),
            own=own,
            theirs=Coverage.from_value(theirs),
            delivery=Delivery.from_value(delivery),
            verified=verified,
            forks=tuple(Fork(*fork) for fork in forks),
            notices=tuple((when, Notice(notice)) for when, notice in notices),
            positions=positions,
            last=last,
            recovery=Recovery.from_value(recovery),
            lost=tuple((author, first, end) for author, first, end in lost),
            origin=origin,
            mails=tuple(mails),
            ending=Ending.from_value(ending),
            retention=Retention.from_value(retention),
            swept=swept,
            retracting=tuple((author, number, name, when) for author, number, name, when in retracting),
        )

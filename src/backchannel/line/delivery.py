"""What the peer has of ours, and when the rest goes out again (spec 3.4.3).

What is new goes out at once. What is unacknowledged goes out again, freshly sealed, after pauses that grow; hearing of
progress starts the pauses anew. No event depends on a ratchet key, an epoch or a transport surviving.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from backchannel.line.frame import Frame
from backchannel.wire.coverage import NOTHING, Coverage
from backchannel.wire.shape import fields

PAUSES: Final = tuple(
    seconds * 1000 for seconds in (30, 120, 600, 3600, 6 * 3600, 24 * 3600, 3 * 24 * 3600, 7 * 24 * 3600)
)
"""Milliseconds before the first, second, ... repetition; the last one stands for all after."""

GAP_PAUSE: Final = 2000
"""Milliseconds before repeating what the peer says it misses while it has what came after."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """The state of delivery of our feed.

    Attributes:
        theirs: what the peer holds of our feed.
        framed: the highest number of ours that ever went out.
        repeats: how many pauses have passed without progress.
        due: when what is outstanding goes out again, milliseconds since 1970; None where nothing is outstanding.
        owes: whether the peer waits for an acknowledgement.
        last_heard: when the peer was last heard, milliseconds since 1970.
        claimed: the highest number that the peer says its own feed has.
        asked: how often a silenced peer was answered since it was last heard.
        asked_at: when that was last, milliseconds since 1970.
    """

    theirs: Coverage = NOTHING
    framed: int = 0
    repeats: int = 0
    due: int | None = None
    owes: bool = False
    last_heard: int | None = None
    claimed: int = 0
    asked: int = 0
    asked_at: int | None = None

    def wanted(self, own: int, now: int, *, everything: bool = False) -> list[tuple[int, int]]:
        """Return the runs of our own numbers to put into frames now.

        Args:
            own: the highest number in our feed.
            now: milliseconds since 1970.
            everything: whatever is unacknowledged, due or not.
        """
        missing = list(self.theirs.missing(own))
        if everything or self.is_due(now):
            return missing
        return [(max(first, self.framed + 1), last) for first, last in missing if last > self.framed]

    def is_due(self, now: int) -> bool:
        """Say whether what is outstanding should go out again; a pause that no pause can be means a clock was set."""
        return self.due is not None and not 0 < self.due - now <= PAUSES[-1]

    def framed_upto(self, number: int, now: int, *, outstanding: bool, repeated: bool) -> Delivery:
        """Return the state after frames went out.

        Args:
            number: the highest of our numbers in them.
            now: milliseconds since 1970.
            outstanding: whether anything now waits for an acknowledgement.
            repeated: whether this was a repetition.
        """
        repeats = min(self.repeats + 1, len(PAUSES) - 1) if repeated else self.repeats
        keep = self.due is not None and not repeated
        due = None if not outstanding else self.due if keep else now + PAUSES[repeats]
        return replace(self, framed=max(self.framed, number), repeats=repeats, due=due, owes=False)

    def heard(self, frame: Frame, own: int, now: int, *, outstanding: bool) -> Delivery:
        """Return the state after a frame from the peer.

        Args:
            frame: what it said.
            own: the highest number in our feed.
            now: milliseconds since 1970.
            outstanding: whether the line itself still waits for a reaction.
        """
        held = Coverage(min(frame.held.upto, own), tuple(run for run in frame.held.islands if run[1] <= own))
        theirs = self.theirs.union(held)
        progress = theirs != self.theirs
        waiting = outstanding or theirs.upto < min(own, self.framed)
        due = self.due
        if not waiting:
            due = None
        elif progress or due is None:
            due = now + PAUSES[0]
        if due is not None and theirs.islands:
            due = min(due, now + GAP_PAUSE)
        return replace(
            self,
            theirs=theirs,
            repeats=0 if progress else self.repeats,
            due=due,
            owes=self.owes or frame.wants_answer,
            last_heard=now,
            claimed=max(self.claimed, frame.own),
            asked=0,
            asked_at=None,
        )

    def asked_again(self, now: int) -> Delivery:
        """Return the state after a silenced peer's last message came once more (spec 3.3.5).

        It is answered after pauses that grow: whoever replays it must not make us talk.
        """
        pause = PAUSES[min(self.asked, len(PAUSES) - 1)]
        if self.asked_at is not None and 0 <= now - self.asked_at < pause:
            return self
        return replace(self, owes=True, asked=self.asked + 1, asked_at=now)

    def to_value(self) -> list[Any]:
        """Return the state for the vault."""
        return [
            1, self.theirs.to_value(), self.framed, self.repeats, self.due, self.owes, self.last_heard, self.claimed,
            self.asked, self.asked_at,
        ]  # fmt: skip

    @classmethod
    def from_value(cls, value: Any) -> Delivery:
        """Read what `to_value` wrote."""
        theirs, *rest = fields(value, 1, 9, "delivery")
        return cls(Coverage.from_value(theirs), *rest)

"""The end of a line: who has closed it, who knows that, and when the keys may go (spec 16.1).

A side is *done* when the peer has acknowledged its `close` and everything before it, and it holds the peer's `close`
and everything before that. Whoever is done needs nothing more of the peer. But the last acknowledgement is never
acknowledged: a side that is done cannot always know that the peer is. So it keeps its keys, and answers repetitions,
until it has learned it, or until `LINGER` has passed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from backchannel.wire.shape import fields

LINGER: Final = 30 * 24 * 3600 * 1000
"""Milliseconds for which a side that is done answers repetitions: four of the longest pauses between two of them."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How far the end of a line is.

    Attributes:
        ours: the number of the owner's `close`; None before.
        theirs: the number of the peer's; None before it came.
        told: the sequence of the first frame that told the peer that we hold its `close`.
        done: when this side was done, milliseconds since 1970.
        known: whether the peer is known to be done.
        sealed: when the keys were destroyed, milliseconds since 1970.
        alone: whether that was before this side was done, by the owner's own will.
    """

    ours: int | None = None
    theirs: int | None = None
    told: int | None = None
    done: int | None = None
    known: bool = False
    sealed: int | None = None
    alone: bool = False

    def heard_close(self, number: int) -> Ending:
        """Return the state once a `close` of the peer's is held; of several, the first counts."""
        return replace(self, theirs=number if self.theirs is None else min(self.theirs, number))

    def framed(self, sequence: int, held: int) -> Ending:
        """Return the state after a frame was sealed.

        Args:
            sequence: the frame's.
            held: up to which number the frame acknowledges the peer's feed without a gap.
        """
        if self.told is not None or self.theirs is None or held < self.theirs:
            return self
        return replace(self, told=sequence)

    def heard(self, *, acknowledged: int, held: int, opened: int, now: int) -> Ending:
        """Return the state after a frame from the peer.

        Args:
            acknowledged: up to which of our numbers the peer holds our feed without a gap.
            held: up to which number we hold the peer's.
            opened: the highest sequence of ours that the peer has opened.
            now: milliseconds since 1970.
        """
        if self.ours is None or self.theirs is None or acknowledged < self.ours or held < self.theirs:
            return self
        known = self.known or (self.told is not None and opened >= self.told)
        return replace(self, done=now if self.done is None else self.done, known=known)

    def may_seal(self, now: int, *, owes: bool) -> bool:
        """Say whether the keys are needed no more.

        Args:
            now: milliseconds since 1970.
            owes: whether the peer still waits for an acknowledgement of ours.
        """
        if self.done is None or self.sealed is not None:
            return False
        return (self.known and not owes) or now - self.done >= LINGER

    def to_value(self) -> list[Any]:
        """Return the state for the vault."""
        return [1, self.ours, self.theirs, self.told, self.done, self.known, self.sealed, self.alone]

    @classmethod
    def from_value(cls, value: Any) -> Ending:
        """Read what `to_value` wrote."""
        return cls(*fields(value, 1, 7, "ending"))

"""How a file is on its way: what goes out now, what is asked for again (spec 8.4).

Both halves are values. The sender keeps a window of parts in flight; what the receiver says that it holds opens it
further. The receiver says so every few parts. Either asks again after the pauses of 3.4.3 if nothing moves, so whatever
is lost on the way, and whichever side was away, it goes on where it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

from backchannel.line.delivery import GAP_PAUSE, PAUSES
from backchannel.line.file_word import FileWord, Standing
from backchannel.wire.coverage import NOTHING, Coverage
from backchannel.wire.shape import fields

WINDOW: Final = 256
"""Parts in flight at most: 16 MiB, a sixteenth of what a relay's mailbox holds."""

PROBE: Final = 8
"""Parts that go out again where nothing was heard: enough to be answered, few enough to be thrown away."""

TELL_EVERY: Final = 32
"""New parts after which the receiver says what it holds."""

UNASKED: Final = 8 * 2**20
"""Bytes up to which a file is sent without having been asked for."""

MOST_ISLANDS: Final = 1024
"""Runs of parts beyond gaps that are kept; what would make more comes again when the gaps are closed."""

_OVER: Final = frozenset({Standing.WHOLE, Standing.REFUSED, Standing.BROKEN, Standing.WITHDRAWN})

Runs = list[tuple[int, int]]


def _is_due(due: int | None, now: int) -> bool:
    return due is not None and not 0 < due - now <= PAUSES[-1]


@dataclass(frozen=True, slots=True)
class Sending:
    """A file that goes out.

    Attributes:
        size: bytes of its content.
        parts: how many parts it has.
        standing: what the other side said last; None if nothing yet.
        theirs: which parts the other side says it holds.
        framed: the highest part that is taken to be on its way.
        repeats: how many pauses have passed without progress.
        due: when what is in flight is taken for lost, milliseconds since 1970; None where nothing may go.
        tell: whether the other side must hear that it was withdrawn.
        asked: the `due` at which the other side was asked how the file stands with it.
    """

    size: int
    parts: int
    standing: Standing | None = None
    theirs: Coverage = NOTHING
    framed: int = 0
    repeats: int = 0
    due: int | None = None
    tell: bool = False
    asked: int | None = None

    @property
    def over(self) -> bool:
        """Say whether no part will go out any more."""
        return self.standing in _OVER

    @property
    def may_go(self) -> bool:
        """Say whether the other side wants parts, or is not asked first."""
        asked = self.standing is Standing.WANTED or (self.standing is None and self.size <= UNASKED)
        return asked and not self.over

    @property
    def _lost(self) -> Runs:
        """What is missing while what came after it is there."""
        return list(self.theirs.missing(self.theirs.highest))

    def wanted(self, now: int) -> tuple[Runs, bool]:
        """Return the runs of parts to send now, and whether they are sent again.

        Args:
            now: milliseconds since 1970.
        """
        if not self.may_go:
            return [], False
        if _is_due(self.due, now):
            beyond = min(self.theirs.highest + 1, self.parts)  # all there: the last one, to hear that it is whole
            runs = self._lost or [(beyond, min(self.parts, beyond + PROBE - 1))]
            return _cut(runs, WINDOW), True
        if self.repeats and not self._lost:  # a probe is out, and nothing was heard of it
            return [], False
        in_flight = sum(last - first + 1 for first, last in self.theirs.missing(self.framed))
        first, last = self.framed + 1, min(self.parts, self.framed + WINDOW - in_flight)
        return ([(first, last)] if first <= last else []), False

    def tells(self, now: int) -> bool:
        """Say whether the other side is to be told something, or asked: parts alone do not reach who waits for none."""
        return self.tell or (not self.over and self.asked != self.due and _is_due(self.due, now))

    def was_told(self, now: int) -> Sending:
        """Return the state after that was said."""
        if self.may_go or self.over or self.due is None:
            return replace(self, tell=False, asked=self.due)
        repeats = min(self.repeats + 1, len(PAUSES) - 1)  # nothing goes out before the answer: it is asked again
        return replace(self, tell=False, repeats=repeats, due=now + PAUSES[repeats])

    def anew(self, now: int) -> Sending:
        """Return the state at the beginning of another incarnation: what the other side holds is not known any more.

        What it never spoke of goes out from its beginning; else it is asked first, since it may hold most of it.
        """
        if self.over:
            return self
        if self.standing is None and self.may_go:
            return replace(self, theirs=NOTHING, framed=0, repeats=0, due=None, asked=None)
        return Sending(self.size, self.parts, Standing.WAITING, tell=True, due=now + PAUSES[0])

    def missing(self) -> Runs:
        """Return everything that the other side is not known to hold: for a stick, whatever is in flight."""
        return [] if self.over else list(self.theirs.missing(self.parts))

    def sent(self, last: int, now: int, *, repeated: bool) -> Sending:
        """Return the state after parts went out.

        Args:
            last: the highest of them.
            now: milliseconds since 1970.
            repeated: whether they were sent again.
        """
        if not repeated:
            due = now + PAUSES[0] if self.due is None else self.due
            return replace(self, framed=max(self.framed, last), due=due)
        repeats = min(self.repeats + 1, len(PAUSES) - 1)
        # Where nothing is held beyond a gap, all that was in flight is taken for lost.
        framed = self.framed if self._lost else max(last, self.theirs.highest)
        return replace(self, framed=framed, repeats=repeats, due=now + PAUSES[repeats])

    def heard(self, word: FileWord, now: int) -> Sending:
        """Return the state after the other side said how the file stands with it."""
        if self.standing is Standing.WITHDRAWN:
            return replace(self, tell=self.tell or word.standing in (Standing.WAITING, Standing.WANTED))
        held = Coverage(
            min(word.held.upto, self.parts), tuple(run for run in word.held.islands if run[1] <= self.parts)
        )
        goes_on = self.standing in (None, Standing.WANTED)
        framed = max(self.framed if goes_on else 0, held.highest)
        after = replace(self, standing=word.standing, theirs=held, framed=framed)
        if not after.may_go:
            return replace(after, due=None, repeats=0)
        due = self.due
        progress = held != self.theirs or word.standing is not self.standing
        if progress or due is None:
            due = now + PAUSES[0]
        if after._lost:
            due = min(due, now + GAP_PAUSE)
        return replace(after, due=due, repeats=0 if progress else self.repeats)

    def withdrawn(self) -> Sending:
        """Return the state after the owner took the file back."""
        return replace(self, standing=Standing.WITHDRAWN, tell=True, due=None)

    def to_value(self) -> list[Any]:
        """Return the state for the vault."""
        standing = None if self.standing is None else int(self.standing)
        return [
            1, self.size, self.parts, standing, self.theirs.to_value(), self.framed, self.repeats, self.due, self.tell,
            self.asked,
        ]  # fmt: skip

    @classmethod
    def from_value(cls, value: Any) -> Sending:
        """Read what `to_value` wrote."""
        size, parts, standing, theirs, *rest = fields(value, 1, 9, "sending")
        known = None if standing is None else Standing(standing)
        return cls(size, parts, known, Coverage.from_value(theirs), *rest)


@dataclass(frozen=True, slots=True)
class Fetching:
    """A file that comes in.

    Attributes:
        parts: how many parts it has.
        standing: as it is told.
        held: which parts are here.
        told: how many parts were here when the other side was told last.
        tell: whether the other side must be told.
        repeats: how many pauses have passed without progress.
        due: when it is asked for again, milliseconds since 1970.
    """

    parts: int
    standing: Standing
    held: Coverage = NOTHING
    told: int = 0
    tell: bool = False
    repeats: int = 0
    due: int | None = None

    @property
    def arrived(self) -> bool:
        """Say whether every part is here, and the whole was not looked at yet."""
        return self.standing is Standing.WANTED and self.held.upto == self.parts

    def tells(self, now: int) -> bool:
        """Say whether the other side should be told now how the file stands."""
        return self.tell or (self.standing is Standing.WANTED and _is_due(self.due, now))

    def took(self, number: int, now: int) -> Fetching:
        """Return the state after a part came, new or not."""
        held = self.held.with_number(number)
        if held is self.held:
            return replace(self, tell=True)
        if len(held.islands) > MOST_ISLANDS:
            return self
        tell = self.tell or held.upto == self.parts or held.count - self.told >= TELL_EVERY
        return replace(self, held=held, tell=tell, repeats=0, due=now + PAUSES[0])

    def was_told(self, now: int) -> Fetching:
        """Return the state after the other side was told."""
        repeats = self.repeats
        if not self.tell:  # nothing new: it was asked for once more
            repeats = min(repeats + 1, len(PAUSES) - 1)
        due = now + PAUSES[repeats] if self.standing is Standing.WANTED else None
        return replace(self, tell=False, told=self.held.count, repeats=repeats, due=due)

    def stands(self, standing: Standing) -> Fetching:
        """Return the state after the owner, or the hash, decided."""
        held = NOTHING if standing is Standing.REFUSED else self.held
        return replace(self, standing=standing, held=held, told=0, tell=True, repeats=0, due=None)

    def anew(self, now: int) -> Fetching:
        """Return the state at the beginning of another incarnation: the other side may not know how it stands here."""
        if self.standing not in (Standing.WAITING, Standing.WANTED):
            return self
        due = now + PAUSES[0] if self.standing is Standing.WANTED else None
        return replace(self, told=0, tell=True, repeats=0, due=due)

    def to_value(self) -> list[Any]:
        """Return the state for the vault."""
        return [
            1, self.parts, int(self.standing), self.held.to_value(), self.told, self.tell, self.repeats, self.due,
        ]  # fmt: skip

    @classmethod
    def from_value(cls, value: Any) -> Fetching:
        """Read what `to_value` wrote."""
        parts, standing, held, *rest = fields(value, 1, 7, "fetching")
        return cls(parts, Standing(standing), Coverage.from_value(held), *rest)


def _cut(runs: Runs, most: int) -> Runs:
    """Return the first `most` numbers of some runs."""
    kept: Runs = []
    for first, last in runs:
        if most <= 0:
            break
        last = min(last, first + most - 1)
        kept.append((first, last))
        most -= last - first + 1
    return kept

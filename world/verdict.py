"""What became of everything that was said: both logs against it, event by event.

What was said on a device that its owner had replaced counts like everything else: if one side has it, both must have
it, as a word that came back or as a branch of a fork. What neither has is `stranded` if that device itself shows it as
not delivered: its owner can see it, and say it again. If the device took it for delivered, it is `lost`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from backchannel.app.ports import Stored
from backchannel.log.event import Event
from backchannel.log.kinds import Text, read_body


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a world ended.

    Attributes:
        sent: things that were said.
        received: of these, how many the other side holds.
        lost: of these, how many one of both logs does not hold, but for those in `gone` and `stranded`.
        doubled: events that a log holds beside the one for each thing that was said: again, or never said.
        misplaced: places at which the two logs differ, or a feed is not in the order in which it was said.
        gone: was on a device that was lost or replaced, in no backup and not with the other side; held by nobody. Two
            devices that were both replaced may also have talked to each other, and be thrown away.
        forks: numbers that two events have: words of a lost device came late, and both sides see them.
        hidden: forks that a side does not show.
        stranded: said on a device that was replaced, held by nobody, and shown there as not delivered.
        damaged: what `vault check` finds in the vaults at the end.
        examples: a few of what is wrong, for people.
    """

    sent: int
    received: int
    lost: int
    doubled: int
    misplaced: int
    gone: int
    forks: int = 0
    hidden: int = 0
    stranded: int = 0
    damaged: int = 0
    examples: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Say whether everything that was said is where it belongs, exactly once."""
        return not (self.lost or self.doubled or self.misplaced or self.hidden or self.damaged)


def judge(
    said: Sequence[Sequence[str]],
    logs: Sequence[Iterable[Stored]],
    at_risk: AbstractSet[tuple[int, str]],
    undelivered: AbstractSet[tuple[int, str]] = frozenset(),
    shown: Sequence[AbstractSet[tuple[int, int]]] | None = None,
) -> Verdict:
    """Compare.

    Args:
        said: by side, in the order in which it was said.
        logs: of both sides, in the order that they should share.
        at_risk: author and words of what was on a device that was lost or replaced, and with neither side; or was heard
            by one that was replaced.
        undelivered: author and words of what a device that was replaced shows as not delivered.
        shown: by side, author and number of the forks that it shows; None does not look at that.
    """
    events = [[stored.event for stored in log] for log in logs]
    texts = [[(event.author, words_of(event)) for event in log] for log in events]
    counts = [Counter(log) for log in texts]
    everything = Counter((side, text) for side, feed in enumerate(said) for text in feed)
    examples: list[str] = []
    lost = gone = stranded = received = 0
    for thing in everything:
        side, text = thing
        held = [bool(count[thing]) for count in counts]
        received += held[1 - side]
        if thing in at_risk and not any(held):
            gone += 1
        elif thing in undelivered and not any(held):
            stranded += 1
        elif not all(held):
            lost += 1
            examples.append(f"lost: {text[:20]!r}, held by {[at for at, one in enumerate(held) if one]}")
    extra = [thing for count in counts for thing in (count - everything).elements()]
    examples.extend(f"doubled or never said: {text[:20]!r} of side {author}" for author, text in extra)
    misplaced = sum(left.raw != right.raw for left, right in zip(*events, strict=False))
    forks = hidden = 0
    for side, feed in enumerate(said):
        numbered = _feed(events[side], side)
        forked = {number for number, count in Counter(number for number, _ in numbered).items() if count > 1}
        forks += len(forked)
        hidden += sum((side, number) not in found for number in forked for found in shown or ())
        # Under a number that two events have there is no order to be kept.
        single = [text for number, text in numbered if number not in forked]
        there = set(single)
        misplaced += sum(a != b for a, b in zip((text for text in feed if text in there), single, strict=False))
    said_in_all = sum(everything.values())
    examples = examples[:10]
    return Verdict(
        said_in_all, received, lost, len(extra), misplaced, gone, forks, hidden, stranded, examples=tuple(examples)
    )


def _feed(log: Sequence[Event], author: int) -> list[tuple[int, str]]:
    """Return the numbers and words of a feed, by number."""
    return sorted((event.number, words_of(event)) for event in log if event.author == author)


def words_of(event: Event) -> str:
    """Return the words of an event; of what is no text, something that nobody said."""
    match read_body(event):
        case Text(text):
            return text
        case _:
            return f"<{event.kind}>"

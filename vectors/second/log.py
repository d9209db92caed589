"""What one side holds of both feeds, its forks, and what the other has acknowledged (spec 4.2)."""

import copy
from dataclasses import dataclass, field

from vectors.second import event, frame
from vectors.second.event import Event
from vectors.second.refusal import Refused

BRANCHES, RUNS, FORKS = 16, 1024, 1024


@dataclass
class Log:
    """The log of one side."""

    role: int
    held: dict[tuple[int, int], list[Event]] = field(default_factory=dict)
    forks: dict[tuple[int, int], tuple[bool, bool]] = field(default_factory=dict)  # settled, asked
    theirs: list[int] = field(default_factory=lambda: [0])
    notices: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, role: int, own: list[bytes]) -> "Log":
        """The log of a side that has written some events and has none of the other's.

        Args:
            role: its role.
            own: its events.

        Returns:
            The log.
        """
        made = cls(role)
        for raw in own:
            found = event.read(raw)
            if (found.author, found.number) != (role, made.own + 1):
                raise Refused("internal", "its own events are not its own, one after the other")
            if found.number > 1 and found.before != made.ids(role, found.number - 1)[0][:8]:
                raise Refused("internal", "its own events do not say what they follow")
            made.held[role, found.number] = [found]
        return made

    @property
    def own(self) -> int:
        """The last number that this side wrote."""
        return max((number for author, number in self.held if author == self.role), default=0)

    def ids(self, author: int, number: int) -> list[bytes]:
        """The ids that are held under an author and a number.

        Args:
            author: whose feed.
            number: the place in it.

        Returns:
            The ids, ascending.
        """
        return sorted(one.id for one in self.held.get((author, number), []))

    def coverage(self, author: int) -> list[int]:
        """What is held of a feed (spec 4.2.1).

        Args:
            author: whose feed.

        Returns:
            The coverage.
        """
        return frame.coverage(number for who, number in self.held if who == author)

    def place(self, one: Event) -> tuple[str, list[list[int]]]:
        """Places an event that came (spec 4.2.1), and looks at the chain (spec 4.2.2).

        Args:
            one: the event.

        Returns:
            What it is, and for one beyond a gap the numbers below it that are missing.

        Raises:
            Refused: `peer-misbehaved`.
        """
        where = one.author, one.number
        if one.author == self.role and one.number > self.own:
            raise Refused("peer-misbehaved", "a number of ours that was never reached")
        branches = self.held.get(where, [])
        if one.id in self.ids(*where):
            return "duplicate", []
        if len(branches) >= BRANCHES:
            raise Refused("peer-misbehaved", "a seventeenth event under one number")
        self.held[where] = [*branches, one]
        if len(self.coverage(one.author)) > 1 + 2 * RUNS:
            del self.held[where]
            return "passed over", []
        if branches:
            self.find(*where)
        self._chain(one)
        gaps = [] if branches else frame.missing(self.coverage(one.author), one.number)
        return ("forked" if branches else "beyond a gap" if gaps else "appended"), gaps

    def _follows(self, one: Event) -> bool:
        return not one.before or any(each.startswith(one.before) for each in self.ids(one.author, one.number - 1))

    def _chain(self, one: Event) -> None:
        author, number = one.author, one.number
        if (author, number - 1) in self.held and not self._follows(one):
            self.find(author, number - 1)
        if not all(self._follows(after) for after in self.held.get((author, number + 1), [])):
            self.find(author, number)

    def find(self, author: int, number: int) -> None:
        """A fork is found (spec 4.2.3).

        Args:
            author: whose feed.
            number: the place in it.
        """
        known = self.forks.get((author, number))
        if known is None and len(self.forks) >= FORKS:
            return
        settled, asked = known or (True, False)
        if settled:
            self.forks[author, number] = False, asked
            self.notices.append("fork")

    def notice(self, name: str, author: int, number: int, ids: list[bytes]) -> None:
        """Takes the other's notice of a fork (spec 4.2.3).

        Args:
            name: `fork` if it asks for ours, or `fork answer`.
            author: whose feed.
            number: the place in it.
            ids: what the other holds there.
        """
        where = author, number
        if where not in self.held:
            return
        equal = sorted(ids) == self.ids(*where)
        if not equal:
            self.find(*where)
        if where in self.forks:
            self.forks[where] = equal, name == "fork" or self.forks[where][1]

    def acknowledge(self, held: list[int], head: bytes) -> None:
        """Takes what the other says to hold of our feed (spec 4.2.4, 3.4.3).

        Args:
            held: the coverage.
            head: how the id of the last without a gap begins.
        """
        upto, own = held[0], self.own
        ours = upto <= own and any(one.startswith(head) for one in self.ids(self.role, upto))
        if upto <= self.theirs[0] or (upto <= own and not head) or ours:
            self.theirs = union(self.theirs, within(held, own))
            return
        if upto > own:
            self.notices.append("copy")
        if own:
            self.find(self.role, min(upto, own))

    def receive(self, found: frame.Frame) -> int:
        """Takes a frame: steps 6, 7 and 8 of spec 3.4.2. Nothing has changed if it is refused.

        Args:
            found: the frame.

        Returns:
            How many events were kept.

        Raises:
            Refused: `peer-misbehaved`.
        """
        trial = copy.deepcopy(self)
        kept = 0
        for raw in found.events:
            try:
                one = event.read(raw)
            except Refused as error:
                raise Refused("peer-misbehaved", error.why) from None
            kept += trial.place(one)[0] not in ("duplicate", "passed over")
        for control in found.controls:
            if control[0] in ("fork", "fork answer"):
                trial.notice(*control)
        trial.acknowledge(found.held, found.head)
        self.__dict__.update(trial.__dict__)
        return kept


def _runs(held: list[int]) -> list[tuple[int, int]]:
    runs = [(1, held[0])] if held[0] else []
    return runs + list(zip(held[1::2], held[2::2], strict=True))


def within(held: list[int], own: int) -> list[int]:
    """A coverage of our feed without what we never wrote (spec 3.4.3).

    Args:
        held: the coverage.
        own: the last number that we wrote.

    Returns:
        The coverage, whose runs that end above are left out.
    """
    upto = min(held[0], own)
    return union([upto], [0, *(end for run in _runs([0, *held[1:]]) if run[1] <= own for end in run)])


def union(one: list[int], two: list[int]) -> list[int]:
    """What is in either of two coverages (spec 3.4.1).

    Args:
        one: a coverage.
        two: another.

    Returns:
        The coverage of both.
    """
    joined: list[list[int]] = []
    for first, last in sorted(_runs(one) + _runs(two)):
        if joined and first <= joined[-1][1] + 1:
            joined[-1][1] = max(joined[-1][1], last)
        else:
            joined.append([first, last])
    upto = joined.pop(0)[1] if joined and joined[0][0] == 1 else 0
    return [upto, *(end for run in joined for end in run)]

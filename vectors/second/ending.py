"""What is known of the end of a line, the rule for its words, and what is removed (spec 16.1 to 16.5)."""

from typing import Any

from vectors.second import kept
from vectors.second.event import Event

DAY = 86_400_000
LINGER = 30 * DAY
PLAIN = ("text", "carried", "file")
SEPARATE, WAITING = 64, 1024
ALWAYS = {"keep": "always"}


class Ending:
    """What a side knows of the end (spec 16.1.1)."""

    def __init__(self) -> None:
        self.ours: int | None = None
        self.theirs: int | None = None
        self.told: int | None = None
        self.done: int | None = None
        self.known = self.owes = False

    def step(self, step: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Takes one step.

        Args:
            step: `do` and its inputs.

        Returns:
            The names of the inputs, and what follows.
        """
        match step["do"]:
            case "close":
                self.ours = step["number"]
                return "number", self._after()
            case "hear":
                self.theirs = min(step["number"], step["number"] if self.theirs is None else self.theirs)
                return "number", self._after()
            case "seal":
                self._seal(step["sequence"], step["held"])
                return "sequence held", self._after()
            case "open":
                self._open(step)
                return "acknowledged held heard asks now", self._after()
        return "now", {"destroys": self._destroys(step["now"])}

    def _after(self) -> dict[str, Any]:
        return {"after": dict(vars(self))}

    def _seal(self, sequence: int, held: int) -> None:
        self.owes = False
        if self.told is None and self.theirs is not None and held >= self.theirs:
            self.told = sequence

    def _open(self, step: dict[str, Any]) -> None:
        self.owes |= step["asks"]
        if self.done is None:
            if self.ours is None or self.theirs is None:
                return
            if step["acknowledged"] < self.ours or step["held"] < self.theirs:
                return
            self.done, self.owes = step["now"], True
        self.known |= self.told is not None and step["heard"] >= self.told

    def _destroys(self, now: int) -> bool:
        return self.done is not None and ((self.known and not self.owes) or now - self.done >= LINGER)


class Words:
    """What both sides have said of how long words are kept (spec 16.3)."""

    def __init__(self) -> None:
        self._rule: dict[str, Any] = ALWAYS
        self._said: list[dict[str, Any] | None] = [None, None]
        self._apart: list[tuple[Any, int, dict[str, Any]]] = []

    def hear(self, one: Event) -> dict[str, Any]:
        """Takes an event.

        Args:
            one: the event, of any kind.

        Returns:
            The rule, and the latest words of both sides.
        """
        proposed = kept.rule(one) if one.kind == "retention" and not isinstance(one, kept.Stone) else None
        if proposed is not None:
            self._apart = sorted([*self._apart, (one.place, one.author, proposed)], key=lambda each: each[0])
            while len(self._apart) > SEPARATE:
                self._rule, self._said = self._fold(self._apart[:1])
                self._apart.pop(0)
        rule, said = self._fold(self._apart)
        return {"rule": rule, "said": said}

    def _fold(self, some: list[tuple[Any, int, dict[str, Any]]]) -> tuple[dict[str, Any], list[Any]]:
        rule, said = self._rule, list(self._said)
        for _, author, proposed in some:
            said[author] = proposed
            if said[0] == said[1]:
                rule = proposed
        return rule, said


def remove(case: dict[str, Any]) -> dict[str, Any]:
    """What is removed after an exchange (spec 16.2, 16.3, 16.5).

    Args:
        case: the owner's `role`; `events` and when they came, in the order in which they did; the coverage
            `delivered`; `forks`; whether the keys are destroyed; ids of files that are `moving`; `now`.

    Returns:
        `after`, the bytes that are then held, and the retractions that are `waiting`.
    """
    held = [kept.read(raw) for raw, _ in case["events"]]
    words, rule = Words(), ALWAYS
    back: list[tuple[int, int, bytes, int]] = []
    for one in held:
        rule = words.hear(one)["rule"]
        taken = kept.taken_back(one) if one.kind == "retract" and not isinstance(one, kept.Stone) else None
        entry = taken and (one.author, *taken, one.clock)
        if entry and entry not in back and len(back) < WAITING:
            back.append(entry)
    side = _Side(case, held)
    waiting = [entry for entry in back if side.take_back(*entry)]
    side.let_go(rule)
    return {"after": [one.raw for one in side.held], "waiting": [list(entry) for entry in waiting]}


class _Side:
    def __init__(self, case: dict[str, Any], held: list[Event]) -> None:
        self.case, self.held = case, list(held)
        self._own = max((one.number for one in held if one.author == case["role"]), default=0)
        self.unsettled = [(author, number) for author, number, settled in case["forks"] if not settled]

    def _needed(self, one: Event) -> bool:
        """Whether somebody needs its words (spec 16.5)."""
        if self.case["destroyed"]:
            return False
        upto, *runs = self.case["delivered"]
        inside = one.number <= upto or any(a <= one.number <= b for a, b in zip(runs[::2], runs[1::2], strict=True))
        return (one.author == self.case["role"] and not inside) or (one.author, one.number) in self.unsettled

    def take_back(self, author: int, number: int, identity: bytes, clock: int) -> bool:
        """Does it if it can be done, and says whether it still waits (spec 16.2)."""
        under = [one for one in self.held if (one.author, one.number) == (author, number)]
        found = [one for one in under if one.id == identity]
        if not found:
            # Of its own feed a side holds 1 to the last that it wrote (spec 4.2.1).
            passed = under or (author == self.case["role"] and number <= self._own)
            return not passed or (author, number) in self.unsettled
        if isinstance(found[0], kept.Stone) or found[0].kind not in PLAIN:
            return False
        if self._needed(found[0]):
            return True
        self._bury(found[0], 1, clock)
        return False

    def let_go(self, rule: dict[str, Any]) -> None:
        """Removes what is past its time (spec 16.3)."""
        for one, (_, received) in zip(list(self.held), self.case["events"], strict=True):
            past = received <= self.case["now"] - rule["days"] * DAY if "days" in rule else False
            past |= rule.get("keep") == "until-closed" and self.case["destroyed"]
            moves = one.id in self.case["moving"] and not self.case["destroyed"]
            if past and one.kind in PLAIN and not isinstance(one, kept.Stone) and not self._needed(one) and not moves:
                self._bury(one, 2, self.case["now"])

    def _bury(self, one: Event, why: int, when: int) -> None:
        self.held[self.held.index(one)] = kept.read(kept.bury(one, why, when))

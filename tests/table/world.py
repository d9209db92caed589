"""Two people at a table who act while what they did is under way: where the histories of the tests come from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from hypothesis import strategies as st

from backchannel.errors import BackchannelError
from backchannel.log.event import Event, write_event
from backchannel.table.acts import (
    AcceptOffer,
    Act,
    Add,
    AgreeIssues,
    Close,
    CommentText,
    DecideText,
    DeclineIssues,
    MakeOffer,
    OfferKind,
    ProposeIssues,
    ProposeText,
    RejectOffer,
    Replace,
    Settle,
    WithdrawOffer,
)
from backchannel.table.bodies import body_of
from backchannel.table.clause import Clause, Mark, Span
from backchannel.table.decide import Facts, decide
from backchannel.table.evolve import table_of
from backchannel.table.issue import Issue, IssueType
from backchannel.table.model import Table, Trace

PEOPLE = Issue("people", {"en": "People"}, IssueType.RANGE, least=0, most=100, unit="people")
ORDER = Issue("order", {"en": "Order", "he": "סדר"}, IssueType.CHOICE, options=("all at once", "in phases"))
NAMES = Issue("named", {"en": "Names", "ar": "أسماء"}, IssueType.NAMES, most=5)
PLACE_ISSUE = Issue("place", {"en": "Place"}, IssueType.CLAUSE)
HOUR = 3_600_000


@dataclass
class Side:
    """What one side has done and heard."""

    own: list[Event] = field(default_factory=list)
    heard: int = 0


@dataclass
class World:
    """Both sides, role 0 first. Nothing travels until somebody hears it."""

    sides: tuple[Side, Side] = field(default_factory=lambda: (Side(), Side()))
    clock: int = 1_900_000_000_000
    verified: bool = True

    @property
    def events(self) -> list[Event]:
        """Everything that was done by anybody."""
        return [*self.sides[0].own, *self.sides[1].own]

    @property
    def table(self) -> Table:
        """The table once everything is heard."""
        return table_of(self.events)

    def known(self, who: int) -> list[Event]:
        return [*self.sides[who].own, *self.sides[1 - who].own[: self.sides[who].heard]]

    def view(self, who: int) -> Table:
        return table_of(self.known(who))

    def hears(self, who: int, many: int | None = None) -> None:
        other = len(self.sides[1 - who].own)
        side = self.sides[who]
        side.heard = other if many is None else min(other, side.heard + many)

    def meet(self) -> None:
        """Each hears everything."""
        self.hears(0)
        self.hears(1)

    def does(self, who: int, act: Act) -> bytes:
        """Have a side do what its own view allows; return the id of the event."""
        side = self.sides[who]
        facts = Facts(who, len(side.own), side.heard, self.clock, self.verified)
        ((kind, body),) = decide(self.view(who), act, facts)
        return self.writes(who, kind, body)

    def forces(self, who: int, act: Act) -> bytes:
        """Have a side do something that its program should have refused."""
        return self.writes(who, *body_of(act))

    def writes(self, who: int, kind: str, body: bytes) -> bytes:
        side = self.sides[who]
        event = write_event(
            author=who, number=len(side.own) + 1, seen=side.heard, clock=self.clock, kind=kind, body=body,
            before=side.own[-1].id[:8] if side.own else b"",
        )  # fmt: skip
        side.own.append(event)
        self.clock += 1000
        return event.id

    def agenda(self, *issues: Issue) -> list[bytes]:
        """Have issues agreed, and everything heard; return the ids of their versions."""
        proposal = self.does(0, ProposeIssues(tuple(Add(issue) for issue in issues)))
        self.hears(1)
        self.does(1, AgreeIssues(proposal))
        self.meet()
        return list(self.table.proposals[proposal].versions)

    def offer(self, who: int, package: dict[bytes, int | str | tuple[str, ...]], **more: object) -> bytes:
        more.setdefault("kind", OfferKind.PROPOSAL)
        return self.does(who, MakeOffer(package=package, **more))  # type: ignore[arg-type]


def at_table(*issues: Issue) -> tuple[World, list[bytes]]:
    """Two people who have just agreed on an agenda."""
    world = World()
    return world, world.agenda(*(issues or (PEOPLE, ORDER)))


# --- anything that two people could do --------------------------------------------------------------------------------

Step = tuple[int, str, int, int]
"""Who, what, and two numbers that choose among what is possible."""

CHOOSES: dict[str, Callable[[Table, int, int, int], Act | None]] = {}


def _pick(things: Iterable[tuple[Trace, bytes]], who: int, at: int) -> bytes | None:
    """The same choice for either role: by whose it is and its number."""
    found = sorted((trace.author != who, trace.number, identity) for trace, identity in things)
    return found[at % len(found)][2] if found else None


def _offers(table: Table, who: int, at: int, *, mine: bool | None = None) -> bytes | None:
    wanted = (
        (one.trace, key) for key, one in table.offers.items() if mine is None or mine == (one.trace.author == who)
    )
    return _pick(wanted, who, at)


def _make(table: Table, who: int, at: int, more: int) -> Act | None:
    versions = table.on_agenda()
    some = versions if at % 3 else versions[: at % 2 + 1]
    values: dict[IssueType, list[object]] = {
        IssueType.RANGE: [more, 0, 100],
        IssueType.CHOICE: ["all at once", "in phases"],
        IssueType.NAMES: [("A",), ("A", "B")],
        IssueType.CLAUSE: ["here"],
    }
    package = {one.id: values[one.definition.type][more % len(values[one.definition.type])] for one in some}
    if not package:
        return None
    replies_to = _offers(table, who, more) if at % 4 == 0 else None
    return MakeOffer(OfferKind(1 + more % 2), package, replies_to=replies_to)  # type: ignore[arg-type]


def _accept(table: Table, who: int, at: int, more: int) -> Act | None:
    offer = _offers(table, who, at, mine=False)
    if offer is None:
        return None
    return AcceptOffer(offer, tuple(table.offers[offer].offer.package)[:1] if more % 5 == 0 else None)


def _change(table: Table, who: int, at: int, more: int) -> Act | None:
    versions = table.on_agenda()
    if not versions or at % 3 == 0:
        return ProposeIssues((Add((PEOPLE, ORDER, NAMES, PLACE_ISSUE)[more % 4]),))
    version = versions[more % len(versions)]
    if at % 3 == 1:
        return ProposeIssues((Close(version.id),))
    return ProposeIssues((Replace(version.id, Issue("people", {"en": f"{at}"}, IssueType.RANGE, most=100 + more)),))


def _proposal(table: Table, who: int, at: int) -> bytes | None:
    return _pick(((one.trace, key) for key, one in table.proposals.items()), who, at)


def _settle(table: Table, who: int, at: int, more: int) -> Act | None:
    if table.contest is None:
        return None
    offers = [(table.offers[one].trace, one) for one in table.contest.offers]
    return Settle(None if more % 3 == 0 else _pick(offers, who, at))


def _propose_text(table: Table, who: int, at: int, more: int) -> Act | None:
    one = _pick(((table.drafts[head].trace, head) for head in table.heads), who, at)
    bases = tuple(table.heads) if more % 4 or one is None else (one,)
    mark = Mark.OPEN if at % 4 == 0 else Mark.PLAIN
    return ProposeText((Clause(1, (Span(mark, f"{at} {more}"),)),), bases)


def _draft(table: Table, who: int, at: int) -> bytes | None:
    return _pick(((one.trace, key) for key, one in table.drafts.items()), who, at)


def _with(identity: bytes | None, make: Callable[[bytes], Act]) -> Act | None:
    return None if identity is None else make(identity)


CHOOSES |= {
    "make": _make,
    "accept": _accept,
    "reject": lambda table, who, at, _: _with(_offers(table, who, at, mine=False), RejectOffer),
    "withdraw": lambda table, who, at, _: _with(_offers(table, who, at, mine=True), WithdrawOffer),
    "settle": _settle,
    "change": _change,
    "agree": lambda table, who, at, _: _with(_proposal(table, who, at), AgreeIssues),
    "decline": lambda table, who, at, _: _with(_proposal(table, who, at), DeclineIssues),
    "text": _propose_text,
    "comment": lambda table, who, at, _: _with(_draft(table, who, at), lambda one: CommentText(one, 1, "why?")),
    "decide": lambda table, who, at, more: _with(_draft(table, who, at), lambda one: DecideText(one, more % 4 != 0)),
}

OFFERS = ["make", "make", "accept", "accept", "withdraw", "reject", "settle", "settle"]
ALL = [*OFFERS, "change", "agree", "agree", "decline", "text", "comment", "decide", "decide"]


def steps(what: list[str], most: int = 30) -> st.SearchStrategy[list[Step]]:
    one = st.tuples(
        st.integers(0, 1), st.sampled_from([*what, "hear", "hear", "hear"]), st.integers(0, 7), st.integers(0, 11)
    )
    return st.lists(one, min_size=most // 2, max_size=most)


def play(moves: Iterable[Step], *, swapped: bool = False) -> World:
    """Two honest people with an agenda play; what their own program refuses is not done."""
    world = World()
    if swapped:
        proposal = world.does(1, ProposeIssues((Add(PEOPLE), Add(ORDER))))
        world.hears(0)
        world.does(0, AgreeIssues(proposal))
        world.meet()
    else:
        world.agenda(PEOPLE, ORDER)
    for who, what, at, more in moves:
        author = 1 - who if swapped else who
        if what == "hear":
            world.hears(author, at + 1)
            continue
        act = CHOOSES[what](world.view(author), author, at, more)
        if act is None:
            continue
        try:
            world.does(author, act)
        except BackchannelError:
            continue
    return world

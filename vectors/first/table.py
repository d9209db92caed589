"""Chapter 10: negotiations and the tables that they make, and bodies that are refused."""

from typing import Any, Final

from backchannel.log.event import BEFORE_SIZE, Event, write_event
from backchannel.log.order import in_order
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
    Until,
    WithdrawOffer,
)
from backchannel.table.bodies import body_of
from backchannel.table.clause import Clause, Mark, Span
from backchannel.table.evolve import table_of
from backchannel.table.issue import Issue, IssueType, Value
from backchannel.table.model import Table
from backchannel.table.status import status
from backchannel.wire.codec import encode
from vectors.first.defect import Defect
from vectors.first.seeds import seeded
from vectors.first.shown import Json, Recorded

NOW: Final = 1_900_000_000_000
PEOPLE: Final = Issue(
    "people", {"en": "People", "he": "אנשים"}, IssueType.RANGE, least=0, most=100, step=5, unit="people"
)
ORDER: Final = Issue("order", {"en": "Order"}, IssueType.CHOICE, options=("all at once", "in phases"))
NAMES: Final = Issue("named", {"ar": "أسماء"}, IssueType.NAMES, most=2)
PLACE: Final = Issue("place", {"en": "Place"}, IssueType.CLAUSE)


class Talks:
    """Two sides; `seen` moves when one hears the other."""

    def __init__(self) -> None:
        self.feeds: tuple[list[Event], list[Event]] = ([], [])
        self.seen = [0, 0]

    def does(self, who: int, act: Act, *, after: int = 0) -> bytes:
        """Write an act; return the id of the event."""
        return self.writes(who, *body_of(act), after=after)

    def writes(self, who: int, kind: str, body: bytes, *, after: int = 0) -> bytes:
        own = self.feeds[who]
        event = write_event(
            author=who, number=len(own) + 1, seen=self.seen[who], clock=NOW + after, kind=kind, body=body,
            before=own[-1].id[:BEFORE_SIZE] if own else b"",
        )  # fmt: skip
        own.append(event)
        return event.id

    def meet(self) -> None:
        """Each hears everything."""
        self.seen = [len(self.feeds[1]), len(self.feeds[0])]

    def agenda(self, *issues: Issue) -> list[bytes]:
        """Have issues agreed; return the ids of their versions."""
        proposal = self.does(0, ProposeIssues(tuple(Add(issue) for issue in issues)))
        self.meet()
        self.does(1, AgreeIssues(proposal))
        self.meet()
        return list(table_of(self.events).proposals[proposal].versions)

    def offer(self, who: int, package: dict[bytes, Value], kind: OfferKind = OfferKind.PROPOSAL, **more: Any) -> bytes:
        return self.does(who, MakeOffer(kind, package, **more))

    @property
    def events(self) -> list[Event]:
        """Everything, as it might have come."""
        return [*self.feeds[1], *self.feeds[0]]


def table(_: Recorded) -> Json:
    """10.1, 10.2, 10.3, 10.4, 10.5, 10.6: a table that events make; at the time `now`, what stands."""
    return [
        {
            "what": what,
            "events": [event.raw.hex() for event in talks.events],
            "now": NOW + 5000,
            "order": [event.id.hex()[:16] for event in in_order(talks.events)],
            **table_shown(table_of(talks.events), NOW + 5000),
        }
        for what, talks in (
            ("an agenda is proposed, agreed, changed and shortened", _agenda()),
            ("changes of the agenda that crossed", _agenda_crossed()),
            ("offers, answered in every way", _offers()),
            ("offers and acceptances that count for nothing", _ignored()),
            ("a package is agreed, and replaced by another", _agreed()),
            ("a withdrawal crossed with an acceptance, and is settled", _crossed()),
            ("two acceptances crossed; one side has said how to settle it", _two_accepts()),
            ("the agenda changed while a package was accepted", _agenda_moved()),
            ("words that crossed with the settling", _words()),
            ("the text: versions side by side, brackets, comments, final words", _text()),
            ("a fork, an unknown kind, a kind of the overlap rounds and bodies that cannot be read", _odd()),
        )
    ]


def table_shown(state: Table, now: int) -> dict[str, Json]:
    """Return what a table says, ids by their first eight bytes."""

    def short(identity: bytes | None) -> str:
        return "none" if identity is None else identity.hex()[:16]

    contest, agreement = state.contest, state.agreement
    return {
        "agenda": {one.issue.hex(): f"{one.id.hex()} {one.definition.key}" for one in state.on_agenda()},
        "proposals": {short(key): str(one.state) for key, one in state.proposals.items()},
        "offers": {short(key): str(status(state, one, now)) for key, one in state.offers.items()},
        "agreement": agreement and [short(agreement.offer), *(short(one.id) for one in agreement.by)],
        "contest": contest
        and {
            "acts": [short(one.id) for one in contest.acts],
            "offers": [short(one) for one in contest.offers],
            "words": {str(author): short(outcome) for author, (_, outcome) in sorted(contest.words.items())},
        },
        "newest": [short(one) for one in state.heads],
        "agreed": [short(one) for one in state.texts],
        "comments": [f"{short(one.version)} {one.clause} {one.text}" for one in state.comments],
        "ignored": {short(one.trace.id): one.reason.name.lower() for one in state.ignored},
        "unknown": [short(trace.id) for trace, _ in state.unknown],
    }


def _agenda() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    other = Issue("people", {"en": "People, at most"}, IssueType.RANGE, least=-5, most=10)
    changed = talks.does(1, ProposeIssues((Replace(people, other), Close(order), Add(NAMES))))
    taken = talks.does(1, ProposeIssues((Add(Issue("PLACE", {"en": "x"}, IssueType.CLAUSE)),)))
    talks.does(1, DeclineIssues(taken))
    talks.meet()
    talks.does(0, AgreeIssues(taken))
    talks.does(0, AgreeIssues(changed))
    talks.does(0, AgreeIssues(changed))
    talks.does(0, ProposeIssues((Add(NAMES),)))
    talks.does(0, ProposeIssues((Close(order),)))
    talks.does(0, ProposeIssues((Close(seeded("no version", 8)),)))
    talks.does(0, AgreeIssues(seeded("no proposal", 32)))
    own = talks.does(0, ProposeIssues((Add(PLACE), Close(people))))
    talks.does(0, AgreeIssues(own))
    open_one = talks.does(0, ProposeIssues((Add(PLACE),)))
    talks.meet()
    talks.does(1, DeclineIssues(open_one))
    talks.does(1, ProposeIssues((Add(PLACE), Add(PLACE))))
    return talks


def _agenda_crossed() -> Talks:
    talks = Talks()
    (people,) = talks.agenda(PEOPLE)
    one = talks.does(0, ProposeIssues((Replace(people, Issue("crowd", {"en": "Crowd"}, IssueType.NAMES, most=3)),)))
    two = talks.does(1, ProposeIssues((Close(people), Add(ORDER))))
    three = talks.does(0, ProposeIssues((Add(PLACE),)))
    talks.meet()
    talks.does(0, DeclineIssues(three))
    talks.does(0, AgreeIssues(two))
    talks.does(1, AgreeIssues(one))
    talks.does(1, AgreeIssues(three))
    version = next(iter(table_of(talks.events[:-1]).agenda.values()))
    talks.offer(1, {version: ("A",)})
    return talks


def _offers() -> Talks:
    talks = Talks()
    people, order, named, place = talks.agenda(PEOPLE, ORDER, NAMES, PLACE)
    package: dict[bytes, Value] = {people: 20, order: "in phases", named: ("A. North", "ب"), place: "at the bridge\n"}
    conditions = ("the road is open", "الطريق مفتوح")
    first = talks.offer(0, package, OfferKind.BINDING, conditions=conditions, until=Until(NOW + 9000, 120))
    second = talks.offer(0, {people: 0}, OfferKind.FEELER)
    third = talks.offer(0, {order: "all at once"}, until=Until(NOW + 4000, -90))
    fourth = talks.offer(0, {order: "all at once"})
    talks.meet()
    talks.offer(1, {**package, people: 25}, replies_to=first)
    talks.does(1, AcceptOffer(second, (people,)))
    talks.does(1, RejectOffer(third, "לא"))
    talks.does(1, AcceptOffer(first, tuple(sorted((people, place)))))
    talks.does(0, WithdrawOffer(fourth))
    talks.offer(0, {order: "in phases"}, until=Until(NOW + 4999))
    return talks


def _ignored() -> Talks:
    talks = Talks()
    people, order, named = talks.agenda(PEOPLE, ORDER, NAMES)
    three: dict[bytes, Value] = {named: ("A", "B", "C")}
    for package in ({people: 7}, {people: 105}, {people: "7"}, {order: "soon"}, three, {seeded("no version", 8): 1}):
        talks.offer(0, package)  # type: ignore[arg-type]
    talks.offer(0, {people: 5}, replies_to=seeded("no offer", 32))
    some = talks.offer(0, {people: 5}, until=Until(NOW + 100))
    feeler = talks.offer(0, {people: 5, order: "in phases", named: ("A",)}, OfferKind.FEELER)
    talks.does(0, AcceptOffer(some))
    talks.does(1, AcceptOffer(some))
    talks.meet()
    talks.does(1, AcceptOffer(some, (people,)), after=101)
    talks.does(1, AcceptOffer(some))
    talks.does(1, AcceptOffer(some, (order,)))
    talks.does(1, AcceptOffer(feeler))
    talks.does(1, WithdrawOffer(some))
    talks.does(1, RejectOffer(some))
    talks.does(1, AcceptOffer(some, (people,)))
    talks.does(1, Settle(None))
    talks.does(0, RejectOffer(some))
    talks.does(0, RejectOffer(seeded("no offer", 32)))
    return talks


def _agreed() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    one = talks.offer(0, {people: 5, order: "in phases"})
    two = talks.offer(0, {people: 10, order: "in phases"})
    talks.meet()
    talks.does(1, AcceptOffer(one))
    talks.does(1, AcceptOffer(two))
    talks.meet()
    talks.does(0, WithdrawOffer(one))
    three = talks.offer(0, {people: 15, order: "all at once"}, OfferKind.BINDING)
    four = talks.offer(0, {people: 15})
    talks.meet()
    talks.does(1, AcceptOffer(four))
    talks.does(1, AcceptOffer(three))
    return talks


def _crossed() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    one = talks.offer(0, {people: 5, order: "in phases"})
    talks.meet()
    talks.does(0, WithdrawOffer(one))
    talks.does(1, AcceptOffer(one))
    talks.meet()
    two = talks.offer(0, {people: 10, order: "in phases"})
    talks.meet()
    talks.does(1, AcceptOffer(two))
    talks.does(1, Settle(one))
    talks.does(0, Settle(two))
    talks.does(0, Settle(None))
    talks.meet()
    talks.does(0, Settle(None))
    talks.does(0, Settle(one))
    talks.does(0, Settle(None))
    return talks


def _two_accepts() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    one = talks.offer(0, {people: 5, order: "in phases"})
    two = talks.offer(1, {people: 10, order: "in phases"})
    talks.meet()
    talks.does(0, AcceptOffer(two))
    talks.does(1, AcceptOffer(one))
    talks.does(0, Settle(two))
    talks.meet()
    talks.does(1, Settle(two))
    return talks


def _agenda_moved() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    whole = talks.offer(0, {people: 5, order: "in phases"})
    change = talks.does(1, ProposeIssues((Add(PLACE),)))
    talks.meet()
    talks.does(0, AgreeIssues(change))
    talks.does(1, AcceptOffer(whole))
    talks.meet()
    talks.does(1, Settle(whole))
    talks.does(0, Settle(whole))
    talks.meet()
    less = talks.offer(1, {people: 5, order: "in phases"})
    close = talks.does(1, ProposeIssues((Close(order),)))
    talks.meet()
    talks.does(0, AcceptOffer(less))
    talks.does(0, AgreeIssues(close))
    talks.does(0, AcceptOffer(less, (people,)))
    talks.offer(0, {order: "in phases"})
    talks.offer(1, {order: "in phases"})
    return talks


def _words() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    one = talks.offer(0, {people: 5, order: "in phases"})
    other = talks.offer(0, {people: 0, order: "in phases"})
    talks.meet()
    talks.does(0, WithdrawOffer(one))
    talks.does(1, AcceptOffer(one))
    talks.meet()
    talks.does(0, Settle(None))
    talks.meet()
    talks.does(1, Settle(None))
    talks.does(0, Settle(one))
    talks.does(1, AcceptOffer(other))
    talks.does(1, RejectOffer(one))
    return talks


def _text() -> Talks:
    talks = Talks()

    def clause(number: int, *spans: tuple[Mark, str]) -> Clause:
        return Clause(number, tuple(Span(mark, text) for mark, text in spans))

    mixed = clause(1, (Mark.PLAIN, "They meet "), (Mark.OPEN, "soon"), (Mark.INVITER, "מחר"), (Mark.JOINER, "غدا"))
    first = talks.does(0, ProposeText((mixed, clause(7, (Mark.PLAIN, "Both sides stop.")))))
    talks.meet()
    talks.does(1, CommentText(first, 7, "When?"))
    talks.does(1, CommentText(first, 2, "There is none."))
    talks.does(1, DecideText(first, yes=True))
    talks.does(1, DecideText(first, yes=False))
    talks.does(1, DecideText(first, yes=False))
    left = talks.does(0, ProposeText((clause(1, (Mark.PLAIN, "They meet.")),), (first,)))
    right = talks.does(1, ProposeText((clause(1, (Mark.PLAIN, "They talk.")),), (first,)))
    talks.meet()
    talks.does(0, DecideText(first, yes=False))
    talks.does(0, DecideText(left, yes=True))
    talks.does(1, DecideText(right, yes=True))
    talks.meet()
    talks.does(0, DecideText(right, yes=True))
    talks.does(1, DecideText(left, yes=True))
    talks.does(1, ProposeText((clause(1, (Mark.PLAIN, "x")),), (seeded("no text", 32),)))
    talks.meet()
    talks.does(0, ProposeText((clause(1, (Mark.PLAIN, "They meet and talk.")),), tuple(sorted((left, right)))))
    return talks


def _odd() -> Talks:
    talks = Talks()
    people, order = talks.agenda(PEOPLE, ORDER)
    whole = talks.offer(0, {people: 5, order: "in phases"})
    talks.meet()
    talks.writes(1, "table.later", b"\xff")
    talks.writes(1, "table.overlap.open", b"\xff")
    talks.writes(1, "text", b"\xff")
    talks.writes(1, "table.offer.accept", b"\xff")
    talks.writes(1, "table.offer.accept", encode({"v": 1, "offer": whole, "mood": "new", "versions": None}))
    talks.writes(1, "table.offer.reject", encode({"v": 2, "offer": whole}))
    *_, accepted, _ = talks.feeds[1]
    kind, body = body_of(RejectOffer(whole))
    talks.feeds[1].append(
        write_event(
            author=1,
            number=accepted.number,
            seen=accepted.seen,
            clock=accepted.clock,
            kind=kind,
            body=body,
            before=accepted.before,
        )
    )
    return talks


# --- bodies that are refused ------------------------------------------------------------------------------------------


def table_defects() -> list[Defect]:
    """10.1, 10.2."""
    version, event = seeded("version", 8), seeded("event", 32)
    offer: dict[str, Any] = {"v": 1, "kind": 1, "package": [[version, 1]]}
    issue: dict[str, Any] = {"key": "k", "title": {"en": "T"}, "type": "clause"}
    ranged = {**issue, "type": "range", "least": 0, "most": 9, "step": 1, "unit": ""}

    def adds(issue: Any) -> tuple[str, Any]:
        return "table.issue.propose", {"v": 1, "changes": [{"do": "add", "issue": issue}]}

    def offers(**more: Any) -> tuple[str, Any]:
        return "table.offer.make", {**offer, **more}

    def texts(*clauses: Any) -> tuple[str, Any]:
        return "table.text.propose", {"v": 1, "clauses": list(clauses)}

    found: dict[str, tuple[str, tuple[str, Any]]] = {
        "list": ("a list for a body", ("table.offer.withdraw", [1, event])),
        "version": ("another version", ("table.offer.withdraw", {"v": 2, "offer": event})),
        "version-true": ("true for a version", ("table.offer.withdraw", {"v": True, "offer": event})),
        "no-offer": ("no offer is named", ("table.offer.withdraw", {"v": 1})),
        "short-id": ("an id of 31 bytes", ("table.offer.withdraw", {"v": 1, "offer": event[1:]})),
        "key-space": ("a key with a space", adds({**issue, "key": "two words"})),
        "key-long": ("a key of 41 characters", adds({**issue, "key": "k" * 41})),
        "key-blank": ("a key of nothing", adds({**issue, "key": ""})),
        "title-none": ("no title", adds({**issue, "title": {}})),
        "title-blank": ("a title of white space", adds({**issue, "title": {"en": "\u2003 "}})),
        "type": ("an unknown type", adds({**issue, "type": "colour"})),
        "one-option": ("one option", adds({**issue, "type": "choice", "options": ["a"]})),
        "options-same": ("an option twice", adds({**issue, "type": "choice", "options": ["a", "a"]})),
        "range-empty": ("a range without numbers", adds({**ranged, "least": 9})),
        "range-step": ("a step of 0", adds({**ranged, "step": 0})),
        "range-large": ("a number of 2^53", adds({**ranged, "most": 2**53})),
        "names-none": ("no names at all", adds({**issue, "type": "names", "most": 0})),
        "no-changes": ("no changes", ("table.issue.propose", {"v": 1, "changes": []})),
        "change": ("an unknown change", ("table.issue.propose", {"v": 1, "changes": [{"do": "praise"}]})),
        "kind": ("an unknown kind of offer", offers(kind=3)),
        "feeler-carried": ("a feeler to be carried", offers(kind=0, handling=1)),
        "package-empty": ("an empty package", offers(package=[])),
        "package-order": ("versions that do not ascend", offers(package=[[version, 1], [version, 1]])),
        "value-true": ("true for a value", offers(package=[[version, True]])),
        "value-blank": ("an empty text for a value", offers(package=[[version, ""]])),
        "names-twice": ("a name twice", offers(package=[[version, ["A", "A"]]])),
        "name-blank": ("a name of nothing", offers(package=[[version, ["A", " "]]])),
        "zone": ("a zone of a whole day", offers(until=[1, 1440])),
        "condition": ("a condition of nothing", offers(conditions=[""])),
        "accept-none": ("nothing is accepted", ("table.offer.accept", {"v": 1, "offer": event, "versions": []})),
        "outcome": ("an outcome in words", ("table.offer.settle", {"v": 1, "outcome": "none"})),
        "no-clauses": ("a text without clauses", texts()),
        "clause-twice": ("an id of a clause twice", texts([1, [[0, "a"]]], [1, [[0, "b"]]])),
        "clause-empty": ("a clause without spans", texts([1, []])),
        "span-mark": ("an unknown mark", texts([1, [[4, "a"]]])),
        "span-plain": ("two agreed spans beside each other", texts([1, [[0, "a"], [0, "b"]]])),
        "span-blank": ("a bracket with nothing in it", texts([1, [[0, "a"], [1, " "]]])),
        "clause-blank": ("a clause of white space", texts([1, [[0, " "]]])),
        "comment": (
            "a comment of nothing",
            ("table.text.comment", {"v": 1, "version": event, "clause": 1, "text": "\n"}),
        ),
        "yes": ("a final word of 1", ("table.text.decide", {"v": 1, "version": event, "yes": 1})),
    }
    return [
        (f"table-{name}", "10.1" if kind.endswith("propose") else "10.2", what, "malformed", _inputs(kind, body))
        for name, (what, (kind, body)) in found.items()
    ]


def _inputs(kind: str, body: Any) -> dict[str, Json]:
    return {"kind": kind, "bytes": encode(body).hex()}

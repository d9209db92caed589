"""The fold of a table (spec 10.3 to 10.6), slowly: lists are searched, and nothing is kept that can be asked again."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from vectors.second import acts
from vectors.second.event import Event
from vectors.second.refusal import Refused

Body = dict[Any, Any]
Obstacle = tuple[Event, str] | None


class Ignored(Exception):
    """An act counts for nothing; the reason is the only argument."""


def knew(one: Event, other: Event) -> bool:
    """Whether the author of an act knew another (spec 10.3.1).

    Args:
        one: the act.
        other: the other.

    Returns:
        The answer.
    """
    return other.number < one.number if one.author == other.author else other.number <= one.seen


def knew_all(one: Event, others: Iterable[Event]) -> bool:
    """Whether the author of an act knew all others (spec 10.3.1).

    Args:
        one: the act.
        others: the others.

    Returns:
        The answer.
    """
    return all(knew(one, other) for other in others)


def need(holds: object, reason: str) -> None:
    """A check of a step.

    Args:
        holds: whether it holds.
        reason: why the act is ignored if it does not.

    Raises:
        Ignored: it does not.
    """
    if not holds:
        raise Ignored(reason)


@dataclass
class Version:
    """A version of an issue."""

    id: bytes
    issue: bytes
    definition: Body
    agreed: Event | None = None
    ended: Event | None = None

    def allows(self, value: Any) -> bool:
        """Whether a value is allowed (spec 10.4.1).

        Args:
            value: the value.

        Returns:
            The answer.
        """
        one = self.definition
        match one["type"]:
            case "choice":
                return value in one["options"]
            case "range":
                fits = isinstance(value, int) and one["least"] <= value <= one["most"]
                return fits and (value - one["least"]) % one["step"] == 0
            case "names":
                return isinstance(value, list) and len(value) <= one["most"]
        return isinstance(value, str)


@dataclass
class Offer:
    """An offer and what became of it."""

    event: Event
    body: Body
    accepted: Event | None = None
    provisional: Event | None = None
    rejected: Event | None = None
    withdrawn: Event | None = None
    held: bool | None = None

    def over(self, act: Event) -> bool:
        """Whether it is over for the author of an act (spec 10.4.2, step 4; 10.4.3, step 2).

        Args:
            act: the act.

        Returns:
            The answer.
        """
        return any(end is not None and knew(act, end) for end in (self.withdrawn, self.rejected))


@dataclass
class Contest:
    """What crossed (spec 10.5)."""

    acts: list[Event]
    offers: list[bytes]
    said: list[tuple[Event, bytes | None]] = field(default_factory=list)

    def last(self, knower: Event | None = None) -> dict[int, tuple[Event, bytes | None]]:
        """The last word of each side, of those that somebody knew.

        Args:
            knower: whose knowledge counts; None is everybody's.

        Returns:
            Words by author.
        """
        return {word[0].author: word for word in self.said if knower is None or knew(knower, word[0])}

    def known_to(self, act: Event) -> bool:
        """Whether an author knew of it, and not that it was settled (spec 10.5.2).

        Args:
            act: of the author.

        Returns:
            The answer.
        """
        seen = [word[1] for word in self.last(act).values()]
        return knew_all(act, self.acts) and not (len(seen) == 2 and seen[0] == seen[1])


@dataclass
class Draft:
    """A version of the text."""

    event: Event
    body: Body
    after: list[Event] = field(default_factory=list)
    words: dict[int, tuple[Event, bool]] = field(default_factory=dict)


@dataclass
class Table:
    """The state."""

    versions: dict[bytes, Version] = field(default_factory=dict)
    agenda: dict[bytes, bytes] = field(default_factory=dict)
    proposals: dict[bytes, list[Any]] = field(default_factory=dict)  # event, body, state, answer
    offers: dict[bytes, Offer] = field(default_factory=dict)
    agreements: list[tuple[bytes, list[Event]]] = field(default_factory=list)
    contest: Contest | None = None
    settled: list[Contest] = field(default_factory=list)
    drafts: dict[bytes, Draft] = field(default_factory=dict)
    newest: list[bytes] = field(default_factory=list)
    agreed: list[bytes] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    ignored: dict[bytes, str] = field(default_factory=dict)
    unknown: list[bytes] = field(default_factory=list)

    def take(self, event: Event) -> None:
        """Takes one event; all of them in the one order.

        Args:
            event: the event.
        """
        if not event.kind.startswith("table.") or event.kind.startswith("table.overlap."):
            return
        try:
            body = acts.read(event.kind, event.body)
            if body is None:
                self.unknown.append(event.id)
            else:
                getattr(self, "_" + event.kind.removeprefix("table.").replace(".", "_"))(event, body)
        except Refused as error:
            self.ignored[event.id] = error.code
        except Ignored as error:
            self.ignored[event.id] = error.args[0]

    # The agenda (spec 10.3.2).

    def _made(self, proposal: Event, at: int) -> bytes:
        return hashlib.sha256(proposal.id + bytes([at])).digest()[:8]

    def _issue_propose(self, event: Event, body: Body) -> None:
        fresh: list[Version] = []
        issues: list[bytes] = []
        keys: list[str] = []
        for at, change in enumerate(body["changes"]):
            base = None
            if change["do"] != "add":
                base = self.versions.get(change["version"])
                need(base is not None and base.agreed is not None and knew(event, base.agreed), "unknown_issue")
                assert base is not None
                need(base.ended is None or not knew(event, base.ended), "closed_issue")
                need(base.issue not in issues, "issue_twice")
                issues.append(base.issue)
            if change["do"] != "close":
                key = change["issue"]["key"].casefold()
                need(key not in keys, "key_taken")
                keys.append(key)
                made = self._made(event, at)
                need(made not in self.versions, "overtaken")
                fresh.append(Version(made, made if base is None else base.issue, change["issue"]))
        obstacle = self._obstacle(body["changes"])
        need(obstacle is None or not knew(event, obstacle[0]), obstacle[1] if obstacle else "")
        self.versions |= {one.id: one for one in fresh}
        self.proposals[event.id] = [event, body, "open", None]

    def _obstacle(self, changes: list[Body]) -> Obstacle:
        bases = [self.versions[change["version"]] for change in changes if change["do"] != "add"]
        for base in bases:
            if base.ended is not None:
                return base.ended, "overtaken"
        staying = [self.versions[one] for issue, one in self.agenda.items() if issue not in [b.issue for b in bases]]
        for change in changes:
            for one in staying:
                same = change["do"] != "close" and one.definition["key"].casefold() == change["issue"]["key"].casefold()
                if same and one.agreed is not None:
                    return one.agreed, "key_taken"
        added = sum(change["do"] == "add" for change in changes)
        if added and len(self.agenda) + added > 256:
            last = self.versions[list(self.agenda.values())[-1]].agreed
            assert last is not None
            return last, "agenda_full"
        return None

    def _issue_agree(self, event: Event, body: Body) -> None:
        found = self.proposals.get(body["proposal"])
        need(found is not None and knew(event, found[0]), "unknown_proposal")
        assert found is not None
        proposal, what, state, answer = found
        need(proposal.author != event.author, "own_proposal")
        need(state not in ("agreed", "overtaken") and (answer is None or not knew(event, answer)), "answered")
        obstacle = self._obstacle(what["changes"])
        need(obstacle is None or not knew(event, obstacle[0]), obstacle[1] if obstacle else "")
        found[2:] = ["agreed" if obstacle is None else "overtaken", event]
        for at, change in enumerate(what["changes"]):
            new = None if change["do"] == "close" else self.versions[self._made(proposal, at)]
            if new is not None:
                new.agreed = event
            if obstacle is not None:
                if new is not None:
                    new.ended = obstacle[0]
                continue
            if change["do"] != "add":
                self.versions[change["version"]].ended = event
            if new is None:
                del self.agenda[self.versions[change["version"]].issue]
            else:
                self.agenda[new.issue] = new.id
        if obstacle is None and self.agreements and not knew_all(event, self.agreements[-1][1]):
            self._contend([*self.agreements[-1][1], event], [self.agreements[-1][0]])

    def _issue_decline(self, event: Event, body: Body) -> None:
        found = self.proposals.get(body["proposal"])
        need(found is not None and knew(event, found[0]), "unknown_proposal")
        assert found is not None
        need(found[2] == "open", "answered")
        found[2:] = ["withdrawn" if found[0].author == event.author else "declined", event]

    # Offers (spec 10.4).

    def _offer_make(self, event: Event, body: Body) -> None:
        issues = set()
        for version, value in body["package"].items():
            one = self.versions.get(version)
            need(one is not None and one.agreed is not None and knew(event, one.agreed), "unknown_issue")
            assert one is not None
            need(one.ended is None or not knew(event, one.ended), "closed_issue")
            need(one.allows(value), "value")
            issues.add(one.issue)
        need(len(issues) == len(body["package"]), "issue_twice")
        if body["replies_to"] is not None:
            self._known_offer(event, body["replies_to"])
        self.offers[event.id] = Offer(event, body)

    def _known_offer(self, event: Event, identity: bytes) -> Offer:
        offer = self.offers.get(identity)
        need(offer is not None and knew(event, offer.event), "unknown_offer")
        assert offer is not None
        return offer

    def _offer_accept(self, event: Event, body: Body) -> None:
        offer = self._known_offer(event, body["offer"])
        whole = body["versions"] is None
        need(offer.event.author != event.author, "own_offer")
        need(offer.body["until"] is None or event.clock <= offer.body["until"], "expired")
        need(offer.body["kind"] or not whole, "feeler")
        need(whole or set(body["versions"]) <= set(offer.body["package"]), "unknown_issue")
        need(offer.held is not False and (offer.held or not offer.over(event)), "closed_offer")
        need(offer.accepted is None, "agreed")
        contest = self.contest or (self.settled[-1] if self.settled else None)
        if contest is not None and contest.known_to(event):
            need(not whole and not (self.contest and body["offer"] in self.contest.offers), "contested")
        held, by = self.agreements[-1] if self.agreements else (b"", [])
        need(not by or not knew_all(event, by) or knew_all(offer.event, by), "closed_offer")
        crossed = [end for end in (offer.withdrawn, offer.rejected) if end is not None]
        about = [body["offer"]]
        if whole:
            for act, reason in self._changes(offer):
                need(not knew(event, act), reason)
                crossed.append(act)
            if by and not knew_all(event, by):
                crossed += by
                about.append(held)
            offer.accepted = event
        else:
            offer.provisional = event
        if crossed or (whole and self.contest is not None):
            self._contend([*crossed, event], about)
        elif whole:
            self.agreements.append((body["offer"], [event]))

    def _changes(self, offer: Offer) -> list[tuple[Event, str]]:
        found = []
        for version in offer.body["package"]:
            ended = self.versions[version].ended
            if ended is not None:
                found.append((ended, "closed_issue"))
        for version in self.agenda.values():
            agreed = self.versions[version].agreed
            if version not in offer.body["package"] and agreed is not None:
                found.append((agreed, "not_whole"))
        return found

    def _offer_reject(self, event: Event, body: Body) -> None:
        offer = self._known_offer(event, body["offer"])
        need(offer.event.author != event.author, "own_offer")
        self._ends(event, offer)
        offer.rejected = event
        if offer.accepted is not None:
            self._contend([offer.accepted, event], [body["offer"]])

    def _offer_withdraw(self, event: Event, body: Body) -> None:
        offer = self._known_offer(event, body["offer"])
        need(offer.event.author == event.author, "others_offer")
        self._ends(event, offer)
        offer.withdrawn = event
        taken = (offer.accepted, offer.provisional)
        crossed = [taking for taking in taken if taking is not None and not knew(event, taking)]
        if crossed:
            self._contend([*crossed, event], [body["offer"]])

    def _ends(self, event: Event, offer: Offer) -> None:
        need(offer.accepted is None or not knew(event, offer.accepted), "agreed")
        need(offer.held is None and not offer.over(event), "closed_offer")

    # What crossed (spec 10.5).

    def _contend(self, crossed: list[Event], offers: list[bytes]) -> None:
        contest = self.contest or Contest([], [])
        self.contest = contest
        contest.acts = sorted({one.id: one for one in contest.acts + crossed}.values(), key=lambda one: one.place)
        contest.offers = list(dict.fromkeys(contest.offers + offers))
        contest.said = [word for word in contest.said if knew_all(word[0], contest.acts)]
        if self.agreements and self.agreements[-1][0] in contest.offers:
            self.agreements.pop()

    def _offer_settle(self, event: Event, body: Body) -> None:
        outcome = body["outcome"]
        contest = self.contest
        if contest is None:
            need(self.settled, "not_contested")
            contest = self.settled[-1]
            both = [word[0] for word in contest.last().values()]
            need(outcome != contest.last()[0][1] and not knew_all(event, both), "not_contested")
            later = self.agreements and all(knew_all(act, both) for act in self.agreements[-1][1])
            need(not later, "not_contested")
        need(knew_all(event, contest.acts), "unseen")
        need(outcome is None or outcome in contest.offers, "no_outcome")
        need(event.author not in contest.last() or contest.last()[event.author][1] != outcome, "said")
        if self.contest is None:
            self.contest = self.settled.pop()
            if self.agreements and {one.id for one in self.agreements[-1][1]} == {one.id for one in both}:
                self.agreements.pop()
            for one in contest.offers:
                self.offers[one].held = None
        contest.said.append((event, outcome))
        last = contest.last()
        if len(last) == 2 and last[0][1] == last[1][1]:
            self.settled.append(contest)
            self.contest = None
            for one in contest.offers:
                self.offers[one].held = one == outcome
            if outcome is not None and self.offers[outcome].accepted is not None:
                self.agreements.append((outcome, [last[0][0], last[1][0]]))

    # The text (spec 10.6).

    def _known_draft(self, event: Event, identity: bytes) -> Draft:
        draft = self.drafts.get(identity)
        need(draft is not None and knew(event, draft.event), "unknown_text")
        assert draft is not None
        return draft

    def _text_propose(self, event: Event, body: Body) -> None:
        bases = [self._known_draft(event, base) for base in body["bases"]]
        for base in bases:
            base.after.append(event)
        self.newest = [one for one in self.newest if one not in body["bases"]] + [event.id]
        self.drafts[event.id] = Draft(event, body)

    def _text_comment(self, event: Event, body: Body) -> None:
        draft = self._known_draft(event, body["version"])
        need(body["clause"] in [number for number, _ in draft.body["clauses"]], "unknown_clause")
        self.comments.append(f"{body['version'].hex()[:16]} {body['clause']} {body['text']}")

    def _text_decide(self, event: Event, body: Body) -> None:
        draft = self._known_draft(event, body["version"])
        need(event.author not in draft.words, "decided")
        need(not body["yes"] or not any(bracketed for _, bracketed in draft.body["clauses"]), "brackets")
        need(not any(knew(event, one) for one in draft.after), "old_text")
        draft.words[event.author] = event, body["yes"]
        if [yes for _, yes in draft.words.values()] == [True, True]:
            beside = [
                one
                for one in self.agreed
                if not knew_all(draft.event, [word for word, _ in self.drafts[one].words.values()])
            ]
            self.agreed = [*beside, body["version"]]

    # How it stands (spec 10.4.4).

    def status(self, identity: bytes, now: int) -> str:
        """How an offer stands at a time.

        Args:
            identity: of the offer.
            now: the time.

        Returns:
            The word.
        """
        offer = self.offers[identity]
        current, by = self.agreements[-1] if self.agreements else (b"", [])
        until = offer.body["until"]
        stands = [
            (self.contest is not None and identity in self.contest.offers, "contested"),
            (current == identity, "agreed"),
            (identity in [one for one, _ in self.agreements], "replaced"),
            (offer.held is True, "provisional"),
            (offer.held is False, "fallen"),
            (offer.withdrawn, "withdrawn"),
            (offer.rejected, "rejected"),
            (any(self.versions[version].ended for version in offer.body["package"]), "overtaken"),
            (by and not knew_all(offer.event, by), "lapsed"),
            (offer.provisional, "provisional"),
            (until is not None and now > until, "expired"),
            (True, "standing"),
        ]
        return next(word for holds, word in stands if holds)

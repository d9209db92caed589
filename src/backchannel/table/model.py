"""The state of a table: what the events of both sides make of nothing (spec 10.3). Every value here is frozen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from backchannel.log.event import Event
from backchannel.table.acts import Change, MakeOffer, ProposeText
from backchannel.table.issue import Issue


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an act stands in the log, and what its author had seen.

    Attributes:
        id: of the event.
        author: 0 is the inviter, 1 the joiner.
        number: in the author's feed.
        seen: how many events of the other feed the author had.
        clock: the author's, milliseconds since 1970; a claim.
    """

    id: bytes
    author: int
    number: int
    seen: int
    clock: int

    def knew(self, other: Trace) -> bool:
        """Say whether the author of this act knew another one when doing it (spec 10.3.1)."""
        return other.number < self.number if other.author == self.author else other.number <= self.seen


def trace_of(event: Event) -> Trace:
    """Return the trace of an event."""
    return Trace(event.id, event.author, event.number, event.seen, event.clock)


class Reason(StrEnum):
    """Why an act counts for nothing; the sentence is for people."""

    MALFORMED = "it is not written as such acts are"
    UNKNOWN_PROPOSAL = "there is no such proposal for the agenda"
    OWN_PROPOSAL = "it is one's own proposal"
    ANSWERED = "that proposal was answered before"
    OVERTAKEN = "the agenda has changed since"
    KEY_TAKEN = "an issue of that name is on the agenda"
    AGENDA_FULL = "the agenda is full"
    UNKNOWN_ISSUE = "that issue is not on the agenda"
    CLOSED_ISSUE = "that issue was closed or changed since"
    VALUE = "the issue does not allow that value"
    ISSUE_TWICE = "an issue stands twice in the package"
    UNKNOWN_OFFER = "there is no such offer"
    OWN_OFFER = "it is one's own offer"
    OTHERS_OFFER = "it is the other side's offer"
    EXPIRED = "the offer has expired"
    CLOSED_OFFER = "the offer was withdrawn or rejected, or has lapsed"
    AGREED = "it was agreed to before"
    FEELER = "a feeler cannot be accepted as a whole"
    NOT_WHOLE = "the offer leaves issues of the agenda open"
    CONTESTED = "acts that crossed must be settled first"
    NOT_CONTESTED = "there is nothing to settle"
    UNSEEN = "its author had not seen all that crossed"
    SAID = "that is the word that was said already"
    NO_OUTCOME = "that is no outcome of what crossed"
    UNKNOWN_TEXT = "there is no such version of the text"
    UNKNOWN_CLAUSE = "that version has no such clause"
    DECIDED = "the final word was said before"
    BRACKETS = "there are brackets in that version"
    OLD_TEXT = "there is a newer version of the text"


@dataclass(frozen=True, slots=True)
class Ignored:
    """An act that counts for nothing."""

    trace: Trace
    kind: str
    reason: Reason
    detail: str = ""


# --- the agenda -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Version:
    """One version of an issue.

    Attributes:
        id: 8 bytes that follow from the proposal.
        issue: the id of the issue: that of its first version.
        definition: what it is.
        proposal: the event id of the proposal.
        agreed: the act by which it came on the agenda, or would have.
        ended: the act by which it left the agenda, or was kept from it.
    """

    id: bytes
    issue: bytes
    definition: Issue
    proposal: bytes
    agreed: Trace | None = None
    ended: Trace | None = None

    @property
    def on_agenda(self) -> bool:
        """Say whether it is on the agenda now."""
        return self.agreed is not None and self.ended is None


class ProposalState(StrEnum):
    """How far a proposal for the agenda is."""

    OPEN = "open"
    AGREED = "agreed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    OVERTAKEN = "overtaken"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Changes to the agenda that a side proposed.

    Attributes:
        trace: of the proposal.
        changes: all or none.
        versions: the id of the version that each change makes; of a closing, of what it closes.
        state: how far it is.
        answer: the act that answered it.
    """

    trace: Trace
    changes: tuple[Change, ...]
    versions: tuple[bytes, ...]
    state: ProposalState = ProposalState.OPEN
    answer: Trace | None = None


# --- offers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Standing:
    """An offer and what became of it; `status` says it in one word.

    Attributes:
        trace: of the offer.
        offer: what was offered.
        accepted: the acceptance of the whole.
        provisional: the acceptance of some of its issues.
        versions: which issues that one is for.
        rejected: the rejection.
        reason: why it was rejected, if that was said.
        withdrawn: the withdrawal.
        held: how both sides settled it: True is that it holds, False that it does not.
        replies: the event ids of the offers that counter it.
    """

    trace: Trace
    offer: MakeOffer
    accepted: Trace | None = None
    provisional: Trace | None = None
    versions: tuple[bytes, ...] = ()
    rejected: Trace | None = None
    reason: str = ""
    withdrawn: Trace | None = None
    held: bool | None = None
    replies: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Agreement:
    """A whole package that one side offered and the other accepted.

    Attributes:
        offer: the event id of the offer.
        by: the acts that made it so: the acceptance, or after a crossing, the settling words of both.
    """

    offer: bytes
    by: tuple[Trace, ...]


Word: TypeAlias = tuple[Trace, bytes | None]
"""A settling act, and the offer that holds by it; None is that none does."""


@dataclass(frozen=True, slots=True)
class Contest:
    """Acts that crossed, of which none prevails until both sides name the same outcome (spec 10.5).

    Attributes:
        acts: that crossed, in the one order.
        offers: the event ids of the offers that it is about.
        said: every settling act that counts, and the outcome that it names, in the one order.
    """

    acts: tuple[Trace, ...]
    offers: tuple[bytes, ...]
    said: tuple[Word, ...] = ()

    @property
    def words(self) -> dict[int, Word]:
        """Return the last word of each author."""
        return {word[0].author: word for word in self.said}

    @property
    def settled_by(self) -> tuple[Trace, ...]:
        """Return the settling acts of both sides, the inviter's first."""
        return tuple(word[0] for _, word in sorted(self.words.items()))

    def settled_for(self, trace: Trace) -> bool:
        """Say whether the author of an act saw the same word of both sides when doing it."""
        seen = {word[0].author: word[1] for word in self.said if trace.knew(word[0])}
        return len(seen) == 2 and seen[0] == seen[1]


# --- the single text ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Comment:
    """What a side said of a clause."""

    trace: Trace
    version: bytes
    clause: int
    text: str


@dataclass(frozen=True, slots=True)
class Draft:
    """A version of the one text.

    Attributes:
        trace: of the proposal.
        text: its clauses and the versions that it takes the place of.
        number: its place among the versions, from 1, in the one order.
        successors: the event ids of the versions that take its place.
        words: by author, the final word: the act, and whether it is yes.
    """

    trace: Trace
    text: ProposeText
    number: int
    successors: tuple[bytes, ...] = ()
    words: Mapping[int, tuple[Trace, bool]] = field(default_factory=dict)

    @property
    def bracketed(self) -> bool:
        """Say whether something in it is not agreed."""
        return any(clause.bracketed for clause in self.text.clauses)

    @property
    def agreed(self) -> bool:
        """Say whether both sides have said yes to it."""
        return len(self.words) == 2 and all(yes for _, yes in self.words.values())


# --- all of it ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Table:
    """One negotiation.

    Attributes:
        versions: every version of an issue that was proposed, by id.
        agenda: issue id -> the id of the version that is on the agenda; in the order in which the issues came.
        proposals: for the agenda, by event id.
        offers: by event id, in the one order.
        agreements: the last one holds; those before it were replaced by it.
        contest: what waits to be settled.
        settled: what was settled, the oldest first.
        drafts: the versions of the one text, by event id.
        heads: the event ids of the versions that none has taken the place of; more than one were written side by side.
        comments: on clauses, in the one order.
        texts: the event ids of the versions that both said yes to; more than one: these crossed, none prevails.
        ignored: acts that count for nothing, and why.
        unknown: traces and kinds of table events that this version does not know.
    """

    versions: Mapping[bytes, Version] = field(default_factory=dict)
    agenda: Mapping[bytes, bytes] = field(default_factory=dict)
    proposals: Mapping[bytes, Proposal] = field(default_factory=dict)
    offers: Mapping[bytes, Standing] = field(default_factory=dict)
    agreements: Sequence[Agreement] = ()
    contest: Contest | None = None
    settled: Sequence[Contest] = ()
    drafts: Mapping[bytes, Draft] = field(default_factory=dict)
    heads: Sequence[bytes] = ()
    comments: Sequence[Comment] = ()
    texts: Sequence[bytes] = ()
    ignored: Sequence[Ignored] = ()
    unknown: Sequence[tuple[Trace, str]] = ()

    @property
    def agreement(self) -> Agreement | None:
        """Return the agreement that holds, if one does."""
        return self.agreements[-1] if self.agreements else None

    def on_agenda(self) -> list[Version]:
        """Return the versions that are on the agenda, in the order in which the issues came."""
        return [self.versions[version] for version in self.agenda.values()]


EMPTY = Table()

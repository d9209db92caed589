"""How offers stand at a time, and who waits for whom (spec 10.4.4). Expiry is no event: it is asked with a time."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from backchannel.table.contest import knew_all
from backchannel.table.model import Draft, Proposal, ProposalState, Standing, Table, Word


class OfferStatus(StrEnum):
    """How an offer stands."""

    STANDING = "standing"
    PROVISIONAL = "provisional"
    AGREED = "agreed"
    REPLACED = "replaced"
    CONTESTED = "contested"
    WITHDRAWN = "withdrawn"
    REJECTED = "rejected"
    FALLEN = "fallen"
    OVERTAKEN = "overtaken"
    LAPSED = "lapsed"
    EXPIRED = "expired"


def status(table: Table, standing: Standing, now: int) -> OfferStatus:
    """Return how an offer stands.

    Args:
        table: the table that it is on.
        standing: the offer.
        now: milliseconds since 1970.
    """
    identity = standing.trace.id
    agreement = table.agreement
    if table.contest is not None and identity in table.contest.offers:
        return OfferStatus.CONTESTED
    if agreement is not None and agreement.offer == identity:
        return OfferStatus.AGREED
    if any(earlier.offer == identity for earlier in table.agreements):
        return OfferStatus.REPLACED
    if standing.held is not None:
        return OfferStatus.PROVISIONAL if standing.held else OfferStatus.FALLEN
    if standing.withdrawn is not None:
        return OfferStatus.WITHDRAWN
    if standing.rejected is not None:
        return OfferStatus.REJECTED
    if any(table.versions[version].ended is not None for version in standing.offer.package):
        return OfferStatus.OVERTAKEN
    if agreement is not None and not knew_all(standing.trace, agreement.by):
        return OfferStatus.LAPSED
    if standing.provisional is not None:
        return OfferStatus.PROVISIONAL
    until = standing.offer.until
    return OfferStatus.EXPIRED if until is not None and now > until.moment else OfferStatus.STANDING


def covers_agenda(table: Table, standing: Standing) -> bool:
    """Say whether an offer is a package over the whole agenda as it is now."""
    return set(standing.offer.package) == set(table.agenda.values())


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one side has to answer.

    Attributes:
        author: whose turn it is: 0 is the inviter, 1 the joiner.
        proposals: for the agenda, of the other side.
        offers: of the other side, that stand and were neither accepted in part nor countered.
        settle: whether a word is owed on what crossed.
        drafts: versions of the text that the other wrote and that wait for a word or another version.
    """

    author: int
    proposals: tuple[Proposal, ...]
    offers: tuple[Standing, ...]
    settle: bool
    drafts: tuple[Draft, ...]

    @property
    def nothing(self) -> bool:
        """Say whether nothing waits."""
        return not (self.proposals or self.offers or self.settle or self.drafts)


def waiting_for(table: Table, author: int, now: int) -> Waiting:
    """Return what waits for a side's answer.

    Args:
        table: the table.
        author: the side: 0 is the inviter, 1 the joiner.
        now: milliseconds since 1970.
    """
    offers = [
        standing
        for standing in table.offers.values()
        if standing.trace.author != author
        and status(table, standing, now) is OfferStatus.STANDING
        and not any(table.offers[reply].trace.author == author for reply in standing.replies)
    ]
    contest = table.contest
    drafts = [
        table.drafts[head]
        for head in table.heads
        if author not in table.drafts[head].words
        and (table.drafts[head].trace.author != author or len(table.drafts[head].words) == 1)
    ]
    return Waiting(
        author=author,
        proposals=tuple(
            one for one in table.proposals.values() if one.state is ProposalState.OPEN and one.trace.author != author
        ),
        offers=tuple(offers),
        settle=contest is not None and _owes_a_word(contest.words, author),
        drafts=tuple(drafts),
    )


def _owes_a_word(words: dict[int, Word], author: int) -> bool:
    return author not in words or len(words) == 2

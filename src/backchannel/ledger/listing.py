"""The lists of a line: who said what of a row, and what follows (spec 12.8); a pure fold, the same on both sides.

Who may say what: a row is agreed by the side that did not propose it, a veto is lifted by the side that made it, the
giver tells of a row until it is handed over, the receiver confirms it. A veto that crosses an agreement wins whichever
comes first: nothing is lost by it, since nothing is agreed until both have frozen the list.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from backchannel.crypto.suite import Role
from backchannel.errors import BackchannelError, ListRefused, MoveRefused, NotYoursToSay, TermsRefused
from backchannel.ledger.evolve import mark_of
from backchannel.ledger.growing import grown
from backchannel.ledger.list_kinds import (
    LIST_KINDS,
    ListBody,
    ListFreeze,
    Opened,
    RowsMoved,
    RowsProposed,
    RowSubstituted,
    read_list_body,
    write_list_body,
)
from backchannel.ledger.name_list import NameList, freeze, move, propose, substitute
from backchannel.ledger.promise import Mark
from backchannel.ledger.row_life import FREEZING, Stage
from backchannel.ledger.state import Ignored
from backchannel.ledger.terms import Names, Terms
from backchannel.log.event import Event
from backchannel.log.fold import fold
from backchannel.wire.coverage import LARGEST_NUMBER

_RECEIVERS = frozenset({Stage.CONFIRMED, Stage.FAMILY_TOLD})


@dataclass(frozen=True, slots=True)
class Listing:
    """A list with who said what of it.

    Attributes:
        names: the list.
        giver: the side that hands over.
        proposed_by: by row.
        last: by row, the event that brought it where it stands.
        closed: by role, the hash that it froze; both the same close the list.
    """

    names: NameList
    giver: Role
    proposed_by: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    last: Mapping[str, Mark] = field(default_factory=lambda: MappingProxyType({}))
    closed: Mapping[Role, bytes] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Listings:
    """Every list of a line by its name, and events that do not count."""

    lists: Mapping[str, Listing] = field(default_factory=lambda: MappingProxyType({}))
    ignored: tuple[Ignored, ...] = ()

    def of(self, name: str) -> Listing:
        """Return a list.

        Raises:
            ListRefused: there is none of that name.
        """
        if name not in self.lists:
            raise ListRefused(f"there is no list {name}")
        return self.lists[name]


def evolve_lists(listings: Listings, event: Event) -> Listings:
    """Return the lists after an event of any kind; events come in the one order (spec 4.3)."""
    if event.kind not in LIST_KINDS:
        return listings
    try:
        return apply_to_lists(listings, mark_of(event), read_list_body(event.kind, event.body))
    except BackchannelError as error:
        return replace(listings, ignored=(*listings.ignored, Ignored(event.id, error.code)))


def fold_lists(events: Iterable[Event], start: Listings) -> Listings:
    """Return the lists after events that come in the one order."""
    return fold(evolve_lists, events, start)


def decide_list(listings: Listings, role: Role, now: int, body: ListBody) -> tuple[str, bytes]:
    """Return the event that says something of a list, or refuse it with the error that says why.

    Args:
        listings: the lists so far.
        role: who says it.
        now: milliseconds since 1970.
        body: what is said.

    Raises:
        BackchannelError: it does not follow; each case has its own class.
    """
    apply_to_lists(listings, Mark(b"", role, LARGEST_NUMBER, LARGEST_NUMBER, now), body)
    return write_list_body(body)


def apply_to_lists(listings: Listings, mark: Mark, body: ListBody) -> Listings:
    """Return the lists after something was said.

    Raises:
        BackchannelError: it does not follow; each case has its own class.
    """
    if isinstance(body, Opened):
        if body.name in listings.lists or not body.name.strip():
            raise ListRefused("a new list has a name of its own")
        if any(one.most is not None and one.most < one.least for one in body.limits):
            raise ListRefused("a limit is upside down")
        listing = Listing(NameList(limits=body.limits), body.giver)
    else:
        listing = _after(listings.of(body.name), mark, body)
    return replace(listings, lists=MappingProxyType({**listings.lists, body.name: listing}))


def _after(listing: Listing, mark: Mark, body: RowsProposed | RowSubstituted | RowsMoved | ListFreeze) -> Listing:
    match body:
        case RowsProposed(_, rows):
            changed = replace(listing, names=propose(listing.names, rows))
            return _noted(changed, mark, [row.key for row in rows], proposed=True)
        case RowSubstituted(_, key, row):
            changed = replace(listing, names=substitute(listing.names, key, row))
            return _noted(_noted(changed, mark, [key], proposed=False), mark, [row.key], proposed=True)
        case RowsMoved(_, keys, stage):
            return _moved(listing, mark, keys, stage)
        case ListFreeze(_, listed):
            return _frozen(listing, mark, listed)


def _noted(listing: Listing, mark: Mark, keys: list[str], *, proposed: bool) -> Listing:
    """Return the list with the event noted; any change of rows opens what one side had closed alone."""
    last = grown(listing.last, dict.fromkeys(keys, mark))
    by = listing.proposed_by
    if proposed:
        by = grown(by, dict.fromkeys(keys, mark.author))
    closed = listing.closed if listing.names.frozen else MappingProxyType[Role, bytes]({})
    return replace(listing, last=last, proposed_by=by, closed=closed)


def _moved(listing: Listing, mark: Mark, keys: tuple[str, ...], stage: Stage) -> Listing:
    if len(set(keys)) < len(keys) or not keys:
        raise ListRefused("each row once")
    crossed = []
    for key in keys:
        before = listing.names.rows[key].stage if key in listing.names.rows else stage
        if before is Stage.AGREED and stage is Stage.VETOED and not mark.saw(listing.last[key]):
            crossed.append(key)
        else:
            _may_say(listing, mark.author, key, before, stage)
    names = move(listing.names, crossed, Stage.PROPOSED) if crossed else listing.names
    names = move(names, keys, stage)
    return _noted(replace(listing, names=names), mark, list(keys), proposed=False)


def _may_say(listing: Listing, author: Role, key: str, before: Stage, stage: Stage) -> None:
    if stage is Stage.AGREED and listing.proposed_by.get(key) is author:
        raise NotYoursToSay(f"{key}: who proposed a row does not agree to it")
    if before is Stage.VETOED and stage is Stage.PROPOSED and listing.last[key].author is not author:
        raise NotYoursToSay(f"{key}: who vetoed a row lifts the veto")
    if stage not in FREEZING:
        teller = listing.giver.other if stage in _RECEIVERS else listing.giver
        if author is not teller:
            raise NotYoursToSay(f"{key}: {stage.value} is for the other side")


def _frozen(listing: Listing, mark: Mark, listed: bytes) -> Listing:
    closed_names = freeze(listing.names)
    if listed != listing.names.hash:
        raise MoveRefused("the list has changed since; look at it and close it again")
    closed = MappingProxyType({**listing.closed, mark.author: listed})
    both = all(closed.get(role) == listed for role in Role)
    return replace(listing, closed=closed, names=closed_names if both else listing.names)


def check_lists(terms: Terms, listings: Listings) -> None:
    """Refuse terms that name a list which is not closed, or not as it was closed.

    Args:
        terms: what is to be proposed or signed.
        listings: the lists of the line.

    Raises:
        TermsRefused: there is no closed list of that hash and count.
    """
    closed = {one.names.hash: len(one.names.going) for one in listings.lists.values() if one.names.frozen}
    for item in terms.items:
        if isinstance(item, Names) and closed.get(item.hash) != item.count:
            raise TermsRefused(f"{item.issue}: there is no closed list of {item.count} with this hash")

"""The terms of a deal as values, and their one encoding (spec 12.1).

terms      = [1, title, line, [side 0, side 1], [item, ...], [obligation, ...], amends]
item       = [issue, 0, option] | [issue, 1, number, unit] | [issue, 2, count, hash of the list] | [issue, 3, clause]
obligation = [id, debtor, creditor, what, due, within, after, evidence, size, ceasefire]
due        = null or [instant, offset, zone]
ceasefire  = null or [from, to, where, breach, report, attribution, answer], from and to as due
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from backchannel.crypto.suite import Role
from backchannel.errors import Malformed, TermsRefused
from backchannel.wire.codec import decode, encode
from backchannel.wire.shape import blob, fields, items, sized, text, whole

VERSION: Final = 1
LARGEST_TERMS: Final = 48 * 1024
MOST_ITEMS: Final = 500
MOST_OBLIGATIONS: Final = 500
LONGEST_NAME: Final = 200
LONGEST_TEXT: Final = 8_000
LARGEST_INSTANT: Final = 253_402_300_800
"""Seconds; the beginning of the year 10000."""
LARGEST_OFFSET: Final = 14 * 60
LARGEST_SIZE: Final = 2**32
_HASH: Final = 32


@dataclass(frozen=True, slots=True)
class Moment:
    """An instant, and how the clocks stood where it was named.

    Attributes:
        instant: seconds since 1970, UTC.
        offset: minutes that the local clock is ahead of UTC.
        zone: the zone's name, for people.
    """

    instant: int
    offset: int = 0
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Choice:
    """An option of an issue."""

    issue: str
    option: str


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number with its unit."""

    issue: str
    number: int
    unit: str


@dataclass(frozen=True, slots=True)
class Names:
    """A frozen list of names: how many go, and the hash of who (`NameList.hash`)."""

    issue: str
    count: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause of the text."""

    issue: str
    text: str


Item: TypeAlias = Choice | Number | Names | Clause


@dataclass(frozen=True, slots=True)
class Ceasefire:
    """What a side does not do, from when to when, and what follows if it does.

    Attributes:
        begins: from when.
        ends: to when.
        where: the area.
        breach: what counts as one.
        report: how one is reported, and to whom.
        attribution: how it is found out whose it was.
        answer: what may be done then.
    """

    begins: Moment
    ends: Moment
    where: str
    breach: str
    report: str
    attribution: str
    answer: str


@dataclass(frozen=True, slots=True)
class Obligation:
    """What one side owes the other.

    Attributes:
        id: names it inside the deal.
        debtor: who owes it.
        creditor: whom it is owed to: the other side.
        what: in words.
        due: until when; None is no date of its own.
        within: seconds after it came into effect; None is none. Where both are given, the earlier counts.
        after: the obligation that has to be confirmed first; empty is none.
        evidence: what shows that it was done, in words.
        size: how much it is, for figures that weigh promises: persons, days, whatever the deal counts in.
        ceasefire: the terms, if it is one.
    """

    id: str
    debtor: Role
    creditor: Role
    what: str
    due: Moment | None = None
    within: int | None = None
    after: str = ""
    evidence: str = ""
    size: int = 1
    ceasefire: Ceasefire | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """An accepted package as it is signed.

    Attributes:
        title: what people call it.
        line: 32 bytes that stand for the line it was made on.
        sides: the two parties' names, by role.
        items: every issue with its value, in the order of the table.
        obligations: who does what by when.
        amends: hash of the deal that this one replaces; None is none.
    """

    title: str
    line: bytes
    sides: tuple[str, str]
    items: tuple[Item, ...]
    obligations: tuple[Obligation, ...]
    amends: bytes | None = None

    def obligation(self, name: str) -> Obligation | None:
        """Return the obligation of that id, if there is one."""
        return next((one for one in self.obligations if one.id == name), None)


def check_terms(terms: Terms) -> None:
    """Refuse terms that cannot be carried out as they stand.

    Raises:
        TermsRefused: an id twice, a side that owes itself, a condition on what is not there or on itself by a circle, a
            ceasefire that ends before it begins.
    """
    known = [one.id for one in terms.obligations]
    if len(set(known)) < len(known):
        raise TermsRefused("two obligations with one id")
    if len({one.issue for one in terms.items}) < len(terms.items):
        raise TermsRefused("an issue twice")
    if terms.sides[0] == terms.sides[1]:
        raise TermsRefused("both sides have the same name")
    follows = {one.id: one.after for one in terms.obligations}
    for one in terms.obligations:
        if one.debtor is one.creditor:
            raise TermsRefused(f"{one.id}: a side cannot owe itself")
        if one.ceasefire is not None and one.ceasefire.ends.instant <= one.ceasefire.begins.instant:
            raise TermsRefused(f"{one.id}: it ends before it begins")
        if one.after and one.after not in follows:
            raise TermsRefused(f"{one.id}: there is no obligation {one.after}")
        at, steps = one.after, 0
        while at and steps <= len(known):
            at, steps = follows.get(at, ""), steps + 1
        if at:
            raise TermsRefused(f"{one.id}: it waits for itself")


def check_dates(terms: Terms, now: int) -> None:
    """Refuse terms in which something is due before the deal.

    Args:
        terms: the terms.
        now: seconds since 1970, when they are proposed.

    Raises:
        TermsRefused: a date is not after `now`.
    """
    for one in terms.obligations:
        ends = [one.due, one.ceasefire.ends if one.ceasefire else None]
        if any(moment is not None and moment.instant <= now for moment in ends):
            raise TermsRefused(f"{one.id}: it is due before the deal")


def encode_terms(terms: Terms) -> bytes:
    """Return the one encoding of checked terms.

    Raises:
        TermsRefused: they make no sense, or are too large.
    """
    check_terms(terms)
    raw = encode(
        [
            VERSION, terms.title, terms.line, list(terms.sides), [_item(one) for one in terms.items],
            [_obligation(one) for one in terms.obligations], terms.amends,
        ]
    )  # fmt: skip
    try:
        _decoded(raw)
    except Malformed as error:
        raise TermsRefused(error.detail) from error
    return raw


def decode_terms(raw: bytes) -> Terms:
    """Return the terms of these bytes.

    Raises:
        Malformed: they are not the one encoding of terms.
        TermsRefused: the terms make no sense.
    """
    terms = _decoded(raw)
    check_terms(terms)
    return terms


def _item(one: Item) -> list[Any]:
    match one:
        case Choice(issue, option):
            return [issue, 0, option]
        case Number(issue, number, unit):
            return [issue, 1, number, unit]
        case Names(issue, count, listed):
            return [issue, 2, count, listed]
        case Clause(issue, said):
            return [issue, 3, said]


def _moment(one: Moment | None) -> list[Any] | None:
    return None if one is None else [one.instant, one.offset, one.zone]


def _obligation(one: Obligation) -> list[Any]:
    truce = one.ceasefire
    return [
        one.id, int(one.debtor), int(one.creditor), one.what, _moment(one.due), one.within, one.after, one.evidence,
        one.size,
        None
        if truce is None
        else [
            _moment(truce.begins), _moment(truce.ends), truce.where, truce.breach, truce.report, truce.attribution,
            truce.answer,
        ],
    ]  # fmt: skip


def _decoded(raw: bytes) -> Terms:
    if len(raw) > LARGEST_TERMS:
        raise Malformed("terms of more than 48 KiB")
    title, line, sides, listed, owed, amends = fields(decode(raw), VERSION, 6, "terms")
    names = items(sides, "sides", most=2)
    if len(names) != 2:
        raise Malformed("sides")
    return Terms(
        title=_name(title, "title"),
        line=sized(line, _HASH, "line"),
        sides=(_name(names[0], "side"), _name(names[1], "side")),
        items=tuple(_read_item(one) for one in items(listed, "items", most=MOST_ITEMS)),
        obligations=tuple(_read_obligation(one) for one in items(owed, "obligations", most=MOST_OBLIGATIONS)),
        amends=None if amends is None else sized(amends, _HASH, "amends"),
    )


def _name(value: Any, what: str) -> str:
    name = text(value, what, longest=LONGEST_NAME)
    if not name.strip():
        raise Malformed(f"{what}: no name")
    return name


def _words(value: Any, what: str) -> str:
    return text(value, what, longest=LONGEST_TEXT)


def _read_item(value: Any) -> Item:
    if type(value) is not list or len(value) < 3 or type(value[1]) is not int:
        raise Malformed("item")
    issue, kind, *rest = value
    issue = _name(issue, "issue")
    match kind, rest:
        case 0, [option]:
            return Choice(issue, _name(option, "option"))
        case 1, [number, unit] if type(number) is int and abs(number) < 2**53:
            return Number(issue, number, text(unit, "unit", longest=LONGEST_NAME))
        case 2, [count, listed]:
            return Names(issue, whole(count, "count", below=LARGEST_SIZE), sized(blob(listed, "list"), _HASH, "list"))
        case 3, [said]:
            return Clause(issue, _words(said, "clause"))
    raise Malformed("item")


def _read_moment(value: Any) -> Moment:
    if type(value) is not list or len(value) != 3:
        raise Malformed("moment")
    instant, offset, zone = value
    if type(offset) is not int or abs(offset) > LARGEST_OFFSET:
        raise Malformed("offset")
    return Moment(whole(instant, "instant", below=LARGEST_INSTANT), offset, _name(zone, "zone"))


def _read_obligation(value: Any) -> Obligation:
    if type(value) is not list or len(value) != 10:
        raise Malformed("obligation")
    name, debtor, creditor, what, due, within, after, evidence, size, truce = value
    return Obligation(
        id=_name(name, "id"),
        debtor=Role(whole(debtor, "debtor", below=2)),
        creditor=Role(whole(creditor, "creditor", below=2)),
        what=_words(what, "what"),
        due=None if due is None else _read_moment(due),
        within=None if within is None else whole(within, "within", below=LARGEST_SIZE),
        after=text(after, "after", longest=LONGEST_NAME),
        evidence=_words(evidence, "evidence"),
        size=whole(size, "size", below=LARGEST_SIZE),
        ceasefire=None if truce is None else _read_ceasefire(truce),
    )


def _read_ceasefire(value: Any) -> Ceasefire:
    if type(value) is not list or len(value) != 7:
        raise Malformed("ceasefire")
    begins, ends, *said = value
    where, breach, report, attribution, answer = (_words(one, "ceasefire") for one in said)
    return Ceasefire(_read_moment(begins), _read_moment(ends), where, breach, report, attribution, answer)

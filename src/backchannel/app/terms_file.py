"""Terms as people write them: a file of YAML or JSON that says, beside the agreed package, who does what by when.

    title: One for a thousand
    languages: [en, he, ar]
    sides: {inviter: Side A, joiner: Side B}
    zone: Somewhere/North                       the name of the zone of every time; only for people
    lists: {south-releases: released}           an issue -> the frozen list of names that it means
    obligations:
      - {id: first, by: Side A, what: ..., due: 2031-05-06T18:00+02:00, evidence: ..., size: 550}
      - {id: one, by: Side B, what: ..., within: 24h, after: first}
      - {id: quiet, by: Side A, what: ..., ceasefire: {from: ..., to: ..., where, breach, report, attribution, answer}}

`by` is one of the sides' names, `inviter` or `joiner`; what is owed is owed to the other. A file in which `???` stands
anywhere is refused: it is one that `deal draft` began and nobody has finished.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from backchannel.app.package_file import read_map, read_until
from backchannel.crypto.suite import Role
from backchannel.errors import TermsRefused
from backchannel.ledger.terms import Ceasefire, Moment, Obligation

_FIELDS: Final = frozenset({"title", "languages", "sides", "zone", "lists", "obligations"})
_OWED: Final = frozenset({"id", "by", "what", "due", "within", "after", "evidence", "size", "ceasefire"})
_TRUCE: Final = ("from", "to", "where", "breach", "report", "attribution", "answer")
_SPAN: Final = re.compile(r"(\d{1,9})\s*([smhdw]?)")
_SECONDS: Final = {"": 1, "s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
LONGEST_NUMBER: Final = 10
MARK: Final = "???"
"""What nobody has said yet, in a file that `deal draft` began."""
_MOST_SHOWN: Final = 12
USUAL_SIDES: Final = ("Side A", "Side B")


@dataclass(frozen=True, slots=True)
class WrittenTerms:
    """What a person wrote beside the package.

    Attributes:
        title: what people call the deal.
        languages: of its text.
        sides: the two parties' names, the inviter's first.
        lists: key of an issue -> name of the frozen list that it means.
        obligations: who does what by when.
    """

    title: str = "Agreement"
    languages: tuple[str, ...] = ("en",)
    sides: tuple[str, str] = USUAL_SIDES
    lists: Mapping[str, str] = field(default_factory=dict)
    obligations: tuple[Obligation, ...] = ()


def read_terms_file(content: bytes, now: int) -> WrittenTerms:
    """Return the terms that a file holds.

    Args:
        content: of the file.
        now: milliseconds since 1970; from when times such as `3d` count.

    Raises:
        TermsRefused: what is written there is no such thing; the detail says where.
        InputRefused: it is no such file, or a time is none.
        Oversize: it is too large.
    """
    value = read_map(content)
    _said(value)
    _only(value, _FIELDS, "terms")
    sides = _map(value, "sides")
    _only(sides, frozenset({"inviter", "joiner"}), "sides")
    names = _text(sides, "inviter") or USUAL_SIDES[0], _text(sides, "joiner") or USUAL_SIDES[1]
    zone = _text(value, "zone")
    owed = value.get("obligations", [])
    languages = value.get("languages", ["en"])
    if not isinstance(owed, list) or not isinstance(languages, list):
        raise TermsRefused("obligations and languages are lists")
    return WrittenTerms(
        title=_text(value, "title") or "Agreement",
        languages=tuple(map(str, languages)),
        sides=names,
        lists={key: str(name) for key, name in _map(value, "lists").items()},
        obligations=tuple(
            _obligation(one, number, names, zone, now) for number, one in enumerate(owed, start=1)
        ),
    )  # fmt: skip


def _said(value: Mapping[str, Any]) -> None:
    """Refuse terms in which something is still to be said, and name all of it."""
    left = list(_left(value, ""))
    if left:
        more = f"; and {len(left) - _MOST_SHOWN} more" if len(left) > _MOST_SHOWN else ""
        raise TermsRefused(
            f"something is still to be said: {'; '.join(left[:_MOST_SHOWN])}{more}",
            hint=f"write it in the place of each {MARK}",
        )


def _left(value: Any, where: str) -> Iterator[str]:
    if isinstance(value, str):
        if MARK in value:
            yield where
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield from _left(inside, f"{where} {key}".strip() if MARK not in key else where)
    elif isinstance(value, list):
        for number, inside in enumerate(value, start=1):
            name = inside.get("id") if isinstance(inside, dict) else None
            yield from _left(inside, f"{name if isinstance(name, str) and name else number}:")


def _obligation(value: Any, number: int, sides: tuple[str, str], zone: str, now: int) -> Obligation:
    if not isinstance(value, dict):
        raise TermsRefused(f"obligation {number} is no map")
    what = f"obligation {_text(value, 'id') or number}"
    _only(value, _OWED, what)
    by = {sides[0]: Role.INVITER, sides[1]: Role.JOINER, "inviter": Role.INVITER, "joiner": Role.JOINER}
    debtor = by.get(_text(value, "by"))
    if debtor is None:
        raise TermsRefused(f"{what}: by is {sides[0]} or {sides[1]}")
    due = _text(value, "due")
    within = _text(value, "within")
    return Obligation(
        id=_text(value, "id") or str(number),
        debtor=debtor,
        creditor=debtor.other,
        what=_needed(value, "what", what),
        due=_moment(due, zone, now) if due else None,
        within=_seconds(within, what) if within else None,
        after=_text(value, "after"),
        evidence=_text(value, "evidence"),
        size=_whole(_text(value, "size") or "1", f"{what}: size"),
        ceasefire=_ceasefire(_map(value, "ceasefire"), what, zone, now) if "ceasefire" in value else None,
    )


def _ceasefire(value: Mapping[str, Any], what: str, zone: str, now: int) -> Ceasefire:
    _only(value, frozenset(_TRUCE), what)
    begins, ends, where, breach, report, attribution, answer = (_needed(value, name, what) for name in _TRUCE)
    return Ceasefire(
        _moment(begins, zone, now), _moment(ends, zone, now), where, breach, report, attribution, answer
    )  # fmt: skip


def _moment(typed: str, zone: str, now: int) -> Moment:
    found = read_until(typed, now, 0)
    ahead = "-" if found.zone < 0 else "+"
    named = zone or f"UTC{ahead}{abs(found.zone) // 60:02}:{abs(found.zone) % 60:02}"
    return Moment(found.moment // 1000, found.zone, named)


def _seconds(typed: str, what: str) -> int:
    found = _SPAN.fullmatch(typed.strip())
    if found is None:
        raise TermsRefused(f"{what}: within is a span such as 24h or 3d")
    return int(found[1]) * _SECONDS[found[2]]


def _whole(typed: str, what: str) -> int:
    if not typed.isascii() or not typed.isdigit() or len(typed) > LONGEST_NUMBER:
        raise TermsRefused(f"{what} is a whole number")
    return int(typed)


def _needed(value: Mapping[str, Any], name: str, what: str) -> str:
    found = _text(value, name)
    if not found:
        raise TermsRefused(f"{what}: {name} is missing")
    return found


def _text(value: Mapping[str, Any], name: str) -> str:
    found = value.get(name, "")
    if not isinstance(found, str):
        raise TermsRefused(f"{name} is one text")
    return found.strip()


def _map(value: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = value.get(name, {})
    if not isinstance(found, dict):
        raise TermsRefused(f"{name} is a map")
    return found


def _only(value: Mapping[str, Any], known: frozenset[str], what: str) -> None:
    unknown = set(value) - known
    if unknown:
        raise TermsRefused(f"{what}: there is no {min(unknown)}; there is {', '.join(sorted(known))}")
